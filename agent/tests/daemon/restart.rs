//! A restart goes on where the daemon was.

use jiff::Timestamp;

use crate::kept::{connect, observations};
use crate::polling::{router, scheduled};
use crate::running::Daemon;

#[test]
fn a_restart_polls_nobody_early_and_catches_up_one_after_the_other() {
    let site = scheduled(
        ["a", "b", "c", "new"].map(|name| (name, router(), "netconf")),
        "interval = \"1h\"\ncatch_up = \"3s\"",
    );
    let all = std::fs::read_to_string(site.path().join("devices.csv")).unwrap();
    let without: String =
        all.lines().filter(|line| !line.starts_with("new")).map(|line| format!("{line}\n")).collect();
    site.write("devices.csv", &without);
    let mut daemon = Daemon::start(&site, &[]);
    daemon.keeps(3);
    daemon.signal("-TERM");
    daemon.ends().exits(0);

    // The new device is polled, the others have their turn in an hour.
    site.write("devices.csv", &all);
    let mut daemon = Daemon::start(&site, &[]);
    daemon.keeps(1);
    daemon.signal("-TERM");
    daemon.ends().exits(0);
    let devices = || observations(site.path()).into_iter().map(|kept| kept.device).collect::<Vec<_>>();
    assert_eq!(devices()[3..], ["new"]);

    // The agent was down for longer than the interval.
    connect(site.path())
        .execute("UPDATE schedule SET due_at = due_at - 7200000000 WHERE device < 4", [])
        .unwrap();
    let mut daemon = Daemon::start(&site, &[]);
    daemon.keeps(3);
    daemon.signal("-TERM");
    daemon.ends().exits(0);
    let caught_up = observations(site.path()).split_off(4);
    let mut names: Vec<_> = caught_up.iter().map(|kept| kept.device.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["a", "b", "c"], "each once");
    let mut times: Vec<Timestamp> = caught_up.iter().map(|kept| kept.polled_at).collect();
    times.sort_unstable();
    assert!(
        times.windows(2).all(|pair| pair[1].duration_since(pair[0]).as_millis() >= 900),
        "three devices over three seconds: {times:?}"
    );
}
