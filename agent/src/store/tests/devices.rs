//! Which device it is.

use super::*;

fn told(store: &Store) -> Vec<String> {
    events(store).into_iter().map(|(kind, device)| format!("{kind} {device}")).collect()
}

/// `name uuid` of every device.
fn devices(store: &Store) -> Vec<(String, String)> {
    texts(store, "SELECT name, uuid FROM devices ORDER BY name")
}

#[test]
fn a_device_that_is_listed_under_another_name_keeps_its_id_and_its_history() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    list(&store, &["sw-old", "other"]);
    collect(&store, &answer("sw-old", 0, &["FOC1", "FOC2"]));
    let before = devices(&store);
    list(&store, &["sw-new", "other"]);
    // Before it answers, nobody knows that it is the same.
    collect(&store, &failure("sw-new", 1));
    assert_eq!(devices(&store).len(), 3);
    collect(&store, &answer("sw-new", 2, &["foc2", "FOC3"]));
    let after = devices(&store);
    assert_eq!(after.len(), 2);
    assert_eq!(
        before.iter().find(|it| it.0 == "sw-old").unwrap().1,
        after.iter().find(|it| it.0 == "sw-new").unwrap().1
    );
    assert_eq!(told(&store), ["device_seen sw-old", "renamed sw-new"]);
    let of = "SELECT count(*) FROM observations o JOIN devices d ON d.id = o.device WHERE d.name = 'sw-new'";
    assert_eq!(number(&store, of), 3);
    assert_eq!(store.read_blocking(entries).unwrap(), 4, "behind journal_begun");
}

#[test]
fn two_listed_names_with_one_chassis_are_told_once_and_not_merged() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    list(&store, &["a", "b"]);
    for days in 0..3 {
        collect(&store, &answer("a", days, &["FOC1"]));
        collect(&store, &answer("b", days, &["FOC1"]));
    }
    assert_eq!(told(&store), ["device_seen a", "serial_under_two_names b", "device_seen b"]);
    assert_eq!(devices(&store).len(), 2);
    // It is over, and begins anew.
    collect(&store, &answer("a", 4, &["FOC7"]));
    collect(&store, &answer("a", 5, &["FOC1"]));
    assert_eq!(told(&store)[3..], ["other_chassis a", "other_chassis a", "serial_under_two_names a"]);
}

#[test]
fn a_name_that_is_listed_again_is_told_when_its_chassis_is_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    list(&store, &["a", "b"]);
    collect(&store, &answer("a", 0, &["FOC1"]));
    collect(&store, &answer("b", 0, &["FOC2"]));
    list(&store, &["b"]);
    collect(&store, &answer("b", 1, &["FOC1", "FOC2"]));
    assert_eq!(told(&store), ["device_seen a", "device_seen b"]);
    for _ in 0..2 {
        list(&store, &["A", "B"]);
    }
    assert_eq!(told(&store)[2..], ["serial_under_two_names a"]);
    assert_eq!(devices(&store).len(), 2);
}

#[test]
fn another_chassis_behind_a_name_is_told_once() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    collect(&store, &answer("a", 0, &["FOC1", "FOC2"]));
    // A part of a stack is no other stack; a partial answer leaves out members.
    collect(&store, &answer("a", 1, &["FOC2", "FOC3"]));
    collect(&store, &Collected { outcome: Outcome::Partial, ..answer("a", 2, &["FOC3"]) });
    collect(&store, &Collected { outcome: Outcome::Partial, ..answer("a", 3, &["FOC2"]) });
    collect(&store, &answer("a", 4, &[]));
    assert_eq!(told(&store), ["device_seen a"]);
    for days in 5..8 {
        collect(&store, &answer("a", days, &["FOC9"]));
    }
    assert_eq!(told(&store), ["device_seen a", "other_chassis a"]);
}

