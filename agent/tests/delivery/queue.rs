//! Order, repeats, restarts, and sinks that fail beside others that do not.

use std::collections::BTreeSet;
use std::time::Duration;

use licwatch::deliver::Pace;
use tokio::time::Instant;

use super::site::{Frozen, Said, Scripted, Site, later, pace, soon};

#[tokio::test]
async fn lines_come_in_order_and_once_and_the_journal_tells_of_each_batch() {
    let mut site = Site::new();
    site.configure(&["a"]).await;
    let mut ids = site.collect(25).await;
    let sink = Scripted::saying([]);
    site.run(vec![sink.to("a", Pace { batch_lines: 10, ..pace() })]);
    ids.extend(site.collect(5).await);
    let state = site.until("a", |state| state.delivered == 30).await;
    assert_eq!((sink.taken(), state.waiting, state.begun), (ids, 0, None));
    let entries = site.entries("delivered").await;
    assert_eq!(entries.len(), sink.seen().len());
    for (entry, seen) in entries.iter().zip(sink.seen()) {
        assert_eq!((&entry["sink"], &entry["note"]), (&"a".into(), &"scripted".into()));
        assert_eq!(entry["sequence"], seen.sequence);
        assert_eq!(entry["key"], seen.key);
        assert_eq!(entry["lines"], seen.ids.len());
    }
    let sequences: Vec<_> = sink.seen().iter().map(|seen| seen.sequence).collect();
    assert_eq!(sequences, (1..=sequences.len() as u64).collect::<Vec<_>>());
    site.stop().await;
}

#[tokio::test]
async fn a_batch_that_failed_comes_again_as_it_was() {
    let mut site = Site::new();
    site.configure(&["a"]).await;
    let ids = site.collect(3).await;
    let sink = Scripted::saying([later("not now"), later("not now"), Said::Panic]);
    site.run(vec![sink.to("a", pace())]);
    sink.until(|seen| seen.len() == 2).await;
    // What is collected meanwhile is no part of it.
    let more = site.collect(1).await;
    sink.until(|seen| seen.len() == 3).await;
    // After a fault of ours the worker begins anew only when a minute is over; a restart is sooner.
    site.stop().await;
    site.run(vec![sink.to("a", pace())]);
    let seen = sink.until(|seen| seen.len() == 5).await;
    for repeat in &seen[..4] {
        assert_eq!((&repeat.key, repeat.sequence, &repeat.ids), (&seen[0].key, 1, &ids));
        assert_eq!(repeat.begun_at, seen[0].begun_at);
    }
    assert_eq!((seen[4].sequence, &seen[4].ids), (2, &more));
    assert_ne!(seen[4].key, seen[0].key);
    site.stop().await;
}

#[tokio::test]
async fn a_restart_in_the_middle_of_a_batch_repeats_it_exactly() {
    for is_killed in [true, false] {
        let mut site = Site::new();
        site.configure(&["a"]).await;
        let ids = site.collect(4).await;
        let hanging = Scripted::new(|_| Said::Hang);
        site.run(vec![hanging.to("a", pace())]);
        let before = hanging.until(|seen| seen.len() == 1).await;
        let more = site.collect(2).await;
        match is_killed {
            true => site.kill().await,
            // The delivery that is under way has its time, and is cut then.
            false => site.stop().await,
        }
        let sink = Scripted::saying([]);
        site.run(vec![sink.to("a", pace())]);
        site.until("a", |state| state.waiting == 0).await;
        let seen = sink.seen();
        assert_eq!((&seen[0].key, seen[0].sequence, &seen[0].ids), (&before[0].key, 1, &ids));
        assert_eq!(seen[0].begun_at, before[0].begun_at);
        assert_eq!((seen[1].sequence, &seen[1].ids), (2, &more));
        site.stop().await;
    }
}

#[tokio::test]
async fn a_delivery_that_ends_in_time_is_noted_before_the_agent_stops() {
    let mut site = Site::new();
    site.stop_within = Duration::from_secs(30);
    site.configure(&["a"]).await;
    site.collect(1).await;
    let collector = licwatch_simulator::collector::Collector::builder().start().await.unwrap();
    collector.next([licwatch_simulator::collector::Reply::Slow(Duration::from_millis(300))]);
    site.run(vec![super::collector::to(&collector, "a", pace())]);
    soon(collector.until(|book| book.requests() == 1)).await;
    site.stop().await;
    let state = site.state("a").await;
    assert_eq!((state.waiting, state.delivered), (0, 1));
}

