//! What devices said.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::captures::Answer;
use super::devices::Known;
use super::packed::{pack, unpack};
use super::{StoreError, Tx, micros};
use crate::capture::Capture;
use crate::changes;
use crate::events::{self, Event};
use crate::journal::{Actor, Entry, Kind};
use crate::observation::{Outcome, Summary};

/// What a poll, or somebody by hand, brought: everything of it is kept in one transaction, or nothing.
#[derive(Clone, Debug)]
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
    /// The chassis serial numbers that the record names, that of the active one first.
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

/// What was collected, with what takes time done before the transaction begins: its line and its raw answers are
/// compressed.
#[derive(Clone, Debug)]
pub struct Ready {
    collected: Collected,
    line: Vec<u8>,
    answers: Vec<Answer>,
}

impl Ready {
    /// Compresses. `answers` stand in the place of the captures.
    pub fn new(collected: Collected, answers: Vec<Answer>) -> Result<Self, StoreError> {
        let line = pack(collected.line.as_bytes())?;
        Ok(Self { collected: Collected { captures: Vec::new(), ..collected }, line, answers })
    }

    /// Compresses the captures, too.
    fn pack(collected: Collected) -> Result<Self, StoreError> {
        let answers = collected.captures.iter().map(Answer::of).collect::<Result<_, _>>()?;
        Self::new(collected, answers)
    }

    /// Compresses the captures, too, beside the async threads.
    pub async fn of(collected: Collected) -> Result<Self, StoreError> {
        match tokio::task::spawn_blocking(move || Self::pack(collected)).await {
            Ok(packed) => packed,
            Err(ended) => Err(match ended.try_into_panic() {
                Ok(said) => StoreError::panicked(said.as_ref()),
                Err(_) => StoreError::Closed,
            }),
        }
    }

    /// What was collected, without its captures.
    pub fn collected(&self) -> &Collected {
        &self.collected
    }

    /// How many raw answers there are.
    pub fn answers(&self) -> usize {
        self.answers.len()
    }

    #[cfg(test)]
    pub(crate) fn distinct_answers(&self) -> usize {
        let all: std::collections::BTreeSet<_> =
            self.answers.iter().map(|answer| std::sync::Arc::as_ptr(&answer.raw)).collect();
        all.len()
    }
}

/// What became of what was collected.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Kept {
    /// It is kept.
    New {
        /// `devices.id`
        device: i64,
        /// `observations.seq`
        seq: i64,
        /// What changed on the device since it last answered.
        changes: Vec<events::Kind>,
    },
    /// The same was there already; nothing was done.
    Repeated,
}

