//! `--drop`: what is published, and what is said when it cannot be.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use licwatch::capture::sha256;
use licwatch_simulator::{Device, Kind, Personality};
use serde_json::{Value, json};

use crate::program::Said;
use crate::site::Site;

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.to_str().unwrap().ends_with(ending));
    files.sort();
    files
}

fn folder(site: &Site, name: &str) -> PathBuf {
    let folder = site.path().join(name);
    fs::create_dir(&folder).unwrap();
    folder
}

#[test]
fn a_drop_holds_what_its_manifest_says() {
    let site = Site::small();
    let drop = folder(&site, "drop");
    let said = site.licwatch(&["poll", "--json", "--drop", "drop", "--keep-raw"]).exits(0);
    let manifest = files(&drop, ".manifest.json");
    let [manifest] = manifest.as_slice() else { panic!("{manifest:?}") };
    let manifest: Value = serde_json::from_slice(&fs::read(manifest).unwrap()).unwrap();
    assert_eq!(manifest["devices"], json!({"polled": 3, "complete": 3, "partial": 0, "failed": 0}));
    assert_eq!((&manifest["agent"], &manifest["sequence"]), (&json!("site-agent"), &json!(1)));
    let listed = manifest["files"].as_array().unwrap();
    for file in listed {
        let bytes = fs::read(drop.join(file["name"].as_str().unwrap())).unwrap();
        assert_eq!(
            (&file["sha256"], &file["bytes"]),
            (&json!(sha256(&bytes)), &json!(bytes.len())),
            "{file}"
        );
    }

    // The records are those that stand on stdout, and their sources are the raw answers beside them.
    let records = fs::read_to_string(drop.join(listed[0]["name"].as_str().unwrap())).unwrap();
    let (mut dropped, mut printed): (Vec<_>, Vec<_>) =
        (records.lines().collect(), said.out.lines().collect());
    dropped.sort_unstable();
    printed.sort_unstable();
    assert_eq!(dropped, printed);
    let mut sources: Vec<_> = said
        .json()
        .iter()
        .flat_map(|line| line["sources"].as_array().unwrap().clone())
        .map(|source| source["sha256"].to_string())
        .collect();
    let mut raw: Vec<_> = listed[1..].iter().map(|file| file["sha256"].to_string()).collect();
    sources.sort();
    raw.sort();
    assert_eq!(sources, raw);

    // Nothing is left of what was written on the way, and the next drop has the next number.
    assert!(files(&drop, ".tmp").is_empty());
    let said = site.licwatch(&["poll", "old-1", "--drop", "drop"]).exits(0);
    let manifests = files(&drop, ".manifest.json");
    assert!(
        manifests.len() == 2
            && manifests.iter().any(|path| path.to_str().unwrap().ends_with("-000002.manifest.json"))
    );
    assert!(said.err.contains("-000002.ndjson") && !said.err.contains(".raw"), "{}", said.err);
}

#[test]
fn a_folder_that_cannot_take_a_drop_is_told_before_any_device_is_dialled() {
    let site = Site::small();
    let cases = [
        (
            "nowhere",
            "drop folder nowhere does not exist; create it, or check that its file system is mounted",
        ),
        ("licwatch.toml", "drop folder licwatch.toml is not a folder"),
        // Nobody can create a file there, root included.
        ("/sys", "drop folder /sys cannot be written to"),
    ];
    for (folder, words) in cases {
        site.licwatch(&["poll", "--drop", folder]).exits(2).complains(&[words]);
    }
    site.licwatch(&["poll", "--keep-raw"]).exits(2).complains(&["--keep-raw", "name its folder with --drop"]);
    assert!(site.devices().iter().all(|device| device.tally().connections == 0));
}

#[test]
fn a_configured_drop_needs_no_option() {
    let site = Site::small();
    let drop = folder(&site, "drop");
    site.edit(
        "licwatch.toml",
        "[group.campus]",
        "[group.campus]\n[drop]\ndirectory = \"drop\"\nkeep_raw = true\n",
    );
    site.licwatch(&["poll", "old-1"]).exits(0);
    assert_eq!((files(&drop, ".ndjson").len(), files(&drop, ".raw").len()), (1, 1));
}

#[test]
fn a_reader_that_went_away_takes_nothing_from_the_drop() {
    let site = Site::small();
    for (number, form) in ["--json", "--keep-raw"].into_iter().enumerate() {
        let drop = folder(&site, &format!("drop{number}"));
        let mut program = site.program(&["poll", form, "--drop"]);
        let mut child = program.arg(&drop).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        // Nobody reads, so that the first write fails.
        child.stdout.take();
        assert_eq!(child.wait().unwrap().code(), Some(0), "{form}");
        assert_eq!(files(&drop, ".manifest.json").len(), 1, "{form}");
    }
}

/// Runs the binary by a shell that has set limits before.
fn limited(site: &Site, shell: &[&str], limits: &str, arguments: &str) -> Said {
    let binary = site.program(&[]).get_program().to_owned();
    let mut command = Command::new(shell[0]);
    command.args(&shell[1..]).arg(format!("{limits}; exec \"$0\" {arguments}")).arg(binary);
    command.current_dir(site.path()).output().unwrap().into()
}

#[test]
fn a_full_disk_is_told_and_the_results_are_shown_all_the_same() {
    let site = Site::of([("a", Device::new(Personality::of(Kind::C9300Stack)), "ssh")]);
    let drop = folder(&site, "drop");
    // No file may have more than a few blocks, as on a disk that is full; sh may count them in 512 bytes.
    let limits = "trap '' XFSZ; ulimit -f 4";
    let said = limited(&site, &["sh", "-c"], limits, "poll --drop drop").exits(1);
    let said = said
        .complains(&["no room left in drop folder drop", "nothing was published: make room and poll again"]);
    assert!(said.out.contains("1 device: 1 complete"), "{}", said.out);
    assert_eq!(fs::read_dir(&drop).unwrap().count(), 0, "nothing torn is left");
}

#[test]
fn a_full_file_system_is_told_as_well() {
    let site = Site::of([("a", Device::new(Personality::of(Kind::C9300Stack)), "ssh")]);
    let drop = folder(&site, "drop");
    // A file system of its own needs a mount namespace, which some machines refuse.
    let shell = ["unshare", "--map-root-user", "--mount", "sh", "-c"];
    let mount = "mount -t tmpfs -o size=8k tmpfs drop";
    let can = Command::new(shell[0]).args(&shell[1..]).arg(mount).current_dir(site.path()).status();
    if !can.is_ok_and(|status| status.success()) {
        eprintln!("no mount namespaces here: the full disk is tested by a file size limit alone");
        return;
    }
    let said = limited(&site, &shell, mount, "poll --drop drop; ls -A drop").exits(1);
    said.complains(&["no room left in drop folder drop", "No space left on device"]);
    assert_eq!(fs::read_dir(&drop).unwrap().count(), 0);
}
