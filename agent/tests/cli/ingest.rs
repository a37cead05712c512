//! `licwatch ingest`.

use std::fs;
use std::path::Path;

use licwatch_simulator::{Device, Kind, Personality};
use serde_json::{Value, json};

use crate::program::licwatch;
use crate::site::Site;

#[test]
fn drops_of_another_agent_are_carried_here() {
    let site = Site::of([("edge-1", Device::new(Personality::of(Kind::C8000v)), "ssh")]);
    fs::create_dir(site.path().join("drop")).unwrap();
    for _ in 0..3 {
        site.licwatch(&["poll", "--drop", "drop", "--keep-raw"]).exits(0);
    }
    let hq = tempfile::tempdir().unwrap();
    fs::write(hq.path().join("licwatch.toml"), "[agent]\nname = \"hq\"\n").unwrap();
    let drops = site.path().join("drop");
    let held_back: Vec<_> = fs::read_dir(&drops)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_str().unwrap().contains("-000002"))
        .collect();
    let aside = site.path().join("aside");
    fs::create_dir(&aside).unwrap();
    let carry = |from: &Path, to: &Path| {
        for path in &held_back {
            let name = path.file_name().unwrap();
            fs::rename(from.join(name), to.join(name)).unwrap();
        }
    };
    carry(&drops, &aside);
    let ingest = ["ingest", drops.to_str().unwrap(), "--by", "courier 4", "--json"];

    let tried = licwatch(hq.path(), &[&ingest[..], &["--dry-run"]].concat()).exits(1);
    assert_eq!(tried.json().len(), 3);
    assert!(!hq.path().join("state").exists(), "a dry run leaves nothing");

    let said = licwatch(hq.path(), &ingest).exits(1);
    let said = said.complains(&["drop 2 of site-agent is missing", "carry them here"]);
    let told = said.json();
    assert_eq!((&told[0]["schema"], &told[0]["result"]), (&json!("licwatch/ingest/1"), &json!("taken_in")));
    assert_eq!(told[1]["sequence"], 3);
    assert_eq!(
        (&told[2]["result"], &told[2]["first"], &told[2]["last"]),
        (&json!("missing"), &json!(2), &json!(2))
    );
    assert!(
        told[..2].iter().all(|line| line["observations"] == 1 && line["captures"].as_u64() > Some(0)),
        "{told:?}"
    );

    carry(&aside, &drops);
    let said = licwatch(hq.path(), &ingest).exits(0);
    let results: Vec<Value> = said.json().iter().map(|line| line["result"].clone()).collect();
    assert_eq!(results, ["known", "taken_in", "known"]);
    said.complains(&["nothing is missing any more from 2 to 2"]);
    let entries = licwatch(hq.path(), &["journal", "show", "--json", "--kind", "imported"]).exits(0).json();
    assert_eq!(entries.len(), 3);
    assert!(entries.iter().all(|line| line["entry"]["carried_by"] == "courier 4"), "{entries:?}");

    // A drop that was damaged on its way does not keep the others out.
    site.licwatch(&["poll", "--drop", "drop"]).exits(0);
    site.licwatch(&["poll", "--drop", "drop"]).exits(0);
    let fourth = fs::read_dir(&drops)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.to_str().unwrap().ends_with("-000004.ndjson"))
        .unwrap();
    let mut bytes = fs::read(&fourth).unwrap();
    bytes[100] ^= 1;
    fs::write(&fourth, bytes).unwrap();
    let said = licwatch(hq.path(), &ingest).exits(1);
    let results: Vec<Value> = said.json().iter().map(|line| line["result"].clone()).collect();
    assert_eq!(results, ["known", "known", "known", "refused", "taken_in", "missing"]);
    said.complains(&[
        "-000004.ndjson is damaged: its SHA-256 is",
        "carry it again",
        "drop 4 of site-agent is missing",
    ]);
}