/// An observation's line, by `observations.seq`, if it is still kept. Bytes that are not what they were are an error.
pub fn line(connection: &Connection, seq: i64) -> Result<Option<String>, StoreError> {
    let row: Option<(Vec<u8>, [u8; 32])> = connection
        .prepare_cached("SELECT line, line_sha256 FROM observations WHERE seq = ?")?
        .query_row([seq], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    row.map(|(packed, sha256)| {
        let named = |what: &str| StoreError::Content(format!("observation number {seq}: {what}"));
        let bytes = unpack(&packed).map_err(|error| named(&error.to_string()))?;
        if Sha256::digest(&bytes).as_slice() != sha256 {
            return Err(named("its bytes have changed"));
        }
        String::from_utf8(bytes).map_err(|_| named("it is no text"))
    })
    .transpose()
}

impl Tx<'_> {
    /// [`Tx::collect_ready`] of what is compressed while all others wait: for one that nobody waits for.
    pub fn collect(&mut self, collected: &Collected) -> Result<Kept, StoreError> {
        self.collect_ready(&Ready::pack(collected.clone())?)
    }

    /// Keeps what was collected: captures, record, changes, journal entry and outbox rows. What is there already is
    /// told apart; the same id with another content is refused.
    pub fn collect_ready(&mut self, ready: &Ready) -> Result<Kept, StoreError> {
        let Ready { collected, line, answers } = ready;
        let digest: [u8; 32] = Sha256::digest(collected.line.as_bytes()).into();
        if self.is_repeated(collected, &digest)? {
            return Ok(Kept::Repeated);
        }
        let device = self.identify(collected)?;
        let advance = self.advance(device.id, collected)?;
        self.sql()
            .prepare_cached(
                "INSERT INTO observations
                 (id, device, polled_at, outcome, carried_by, offset_ms, line_sha256, line, captures)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            )?
            .execute(params![
                collected.id.to_string(),
                device.id,
                micros(collected.polled_at),
                collected.outcome.word(),
                collected.carried_by,
                collected.offset_ms,
                digest,
                line,
                answers.len(),
            ])?;
        let seq = self.sql().last_insert_rowid();
        self.keep_captures(seq, answers)?;
        if collected.outcome.is_answer() {
            self.show_serials(&device, collected, advance.is_newest_answer)?;
        }
        if collected.outcome.is_answer() && advance.answered.is_none() {
            let seen =
                Event::new(events::Kind::DeviceSeen, format!("{} answered for the first time.", device.name));
            self.tell_of(&device, collected, seen)?;
        }
        if let Some(since) = advance.came_back {
            let back = Event::new(events::Kind::CameBack, format!("{} answers again.", device.name));
            self.tell_of(&device, collected, back.with("silent_since", since.to_string()))?;
        }
        self.alarm(&device, collected, &advance)?;
        let (mut changes, mut known) = (Vec::new(), None);
        if advance.is_newest_answer {
            let before =
                advance.answered.map(|answered| self.known(&device, answered)).transpose()?.flatten();
            for event in before.iter().flat_map(|it| changes::between(&device.name, it, &collected.line)) {
                changes.push(event.kind);
                self.tell_of(&device, collected, event)?;
            }
            known = Some(pack(changes::carry(before.as_deref(), &collected.line).as_bytes())?);
        }
        self.renew(&device, seq, collected, advance, known.as_deref())?;
        self.account(&entry(collected, answers, &device.name, &device.uuid, &digest))?;
        self.queue("records", seq)?;
        Ok(Kept::New { device: device.id, seq, changes })
    }

    /// Whether it was kept before.
    fn is_repeated(&self, collected: &Collected, digest: &[u8; 32]) -> Result<bool, StoreError> {
        let known: Option<[u8; 32]> = self
            .sql()
            .prepare_cached("SELECT line_sha256 FROM observations WHERE id = ?")?
            .query_row([collected.id.to_string()], |row| row.get(0))
            .optional()?;
        match known {
            Some(known) if known != *digest => Err(StoreError::Refused(format!(
                "observation {} of {} is kept already, with another content; one of them was changed",
                collected.id, collected.device
            ))),
            known => Ok(known.is_some()),
        }
    }

    /// What all answers before tell together; the last one, where an older licwatch kept it. What cannot be read any
    /// more does not stop new answers.
    fn known(&self, device: &Known, answered: i64) -> Result<Option<String>, StoreError> {
        let packed: Option<Vec<u8>> = self
            .sql()
            .prepare_cached("SELECT known FROM newest WHERE device = ?")?
            .query_row([device.id], |row| row.get(0))?;
        let known = match packed {
            Some(packed) => unpack(&packed).and_then(|bytes| {
                let text = String::from_utf8(bytes);
                text.map(Some).map_err(|_| StoreError::Content("it is no text".to_owned()))
            }),
            None => line(self.sql(), answered),
        };
        match known {
            Err(StoreError::Content(what)) => {
                tracing::error!(
                    device = device.name,
                    what,
                    "What was known of a device cannot be compared with."
                );
                Ok(None)
            }
            known => known,
        }
    }
}

/// What the journal tells of it.
fn entry(collected: &Collected, answers: &[Answer], name: &str, uuid: &str, digest: &[u8; 32]) -> Entry {
    let mut entry = Entry::new(collected.actor.clone(), Kind::Polled)
        .with("device", name)
        .with("device_id", uuid)
        .with("observation", collected.id.to_string())
        .with("polled_at", collected.polled_at.to_string())
        .with("outcome", collected.outcome.word())
        .with("line_sha256", crate::hex::digits(digest))
        .with("captures_sha256", answers.iter().map(Answer::name).collect::<Vec<_>>());
    if let Some(carried_by) = &collected.carried_by {
        entry = entry.with("carried_by", carried_by.as_str());
    }
    if name != collected.device {
        entry = entry.with("carried_as", collected.device.as_str());
    }
    entry
}
