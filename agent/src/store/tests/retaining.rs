//! What goes, and what stays.

use super::*;
use crate::store::retention::{Gone, Limits};
use tokio_util::sync::CancellationToken;

fn days(days: u64) -> Duration {
    Duration::from_secs(days * 24 * 3600)
}

fn limits(keep_observations: u64, keep_captures: u64) -> Limits {
    Limits { keep_observations: days(keep_observations), keep_captures: days(keep_captures), most: u64::MAX }
}

fn retain(store: &Store, limits: Limits, now: Timestamp) -> Gone {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(store.retain(limits, Some(now), &CancellationToken::new())).unwrap()
}

/// The days of the observations of a device that are kept; negative where its captures are gone.
fn kept(store: &Store, device: &str) -> Vec<i64> {
    let sql = format!(
        "SELECT CAST(polled_at AS TEXT), CAST(captures > 0 AS TEXT) FROM observations o JOIN devices d ON d.id = o.device
         WHERE d.name = '{device}' ORDER BY seq"
    );
    let rows = texts(store, &sql);
    let day_of = |at: &str| (timestamp(at.parse().unwrap()).as_second() - day(0).as_second()) / (24 * 3600);
    rows.iter().map(|(at, with)| if with == "1" { day_of(at) } else { -day_of(at) }).collect()
}

#[test]
fn what_is_too_old_goes_but_the_newest_stays() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    for at in 1..=10 {
        collect(&store, &answer("a", at, &["FOC1"]));
    }
    for at in 1..=3 {
        collect(&store, &answer("gone", at, &["FOC2"]));
    }
    for at in 4..=9 {
        collect(&store, &failure("gone", at));
    }
    let before = number(&store, "SELECT count(*) FROM journal");
    let gone = retain(&store, limits(5, 2), day(10));
    assert_eq!(kept(&store, "a"), [-5, -6, -7, 8, 9, 10]);
    // Its newest answer, with captures, and the failures that are young enough.
    assert_eq!(kept(&store, "gone"), [3, -5, -6, -7, -8, -9]);
    // The events of the first day went as well.
    assert_eq!(gone, Gone { observations: 4 + 3, captures: 7 + 2, events: 2, still_too_large: false });
    assert_eq!(number(&store, "SELECT count(*) FROM journal"), before + 3);
    let entry =
        "SELECT json_extract(CAST(entry AS TEXT), '$.kind'), json_extract(CAST(entry AS TEXT), '$.because')
                 FROM journal ORDER BY seq DESC LIMIT 3";
    assert_eq!(texts(&store, entry), vec![("retention".to_owned(), "age".to_owned()); 3]);
    assert_eq!(retain(&store, limits(5, 2), day(10)), Gone::default());
    store.read_blocking(entries).unwrap();
    assert!(
        integrity::contents(&store, |_| std::ops::ControlFlow::Continue(())).unwrap().problems.is_empty()
    );
    assert_eq!(
        store.read_blocking(|sql| integrity::structure(sql, BUSY)).unwrap(),
        integrity::Structure::Sound
    );
}

#[test]
fn a_year_without_polls_and_a_clock_that_is_not_believed_delete_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    for at in 1..=4 {
        collect(&store, &answer("a", at, &["FOC1"]));
    }
    assert_eq!(retain(&store, limits(5, 5), day(36_500)), Gone::default());
    assert_eq!(kept(&store, "a"), [1, 2, 3, 4]);
    collect(&store, &answer("a", 36_500, &["FOC1"]));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let gone = runtime.block_on(store.retain(limits(5, 5), None, &CancellationToken::new())).unwrap();
    assert_eq!(gone, Gone::default());
}

fn reckon(store: &Store, now: Timestamp, hours: u64) -> (Timestamp, bool) {
    let ran = Duration::from_secs(hours * 3600);
    let reckoned = store.write_blocking(move |tx| tx.reckon(now, ran)).unwrap();
    (reckoned.at, reckoned.is_behind)
}

