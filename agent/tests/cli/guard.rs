//! Polls beside a store: the login guard holds between runs, and an operator releases what it stopped.

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::sync::Arc;

use licwatch::clock::SystemClock;
use licwatch::store::Store;
use licwatch_simulator::{Credentials, Device, Fault, Kind, Personality, Stage};
use serde_json::Value;

use crate::site::Site;

fn router() -> Device {
    Device::new(Personality::of(Kind::C8000v))
}

/// A device that has a password of its own.
fn other_account() -> Device {
    router().credentials(Credentials::new("monitor", "another"))
}

/// The store, as the daemon begins it.
fn store(site: &Site) -> Store {
    Store::open(&site.path().join("state"), "site-agent", Arc::new(SystemClock::new())).unwrap()
}

fn attempts(site: &Site, device: usize) -> u64 {
    site.devices()[device].tally().login_attempts
}

fn kind(line: &Value) -> &str {
    line["observation"]["error"]["kind"].as_str().unwrap_or("none")
}

#[test]
fn a_device_that_refused_is_left_alone_until_it_is_released() {
    let site = Site::of([("core-1", other_account(), "ssh"), ("edge-1", router(), "ssh")]);
    let store = store(&site);
    let first = site.licwatch(&["poll", "--json"]).exits(1);
    let mut lines = first.json();
    lines.sort_by_key(|line| line["observation"]["device"].to_string());
    assert_eq!([kind(&lines[0]), kind(&lines[1])], ["authentication_failed", "none"]);
    let again = site.licwatch(&["poll", "core-1", "--json"]).exits(3);
    assert_eq!(kind(&again.json()[0]), "login_stopped");
    again.complains(&["no login to core-1 is tried", "licwatch release device core-1"]);
    // By its address it is the same device.
    let (address, port) = (site.devices()[0].address().ip().to_string(), site.devices()[0].address().port());
    let by_address =
        ["poll", "--host", &address, "--port", &port.to_string(), "--transport", "ssh", "-u", "monitor"];
    let own = ["--password-file", "network.password", "--json"];
    let ad_hoc = site.licwatch(&[&by_address[..], &own].concat()).exits(3);
    assert_eq!(kind(&ad_hoc.json()[0]), "login_stopped");
    assert_eq!((attempts(&site, 0), attempts(&site, 1)), (1, 1));

    // What the inventory's devices brought is kept; the ad-hoc poll is nobody's.
    let kept: i64 = store
        .read_blocking(|sql| Ok(sql.query_row("SELECT count(*) FROM observations", [], |row| row.get(0))?))
        .unwrap();
    assert_eq!(kept, 3);

    let listed = site.licwatch(&["release", "--list", "--json"]).exits(0).json();
    assert_eq!(listed[0]["schema"], "licwatch/release/1");
    assert_eq!(listed[0]["devices"][0]["device"], "core-1");
    assert_eq!(listed[0]["devices"][0]["credential"], "network");
    assert_eq!(listed[0]["credentials"], Value::Array(Vec::new()));
    let table = site.licwatch(&["release", "--list"]).exits(0);
    assert!(table.out.contains("core-1") && !table.out.contains("edge-1"), "{}", table.out);

    site.licwatch(&["release", "device", "core-1"]).exits(2).complains(&["agree with --yes"]);
    site.licwatch(&["release", "device", "edge-1", "--yes"]).exits(1).complains(&["edge-1 is not stopped"]);
    let released = site.licwatch(&["release", "device", "core-1", "--yes"]).exits(0);
    assert_eq!(released.out, "released: core-1\n");
    released.complains(&["core-1 is stopped since", "refused the login of monitor"]);
    site.licwatch(&["release", "--list"]).exits(0).complains(&["nothing is stopped"]);
    site.licwatch(&["poll", "core-1"]).exits(3).complains(&["refused the login of monitor"]);
    assert_eq!(attempts(&site, 0), 2);
    let clock = site.licwatch(&["release", "clock", "--yes"]).exits(0);
    assert_eq!(clock.out, "released: clock\n");
}

