//! Stops polling while more waits for a sink than may, and says so.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::Destination;
use super::worker::TICK;
use crate::braking::Braking;
use crate::clock::Clock;
use crate::store::outbox::{self, SinkState};
use crate::store::{Store, StoreError};

/// The figures are looked at no more often.
const GAP: Duration = Duration::from_millis(250);

/// Watches the figures of all sinks.
pub(super) struct Pressure {
    pub(super) store: Store,
    pub(super) configured: watch::Receiver<Arc<Vec<Destination>>>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) braking: Braking,
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
    async fn judge(
        &mut self,
        sinks: &[Destination],
        states: &[SinkState],
        full: &mut BTreeMap<String, String>,
    ) {
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
        let now = self.clock.now();
        if full.is_empty() {
            self.braking.lift("the outbox has room again".to_owned(), now).await;
        } else {
            self.braking.put(why, now).await;
        }
    }
}

fn figures(state: &SinkState, most: u64) -> String {
    let SinkState { name, waiting, .. } = state;
    let problem = state.problem.as_deref().map(|problem| format!(": {problem}")).unwrap_or_default();
    format!("{waiting} lines wait for sink \"{name}\", {most} may ([sink.{name}] most_waiting){problem}")
}
