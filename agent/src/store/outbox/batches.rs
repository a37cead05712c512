//! Batches: begun on disk before they are sent, repeated until they are acknowledged.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::super::{StoreError, Tx, micros};
use super::{FAILING, Wants, sinks};
use crate::events::{self, Event};
use crate::hex;
use crate::journal::{Actor, Entry, Kind};

/// So many refused lines are named in an entry and in an event; the digest is over all of them.
const NAMED: usize = 20;

/// A batch that was begun.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Begun {
    /// Its number among the sink's batches, from 1.
    pub sequence: u64,
    /// The number of the batch before it that was acknowledged, where those between were given up.
    pub follows: Option<u64>,
    /// What the receiver knows it by.
    pub key: String,
    /// The number of its last line in the outbox; its first is the first that waits.
    pub last: i64,
    /// Its lines.
    pub lines: u64,
    /// When it was begun.
    pub at: Timestamp,
}

/// What a sink has said of a batch.
#[derive(Clone, Debug)]
pub struct Acknowledged {
    /// The sink.
    pub sink: String,
    /// The batch.
    pub begun: Begun,
    /// Its lines: number in the outbox and id.
    pub lines: Vec<(i64, String)>,
    /// Those of them that were refused for good.
    pub refused: Vec<Letter>,
    /// Where it went, for the journal.
    pub note: String,
}

/// A line that cannot be delivered, and why.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Letter {
    /// Its number in the outbox.
    pub seq: i64,
    /// The id of the observation or of the event; empty where that is gone.
    pub id: String,
    /// Why.
    pub reason: String,
}

