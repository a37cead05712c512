use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::SystemTime;

use serde_json::json;

use super::*;
use crate::capture::{Capture, Origin, sha256};
use crate::journal::document;
use crate::store::outbox::Line;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn line(seq: i64, device: &str, outcome: &str) -> Line {
    let text = json!({"schema": "x", "observation": {"id": seq, "device": device, "outcome": outcome}});
    Line { seq, id: seq.to_string(), text: text.to_string(), captures: Vec::new() }
}

fn batch(sequence: u64, lines: Vec<Line>) -> Batch {
    Batch {
        sink: "drop".to_owned(),
        sequence,
        follows: None,
        key: format!("hq-drop-{sequence}"),
        begun_at: at("2026-11-22T10:00:00Z"),
        lines,
        head: Some(json!({"seq": 7, "hash": "ab", "signature": "cd"})),
    }
}

fn three() -> Batch {
    batch(41, vec![line(1, "a", "complete"), line(2, "b", "failed"), line(3, "a", "partial")])
}

/// The key of the agent's journal: the same in every run.
fn key() -> Arc<JournalKey> {
    static KEY: OnceLock<Arc<JournalKey>> = OnceLock::new();
    let made = || Arc::new(JournalKey::make(tempfile::tempdir().unwrap().path()).unwrap());
    Arc::clone(KEY.get_or_init(made))
}

/// A sink as it is after a start of the agent.
fn sink(folder: &Path, keep_raw: bool) -> DropSink {
    let settings =
        FileDropSettings { directory: folder.to_owned(), keep_raw, gather: Duration::from_secs(9) };
    DropSink::new(&settings, "hq", key(), Timestamp::now(), FolderTurn::default())
}

fn later(result: Result<Receipt, Refusal>) -> String {
    match result {
        Err(Refusal::Later { reason, after: None }) => reason,
        other => panic!("{other:?}"),
    }
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

const STEM: &str = "licwatch-hq-20261122T100000Z-000041";

fn path(folder: &Path, ending: &str) -> PathBuf {
    folder.join(format!("{STEM}{ending}"))
}

fn manifest(folder: &Path) -> Value {
    serde_json::from_slice(&fs::read(path(folder, ".manifest.json")).unwrap()).unwrap()
}

#[tokio::test]
async fn a_batch_is_a_drop_with_its_own_number_whatever_lies_there() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("licwatch-hq-20261122T090000Z-000099.ndjson"), "of another time").unwrap();
    let sink = sink(folder.path(), false);
    let receipt = sink.deliver(&three()).await.unwrap();
    assert_eq!((receipt.note, receipt.refused), (format!("{STEM}.manifest.json"), vec![]));
    let mut manifest = manifest(folder.path());
    let text = fs::read_to_string(path(folder.path(), ".manifest.json")).unwrap();
    assert_eq!(document::signer(&text, &manifest), Ok(Some(key().public())));
    let members = manifest.as_object_mut().unwrap();
    assert_eq!(members.remove("public_key"), Some(json!(key().public().to_string())));
    members.remove("signature");
    let records = fs::read(path(folder.path(), ".ndjson")).unwrap();
    assert_eq!(
        manifest,
        json!({
            "schema": "licwatch/drop-manifest/1", "agent": "hq", "created": "2026-11-22T10:00:00Z", "sink": "drop",
            "sequence": 41, "devices": {"polled": 3, "complete": 1, "partial": 1, "failed": 1},
            "files": [{"name": format!("{STEM}.ndjson"), "bytes": records.len(), "sha256": sha256(&records), "lines": 3}],
            "journal_head": {"seq": 7, "hash": "ab", "signature": "cd"},
        })
    );
    let lines: Vec<_> = three().lines.into_iter().map(|line| line.text).collect();
    assert_eq!(String::from_utf8(records).unwrap().lines().collect::<Vec<_>>(), lines);
    assert_eq!(names(folder.path()).len(), 3, "nothing temporary is left");
    let mode = |ending| fs::metadata(path(folder.path(), ending)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(".ndjson"), mode(".manifest.json")), (0o640, 0o640));
    assert_eq!((sink.gather(), sink.keeps_raw()), (Duration::from_secs(9), false));
}