#[test]
fn a_kill_after_a_refusal_keeps_the_stop() {
    let silent = router().fault(Fault::Silence(Stage::Answer));
    let site = Site::of([("core-1", other_account(), "ssh"), ("silent", silent, "ssh")]);
    drop(store(&site));
    let mut child = site.program(&["poll", "--json"]);
    let mut child = child.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    // The poll goes on: the silent device holds it.
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    assert!(first.contains("authentication_failed"), "{first}");
    child.kill().unwrap();
    child.wait().unwrap();
    let again = site.licwatch(&["poll", "core-1", "--json"]).exits(3);
    assert_eq!((kind(&again.json()[0]), attempts(&site, 0)), ("login_stopped", 1));
}

#[test]
fn a_store_that_cannot_be_used_is_never_passed_by() {
    let site = Site::of([("edge-1", router(), "ssh")]);
    let newer = store(&site);
    newer.write_blocking(|tx| Ok(tx.sql().execute_batch("PRAGMA user_version = 99")?)).unwrap();
    drop(newer);
    site.licwatch(&["poll"]).exits(2).complains(&["schema 99", "nobody knows which logins are stopped"]);
    site.licwatch(&["release", "--list"]).exits(2).complains(&["schema 99"]);
    assert_eq!(attempts(&site, 0), 0);
    // Nothing is dialled here, and one device may be polled without the store, which is said.
    site.licwatch(&["poll", "--dry-run"]).exits(0);
    let (address, port) = (site.devices()[0].address().ip().to_string(), site.devices()[0].address().port());
    let port = port.to_string();
    let ad_hoc = [
        "poll",
        "--host",
        &address,
        "--port",
        &port,
        "--transport",
        "ssh",
        "-u",
        "monitor",
        "--password-file",
        "network.password",
    ];
    site.licwatch(&ad_hoc).exits(0).complains(&["the login guard of this poll stands alone"]);
    assert_eq!(attempts(&site, 0), 1);
}

#[test]
fn without_a_store_nothing_can_be_released() {
    let site = Site::of([("edge-1", router(), "ssh")]);
    site.licwatch(&["release", "--list"])
        .exits(2)
        .complains(&["there is no store", "`licwatch run` begins one"]);
    site.licwatch(&["poll"]).exits(0);
    assert!(!site.path().join("state").exists(), "a poll begins no store");
}

#[test]
fn what_the_daemon_carries_to_the_drop_is_not_published_twice() {
    let site = Site::of([("edge-1", router(), "ssh")]);
    let (drop, other) = (site.path().join("drop"), site.path().join("other"));
    std::fs::create_dir(&drop).unwrap();
    std::fs::create_dir(&other).unwrap();
    site.edit("licwatch.toml", "[group.campus]", "[group.campus]\n[drop]\ndirectory = \"drop\"\n");
    let files = |folder: &std::path::Path| std::fs::read_dir(folder).unwrap().count();
    let waiting = |store: &Store| -> i64 {
        let waiting = "SELECT count(*) FROM outbox WHERE sink = 'drop'";
        store.read_blocking(|sql| Ok(sql.query_row(waiting, [], |row| row.get(0))?)).unwrap()
    };
    // A store without the sink delivers nothing.
    let store = store(&site);
    site.licwatch(&["poll"]).exits(0);
    assert_eq!((files(&drop), waiting(&store)), (2, 0));
    let begun = "INSERT INTO sinks (name, kind, wants, active) VALUES ('drop', 'file-drop', 'records', 1)";
    store.write_blocking(move |tx| Ok(tx.sql().execute(begun, [])?)).unwrap();
    let said = site.licwatch(&["poll"]).exits(0);
    said.complains(&["`licwatch run` publishes them in", "--drop DIR does at once"]);
    assert_eq!((files(&drop), waiting(&store)), (2, 1));
    site.licwatch(&["poll", "--drop", "other"]).exits(0);
    assert_eq!((files(&drop), files(&other), waiting(&store)), (2, 2, 2));
    site.licwatch(&["poll", "--keep-raw"]).exits(2).complains(&["name a folder with --drop"]);
}
