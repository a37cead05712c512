//! How each device stands: the newest of what was seen of it.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::devices::Known;
use super::{Collected, StoreError, Tx, micros, timestamp};
use crate::observation::{Outcome, Summary};

/// A device and how it stands.
#[derive(Clone, Debug)]
pub struct Standing {
    /// Its number in the tables.
    pub device: i64,
    /// The id that was minted for it; it never changes.
    pub uuid: String,
    /// Its name in the inventory.
    pub name: String,
    /// Whether the inventory lists it now.
    pub listed: bool,
    /// When it was first heard of.
    pub first_seen: Timestamp,
    /// When it last answered: when that poll began.
    pub answered_at: Option<Timestamp>,
    /// When it was told to be silent, if it is.
    pub silent_since: Option<Timestamp>,
    /// The newest of what was seen; nothing if it was never polled.
    pub newest: Option<Newest>,
}

/// The newest observation of a device, and the newest answer.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Newest {
    /// The newest observation.
    pub observation: Uuid,
    /// When its poll began.
    pub polled_at: Timestamp,
    /// How it went.
    pub outcome: Outcome,
    /// How long it took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
    /// `ssh`, `netconf`, or both.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transport: Option<String>,
    /// The address that was dialled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Who carried it here, if it was no poll.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carried_by: Option<String>,
    /// Why it failed, or why a part is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Trouble>,
    /// The newest answer, of this observation or one before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
}

/// Why a poll failed: the words of [`crate::transport::Failure`].
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
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
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Answer {
    /// Its observation.
    pub observation: Uuid,
    /// When its poll began.
    pub polled_at: Timestamp,
    /// The device's clock less ours, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset_ms: Option<i64>,
    /// The row for people.
    pub summary: Summary,
}

/// What of a line tells how the poll went.
#[derive(Deserialize)]
struct Line {
    observation: Circumstances,
}

#[derive(Debug, Default, Deserialize)]
struct Circumstances {
    duration_ms: Option<u64>,
    transport: Option<String>,
    address: Option<String>,
    error: Option<Trouble>,
}

/// Every device, by name.
pub fn all(connection: &Connection) -> Result<Vec<Standing>, StoreError> {
    let mut query = connection.prepare_cached(
        "SELECT d.id, d.uuid, d.name, d.listed, d.first_seen, n.answered_at, n.silent, n.summary
         FROM devices d LEFT JOIN newest n ON n.device = d.id ORDER BY d.name",
    )?;
    let rows = query.query_map([], standing)?;
    rows.map(|row| row?).collect()
}

/// How many devices of the inventory are silent.
pub fn silent(connection: &Connection) -> Result<usize, StoreError> {
    let mut query = connection.prepare_cached(
        "SELECT count(*) FROM newest n JOIN devices d ON d.id = n.device WHERE d.listed AND n.silent <> 0",
    )?;
    Ok(query.query_row([], |row| row.get(0))?)
}

/// One device, by its name.
pub fn of(connection: &Connection, name: &str) -> Result<Option<Standing>, StoreError> {
    connection
        .prepare_cached(
            "SELECT d.id, d.uuid, d.name, d.listed, d.first_seen, n.answered_at, n.silent, n.summary
             FROM devices d LEFT JOIN newest n ON n.device = d.id WHERE d.name = ?",
        )?
        .query_row([name], standing)
        .optional()?
        .transpose()
}

fn standing(row: &rusqlite::Row<'_>) -> rusqlite::Result<Result<Standing, StoreError>> {
    let name: String = row.get(2)?;
    let newest = match text(row, 7)?.map(|text| serde_json::from_slice(&text)).transpose() {
        Ok(newest) => newest,
        Err(error) => return Ok(Err(StoreError::Content(format!("the newest of {name}: {error}")))),
    };
    let silent = row.get::<_, Option<i64>>(6)?.filter(|at| *at != 0);
    Ok(Ok(Standing {
        device: row.get(0)?,
        uuid: row.get(1)?,
        name,
        listed: row.get(3)?,
        first_seen: timestamp(row.get(4)?),
        answered_at: row.get::<_, Option<i64>>(5)?.map(timestamp),
        silent_since: silent.map(timestamp),
        newest,
    }))
}

