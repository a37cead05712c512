//! `licwatch check`.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use licwatch::journal::{Actor, Entry};
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

/// A store as `licwatch run` leaves it, with so many entries in its journal.
fn store(site: &Site, entries: u32) -> PathBuf {
    let folder = site.path().join("state");
    let clock = Arc::new(licwatch::clock::SystemClock::new());
    let store = licwatch::store::Store::open(&folder, "site-agent", clock).unwrap();
    for _ in 0..entries {
        let entry = Entry::new(Actor::Daemon, licwatch::journal::Kind::Started);
        store.write_blocking(move |tx| tx.account(&entry).map(drop)).unwrap();
    }
    folder.join(licwatch::store::FILE)
}

fn checked(site: &Site) -> Vec<Value> {
    // How it ends is told by the findings.
    site.licwatch(&["check", "--offline", "--json"]).json()
}

/// Every file of a folder with its bytes.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

#[test]
fn a_store_is_looked_through_and_left_as_it_is() {
    let site = Site::small();
    let findings = checked(&site);
    assert!(finding(&findings, "store", "state")["text"].as_str().unwrap().contains("there is none yet"));
    assert!(!site.path().join("state").exists(), "none is begun");

    let file = store(&site, 5);
    let before = files(file.parent().unwrap());
    let findings = checked(&site);
    assert!(findings.iter().all(|finding| finding["state"] != "bad"), "{findings:#?}");
    assert_eq!(finding(&findings, "journal", "state")["text"], "6 entries, each follows from the one before");
    assert_eq!(finding(&findings, "disk", "state")["state"], "good");
    assert_eq!(files(file.parent().unwrap()), before, "nothing is changed, nothing is left beside it");

    // While the daemon has it open and writes.
    let clock = Arc::new(licwatch::clock::SystemClock::new());
    let running = licwatch::store::Store::open(file.parent().unwrap(), "site-agent", clock).unwrap();
    let entry = Entry::new(Actor::Daemon, licwatch::journal::Kind::Stopped);
    running.write_blocking(move |tx| tx.account(&entry).map(drop)).unwrap();
    let text = finding(&checked(&site), "journal", "state")["text"].clone();
    assert_eq!(text, "7 entries, each follows from the one before");
    drop(running);
}

#[test]
fn a_store_that_is_open_damaged_or_too_new_is_found() {
    let site = Site::small();
    let file = store(&site, 5);
    let bad = |subject: &str, text: &str| {
        let findings = site.licwatch(&["check", "--offline", "--json"]).exits(1).json();
        let told =
            findings.iter().filter(|finding| finding["subject"] == subject && finding["state"] == "bad");
        let told: Vec<_> = told.map(|finding| finding["text"].as_str().unwrap().to_owned()).collect();
        assert!(told.iter().any(|told| told.contains(text)), "no {text:?} in {findings:#?}");
    };
    let mode = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    mode(file.parent().unwrap(), 0o755);
    bad("store", "others may use it (mode 0755)");
    mode(file.parent().unwrap(), 0o700);
    mode(&file, 0o640);
    bad("store", "others may use it (mode 0640)");
    mode(&file, 0o600);

    let change = |sql: &str| rusqlite::Connection::open(&file).unwrap().execute_batch(sql).unwrap();
    change("UPDATE journal SET entry = CAST(replace(entry, 'started', 'stopped') AS BLOB) WHERE seq = 3");
    bad("journal", "entry 3 does not follow from entry 2");
    change("DELETE FROM journal WHERE seq = 3");
    bad("journal", "entry 4 does not follow from entry 2");
    change("DELETE FROM journal");
    let version: u32 = rusqlite::Connection::open(&file)
        .unwrap()
        .query_row("PRAGMA user_version", [], |row| row.get(0))
        .unwrap();
    change(&format!("PRAGMA user_version = {}", version + 1));
    bad("store", "use the newer licwatch");
    change(&format!("PRAGMA user_version = {version}"));
    assert_eq!(site.licwatch(&["check", "--offline"]).code, Some(0));

    site.edit("licwatch.toml", "[group.campus]", "[group.campus]\n[store]\nreserve = \"1000000 TiB\"\n");
    bad("disk", "nothing is polled");
    fs::write(&file, vec![b'x'; 100_000]).unwrap();
    bad("store", "not a database");
}

#[test]
fn every_drop_folder_and_every_route_is_looked_at() {
    let site = Site::small();
    let sinks = "[group.campus]\n[sink.gateway]\nkind = \"file-drop\"\ndirectory = \"nowhere\"\n\
                 [on_change]\nudp = \"0.0.0.0:5514\"\n";
    site.edit("licwatch.toml", "[group.campus]", sinks);
    site.edit("devices.csv", "core-1,", "stray,127.0.3.1,22,,ssh,,,,,,\ncore-1,");
    site.edit(
        "licwatch.toml",
        "[group.campus]",
        "[device.stray]\nsource_address = \"192.0.2.1\"\n[group.campus]",
    );
    let findings = site.licwatch(&["check", "--offline", "--json"]).exits(1).json();
    assert!(
        finding(&findings, "drop folder", "nowhere")["remedy"].as_str().unwrap().contains("[sink.gateway]")
    );
    let route = finding(&findings, "route", "networks");
    assert_eq!(route["state"], "bad");
    assert!(route["text"].as_str().unwrap().contains("127.0.3.1 from 192.0.2.1"), "{route}");
    assert_eq!(finding(&findings, "syslog", "0.0.0.0:5514")["state"], "bad");
    assert!(finding(&findings, "time source", "this host")["text"].is_string());
}
