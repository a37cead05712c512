//! `licwatch journal`, and what other verbs leave in it.

use std::fs;
use std::path::Path;
use std::process::Command;

use licwatch_simulator::{Device, Kind, Personality};
use serde_json::{Value, json};

use crate::program::licwatch;
use crate::site::Site;

/// An operator's folder with a store: a device's output was taken in three times over.
fn place() -> tempfile::TempDir {
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("licwatch.toml"), "[agent]\nname = \"hq\"\n").unwrap();
    let captures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/captures/ios-xe");
    for command in ["show_version", "show_license_all", "show_inventory"] {
        let to = place.path().join(format!("{command}.txt"));
        fs::copy(captures.join(command).join("c8000v.txt"), &to).unwrap();
        let file = format!("{command}.txt");
        licwatch(place.path(), &["ingest", &file, "--device", "edge-1", "--by", "anna"]).exits(0);
    }
    place
}

fn sql(place: &Path, sql: &str) {
    let ran = rusqlite::Connection::open(place.join("state/licwatch.sqlite")).unwrap();
    ran.execute_batch(sql).unwrap();
}

#[test]
fn entries_are_shown_verified_and_exported() {
    let place = place();
    let here = place.path();
    let shown = licwatch(here, &["journal", "show"]).exits(0);
    for words in ["journal_begun", "imported", "edge-1", "carried_by anna", "operator "] {
        assert!(shown.out.contains(words), "no {words:?} in:\n{}", shown.out);
    }
    let all = licwatch(here, &["journal", "show", "--json", "--limit", "0"]).exits(0).json();
    let imported = licwatch(here, &["journal", "show", "--json", "--kind", "imported", "--device", "EDGE-1"]);
    let imported = imported.exits(0).json();
    assert_eq!(imported.len(), 3);
    let last =
        licwatch(here, &["journal", "show", "--json", "--limit", "1", "--since", "1h"]).exits(0).json();
    assert_eq!(last, [all.last().unwrap().clone()]);
    assert_eq!(last[0]["schema"], "licwatch/journal-entry/1");
    assert!(
        licwatch(here, &["journal", "show", "--json", "--since", "2099-01-01"]).exits(0).json().is_empty()
    );
    licwatch(here, &["journal", "show", "--since", "soon"]).exits(2).complains(&["is no time"]);
    licwatch(here, &["journal", "show", "--kind", "lunch"]).exits(2).complains(&["imported", "key_trusted"]);

    let verified = licwatch(here, &["journal", "verify", "--json"]).exits(0).json().remove(0);
    let newest = &last[0]["hash"];
    assert_eq!((&verified["verified"], &verified["hash"]), (&json!(true), newest));
    assert_eq!(verified["heads"][0]["seq"], json!(all.len()));

    let said = licwatch(here, &["journal", "export", "out"]).exits(0);
    assert!(said.err.contains(newest.as_str().unwrap()), "{}", said.err);
    let mut recipe = Command::new("sh");
    recipe.args(["-c", "sed -n 's/^    //p' README.txt | sh"]).current_dir(here.join("out"));
    let by_hand = recipe.output().unwrap();
    let told = String::from_utf8(by_hand.stdout).unwrap();
    assert_eq!(told, format!("{} entries, the head's hash is {}\n", all.len(), newest.as_str().unwrap()));
    // Without a store and without a configuration.
    let elsewhere = tempfile::tempdir().unwrap();
    fs::rename(here.join("out"), elsewhere.path().join("export")).unwrap();
    licwatch(elsewhere.path(), &["journal", "verify", "export"]).exits(0);
    let exported = licwatch(here, &["journal", "show", "--json", "--kind", "exported"]).exits(0).json();
    assert_eq!((&exported[0]["entry"]["folder"], &exported[0]["entry"]["hash"]), (&json!("out"), newest));
    fs::create_dir(here.join("taken")).unwrap();
    licwatch(here, &["journal", "export", "taken"]).exits(2).complains(&["exists already"]);

    // One byte of the export.
    let file = elsewhere.path().join("export/journal.ndjson");
    let mut bytes = fs::read(&file).unwrap();
    let second = bytes.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    bytes[second + 30] ^= 1;
    fs::write(&file, &bytes).unwrap();
    let said = licwatch(elsewhere.path(), &["journal", "verify", "export"]).exits(1);
    said.complains(&["entry 2 was changed", &format!("(line 2 of journal.ndjson, at byte {second})")]);
    licwatch(elsewhere.path(), &["journal", "verify", "nowhere"])
        .exits(3)
        .complains(&["cannot read nowhere"]);
}

