//! `licwatch parse`.

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::{Value, json};

use crate::program::{fed, licwatch, program};

fn captures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/captures")
}

fn capture(path: &str) -> String {
    captures().join(path).to_str().unwrap().to_owned()
}

/// A folder with three outputs of one router, as somebody saves them.
fn saved() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for command in ["show_version", "show_inventory", "show_license_all"] {
        let from = captures().join(format!("ios-xe/{command}/c8000v.txt"));
        fs::copy(from, folder.path().join(format!("{command}.txt"))).unwrap();
    }
    fs::write(folder.path().join(".hidden"), "not an output").unwrap();
    folder
}

#[test]
fn a_file_is_recognized_and_shown() {
    let said =
        licwatch(Path::new("/"), &["parse", &capture("ios-xe/show_license_all/c9300-stack.txt")]).exits(0);
    for shown in ["show license all", "FOC2411X0A1", "network-advantage", "IN USE", "slup"] {
        assert!(said.out.contains(shown), "no {shown:?} in:\n{}", said.out);
    }
    assert_eq!(said.err, "");
}

#[test]
fn standard_input_and_a_file_give_the_same_record() {
    let path = capture("ios-xe/show_license_all/c9300-stack.txt");
    let from_file = licwatch(Path::new("/"), &["parse", "--json", &path]).exits(0);
    let piped = fed(Path::new("/"), &["parse", "--json", "-"], &fs::read(&path).unwrap()).exits(0);
    assert_eq!(from_file.out, piped.out);
    assert_eq!(piped.json().len(), 1);
}

#[test]
fn the_json_form_is_the_records() {
    let said =
        licwatch(Path::new("/"), &["parse", "--json", &capture("ios-xe/show_license_all/c9300-stack.txt")]);
    let record = said.exits(0).json().remove(0);
    assert_eq!(record["schema"], "licwatch/device-record/1");
    let keys: Vec<_> = record.as_object().unwrap().keys().cloned().collect();
    let known = ["schema", "sources", "device", "licensing", "licenses", "diagnostics"];
    assert!(keys.iter().all(|key| known.contains(&key.as_str())), "{keys:?}");
    let source = &record["sources"][0];
    assert_eq!((&source["command"], &source["transport"]), (&json!("show license all"), &json!("file")));
    assert_eq!(source["sha256"].as_str().unwrap().len(), 64);
    assert_eq!(source["at"], Value::Null, "a file does not say when it was captured");
    // What the truth beside the capture says, written by hand, is what comes out.
    let truth = fs::read_to_string(capture("ios-xe/show_license_all/c9300-stack.json")).unwrap();
    let truth: Value = serde_json::from_str(&truth).unwrap();
    for part in ["device", "licensing", "licenses"] {
        assert_eq!(record[part], truth[part], "{part}");
    }
    assert_eq!(record["observation"], Value::Null, "nobody polled");
}

#[test]
fn exchange_files_are_recognized_and_their_codes_are_not_shown() {
    let file = |name: &str| captures().join("../exchange").join(name).to_str().unwrap().to_owned();
    let said = licwatch(Path::new("/"), &["parse", &file("c9800-two-reports.txt")]).exits(0);
    for shown in
        ["usage report", "wlc-hall-2", "FCL2502W0AA", "17.09.05", "1736499600", "2025-01-10T09:00:00Z"]
    {
        assert!(said.out.contains(shown), "no {shown:?} in:\n{}", said.out);
    }
    let said = licwatch(Path::new("/"), &["parse", &file("acknowledgement.txt")]).exits(0);
    for shown in ["acknowledgement", "Branches, North", "DUPLICATE", "2025-06-22T11:33:20Z", "365 d"] {
        assert!(said.out.contains(shown), "no {shown:?} in:\n{}", said.out);
    }
    let said = licwatch(Path::new("/"), &["parse", &file("slac-return.txt")]).exits(0);
    assert!(said.out.contains("return code") && said.out.contains("FDO2550M0K2"), "{}", said.out);
    assert!(!said.out.contains("Qm3xTz") && !said.out.contains("4c81e2aa"), "{}", said.out);

    let args =
        ["parse", "--json", "--command", "(file) license smart save usage", &file("c8000v-meta-layout.txt")];
    let record = licwatch(Path::new("/"), &args).exits(0).json().remove(0);
    assert_eq!(record["sources"][0]["command"], "license smart save usage");
    assert_eq!(record["device"]["software_version"], "17.06.04");
    assert_eq!(record["exchange"][0]["reports"][0]["report_id"], 1_650_000_001);
    assert_eq!(record["licenses"], Value::Null, "a report tells of a past period");
}

