use std::sync::Arc;
use std::time::Instant;

use rusqlite::params;
use serde_json::json;

use super::*;
use crate::clock::SystemClock;
use crate::events::Event;
use crate::store::{Store, Tx, micros};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn open(folder: &Path) -> Store {
    Store::open(folder, "test-agent", Arc::new(SystemClock::new())).unwrap()
}

/// A device with so many observations, the last of them one hour before `now`.
fn fill(tx: &Tx<'_>, name: &str, observations: i64, now: Timestamp) -> Result<i64, StoreError> {
    let sql = tx.sql();
    sql.prepare_cached("INSERT INTO devices (uuid, name, first_seen) VALUES (?, ?, 0)")?
        .execute([format!("uuid of {name}"), name.to_owned()])?;
    let device = sql.last_insert_rowid();
    let line = json!({"observation": {"duration_ms": 800}, "padding": "x".repeat(500)}).to_string();
    let line = zstd::bulk::compress(line.as_bytes(), 3).unwrap();
    let last = micros(now) - 3_600_000_000;
    for number in 0..observations {
        sql.prepare_cached(
            "INSERT INTO observations (id, device, polled_at, outcome, offset_ms, line_sha256, line)
             VALUES (?, ?, ?, 'complete', 1500, x'00', ?)",
        )?
        .execute(params![
            format!("{name} {number}"),
            device,
            last - (observations - 1 - number) * 86_400_000_000,
            line
        ])?;
    }
    let seq = sql.last_insert_rowid();
    let newest = json!({
        "polled_at": timestamp(last).to_string(), "outcome": "complete", "duration_ms": 800, "transport": "ssh",
        "answer": {"offset_ms": 1500, "summary": {
            "licensing": "slup", "in_use": "network-advantage 2", "compliance": "ok",
            "deadline": "2027-04-01 ACK", "lapses_at": "2027-04-01T00:00:00Z", "a_later_field": {},
        }},
    });
    sql.prepare_cached(
        "INSERT INTO newest (device, observation, answered, answered_at, summary) VALUES (?, ?, ?, ?, ?)",
    )?
    .execute(params![device, seq, seq, last, newest.to_string()])?;
    sql.prepare_cached(
        "INSERT INTO schedule (device, due_at, reason, failures) VALUES (?, ?, 'interval', 0)",
    )?
    .execute(params![device, last + 86_400_000_000])?;
    Ok(device)
}

#[test]
fn where_there_is_no_store_none_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("state");
    assert!(matches!(read(&missing, devices), Err(StoreError::Absent { .. })));
    assert!(!missing.exists());
    std::fs::write(folder.path().join(FILE), "").unwrap();
    assert!(matches!(read(folder.path(), devices), Err(StoreError::Absent { .. })));
    std::fs::write(folder.path().join(FILE), "no database, but long enough to be taken for one".repeat(100))
        .unwrap();
    assert!(matches!(read(folder.path(), devices), Err(StoreError::Damaged { .. })));
}

#[test]
fn a_newer_schema_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path()));
    let connection = Connection::open(folder.path().join(FILE)).unwrap();
    connection.pragma_update(None, "user_version", schema::NEWEST + 1).unwrap();
    assert!(matches!(read(folder.path(), devices), Err(StoreError::Newer { .. })));
    connection.pragma_update(None, "user_version", 0).unwrap();
    assert!(matches!(read(folder.path(), devices), Err(StoreError::Absent { .. })));
}

#[test]
fn a_device_is_read_while_the_store_is_open_and_when_it_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let now = at("2027-03-01T12:00:00Z");
    store.write_blocking(move |tx| fill(tx, "core-1", 3, now)).unwrap();
    let look = || {
        let [known] = read(folder.path(), devices).unwrap().try_into().unwrap();
        let newest = known.newest.unwrap();
        assert_eq!((known.name.as_str(), known.listed, known.silent), ("core-1", true, false));
        assert_eq!(known.answered_at, Some(at("2027-03-01T11:00:00Z")));
        assert_eq!(newest.outcome.as_deref(), Some("complete"));
        let answer = newest.answer.unwrap();
        assert_eq!(answer.offset_ms, Some(1500));
        assert_eq!(answer.summary.lapses_at, Some(at("2027-04-01T00:00:00Z")));
        assert_eq!(known.next.unwrap().due_at, at("2027-03-02T11:00:00Z"));
    };
    look();
    drop(store);
    look();
}

#[test]
fn what_cannot_be_read_of_a_device_hides_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let now = at("2027-03-01T12:00:00Z");
    store
        .write_blocking(move |tx| {
            let device = fill(tx, "core-1", 1, now)?;
            fill(tx, "edge-1", 1, now)?;
            tx.sql().execute("UPDATE newest SET summary = '[7' WHERE device = ?", [device])?;
            tx.sql().execute("INSERT INTO devices (uuid, name, first_seen) VALUES ('u', 'new-1', 0)", [])?;
            Ok(())
        })
        .unwrap();
    let found = read(folder.path(), devices).unwrap();
    let shown: Vec<_> = found
        .iter()
        .map(|it| (it.name.as_str(), it.newest.as_ref().map(|newest| newest.outcome.as_deref())))
        .collect();
    assert_eq!(shown, [("core-1", Some(None)), ("edge-1", Some(Some("complete"))), ("new-1", None)]);
}

