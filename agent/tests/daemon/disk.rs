//! A disk that is down to its reserve, or full.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write;
use std::path::Path;

use licwatch_simulator::collector::Collector;

use crate::kept::{connect, entries, observations};
use crate::namespace::{Mount, within};
use crate::polling::{router, scheduled};
use crate::receivers::{deliver_rest, sink};
use crate::running::{Daemon, observation};

/// Nothing is polled while less than the reserve is free, and it is said, written and told; a smaller reserve lifts it.
#[test]
fn nothing_is_polled_below_the_reserve() {
    let site = scheduled([("a", router(), "netconf")], "interval = \"1s\"\ncatch_up = \"0s\"");
    let reserve = |from: &str, to: &str| site.edit("licwatch.toml", from, to);
    reserve("[group.campus]", "[store]\nreserve = \"900000 TiB\"\n\n[group.campus]");
    let mut daemon = Daemon::start(&site, &[]);
    daemon.says(&["Polling stops.", "disk", "MiB are needed; make room"]);
    daemon.says(&["The schedule is in force."]);
    // The daemon does its other work: it reloads, and stays as it is.
    daemon.signal("-HUP");
    daemon.says(&["The new schedule is in force."]);
    assert_eq!(site.devices()[0].tally().connections, 0);
    reserve("900000 TiB", "1 KiB");
    daemon.signal("-HUP");
    daemon.says(&["Polling goes on.", "there is room again"]);
    daemon.keeps(2);
    daemon.signal("-TERM");
    daemon.ends().exits(0);
    let braked = entries(site.path(), "braked");
    let told: Vec<_> = braked.iter().map(|entry| (&entry["brake"], &entry["state"])).collect();
    assert_eq!(told, [(&"disk".into(), &"in force".into()), (&"disk".into(), &"lifted".into())]);
    let lifted = braked[1]["noticed_at"].as_str().unwrap().parse().unwrap();
    assert!(observations(site.path()).iter().all(|kept| kept.polled_at >= lifted));
    let events: Vec<String> = {
        let connection = connect(site.path());
        let mut query =
            connection.prepare("SELECT kind FROM events WHERE kind LIKE 'disk%' ORDER BY seq").unwrap();
        query.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    assert_eq!(events, ["disk_reserve_reached", "disk_has_room"]);
}

/// An agent that was stopped while the disk was full cannot tell that there is room again; the next one does.
#[test]
fn a_disk_that_was_full_at_the_end_and_is_not_at_the_start_is_told() {
    let site = scheduled([("a", router(), "netconf")], "interval = \"1s\"\ncatch_up = \"0s\"");
    site.edit("licwatch.toml", "[group.campus]", "[store]\nreserve = \"900000 TiB\"\n\n[group.campus]");
    let mut daemon = Daemon::start(&site, &[]);
    daemon.says(&["Polling stops.", "disk"]);
    daemon.says(&["The schedule is in force."]);
    daemon.signal("-TERM");
    daemon.ends().exits(0);
    site.licwatch(&["status"]).complains(&["nothing is polled since", "MiB are needed"]);
    site.edit("licwatch.toml", "900000 TiB", "1 KiB");
    let mut daemon = Daemon::start(&site, &[]);
    daemon.keeps(1);
    let said = site.licwatch(&["status"]);
    assert!(!said.err.contains("nothing is polled since"), "{}", said.err);
    daemon.signal("-TERM");
    daemon.ends().exits(0);
    let braked = entries(site.path(), "braked");
    assert_eq!(braked.iter().map(|entry| &entry["state"]).collect::<Vec<_>>(), ["in force", "lifted"]);
}

#[test]
fn a_full_disk_stops_polling_and_loses_nothing_twice() {
    within("disk::on_a_small_file_system");
}

/// Fills the file system to its last byte.
fn fill(file: &Path) {
    let mut file = File::create(file).unwrap();
    for size in [64 << 10, 4096, 1] {
        while file.write_all(&vec![7; size]).is_ok() {}
    }
}

/// Twice the disk becomes full under the daemon: polling stops, nothing that was polled is lost, and it goes on when
/// there is room; the chain verifies and every line is at the collector.
#[test]
#[ignore = "run by the test above, in a namespace"]
fn on_a_small_file_system() {
    let names = ["a", "b", "c", "d"];
    let site = scheduled(
        names.map(|name| (name, router(), "netconf")),
        "interval = \"1s\"\njitter = \"0s\"\ncatch_up = \"0s\"\nconfirm_after = \"0s\"",
    );
    let state = site.path().join("state");
    let disk = Mount::of(&state, 16);
    let collector = site.block_on(Collector::builder().start()).unwrap();
    sink(&site, &collector.url());
    site.edit("licwatch.toml", "[group.campus]", "[store]\nreserve = \"0 B\"\n\n[group.campus]");
    let mut daemon = Daemon::start(&site, &[]);
    daemon.keeps(4);
    for round in 1..=2 {
        fill(&state.join("ballast"));
        daemon.says(&["Polling stops.", "store", "no room"]);
        // What is known stays readable, and is whole.
        site.licwatch(&["journal", "verify"]).exits(0);
        std::fs::remove_file(state.join("ballast")).unwrap();
        daemon.says(&["Polling goes on.", "store"]);
        daemon.keeps(4);
        let braked = entries(site.path(), "braked");
        assert!(braked.len() >= round && braked.iter().all(|entry| entry["brake"] == "store"), "{braked:?}");
    }
    daemon.signal("-TERM");
    let said = daemon.ends().exits(0);
    let told: BTreeSet<_> = said.err.lines().filter_map(observation).collect();
    let kept: BTreeSet<_> = observations(site.path()).into_iter().map(|kept| kept.id).collect();
    assert!(kept.is_superset(&told) && told.len() >= 12);
    let sessions: usize = site.devices().iter().map(|device| device.tally().netconf_sessions as usize).sum();
    assert!(kept.len() >= sessions, "{sessions} sessions, {} kept", kept.len());
    deliver_rest(&site, &collector);
    site.licwatch(&["journal", "verify"]).exits(0);
    drop(disk);
}