#[test]
fn files_are_records_of_their_own_unless_merged() {
    let folder = saved();
    let files = ["show_inventory.txt", "show_license_all.txt", "show_version.txt"];
    let each = licwatch(folder.path(), &[&["parse", "--json"], files.as_slice()].concat()).exits(0).json();
    assert_eq!(each.len(), 3);
    assert!(each.iter().all(|record| record["sources"].as_array().unwrap().len() == 1));

    let merged = licwatch(folder.path(), &[&["parse", "--json", "--merge"], files.as_slice()].concat())
        .exits(0)
        .json();
    let [record] = merged.as_slice() else { panic!("{merged:?}") };
    assert_eq!(record["sources"].as_array().unwrap().len(), 3);
    assert_eq!(record["device"]["serial_number"], "9QX7TB2LM4K");
    assert_eq!(record["device"]["hostname"], "edge-vr2", "which only show version says");
    assert!(!record["licenses"].as_array().unwrap().is_empty(), "which only show license all says");

    let by_folder = licwatch(folder.path(), &["parse", "--json", "."]).exits(0).json();
    assert_eq!(&by_folder[0], record, "a folder is one device, and hidden files are left out");
}

#[test]
fn an_unreadable_file_is_told_and_the_others_are_read() {
    let folder = saved();
    let said = licwatch(folder.path(), &["parse", "--json", "nowhere.txt", "show_version.txt"]).exits(2);
    let said = said.complains(&["cannot read nowhere.txt: No such file or directory"]);
    assert_eq!(said.json()[0]["device"]["hostname"], "edge-vr2");
    fs::create_dir(folder.path().join("empty")).unwrap();
    licwatch(folder.path(), &["parse", "empty"]).exits(2).complains(&["folder empty holds no files"]);
    licwatch(folder.path(), &["parse"]).exits(2).complains(&["<FILE>"]);
}

#[test]
fn hints_that_nobody_knows_are_refused_with_those_that_are_known() {
    licwatch(Path::new("/"), &["parse", "-", "--platform", "junos"]).exits(2).complains(&["ios-xe", "nx-os"]);
    let said = licwatch(Path::new("/"), &["parse", "-", "--command", "show bananas"]).exits(2);
    said.complains(&["no grammar reads its output", "show license all"]);
}

#[test]
fn what_no_grammar_knows_is_a_diagnostic_and_no_error() {
    let said =
        fed(Path::new("/"), &["parse", "-", "--json"], b"Dear colleague,\nplease find attached\n").exits(0);
    let record = said.json().remove(0);
    assert!(!record["diagnostics"].as_array().unwrap().is_empty(), "{record}");
    assert_eq!(record["licenses"], Value::Null);
}

#[test]
fn a_huge_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    // It takes no room on the disk, and must take none in memory: the limit is less than the file.
    let huge = fs::File::create(folder.path().join("huge.txt")).unwrap();
    huge.set_len((256 << 20) + 1).unwrap();
    let mut limited = std::process::Command::new("sh");
    let binary = program(folder.path()).get_program().to_owned();
    limited
        .args(["-c", "ulimit -v 262144; exec \"$0\" parse huge.txt"])
        .arg(binary)
        .current_dir(folder.path());
    let said: crate::program::Said = limited.output().unwrap().into();
    said.exits(2).complains(&["huge.txt is larger than 256 MiB; is it saved output?"]);
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    for json in [&["parse", "-", "--json"][..], &["parse", "-"]] {
        let mut child = program(Path::new("/"));
        let mut child = child
            .args(json)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // The reader has gone before there is anything to write.
        drop(child.stdout.take());
        let text = fs::read(capture("ios-xe/show_license_all/c9300-stack.txt")).unwrap();
        child.stdin.take().unwrap().write_all(&text).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(0));
        let mut err = String::new();
        child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        assert_eq!(err, "");
    }
}
