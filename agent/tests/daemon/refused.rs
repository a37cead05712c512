//! A store that refuses for a while, and configurations that are refused.

use crate::kept::{connect, entries, observations};
use crate::polling::{router, scheduled};
use crate::program::licwatch;
use crate::running::Daemon;
use crate::site::Site;

#[test]
fn what_the_store_refuses_is_kept_when_it_takes_it() {
    let site = scheduled(
        [("a", router(), "netconf"), ("b", router(), "netconf")],
        "interval = \"1s\"\ncatch_up = \"0s\"",
    );
    let mut daemon = Daemon::start(&site, &[]);
    daemon.keeps(2);
    let connection = connect(site.path());
    connection
        .execute_batch(
            "CREATE TRIGGER no BEFORE INSERT ON observations BEGIN SELECT RAISE(ABORT, 'no room'); END",
        )
        .unwrap();
    daemon.says(&["The store does not take what was polled", "no room"]);
    connection.execute_batch("DROP TRIGGER no").unwrap();
    daemon.says(&["polling goes on"]);
    daemon.keeps(4);
    daemon.signal("-TERM");
    daemon.ends().exits(0);
    let requests: usize = site.devices().iter().map(|device| device.tally().netconf_sessions as usize).sum();
    let kept = observations(site.path());
    let answered = kept.iter().filter(|kept| kept.outcome == "complete").count();
    assert!(answered + 2 >= requests && kept.len() >= requests, "{requests} sessions, {} kept", kept.len());
    let braked = entries(site.path(), "braked");
    assert_eq!(braked[0]["brake"], "store");
    assert!(braked[0]["why"].as_str().unwrap().contains("no room"));
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
