//! What `licwatch status` shows: how devices stand, and what they wait for. It is read beside the daemon or without one,
//! and nothing is written: neither a store nor a newer schema. One row by its key for each device, whatever the store
//! holds of its past.

mod history;

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::Deserialize;

use super::{FILE, StoreError, newest, presence, schema, timestamp};
use crate::brakes::Brake;
use crate::events::Kind;

pub use history::{Change, History, Observed, history};

/// Reads the store of a folder, if there is one of the schema that this licwatch knows; see [`presence::read`].
pub fn read<T>(
    folder: &Path,
    mut query: impl FnMut(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    presence::read(folder, |snapshot| {
        let version: u32 = snapshot.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        let file = folder.join(FILE);
        match version {
            0 => Err(StoreError::Absent { folder: folder.to_owned() }),
            found if found > schema::NEWEST => Err(StoreError::Newer { file, found, known: schema::NEWEST }),
            found if found < schema::NEWEST => Err(StoreError::Refused(format!(
                "{} has the older schema {found}; `licwatch run` brings it up to date",
                file.display()
            ))),
            _ => query(snapshot),
        }
    })
}

/// A device that the store knows.
#[derive(Clone, Debug)]
pub struct Known {
    /// `devices.id`
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Whether the inventory listed it when the agent last looked.
    pub listed: bool,
    /// When it was first heard of.
    pub first_seen: Timestamp,
    /// When the poll of its newest answer began.
    pub answered_at: Option<Timestamp>,
    /// Whether it was told to be silent.
    pub silent: bool,
    /// What is kept of its newest observation.
    pub newest: Option<Newest>,
    /// When it is polled next.
    pub next: Option<Next>,
}

/// The newest observation, as far as it can be read.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Newest {
    /// When its poll began.
    pub polled_at: Option<Timestamp>,
    /// `complete`, `partial`, `failed`.
    pub outcome: Option<String>,
    /// How long it took.
    pub duration_ms: Option<u64>,
    /// The way that was asked.
    pub transport: Option<String>,
    /// Who brought it, if it was no poll.
    pub carried_by: Option<String>,
    /// Why it failed, or why a part is missing.
    pub error: Option<Trouble>,
    /// The newest answer, of this observation or one before it.
    pub answer: Option<Answer>,
}

/// Why a poll failed.
#[derive(Clone, Debug, Default, Deserialize, serde::Serialize)]
#[serde(default)]
pub struct Trouble {
    /// How far it came.
    pub stage: String,
    /// What kind of failure it is, for programs.
    pub kind: String,
    /// What happened.
    pub text: String,
    /// What to do.
    pub remedy: String,
}

/// What the newest answer showed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Answer {
    /// The device's clock less ours.
    pub offset_ms: Option<i64>,
    /// The row for people.
    pub summary: Shown,
}

/// The facts of [`crate::observation::Summary`] that are shown.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Shown {
    /// The operating system.
    pub platform: String,
    /// Chassis PID.
    pub model: String,
    /// Chassis serial number.
    pub serial_number: String,
    /// Software version.
    pub version: String,
    /// Licensing model.
    pub licensing: String,
    /// The licences in use, one a line.
    pub in_use: String,
    /// Whether the device says that it is entitled to what it uses.
    pub compliance: String,
    /// The next date on which something lapses, and what.
    pub deadline: String,
    /// That date, to compare.
    pub lapses_at: Option<Timestamp>,
    /// Old algorithms that were used on the way to it.
    pub old_algorithms: String,
}

/// When a device is polled next.
#[derive(Clone, Debug)]
pub struct Next {
    /// When.
    pub due_at: Timestamp,
    /// Why then: `interval`, `retry`, `confirm`, `early`, `catch_up`.
    pub reason: String,
    /// Polls that failed, in a row.
    pub failures: u32,
}

/// Every device that the store knows, by name.
pub fn devices(connection: &Connection) -> Result<Vec<Known>, StoreError> {
    let mut query = connection.prepare(DEVICES)?;
    let rows = query.query_map([], known)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

const DEVICES: &str = "\
SELECT d.id, d.name, d.listed, d.first_seen, n.answered_at, n.silent, n.summary, s.due_at, s.reason, s.failures
FROM devices d LEFT JOIN newest n ON n.device = d.id LEFT JOIN schedule s ON s.device = d.id ORDER BY d.name";

fn known(row: &Row<'_>) -> rusqlite::Result<Known> {
    let at = |column: usize| row.get::<_, Option<i64>>(column).map(|at| at.map(timestamp));
    let summary = newest::text(row, 6)?;
    let next = match at(7)? {
        Some(due_at) => Some(Next {
            due_at,
            reason: row.get::<_, Option<String>>(8)?.unwrap_or_default(),
            failures: row.get::<_, Option<u32>>(9)?.unwrap_or_default(),
        }),
        None => None,
    };
    Ok(Known {
        id: row.get(0)?,
        name: row.get(1)?,
        listed: row.get(2)?,
        first_seen: timestamp(row.get(3)?),
        answered_at: at(4)?,
        silent: row.get::<_, Option<i64>>(5)?.is_some_and(|silent| silent != 0),
        // A form that this licwatch does not know is shown as a device of which nothing is known.
        newest: summary.map(|json| serde_json::from_slice(&json).unwrap_or_default()),
        next,
    })
}

/// A login that is stopped until an operator releases it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Stop {
    /// The credential.
    pub credential: String,
    /// Since when.
    pub since: Timestamp,
    /// Why.
    pub reason: String,
}

