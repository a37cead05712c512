//! What stands in the store of a site.

use std::collections::BTreeSet;
use std::path::Path;

use jiff::Timestamp;
use licwatch::journal::{GENESIS, seal};
use rusqlite::Connection;
use serde_json::Value;

/// One observation.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) id: String,
    pub(crate) device: String,
    pub(crate) polled_at: Timestamp,
    pub(crate) outcome: String,
    /// The record with its observation.
    pub(crate) record: Value,
}

/// A connection of the test's own.
pub(crate) fn connect(site: &Path) -> Connection {
    let connection = Connection::open(site.join("state").join(licwatch::store::FILE)).unwrap();
    connection.busy_timeout(std::time::Duration::from_secs(30)).unwrap();
    connection
}

/// Every observation, in the order in which it was kept; each id once.
pub(crate) fn observations(site: &Path) -> Vec<Kept> {
    let connection = connect(site);
    let mut statement = connection
        .prepare(
            "SELECT observations.id, name, polled_at, outcome, line FROM observations
             JOIN devices ON devices.id = device ORDER BY seq",
        )
        .unwrap();
    let rows = statement.query_map([], |row| {
        let line: Vec<u8> = row.get(4)?;
        let line = zstd::decode_all(line.as_slice()).unwrap();
        Ok(Kept {
            id: row.get(0)?,
            device: row.get(1)?,
            polled_at: Timestamp::from_microsecond(row.get(2)?).unwrap(),
            outcome: row.get(3)?,
            record: serde_json::from_slice(&line).unwrap(),
        })
    });
    let kept: Vec<Kept> = rows.unwrap().map(Result::unwrap).collect();
    let ids: BTreeSet<_> = kept.iter().map(|kept| &kept.id).collect();
    assert_eq!(ids.len(), kept.len(), "an observation is there twice");
    kept
}

/// The journal's entries, each bound to the one before it.
#[track_caller]
pub(crate) fn journal(site: &Path) -> Vec<Value> {
    let connection = connect(site);
    let mut statement =
        connection.prepare("SELECT seq, entry, prev, hash FROM journal ORDER BY seq").unwrap();
    let rows = statement.query_map([], |row| {
        Ok((
            row.get::<_, i64>(0)?,
            row.get::<_, Vec<u8>>(1)?,
            row.get::<_, String>(2)?,
            row.get::<_, String>(3)?,
        ))
    });
    let (mut end, mut entries) = (GENESIS.to_owned(), Vec::new());
    for row in rows.unwrap() {
        let (seq, entry, prev, hash) = row.unwrap();
        assert_eq!((seq, &prev), (entries.len() as i64 + 1, &end));
        assert_eq!(hash, seal(&prev, &entry), "entry {seq}");
        entries.push(serde_json::from_slice(&entry).unwrap());
        end = hash;
    }
    entries
}

/// The entries of a kind.
pub(crate) fn entries(site: &Path, kind: &str) -> Vec<Value> {
    journal(site).into_iter().filter(|entry| entry["kind"] == kind).collect()
}
