//! Drops as the real file drop makes them, damaged in every way, and saved output.

use std::fs;
use std::path::{Path, PathBuf};

use licwatch_parsers::Command;
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::capture::{Capture, Origin, sha256};
use crate::clock::{Clock, SystemClock};
use crate::collect::with_record;
use crate::deliver::file_drop::{Contents, FileDrop, Published};
use crate::journal::{GENESIS, Head, JournalKey, document};
use crate::store;
use crate::store::Collected;

mod damage;
mod keys;
mod names;
mod output;
mod room;

/// A store that takes in, and a folder that drops of another agent lie in.
struct Scene {
    folder: tempfile::TempDir,
    store: Store,
    terms: Terms,
}

/// One device's answer, and the line that its agent made of it.
struct Answer {
    captures: Vec<Capture>,
    line: String,
}

fn capture() -> Capture {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../testdata/captures/ios-xe/show_license_all/c9300-stack.txt");
    Capture::new(Some(Command::ShowLicenseAll), Origin::Ssh, fs::read(path).unwrap(), Some(now()))
}

fn now() -> Timestamp {
    "2026-11-21T17:53:00Z".parse().unwrap()
}

fn answer(agent: &str, device: &str) -> Answer {
    let captures = vec![capture()];
    let mut line = with_record(&captures, None, |record| serde_json::to_value(&record).unwrap());
    // No two of them are one chassis.
    line["device"]["serial_number"] = json!(format!("{agent}-{device}"));
    line["device"]["udis"] = json!([]);
    line["observation"] = json!({
        "id": Uuid::now_v7(), "agent": agent, "device": device, "address": "192.0.2.1", "polled_at": now(),
        "duration_ms": 1, "transport": "ssh", "outcome": "complete",
    });
    Answer { captures, line: line.to_string() }
}

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("drop")).unwrap();
        let clock = Arc::new(SystemClock::new());
        let store = Store::open(&folder.path().join("state"), "hq", clock).unwrap();
        let carrier =
            Carrier { actor: Actor::Operator("anna".to_owned()), by: "courier".to_owned(), at: None };
        let (inventory, now) = (Vec::new(), SystemClock::new().now());
        let terms = Terms { carrier, device: None, accept_key: None, unsigned: false, inventory, now };
        Self { folder, store, terms }
    }

    fn drop_folder(&self) -> PathBuf {
        self.folder.path().join("drop")
    }

    /// The next drop of an agent, with raw captures.
    fn publish(&self, agent: &str, answers: &[&Answer]) -> Published {
        let contents = Contents {
            lines: answers.iter().map(|answer| answer.line.as_str()).collect(),
            captures: answers.iter().map(|answer| ("edge-1", answer.captures.as_slice())).take(1).collect(),
            ..Contents::default()
        };
        FileDrop::open(self.drop_folder(), agent).unwrap().publish(now(), &contents).unwrap()
    }

    /// A drop that a key signed, with the head of its journal in the manifest.
    fn signed(&self, key: &JournalKey, seq: u64, at: Timestamp) -> Published {
        let published = self.publish("branch", &[&answer("branch", "edge-1")]);
        let head = Head::sign(key, "branch", seq, GENESIS, at);
        change(&published.manifest, |manifest| manifest["journal_head"] = head.to_json());
        sign(&published.manifest, key);
        published
    }

    fn take(&self, path: &Path) -> Result<Taken, IngestError> {
        let found = find(path)?.found;
        let [found] = found.as_slice() else { panic!("{found:?}") };
        take(&self.store, found, &self.terms)
    }

    fn all(&self) -> Vec<Result<Taken, IngestError>> {
        let found = find(&self.drop_folder()).unwrap().found;
        found.iter().map(|found| take(&self.store, found, &self.terms)).collect()
    }

    /// The numbers that are missing of the agent of a drop that was taken in.
    fn missing(&self, taken: &Taken) -> Vec<(u64, u64)> {
        let missing = self.store.read_blocking(|connection| missing(connection, [taken])).unwrap();
        missing.into_iter().map(|it| (it.first, it.last)).collect()
    }

    fn count(&self, sql: &'static str) -> i64 {
        self.store.read_blocking(move |it| Ok(it.query_row(sql, [], |row| row.get(0))?)).unwrap()
    }

    fn journal(&self) -> Vec<Value> {
        let mut entries = Vec::new();
        self.store
            .read_blocking(|connection| {
                store::journal::each(connection, |kept| {
                    entries.push(serde_json::from_slice(kept.entry).unwrap());
                    true
                })
            })
            .unwrap();
        entries
    }
}

