//! Drops as the real file drop makes them, damaged in every way, and saved output.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use jiff::ToSpan;
use licwatch_parsers::Command;
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::capture::{Capture, Origin, sha256};
use crate::clock::{Clock, SystemClock};
use crate::collect::with_record;
use crate::deliver::file_drop::{Contents, FileDrop, Published};
use crate::journal::{GENESIS, Head, JournalKey};
use crate::store;
use crate::store::Collected;

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
        let terms = Terms { carrier, device: None, accept_key: None, inventory: Vec::new() };
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

    /// A drop with the head of a journal in its manifest.
    fn signed(&self, key: &JournalKey, seq: u64, at: Timestamp) -> Published {
        let published = self.publish("branch", &[&answer("branch", "edge-1")]);
        let head = Head::sign(key, "branch", seq, GENESIS, at);
        change(&published.manifest, |manifest| manifest["journal_head"] = head.to_json());
        published
    }

    fn take(&self, path: &Path) -> Result<Taken, IngestError> {
        let found = find(path)?;
        let [found] = found.as_slice() else { panic!("{found:?}") };
        take(&self.store, found, &self.terms)
    }

    fn all(&self) -> Vec<Result<Taken, IngestError>> {
        let found = find(&self.drop_folder()).unwrap();
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

#[test]
fn a_drop_is_taken_in_once_with_its_ids_and_captures() {
    let scene = Scene::new();
    let (edge, core) = (answer("branch", "edge-1"), answer("hq", "core-1"));
    let published = scene.publish("branch", &[&edge, &core]);
    let taken = scene.take(&published.manifest).unwrap();
    assert_eq!((taken.observations, taken.repeated, taken.findings.len()), (2, 0, 0));
    assert_eq!(taken.captures, 2, "both records rest on the one answer");
    assert_eq!(scene.count("SELECT count(*) FROM observations"), 2);
    assert_eq!(scene.count("SELECT count(*) FROM captures"), 1, "it is kept once");
    // Another agent's device is told from ours of the same name.
    assert_eq!(scene.count("SELECT count(*) FROM devices WHERE name IN ('branch/edge-1', 'core-1')"), 2);
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
fn a_chassis_that_two_agents_poll_is_a_device_of_each() {
    let scene = Scene::new();
    let polled = |device: &str| {
        let Answer { line, captures } = answer("branch", "edge-1");
        let line: Value = serde_json::from_str(&line).unwrap();
        Collected {
            device: device.to_owned(),
            id: Uuid::now_v7(),
            polled_at: now(),
            outcome: crate::observation::Outcome::Complete,
            summary: crate::observation::Summary::default(),
            serial_numbers: vec![line["device"]["serial_number"].as_str().unwrap().to_owned()],
            line: line.to_string(),
            offset_ms: None,
            captures,
            actor: Actor::Daemon,
            carried_by: None,
        }
    };
    let (ours, moved) = (polled("edge-1"), polled("edge-9"));
    let list = |names: [&'static str; 1]| {
        let names = names.map(str::to_owned);
        scene.store.write_blocking(move |tx| tx.list_devices(&names)).unwrap();
    };
    list(["edge-1"]);
    scene.store.write_blocking(move |tx| tx.collect(&ours)).unwrap();
    scene.take(&scene.publish("branch", &[&answer("branch", "edge-1")]).manifest).unwrap();
    let of = "SELECT count(*) FROM observations o JOIN devices d ON d.id = o.device WHERE d.name = ";
    let count = |name: &str| {
        let sql = format!("{of}'{name}'");
        scene.store.read_blocking(|it| Ok(it.query_row(&sql, [], |row| row.get::<_, i64>(0))?)).unwrap()
    };
    assert_eq!((count("edge-1"), count("branch/edge-1")), (1, 1));
    // A new name here takes the place of our old one, never of the other agent's.
    list(["edge-9"]);
    scene.store.write_blocking(move |tx| tx.collect(&moved)).unwrap();
    assert_eq!((count("edge-9"), count("branch/edge-1")), (2, 1));
    assert_eq!(scene.count("SELECT count(*) FROM events WHERE kind = 'renamed'"), 1);
}

#[test]
fn every_damage_is_refused_and_nothing_of_it_is_kept() {
    type Damage = fn(&Scene, &Published);
    fn edit_line(published: &Published, edit: impl FnOnce(String) -> String) {
        let records = edit(fs::read_to_string(&published.records).unwrap());
        fs::write(&published.records, &records).unwrap();
        change(&published.manifest, |manifest| {
            manifest["files"][0]["bytes"] = records.len().into();
            manifest["files"][0]["sha256"] = sha256(records.as_bytes()).into();
        });
    }
    let damages: [(&str, &str, Damage); 22] = [
        ("records cut", "bytes, its manifest says", |_, it| {
            let bytes = fs::read(&it.records).unwrap();
            fs::write(&it.records, &bytes[..bytes.len() - 7]).unwrap();
        }),
        ("records flipped", "its SHA-256 is", |_, it| {
            let mut bytes = fs::read(&it.records).unwrap();
            bytes[200] ^= 1;
            fs::write(&it.records, bytes).unwrap();
        }),
        ("records gone", "cannot be read", |_, it| fs::remove_file(&it.records).unwrap()),
        ("capture flipped", "its SHA-256 is", |_, it| {
            let path = it.raw.clone().unwrap().join("edge-1/01-show_license_all.txt");
            let mut bytes = fs::read(&path).unwrap();
            bytes[9] ^= 1;
            fs::write(&path, bytes).unwrap();
        }),
        ("capture is a link", "cannot be read", |scene, it| {
            let path = it.raw.clone().unwrap().join("edge-1/01-show_license_all.txt");
            fs::rename(&path, scene.folder.path().join("elsewhere")).unwrap();
            symlink(scene.folder.path().join("elsewhere"), &path).unwrap();
        }),
        ("folder is a link", "cannot be read", |scene, it| {
            let path = it.raw.clone().unwrap();
            fs::rename(&path, scene.folder.path().join("elsewhere")).unwrap();
            symlink(scene.folder.path().join("elsewhere"), &path).unwrap();
        }),
        ("records are a folder", "no ordinary file", |_, it| {
            fs::remove_file(&it.records).unwrap();
            fs::create_dir(&it.records).unwrap();
        }),
        ("lines counted wrongly", "it has 1 lines, its manifest says 2", |_, it| {
            change(&it.manifest, |manifest| manifest["files"][0]["lines"] = 2.into());
        }),
        ("a name outside", "is no file below its folder", |scene, it| {
            fs::write(scene.folder.path().join("secret"), "x").unwrap();
            change(&it.manifest, |manifest| manifest["files"][0]["name"] = "../secret".into());
        }),
        ("an absolute name", "is no file below its folder", |_, it| {
            change(&it.manifest, |manifest| manifest["files"][0]["name"] = "/etc/passwd".into());
        }),
        ("a name twice", "twice", |_, it| {
            change(&it.manifest, |manifest| manifest["files"][1] = manifest["files"][0].clone());
        }),
        ("another form", "its form is licwatch/drop-manifest/9", |_, it| {
            change(&it.manifest, |manifest| manifest["schema"] = "licwatch/drop-manifest/9".into());
        }),
        ("no JSON", "is damaged", |_, it| {
            let text = fs::read(&it.manifest).unwrap();
            fs::write(&it.manifest, &text[..text.len() / 2]).unwrap();
        }),
        ("a member missing", "missing field `sequence`", |_, it| {
            change(&it.manifest, |manifest| drop(manifest.as_object_mut().unwrap().remove("sequence")));
        }),
        ("a huge file", "more than is taken in at once", |_, it| {
            change(&it.manifest, |manifest| manifest["files"][0]["bytes"] = (1_u64 << 40).into());
        }),
        ("many lines", "more than is taken in at once", |_, it| {
            change(&it.manifest, |manifest| manifest["files"][0]["lines"] = 100_001.into());
        }),
        ("a huge number", "is no number of a drop", |_, it| {
            change(&it.manifest, |manifest| manifest["sequence"] = u64::MAX.into());
        }),
        ("a line of another form", "line 1 has the form licwatch/device-record/2", |_, it| {
            edit_line(it, |line| line.replacen("licwatch/device-record/1", "licwatch/device-record/2", 1));
        }),
        ("a line that is no JSON", "line 1 is no JSON", |_, it| {
            edit_line(it, |line| line.replacen('{', "", 1));
        }),
        ("a line without an end", "does not end", |_, it| edit_line(it, |line| line.trim_end().to_owned())),
        ("a line without an id", "line 1 is no observation", |_, it| {
            edit_line(it, |line| line.replacen("\"outcome\"", "\"outgone\"", 1));
        }),
        ("a device like a path", "no usable name", |_, it| {
            edit_line(it, |line| line.replacen("\"device\":\"edge-1\"", "\"device\":\"a/b\"", 1));
        }),
    ];
    for (name, words, damage) in damages {
        let scene = Scene::new();
        let published = scene.publish("branch", &[&answer("branch", "edge-1")]);
        damage(&scene, &published);
        let error = scene.take(&published.manifest).expect_err(name);
        assert!(error.to_string().contains(words), "{name}: {error}");
        for table in ["observations", "captures", "events", "carried_drops", "outbox", "devices"] {
            let sql: &'static str = Box::leak(format!("SELECT count(*) FROM {table}").into_boxed_str());
            assert_eq!(scene.count(sql), 0, "{name}: {table}");
        }
        assert_eq!(scene.journal().len(), 1, "{name}: journal_begun alone");
    }
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
fn an_agent_is_held_to_the_key_that_it_was_seen_with() {
    let mut scene = Scene::new();
    let place = tempfile::tempdir().unwrap();
    let key = JournalKey::make(place.path()).unwrap();
    let first = scene.signed(&key, 10, now());
    assert_eq!(scene.take(&first.manifest).unwrap().findings, []);

    // A head that somebody edited.
    let edited = scene.signed(&key, 11, now());
    change(&edited.manifest, |manifest| manifest["journal_head"]["seq"] = 12.into());
    let error = scene.take(&edited.manifest).unwrap_err();
    assert!(error.to_string().contains("the signature of its journal head is wrong"), "{error}");
    // Somebody else's head.
    change(&edited.manifest, |manifest| {
        manifest["journal_head"] = Head::sign(&key, "other", 12, GENESIS, now()).to_json();
    });
    assert!(scene.take(&edited.manifest).unwrap_err().to_string().contains("its journal head of other"));
    fs::remove_file(&edited.manifest).unwrap();

    // None at all, where there was one.
    let unsigned = scene.publish("branch", &[&answer("branch", "edge-1")]);
    assert!(scene.take(&unsigned.manifest).unwrap().findings.iter().any(|it| it.kind == "unsigned"));

    // Later, and shorter.
    let later = scene.signed(&key, 9, now() + 1.hour());
    assert!(scene.take(&later.manifest).unwrap().findings.iter().any(|it| it.kind == "journal_rewritten"));

    // Another key is refused until somebody has asked.
    let other_place = tempfile::tempdir().unwrap();
    let other = JournalKey::make(other_place.path()).unwrap();
    let strange = scene.signed(&other, 1, now() + 2.hours());
    let error = scene.take(&strange.manifest).unwrap_err();
    assert!(matches!(error, IngestError::OtherKey { .. }), "{error}");
    assert!(error.is_finding() && error.to_string().contains(&format!("--accept-key {}", other.public())));
    scene.terms.accept_key = Some(other.public().to_string());
    assert_eq!(scene.take(&strange.manifest).unwrap().observations, 1);
    scene.terms.accept_key = None;
    let next = scene.signed(&other, 2, now() + 3.hours());
    let kinds: Vec<_> = scene.take(&next.manifest).unwrap().findings.iter().map(|it| it.kind).collect();
    assert!(!kinds.contains(&"journal_rewritten"), "{kinds:?}");
    assert!(matches!(scene.take(&scene.signed(&key, 20, now()).manifest), Err(IngestError::OtherKey { .. })));
}

#[test]
fn a_dry_run_says_the_same_and_keeps_nothing() {
    let scene = Scene::new();
    let drops: Vec<_> = (0..4).map(|_| scene.publish("branch", &[&answer("branch", "edge-1")])).collect();
    fs::remove_file(&drops[1].records).unwrap();
    let found = find(&scene.drop_folder()).unwrap();
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

fn saved(scene: &Scene, name: &str) -> PathBuf {
    let folder = scene.folder.path().join(name);
    fs::create_dir(&folder).unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/captures/ios-xe");
    for command in ["show_version", "show_license_all"] {
        fs::copy(root.join(command).join("c8000v.txt"), folder.join(format!("{command}.txt"))).unwrap();
    }
    folder
}

#[test]
fn saved_output_is_one_observation_and_says_who_carried_it() {
    let mut scene = Scene::new();
    let folder = saved(&scene, "edge");
    scene.terms.carrier.at = Some(now());
    let taken = scene.take(&folder).unwrap();
    assert_eq!((taken.device.as_deref(), taken.observations, taken.captures), (Some("edge-vr2"), 1, 2));
    let line: Vec<u8> = scene
        .store
        .read_blocking(|it| Ok(it.query_row("SELECT line FROM observations", [], |row| row.get(0))?))
        .unwrap();
    let line: Value = serde_json::from_slice(&zstd::decode_all(line.as_slice()).unwrap()).unwrap();
    let observation = &line["observation"];
    assert_eq!((&observation["agent"], &observation["device"]), (&json!("hq"), &json!("edge-vr2")));
    assert_eq!((&observation["transport"], &observation["carried_by"]), (&json!("file"), &json!("courier")));
    assert_eq!((&observation["polled_at"], &observation["outcome"]), (&json!(now()), &json!("complete")));
    assert_eq!(line["licensing"]["model"], "slup");
    let imported = scene.journal().into_iter().find(|entry| entry["kind"] == "imported").unwrap();
    let version = sha256(&fs::read(folder.join("show_version.txt")).unwrap());
    assert!(imported["files"].to_string().contains(&version), "{imported}");
    let again = scene.take(&folder).unwrap();
    assert_eq!((again.observations, again.repeated), (0, 1));

    scene.terms.device = Some("edge-9".to_owned());
    assert_eq!(scene.take(&folder.join("show_version.txt")).unwrap().device.as_deref(), Some("edge-9"));
    let states = scene.count("SELECT count(*) FROM observations WHERE outcome = 'partial'");
    assert_eq!(states, 1, "a version alone tells no licences");
}

#[test]
fn what_cannot_be_an_observation_is_refused() {
    let scene = Scene::new();
    let path = scene.folder.path().join("x.txt");
    fs::write(&path, "Dear colleague,\nplease find attached\n").unwrap();
    assert!(matches!(scene.take(&path), Err(IngestError::NotRecognized { .. })));
    fs::write(&path, capture().raw).unwrap();
    assert!(matches!(scene.take(&path), Err(IngestError::NoDevice { .. })), "it tells no host name");
    assert!(matches!(scene.take(&scene.folder.path().join("nowhere")), Err(IngestError::Unreadable { .. })));
    let empty = scene.folder.path().join("empty");
    fs::create_dir(&empty).unwrap();
    assert!(matches!(scene.take(&empty), Err(IngestError::Empty { .. })));
    let huge = scene.folder.path().join("huge.txt");
    fs::File::create(&huge).unwrap().set_len((64 << 20) + 1).unwrap();
    assert!(matches!(scene.take(&huge), Err(IngestError::TooLarge { .. })));
}

#[test]
fn a_recorded_session_must_be_what_its_manifest_says() {
    let mut scene = Scene::new();
    scene.terms.device = Some("edge-1".to_owned());
    let folder = saved(&scene, "session");
    let raw = fs::read(folder.join("show_license_all.txt")).unwrap();
    let manifest = |file: &str, digest: &str| {
        let session = json!({
            "schema": "licwatch/capture-session/1", "licwatch": "0.1.0", "recorded_at": now(), "duration_ms": 1,
            "platform": "ios-xe", "transport": "ssh", "outcome": "partial",
            "captures": [{"file": file, "command": "show license all", "transport": "ssh", "at": now(),
                          "bytes": raw.len(), "sha256": digest}],
        });
        fs::write(folder.join("session.json"), session.to_string()).unwrap();
    };
    manifest("show_license_all.txt", &sha256(b"other"));
    assert!(scene.take(&folder).unwrap_err().to_string().contains("it is not what session.json says"));
    manifest("../x.txt", "");
    assert!(matches!(scene.take(&folder), Err(IngestError::Damaged { .. })));
    manifest("gone.txt", "");
    assert!(matches!(scene.take(&folder), Err(IngestError::Damaged { .. })));
    symlink("/etc/hostname", folder.join("link.txt")).unwrap();
    manifest("link.txt", "");
    assert!(matches!(scene.take(&folder), Err(IngestError::Damaged { .. })));
    manifest("show_license_all.txt", &sha256(&raw));
    let taken = scene.take(&folder).unwrap();
    assert_eq!((taken.what, taken.captures), ("recorded_session", 1));
    let polled_at = scene.count("SELECT polled_at FROM observations WHERE outcome = 'partial'");
    assert_eq!(polled_at, now().as_microsecond());
}

#[test]
fn what_was_saved_in_the_future_counts_as_of_now() {
    let scene = Scene::new();
    let path = scene.folder.path().join("clock.txt");
    let text = "edge-1#show clock\n10:14:52.500 UTC Mon Jan 12 2043\nedge-1#show version\n";
    fs::write(&path, text).unwrap();
    let before = SystemClock::new().now().as_microsecond();
    match scene.take(&path) {
        Ok(taken) => {
            assert!(taken.notes.iter().any(|note| note.contains("it counts as of now")), "{taken:?}");
        }
        Err(error) => panic!("{error}"),
    }
    assert!(scene.count("SELECT polled_at FROM observations") >= before);
}