#[test]
fn a_start_with_a_clock_that_is_ahead_deletes_nothing_even_after_polls() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    for at in 1..=4 {
        collect(&store, &answer("a", at, &["FOC1"]));
    }
    assert_eq!(reckon(&store, day(4), 0), (day(4), false));
    drop(store);
    // Started under the clock of another century, believed, and everything is polled.
    let store = open(folder.path());
    let ahead = day(36_500);
    assert_eq!(reckon(&store, ahead, 0), (day(4), true));
    collect(&store, &answer("a", 36_500, &["FOC1"]));
    assert_eq!(reckon(&store, ahead + 12.hours(), 12), (day(5), true));
    assert_eq!(retain(&store, limits(5, 5), day(5)), Gone::default());
    assert_eq!(kept(&store, "a"), [1, 2, 3, 4, 36_500]);
    // The clock is set right: what was reckoned too much is taken back.
    assert_eq!(reckon(&store, day(4) + 12.hours(), 0), (day(4) + 12.hours(), false));
}

#[test]
fn the_reckoning_follows_a_week_at_once_and_more_at_its_pace() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Standing::new();
    let store = open_at(folder.path(), &clock);
    assert_eq!(reckon(&store, day(1), 0), (day(1), false), "a new store");
    assert_eq!(reckon(&store, day(8), 0), (day(8), false), "a week of rest");
    assert_eq!(reckon(&store, day(108), 0), (day(8), true), "a hundred days of rest");
    let mut reckoned = day(8);
    let mut ran = 0;
    while reckoned < day(108) + ran.hours() {
        ran += 1;
        let (at, _) = reckon(&store, day(108) + ran.hours(), 1);
        assert!(reckoned < at && at <= day(108) + ran.hours());
        reckoned = at;
    }
    assert_eq!(ran, 93 * 24 + 2, "it gains an hour each hour until a week is left");
    // An operator says that the clock is right.
    assert_eq!(reckon(&store, day(1000), 0), (reckoned, true));
    clock.set(day(999));
    store.write_blocking(|tx| tx.release_clock(&Actor::Operator("anna".to_owned()))).unwrap();
    assert_eq!(reckon(&store, day(1000), 0), (day(1000), false));
}

#[test]
fn a_store_of_an_older_licwatch_is_reckoned_from_its_polls() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    collect(&store, &answer("a", 3, &["FOC1"]));
    assert_eq!(reckon(&store, day(36_500), 1), (day(3) + 2.hours(), true));
}

#[test]
fn what_is_held_or_waits_for_a_sink_stays() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    for at in 1..=3 {
        for device in ["held", "free"] {
            collect(&store, &answer(device, at, &[device]));
        }
    }
    let actor = Actor::Operator("anna".to_owned());
    let held =
        |tx: &mut Tx<'_>| tx.hold(Some(&["held".to_owned()]), "audit", &Actor::Operator("anna".to_owned()));
    let holds = store.write_blocking(held).unwrap();
    store
        .write_blocking(|tx| {
            Ok(tx.sql().execute_batch(
                "INSERT INTO sinks (name, kind, wants, active) VALUES ('drop', 'file-drop', 'records', 1);
                 INSERT INTO outbox (sink, item, queued_at) SELECT 'drop', min(seq), 0 FROM observations
                   WHERE device = (SELECT id FROM devices WHERE name = 'free');",
            )?)
        })
        .unwrap();
    for at in 20..=21 {
        collect(&store, &answer("held", at, &["held"]));
        collect(&store, &answer("free", at, &["free"]));
    }
    retain(&store, limits(0, 0), day(30));
    assert_eq!(kept(&store, "held"), [1, 2, 3, 20, 21]);
    assert_eq!(kept(&store, "free"), [1, 20, 21], "20 and 21 wait for the sink, too");
    store.write_blocking(|tx| {
        tx.sql().execute("INSERT INTO dead_letters (seq, sink, item, queued_at, dead_at, reason) SELECT min(seq), sink, min(item), 0, 0, 'no' FROM outbox", [])?;
        Ok(tx.sql().execute("DELETE FROM outbox", [])?)
    }).unwrap();
    let number = holds[0].number;
    assert_eq!(store.read_blocking(hold::all).unwrap(), holds);
    store.write_blocking(move |tx| tx.lift(&[number], "closed", &actor)).unwrap();
    retain(&store, limits(0, 0), day(30));
    assert_eq!(kept(&store, "held"), [21]);
    assert_eq!(kept(&store, "free"), [1, 21], "1 lies among the dead letters");
    assert_eq!(store.read_blocking(hold::all).unwrap(), []);
    let unknown = store.write_blocking(|tx| tx.lift(&[99], "?", &Actor::Daemon));
    assert!(matches!(unknown, Err(StoreError::Refused(why)) if why.contains("no hold 99")));
    let unknown = store.write_blocking(|tx| tx.hold(Some(&["nobody".to_owned()]), "?", &Actor::Daemon));
    assert!(matches!(unknown, Err(StoreError::Refused(why)) if why.contains("nobody")));
}