impl Tx<'_> {
    /// Begins a batch of the first `lines` lines, which end at number `last`. None if the queue is no longer as it was
    /// read, or a batch was begun already: it must be read again.
    pub fn begin_batch(&mut self, sink: &str, last: i64, lines: u64) -> Result<Option<Begun>, StoreError> {
        let state = sinks::state(self.sql(), sink)?;
        if state.is_none_or(|state| state.begun.is_some()) || self.waiting_until(sink, last)? != lines {
            return Ok(None);
        }
        self.sql()
            .prepare_cached("UPDATE sinks SET sequence = sequence + 1 WHERE name = ?")?
            .execute([sink])?;
        self.put_batch(sink, last, lines).map(Some)
    }

    /// Replaces the batch that was begun, and was refused as a whole, by one of its first `lines` lines.
    pub fn narrow_batch(&mut self, sink: &str, last: i64, lines: u64) -> Result<Option<Begun>, StoreError> {
        if self.waiting_until(sink, last)? != lines {
            return Ok(None);
        }
        self.put_batch(sink, last, lines).map(Some)
    }

    fn put_batch(&mut self, sink: &str, last: i64, lines: u64) -> Result<Begun, StoreError> {
        let key = Uuid::now_v7().to_string();
        let (sequence, taken): (u64, u64) = self
            .sql()
            .prepare_cached(
                "UPDATE sinks SET batch_last = ?2, batch_lines = ?3, batch_at = ?4, batch_key = ?5
                 WHERE name = ?1 RETURNING sequence, taken_sequence",
            )?
            .query_row(params![sink, last, lines, micros(self.now()), key], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
        let (follows, at) = (follows(sequence, taken), super::super::timestamp(micros(self.now())));
        Ok(Begun { sequence, follows, key, last, lines, at })
    }

    fn waiting_until(&self, sink: &str, last: i64) -> Result<u64, StoreError> {
        let mut query =
            self.sql().prepare_cached("SELECT COUNT(*) FROM outbox WHERE sink = ? AND seq <= ?")?;
        Ok(query.query_row(params![sink, last], |row| row.get(0))?)
    }

    /// Ends a batch: what was taken leaves the outbox, what was refused goes to the dead letters.
    pub fn delivered(&mut self, batch: &Acknowledged) -> Result<(), StoreError> {
        let Acknowledged { sink, begun, lines, refused, note } = batch;
        self.lay_aside(sink, refused)?;
        for (seq, _) in lines {
            self.sql()
                .prepare_cached("DELETE FROM outbox WHERE seq = ? AND sink = ?")?
                .execute(params![seq, sink])?;
        }
        let taken = lines.len().saturating_sub(refused.len());
        let failures: Option<u64> = self
            .sql()
            .prepare_cached("SELECT failures FROM sinks WHERE name = ?")?
            .query_row([sink], |row| row.get(0))
            .optional()?;
        self.sql()
            .prepare_cached(
                "UPDATE sinks SET delivered = delivered + ?2, delivered_at = ?3, taken_sequence = ?4,
                     failures = 0, failed_at = NULL, problem = NULL, next_try = NULL
                 WHERE name = ?1",
            )?
            .execute(params![sink, count(taken), micros(self.now()), begun.sequence])?;
        self.end_batch(sink, Some(&begun.key))?;
        self.account(
            &Entry::new(Actor::Daemon, Kind::Delivered)
                .with("sink", sink.as_str())
                .with("sequence", begun.sequence)
                .with("key", begun.key.as_str())
                .with("lines", count(taken))
                .with("refused", count(refused.len()))
                .with("ids_sha256", digest_of_ids(lines.iter().map(|(_, id)| id.as_str())))
                .with("note", note.as_str()),
        )?;
        self.tell_refused(sink, refused)?;
        if failures.unwrap_or_default() >= FAILING {
            let message = format!("Sink {sink} takes deliveries again.");
            self.tell(&Event::new(events::Kind::SinkBack, message).with("sink", sink.as_str()))?;
        }
        Ok(())
    }

    /// Moves lines to the dead letters and gives up the batch that was begun. `untaken` says that the receiver refused
    /// it as a whole, so that its number is free.
    pub fn bury(&mut self, sink: &str, letters: &[Letter], untaken: bool) -> Result<(), StoreError> {
        self.lay_aside(sink, letters)?;
        if untaken {
            self.sql()
                .prepare_cached(
                    "UPDATE sinks SET sequence = sequence - 1 WHERE name = ? AND batch_key IS NOT NULL",
                )?
                .execute([sink])?;
        }
        self.end_batch(sink, None)?;
        self.tell_refused(sink, letters)
    }

    /// Forgets the batch that was begun; only that of a key, if one is given. The receiver may have seen it, so that its
    /// number is not given again; if it was not acknowledged, the next one tells by [`Begun::follows`] that none is missing.
    pub fn end_batch(&mut self, sink: &str, key: Option<&str>) -> Result<(), StoreError> {
        self.sql()
            .prepare_cached(
                "UPDATE sinks SET batch_last = NULL, batch_lines = NULL, batch_at = NULL, batch_key = NULL
                 WHERE name = ?1 AND (?2 IS NULL OR batch_key = ?2)",
            )?
            .execute(params![sink, key])?;
        Ok(())
    }

    fn lay_aside(&mut self, sink: &str, letters: &[Letter]) -> Result<(), StoreError> {
        for letter in letters {
            self.sql()
                .prepare_cached(
                    "INSERT INTO dead_letters (seq, sink, item, queued_at, dead_at, reason)
                     SELECT seq, sink, item, queued_at, ?3, ?4 FROM outbox WHERE seq = ?1 AND sink = ?2",
                )?
                .execute(params![letter.seq, sink, micros(self.now()), letter.reason])?;
            self.sql()
                .prepare_cached("DELETE FROM outbox WHERE seq = ? AND sink = ?")?
                .execute(params![letter.seq, sink])?;
        }
        Ok(())
    }

    fn tell_refused(&mut self, sink: &str, letters: &[Letter]) -> Result<(), StoreError> {
        let Some(first) = letters.first() else { return Ok(()) };
        let named: Vec<&str> = letters.iter().take(NAMED).map(|letter| letter.id.as_str()).collect();
        let digest = digest_of_ids(letters.iter().map(|letter| letter.id.as_str()));
        self.account(
            &Entry::new(Actor::Daemon, Kind::Refused)
                .with("sink", sink)
                .with("lines", count(letters.len()))
                .with("ids", named.clone())
                .with("ids_sha256", digest.as_str())
                .with("reason", first.reason.as_str()),
        )?;
        let message = match letters.len() {
            1 => format!("A line is among the dead letters of sink {sink}: {}", first.reason),
            many => {
                format!("{many} lines are among the dead letters of sink {sink}, the first: {}", first.reason)
            }
        };
        let event = Event::new(events::Kind::LineRefused, message)
            .with("sink", sink)
            .with("lines", count(letters.len()))
            .with("ids", named)
            .with("ids_sha256", digest);
        let id = self.tell(&event)?;
        // A sink that refuses events would refuse this one, which would be told by the next, without end; and two such
        // sinks would tell it to each other.
        if sinks::state(self.sql(), sink)?.is_some_and(|state| state.wants == Wants::Events) {
            let is_news = self.has_news(letters)?;
            self.sql()
                .prepare_cached(
                    "DELETE FROM outbox WHERE item = (SELECT seq FROM events WHERE id = ?1)
                     AND sink IN (SELECT name FROM sinks WHERE wants = ?2 AND (name = ?3 OR NOT ?4))",
                )?
                .execute(params![id.to_string(), Wants::Events.word(), sink, is_news])?;
        }
        Ok(())
    }

    /// Whether any of these events is other than the telling of a refusal.
    fn has_news(&self, letters: &[Letter]) -> Result<bool, StoreError> {
        let mut query = self.sql().prepare_cached("SELECT kind FROM events WHERE id = ?")?;
        for letter in letters {
            let kind: Option<String> = query.query_row([&letter.id], |row| row.get(0)).optional()?;
            if kind.as_deref() != Some(events::Kind::LineRefused.word()) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// The batch before one of this number, where the numbers between were given up. `taken` is the last that was
/// acknowledged; 0 if none was.
pub(super) fn follows(sequence: u64, taken: u64) -> Option<u64> {
    (taken.saturating_add(1) < sequence).then_some(taken)
}

/// SHA-256 over ids, each with a line end behind it: `printf '%s\n' ID… | sha256sum`.
pub(super) fn digest_of_ids<'i>(ids: impl Iterator<Item = &'i str>) -> String {
    let mut digest = Sha256::new();
    for id in ids {
        digest.update(id);
        digest.update("\n");
    }
    hex::digits(&digest.finalize())
}

pub(super) fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
