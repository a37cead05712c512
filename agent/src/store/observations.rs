//! What devices said.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{StoreError, Tx, micros};
use crate::capture::Capture;
use crate::changes;
use crate::journal::{Actor, Entry, Kind};
use crate::poll::{Outcome, Summary};

/// What a poll, or somebody by hand, brought: everything of it is kept in one transaction, or nothing.
#[derive(Debug)]
pub struct Collected {
    /// The device's name in the inventory.
    pub device: String,
    /// `observation.id`
    pub id: Uuid,
    /// When the poll began.
    pub polled_at: Timestamp,
    /// How it went.
    pub outcome: Outcome,
    /// The record with its observation, one line of JSON.
    pub line: String,
    /// What `status` shows of it.
    pub summary: Summary,
    /// The chassis serial numbers that the record names.
    pub serial_numbers: Vec<String>,
    /// The device's clock less ours, in milliseconds.
    pub offset_ms: Option<i64>,
    /// The raw answers.
    pub captures: Vec<Capture>,
    /// Who did it.
    pub actor: Actor,
    /// Who carried it here, if it was no poll.
    pub carried_by: Option<String>,
}

impl Tx<'_> {
    /// Keeps what was collected: captures, record, changes, journal entry and outbox rows.
    pub fn collect(&mut self, collected: &Collected) -> Result<(), StoreError> {
        let device = self.device(&collected.device)?;
        let digest = Sha256::digest(collected.line.as_bytes());
        let before: Option<String> = None;
        self.sql()
            .prepare_cached(
                "INSERT INTO observations (id, device, polled_at, outcome, carried_by, offset_ms, line_sha256, line)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            )?
            .execute(params![
                collected.id.to_string(),
                device,
                micros(collected.polled_at),
                outcome(collected.outcome),
                collected.carried_by,
                collected.offset_ms,
                digest.as_slice(),
                packed(collected.line.as_bytes())?,
            ])?;
        let seq = self.sql().last_insert_rowid();
        if let Some(before) = before {
            for event in changes::between(&collected.device, &before, &collected.line) {
                self.tell(&event)?;
            }
        }
        self.account(
            &Entry::new(collected.actor.clone(), Kind::Polled)
                .with("device", collected.device.as_str())
                .with("observation", collected.id.to_string())
                .with("outcome", outcome(collected.outcome)),
        )?;
        self.queue("records", seq)
    }

    /// The number of a device by its name; it is minted at first sight.
    fn device(&mut self, name: &str) -> Result<i64, StoreError> {
        let known = self
            .sql()
            .prepare_cached("SELECT id FROM devices WHERE name = ?")?
            .query_row([name], |row| row.get(0))
            .optional()?;
        if let Some(id) = known {
            return Ok(id);
        }
        self.sql()
            .prepare_cached("INSERT INTO devices (uuid, name, first_seen) VALUES (?, ?, ?)")?
            .execute(params![Uuid::now_v7().to_string(), name, micros(self.now())])?;
        Ok(self.sql().last_insert_rowid())
    }
}

fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Complete => "complete",
        Outcome::Partial => "partial",
        Outcome::Failed => "failed",
    }
}

fn packed(bytes: &[u8]) -> Result<Vec<u8>, StoreError> {
    zstd::bulk::compress(bytes, 3).map_err(|error| StoreError::Content(error.to_string()))
}
