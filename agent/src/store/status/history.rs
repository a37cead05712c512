//! What is kept of one device's past.

use std::io::Read;

use jiff::Timestamp;
use rusqlite::Connection;
use serde::Deserialize;

use super::super::{StoreError, timestamp};
use super::Trouble;

/// No record is larger.
const LARGEST: u64 = 256 << 20;

/// One device's past, the newest first.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// Its last observations.
    pub observations: Vec<Observed>,
    /// Its last events.
    pub changes: Vec<Change>,
    /// Its serial numbers, with when each was first and last shown.
    pub serials: Vec<(String, Timestamp, Timestamp)>,
    /// How many observations are kept.
    pub kept: u64,
    /// How many raw answers are kept, and their bytes before they were compressed.
    pub captures: (u64, u64),
    /// The last reading of its clock less ours.
    pub offset_ms: Option<i64>,
}

/// One observation.
#[derive(Clone, Debug)]
pub struct Observed {
    /// When its poll began.
    pub polled_at: Timestamp,
    /// `complete`, `partial`, `failed`.
    pub outcome: String,
    /// Who brought it, if it was no poll.
    pub carried_by: Option<String>,
    /// How long it took.
    pub duration_ms: Option<u64>,
    /// Why it failed, or why a part is missing.
    pub error: Option<Trouble>,
}

/// One event.
#[derive(Clone, Debug)]
pub struct Change {
    /// When it was told.
    pub at: Timestamp,
    /// Its word.
    pub kind: String,
    /// One sentence.
    pub message: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Line {
    observation: Circumstances,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Circumstances {
    duration_ms: Option<u64>,
    error: Option<Trouble>,
}

/// The last `most` observations and events of a device, by `devices.id`.
pub fn history(connection: &Connection, device: i64, most: u32) -> Result<History, StoreError> {
    let mut history = History::default();
    let mut query = connection.prepare(
        "SELECT polled_at, outcome, carried_by, line FROM observations WHERE device = ? ORDER BY seq DESC LIMIT ?",
    )?;
    let mut rows = query.query((device, most))?;
    while let Some(row) = rows.next()? {
        let packed: Vec<u8> = row.get(3)?;
        // A line that cannot be read any more still was polled, and went as it went.
        let line = unpacked(&packed).and_then(|line| serde_json::from_slice::<Line>(&line).ok());
        let Circumstances { duration_ms, error } = line.unwrap_or_default().observation;
        history.observations.push(Observed {
            polled_at: timestamp(row.get(0)?),
            outcome: row.get(1)?,
            carried_by: row.get(2)?,
            duration_ms,
            error,
        });
    }
    let mut query = connection
        .prepare("SELECT at, kind, event FROM events WHERE device = ? ORDER BY seq DESC LIMIT ?")?;
    let changes = query.query_map((device, most), |row| {
        let event: String = row.get(2)?;
        Ok(Change { at: timestamp(row.get(0)?), kind: row.get(1)?, message: message(&event) })
    })?;
    history.changes = changes.collect::<Result<_, _>>()?;
    let mut query = connection.prepare(
        "SELECT serial_number, first_seen, last_seen FROM serials WHERE device = ? ORDER BY last_seen DESC, serial_number",
    )?;
    let serials =
        query.query_map([device], |row| Ok((row.get(0)?, timestamp(row.get(1)?), timestamp(row.get(2)?))))?;
    history.serials = serials.collect::<Result<_, _>>()?;
    history.kept =
        connection
            .query_row("SELECT count(*) FROM observations WHERE device = ?", [device], |row| row.get(0))?;
    history.captures = connection.query_row(
        "SELECT count(*), coalesce(sum(c.bytes), 0) FROM observations o
         JOIN observation_captures oc ON oc.observation = o.seq JOIN captures c ON c.sha256 = oc.sha256
         WHERE o.device = ?",
        [device],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    history.offset_ms = connection.query_row(
        "SELECT (SELECT offset_ms FROM observations WHERE device = ? AND offset_ms IS NOT NULL ORDER BY seq DESC LIMIT 1)",
        [device],
        |row| row.get(0),
    )?;
    Ok(history)
}

/// The sentence of an event's line.
pub(super) fn message(event: &str) -> String {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Event {
        message: String,
    }
    serde_json::from_str::<Event>(event).unwrap_or_default().message
}

fn unpacked(packed: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let decoder = zstd::stream::read::Decoder::with_buffer(packed).ok()?;
    let length = decoder.take(LARGEST).read_to_end(&mut bytes).ok()?;
    ((length as u64) < LARGEST).then_some(bytes)
}
