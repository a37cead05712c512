//! Exports that are verified without licwatch, as their `README.txt` tells.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::*;

/// Runs what README.txt of an export says, by the shell of this host and by each other that it has; all say the same.
fn by_hand(export: &Path) -> (bool, String) {
    let run = |shell: &str| {
        let recipe = format!("sed -n 's/^    //p' README.txt | {shell}");
        let ran = Command::new("sh").args(["-c", &recipe]).current_dir(export).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&ran.stderr), "", "{shell}");
        (ran.status.success(), String::from_utf8(ran.stdout).unwrap())
    };
    let said = run("sh");
    for other in ["dash", "bash", "busybox sh"] {
        let name = other.split(' ').next().unwrap();
        if Command::new(name).args(["-c", ":"]).output().is_ok() {
            assert_eq!(run(other), said, "{other}");
        }
    }
    said
}

#[test]
fn the_recipe_in_the_export_needs_sh_and_sha256sum_alone() {
    let folder = journal(7);
    let out = export(folder.path());
    let hash = checked(&out).unwrap().hash;
    assert_eq!(by_hand(&out), (true, format!("7 entries, the head's hash is {hash}\n")));

    let entries = fs::read(out.join("journal.ndjson")).unwrap();
    let mut flipped = entries.clone();
    let place = entries.len() / 2;
    flipped[place] ^= 1;
    fs::write(out.join("journal.ndjson"), &flipped).unwrap();
    let line = line_of(&entries, place).0;
    let told = format!("FIRST DIFFERENCE: line {line} of journal.ndjson or of journal.hashes\n");
    assert_eq!(by_hand(&out), (false, told));

    let lines = lines(&entries);
    fs::write(out.join("journal.ndjson"), lines[..6].concat()).unwrap();
    assert_eq!(by_hand(&out), (false, "FIRST DIFFERENCE: line 7; the files have 6 and 7 lines\n".to_owned()));
    let hashes = fs::read(out.join("journal.hashes")).unwrap();
    fs::write(out.join("journal.hashes"), self::lines(&hashes)[..6].concat()).unwrap();
    let (whole, told) = by_hand(&out);
    assert!(!whole && told.starts_with("THE END DIFFERS: the head is of entry 7 "), "{told}");
}

#[test]
fn what_the_shell_does_not_see_is_found_by_hand() {
    let folder = journal(3);
    let out = export(folder.path());
    let names = ["journal.ndjson", "journal.hashes"];
    for name in names {
        let whole = fs::read(out.join(name)).unwrap();
        let damaged = |changed: &[u8], how: &str| {
            fs::write(out.join(name), changed).unwrap();
            assert_eq!(by_hand(&out), (false, format!("DAMAGED: {name} {how}\n")));
            checked(&out).unwrap_err();
        };
        for tail in ["evil trailing", "4 abc", " "] {
            damaged(&[&whole[..], tail.as_bytes()].concat(), "does not end with a line end");
        }
        for place in [0, 1, whole.len() / 2, whole.len() - 1, whole.len()] {
            let with_zero = [&whole[..place], b"\0", &whole[place..]].concat();
            damaged(&with_zero, "holds bytes of zero or cannot be read");
        }
        fs::write(out.join(name), &whole).unwrap();
    }
    assert!(by_hand(&out).0);
}

#[test]
fn openssl_agrees_with_the_signature() {
    let folder = journal(2);
    let out = export(folder.path());
    if Command::new("openssl").arg("version").output().is_err() {
        assert!(std::env::var_os("CI").is_none(), "CI needs openssl for this test");
        eprintln!("openssl is not here: the signature was checked by ed25519-dalek alone");
        assert!(checked(&out).is_ok());
        return;
    }
    let readme = fs::read_to_string(out.join("README.txt")).unwrap();
    let recipe = readme.lines().find(|line| line.contains("openssl pkeyutl")).unwrap().trim().to_owned();
    let run = || Command::new("sh").args(["-c", &recipe]).current_dir(&out).output().unwrap();
    let said = run();
    assert!(said.status.success(), "{said:?}");
    let text = fs::read_to_string(out.join("journal.head.txt")).unwrap();
    fs::write(out.join("journal.head.txt"), text.replace("seq 2", "seq 1")).unwrap();
    assert!(!run().status.success());
}
