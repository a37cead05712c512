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

/// Looks for a bad finding of a subject, with these words.
fn bad_at(site: &Site) -> impl Fn(&str, &str) {
    |subject, text| {
        let findings = site.licwatch(&["check", "--offline", "--json"]).exits(1).json();
        let told =
            findings.iter().filter(|finding| finding["subject"] == subject && finding["state"] == "bad");
        let told: Vec<_> = told.map(|finding| finding["text"].as_str().unwrap().to_owned()).collect();
        assert!(told.iter().any(|told| told.contains(text)), "no {text:?} in {findings:#?}");
    }
}

#[test]
fn a_store_that_is_open_damaged_or_too_new_is_found() {
    let site = Site::small();
    let file = store(&site, 5);
    let bad = bad_at(&site);
    let mode = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    mode(file.parent().unwrap(), 0o755);
    bad("store", "others may use it (mode 0755)");
    mode(file.parent().unwrap(), 0o700);
    mode(&file, 0o640);
    bad("store", "others may use it (mode 0640)");
    mode(&file, 0o600);
    // Copies hold the same secrets.
    let backups = file.with_file_name("backups");
    fs::create_dir(&backups).unwrap();
    fs::write(backups.join("schema-1.sqlite"), "").unwrap();
    mode(&backups.join("schema-1.sqlite"), 0o644);
    bad("store", "others may use it (mode 0644)");
    fs::remove_dir_all(&backups).unwrap();

    let change = |sql: &str| rusqlite::Connection::open(&file).unwrap().execute_batch(sql).unwrap();
    change("UPDATE journal SET entry = CAST(replace(entry, 'started', 'stopped') AS BLOB) WHERE seq = 3");
    bad("journal", "entry 3 was changed");
    change("DELETE FROM journal WHERE seq = 3");
    bad("journal", "entry 3 is missing or moved: in its place stands entry 4");
    // Whoever cuts the tail off leaves a chain that holds; the newest signed head tells.
    let site = Site::small();
    let file = store(&site, 5);
    let bad = bad_at(&site);
    let change = |sql: &str| rusqlite::Connection::open(&file).unwrap().execute_batch(sql).unwrap();
    change("DELETE FROM journal WHERE seq > 4");
    bad("journal", "the journal ends with entry 4");
    fs::remove_file(file.with_file_name("journal.head")).unwrap();
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
    let whole = fs::read(&file).unwrap();
    fs::write(&file, &whole[..whole.len() - 100]).unwrap();
    bad("store", "its end was cut off");
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

#[test]
fn what_sinks_need_is_read_beforehand() {
    let site = Site::small();
    let sinks = "[group.campus]\n\
        [sink.collector]\nkind = \"http\"\nurl = \"https://127.0.0.1:1/records\"\nca_file = \"ca.pem\"\n\
        certificate_file = \"own.pem\"\nkey_file = \"own.key\"\ntoken_file = \"token\"\n\
        [sink.plain]\nkind = \"http\"\nurl = \"http://192.0.2.20/records\"\n\
        [sink.siem]\nkind = \"syslog\"\nto = \"tls://127.0.0.1:1\"\nca_file = \"ca.pem\"\n\
        certificate_file = \"own.pem\"\nkey_file = \"own.key\"\n\
        [sink.journald]\nkind = \"syslog\"\nto = \"unix:///dev/log\"\n";
    site.edit("licwatch.toml", "[group.campus]", sinks);
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::default().self_signed(&key).unwrap().pem();
    let told = |name: &str| {
        let findings = checked(&site);
        let finding = finding(&findings, "sink", name);
        let remedy = finding["remedy"].as_str().unwrap_or_default();
        (
            finding["state"].as_str().unwrap().to_owned(),
            format!("{} {remedy}", finding["text"].as_str().unwrap()),
        )
    };
    let both = |state: &str, words: &str| {
        for name in ["collector", "siem"] {
            let (found, said) = told(name);
            assert!(found == state && said.contains(words), "{name}: {found}, {said}");
        }
    };
    both("bad", "ca.pem cannot be read");
    site.write("ca.pem", "no certificate\n");
    both("bad", "ca.pem holds no certificate");
    site.write("ca.pem", &certificate);
    both("bad", "own.pem cannot be read");
    site.write("own.pem", &certificate);
    both("bad", "own.key");
    site.write("own.key", &key.serialize_pem());
    fs::set_permissions(site.path().join("own.key"), fs::Permissions::from_mode(0o644)).unwrap();
    both("bad", "chmod");
    fs::remove_file(site.path().join("own.key")).unwrap();
    site.write_secret("own.key", &rcgen::KeyPair::generate().unwrap().serialize_pem());
    both("bad", "is not the key of");
    site.write_secret("own.key", &key.serialize_pem());
    let (state, said) = told("collector");
    assert!(state == "bad" && said.contains("the bearer token cannot be had"), "{said}");
    site.write_secret("token", "a token of two\nlines\n");
    let (state, said) = told("collector");
    assert!(state == "bad" && !said.contains("of two"), "{said}");
    site.write_secret("token", "eleven-words\n");
    both("good", "can be read");
    let (state, said) = told("plain");
    assert!(state == "doubtful" && said.contains("https"), "{said}");
    assert!(checked(&site).iter().all(|finding| !finding["name"].as_str().unwrap().contains("journald")));
    assert_eq!(site.licwatch(&["check", "--offline"]).code, Some(0));
}
