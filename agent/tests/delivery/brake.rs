//! Polling stops while more waits than may.

use licwatch::brakes::Brake;
use licwatch::deliver::Pace;

use super::site::{Said, Scripted, Site, later, pace, soon};

#[tokio::test]
async fn polling_stops_while_too_much_waits_and_goes_on_when_there_is_room() {
    let mut site = Site::new();
    site.configure(&["a", "b"]).await;
    let (open, is_open) = tokio::sync::watch::channel(false);
    let a = Scripted::new(move |_| if *is_open.borrow() { Said::Take } else { later("down") });
    let b = Scripted::saying([]);
    let full = Pace { most_waiting: 10, batch_lines: 1, ..pace() };
    site.run(vec![a.to("a", full), b.to("b", pace())]);
    site.collect(9).await;
    site.until("b", |state| state.delivered == 9).await;
    assert!(site.brakes.reasons().is_empty());
    site.collect(1).await;
    let mut braked = Vec::new();
    soon(async {
        while braked.is_empty() {
            braked = site.events("outbox_full").await;
            tokio::task::yield_now().await;
        }
    })
    .await;
    let why = site.brakes.reasons()[&Brake::Outbox].clone();
    assert!(why.contains("10 lines wait for sink \"a\"") && why.contains("most_waiting"), "{why}");
    // Other sinks and what is under way go on; nothing is thrown away.
    site.collect(1).await;
    site.until("b", |state| state.delivered == 11).await;
    assert_eq!(site.state("a").await.waiting, 11);
    open.send_replace(true);
    soon(site.brakes.released()).await;
    site.until("a", |state| state.delivered == 11).await;
    soon(async {
        while site.events("outbox_has_room").await.is_empty() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let entries = site.entries("braked").await;
    let told: Vec<_> = entries.iter().map(|it| ["brake", "state"].map(|name| it[name].clone())).collect();
    assert_eq!(told, [["outbox", "in force"], ["outbox", "lifted"]]);
    assert_eq!(site.events("outbox_full").await.len(), 1);
    site.stop().await;
}
