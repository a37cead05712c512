//! What an operator does with lines: back to the queue, away for good, or a try at once.

use rusqlite::{Connection, OptionalExtension, params};

use super::super::{StoreError, Tx};
use super::batches::{count, digest_of_ids};
use super::sinks;
use super::{SinkState, Wants};
use crate::events::{self, Event};
use crate::journal::{Actor, Entry, Kind};

/// So many lines are changed in one transaction, at most: the daemon waits meanwhile.
const AT_ONCE: i64 = 5_000;

/// Which lines of a sink are meant.
#[derive(Clone, Debug)]
pub enum Which {
    /// These numbers.
    Numbers(Vec<i64>),
    /// All refused ones up to this number.
    Refused(i64),
    /// All up to this number, whether they wait or were refused.
    All(i64),
}

/// What was changed in one transaction.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Changed {
    /// Lines that waited.
    pub waiting: u64,
    /// Lines that had been refused.
    pub refused: u64,
    /// SHA-256 over their ids in order, each with a line end behind it.
    pub ids_sha256: String,
    /// Whether there is more to do: the act is repeated then.
    pub is_cut: bool,
}

/// The highest number that was ever given to a line.
pub fn last_number(connection: &Connection) -> Result<i64, StoreError> {
    let last = connection
        .prepare_cached("SELECT seq FROM sqlite_sequence WHERE name = 'outbox'")?
        .query_row([], |row| row.get(0))
        .optional()?;
    Ok(last.unwrap_or_default())
}

