//! A store that refuses for a while, and configurations that are refused.

use crate::kept::{connect, entries, observations};
use crate::polling::{router, scheduled};
use crate::program::licwatch;
use crate::running::Daemon;
use crate::site::Site;

/// One device whose records can never be kept costs its own polls and nobody else's: it is told, tried again in its
/// turn, and no reason to stop, at the next start neither.
#[test]
fn a_record_that_can_never_be_kept_stops_no_other_device() {
    let site = scheduled(
        [("odd", router(), "netconf"), ("well", router(), "netconf")],
        "interval = \"1s\"\ncatch_up = \"0s\"",
    );
    let mut daemon = Daemon::start(&site, &[]);
    daemon.keeps(2);
    let connection = connect(site.path());
    connection
        .execute_batch(
            "CREATE TRIGGER no BEFORE INSERT ON observations WHEN NEW.device = (SELECT id FROM devices WHERE name = 'odd')
             BEGIN SELECT RAISE(ABORT, 'an odd record'); END",
        )
        .unwrap();
    daemon.says(&["A poll ended by a fault of licwatch", "odd", "an odd record"]);
    daemon.keeps(3);
    daemon.signal("-TERM");
    daemon.ends().exits(0);
    let schedule = "SELECT reason, failures > 0 FROM schedule JOIN devices ON id = device WHERE name = 'odd'";
    let stands = connection.query_row(schedule, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    assert_eq!(stands, ("retry".to_owned(), true), "where it stands outlives the agent");
    let before = observations(site.path()).len();
    let mut daemon = Daemon::start(&site, &[]);
    daemon.keeps(3);
    daemon.signal("-TERM");
    let said = daemon.ends().exits(0);
    assert!(!said.err.contains("Polling stops."), "{}", said.err);
    assert!(observations(site.path())[before..].iter().all(|kept| kept.device == "well"));
    assert!(entries(site.path(), "braked").is_empty());
    let lost = entries(site.path(), "polled").into_iter().find(|entry| entry["outcome"] == "lost").unwrap();
    assert_eq!(lost["device"], "odd");
    assert!(lost["error"].as_str().unwrap().contains("an odd record"), "{lost}");
    let told = "SELECT count(*) FROM events JOIN devices ON devices.id = device WHERE kind = 'poll_lost' AND name = 'odd'";
    let told: i64 = connection.query_row(told, [], |row| row.get(0)).unwrap();
    assert!(told > 0);
    let named = entries(site.path(), "cycle_ended");
    let named = named.iter().filter_map(|entry| entry["not_complete"].as_array()).flatten();
    assert!(named.into_iter().any(|it| it["device"] == "odd" && it["kind"] == "lost"));
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let site = Site::small();
    site.edit(
        "licwatch.toml",
        "[credentials.network]",
        "[credentials.asked]\nuser = \"x\"\nprompt = true\n\n[credentials.network]",
    );
    site.edit("licwatch.toml", "[group.campus]", "[group.campus]\ncredential = \"asked\"\n");
    std::fs::remove_file(site.path().join("network.password")).unwrap();
    let said = licwatch(site.path(), &["run"]).exits(2);
    said.complains(&[
        "credential asked is asked for",
        "password_file",
        "credential network",
        "there is no such",
    ]);
    assert!(!site.path().join("state").exists(), "nothing is begun");
}

#[test]
fn windows_that_leave_no_time_are_a_mistake() {
    let site = scheduled(
        [("a", router(), "ssh"), ("b", router(), "ssh")],
        "poll_windows = [\"Mon 02:00-03:00\"]\nmaintenance = [\"Mon 01:00-04:00\"]",
    );
    for verb in [&["run"][..], &["check", "--offline"]] {
        licwatch(site.path(), verb).exits(2).complains(&["leave no time to poll a and 1 more"]);
    }
}