fn change(manifest: &Path, change: impl FnOnce(&mut Value)) {
    let mut value: Value = serde_json::from_slice(&fs::read(manifest).unwrap()).unwrap();
    change(&mut value);
    fs::write(manifest, value.to_string()).unwrap();
}

/// Signs a manifest anew, as it is now.
fn sign(manifest: &Path, key: &JournalKey) {
    let Value::Object(members) = serde_json::from_slice(&fs::read(manifest).unwrap()).unwrap() else {
        panic!()
    };
    fs::write(manifest, document::sign(key, members)).unwrap();
}

fn key() -> JournalKey {
    JournalKey::make(tempfile::tempdir().unwrap().path()).unwrap()
}

#[test]
fn a_drop_is_taken_in_once_with_its_ids_and_captures() {
    let scene = Scene::new();
    let (edge, core) = (answer("branch", "edge-1"), answer("branch", "core-1"));
    let published = scene.publish("branch", &[&edge, &core]);
    let taken = scene.take(&published.manifest).unwrap();
    assert_eq!((taken.observations, taken.repeated, taken.findings.len()), (2, 0, 0));
    assert_eq!(taken.captures, 2, "both records rest on the one answer");
    assert_eq!(scene.count("SELECT count(*) FROM observations"), 2);
    assert_eq!(scene.count("SELECT count(*) FROM captures"), 1, "it is kept once");
    // Another agent's devices are told from ours of the same names.
    assert_eq!(
        scene.count("SELECT count(*) FROM devices WHERE name IN ('branch/edge-1', 'branch/core-1')"),
        2
    );
    let id =
        serde_json::from_str::<Value>(&edge.line).unwrap()["observation"]["id"].as_str().unwrap().to_owned();
    let kept = scene.store.read_blocking(move |it| {
        Ok(it.query_row("SELECT carried_by FROM observations WHERE id = ?", [id], |row| {
            row.get::<_, String>(0)
        })?)
    });
    assert_eq!(kept.unwrap(), "courier");
    let imported = scene.journal().into_iter().find(|entry| entry["kind"] == "imported").unwrap();
    assert_eq!(imported["manifest_sha256"], sha256(&fs::read(&published.manifest).unwrap()));
    assert_eq!((&imported["actor"], &imported["carried_by"]), (&json!("operator anna"), &json!("courier")));
    assert_eq!((&imported["from_agent"], &imported["observations"]), (&json!("branch"), &json!(2)));
    assert_eq!(scene.count("SELECT count(*) FROM events WHERE kind = 'imported'"), 1);

    // The same drop, and the same line in another drop.
    let again = scene.take(&published.manifest).unwrap();
    assert_eq!((again.observations, again.repeated), (0, 2));
    let other = scene.publish("branch", &[&edge, &answer("branch", "edge-2")]);
    let taken = scene.take(&other.records).unwrap();
    assert_eq!((taken.observations, taken.repeated), (1, 1));
    assert_eq!(scene.count("SELECT count(*) FROM observations"), 3);
}

#[test]
fn a_drop_without_manifest_is_not_whole_and_those_beside_it_are_taken() {
    let scene = Scene::new();
    let torn = scene.publish("branch", &[&answer("branch", "edge-1")]);
    scene.publish("branch", &[&answer("branch", "edge-2")]);
    fs::remove_file(&torn.manifest).unwrap();
    let all = scene.all();
    assert!(matches!(&all[0], Err(IngestError::NoManifest { path }) if *path == torn.records), "{all:?}");
    assert_eq!(all[1].as_ref().unwrap().observations, 1);
    assert!(matches!(scene.take(&torn.records), Err(IngestError::NoManifest { .. })));
}

#[test]
fn a_line_that_fails_takes_back_the_whole_drop() {
    let scene = Scene::new();
    let first = answer("branch", "edge-1");
    scene.publish("branch", &[&first]);
    scene.all();
    let before = (scene.count("SELECT count(*) FROM observations"), scene.journal().len());
    // The second line has the id of one that is here, and says something else.
    let changed = Answer { line: first.line.replace("192.0.2.1", "192.0.2.9"), captures: Vec::new() };
    let published = scene.publish("branch", &[&answer("branch", "edge-2"), &changed]);
    let error = scene.take(&published.manifest).unwrap_err();
    assert!(error.to_string().contains("is here already with another content"), "{error}");
    assert_eq!((scene.count("SELECT count(*) FROM observations"), scene.journal().len()), before);
}

