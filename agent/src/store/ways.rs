//! What was learned about the ways to devices.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::{StoreError, Tx, micros, timestamp};

/// The way to a device, as polls found it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Way {
    /// Its key exchange is an expensive one.
    pub narrow_lane: bool,
    /// NETCONF was not there when the CLI was.
    pub missed: Option<Missed>,
}

/// NETCONF in vain.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Missed {
    /// When.
    pub at: Timestamp,
    /// At which port.
    pub port: u16,
    /// The software version that the device told then.
    pub version: Option<String>,
}

/// What is known of the way to a device.
pub fn of(sql: &Connection, device: &str) -> Result<Way, StoreError> {
    let way = sql
        .prepare_cached(
            "SELECT narrow_lane, missed_at, missed_port, missed_under FROM ways WHERE device = ?",
        )?
        .query_row([device], |row| {
            let at: Option<i64> = row.get(1)?;
            let port: Option<u16> = row.get(2)?;
            let version = row.get(3)?;
            let missed = at.zip(port).map(|(at, port)| Missed { at: timestamp(at), port, version });
            Ok(Way { narrow_lane: row.get(0)?, missed })
        })
        .optional()?;
    Ok(way.unwrap_or_default())
}

impl Tx<'_> {
    /// Remembers the way to a device.
    pub fn keep_way(&mut self, device: &str, way: &Way) -> Result<(), StoreError> {
        let missed = way.missed.as_ref();
        self.sql()
            .prepare_cached(
                "INSERT OR REPLACE INTO ways (device, narrow_lane, missed_at, missed_port, missed_under)
                 VALUES (?, ?, ?, ?, ?)",
            )?
            .execute(params![
                device,
                way.narrow_lane,
                missed.map(|missed| micros(missed.at)),
                missed.map(|missed| missed.port),
                missed.and_then(|missed| missed.version.as_deref()),
            ])?;
        Ok(())
    }
}