#[test]
fn a_store_that_is_too_large_shrinks_on_disk() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    for at in 0..150 {
        let mut collected = answer("a", at, &["FOC1"]);
        let noise = noise(16_000);
        collected.captures.push(Capture::new(None, Origin::Ssh, noise, None));
        collect(&store, &collected);
    }
    let used = store.read_blocking(retention::used).unwrap();
    let pages = number(&store, "PRAGMA page_count");
    let limits = Limits { most: used / 2, ..limits(10_000, 10_000) };
    let gone = retain(&store, limits, day(150));
    assert!(gone.captures > 0 && gone.observations == 0 && !gone.still_too_large, "{gone:?}");
    assert!(store.read_blocking(retention::used).unwrap() <= used / 2);
    assert!(number(&store, "PRAGMA page_count") < pages * 2 / 3, "the room was not given back");
    assert_eq!(kept(&store, "a").last(), Some(&149));
    // Whatever must stay stays, and that is said.
    let gone = retain(&store, Limits { most: 1, ..limits }, day(150));
    assert!(gone.still_too_large);
    assert_eq!(kept(&store, "a"), [149]);
    drop(store);
    let length = fs::metadata(folder.path().join(FILE)).unwrap().len();
    assert!(length < used / 4, "{length} of {used} bytes are left");
}

#[test]
fn events_go_before_the_observations_that_they_tell_of() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    for at in 0..150 {
        collect(&store, &Collected { captures: Vec::new(), ..answer("a", at, &["FOC1"]) });
    }
    let tell = |tx: &mut Tx<'_>| {
        for number in 0..500 {
            let words = format!("{number} {}", "a device flaps ".repeat(20));
            tx.tell(&crate::events::Event::new(crate::events::Kind::CameBack, words))?;
        }
        tx.sql().execute_batch(
            "INSERT INTO sinks (name, kind, wants, active) VALUES ('siem', 'syslog', 'events', 1);
             INSERT INTO outbox (sink, item, queued_at) SELECT 'siem', max(seq), 0 FROM events;",
        )?;
        Ok(())
    };
    store.write_blocking(tell).unwrap();
    let used = store.read_blocking(retention::used).unwrap();
    let limits = Limits { most: used - 100_000, ..limits(10_000, 10_000) };
    let gone = retain(&store, limits, day(150));
    assert!(gone.events >= 100 && gone.observations == 0 && !gone.still_too_large, "{gone:?}");
    // What waits for a sink stays.
    retain(&store, Limits { most: 1, ..limits }, day(150));
    assert_eq!((events(&store).len(), kept(&store, "a")), (1, vec![-149]));
}