#[test]
fn gaps_are_told_until_they_are_closed() {
    let scene = Scene::new();
    let drops: Vec<_> = (0..6).map(|_| scene.publish("branch", &[&answer("branch", "edge-1")])).collect();
    let missing = |number: usize| scene.missing(&scene.take(&drops[number - 1].manifest).unwrap());
    assert_eq!(missing(2), [], "what came before the first is not missed");
    assert_eq!(missing(6), [(3, 5)]);
    assert_eq!(missing(6), [(3, 5)], "told again, though nothing is new");
    assert_eq!(missing(4), [(3, 3), (5, 5)]);
    let taken = scene.take(&drops[4].manifest).unwrap();
    assert_eq!((&taken.closed, scene.missing(&taken)), (&vec![(5, 5)], vec![(3, 3)]));
    // Another process goes on from what is remembered.
    let Scene { folder, store, terms } = scene;
    drop(store);
    let store = Store::open(&folder.path().join("state"), "hq", Arc::new(SystemClock::new())).unwrap();
    let scene = Scene { folder, store, terms };
    let taken = scene.take(&drops[2].manifest).unwrap();
    assert_eq!((&taken.closed, scene.missing(&taken)), (&vec![(3, 3)], vec![]));
}

#[test]
fn numbers_that_were_given_up_are_not_missed() {
    let scene = Scene::new();
    let drops: Vec<_> = (0..7).map(|_| scene.publish("branch", &[&answer("branch", "edge-1")])).collect();
    change(&drops[4].manifest, |manifest| manifest["follows"] = 2.into());
    let missing = |number: usize| scene.missing(&scene.take(&drops[number - 1].manifest).unwrap());
    assert_eq!(missing(1), []);
    assert_eq!(missing(5), [(2, 2)], "3 and 4 never come");
    assert_eq!(missing(7), [(2, 2), (6, 6)]);
    assert_eq!(missing(2), [(6, 6)]);
    // One of them was published before it was given up.
    assert_eq!(missing(4), [(6, 6)]);
    change(&drops[5].manifest, |manifest| manifest["follows"] = 6.into());
    let error = scene.take(&drops[5].manifest).unwrap_err();
    assert!(error.to_string().contains("drop 6 does not follow drop 6"), "{error}");
}

#[test]
fn sinks_have_numbers_of_their_own_and_a_number_that_comes_again_is_told() {
    let scene = Scene::new();
    let drops: Vec<_> = (0..3).map(|_| scene.publish("branch", &[&answer("branch", "edge-1")])).collect();
    change(&drops[2].manifest, |manifest| manifest["sink"] = "drop".into());
    scene.take(&drops[0].manifest).unwrap();
    assert_eq!(scene.missing(&scene.take(&drops[2].manifest).unwrap()), []);
    change(&drops[1].manifest, |manifest| manifest["sequence"] = 1.into());
    let taken = scene.take(&drops[1].manifest).unwrap();
    assert_eq!((taken.findings[0].kind, taken.observations), ("number_again", 1));
}

#[test]
fn a_dry_run_says_the_same_and_keeps_nothing() {
    let scene = Scene::new();
    let drops: Vec<_> = (0..4).map(|_| scene.publish("branch", &[&answer("branch", "edge-1")])).collect();
    fs::remove_file(&drops[1].records).unwrap();
    let found = find(&scene.drop_folder()).unwrap().found;
    let tried = try_out(&scene.store, &found, &scene.terms).unwrap();
    let told = |all: &[Result<Taken, IngestError>]| -> Vec<_> {
        all.iter().map(|it| it.as_ref().map(|it| it.observations).ok()).collect()
    };
    let expected = [Some(1), None, Some(1), Some(1)];
    assert_eq!(told(&tried.taken), expected);
    let [missing] = tried.missing.as_slice() else { panic!("{tried:?}") };
    assert_eq!(missing.finding().text, "drop 2 of branch is missing");
    assert_eq!(scene.count("SELECT count(*) FROM observations"), 0);
    assert_eq!(scene.journal().len(), 1);
    let all = scene.all();
    assert_eq!(told(&all), expected);
    assert_eq!(scene.missing(all[3].as_ref().unwrap()), [(2, 2)]);
}
