//! Whose drop it is.

use jiff::ToSpan;

use super::*;

#[test]
fn an_agent_is_held_to_the_key_that_it_was_seen_with() {
    let mut scene = Scene::new();
    let key = key();
    let first = scene.signed(&key, 10, now());
    let taken = scene.take(&first.manifest).unwrap();
    assert_eq!(taken.findings, []);
    let believed = format!("branch is believed to have the key {} from now on", key.public());
    assert!(taken.notes.iter().any(|note| note.starts_with(&believed)), "{:?}", taken.notes);

    // A head that somebody edited.
    let edited = scene.signed(&key, 11, now());
    change(&edited.manifest, |manifest| manifest["journal_head"]["seq"] = 12.into());
    sign(&edited.manifest, &key);
    let error = scene.take(&edited.manifest).unwrap_err();
    assert!(error.to_string().contains("the signature of its journal head is wrong"), "{error}");
    // Somebody else's head.
    change(&edited.manifest, |manifest| {
        manifest["journal_head"] = Head::sign(&key, "other", 12, GENESIS, now()).to_json();
    });
    sign(&edited.manifest, &key);
    assert!(scene.take(&edited.manifest).unwrap_err().to_string().contains("its journal head of other"));
    fs::remove_file(&edited.manifest).unwrap();

    // Later, and shorter.
    let later = scene.signed(&key, 9, now() + 1.hour());
    assert!(scene.take(&later.manifest).unwrap().findings.iter().any(|it| it.kind == "journal_rewritten"));

    // Another key is refused until somebody has asked.
    let other = self::key();
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
fn what_the_agent_did_not_sign_is_refused() {
    let mut scene = Scene::new();
    let key = key();
    scene.take(&scene.signed(&key, 10, now()).manifest).unwrap();
    let before = scene.count("SELECT count(*) FROM observations");

    // The head is genuine; the records are somebody else's.
    let forged = scene.signed(&key, 11, now());
    let line = fs::read_to_string(&forged.records).unwrap().replace("192.0.2.1", "192.0.2.9");
    fs::write(&forged.records, &line).unwrap();
    let edit = |manifest: &mut Value| manifest["files"][0]["sha256"] = sha256(line.as_bytes()).into();
    let signed = fs::read_to_string(&forged.manifest).unwrap();
    let digest = serde_json::from_str::<Value>(&signed).unwrap()["files"][0]["sha256"].clone();
    fs::write(&forged.manifest, signed.replace(digest.as_str().unwrap(), &sha256(line.as_bytes()))).unwrap();
    let error = scene.take(&forged.manifest).unwrap_err();
    assert!(error.to_string().contains("it was changed after it was signed"), "{error}");
    // Without the signature it is not signed at all, genuine head or not.
    change(&forged.manifest, |manifest| {
        edit(manifest);
        manifest.as_object_mut().unwrap().remove("signature");
    });
    let error = scene.take(&forged.manifest).unwrap_err();
    assert!(matches!(error, IngestError::Unsigned { .. }) && error.is_finding(), "{error}");
    assert!(error.to_string().contains(&key.public().to_string()), "{error}");
    // Signed by the forger, with the agent's head.
    sign(&forged.manifest, &self::key());
    let error = scene.take(&forged.manifest).unwrap_err();
    assert!(error.to_string().contains("signed by another key than its journal head"), "{error}");
    assert_eq!(scene.count("SELECT count(*) FROM observations"), before);

    // A person polled by hand, and somebody has asked.
    scene.terms.unsigned = true;
    let polled = scene.publish("branch", &[&answer("branch", "edge-1")]);
    let taken = scene.take(&polled.manifest).unwrap();
    assert_eq!((taken.findings[0].kind, taken.observations), ("unsigned", 1));
    let known = scene.count("SELECT count(*) FROM agent_heads WHERE seq = 10");
    assert_eq!(known, 1, "what nobody signed changes nothing of what is known");
}

#[test]
fn a_dry_run_holds_an_agent_to_the_key_that_it_has_just_shown() {
    let scene = Scene::new();
    scene.signed(&key(), 1, now());
    scene.signed(&key(), 1, now());
    let found = find(&scene.drop_folder()).unwrap().found;
    let tried = try_out(&scene.store, &found, &scene.terms).unwrap();
    assert!(tried.taken[0].is_ok());
    assert!(matches!(tried.taken[1], Err(IngestError::OtherKey { .. })), "{tried:?}");
    assert_eq!(scene.count("SELECT count(*) FROM agent_heads"), 0);
}

#[test]
fn our_own_drops_are_signed_by_our_own_key() {
    let scene = Scene::new();
    let drop = scene.publish("hq", &[&answer("hq", "core-1")]);
    assert!(matches!(scene.take(&drop.manifest), Err(IngestError::Unsigned { .. })));
    sign(&drop.manifest, &key());
    assert!(matches!(scene.take(&drop.manifest), Err(IngestError::OtherKey { .. })));
    sign(&drop.manifest, &scene.store.key());
    assert_eq!(scene.take(&drop.manifest).unwrap().observations, 1);
    assert_eq!(scene.count("SELECT count(*) FROM devices WHERE name = 'core-1'"), 1);
}
