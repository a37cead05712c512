//! Lines that are refused for good, and lines that the store no longer has as they were.

use std::collections::BTreeSet;

use licwatch::deliver::{Batch, Pace, Receipt};
use licwatch::store::outbox::{Place, Wants, list};

use super::site::{Said, Scripted, Site, pace, refused, spec};

/// Refuses as a whole what has one of these lines.
fn poisoned(ids: BTreeSet<String>) -> Scripted {
    let bad = move |batch: &Batch| batch.lines.iter().any(|line| ids.contains(&line.id));
    Scripted::new(move |batch| if bad(batch) { refused("line is not understood") } else { Said::Take })
}

async fn dead(site: &Site, sink: &str) -> Vec<(String, String)> {
    let sink = sink.to_owned();
    let read =
        site.store.read(move |connection| list(connection, &sink, Wants::Records, Place::Refused, 100));
    let lines = read.await.unwrap().into_iter();
    lines.map(|line| (line.id.unwrap_or_default(), line.reason.unwrap())).collect()
}

#[tokio::test]
async fn a_batch_is_halved_until_the_lines_are_found_that_are_refused() {
    let mut site = Site::new();
    site.configure(&["a"]).await;
    let ids = site.collect(100).await;
    let bad: Vec<_> = [0, 57, 99].iter().map(|place: &usize| ids[*place].clone()).collect();
    let sink = poisoned(bad.iter().cloned().collect());
    site.run(vec![sink.to("a", pace())]);
    let state = site.until("a", |state| state.waiting == 0).await;
    assert_eq!((state.delivered, state.refused), (97, 3));
    let good: Vec<_> = ids.iter().filter(|id| !bad.contains(id)).cloned().collect();
    assert_eq!(sink.taken(), good, "in order, each once");
    let expected: Vec<_> = bad.iter().map(|id| (id.clone(), "line is not understood".to_owned())).collect();
    assert_eq!(dead(&site, "a").await, expected);
    assert!(sink.seen().len() < 70, "{} requests", sink.seen().len());
    // Batches that were taken are numbered without a gap, and no key stands for two contents.
    let taken = sink.seen().into_iter().filter(|seen| seen.is_taken);
    let sequences: Vec<_> = taken.map(|seen| seen.sequence).collect();
    assert_eq!(sequences, (1..=sequences.len() as u64).collect::<Vec<_>>());
    let contents: BTreeSet<_> = sink.seen().into_iter().map(|seen| (seen.key, seen.ids)).collect();
    let keys: BTreeSet<_> = contents.iter().map(|(key, _)| key).collect();
    assert_eq!(keys.len(), contents.len());
    let told = site.events("line_refused").await;
    let named: Vec<_> = told.iter().map(|event| event["facts"]["ids"][0].as_str().unwrap()).collect();
    assert_eq!(named, bad);
    assert_eq!(site.entries("refused").await.len(), 3);
    site.stop().await;
}

#[tokio::test]
async fn a_receipt_may_refuse_single_lines() {
    let mut site = Site::new();
    site.configure(&["a"]).await;
    let ids = site.collect(3).await;
    let receipt =
        Receipt { refused: vec![(1, "too old".to_owned()), (9, "none".to_owned())], note: "x".into() };
    let sink = Scripted::saying([Said::Receipt(receipt)]);
    site.run(vec![sink.to("a", pace())]);
    let state = site.until("a", |state| state.waiting == 0).await;
    assert_eq!((state.delivered, state.refused, sink.seen().len()), (2, 1, 1));
    assert_eq!(dead(&site, "a").await, [(ids[1].clone(), "too old".to_owned())]);
    site.stop().await;
}

#[tokio::test]
async fn a_sink_stops_before_more_is_refused_than_may_be_kept() {
    let mut site = Site::new();
    site.configure(&["a"]).await;
    let ids = site.collect(6).await;
    let all = Scripted::new(|batch| {
        let refused = (0..batch.lines.len()).map(|place| (place, "no".to_owned())).collect();
        Said::Receipt(Receipt { refused, note: String::new() })
    });
    site.run(vec![all.to("a", Pace { batch_lines: 3, most_refused: 4, ..pace() })]);
    let state = site.until("a", |state| state.problem.is_some()).await;
    assert_eq!((state.refused, state.waiting, state.delivered), (4, 2, 0));
    assert!(state.problem.unwrap().contains("most_refused"));
    assert_eq!(site.events("sink_failing").await.len(), 1);
    // The last batch was only as large as there was room for its refusal.
    assert_eq!(all.seen().iter().map(|seen| seen.ids.len()).collect::<Vec<_>>(), [3, 1]);
    let kept = dead(&site, "a").await;
    assert_eq!(kept.into_iter().map(|(id, _)| id).collect::<Vec<_>>(), ids[..4]);
    site.stop().await;
}

