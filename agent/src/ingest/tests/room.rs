//! What it takes of memory and of others' time, and what lies beside.

use std::time::Duration;

use super::*;

#[test]
fn an_answer_that_is_named_often_is_kept_in_memory_once() {
    let scene = Scene::new();
    let Answer { line, captures } = answer("branch", "edge-1");
    let mut line: Value = serde_json::from_str(&line).unwrap();
    let source = line["sources"][0].clone();
    line["sources"] = vec![source; 1000].into();
    let drop = scene.publish("branch", &[&Answer { line: line.to_string(), captures }]);
    let (own, terms) = (Own::of(&scene.store), &scene.terms);
    let read = ReadyDrop::read(&drop.manifest, own, terms).unwrap();
    assert_eq!(read.lines[0].ready.answers(), 1000);
    assert_eq!(read.lines[0].ready.distinct_answers(), 1);
    let taken = scene.take(&drop.manifest).unwrap();
    assert_eq!(taken.captures, 1000, "the same answer may have been given to many commands");
    assert_eq!(scene.count("SELECT count(*) FROM captures"), 1);
    assert_eq!(scene.count("SELECT count(*) FROM observation_captures"), 1000);
}

#[test]
fn a_drop_is_read_and_a_dry_run_done_while_another_holds_the_store() {
    let scene = Scene::new();
    let drop = scene.publish("branch", &[&answer("branch", "edge-1")]);
    let other =
        rusqlite::Connection::open(scene.folder.path().join("state").join(crate::store::FILE)).unwrap();
    other.busy_timeout(Duration::ZERO).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let found = find(&drop.manifest).unwrap().found;
    let tried = try_out(&scene.store, &found, &scene.terms).unwrap();
    assert_eq!(tried.taken[0].as_ref().unwrap().observations, 1);
    // What is damaged is found without asking for the store at all.
    let bytes = fs::read(&drop.records).unwrap();
    fs::write(&drop.records, &bytes[1..]).unwrap();
    assert!(matches!(scene.take(&drop.manifest), Err(IngestError::Damaged { .. })));
    other.execute_batch("ROLLBACK").unwrap();
}

#[test]
fn a_dry_run_knows_what_it_would_have_taken_in_before() {
    let scene = Scene::new();
    let (first, second) = (answer("branch", "edge-1"), answer("branch", "edge-2"));
    scene.publish("branch", &[&first]);
    scene.publish("branch", &[&first, &second]);
    let changed = Answer { line: second.line.replace("192.0.2.1", "192.0.2.9"), captures: Vec::new() };
    scene.publish("branch", &[&changed]);
    let found = find(&scene.drop_folder()).unwrap().found;
    let tried = try_out(&scene.store, &found, &scene.terms).unwrap();
    let counts = |all: &[Result<Taken, IngestError>]| -> Vec<_> {
        all.iter().map(|it| it.as_ref().map(|it| (it.observations, it.repeated)).ok()).collect()
    };
    let expected = [Some((1, 0)), Some((1, 1)), None];
    assert_eq!(counts(&tried.taken), expected);
    assert_eq!(scene.count("SELECT count(*) FROM observations"), 0);
    assert_eq!(counts(&scene.all()), expected);
}

#[test]
fn what_lies_beside_drops_is_told() {
    let scene = Scene::new();
    let drop = scene.publish("branch", &[&answer("branch", "edge-1")]);
    let torn = scene.publish("branch", &[&answer("branch", "edge-2")]);
    fs::remove_file(&torn.manifest).unwrap();
    // Somebody renamed one; its own name tells nothing of its files any more.
    let renamed = scene.publish("branch", &[&answer("branch", "edge-3")]);
    fs::rename(&renamed.manifest, scene.drop_folder().join("third.json")).unwrap();
    let folder = scene.drop_folder();
    fs::write(folder.join("show_version.txt"), "x").unwrap();
    fs::create_dir(folder.join("older")).unwrap();
    fs::write(folder.join(".licwatch-branch-Ab12.tmp"), "x").unwrap();
    let Holding { found, passed_over } = find(&folder).unwrap();
    assert!(found.contains(&Found::Drop(drop.manifest)) && found.contains(&Found::Torn(torn.records)));
    assert!(found.contains(&Found::Drop(folder.join("third.json"))), "{found:?}");
    let names: Vec<_> = passed_over.iter().map(|it| it.path.strip_prefix(&folder).unwrap()).collect();
    assert_eq!(names, [Path::new("older"), Path::new("show_version.txt")]);
    assert!(passed_over.iter().all(|it| it.finding().kind == "passed_over"));
}