impl Tx<'_> {
    /// Puts refused lines back to the end of the queue, under new numbers, and lets the sink be tried at once. Without
    /// any lines it is only tried.
    pub fn retry(&mut self, sink: &str, which: &Which, actor: &Actor) -> Result<Changed, StoreError> {
        let state = self.known_sink(sink)?;
        let lines = self.chosen(&state, which, false)?;
        for (seq, ..) in &lines.chosen {
            self.sql()
                .prepare_cached(
                    "INSERT INTO outbox (sink, item, queued_at)
                     SELECT sink, item, queued_at FROM dead_letters WHERE seq = ? AND sink = ?",
                )?
                .execute(params![seq, sink])?;
            self.sql()
                .prepare_cached("DELETE FROM dead_letters WHERE seq = ? AND sink = ?")?
                .execute(params![seq, sink])?;
        }
        self.sql().prepare_cached("UPDATE sinks SET next_try = NULL WHERE name = ?")?.execute([sink])?;
        self.wake_delivery();
        self.note("retry", sink, lines.changed(), None, actor)
    }

    /// Removes lines for good.
    pub fn discard(
        &mut self,
        sink: &str,
        which: &Which,
        reason: &str,
        actor: &Actor,
    ) -> Result<Changed, StoreError> {
        let state = self.known_sink(sink)?;
        let lines = self.chosen(&state, which, true)?;
        let mut is_begun = false;
        for (seq, _, waits) in &lines.chosen {
            let table = if *waits { "outbox" } else { "dead_letters" };
            self.sql()
                .prepare_cached(&format!("DELETE FROM {table} WHERE seq = ? AND sink = ?"))?
                .execute(params![seq, sink])?;
            is_begun |= *waits && state.begun.as_ref().is_some_and(|begun| *seq <= begun.last);
        }
        if is_begun {
            // The rest of it goes out under another key: the same key must mean the same lines.
            self.end_batch(sink, None)?;
        }
        if lines.chosen.is_empty() {
            return Ok(Changed::default());
        }
        self.note("discard", sink, lines.changed(), Some(reason), actor)
    }

    fn known_sink(&self, sink: &str) -> Result<SinkState, StoreError> {
        sinks::state(self.sql(), sink)?.ok_or_else(|| {
            StoreError::Refused(format!("there is no sink \"{sink}\"; `licwatch outbox list` shows them"))
        })
    }

    fn note(
        &mut self,
        act: &str,
        sink: &str,
        changed: Changed,
        reason: Option<&str>,
        actor: &Actor,
    ) -> Result<Changed, StoreError> {
        let lines = changed.waiting + changed.refused;
        let done = if act == "retry" { "puts back to the queue" } else { "discards" };
        let message = match lines {
            0 => format!("{actor} lets sink {sink} be tried at once."),
            1 => format!("{actor} {done} 1 line of sink {sink}."),
            many => format!("{actor} {done} {many} lines of sink {sink}."),
        };
        let mut entry = Entry::new(actor.clone(), Kind::OutboxChanged).with("act", act).with("sink", sink);
        let mut event = Event::new(events::Kind::OutboxChanged, message).with("act", act).with("sink", sink);
        let facts = [
            ("waiting", Some(changed.waiting.into())),
            ("refused", Some(changed.refused.into())),
            ("ids_sha256", Some(changed.ids_sha256.as_str().into())),
            ("reason", reason.map(serde_json::Value::from)),
        ];
        for (name, value) in facts {
            if let Some(value) = value {
                entry = entry.with(name, value.clone());
                event = event.with(name, value);
            }
        }
        event = event.with("actor", actor.to_string());
        self.account(&entry)?;
        self.tell(&event)?;
        Ok(changed)
    }

    /// The lines that are meant, at most [`AT_ONCE`]. A number that names none is refused.
    fn chosen(&self, state: &SinkState, which: &Which, with_waiting: bool) -> Result<Chosen, StoreError> {
        let items = match state.wants {
            Wants::Records => "observations",
            Wants::Events => "events",
        };
        let mut chosen = Vec::new();
        let mut is_cut = false;
        let places: &[(&str, bool)] = match which {
            Which::Refused(_) => &[("dead_letters", false)],
            _ if with_waiting => &[("outbox", true), ("dead_letters", false)],
            _ => &[("dead_letters", false)],
        };
        let numbers: Vec<(i64, i64, bool)> = match which {
            Which::Numbers(numbers) => numbers.iter().map(|number| (*number, *number, true)).collect(),
            Which::Refused(until) | Which::All(until) => vec![(i64::MIN, *until, false)],
        };
        for (from, until, is_named) in numbers {
            let before = chosen.len();
            for (table, waits) in places {
                let room = AT_ONCE.saturating_sub(i64::try_from(chosen.len()).unwrap_or(i64::MAX));
                let mut query = self.sql().prepare_cached(&format!(
                    "SELECT q.seq, COALESCE(i.id, '') FROM {table} q LEFT JOIN {items} i ON i.seq = q.item
                     WHERE q.sink = ? AND q.seq BETWEEN ? AND ? ORDER BY q.seq LIMIT ?"
                ))?;
                let rows = query.query_map(params![state.name, from, until, room], |row| {
                    Ok((row.get(0)?, row.get::<_, String>(1)?, *waits))
                })?;
                chosen.extend(rows.collect::<Result<Vec<_>, _>>()?);
            }
            if is_named && chosen.len() == before {
                let what = if with_waiting { "line" } else { "refused line" };
                return Err(StoreError::Refused(format!(
                    "sink \"{0}\" has no {what} {from}, or too many are named at once; `licwatch outbox list --sink {0} --refused` shows the refused ones",
                    state.name
                )));
            }
            is_cut |= !is_named && i64::try_from(chosen.len()).is_ok_and(|found| found >= AT_ONCE);
        }
        Ok(Chosen { chosen, is_cut })
    }
}

/// Lines by number, id, and whether they wait.
struct Chosen {
    chosen: Vec<(i64, String, bool)>,
    is_cut: bool,
}

impl Chosen {
    fn changed(&self) -> Changed {
        let waiting = self.chosen.iter().filter(|(_, _, waits)| *waits).count();
        Changed {
            waiting: count(waiting),
            refused: count(self.chosen.len().saturating_sub(waiting)),
            ids_sha256: digest_of_ids(self.chosen.iter().map(|(_, id, _)| id.as_str())),
            is_cut: self.is_cut,
        }
    }
}
