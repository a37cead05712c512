use std::sync::{Mutex, PoisonError};

use jiff::{Timestamp, ToSpan};
use uuid::Uuid;

use super::*;
use crate::capture::{Capture, Origin};
use crate::journal::{Actor, Entry, GENESIS, Kind, seal};
use crate::observation::{Outcome, Summary};

mod alarms;
mod collecting;
mod damage;
mod devices;
mod model;
mod releasing;
mod retaining;
mod silence;
mod upgrade;
mod writing;

/// A clock that stands until it is set.
#[derive(Debug)]
struct Standing(Mutex<Timestamp>);

impl Standing {
    fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(day(0))))
    }

    fn set(&self, at: Timestamp) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = at;
    }
}

impl Clock for Standing {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn since_boot(&self) -> Duration {
        Duration::ZERO
    }

    fn boot(&self) -> &str {
        "boot"
    }
}

/// Noon of the day that is so many after the first.
fn day(days: i64) -> Timestamp {
    let first: Timestamp = "2026-01-01T12:00:00Z".parse().unwrap();
    first + (24 * days).hours()
}

fn open(folder: &Path) -> Store {
    open_at(folder, &Standing::new())
}

fn open_at(folder: &Path, clock: &Arc<Standing>) -> Store {
    let clock: Arc<dyn Clock> = clock.clone();
    Store::open(folder, "test-agent", clock).unwrap()
}

/// An answer of a device on a day.
fn answer(device: &str, days: i64, serials: &[&str]) -> Collected {
    let id = Uuid::now_v7();
    let raw = format!("{device} on day {days}: show license summary\n").repeat(20);
    Collected {
        device: device.to_owned(),
        id,
        polled_at: day(days),
        outcome: Outcome::Complete,
        line: format!(
            r#"{{"schema":"licwatch/device-record/1","observation":{{"id":"{id}","device":"{device}","duration_ms":1200,"transport":"ssh","address":"192.0.2.1"}}}}"#
        ),
        summary: Summary { platform: "ios-xe".to_owned(), ..Summary::default() },
        serial_numbers: serials.iter().map(|serial| (*serial).to_owned()).collect(),
        offset_ms: Some(-250),
        captures: vec![
            Capture::new(None, Origin::Ssh, raw.into_bytes(), Some(day(days))),
            Capture::new(None, Origin::Ssh, format!("{device} always says this").into_bytes(), None),
        ],
        actor: Actor::Daemon,
        carried_by: None,
    }
}

/// A poll that failed.
fn failure(device: &str, days: i64) -> Collected {
    let answer = answer(device, days, &[]);
    let error =
        r#""error":{"stage":"connect","kind":"timeout","text":"no answer","remedy":"see the cable"},"id""#;
    Collected {
        outcome: Outcome::Failed,
        line: answer.line.replacen(r#""id""#, error, 1),
        captures: Vec::new(),
        summary: Summary::default(),
        offset_ms: None,
        ..answer
    }
}

/// Bytes that cannot be compressed, each time others.
fn noise(length: usize) -> Vec<u8> {
    use sha2::{Digest, Sha256};
    let mut block = Sha256::digest(Uuid::now_v7());
    let mut noise = Vec::new();
    while noise.len() < length {
        block = Sha256::digest(block);
        noise.extend_from_slice(&block);
    }
    noise
}

/// Collects.
fn collect(store: &Store, collected: &Collected) -> Kept {
    let collected = collected.clone();
    store.write_blocking(move |tx| tx.collect(&collected)).unwrap()
}

fn list(store: &Store, names: &[&str]) {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    store.write_blocking(move |tx| tx.list_devices(&names)).unwrap();
}

/// The words of every event, with the device, in order.
fn events(store: &Store) -> Vec<(String, String)> {
    texts(store, "SELECT kind, coalesce(json_extract(event, '$.device'), '') FROM events ORDER BY seq")
}

fn texts(store: &Store, sql: &str) -> Vec<(String, String)> {
    let rows = |sql_: &Connection| {
        let mut query = sql_.prepare(sql)?;
        let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    };
    store.read_blocking(rows).unwrap()
}

fn number(store: &Store, sql: &str) -> i64 {
    store.read_blocking(|connection| Ok(connection.query_row(sql, [], |row| row.get(0))?)).unwrap()
}

/// How many entries the journal has; each is bound to the one before it.
fn entries(connection: &Connection) -> Result<u64, StoreError> {
    let mut query = connection.prepare("SELECT seq, entry, prev, hash FROM journal ORDER BY seq")?;
    let mut rows = query.query([])?;
    let (mut count, mut end) = (0, GENESIS.to_owned());
    while let Some(row) = rows.next()? {
        let (seq, entry, prev, hash): (u64, Vec<u8>, String, String) =
            (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
        count += 1;
        if seq != count || prev != end || hash != seal(&prev, &entry) {
            return Err(StoreError::Content(format!("the chain breaks at {seq}")));
        }
        end = hash;
    }
    Ok(count)
}

#[tokio::test]
async fn what_was_answered_is_on_disk_and_what_failed_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let before = store.read(journal::end).await.unwrap().seq;
    let entry = || Entry::new(Actor::Daemon, Kind::Started);
    let kept = store.write(move |tx| tx.account(&entry())).await.unwrap();
    let refused = store.write(move |tx| {
        tx.account(&Entry::new(Actor::Daemon, Kind::Stopped))?;
        Err::<(), _>(StoreError::Refused("no".to_owned()))
    });
    assert!(matches!(refused.await, Err(StoreError::Refused(_))));
    drop(store);
    let store = open(folder.path());
    assert_eq!(store.read(journal::end).await.unwrap(), kept);
    assert_eq!(kept.seq, before + 1);
}

#[test]
fn the_store_is_the_agents_alone() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("var/state");
    let store = open(&state);
    collect(&store, &answer("core-1", 0, &["FOC1"]));
    assert_eq!(integrity::open_to_others(&state).unwrap(), []);
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(state.join(FILE), fs::Permissions::from_mode(0o640)).unwrap();
    fs::set_permissions(&state, fs::Permissions::from_mode(0o755)).unwrap();
    let open = integrity::open_to_others(&state).unwrap();
    let told: Vec<_> = open.iter().map(|open| (open.mode, open.should)).collect();
    assert_eq!(told, [(0o755, 0o700), (0o640, 0o600)]);
}
