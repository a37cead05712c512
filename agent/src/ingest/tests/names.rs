//! What devices go by.

use super::*;

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
fn another_agents_device_that_answers_with_anothers_chassis_stays_itself() {
    let scene = Scene::new();
    let with_serial = |device: &str, serial: &str| {
        let Answer { line, captures } = answer("branch", device);
        let mut line: Value = serde_json::from_str(&line).unwrap();
        line["device"]["serial_number"] = json!(serial);
        Answer { captures, line: line.to_string() }
    };
    scene.take(&scene.publish("branch", &[&with_serial("edge-2", "FOC2")]).manifest).unwrap();
    let taken = scene.take(&scene.publish("branch", &[&with_serial("edge-1", "FOC2")]).manifest).unwrap();
    assert_eq!((taken.observations, taken.notes.iter().any(|it| it.contains("counts for"))), (1, false));
    let of = "SELECT count(*) FROM observations o JOIN devices d ON d.id = o.device WHERE d.name = 'branch/edge-1'";
    assert_eq!(scene.count(of), 1);
    let told = "SELECT count(*) FROM events WHERE kind = 'serial_under_two_names' AND device = \
                (SELECT id FROM devices WHERE name = 'branch/edge-1')";
    assert_eq!(scene.count(told), 1);
}

#[test]
fn nobody_speaks_as_another_agent() {
    let scene = Scene::new();
    let ours = answer("hq", "core-1");
    let drop = scene.publish("branch", &[&answer("branch", "edge-1"), &ours]);
    let error = scene.take(&drop.manifest).unwrap_err();
    assert!(matches!(error, IngestError::NotItsOwn { .. }) && error.is_finding(), "{error}");
    assert_eq!(scene.count("SELECT count(*) FROM devices"), 0, "nothing of the drop is kept");
    let found = find(&drop.manifest).unwrap().found;
    let tried = try_out(&scene.store, &found, &scene.terms).unwrap();
    assert!(matches!(tried.taken[0], Err(IngestError::NotItsOwn { .. })), "{tried:?}");

    // What we said ourselves comes back with what another hands on: it is here already.
    let own = scene.publish("hq", &[&ours]);
    sign(&own.manifest, &scene.store.key());
    scene.take(&own.manifest).unwrap();
    let taken = scene.take(&drop.manifest).unwrap();
    assert_eq!((taken.observations, taken.repeated), (1, 1));

    // A third agent's lines stand under the name of who hands them on.
    let relay = scene.publish("region", &[&answer("branch", "edge-1"), &answer("region", "edge-1")]);
    let taken = scene.take(&relay.manifest).unwrap();
    assert!(taken.notes.contains(&"region hands on what branch said; only region answers for it".to_owned()));
    let names = "SELECT count(*) FROM devices WHERE name IN \
                 ('core-1', 'branch/edge-1', 'region/edge-1', 'region/branch/edge-1')";
    assert_eq!((scene.count(names), scene.count("SELECT count(*) FROM devices")), (4, 4));
}

#[test]
fn an_agent_with_a_name_that_no_drop_has_is_refused() {
    let scene = Scene::new();
    for name in ["region/branch", "hq 1", "../x"] {
        let drop = scene.publish("branch", &[&answer("branch", "edge-1")]);
        change(&drop.manifest, |manifest| manifest["agent"] = name.into());
        let error = scene.take(&drop.manifest).unwrap_err();
        assert!(error.to_string().contains("its agent has no name as drops have them"), "{name}: {error}");
    }
}
