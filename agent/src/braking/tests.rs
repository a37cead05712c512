use std::sync::Arc;

use super::*;
use crate::clock::manual::Manual;
use crate::events::Kind;

fn open(folder: &std::path::Path) -> Store {
    Store::open(folder, "test-agent", Arc::new(Manual::at("2027-03-01T12:00:00Z"))).unwrap()
}

fn at() -> Timestamp {
    "2027-03-01T11:59:58Z".parse().unwrap()
}

/// What `status` shows.
fn shown(store: &Store) -> Vec<Kind> {
    store.read_blocking(status::brakes).unwrap().into_iter().map(|it| it.kind).collect()
}

/// The entries of brakes in the journal.
fn entries(store: &Store) -> Vec<serde_json::Value> {
    let read = |sql: &rusqlite::Connection| {
        let mut rows = sql.prepare(
            "SELECT CAST(entry AS TEXT) FROM journal WHERE entry ->> '$.kind' = 'braked' ORDER BY seq",
        )?;
        Ok(rows.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?)
    };
    let texts = store.read_blocking(read).unwrap();
    texts.iter().map(|text| serde_json::from_str(text).unwrap()).collect()
}

#[tokio::test]
async fn what_was_in_force_when_the_agent_ended_is_taken_back_at_its_next_start() {
    for brake in Brake::ALL {
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path());
        let begin = || Braking::new(store.clone(), Brakes::default(), brake);
        let (put, lifted) = brake.kinds();
        begin().put("it was so".to_owned(), at()).await;
        assert_eq!(shown(&store), [put]);

        // It is so at the next start, too.
        let mut braking = begin();
        braking.put("it is so still".to_owned(), at()).await;
        assert_eq!(shown(&store), [put]);
        drop(braking);

        // It is not at the one after that.
        let mut braking = begin();
        braking.settle().await;
        assert_eq!(shown(&store), []);
        braking.settle().await;
        begin().lift("nothing stops polling".to_owned(), at()).await;
        let states: Vec<_> = entries(&store).iter().map(|entry| entry["state"].clone()).collect();
        assert_eq!(states, ["in force", "in force", "lifted"], "told once: {}", lifted.word());
    }
}

#[tokio::test]
async fn every_brake_is_accounted_for_in_one_form_when_that_can_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let other = rusqlite::Connection::open(folder.path().join(crate::store::FILE)).unwrap();
    for (count, brake) in Brake::ALL.into_iter().enumerate() {
        let brakes = Brakes::default();
        let mut braking = Braking::new(store.clone(), brakes.clone(), brake);
        let no = "CREATE TRIGGER no BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'no'); END";
        other.execute_batch(no).unwrap();
        braking.put("it is so".to_owned(), at()).await;
        assert_eq!(brakes.reasons()[&brake], "it is so", "whether it can be written or not");
        braking.lift("it is over".to_owned(), at()).await;
        assert_eq!(entries(&store).len(), 2 * count, "nothing of it, and no entry without its event");
        other.execute_batch("DROP TRIGGER no").unwrap();
        braking.settle().await;
        for (entry, (state, why)) in
            entries(&store)[2 * count..].iter().zip([("in force", "it is so"), ("lifted", "it is over")])
        {
            let mut names: Vec<&str> = entry.as_object().unwrap().keys().map(String::as_str).collect();
            names.sort_unstable();
            assert_eq!(names, ["actor", "agent", "at", "brake", "kind", "noticed_at", "seq", "state", "why"]);
            let said = ["brake", "state", "why", "noticed_at"].map(|name| entry[name].as_str().unwrap());
            assert_eq!(said, [brake.word(), state, why, "2027-03-01T11:59:58Z"]);
        }
    }
    assert_eq!(entries(&store).len(), 8);
}
