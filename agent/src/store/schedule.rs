//! When each device is due, so that a restart goes on where the agent was.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::{StoreError, Tx, micros, timestamp};

/// Why a device is due.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Reason {
    /// Its interval is over.
    Interval,
    /// Its last poll failed.
    Retry,
    /// Its last poll showed a change.
    Confirm,
    /// It reported a change itself.
    Early,
    /// It was overdue when the agent started.
    CatchUp,
}

impl Reason {
    /// Every reason.
    pub const ALL: &[Self] = &[Self::Interval, Self::Retry, Self::Confirm, Self::Early, Self::CatchUp];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Interval => "interval",
            Self::Retry => "retry",
            Self::Confirm => "confirm",
            Self::Early => "early",
            Self::CatchUp => "catch_up",
        }
    }

    /// The reason of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|reason| reason.word() == word)
    }
}

/// When a device is due, and why then.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Due {
    /// When, by the agent's clock.
    pub at: Timestamp,
    /// Why.
    pub reason: Reason,
}

/// Where a device stands in the schedule.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Standing {
    /// When its last poll began.
    pub begun: Option<Timestamp>,
    /// When its last poll ended.
    pub ended: Option<Timestamp>,
    /// When it is due, and why then.
    pub due: Due,
    /// Failures in a row.
    pub failures: u32,
}

/// Where every device stands, by its name in small letters.
pub fn standings(connection: &Connection) -> Result<BTreeMap<String, Standing>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT name, begun_at, ended_at, due_at, failures, reason FROM schedule JOIN devices ON id = device",
    )?;
    let rows = statement.query_map([], |row| {
        let name: String = row.get(0)?;
        let reason: String = row.get(5)?;
        let standing = Standing {
            begun: row.get::<_, Option<i64>>(1)?.map(timestamp),
            ended: row.get::<_, Option<i64>>(2)?.map(timestamp),
            // A word of another licwatch says no less that it is due.
            due: Due {
                at: timestamp(row.get(3)?),
                reason: Reason::from_word(&reason).unwrap_or(Reason::Interval),
            },
            failures: row.get(4)?,
        };
        Ok((name.to_lowercase(), standing))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The devices that somebody wants to be polled before their time. Who wants it may have a wrong clock: when it wants
/// that does not matter.
pub fn hastened(connection: &Connection) -> Result<Vec<String>, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT name FROM schedule JOIN devices ON id = device WHERE reason = ?")?;
    let names = statement.query_map([Reason::Early.word()], |row| row.get(0))?;
    Ok(names.collect::<Result<_, _>>()?)
}

impl Tx<'_> {
    /// Keeps where a device stands after a poll. A device that the store does not know is left out; false then.
    pub fn schedule(&mut self, device: &str, standing: &Standing) -> Result<bool, StoreError> {
        let rows = self
            .sql()
            .prepare_cached(
                "INSERT INTO schedule (device, begun_at, ended_at, due_at, failures, reason)
                 SELECT id, ?2, ?3, ?4, ?5, ?6 FROM devices WHERE name = ?1
                 ON CONFLICT (device) DO UPDATE SET begun_at = excluded.begun_at, ended_at = excluded.ended_at,
                     due_at = excluded.due_at, failures = excluded.failures, reason = excluded.reason",
            )?
            .execute(params![
                device,
                standing.begun.map(micros),
                standing.ended.map(micros),
                micros(standing.due.at),
                standing.failures,
                standing.due.reason.word(),
            ])?;
        Ok(rows > 0)
    }

    /// Changes when devices are due and nothing else. Devices that were never polled have no row, and need none.
    pub fn replan(&mut self, dues: &[(String, Due)]) -> Result<(), StoreError> {
        let mut statement = self.sql().prepare_cached(
            "UPDATE schedule SET due_at = ?2, reason = ?3
             WHERE device = (SELECT id FROM devices WHERE name = ?1)",
        )?;
        for (device, due) in dues {
            statement.execute(params![device, micros(due.at), due.reason.word()])?;
        }
        Ok(())
    }

    /// Lets the daemon poll a device as soon as windows allow; it looks every minute. For other processes.
    pub fn hasten(&mut self, device: &str) -> Result<(), StoreError> {
        let due = Due { at: self.now(), reason: Reason::Early };
        self.replan(&[(device.to_owned(), due)])
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use super::*;
    use crate::clock::SystemClock;
    use crate::store::Store;

    fn open(folder: &Path) -> Store {
        let store = Store::open(folder, "test-agent", Arc::new(SystemClock::new())).unwrap();
        let device = |tx: &mut Tx<'_>| {
            tx.sql().execute(
                "INSERT OR IGNORE INTO devices (uuid, name, first_seen) VALUES ('u', 'Core-1', 0)",
                [],
            )?;
            Ok(())
        };
        store.write_blocking(device).unwrap();
        store
    }

    #[test]
    fn a_standing_outlives_the_process() {
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path());
        let at = |second| Timestamp::from_second(second).unwrap();
        let first = Standing {
            begun: Some(at(1)),
            ended: Some(at(2)),
            due: Due { at: at(3), reason: Reason::Retry },
            failures: 4,
        };
        let second = Standing { failures: 5, due: Due { at: at(6), reason: Reason::Confirm }, ..first };
        assert!(store.write_blocking(move |tx| tx.schedule("core-1", &first)).unwrap());
        assert!(store.write_blocking(move |tx| tx.schedule("Core-1", &second)).unwrap());
        assert!(!store.write_blocking(move |tx| tx.schedule("nobody", &second)).unwrap());
        drop(store);
        let store = open(folder.path());
        let kept = store.read_blocking(standings).unwrap();
        assert_eq!(kept, BTreeMap::from([("core-1".to_owned(), second)]));

        let due = Due { at: at(9), reason: Reason::CatchUp };
        store.write_blocking(move |tx| tx.replan(&[("core-1".to_owned(), due)])).unwrap();
        let kept = store.read_blocking(standings).unwrap();
        assert_eq!(kept["core-1"], Standing { due, ..second });
        store.write_blocking(|tx| tx.hasten("core-1")).unwrap();
        let kept = store.read_blocking(standings).unwrap();
        assert_eq!(kept["core-1"].due.reason, Reason::Early);
        assert_eq!(store.read_blocking(hastened).unwrap(), ["Core-1"]);
        store.write_blocking(move |tx| tx.replan(&[("core-1".to_owned(), due)])).unwrap();
        assert!(store.read_blocking(hastened).unwrap().is_empty());
    }
}
