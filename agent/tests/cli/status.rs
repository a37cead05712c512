//! `licwatch status`: how devices stand, while a daemon runs and when none does.

use std::sync::Arc;
use std::time::Instant;

use jiff::{SignedDuration, Timestamp};
use licwatch::clock::SystemClock;
use licwatch::events::{Event, Kind};
use licwatch::store::Store;
use serde_json::{Value, json};

use crate::site::Site;

/// Opens the store of a site, and begins it.
fn store(site: &Site) -> Store {
    Store::open(&site.path().join("state"), "site-agent", Arc::new(SystemClock::new())).unwrap()
}

fn hours(hours: i64) -> Timestamp {
    Timestamp::now() + SignedDuration::from_hours(hours)
}

/// A device as the daemon leaves it: when it answered and is due, in hours from now, and what else is known.
fn known(name: &str, answered: i64, due: i64, newest: &Value) -> String {
    let quoted = |text: String| text.replace('\'', "''");
    let (answered, due) = (hours(answered).as_microsecond(), hours(due).as_microsecond());
    format!(
        "INSERT INTO devices (uuid, name, first_seen) VALUES ('uuid-{name}', '{name}', 0);
         INSERT INTO observations (id, device, polled_at, outcome, line_sha256, line)
           SELECT 'o-{name}', id, {answered}, 'complete', x'00', x'00' FROM devices WHERE name = '{name}';
         INSERT INTO newest (device, observation, answered, answered_at, summary)
           SELECT device, seq, seq, {answered}, '{}' FROM observations WHERE id = 'o-{name}';
         INSERT INTO schedule (device, due_at, reason, failures)
           SELECT id, {due}, 'interval', 0 FROM devices WHERE name = '{name}';",
        quoted(newest.to_string())
    )
}

fn newest(answered: i64, compliance: &str, lapses: Option<i64>) -> Value {
    let lapses_at = lapses.map(|days| hours(24 * days + 1));
    json!({
        "polled_at": hours(answered), "outcome": "complete", "duration_ms": 900, "transport": "ssh",
        "answer": {"offset_ms": 150, "summary": {
            "platform": "ios-xe", "model": "C9300-24UX", "licensing": "slup", "in_use": "network-advantage 2\ndna-advantage 2",
            "compliance": compliance, "lapses_at": lapses_at,
            "deadline": lapses_at.map(|at| format!("{} ACK", at.strftime("%Y-%m-%d"))).unwrap_or_default(),
        }},
    })
}

fn put(store: &Store, sql: String) {
    store.write_blocking(move |tx| Ok(tx.sql().execute_batch(&sql)?)).unwrap();
}

/// A store with core-1 well, edge-1 silent and overdue; old-1 was never polled, gone-1 is not listed any more.
fn filled(site: &Site) -> Store {
    let store = store(site);
    put(&store, known("core-1", -1, 23, &newest(-1, "ok", Some(20))));
    put(&store, known("edge-1", -100, -76, &newest(-100, "out of compliance", Some(7))));
    put(&store, known("gone-1", -2000, -1976, &newest(-2000, "ok", None)));
    put(&store, "UPDATE devices SET listed = 0 WHERE name = 'gone-1'".to_owned());
    store
}

#[test]
fn where_there_is_no_store_it_says_so_and_makes_none() {
    let site = Site::small();
    site.licwatch(&["status"]).exits(3).complains(&["there is no store in", "licwatch run"]);
    assert!(!site.path().join("state").exists());
}

#[test]
fn every_device_is_told_whether_the_store_is_in_use_or_not() {
    let site = Site::small();
    let store = filled(&site);
    let lock = std::fs::File::create(site.path().join("state/lock")).unwrap();
    lock.try_lock().unwrap();
    let said = site.licwatch(&["status"]).exits(1);
    for words in
        ["core-1", "edge-1", "silent, overdue, out of compliance", "never polled", "network-advantage 2"]
    {
        assert!(said.out.contains(words), "no {words:?} in\n{}", said.out);
    }
    assert!(said.out.ends_with("3 devices, 1 silent, 1 overdue\n"), "{}", said.out);
    assert!(!said.out.contains("gone-1"), "{}", said.out);
    said.complains(&["licwatch run is running", "polls due now: 1, the next in 22h 59m"]);

    drop((store, lock));
    let [agent, core, edge, old] = site.licwatch(&["status", "--json"]).exits(1).json().try_into().unwrap();
    assert_eq!(agent["schema"], "licwatch/status/1");
    assert_eq!((&agent["kind"], &agent["running"]), (&json!("agent"), &json!(false)));
    assert_eq!(agent["findings"], json!({"silent": 1, "locked": 0, "overdue": 1, "lapsed": 0}));
    assert_eq!(
        (&core["name"], &core["findings"], &core["days_left"]),
        (&json!("core-1"), &json!([]), &json!(20))
    );
    assert_eq!(core["in_use"], json!(["network-advantage 2", "dna-advantage 2"]));
    assert_eq!(core["clock_offset_seconds"], 0.15);
    assert_eq!((&edge["findings"], &edge["site"]), (&json!(["silent", "overdue"]), &json!("hq")));
    assert_eq!((&old["notes"], &old["last_seen"]), (&json!(["never polled"]), &Value::Null));
}