#[tokio::test]
async fn the_manifest_tells_which_numbers_never_come() {
    let folder = tempfile::tempdir().unwrap();
    let batch = Batch { follows: Some(38), ..three() };
    sink(folder.path(), false).deliver(&batch).await.unwrap();
    assert_eq!(manifest(folder.path())["follows"], 38);
}

#[tokio::test]
async fn a_repeat_finds_its_own_files_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    sink(folder.path(), false).deliver(&three()).await.unwrap();
    let before = (fs::read(path(folder.path(), ".manifest.json")).unwrap(), names(folder.path()));
    // The journal went on between the two tries.
    let repeat = Batch { head: Some(json!({"seq": 8})), ..three() };
    sink(folder.path(), false).deliver(&repeat).await.unwrap();
    assert_eq!((fs::read(path(folder.path(), ".manifest.json")).unwrap(), names(folder.path())), before);
}

#[tokio::test]
async fn a_crash_at_any_step_ends_in_the_same_drop() {
    let whole = tempfile::tempdir().unwrap();
    let mut batch = three();
    batch.lines[1].captures = vec![Capture::new(None, Origin::Ssh, b"raw\r\n".to_vec(), None)];
    sink(whole.path(), true).deliver(&batch).await.unwrap();
    let records = fs::read(path(whole.path(), ".ndjson")).unwrap();
    let of_manifest = fs::read(path(whole.path(), ".manifest.json")).unwrap();
    for step in 0..5 {
        let folder = tempfile::tempdir().unwrap();
        // What a crash may leave: torn files under final names where no rename is exclusive, whole ones elsewhere.
        let copied = [0, 10, records.len(), records.len(), records.len()][step];
        fs::write(path(folder.path(), ".ndjson"), &records[..copied]).unwrap();
        if step >= 3 {
            fs::create_dir_all(path(folder.path(), ".raw").join("b")).unwrap();
            fs::write(path(folder.path(), ".raw").join("b/01-capture.txt"), b"raw\r\n").unwrap();
        }
        if step >= 4 {
            fs::write(path(folder.path(), ".manifest.json"), &of_manifest[..40]).unwrap();
        }
        sink(folder.path(), true).deliver(&batch).await.unwrap_or_else(|error| panic!("{step}: {error:?}"));
        assert_eq!(names(folder.path()), names(whole.path()), "step {step}");
        assert_eq!(fs::read(path(folder.path(), ".ndjson")).unwrap(), records, "step {step}");
        assert_eq!(fs::read(path(folder.path(), ".manifest.json")).unwrap(), of_manifest, "step {step}");
        assert_eq!(fs::read(path(folder.path(), ".raw").join("b/01-capture.txt")).unwrap(), b"raw\r\n");
    }
}

#[tokio::test]
async fn what_the_gateway_has_taken_is_not_missed_and_what_it_took_too_early_comes_again() {
    let folder = tempfile::tempdir().unwrap();
    let sink = sink(folder.path(), false);
    sink.deliver(&three()).await.unwrap();
    // The gateway is at work: the records are gone, the manifest not yet.
    fs::remove_file(path(folder.path(), ".ndjson")).unwrap();
    sink.deliver(&three()).await.unwrap();
    assert_eq!(names(folder.path()), [format!("{STEM}.manifest.json")]);
    // All is gone before the delivery was known to us: it comes again under the same names.
    fs::remove_file(path(folder.path(), ".manifest.json")).unwrap();
    sink.deliver(&three()).await.unwrap();
    assert_eq!(names(folder.path()), [format!("{STEM}.manifest.json"), format!("{STEM}.ndjson")]);
}

