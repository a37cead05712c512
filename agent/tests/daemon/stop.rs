//! Stopping in the middle of everything, in order and not.

use std::collections::BTreeSet;

use crate::kept::{entries, journal, observations};
use crate::polling::{router, scheduled, silent};
use crate::running::{Daemon, observation};

#[test]
fn polls_in_flight_are_kept_as_interrupted() {
    let site = scheduled(
        [("well", router(), "ssh"), ("silent-1", silent(), "ssh"), ("silent-2", silent(), "ssh")],
        "interval = \"1h\"\ncatch_up = \"0s\"",
    );
    let mut daemon = Daemon::start(&site, &[]);
    daemon.keeps(1);
    for device in [1, 2] {
        site.until(device, |tally| tally.commands.iter().any(|line| line == "show inventory"));
    }
    let asked = std::time::Instant::now();
    daemon.signal("-TERM");
    daemon.ends().exits(0).complains(&["Polls in flight are ended.", "in_flight=2"]);
    assert!(asked.elapsed() < std::time::Duration::from_secs(30), "within [run] stop_within");
    let kept = observations(site.path());
    let kinds: Vec<_> = kept
        .iter()
        .map(|kept| (kept.device.as_str(), kept.record["observation"]["error"]["kind"].as_str()))
        .collect();
    assert_eq!(kinds[0], ("well", None));
    let interrupted: BTreeSet<_> = kinds[1..].iter().copied().collect();
    assert_eq!(interrupted, [("silent-1", Some("interrupted")), ("silent-2", Some("interrupted"))].into());
    let cycle = entries(site.path(), "cycle_ended").pop().unwrap();
    assert_eq!(
        (&cycle["complete"], &cycle["interrupted"], &cycle["polled"]),
        (&1.into(), &2.into(), &3.into())
    );
    let kinds: Vec<_> =
        journal(site.path()).iter().map(|entry| entry["kind"].as_str().unwrap().to_owned()).collect();
    assert!(kinds.iter().any(|kind| kind == "started"));
    assert_eq!(kinds.last().unwrap(), "stopped");
    site.is_left_alone();
}

#[test]
fn what_was_kept_outlives_a_kill() {
    let names = ["a", "b", "c", "d"];
    let site =
        scheduled(names.map(|name| (name, router(), "netconf")), "interval = \"1s\"\ncatch_up = \"1s\"");
    let mut told: BTreeSet<String> = BTreeSet::new();
    for round in 1..=5 {
        let mut daemon = Daemon::start(&site, &[]);
        // Each round ends at another place in the rounds of four.
        daemon.keeps(4 + round);
        let said = daemon.dies();
        assert_eq!(said.code, None, "it was killed");
        told.extend(said.err.lines().filter_map(observation));
        let kept: BTreeSet<_> = observations(site.path()).into_iter().map(|kept| kept.id).collect();
        assert!(kept.is_superset(&told), "{:?} were told as kept", told.difference(&kept));
        let polled = journal(site.path()).iter().filter(|entry| entry["kind"] == "polled").count();
        assert_eq!(polled, kept.len(), "each has its entry, and each entry is of one");
    }
    assert!(told.len() >= 5 * 5);
}
