//! What is deleted when its time has come or when the store is too large.
//!
//! Where the store is too large, captures go first, then events, then observations, the oldest first. What always
//! stays: the newest observation and the newest answer of every device with their captures, what a legal hold covers,
//! what waits for a sink or lies among its dead letters, and every entry of the journal, which also tells what went.
//!
//! Ages are counted from the [`reckoning`](super::reckoning), which a clock that jumps ahead does not move, or from the
//! newest observation where that is older: a year without polls deletes nothing.
//!
//! Nothing here holds up the writer for long: what may go is looked for beside it, and is deleted in small
//! transactions that look again.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};
use tokio_util::sync::CancellationToken;

use super::{Store, StoreError, Tx, micros, timestamp};
use crate::config::StoreSection;
use crate::journal::{Actor, Entry, Kind};

/// Rows that one transaction deletes at most.
const BATCH: usize = 100;
/// Pages that one transaction gives back at most.
const PAGES: u32 = 512;

/// What may stay.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How long observations and events are kept.
    pub keep_observations: Duration,
    /// How long captures are kept.
    pub keep_captures: Duration,
    /// How large the store may become, in bytes.
    pub most: u64,
}

impl From<&StoreSection> for Limits {
    fn from(section: &StoreSection) -> Self {
        Self {
            keep_observations: section.keep_observations.duration(),
            keep_captures: section.keep_captures.duration(),
            most: section.most.bytes(),
        }
    }
}

/// What went.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Gone {
    /// Observations.
    pub observations: u64,
    /// Captures that nothing else needed.
    pub captures: u64,
    /// Events.
    pub events: u64,
    /// Whether the store is larger than it may be all the same: everything else must stay.
    pub still_too_large: bool,
}

/// What a batch is of.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum What {
    Captures,
    Observations,
    Events,
}

/// Rows that may go, by their numbers.
#[derive(Clone, Debug)]
struct Batch {
    what: What,
    because: &'static str,
    rows: Vec<i64>,
}

/// What stays of observations `o`.
const FREE: &str = "NOT EXISTS (SELECT 1 FROM newest n WHERE n.device = o.device AND (n.observation = o.seq OR n.answered = o.seq))
 AND NOT EXISTS (SELECT 1 FROM holds h WHERE h.device IS NULL OR h.device = o.device)
 AND NOT EXISTS (SELECT 1 FROM outbox q JOIN sinks s ON s.name = q.sink WHERE q.item = o.seq AND s.wants = 'records')
 AND NOT EXISTS (SELECT 1 FROM dead_letters q JOIN sinks s ON s.name = q.sink WHERE q.item = o.seq AND s.wants = 'records')";

/// What stays of events `e`.
const FREE_EVENT: &str = "NOT EXISTS (SELECT 1 FROM holds h WHERE h.device IS NULL OR h.device = e.device)
 AND NOT EXISTS (SELECT 1 FROM outbox q JOIN sinks s ON s.name = q.sink WHERE q.item = e.seq AND s.wants = 'events')
 AND NOT EXISTS (SELECT 1 FROM dead_letters q JOIN sinks s ON s.name = q.sink WHERE q.item = e.seq AND s.wants = 'events')";

impl Store {
    /// Deletes what may not stay, and gives the room back. Ages are counted from `reckoned`; nothing is too old while
    /// there is none. It ends early when `stop` is cancelled; what it has deleted by then stands in the journal.
    pub async fn retain(
        &self,
        limits: Limits,
        reckoned: Option<Timestamp>,
        stop: &CancellationToken,
    ) -> Result<Gone, StoreError> {
        let mut gone = Gone::default();
        while !stop.is_cancelled() {
            let Some(batch) = self.read(move |sql| next(sql, limits, reckoned)).await? else { break };
            let (went, more) = self.write(move |tx| tx.delete(&batch)).await?;
            gone.observations += went.observations;
            gone.captures += went.captures;
            gone.events += went.events;
            // Everything in it must stay since we looked: the next time looks again.
            if !more {
                break;
            }
        }
        while !stop.is_cancelled() && self.write(|tx| tx.give_back()).await? {}
        gone.still_too_large = self.read(used).await? > limits.most;
        Ok(gone)
    }
}

/// The bytes that the store holds; what is free within its file does not count.
pub fn used(connection: &Connection) -> Result<u64, StoreError> {
    let number = |pragma: &str| connection.pragma_query_value(None, pragma, |row| row.get::<_, u64>(0));
    let pages = number("page_count")?.saturating_sub(number("freelist_count")?);
    Ok(pages * number("page_size")?)
}

