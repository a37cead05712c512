//! Saved output and recorded sessions.

use std::os::unix::fs::symlink;

use jiff::ToSpan;

use super::*;

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
    let taken = scene.take(&folder.join("show_version.txt")).unwrap();
    assert_eq!(taken.device.as_deref(), Some("edge-vr2"), "what nobody lists is the device of its chassis");
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
    match scene.take(&path) {
        Ok(taken) => {
            assert!(taken.notes.iter().any(|note| note.contains("it counts as of now")), "{taken:?}");
        }
        Err(error) => panic!("{error}"),
    }
    assert_eq!(scene.count("SELECT polled_at FROM observations"), scene.terms.now.as_microsecond());
}

#[test]
fn what_says_the_same_at_another_time_is_no_repeat() {
    let mut scene = Scene::new();
    let folder = saved(&scene, "edge");
    let counts = |scene: &Scene| {
        let found = find(&folder).unwrap().found;
        let tried = try_out(&scene.store, &found, &scene.terms).unwrap();
        let taken = scene.take(&folder).unwrap();
        assert_eq!(tried.taken[0].as_ref().unwrap().repeated, taken.repeated);
        (taken.observations, taken.repeated)
    };
    assert_eq!(counts(&scene), (1, 0));
    let again = scene.take(&folder).unwrap();
    assert_eq!((again.observations, again.repeated), (0, 1));
    assert!(again.notes.iter().any(|note| note.contains("--at TIME")), "{:?}", again.notes);
    for day in 1..3 {
        scene.terms.carrier.at = Some(now() + (24 * day).hours());
        assert_eq!(counts(&scene), (1, 0));
        assert_eq!(counts(&scene), (0, 1));
    }
}

#[test]
fn only_output_enters_the_store_and_what_is_left_is_told() {
    let mut scene = Scene::new();
    scene.terms.device = Some("edge-1".to_owned());
    let folder = saved(&scene, "edge");
    fs::write(scene.folder.path().join("elsewhere"), "hunter2 of another place").unwrap();
    symlink("../elsewhere", folder.join("aaa.txt")).unwrap();
    symlink("..", folder.join("up")).unwrap();
    fs::write(folder.join("letter.txt"), "the enable secret is hunter2\n").unwrap();
    fs::write(folder.join(".hidden"), "x").unwrap();
    fs::create_dir(folder.join("more")).unwrap();
    let holding = find(&folder).unwrap();
    let passed: Vec<_> = holding.passed_over.iter().map(|it| (it.path.clone(), it.why)).collect();
    let link = "it is a link, and links are not followed";
    assert_eq!(
        passed,
        [
            (folder.join("aaa.txt"), link),
            (folder.join("more"), "it is a folder within the one that was named"),
            (folder.join("up"), link),
        ]
    );
    let taken = scene.take(&folder).unwrap();
    assert_eq!((taken.observations, taken.captures), (1, 2));
    let [finding] = taken.findings.as_slice() else { panic!("{taken:?}") };
    assert!(finding.kind == "left_out" && finding.text.contains("letter.txt"), "{finding:?}");
    assert_eq!(scene.count("SELECT count(*) FROM captures"), 2);
    // Not even where somebody names it: a shell may have written the name.
    let error = scene.take(&folder.join("aaa.txt")).unwrap_err();
    assert!(error.to_string().contains("links are not followed"), "{error}");
}

#[test]
fn the_device_that_output_counts_for_is_told() {
    let mut scene = Scene::new();
    scene.store.write_blocking(|tx| tx.list_devices(&["core-9".to_owned()])).unwrap();
    let folder = saved(&scene, "edge");
    scene.terms.device = Some("core-9".to_owned());
    assert_eq!(scene.take(&folder).unwrap().device.as_deref(), Some("core-9"));
    // The host name is new; the chassis is known.
    (scene.terms.device, scene.terms.carrier.at) = (None, Some(now()));
    let found = find(&folder).unwrap().found;
    let tried = try_out(&scene.store, &found, &scene.terms).unwrap();
    for taken in [tried.taken[0].as_ref().unwrap(), &scene.take(&folder).unwrap()] {
        assert_eq!(taken.device.as_deref(), Some("core-9"));
        assert!(
            taken.notes.contains(&"edge-vr2 shows the chassis of core-9, and counts for it".to_owned()),
            "{taken:?}"
        );
    }
}