/// What the login guard stopped.
#[derive(Clone, Debug, Default)]
pub struct Stops {
    /// Devices, by their names in small letters.
    pub devices: BTreeMap<String, Stop>,
    /// Credentials.
    pub credentials: Vec<Stop>,
}

/// What the login guard stopped.
pub fn stops(connection: &Connection) -> Result<Stops, StoreError> {
    let mut stops = Stops::default();
    let mut query = connection.prepare(
        "SELECT device, credential, refused_at, reason FROM guard_refusals ORDER BY refused_at DESC",
    )?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let device: String = row.get(0)?;
        let stop = Stop { credential: row.get(1)?, since: timestamp(row.get(2)?), reason: row.get(3)? };
        stops.devices.insert(device.to_lowercase(), stop);
    }
    let mut query = connection.prepare(
        "SELECT credential, stopped_at, reason FROM guard_credentials WHERE stopped_at IS NOT NULL ORDER BY credential",
    )?;
    let rows = query.query_map([], |row| {
        let reason = row.get::<_, Option<String>>(2)?.unwrap_or_default();
        Ok(Stop { credential: row.get(0)?, since: timestamp(row.get(1)?), reason })
    })?;
    stops.credentials = rows.collect::<Result<_, _>>()?;
    Ok(stops)
}

/// A sink and what it has before it.
#[derive(Clone, Debug)]
pub struct Sink {
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: String,
    /// Lines that wait.
    pub waiting: u64,
    /// Since when the oldest of them waits.
    pub waiting_since: Option<Timestamp>,
    /// Lines that it refused for good.
    pub refused: u64,
    /// When it last took something.
    pub delivered_at: Option<Timestamp>,
    /// Tries that failed, in a row.
    pub failures: u32,
    /// Why the last of them failed.
    pub problem: Option<String>,
}

/// The sinks that are in use, and those that still hold refused or waiting lines.
pub fn sinks(connection: &Connection) -> Result<Vec<Sink>, StoreError> {
    let mut query = connection.prepare(
        "SELECT name, kind, active, delivered_at, failures, problem,
                (SELECT count(*) FROM outbox WHERE sink = name),
                (SELECT queued_at FROM outbox WHERE sink = name ORDER BY seq LIMIT 1),
                (SELECT count(*) FROM dead_letters WHERE sink = name)
         FROM sinks ORDER BY name",
    )?;
    let rows = query.query_map([], |row| {
        let active: bool = row.get(2)?;
        let sink = Sink {
            name: row.get(0)?,
            kind: row.get(1)?,
            delivered_at: row.get::<_, Option<i64>>(3)?.map(timestamp),
            failures: row.get(4)?,
            problem: row.get(5)?,
            waiting: row.get(6)?,
            waiting_since: row.get::<_, Option<i64>>(7)?.map(timestamp),
            refused: row.get(8)?,
        };
        Ok((active, sink))
    })?;
    let mut sinks = Vec::new();
    for row in rows {
        let (active, sink) = row?;
        if active || sink.waiting > 0 || sink.refused > 0 {
            sinks.push(sink);
        }
    }
    Ok(sinks)
}

/// A reason for not polling.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Braked {
    /// What happened.
    pub kind: Kind,
    /// Since when.
    pub since: Timestamp,
    /// The words of the event.
    pub message: String,
}

/// Why nothing is polled, as the agent last told.
pub fn brakes(connection: &Connection) -> Result<Vec<Braked>, StoreError> {
    let mut query = connection.prepare(
        "SELECT kind, at, event FROM events WHERE device IS NULL AND kind IN (?, ?) ORDER BY seq DESC LIMIT 1",
    )?;
    let mut braked = Vec::new();
    for (put, lifted) in Brake::ALL.map(Brake::kinds) {
        let newest: Option<(String, i64, String)> = query
            .query_row(params![put.word(), lifted.word()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?;
        if let Some((kind, at, event)) = newest
            && kind == put.word()
        {
            braked.push(Braked { kind: put, since: timestamp(at), message: history::message(&event) });
        }
    }
    Ok(braked)
}

#[cfg(test)]
mod tests;