#[tokio::test]
async fn what_is_not_ours_is_never_replaced() {
    for ending in [".ndjson", ".manifest.json", ".raw"] {
        let folder = tempfile::tempdir().unwrap();
        let mut batch = three();
        batch.lines[0].captures = vec![Capture::new(None, Origin::Ssh, b"raw".to_vec(), None)];
        let (foreign, inside) = (path(folder.path(), ending), path(folder.path(), ".raw").join("x"));
        if ending == ".raw" {
            fs::create_dir(&foreign).unwrap();
            fs::write(&inside, "foreign").unwrap();
        } else {
            fs::write(&foreign, "foreign").unwrap();
        }
        let sink = sink(folder.path(), true);
        for _ in 0..2 {
            let reason = later(sink.deliver(&batch).await);
            assert!(
                reason.contains(&format!("{STEM}{ending}")) && reason.contains("move it away"),
                "{ending}: {reason}"
            );
        }
        let kept = if ending == ".raw" { &inside } else { &foreign };
        assert_eq!(fs::read(kept).unwrap(), b"foreign");
        assert!(ending == ".manifest.json" || !path(folder.path(), ".manifest.json").exists());
        fs::rename(&foreign, folder.path().join("away")).unwrap();
        sink.deliver(&batch).await.unwrap();
    }
}

#[tokio::test]
async fn raw_answers_lie_beside_the_records_each_device_apart() {
    let folder = tempfile::tempdir().unwrap();
    let capture = |raw: &[u8]| vec![Capture::new(None, Origin::Ssh, raw.to_vec(), None)];
    let mut batch =
        batch(41, vec![line(1, "a b", "complete"), line(2, "A_B", "complete"), line(3, "c", "failed")]);
    batch.lines[0].captures = capture(b"one");
    batch.lines[1].captures = capture(b"two");
    sink(folder.path(), true).deliver(&batch).await.unwrap();
    let raw = path(folder.path(), ".raw");
    assert_eq!(names(&raw), ["A_B~2", "a_b"]);
    assert_eq!(fs::read(raw.join("a_b/01-capture.txt")).unwrap(), b"one");
    let manifest = manifest(folder.path());
    assert_eq!(manifest["files"][2]["name"], format!("{STEM}.raw/A_B~2/01-capture.txt"));
    assert_eq!(manifest["files"][2]["sha256"], sha256(b"two"));
    // A sink that keeps none leaves them out, whatever it is handed.
    let folder = tempfile::tempdir().unwrap();
    sink(folder.path(), false).deliver(&batch).await.unwrap();
    assert!(!path(folder.path(), ".raw").exists());
}

#[tokio::test]
async fn folders_that_take_nothing_are_told_with_a_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let gone = folder.path().join("gone");
    for (directory, said) in [
        (gone.as_path(), "check that its file system is mounted"),
        (&file, "name a folder"),
        // Nobody can create a file there, root included.
        (Path::new("/sys"), "give the agent's user write access, or remount it read-write"),
    ] {
        let reason = later(sink(directory, false).deliver(&three()).await);
        assert!(reason.contains(said), "{reason}");
    }
    // The mount comes back: the same sink goes on.
    let sink = sink(&gone, false);
    later(sink.deliver(&three()).await);
    fs::create_dir(&gone).unwrap();
    sink.deliver(&three()).await.unwrap();
}