#[test]
fn a_store_that_refuses_is_told_by_the_daemon_that_runs() {
    let site = Site::small();
    let store = filled(&site);
    let since = "2027-03-02T03:04:05Z".parse().unwrap();
    let lock = licwatch::daemon::lock::Lock::take(store.folder(), since).unwrap();
    let brakes = |wanted: serde_json::Value| {
        let said = site.licwatch(&["status", "--json"]).exits(1).json();
        assert_eq!((&said[0]["running"], &said[0]["brakes"]), (&json!(true), &wanted));
    };
    brakes(json!([]));
    let why = "no room is left for the store".to_owned();
    lock.tell(Some(&licwatch::daemon::refusal::Refusal { since, why: why.clone() })).unwrap();
    brakes(json!([{"kind": "store_refuses", "since": since, "message": why}]));
    site.licwatch(&["status"]).exits(1).complains(&["the store refuses to be written to: no room is left"]);
    lock.tell(None).unwrap();
    brakes(json!([]));
}

#[test]
fn a_selection_decides_what_is_shown_and_what_counts() {
    let site = Site::small();
    drop(filled(&site));
    let names = |arguments: &[&str], code| -> Vec<String> {
        let arguments: Vec<_> = ["status", "--json"].iter().chain(arguments).copied().collect();
        let devices = site.licwatch(&arguments).exits(code).json();
        let devices = devices.iter().filter(|it| it["kind"] == "device");
        devices.map(|it| it["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&["--role", "core"], 0), ["core-1"]);
    assert_eq!(names(&["core-1", "edge-1"], 1), ["core-1", "edge-1"]);
    assert_eq!(names(&["--due", "30"], 1), ["edge-1", "core-1"]);
    assert_eq!(names(&["--due", "10"], 1), ["edge-1"]);
    assert_eq!(names(&["--due", "3"], 0), [""; 0]);
    assert_eq!(names(&["--problems"], 1), ["edge-1", "old-1"]);
    assert_eq!(names(&["--all"], 1), ["core-1", "edge-1", "old-1", "gone-1"]);
    assert_eq!(names(&["--all", "gone-1"], 0), ["gone-1"]);
    site.licwatch(&["status", "gone-1"]).exits(2).complains(&["there is no device \"gone-1\""]);
    site.licwatch(&["status", "--all", "cor-1"]).exits(2).complains(&["there is no device \"cor-1\""]);
    site.licwatch(&["status", "--site", "nowhere"]).exits(2);
    site.licwatch(&["status", "--due", "soon"]).exits(2);
}

#[test]
fn one_device_is_shown_with_its_history() {
    let site = Site::small();
    let store = filled(&site);
    store
        .write_blocking(|tx| {
            tx.tell(&Event::new(Kind::Version, "software version: 17.12.1, 17.9.4 before").of("core-1"))
        })
        .unwrap();
    let said = site.licwatch(&["status", "core-1"]).exits(0);
    for words in [
        "last answer",
        "next deadline",
        "version changed",
        "software version: 17.12.1, 17.9.4 before",
        "1 observations, 0 raw answers",
    ] {
        assert!(said.out.contains(words), "no {words:?} in\n{}", said.out);
    }
    let [_, device] = site.licwatch(&["status", "core-1", "--json"]).exits(0).json().try_into().unwrap();
    assert_eq!(device["history"]["events"][0]["kind"], "version_changed");
    assert_eq!(device["history"]["observations"][0]["outcome"], "complete");
    // One that was never polled has none.
    let said = site.licwatch(&["status", "old-1"]).exits(0);
    assert!(said.out.contains("never polled"), "{}", said.out);
}

#[test]
fn what_is_stopped_or_refused_is_a_finding() {
    let site = Site::small();
    let store = store(&site);
    put(&store, known("core-1", -1, 23, &newest(-1, "ok", None)));
    site.licwatch(&["status", "core-1"]).exits(0);
    put(&store, "INSERT INTO guard_refusals (credential, device, refused_at, reason) VALUES ('network', 'CORE-1', 1, 'no')".to_owned());
    let said = site.licwatch(&["status", "core-1"]).exits(1);
    assert!(said.out.contains("findings       locked"), "{}", said.out);
    put(&store, "DELETE FROM guard_refusals; INSERT INTO guard_credentials VALUES ('network', 1, '3 devices refused it')".to_owned());
    site.licwatch(&["status", "core-1"])
        .exits(1)
        .complains(&["credential network is stopped", "licwatch release"]);
}

/// The whole verb over a thousand devices with a past; the time is that of a debug build on a busy machine.
#[test]
fn a_thousand_devices_are_told_quickly() {
    let site = Site::small();
    let mut csv = String::from("name,address\n");
    let mut sql = String::new();
    for number in 0..1000 {
        csv.push_str(&format!("d{number},192.0.2.1\n"));
        sql.push_str(&known(&format!("d{number}"), -1, 23, &newest(-1, "ok", Some(30))));
    }
    site.write("devices.csv", &csv);
    let store = store(&site);
    put(&store, sql);
    // Twenty days more of each.
    put(
        &store,
        "WITH RECURSIVE days(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM days WHERE n < 20)
         INSERT INTO observations (id, device, polled_at, outcome, line_sha256, line)
         SELECT id || '-' || n, device, n, 'complete', x'00', zeroblob(900) FROM observations, days"
            .to_owned(),
    );
    let begun = Instant::now();
    let said = site.licwatch(&["status", "--json"]).exits(0);
    let took = begun.elapsed();
    assert_eq!(said.json().len(), 1001);
    assert!(took.as_secs() < 10, "{took:?}");
}
