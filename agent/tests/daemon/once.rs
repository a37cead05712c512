//! `licwatch run --once`.

use std::fs;

use licwatch_simulator::Fault;
use licwatch_simulator::collector::{Collector, Reply};

use crate::kept::{connect, observations};
use crate::polling::{router, scheduled};
use crate::program::licwatch;
use crate::receivers::{dropped, sink};

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

/// What can never be kept is one poll that failed; the round does not wait for its next turn.
#[test]
fn a_round_ends_though_a_record_cannot_be_kept() {
    let site = scheduled([("odd", router(), "netconf"), ("well", router(), "netconf")], "interval = \"1s\"");
    licwatch(site.path(), &["run", "--once"]).exits(0);
    let odd = "CREATE TRIGGER no BEFORE INSERT ON observations
               WHEN NEW.device = (SELECT id FROM devices WHERE name = 'odd')
               BEGIN SELECT RAISE(ABORT, 'an odd record'); END";
    connect(site.path()).execute_batch(odd).unwrap();
    let before = site.devices()[0].tally().netconf_sessions;
    let said = licwatch(site.path(), &["run", "--once"]).exits(1);
    said.complains(&["2 polled: 1 complete, 0 partial, 1 failed", "an odd record"]);
    assert_eq!(site.devices()[0].tally().netconf_sessions, before + 1, "a round has no second try");
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

/// Everything that was collected is handed over before it ends, also what a drop folder would gather for long; what a
/// sink does not take is told, and comes with the next round.
#[test]
fn a_round_delivers_what_it_collected_and_tells_what_is_left() {
    let site = scheduled([("a", router(), "ssh"), ("b", router(), "netconf")], "interval = \"1h\"");
    let collector = site.block_on(Collector::builder().start()).unwrap();
    sink(&site, &collector.url());
    let drop = site.path().join("drop");
    fs::create_dir(&drop).unwrap();
    let gateway =
        "[sink.gateway]\nkind = \"file-drop\"\ndirectory = \"drop\"\ngather = \"1h\"\n\n[group.campus]";
    site.edit("licwatch.toml", "[group.campus]", gateway);
    let kept = || -> Vec<_> { observations(site.path()).into_iter().map(|kept| kept.id).collect() };

    licwatch(site.path(), &["run", "--once"]).exits(0).complains(&["2 polled: 2 complete"]);
    assert_eq!((collector.book().lines(), &dropped(&drop)), (&kept()[..], &kept()));

    collector.always(Some(Reply::Status(503)));
    let said = licwatch(site.path(), &["run", "--once"]).exits(1);
    said.complains(&["2 polled: 2 complete", "2 lines are left for sink center", "503"]);
    assert_eq!((collector.book().lines(), &dropped(&drop)), (&kept()[..2], &kept()));

    collector.always(None);
    licwatch(site.path(), &["run", "--once"]).exits(0);
    assert_eq!((collector.book().lines(), &dropped(&drop)), (&kept()[..], &kept()));
    assert_eq!(kept().len(), 6);
    site.licwatch(&["journal", "verify"]).exits(0);
}

/// A receiver that never answers holds a round for no longer than `stop_within`.
#[test]
fn a_round_ends_though_a_sink_hangs() {
    let site = scheduled([("a", router(), "netconf")], "interval = \"1h\"");
    let collector = site.block_on(Collector::builder().start()).unwrap();
    sink(&site, &collector.url());
    site.edit("licwatch.toml", "timeout = \"1s\"", "timeout = \"60s\"");
    site.edit("licwatch.toml", "[group.campus]", "[run]\nstop_within = \"1s\"\n\n[group.campus]");
    collector.always(Some(Reply::Hang));
    let said = licwatch(site.path(), &["run", "--once"]).exits(1);
    said.complains(&["not delivered within [run] stop_within", "1 line is left for sink center"]);
    collector.always(None);
    licwatch(site.path(), &["run", "--once"]).exits(0);
    assert_eq!(collector.book().lines().len(), 2);
}
