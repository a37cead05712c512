//! SIGHUP, with configurations that are wrong and right.

use std::time::Duration;

use licwatch::capture::sha256;
use licwatch_simulator::collector::Collector;

use crate::kept::{entries, observations};
use crate::polling::{router, scheduled};
use crate::running::Daemon;

/// What is in force stays while the new one is wrong, and polls go on; a right one puts devices and sinks in force.
#[test]
fn a_wrong_configuration_changes_nothing_and_a_right_one_adds_devices_and_sinks() {
    let site = scheduled(
        [("old", router(), "netconf"), ("new", router(), "netconf")],
        "interval = \"1s\"\ncatch_up = \"0s\"\nconfirm_after = \"0s\"",
    );
    let collector = site.block_on(Collector::builder().start()).unwrap();
    let all = std::fs::read_to_string(site.path().join("devices.csv")).unwrap();
    let only: String =
        all.lines().filter(|line| !line.starts_with("new")).map(|line| format!("{line}\n")).collect();
    site.write("devices.csv", &only);
    let good = std::fs::read_to_string(site.path().join("licwatch.toml")).unwrap();
    let mut daemon = Daemon::start(&site, &[]);
    daemon.keeps(1);

    // The new device would be polled if anything of this came into force.
    site.write("devices.csv", &all);
    let wrongs = [
        ("[group.campus]", "[group.campus]\nnonsense = 1\n"),
        ("[agent]", "[agent"),
        ("\"network\"", "\"nobody\""),
    ];
    for (number, (from, to)) in wrongs.into_iter().enumerate() {
        site.write("licwatch.toml", &good.replacen(from, to, 1));
        daemon.signal("-HUP");
        daemon.says(&["The new configuration is wrong, the old one stays."]);
        daemon.keeps(2);
        let refused = entries(site.path(), "configuration_refused");
        assert_eq!(refused.len(), number + 1);
        assert!(refused[number]["problems"][0].as_str().unwrap().contains("licwatch.toml"), "{refused:?}");
    }
    assert_eq!(site.devices()[1].tally().connections, 0);
    assert_eq!(entries(site.path(), "configuration_loaded").len(), 1);

    let sink = format!(
        "[sink.center]\nkind = \"http\"\nurl = \"{}\"\nretry = \"1s\"\n\n[group.campus]",
        collector.url()
    );
    site.write("licwatch.toml", &good.replace("[group.campus]", &sink));
    daemon.signal("-HUP");
    daemon.says(&["The new schedule is in force.", "devices=2"]);
    site.until(1, |tally| tally.logins >= 2);
    let delivered = collector.until(|book| book.lines().len() >= 4);
    site.block_on(async { tokio::time::timeout(Duration::from_secs(60), delivered).await }).unwrap();
    daemon.signal("-TERM");
    daemon.ends().exits(0);

    let kept: Vec<_> = observations(site.path()).into_iter().map(|kept| (kept.device, kept.id)).collect();
    let there = collector.book().lines().to_vec();
    let from = kept.iter().position(|(_, id)| *id == there[0]).unwrap();
    let ids: Vec<_> = kept[from..].iter().map(|(_, id)| id.clone()).collect();
    assert_eq!(there, ids[..there.len()], "the new sink gets everything from then on, in order");
    let first = kept.iter().position(|(device, _)| device == "new").unwrap();
    assert!(from <= first, "all of the new device: {kept:?}");
    let loaded = entries(site.path(), "configuration_loaded");
    assert_eq!(loaded.len(), 2);
    for (place, name) in ["licwatch.toml", "devices.csv"].into_iter().enumerate() {
        let file = &loaded[1]["files"][place];
        assert!(file["path"].as_str().unwrap().ends_with(name), "{loaded:?}");
        assert_eq!(file["sha256"], sha256(&std::fs::read(site.path().join(name)).unwrap()));
    }
}
