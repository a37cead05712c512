use std::path::Path;
use std::sync::Arc;

use super::*;
use crate::clock::SystemClock;
use crate::config::SinkKind;
use crate::events::{Event, Kind};
use crate::store::Store;

fn open(folder: &Path) -> Store {
    Store::open(folder, "test-agent", Arc::new(SystemClock::new())).unwrap()
}

fn spec(name: &str, wants: Wants) -> SinkSpec {
    let kind = if wants == Wants::Events { SinkKind::Syslog } else { SinkKind::Http };
    SinkSpec { name: name.to_owned(), kind, wants }
}

/// Tells so many events.
async fn tell(store: &Store, count: usize) {
    for _ in 0..count {
        store.write(|tx| tx.tell(&Event::new(Kind::AgentStarted, "The agent started."))).await.unwrap();
    }
}

async fn state_of(store: &Store, sink: &'static str) -> SinkState {
    store.read(move |connection| state(connection, sink)).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_new_sink_starts_with_what_comes_and_one_that_is_gone_keeps_what_waits() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    tell(&store, 1).await;
    let specs = [spec("a", Wants::Events), spec("b", Wants::Records)];
    let begun = store.write(move |tx| tx.configure_sinks(&specs)).await.unwrap();
    assert_eq!((begun.begun, begun.gone), (vec!["a".to_owned(), "b".to_owned()], vec![]));
    tell(&store, 2).await;
    assert_eq!(state_of(&store, "a").await.waiting, 2);
    assert_eq!(state_of(&store, "b").await.waiting, 0);
    let gone = store.write(|tx| tx.configure_sinks(&[spec("b", Wants::Records)])).await.unwrap();
    assert_eq!(gone.gone, [Gone { name: "a".to_owned(), waiting: 2, refused: 0 }]);
    let still = store.write(|tx| tx.configure_sinks(&[spec("b", Wants::Records)])).await.unwrap();
    assert_eq!(still.gone, gone.gone, "it is told as long as lines are left");
    tell(&store, 1).await;
    let state = state_of(&store, "a").await;
    assert!(state.waiting == 2 && !state.active && state.oldest.is_some());
    // The numbers in its rows are those of events.
    let other = store.write(|tx| tx.configure_sinks(&[spec("a", Wants::Records)])).await;
    assert!(other.unwrap_err().to_string().contains("still holds 2 events"));
    let back = store.write(|tx| tx.configure_sinks(&[spec("a", Wants::Events)])).await.unwrap();
    assert_eq!((back.begun, back.gone), (vec!["a".to_owned()], vec![]), "nothing is left for b");
}

#[tokio::test]
async fn the_figures_of_a_sink_are_those_of_its_rows() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    store.write(|tx| tx.configure_sinks(&[spec("a", Wants::Events)])).await.unwrap();
    tell(&store, 5).await;
    let letter = |seq| Letter { seq, id: String::new(), reason: "no".to_owned() };
    let done = store.write(move |tx| {
        let begun = tx.begin_batch("a", 3, 3)?.unwrap();
        tx.delivered(&Acknowledged {
            sink: "a".to_owned(),
            begun,
            lines: (1..=3).map(|seq| (seq, format!("id-{seq}"))).collect(),
            refused: vec![letter(2)],
            note: String::new(),
        })
    });
    done.await.unwrap();
    let state = state_of(&store, "a").await;
    assert_eq!((state.waiting, state.refused, state.delivered, state.begun), (2, 1, 2, None));
    let failed = store.write(|tx| {
        tx.bury("a", &[Letter { seq: 4, id: String::new(), reason: String::new() }], false)?;
        Err::<(), _>(StoreError::Refused("taken back".to_owned()))
    });
    assert!(failed.await.is_err());
    let state = state_of(&store, "a").await;
    assert_eq!((state.waiting, state.refused), (2, 1));
}

#[tokio::test]
async fn a_batch_is_begun_only_of_what_was_read() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    store.write(|tx| tx.configure_sinks(&[spec("a", Wants::Events)])).await.unwrap();
    tell(&store, 4).await;
    let begin = |last, lines| store.write(move |tx| tx.begin_batch("a", last, lines));
    assert_eq!(begin(4, 3).await.unwrap(), None, "one came or went in between");
    let begun = begin(4, 4).await.unwrap().unwrap();
    assert_eq!(begin(4, 4).await.unwrap(), None, "one is begun already");
    assert_eq!(state_of(&store, "a").await.begun, Some(begun.clone()));
    // What is refused as a whole frees its number, not its key.
    let half = store.write(|tx| tx.narrow_batch("a", 2, 2)).await.unwrap().unwrap();
    assert!(half.sequence == begun.sequence && half.key != begun.key);
    store.write(|tx| tx.end_batch("a", Some("another key"))).await.unwrap();
    assert!(state_of(&store, "a").await.begun.is_some());
    drop(store);
    let store = open(folder.path());
    assert_eq!(state_of(&store, "a").await.begun, Some(half));
}

/// Otherwise two sinks that refuse everything would tell each other of it without end.
#[tokio::test]
async fn that_a_refusal_was_refused_is_told_to_no_sink() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    store
        .write(|tx| tx.configure_sinks(&[spec("a", Wants::Events), spec("b", Wants::Events)]))
        .await
        .unwrap();
    tell(&store, 1).await;
    let waiting = async || (state_of(&store, "a").await.waiting, state_of(&store, "b").await.waiting);
    let refuse = async |sink: &'static str, lines: usize| {
        let refused = store.write(move |tx| {
            let mut query = tx.sql().prepare(
                "SELECT q.seq, id FROM outbox q JOIN events e ON e.seq = item WHERE sink = ? ORDER BY q.seq LIMIT ?",
            )?;
            let letters = query.query_map(rusqlite::params![sink, lines], |row| {
                Ok(Letter { seq: row.get(0)?, id: row.get(1)?, reason: "no".to_owned() })
            })?;
            let letters: Vec<_> = letters.collect::<Result<_, _>>()?;
            drop(query);
            tx.bury(sink, &letters, true)
        });
        refused.await.unwrap();
    };
    refuse("a", 1).await;
    assert_eq!(waiting().await, (0, 2), "the other is told");
    // What it was told, and the event itself, in one batch: the event is news.
    refuse("b", 2).await;
    assert_eq!(waiting().await, (1, 0));
    refuse("a", 1).await;
    assert_eq!(waiting().await, (0, 0));
    let told = store.read(|sql| {
        let kinds = "SELECT count(*) FROM events WHERE kind = 'line_refused'";
        Ok(sql.query_row(kinds, [], |row| row.get::<_, u64>(0))?)
    });
    assert_eq!(told.await.unwrap(), 3, "each is on record");
}

#[tokio::test]
async fn a_problem_is_told_once_and_kept_short() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    store.write(|tx| tx.configure_sinks(&[spec("a", Wants::Events)])).await.unwrap();
    for expected in 1..=5_u64 {
        let failed = store.write(move |tx| {
            let now = tx.now();
            tx.failed("a", &"ä".repeat(5_000), now, false)
        });
        assert_eq!(failed.await.unwrap(), expected);
    }
    let state = state_of(&store, "a").await;
    assert_eq!((state.failures, state.problem.unwrap().chars().count(), state.waiting), (5, 600, 1));
    assert_eq!(
        store
            .write(|tx| {
                let now = tx.now();
                tx.failed("none", "", now, false)
            })
            .await
            .unwrap(),
        0
    );
}
