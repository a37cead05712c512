//! Stops polling while more waits for a sink than may, and says so.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::Destination;
use super::worker::TICK;
use crate::brakes::{Brake, Brakes};
use crate::events::{self, Event};
use crate::journal::{Actor, Entry, Kind};
use crate::store::outbox::{self, SinkState};
use crate::store::{Store, StoreError};

/// The figures are looked at no more often.
const GAP: Duration = Duration::from_millis(250);

/// Watches the figures of all sinks.
pub(super) struct Pressure {
    pub(super) store: Store,
    pub(super) configured: watch::Receiver<Arc<Vec<Destination>>>,
    pub(super) brakes: Brakes,
    pub(super) stop: CancellationToken,
}

impl Pressure {
    pub(super) async fn run(mut self) {
        let mut queued = self.store.queued();
        let mut full = BTreeMap::new();
        loop {
            let sinks = Arc::clone(&self.configured.borrow_and_update());
            queued.mark_unchanged();
            match self.store.read(outbox::states).await {
                Ok(states) => self.judge(&sinks, &states, &mut full).await,
                Err(StoreError::Closed) => return,
                // Whoever owns the store's health tells of it.
                Err(error) => tracing::debug!(%error, "The outbox cannot be read."),
            }
            tokio::select! {
                () = self.stop.cancelled() => return,
                _ = queued.changed() => {}
                () = sleep(TICK) => {}
                changed = self.configured.changed() => if changed.is_err() {
                    self.stop.cancelled().await;
                    return;
                },
            }
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = sleep(GAP) => {}
            }
        }
    }

    /// Puts or lifts the brake. A sink that was full has room again when a tenth is free.
    async fn judge(&self, sinks: &[Destination], states: &[SinkState], full: &mut BTreeMap<String, String>) {
        let before = !full.is_empty();
        let mut now = BTreeMap::new();
        for sink in sinks {
            let Some(state) = states.iter().find(|state| state.name == sink.name) else { continue };
            let most = sink.pace.most_waiting;
            let bound = if full.contains_key(&sink.name) { most - most / 10 } else { most };
            if state.waiting > 0 && state.waiting >= bound {
                now.insert(sink.name.clone(), figures(state, most));
            }
        }
        *full = now;
        let why = full.values().cloned().collect::<Vec<_>>().join("; ");
        let (kind, message) = match (before, full.is_empty()) {
            (_, false) if self.brakes.put(Brake::Outbox, why.as_str()) => {
                tracing::error!(why, "The outbox is full; nothing is polled.");
                (events::Kind::OutboxFull, format!("Nothing is polled: {why}"))
            }
            (true, true) if self.brakes.lift(Brake::Outbox) => {
                tracing::info!("The outbox has room again; polling goes on.");
                (events::Kind::OutboxBack, "The outbox has room again; polling goes on.".to_owned())
            }
            _ => return,
        };
        let is_full = kind == events::Kind::OutboxFull;
        let told = self.store.write(move |tx| {
            let entry = Entry::new(Actor::Daemon, Kind::Braked)
                .with("brake", "outbox")
                .with("in_force", is_full)
                .with("why", why);
            tx.account(&entry)?;
            tx.tell(&Event::new(kind, message))
        });
        if let Err(error) = told.await {
            tracing::error!(%error, "That the outbox is full, or has room, cannot be noted.");
        }
    }
}

fn figures(state: &SinkState, most: u64) -> String {
    let SinkState { name, waiting, .. } = state;
    let problem = state.problem.as_deref().map(|problem| format!(": {problem}")).unwrap_or_default();
    format!("{waiting} lines wait for sink \"{name}\", {most} may ([sink.{name}] most_waiting){problem}")
}