/// What may go next.
fn next(
    connection: &Connection,
    limits: Limits,
    reckoned: Option<Timestamp>,
) -> Result<Option<Batch>, StoreError> {
    let newest: Option<i64> =
        connection.query_row("SELECT max(polled_at) FROM observations", [], |row| row.get(0))?;
    let from = reckoned.map(|reckoned| newest.map_or(reckoned, |newest| timestamp(newest).min(reckoned)));
    let before = |keep: Duration| {
        let span = SignedDuration::try_from(keep).ok();
        from.zip(span).and_then(|(from, span)| from.checked_sub(span).ok()).map_or(i64::MIN, micros)
    };
    let (captures, observations) = (before(limits.keep_captures), before(limits.keep_observations));
    let by_age =
        [(What::Captures, captures), (What::Observations, observations), (What::Events, observations)];
    let by_size = [What::Captures, What::Events, What::Observations];
    for (what, before) in by_age {
        if let Some(batch) = batch(connection, what, "age", before)? {
            return Ok(Some(batch));
        }
    }
    if used(connection)? > limits.most {
        for what in by_size {
            if let Some(batch) = batch(connection, what, "size", i64::MAX)? {
                return Ok(Some(batch));
            }
        }
    }
    Ok(None)
}

fn batch(
    connection: &Connection,
    what: What,
    because: &'static str,
    before: i64,
) -> Result<Option<Batch>, StoreError> {
    let (from, free) = match what {
        What::Captures => ("observations o WHERE o.captures > 0 AND o.polled_at < ?1", FREE),
        What::Observations => ("observations o WHERE o.polled_at < ?1", FREE),
        What::Events => ("events e WHERE e.at < ?1", FREE_EVENT),
    };
    let (seq, order) = if what == What::Events { ("e.seq", "e.at") } else { ("o.seq", "o.polled_at") };
    let mut query = connection
        .prepare_cached(&format!("SELECT {seq} FROM {from} AND {free} ORDER BY {order} LIMIT {BATCH}"))?;
    let rows = query.query_map([before], |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()?;
    Ok((!rows.is_empty()).then_some(Batch { what, because, rows }))
}

impl Tx<'_> {
    /// Deletes those of a batch that still may go, and accounts for them; whether there were any.
    fn delete(&mut self, batch: &Batch) -> Result<(Gone, bool), StoreError> {
        let mut gone = Gone::default();
        let mut rows = 0_u64;
        let mut times: Option<(i64, i64)> = None;
        for seq in &batch.rows {
            let Some(at) = self.free_since(batch.what, *seq)? else { continue };
            rows += 1;
            times = Some(times.map_or((at, at), |(first, last)| (first.min(at), last.max(at))));
            if batch.what == What::Events {
                self.sql().prepare_cached("DELETE FROM events WHERE seq = ?")?.execute([seq])?;
                gone.events += 1;
                continue;
            }
            gone.captures += self.drop_captures(*seq)?;
            if batch.what == What::Observations {
                self.sql().prepare_cached("DELETE FROM observations WHERE seq = ?")?.execute([seq])?;
                gone.observations += 1;
            }
        }
        if let Some((first, last)) = times {
            self.account(
                &Entry::new(Actor::Daemon, Kind::Retained)
                    .with("because", batch.because)
                    .with("observations", gone.observations)
                    .with("captures", gone.captures)
                    .with("captures_of_observations", if batch.what == What::Events { 0 } else { rows })
                    .with("events", gone.events)
                    .with("oldest", timestamp(first).to_string())
                    .with("newest", timestamp(last).to_string()),
            )?;
        }
        Ok((gone, rows > 0))
    }

    /// The time of a row, if it may go.
    fn free_since(&self, what: What, seq: i64) -> Result<Option<i64>, StoreError> {
        let sql = match what {
            What::Events => format!("SELECT e.at FROM events e WHERE e.seq = ? AND {FREE_EVENT}"),
            What::Captures => {
                format!(
                    "SELECT o.polled_at FROM observations o WHERE o.seq = ? AND o.captures > 0 AND {FREE}"
                )
            }
            What::Observations => {
                format!("SELECT o.polled_at FROM observations o WHERE o.seq = ? AND {FREE}")
            }
        };
        Ok(self.sql().prepare_cached(&sql)?.query_row(params![seq], |row| row.get(0)).optional()?)
    }

    /// Gives some free pages of the file back to the file system; whether there are more.
    fn give_back(&mut self) -> Result<bool, StoreError> {
        let free = || self.sql().pragma_query_value(None, "freelist_count", |row| row.get::<_, u32>(0));
        let before = free()?;
        if before == 0 {
            return Ok(false);
        }
        let mut vacuum = self.sql().prepare(&format!("PRAGMA incremental_vacuum({PAGES})"))?;
        // Each step gives back one page.
        let mut steps = vacuum.query([])?;
        while steps.next()?.is_some() {}
        let after = free()?;
        // A file from before this was possible keeps its free pages for itself.
        Ok(after > 0 && after < before)
    }
}