/// A text as it is kept: one that was damaged need not be UTF-8, and is found by who reads what it says.
pub(super) fn text(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<Option<Vec<u8>>> {
    Ok(row.get_ref(column)?.as_bytes_or_null()?.map(<[u8]>::to_vec))
}

/// The row of a device before an observation.
#[derive(Debug)]
pub(super) struct Before {
    at: Timestamp,
    answered: Option<i64>,
    answered_at: Option<Timestamp>,
    silent: i64,
    newest: Newest,
}

fn before(row: &rusqlite::Row<'_>) -> Result<Before, StoreError> {
    let newest: Newest = serde_json::from_slice(&text(row, 0)?.unwrap_or_default())
        .map_err(|error| StoreError::Content(error.to_string()))?;
    let answered_at = row.get::<_, Option<i64>>(2)?.map(timestamp);
    Ok(Before { at: newest.polled_at, answered: row.get(1)?, answered_at, silent: row.get(3)?, newest })
}

/// What an observation is to its device.
#[derive(Debug)]
pub(super) struct Advance {
    before: Option<Before>,
    /// How the poll went, as its line tells it.
    now: Circumstances,
    /// Whether it is the newest.
    pub(super) is_newest: bool,
    /// Whether it is the newest answer.
    pub(super) is_newest_answer: bool,
    /// `observations.seq` of the answer before it.
    pub(super) answered: Option<i64>,
    /// Whether the device had been told to be silent, and is no more.
    pub(super) came_back: Option<Timestamp>,
}

impl Advance {
    /// Why the poll failed, or why a part is missing.
    pub(super) fn trouble(&self) -> Option<&Trouble> {
        self.now.error.as_ref()
    }

    /// Why the newest observation before failed.
    pub(super) fn trouble_before(&self) -> Option<&Trouble> {
        self.before.as_ref()?.newest.error.as_ref()
    }

    /// The newest answer before.
    pub(super) fn answer_before(&self) -> Option<&Answer> {
        self.before.as_ref()?.newest.answer.as_ref()
    }

    /// The address that was dialled.
    pub(super) fn address(&self) -> Option<&str> {
        self.now.address.as_deref()
    }
}

impl Tx<'_> {
    /// What an observation is to its device, by the time of its poll: two polls may end in another order than they
    /// began, and what is carried here may be old.
    pub(super) fn advance(&self, device: i64, collected: &Collected) -> Result<Advance, StoreError> {
        let row = self
            .sql()
            .prepare_cached("SELECT summary, answered, answered_at, silent FROM newest WHERE device = ?")?
            .query_row([device], |row| Ok(before(row)))
            .optional()?;
        // A damaged row must not keep the device from being collected: it counts as never seen.
        let before = row.and_then(|before| {
            before
                .inspect_err(|error| {
                    tracing::error!(device = %collected.device, %error, "The newest of a device cannot be read.");
                })
                .ok()
        });
        // What claims to come from the future was seen by a wrong clock.
        let passes = |at: Timestamp| collected.polled_at >= at || at > self.now();
        let is_newest = before.as_ref().is_none_or(|before| passes(before.at));
        let answered_at = before.as_ref().and_then(|before| before.answered_at);
        let is_newest_answer = collected.outcome.is_answer() && answered_at.is_none_or(passes);
        let silent = before.as_ref().map(|before| before.silent).filter(|at| *at != 0).map(timestamp);
        // What other agents and people bring may have another form.
        let line: Option<Line> = serde_json::from_str(&collected.line).ok();
        Ok(Advance {
            now: line.map(|line| line.observation).unwrap_or_default(),
            is_newest,
            is_newest_answer,
            answered: before.as_ref().and_then(|before| before.answered),
            came_back: silent.filter(|since| is_newest_answer && collected.polled_at >= *since),
            before,
        })
    }

    /// Takes over an observation as the newest, or as the newest answer, if it is. `known` is what is known of the
    /// device from now on, compressed, if that is another than before.
    pub(super) fn renew(
        &mut self,
        device: &Known,
        seq: i64,
        collected: &Collected,
        advance: Advance,
        known: Option<&[u8]>,
    ) -> Result<(), StoreError> {
        let Advance { before, now, is_newest, is_newest_answer, came_back, .. } = advance;
        if !is_newest && !is_newest_answer {
            return Ok(());
        }
        let answer = is_newest_answer.then(|| Answer {
            observation: collected.id,
            polled_at: collected.polled_at,
            offset_ms: collected.offset_ms,
            summary: collected.summary.clone(),
        });
        let (answered, answered_at) = match &before {
            _ if is_newest_answer => (Some(seq), Some(collected.polled_at)),
            Some(before) => (before.answered, before.answered_at),
            None => (None, None),
        };
        let silent = before.as_ref().filter(|_| came_back.is_none()).map_or(0, |before| before.silent);
        let newest = match before {
            Some(before) if !is_newest => Newest { answer, ..before.newest },
            before => Newest {
                observation: collected.id,
                polled_at: collected.polled_at,
                outcome: collected.outcome,
                duration_ms: now.duration_ms,
                transport: now.transport,
                address: now.address,
                carried_by: collected.carried_by.clone(),
                error: now.error,
                answer: answer.or_else(|| before.and_then(|before| before.newest.answer)),
            },
        };
        let json = serde_json::to_string(&newest).map_err(|error| StoreError::Content(error.to_string()))?;
        self.sql()
            .prepare_cached(
                "INSERT INTO newest (device, observation, answered, answered_at, silent, summary, known)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?8)
                 ON CONFLICT DO UPDATE SET observation = iif(?7, ?2, observation), answered = ?3, answered_at = ?4,
                   silent = ?5, summary = ?6, known = coalesce(?8, known)",
            )?
            .execute(params![device.id, seq, answered, answered_at.map(micros), silent, json, is_newest, known])?;
        Ok(())
    }
}