#[test]
fn a_store_that_was_tampered_with_is_found_out() {
    let place = place();
    let here = place.path();
    fs::copy(here.join("state/journal.head"), here.join("older.json")).unwrap();
    sql(
        here,
        "UPDATE journal SET entry = CAST(replace(CAST(entry AS TEXT), 'anna', 'anne') AS BLOB) WHERE seq = 3",
    );
    let said = licwatch(here, &["journal", "verify", "--json"]).exits(1);
    let finding: Value = said.json()[0]["finding"].clone();
    assert_eq!((&finding["kind"], &finding["entry"]), (&json!("changed"), &json!(3)));
    sql(
        here,
        "UPDATE journal SET entry = CAST(replace(CAST(entry AS TEXT), 'anne', 'anna') AS BLOB) WHERE seq = 3",
    );
    licwatch(here, &["journal", "verify"]).exits(0);

    // The head beside it is no head, or cannot be read.
    let head = here.join("state/journal.head");
    let whole = fs::read(&head).unwrap();
    for damaged in [&b"{}"[..], b"", &whole[..whole.len() / 2]] {
        fs::write(&head, damaged).unwrap();
        let told = licwatch(here, &["journal", "verify", "--json"]).exits(1).json().remove(0);
        assert!(told["finding"]["text"].as_str().unwrap().contains("journal.head is damaged"), "{told}");
        assert_eq!((&told["verified"], &told["finding"]["kind"]), (&json!(false), &json!("damaged_file")));
    }
    fs::remove_file(&head).unwrap();
    fs::create_dir(&head).unwrap();
    licwatch(here, &["journal", "verify"]).exits(3).complains(&["cannot read", "state/journal.head"]);
    fs::remove_dir(&head).unwrap();
    fs::write(&head, whole).unwrap();
    licwatch(here, &["journal", "verify"]).exits(0);

    // The tail is gone, and so is the head beside it.
    sql(here, "DELETE FROM journal WHERE seq > 4");
    licwatch(here, &["journal", "verify"])
        .exits(1)
        .complains(&["its tail was cut off", "state/journal.head"]);
    fs::remove_file(here.join("state/journal.head")).unwrap();
    licwatch(here, &["journal", "verify"]).exits(0).complains(&["only a head from outside tells"]);
    let said = licwatch(here, &["journal", "verify", "--head", "older.json"]).exits(1);
    said.complains(&["ends with entry 4", "older.json was signed for entry"]);
    licwatch(here, &["journal", "verify", "--head", "licwatch.toml"]).exits(2).complains(&["no signed head"]);

    // The key is gone: nothing is signed by another in silence.
    fs::rename(here.join("state/journal.key"), here.join("key")).unwrap();
    let said = licwatch(here, &["journal", "export", "out"]).exits(3);
    said.complains(&["journal.key is gone", "put it back from a backup"]);
    assert!(!here.join("out").exists());
    licwatch(here, &["journal", "show"]).exits(0);
}

#[test]
fn without_a_store_it_says_so() {
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("licwatch.toml"), "[agent]\nname = \"hq\"\n").unwrap();
    for act in [["journal", "show"], ["journal", "verify"]] {
        licwatch(place.path(), &act).exits(3).complains(&["there is no store in"]);
    }
    assert!(!place.path().join("state").exists());
}

#[test]
fn trusted_and_forgotten_keys_stand_in_the_journal() {
    let site = Site::of([("a", Device::new(Personality::of(Kind::C8000v)), "ssh")]);
    let port = site.devices()[0].address().port().to_string();
    let host = format!("[127.0.0.1]:{port}");
    // Without a store nobody is told, and that is no error.
    site.licwatch(&["keys", "forget", &host]).exits(0);
    assert!(!site.path().join("state").exists());
    let capture = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../testdata/captures/ios-xe/show_version/c8000v.txt")
        .display()
        .to_string();
    site.licwatch(&["ingest", &capture, "--by", "anna"]).exits(0);
    let scanned = site.licwatch(&["keys", "trust", "127.0.0.1", "--port", &port]).exits(2);
    let print = scanned.err.split_whitespace().find(|word| word.starts_with("SHA256:")).unwrap().to_owned();
    site.licwatch(&["keys", "trust", "127.0.0.1", "--port", &port, "--fingerprint", &print]).exits(0);
    site.licwatch(&["keys", "forget", &host]).exits(0);
    let kinds = ["--kind", "key_trusted", "--kind", "key_forgotten"];
    let told = site.licwatch(&[&["journal", "show", "--json"], &kinds[..]].concat()).exits(0).json();
    let words: Vec<_> = told.iter().map(|line| line["entry"]["kind"].as_str().unwrap()).collect();
    assert_eq!(words, ["key_trusted", "key_forgotten"]);
    for line in &told {
        assert_eq!((&line["entry"]["host"], &line["entry"]["fingerprint"]), (&json!(host), &json!(print)));
        assert!(line["entry"]["actor"].as_str().unwrap().starts_with("operator "), "{line}");
    }
    site.licwatch(&["journal", "verify"]).exits(0);

    // A journal that cannot be written is no reason to go on unseen.
    fs::remove_file(site.path().join("state/journal.key")).unwrap();
    let trust = ["keys", "trust", "127.0.0.1", "--port", &port, "--fingerprint", &print];
    site.licwatch(&trust).exits(3).complains(&["nothing was done, for the journal cannot be written"]);
    assert!(!fs::read_to_string(site.path().join("known_hosts")).unwrap().contains(&host));
}
