//! What the metrics tell of the store.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::outbox::{self, SinkState};
use super::{StoreError, journal, timestamp};

/// The figures of one moment.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// How many devices of the inventory there are by the outcome of their newest observation; `none` without one.
    pub outcomes: BTreeMap<String, u64>,
    /// How many of them have not answered for longer than they may.
    pub silent: u64,
    /// When each of them last answered, by name, as far as the limit allows.
    pub answered: Vec<(String, Timestamp)>,
    /// How many the limit has left out.
    pub left_out: u64,
    /// Devices that no more logins are made to until an operator releases them.
    pub stopped_devices: u64,
    /// Credentials that are used no more until an operator releases them.
    pub stopped_credentials: u64,
    /// The sinks, by name: those of the configuration, and others that lines are left for.
    pub sinks: Vec<SinkState>,
    /// The number of the journal's last entry.
    pub journal_entries: u64,
    /// The size of the store's file, in bytes.
    pub store_bytes: u64,
}

/// Reads the figures; at most `most` devices are named.
pub fn figures(connection: &Connection, most: u64) -> Result<Figures, StoreError> {
    let count = |sql: &str| -> Result<u64, StoreError> {
        Ok(connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
    };
    let answering = "SELECT COUNT(*) FROM devices d JOIN newest n ON n.device = d.id
                     WHERE d.listed AND n.answered_at IS NOT NULL";
    let answered = answered(connection, most)?;
    Ok(Figures {
        outcomes: outcomes(connection)?,
        silent: count(
            "SELECT COUNT(*) FROM devices d JOIN newest n ON n.device = d.id WHERE d.listed AND n.silent",
        )?,
        left_out: count(answering)?.saturating_sub(answered.len() as u64),
        answered,
        stopped_devices: count("SELECT COUNT(DISTINCT device) FROM guard_refusals")?,
        stopped_credentials: count("SELECT COUNT(*) FROM guard_credentials WHERE stopped_at IS NOT NULL")?,
        sinks: sinks(connection)?,
        journal_entries: journal::end(connection)?.seq,
        store_bytes: count("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")?,
    })
}

fn outcomes(connection: &Connection) -> Result<BTreeMap<String, u64>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT COALESCE(o.outcome, 'none'), COUNT(*)
         FROM devices d LEFT JOIN newest n ON n.device = d.id LEFT JOIN observations o ON o.seq = n.observation
         WHERE d.listed GROUP BY 1",
    )?;
    let mut outcomes: BTreeMap<String, u64> =
        ["complete", "partial", "failed", "none"].map(|outcome| (outcome.to_owned(), 0)).into();
    for row in statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))? {
        let (outcome, count): (String, u64) = row?;
        outcomes.insert(outcome, count);
    }
    Ok(outcomes)
}

fn answered(connection: &Connection, most: u64) -> Result<Vec<(String, Timestamp)>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT d.name, n.answered_at FROM devices d JOIN newest n ON n.device = d.id
         WHERE d.listed AND n.answered_at IS NOT NULL ORDER BY d.name LIMIT ?",
    )?;
    let rows = statement.query_map(params![most], |row| Ok((row.get(0)?, timestamp(row.get(1)?))))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The sinks of the configuration, and those that it no longer names while lines are left for them.
fn sinks(connection: &Connection) -> Result<Vec<SinkState>, StoreError> {
    let mut sinks = outbox::states(connection)?;
    sinks.retain(|sink| sink.active || sink.holds_lines());
    Ok(sinks)
}
