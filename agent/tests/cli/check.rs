//! `licwatch check`.

use std::fs;

use licwatch_simulator::{Device, Fault, Kind, Personality};
use serde_json::Value;

use crate::site::Site;

fn finding<'f>(findings: &'f [Value], subject: &str, name: &str) -> &'f Value {
    let is =
        |finding: &&Value| finding["subject"] == subject && finding["name"].as_str().unwrap().contains(name);
    findings.iter().find(is).unwrap_or_else(|| panic!("no {subject} {name} in {findings:#?}"))
}

#[test]
fn a_site_that_is_well_is_found_well() {
    let site = Site::small();
    let said = site.licwatch(&["check", "--offline"]).exits(0);
    assert!(said.err.contains("0 bad"), "{}", said.err);
    assert!(site.devices().iter().all(|device| device.tally().connections == 0), "it is offline");

    let findings = site.licwatch(&["check", "--json"]).exits(0).json();
    for device in ["core-1", "edge-1", "old-1"] {
        assert_eq!(finding(&findings, "device", device)["text"], "answers and shows the key on record");
    }
    assert!(findings.iter().all(|finding| finding["state"] != "bad"), "{findings:#?}");
    assert!(site.devices().iter().all(|device| device.tally().login_attempts == 0), "nobody is logged in");
    assert_eq!(site.licwatch(&["check", "--json", "old-1"]).exits(0).out.matches("\"device\"").count(), 1);
    site.is_left_alone();
}

#[test]
fn what_would_stand_in_the_way_is_found_offline() {
    let site = Site::small();
    fs::remove_file(site.path().join("network.password")).unwrap();
    site.write("known_hosts", "");
    site.edit("licwatch.toml", "[group.campus]", "[group.campus]\n[drop]\ndirectory = \"nowhere\"\n");
    let findings = site.licwatch(&["check", "--offline", "--json"]).exits(1).json();
    let bad = |subject, name| {
        let finding = finding(&findings, subject, name);
        assert_eq!(finding["state"], "bad", "{finding}");
        assert!(!finding["remedy"].as_str().unwrap().is_empty());
        finding["text"].as_str().unwrap().to_owned()
    };
    assert!(bad("credential", "network").contains("network.password"));
    assert!(bad("drop folder", "nowhere").contains("does not exist"));
    assert!(
        bad("host keys", "known_hosts").contains("no key on record for 3 devices: core-1, edge-1, old-1")
    );
}

#[test]
fn what_only_devices_know_is_found_online() {
    let router = || Device::new(Personality::of(Kind::C8000v));
    let site =
        Site::of([("well", router(), "ssh"), ("changed", router().fault(Fault::HostKeyChanged), "ssh")]);
    site.edit("devices.csv", "well,", "gone,127.0.0.1,1,,ssh,,,,,,\nwell,");
    site.licwatch(&["check", "--offline", "well", "changed"]).exits(0);
    let findings = site.licwatch(&["check", "--json"]).exits(1).json();
    assert_eq!(finding(&findings, "device", "well")["state"], "good");
    let text = |name| finding(&findings, "device", name)["text"].as_str().unwrap().to_owned();
    assert!(text("gone").contains("refused the connection"), "{}", text("gone"));
    assert_eq!(text("changed").matches("SHA256:").count(), 2, "{}", text("changed"));
}