#[test]
fn stops_sinks_and_brakes_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    store
        .write_blocking(|tx| {
            tx.sql().execute_batch(
                "INSERT INTO guard_refusals (credential, device, refused_at, reason) VALUES ('network', 'Core-1', 1000000, 'no');
                 INSERT INTO guard_credentials VALUES ('network', 2000000, '3 devices refused it'), ('other', NULL, NULL);
                 INSERT INTO sinks (name, kind, wants, active, failures, problem) VALUES
                   ('hq', 'http', 'records', 1, 2, 'answers 500'), ('idle', 'http', 'records', 0, 0, NULL),
                   ('old', 'http', 'records', 0, 0, NULL);
                 INSERT INTO outbox (sink, item, queued_at) VALUES ('hq', 1, 3000000), ('hq', 2, 4000000);
                 INSERT INTO dead_letters (seq, sink, item, queued_at, dead_at, reason) VALUES (9, 'old', 1, 1, 1, 'too large');",
            )?;
            tx.tell(&Event::new(Kind::DiskFull, "down to its reserve"))?;
            tx.tell(&Event::new(Kind::DiskBack, "room again"))?;
            tx.tell(&Event::new(Kind::ClockRefused, "it jumped by a day"))?;
            Ok(())
        })
        .unwrap();
    let (stops, sinks, brakes) = read(folder.path(), |it| Ok((stops(it)?, sinks(it)?, brakes(it)?))).unwrap();
    assert_eq!(stops.devices["core-1"].credential, "network");
    let [credential] = stops.credentials.try_into().unwrap();
    assert_eq!(
        (credential.credential.as_str(), credential.reason.as_str()),
        ("network", "3 devices refused it")
    );
    let shown: Vec<_> =
        sinks.iter().map(|it| (it.name.as_str(), it.waiting, it.refused, it.failures)).collect();
    assert_eq!(shown, [("hq", 2, 0, 2), ("old", 0, 1, 0)]);
    assert_eq!(sinks[0].waiting_since, Some(timestamp(3_000_000)));
    let [braked] = brakes.try_into().unwrap();
    assert_eq!((braked.kind, braked.message.as_str()), (Kind::ClockRefused, "it jumped by a day"));
}

#[test]
fn a_device_has_a_history() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let now = at("2027-03-01T12:00:00Z");
    let device = store
        .write_blocking(move |tx| {
            let device = fill(tx, "core-1", 5, now)?;
            tx.sql().execute("UPDATE observations SET line = x'00', offset_ms = NULL WHERE id = 'core-1 4'", [])?;
            tx.sql().execute("UPDATE observations SET offset_ms = -300 WHERE id = 'core-1 3'", [])?;
            tx.tell(&Event::new(Kind::Version, "software version: 2, 1 before").of("core-1"))?;
            tx.sql().execute_batch(
                "INSERT INTO serials (serial_number, device, first_seen, last_seen, shown) VALUES ('FOC1', 1, 0, 1000000, 1);
                 INSERT INTO captures VALUES (x'aa', 700, 0, x'');
                 INSERT INTO observation_captures VALUES (1, 0, x'aa', 'show version', 'ssh', NULL),
                   (2, 0, x'aa', 'show version', 'ssh', NULL);",
            )?;
            Ok(device)
        })
        .unwrap();
    let found = read(folder.path(), |it| history(it, device, 3)).unwrap();
    let durations: Vec<_> = found.observations.iter().map(|it| it.duration_ms).collect();
    assert_eq!(durations, [None, Some(800), Some(800)]);
    assert_eq!(found.observations[0].polled_at, at("2027-03-01T11:00:00Z"));
    assert_eq!((found.kept, found.captures, found.offset_ms), (5, (2, 1400), Some(-300)));
    assert_eq!(found.changes[0].message, "software version: 2, 1 before");
    assert_eq!(found.serials, [("FOC1".to_owned(), timestamp(0), timestamp(1_000_000))]);
    let nobody = read(folder.path(), |it| history(it, device + 1, 3)).unwrap();
    assert!(nobody.observations.is_empty() && nobody.offset_ms.is_none());
}

/// A thousand devices with a past of a month each: what is read of them is one row by its key, not their past.
#[test]
fn the_past_of_a_thousand_devices_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let now = at("2027-03-01T12:00:00Z");
    store
        .write_blocking(move |tx| {
            for number in 0..1000 {
                fill(tx, &format!("device-{number:04}"), 30, now)?;
            }
            Ok(())
        })
        .unwrap();
    let begun = Instant::now();
    let found = read(folder.path(), devices).unwrap();
    let took = begun.elapsed();
    assert_eq!(found.len(), 1000);
    assert!(took.as_secs() < 2, "{took:?}");
    read(folder.path(), |connection| {
        for query in [
            DEVICES,
            "SELECT polled_at, outcome, carried_by, line FROM observations WHERE device = 1 ORDER BY seq DESC LIMIT 9",
            "SELECT at, kind, event FROM events WHERE device = 1 ORDER BY seq DESC LIMIT 9",
            "SELECT kind FROM events WHERE device IS NULL AND kind IN ('a', 'b') ORDER BY seq DESC LIMIT 1",
        ] {
            let mut plan = connection.prepare(&format!("EXPLAIN QUERY PLAN {query}"))?;
            let steps = plan.query_map([], |row| row.get::<_, String>(3))?;
            for step in steps {
                let step = step?;
                let reads_all = ["SCAN observations", "SCAN events", "SCAN n", "SCAN s", "TEMP B-TREE"];
                assert!(!reads_all.iter().any(|words| step.contains(words)), "{query}\n{step}");
            }
        }
        Ok(())
    })
    .unwrap();
}