/// A receiver that refuses everything is slowed down: its fault, not that of the lines.
#[tokio::test]
async fn who_refuses_everything_is_asked_ever_more_seldom() {
    let mut site = Site::new();
    site.configure(&["a"]).await;
    site.collect(40).await;
    let sink = Scripted::new(|_| refused("I know no such form"));
    let slow = Pace { retry: std::time::Duration::from_secs(3600), ..Pace::default() };
    site.run(vec![sink.to("a", slow)]);
    let state = site.until("a", |state| state.failures == 1).await;
    assert_eq!(state.refused, 2);
    assert!(state.problem.unwrap().contains("one line after the other"));
    site.stop().await;
}

#[tokio::test]
async fn a_damaged_line_is_a_dead_letter_and_stops_nobody() {
    let mut site = Site::new();
    site.configure(&["a"]).await;
    let ids = site.collect(4).await;
    let (torn, flipped) = (ids[1].clone(), ids[2].clone());
    let damage = site.store.write(move |tx| {
        tx.sql().execute("UPDATE observations SET line = x'00' WHERE id = ?", [&torn])?;
        let sql = "UPDATE observations SET line_sha256 = zeroblob(32) WHERE id = ?";
        Ok(tx.sql().execute(sql, [&flipped])?)
    });
    damage.await.unwrap();
    let sink = Scripted::saying([]);
    site.run(vec![sink.to("a", pace())]);
    site.until("a", |state| state.waiting == 0).await;
    assert_eq!(sink.taken(), [ids[0].clone(), ids[3].clone()]);
    let dead = dead(&site, "a").await;
    assert_eq!(dead.iter().map(|(id, _)| id.clone()).collect::<Vec<_>>(), ids[1..3]);
    assert!(dead[0].1.contains("cannot be decompressed"), "{dead:?}");
    assert!(dead[1].1.contains("its digest is another"), "{dead:?}");
    site.stop().await;
}

/// Otherwise each refusal would be told to who refuses it, without end. What waited is offered as one batch, and then
/// line by line, as a batch that is refused is halved; nothing else is ever offered.
#[tokio::test]
async fn a_sink_of_events_is_not_told_of_its_own_refusals() {
    let mut site = Site::new();
    let specs = [spec("events", Wants::Events), spec("records", Wants::Records)];
    site.store.write(move |tx| tx.configure_sinks(&specs)).await.unwrap();
    site.collect(1).await;
    let events = Scripted::new(|_| refused("no"));
    let records = Scripted::new(|_| refused("no"));
    site.run(vec![records.to("records", pace())]);
    site.until("records", |state| state.refused == 1).await;
    site.stop().await;
    // A new device, and the refusal of its record.
    let mut told = Vec::new();
    for kind in ["device_seen", "line_refused"] {
        let ids: Vec<_> = site.events(kind).await.iter().map(id).collect();
        assert_eq!(ids.len(), 1, "{kind}");
        told.extend(ids);
    }
    assert_eq!(site.state("events").await.waiting, 2);
    site.run(vec![events.to("events", pace())]);
    site.until("events", |state| state.waiting == 0).await;
    site.stop().await;
    let seen: Vec<_> = events.seen().into_iter().map(|seen| seen.ids).collect();
    assert_eq!(seen, [told.clone(), vec![told[0].clone()], vec![told[1].clone()]]);
    let state = site.state("events").await;
    assert_eq!((state.refused, state.waiting, state.delivered), (2, 0, 0));
    // Both refusals are on record all the same.
    let refusals = site.events("line_refused").await;
    let of: Vec<_> = refusals[1..].iter().map(|event| event["facts"]["ids"][0].as_str().unwrap()).collect();
    assert_eq!(of, told);
    assert_eq!(site.entries("refused").await.len(), 3);
}

fn id(event: &serde_json::Value) -> String {
    event["id"].as_str().unwrap().to_owned()
}
