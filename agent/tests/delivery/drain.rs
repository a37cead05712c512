//! Sinks that are drained: everything is handed over now, and delivery ends by itself.

use std::sync::Arc;
use std::time::Duration;

use licwatch::deliver::{Batch, Destination, Pace, Receipt, Refusal, Sink};
use licwatch::store::outbox::Wants;
use licwatch::transport::ssh::BoxFuture;

use super::site::{Said, Scripted, Site, later, pace, spec};

/// Gathers lines for long, and takes everything once something else is so.
struct After {
    taken: Scripted,
    is_so: Box<dyn Fn() -> bool + Send + Sync>,
}

impl After {
    fn to(self, name: &str) -> Destination {
        Destination { name: name.to_owned(), sink: Arc::new(self), pace: pace() }
    }
}

impl Sink for After {
    fn deliver<'a>(&'a self, batch: &'a Batch) -> BoxFuture<'a, Result<Receipt, Refusal>> {
        Box::pin(async move {
            while !(self.is_so)() {
                tokio::task::yield_now().await;
            }
            self.taken.deliver(batch).await
        })
    }

    fn gather(&self) -> Duration {
        Duration::from_secs(3600)
    }
}

#[tokio::test]
async fn what_waits_is_handed_over_and_who_fails_is_tried_once_and_left() {
    let mut site = Site::new();
    site.configure(&["a", "b", "gathers"]).await;
    let ids = site.collect(25).await;
    let (a, b, gathers) = (Scripted::saying([]), Scripted::new(|_| later("down")), Scripted::saying([]));
    let failed = b.clone();
    let after = After { taken: gathers.clone(), is_so: Box::new(move || !failed.seen().is_empty()) };
    let tens = Pace { batch_lines: 10, ..pace() };
    site.drain(vec![a.to("a", tens), b.to("b", pace()), after.to("gathers")]).await;
    assert_eq!((a.taken(), a.seen().len()), (ids.clone(), 3));
    assert_eq!(gathers.taken(), ids, "nothing is gathered when nothing more comes");
    assert_eq!(b.seen().len(), 1);
    let state = site.state("b").await;
    assert_eq!((state.waiting, state.failures, state.problem.as_deref()), (25, 1, Some("down")));
    // The same batch comes the next time, under the same key.
    let back = Scripted::saying([]);
    site.drain(vec![back.to("b", pace())]).await;
    assert_eq!((back.taken(), &back.seen()[0].key), (ids, &b.seen()[0].key));
}

/// That a sink is back is told when its lines were taken: the sinks of events may have been drained by then.
#[tokio::test]
async fn what_is_told_while_sinks_are_drained_is_handed_over_too() {
    let mut site = Site::new();
    let specs = [spec("events", Wants::Events), spec("records", Wants::Records)];
    site.store.write(move |tx| tx.configure_sinks(&specs)).await.unwrap();
    site.collect(1).await;
    let failing = site.store.write(|tx| {
        let now = tx.now();
        tx.failed("records", "down", now, true)
    });
    failing.await.unwrap();
    let (events, records) = (Scripted::saying([]), Scripted::saying([]));
    let told: Arc<dyn Sink> = Arc::new(events.clone());
    let to_events = Destination { name: "events".to_owned(), sink: Arc::clone(&told), pace: pace() };
    // It was offered what waited, and nobody has it in hand any more: only this test, the configuration and the post.
    let is_drained = move |events: &Scripted| !events.seen().is_empty() && Arc::strong_count(&told) <= 3;
    let after = {
        let events = events.clone();
        After { taken: records.clone(), is_so: Box::new(move || is_drained(&events)) }
    };
    site.drain(vec![after.to("records"), to_events]).await;
    assert_eq!(records.taken().len(), 1);
    let back = site.events("sink_works").await[0]["id"].as_str().unwrap().to_owned();
    assert_eq!((events.taken().len(), events.taken().last()), (3, Some(&back)));
    assert_eq!(site.state("events").await.waiting, 0);
}

/// A stop is heard while sinks are drained: one that hangs holds up nobody.
#[tokio::test]
async fn a_drain_can_be_stopped() {
    let mut site = Site::new();
    site.configure(&["a"]).await;
    site.collect(1).await;
    let sink = Scripted::new(|_| Said::Hang);
    site.run(vec![sink.to("a", pace())]);
    sink.until(|seen| seen.len() == 1).await;
    site.drains();
    site.stop().await;
    assert_eq!(site.state("a").await.waiting, 1);
}