#[tokio::test]
async fn a_sink_that_fails_or_hangs_delays_no_other() {
    let mut site = Site::new();
    site.configure(&["failing", "hanging", "well"]).await;
    let (failing, hanging) = (Scripted::new(|_| later("out of order")), Scripted::new(|_| Said::Hang));
    let well = Scripted::saying([]);
    site.run(vec![failing.to("failing", pace()), hanging.to("hanging", pace()), well.to("well", pace())]);
    failing.until(|_| true).await;
    for _ in 0..5 {
        let ids = site.collect(2).await;
        well.until(|seen| seen.last().is_some_and(|seen| seen.ids.contains(&ids[1]))).await;
    }
    assert_eq!(hanging.until(|seen| !seen.is_empty()).await.len(), 1);
    let state = site.until("failing", |state| state.failures >= 3).await;
    assert_eq!((state.waiting, state.problem.as_deref()), (10, Some("out of order")));
    // Once, however often it fails; and its end is told, too.
    site.until("failing", |state| state.failures >= 6).await;
    let told = site.events("sink_failing").await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["facts"]["sink"], "failing");
    let mended = Scripted::saying([]);
    site.reload(vec![mended.to("failing", pace()), hanging.to("hanging", pace()), well.to("well", pace())]);
    let state = site.until("failing", |state| state.waiting == 0).await;
    assert_eq!((state.failures, state.problem, state.next_try), (0, None, None));
    assert_eq!(site.events("sink_works").await.len(), 1);
    assert_eq!(mended.taken().len(), 10);
    site.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_is_down_for_hours_is_tried_ever_more_seldom_and_loses_nothing() {
    const HOURS: Duration = Duration::from_secs(12 * 60 * 60);
    let _frozen = Frozen::new();
    let mut site = Site::new();
    site.configure(&["a"]).await;
    let mut ids = site.collect(50).await;
    let begin = Instant::now();
    let sink = Scripted::new(move |_| if begin.elapsed() < HOURS { later("down") } else { Said::Take });
    let pace = Pace { batch_lines: 20, ..Pace::default() };
    site.run(vec![sink.to("a", pace.clone())]);
    let (mut tries, mut wait) = (0, pace.retry);
    while begin.elapsed() < HOURS {
        tries += 1;
        let state = site.until("a", |state| state.failures == tries).await;
        let next = state.next_try.unwrap().duration_since(state.failed_at.unwrap());
        let next = Duration::try_from(next).unwrap();
        // The two times are not read in one moment.
        let slack = Duration::from_secs(1);
        assert!(next + slack > wait * 3 / 4 && next < wait + slack, "{tries}: {next:?} of {wait:?}");
        ids.extend(site.collect(1).await);
        tokio::time::advance(wait).await;
        wait = (wait * 2).min(pace.retry_most);
    }
    site.until("a", |state| state.waiting == 0).await;
    assert_eq!(sink.taken(), ids);
    assert!((50..70).contains(&tries), "{tries} tries in twelve hours");
    site.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_sink_that_never_answers_is_given_up_within_its_limit() {
    const LIMIT: Duration = Duration::from_secs(7);
    let _frozen = Frozen::new();
    let mut site = Site::new();
    site.configure(&["a"]).await;
    site.collect(1).await;
    let sink = Scripted::saying([Said::Hang]);
    site.run(vec![sink.to("a", Pace { limit: LIMIT, ..pace() })]);
    sink.until(|seen| seen.len() == 1).await;
    tokio::time::advance(LIMIT).await;
    let state = site.until("a", |state| state.failures == 1).await;
    assert_eq!(state.problem.as_deref(), Some("it did not answer within 7 s"));
    tokio::time::advance(pace().retry).await;
    site.until("a", |state| state.waiting == 0).await;
    let seen = sink.seen();
    assert!(seen.len() == 2 && seen[0].key == seen[1].key);
    site.stop().await;
}

#[tokio::test]
async fn what_waits_for_a_sink_that_is_gone_stays_and_goes_out_when_it_is_back() {
    let mut site = Site::new();
    site.configure(&["a", "b"]).await;
    let ids = site.collect(2).await;
    site.configure(&["b"]).await;
    site.collect(3).await;
    let state = site.state("a").await;
    assert_eq!((state.active, state.waiting), (false, 2));
    let (a, b) = (Scripted::saying([]), Scripted::saying([]));
    site.run(vec![b.to("b", pace())]);
    site.until("b", |state| state.delivered == 5).await;
    site.configure(&["a", "b"]).await;
    site.reload(vec![a.to("a", pace()), b.to("b", pace())]);
    let more = site.collect(1).await;
    site.until("a", |state| state.delivered == 3).await;
    assert_eq!(a.taken(), [ids, more].concat());
    // Taken out of force, its worker ends; the other goes on.
    site.reload(vec![b.to("b", pace())]);
    site.collect(1).await;
    site.until("b", |state| state.delivered == 7).await;
    assert_eq!(site.state("a").await.waiting, 1);
    site.stop().await;
}

#[tokio::test]
async fn another_process_may_queue() {
    let mut site = Site::new();
    site.configure(&["a"]).await;
    let sink = Scripted::saying([]);
    site.run(vec![sink.to("a", pace())]);
    // A second store over the same folder: its commits wake nobody here.
    let own = std::mem::replace(&mut site.store, super::site::open(site.folder.path()));
    let ids = site.collect(2).await;
    site.store = own;
    let seen = sink.until(|seen| seen.iter().map(|seen| seen.ids.len()).sum::<usize>() == 2).await;
    let got: BTreeSet<_> = seen.into_iter().flat_map(|seen| seen.ids).collect();
    assert_eq!(got, ids.into_iter().collect());
    site.stop().await;
}
