use std::fs;
use std::os::unix::fs::PermissionsExt;

use licwatch_parsers::Command;

use super::*;
use crate::capture::Origin;

fn now() -> Timestamp {
    "2026-11-21T17:53:00Z".parse().unwrap()
}

fn contents<'c>(lines: &[&'c str]) -> Contents<'c> {
    Contents { lines: lines.to_vec(), ..Contents::default() }
}

#[test]
fn a_drop_is_its_records_and_last_its_manifest() {
    let folder = tempfile::tempdir().unwrap();
    let drop = FileDrop::open(folder.path(), "hq 1").unwrap();
    let published = drop.publish(now(), &contents(&[r#"{"a":1}"#, r#"{"a":2}"#])).unwrap();

    let name = published.records.file_name().unwrap().to_str().unwrap();
    assert_eq!(name, "licwatch-hq_1-20261121T175300Z-000001.ndjson");
    assert_eq!(fs::read_to_string(&published.records).unwrap(), "{\"a\":1}\n{\"a\":2}\n");
    let manifest: serde_json::Value =
        serde_json::from_slice(&fs::read(&published.manifest).unwrap()).unwrap();
    assert_eq!(manifest["files"][0]["name"], name);
    assert_eq!(manifest["files"][0]["lines"], 2);
    assert_eq!(manifest["files"][0]["sha256"], sha256(b"{\"a\":1}\n{\"a\":2}\n"));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "nothing temporary is left");
}

#[test]
fn numbers_rise_and_a_taken_name_is_never_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let drop = FileDrop::open(folder.path(), "hq").unwrap();
    let first = drop.publish(now(), &contents(&["1"])).unwrap();
    let second = drop.publish(now(), &contents(&["2"])).unwrap();
    assert_eq!((first.contents.sequence, second.contents.sequence), (1, 2));
    assert_eq!(fs::read_to_string(&first.records).unwrap(), "1\n");

    let taken = publish::file(folder.path(), "hq", &first.records, b"other");
    assert!(matches!(taken, Err(DropError::Exists { .. })), "{taken:?}");
    assert_eq!(fs::read_to_string(&first.records).unwrap(), "1\n");
}

#[test]
fn raw_captures_lie_beside_the_records_for_their_owner_only() {
    let folder = tempfile::tempdir().unwrap();
    let drop = FileDrop::open(folder.path(), "hq").unwrap();
    let captures = [Capture::new(Some(Command::ShowLicenseAll), Origin::Ssh, b"raw\r\n".to_vec(), None)];
    let contents = Contents { captures: vec![("../edge 1", &captures)], ..contents(&["1"]) };
    let published = drop.publish(now(), &contents).unwrap();

    let file = published.raw.unwrap().join("_edge_1/01-show_license_all.txt");
    assert_eq!(fs::read(&file).unwrap(), b"raw\r\n");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(published.contents.files[1].sha256, captures[0].sha256);
}

#[test]
fn a_missing_or_wrong_folder_is_named_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let missing = FileDrop::open(folder.path().join("gone"), "hq").unwrap_err();
    assert!(matches!(missing, DropError::Missing { .. }), "{missing}");
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let wrong = FileDrop::open(&file, "hq").unwrap_err();
    assert!(matches!(wrong, DropError::NotAFolder { .. }), "{wrong}");
    assert!(FileDrop::open("/proc/self", "hq").is_err(), "a folder that takes no files");
}

#[test]
fn a_full_folder_says_so_and_leaves_nothing_behind() {
    // Writing to /dev/full always fails with ENOSPC: the error as the kernel makes it, without a full disk.
    let error = fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .and_then(|mut full| std::io::Write::write_all(&mut full, b"x"))
        .unwrap_err();
    let full = DropError::at(std::path::Path::new("/drop"), error);
    assert!(matches!(full, DropError::Full { .. }), "{full}");
    assert!(full.to_string().contains("make room"), "{full}");
}