#[tokio::test]
async fn half_written_files_of_a_killed_run_are_removed_and_no_others() {
    let folder = tempfile::tempdir().unwrap();
    let old = SystemTime::UNIX_EPOCH;
    let put = |name: &str, written: SystemTime| {
        let file = fs::File::create(folder.path().join(name)).unwrap();
        file.set_modified(written).unwrap();
    };
    let future = SystemTime::now() + Duration::from_secs(3600);
    put(".licwatch-hq-Ab12Cd.tmp", old);
    put(".licwatch-hq-young1.tmp", future);
    put(".licwatch-hq-2-Ab12Cd.tmp", old);
    put(".licwatch-oslo-Ab12Cd.tmp", old);
    put(".licwatch-hq-Ab12Cd.tmp.keep", old);
    put("licwatch-hq-20251122T100000Z-000001.ndjson", old);
    let staging = folder.path().join(".licwatch-hq-Folder.tmp");
    fs::create_dir(&staging).unwrap();
    fs::write(staging.join("x"), "").unwrap();
    fs::File::open(&staging).unwrap().set_modified(old).unwrap();
    sink(folder.path(), false).deliver(&batch(41, vec![line(1, "a", "complete")])).await.unwrap();
    assert_eq!(
        names(folder.path()),
        [
            ".licwatch-hq-2-Ab12Cd.tmp".to_owned(),
            ".licwatch-hq-Ab12Cd.tmp.keep".to_owned(),
            ".licwatch-hq-young1.tmp".to_owned(),
            ".licwatch-oslo-Ab12Cd.tmp".to_owned(),
            "licwatch-hq-20251122T100000Z-000001.ndjson".to_owned(),
            format!("{STEM}.manifest.json"),
            format!("{STEM}.ndjson"),
        ]
    );
}

/// Names the folder of a small file system to the part of the test that runs within a mount namespace.
const SMALL: &str = "LICWATCH_TEST_SMALL_FOLDER";

#[tokio::test]
async fn a_full_and_a_read_only_file_system_lose_nothing() {
    if let Some(folder) = std::env::var_os(SMALL) {
        return on_a_small_file_system(Path::new(&folder)).await;
    }
    let folder = tempfile::tempdir().unwrap();
    let within = |script: &str| {
        let mut command = Command::new("unshare");
        command.args(["--map-root-user", "--mount", "sh", "-c", script, "sh"]).arg(folder.path());
        command
    };
    let mount = "mount -t tmpfs -o size=64k tmpfs \"$1\"";
    if !within(mount).status().is_ok_and(|status| status.success()) {
        assert!(std::env::var_os("CI").is_none(), "CI needs mount namespaces for this test");
        eprintln!("no mount namespaces here: the full disk is tested by a file size limit alone");
        return;
    }
    let test = "deliver::file_drop::sink::tests::a_full_and_a_read_only_file_system_lose_nothing";
    let mut child = within(&format!("{mount} && exec \"$2\" --exact {test} --nocapture"));
    child.arg(std::env::current_exe().unwrap()).env(SMALL, folder.path());
    let said = child.output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&said.stdout), String::from_utf8_lossy(&said.stderr));
    assert!(said.status.success() && out.contains("1 passed"), "{out}{err}");
}

async fn on_a_small_file_system(folder: &Path) {
    let sink = sink(folder, false);
    let filler = folder.join("filler");
    fs::write(&filler, vec![b'x'; 48 << 10]).unwrap();
    let lines = (0..400).map(|seq| line(seq, "edge", "complete")).collect();
    let batch = batch(41, lines);
    for _ in 0..3 {
        let reason = later(sink.deliver(&batch).await);
        assert!(
            reason.contains("No space left") && reason.contains("make room: nothing is lost"),
            "{reason}"
        );
        assert_eq!(names(folder), ["filler"], "nothing torn is left");
    }
    let remount = |how: &str| {
        let done = Command::new("mount").args(["-o", how]).arg(folder).status().unwrap();
        assert!(done.success());
    };
    fs::remove_file(&filler).unwrap();
    remount("remount,ro");
    let reason = later(sink.deliver(&batch).await);
    assert!(reason.contains("Read-only file system") && reason.contains("remount it read-write"), "{reason}");
    remount("remount,rw");
    sink.deliver(&batch).await.unwrap();
    assert_eq!(manifest(folder)["devices"]["complete"], 400);
}
