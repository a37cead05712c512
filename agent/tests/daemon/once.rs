//! `licwatch run --once`.

use licwatch_simulator::Fault;

use crate::kept::observations;
use crate::polling::{router, scheduled};
use crate::program::licwatch;

#[test]
fn a_round_polls_every_device_once_whenever_it_is_due() {
    let site = scheduled([("a", router(), "ssh"), ("b", router(), "netconf")], "interval = \"1h\"");
    licwatch(site.path(), &["run", "--once"]).exits(0).complains(&["2 polled: 2 complete, 0 partial"]);
    licwatch(site.path(), &["run", "--once"]).exits(0);
    let mut devices: Vec<_> = observations(site.path()).into_iter().map(|kept| kept.device).collect();
    devices[..2].sort_unstable();
    devices[2..].sort_unstable();
    assert_eq!(devices, ["a", "b", "a", "b"]);
    site.is_left_alone();
}

#[test]
fn the_exit_code_tells_how_a_round_went() {
    let refusing = || router().fault(Fault::LoginRefused);
    let some = scheduled([("a", router(), "ssh"), ("b", refusing(), "ssh")], "interval = \"1s\"");
    licwatch(some.path(), &["run", "--once"])
        .exits(1)
        .complains(&["2 polled: 1 complete, 0 partial, 1 failed"]);
    let none = scheduled([("a", refusing(), "ssh")], "interval = \"1s\"");
    licwatch(none.path(), &["run", "--once"]).exits(3);
    assert_eq!(none.devices()[0].tally().login_attempts, 1, "a round has no second try");
}

#[test]
fn maintenance_holds_for_a_round() {
    let site = scheduled([("a", router(), "ssh"), ("b", router(), "ssh")], "interval = \"1s\"");
    // Closed all the week but for a minute, which is long over or far away.
    let minute = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).time();
    let (from, until) = if minute.hour() < 12 { ("18:00", "18:01") } else { ("06:00", "06:01") };
    site.edit("licwatch.toml", "interval = \"1s\"", "interval = \"1s\"\ntime_zone = \"UTC\"");
    site.edit(
        "licwatch.toml",
        "[group.campus]",
        &format!("[group.campus]\npoll_windows = [\"{from}-{until}\"]"),
    );
    site.edit("devices.csv", "b,127", "closed,127");
    let csv = std::fs::read_to_string(site.path().join("devices.csv")).unwrap();
    let row = csv.lines().find(|line| line.starts_with("closed")).unwrap().to_owned();
    let grouped = row.trim_end_matches(',').to_owned() + ",,,,,campus,";
    site.edit("devices.csv", &row, &grouped);
    licwatch(site.path(), &["run", "--once"])
        .exits(0)
        .complains(&["closed was left out", "1 polled: 1 complete"]);
    assert_eq!(site.devices()[1].tally().connections, 0);
}