#[test]
fn what_is_carried_under_an_unlisted_name_is_the_device_of_its_chassis() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    list(&store, &["core-1"]);
    collect(&store, &answer("core-1", 0, &["FOC1"]));
    let carried = |device: &str, serial: &str| Collected {
        carried_by: Some("anna".to_owned()),
        ..answer(device, 1, &[serial])
    };
    collect(&store, &carried("core-1.example.net", "FOC1"));
    collect(&store, &carried("unknown", "FOC5"));
    let names = texts(&store, "SELECT name, CAST(listed AS TEXT) FROM devices ORDER BY name");
    assert_eq!(names, [("core-1".to_owned(), "1".to_owned()), ("unknown".to_owned(), "0".to_owned())]);
    let of = "SELECT count(*) FROM observations o JOIN devices d ON d.id = o.device WHERE d.name = 'core-1'";
    assert_eq!(number(&store, of), 2);
    // Now it is listed under a name of its own.
    list(&store, &["core-1", "edge-5"]);
    collect(&store, &answer("edge-5", 2, &["FOC5"]));
    assert_eq!(told(&store).last().unwrap(), "renamed edge-5");
}

/// A name that is not listed, as somebody carried it here.
fn carried(name: &str, days: i64, serials: &[&str]) -> Collected {
    Collected { carried_by: Some("anna".to_owned()), ..answer(name, days, serials) }
}

fn observations_of(store: &Store, name: &str) -> i64 {
    let of = "SELECT count(*) FROM observations o JOIN devices d ON d.id = o.device WHERE d.name = ";
    number(store, &format!("{of}'{name}'"))
}

#[test]
fn another_agents_device_stays_itself_whatever_chassis_it_shows() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    collect(&store, &carried("branch/edge-1", 0, &["FOC1"]));
    collect(&store, &carried("branch/edge-2", 0, &["FOC2"]));
    // Somebody swapped the two; and a new one answers with the chassis of an old one.
    collect(&store, &carried("branch/edge-1", 1, &["FOC2"]));
    collect(&store, &Collected { carried_by: Some("anna".to_owned()), ..failure("branch/edge-1", 2) });
    collect(&store, &carried("branch/edge-2", 1, &["FOC1"]));
    collect(&store, &carried("branch/edge-3", 2, &["FOC1"]));
    let counts =
        ["branch/edge-1", "branch/edge-2", "branch/edge-3"].map(|name| observations_of(&store, name));
    assert_eq!(counts, [3, 2, 1]);
    let findings: Vec<_> = told(&store).into_iter().filter(|it| !it.starts_with("device_seen")).collect();
    assert_eq!(
        findings,
        [
            "other_chassis branch/edge-1",
            "serial_under_two_names branch/edge-1",
            "other_chassis branch/edge-2",
            "serial_under_two_names branch/edge-3",
        ]
    );
}

#[test]
fn a_chassis_here_and_at_another_agent_is_told_once() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    list(&store, &["edge-1"]);
    collect(&store, &answer("edge-1", 0, &["FOC1"]));
    for days in 1..3 {
        collect(&store, &carried("branch/edge-1", days, &["FOC1"]));
        list(&store, &["edge-1"]);
    }
    assert_eq!(
        told(&store),
        ["device_seen edge-1", "serial_under_two_names branch/edge-1", "device_seen branch/edge-1"]
    );
    assert_eq!((observations_of(&store, "edge-1"), observations_of(&store, "branch/edge-1")), (1, 2));
}

#[test]
fn a_carried_name_that_is_known_or_fits_two_devices_is_merged_with_none() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    list(&store, &["core-1", "core-2"]);
    collect(&store, &answer("core-1", 0, &["FOC1"]));
    collect(&store, &answer("core-2", 0, &["FOC2"]));
    collect(&store, &carried("spare", 1, &["FOC3"]));
    collect(&store, &carried("spare", 2, &["FOC1"]));
    collect(&store, &carried("stack", 2, &["FOC1", "FOC2"]));
    let counts = ["core-1", "core-2", "spare", "stack"].map(|name| observations_of(&store, name));
    assert_eq!(counts, [1, 1, 2, 1]);
    let findings: Vec<_> = told(&store).into_iter().filter(|it| !it.starts_with("device_seen")).collect();
    assert_eq!(findings[..2], ["other_chassis spare", "serial_under_two_names spare"]);
    assert_eq!(findings[2..].iter().filter(|it| *it == "serial_under_two_names stack").count(), 3);
}