#[test]
fn mistakes_are_told_with_what_to_do() {
    let place = tempfile::tempdir().unwrap();
    let here = place.path();
    fs::write(here.join("licwatch.toml"), "").unwrap();
    fs::write(here.join("letter.txt"), "Dear colleague,\n").unwrap();
    licwatch(here, &["ingest", "letter.txt"]).exits(2).complains(&["--by"]);
    let by = |arguments: &[&str]| licwatch(here, &[&["ingest", "--by", "anna"], arguments].concat());
    by(&["letter.txt"]).exits(2).complains(&["no grammar knows anything in letter.txt", "licwatch parse"]);
    by(&["nowhere"]).exits(2).complains(&["cannot read nowhere", "see that the path is right"]);
    by(&["letter.txt", "--at", "2099-01-01"]).exits(2).complains(&["is no time in the past"]);
    by(&["letter.txt", "--device", "../x"]).exits(2).complains(&["must be of letters"]);
    fs::write(here.join("licwatch-b-20261121T175300Z-000001.ndjson"), "{}\n").unwrap();
    by(&["."]).exits(1).complains(&["has no manifest beside it: the drop is not whole"]);
    let said = by(&["nowhere", "--json"]).exits(2);
    assert_eq!(
        (&said.json()[0]["result"], &said.json()[0]["findings"][0]["kind"]),
        (&json!("refused"), &json!("unreadable"))
    );
}

#[test]
fn what_is_passed_over_is_told() {
    let place = tempfile::tempdir().unwrap();
    let here = place.path();
    fs::write(here.join("licwatch.toml"), "").unwrap();
    let captures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/captures/ios-xe");
    fs::create_dir_all(here.join("edge/older")).unwrap();
    fs::copy(captures.join("show_version/c8000v.txt"), here.join("edge/show_version.txt")).unwrap();
    fs::write(here.join("edge/letter.txt"), "Dear colleague,\n").unwrap();
    fs::write(here.join("secret"), "hunter2").unwrap();
    std::os::unix::fs::symlink("../secret", here.join("edge/link.txt")).unwrap();
    let ingest = ["ingest", "--by", "anna", "edge"];
    let said = licwatch(here, &[&ingest[..], &["--json", "--dry-run"]].concat()).exits(1);
    let told = said.json();
    let results: Vec<_> = told.iter().map(|line| line["result"].clone()).collect();
    assert_eq!(results, ["would_be_taken_in", "passed_over", "passed_over"]);
    assert_eq!(told[0]["findings"][0]["kind"], "left_out");
    assert_eq!(told[1]["findings"][0]["kind"], "passed_over");
    licwatch(here, &ingest).exits(1).complains(&[
        "letter.txt: it was left out",
        "it is a folder within",
        "links are not followed",
    ]);
}

#[test]
fn drops_of_a_daemons_store_are_signed() {
    let site = Site::of([("edge-1", Device::new(Personality::of(Kind::C8000v)), "ssh")]);
    fs::create_dir(site.path().join("drop")).unwrap();
    let hq = tempfile::tempdir().unwrap();
    fs::write(hq.path().join("licwatch.toml"), "[agent]\nname = \"hq\"\n").unwrap();
    let drops = site.path().join("drop");
    let ingest = ["ingest", drops.to_str().unwrap(), "--by", "courier", "--json"];
    // Without a store nobody signs.
    site.licwatch(&["poll", "--drop", "drop"]).exits(0);
    licwatch(hq.path(), &ingest)
        .exits(0)
        .complains(&["it is not signed: nothing shows that site-agent made it"]);
    // A store begins with whatever needs one first.
    let config = fs::read_to_string(site.path().join("licwatch.toml")).unwrap();
    assert!(!config.contains("[store]"), "{config}");
    site.licwatch(&["run", "--once"]).exits(0);
    site.licwatch(&["poll", "--drop", "drop"]).exits(0);
    let said = licwatch(hq.path(), &ingest).exits(0);
    said.complains(&["site-agent is believed to have the key"]);
    let entries = licwatch(hq.path(), &["journal", "show", "--json", "--kind", "imported"]).exits(0).json();
    assert!(entries[0]["entry"].get("signed_by").is_none() && entries[1]["entry"]["signed_by"].is_string());
}
