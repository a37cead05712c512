//! All sinks together: a worker for each, those that come and go with the configuration.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::Destination;
use super::pressure::Pressure;
use super::worker::Worker;
use crate::brakes::{Brake, Brakes};
use crate::braking::Braking;
use crate::clock::Clock;
use crate::store::{Store, outbox};

/// After a fault of ours a worker begins anew, not at once.
const ANEW: Duration = Duration::from_secs(60);

/// So often a sink that has taken everything is drained again; a fault of ours must not turn in circles.
const ROUNDS: usize = 4;

/// Delivers what the store holds for its sinks.
pub struct Delivery {
    store: Store,
    clock: Arc<dyn Clock>,
    configured: watch::Receiver<Arc<Vec<Destination>>>,
    brakes: Brakes,
    stop_within: Duration,
    drain: CancellationToken,
}

/// A worker at work.
struct Post {
    configured: watch::Sender<Destination>,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Delivery {
    /// `configured` says which sinks there are; [`crate::store::Tx::configure_sinks`] must know them before. A delivery
    /// that is under way when the agent stops has `stop_within` to end.
    pub fn new(
        store: Store,
        clock: Arc<dyn Clock>,
        configured: watch::Receiver<Arc<Vec<Destination>>>,
        brakes: Brakes,
        stop_within: Duration,
    ) -> Self {
        Self { store, clock, configured, brakes, stop_within, drain: CancellationToken::new() }
    }

    /// Once `drain` is cancelled, each sink is delivered to until nothing waits for it or a try fails, without gathering
    /// lines; then it ends by itself.
    #[must_use]
    pub fn until(self, drain: CancellationToken) -> Self {
        Self { drain, ..self }
    }

    /// Delivers until it is told to stop, or has drained every sink, and returns when every worker has ended.
    pub async fn run(mut self, stop: CancellationToken) {
        let ends = stop.child_token();
        let pressure = tokio::spawn(
            Pressure {
                store: self.store.clone(),
                configured: self.configured.clone(),
                clock: Arc::clone(&self.clock),
                braking: Braking::new(self.store.clone(), self.brakes.clone(), Brake::Outbox),
                stop: ends.clone(),
            }
            .run(),
        );
        let mut posts: BTreeMap<String, Post> = BTreeMap::new();
        let mut leaving: BTreeMap<String, JoinHandle<()>> = BTreeMap::new();
        loop {
            let wanted = Arc::clone(&self.configured.borrow_and_update());
            for (name, post) in std::mem::take(&mut posts) {
                if wanted.iter().any(|sink| sink.name == name) {
                    posts.insert(name, post);
                } else {
                    post.stop.cancel();
                    leaving.insert(name, post.task);
                }
            }
            leaving.retain(|_, task| !task.is_finished());
            for sink in wanted.iter() {
                match posts.get(&sink.name) {
                    Some(post) => drop(post.configured.send_replace(sink.clone())),
                    None => {
                        let before = leaving.remove(&sink.name);
                        posts.insert(sink.name.clone(), self.post(sink, before, stop.child_token()));
                    }
                }
            }
            tokio::select! {
                () = stop.cancelled() => break,
                () = self.drain.cancelled() => break,
                changed = self.configured.changed() => if changed.is_err() {
                    tokio::select! {
                        () = stop.cancelled() => {}
                        () = self.drain.cancelled() => {}
                    }
                    break;
                },
            }
        }
        let ended = posts.iter_mut().map(|(_, post)| &mut post.task).chain(leaving.values_mut());
        for task in ended {
            // A worker's panic was told where it was met.
            let _ = task.await;
        }
        if self.drain.is_cancelled() && !stop.is_cancelled() {
            self.drain_again(&stop).await;
        }
        ends.cancel();
        let _ = pressure.await;
    }

    /// What was delivered may have told events, as that a sink is back, which may have come when their sinks were drained.
    async fn drain_again(&self, stop: &CancellationToken) {
        for _ in 0..ROUNDS {
            let Ok(states) = self.store.read(outbox::states).await else { return };
            let sinks = Arc::clone(&self.configured.borrow());
            let waits = |sink: &&Destination| {
                states.iter().any(|state| state.name == sink.name && state.waiting > 0 && state.failures == 0)
            };
            let again = sinks.iter().filter(waits).map(|sink| self.post(sink, None, stop.child_token()));
            let mut posts: Vec<_> = again.collect();
            if posts.is_empty() {
                return;
            }
            for post in &mut posts {
                let _ = (&mut post.task).await;
            }
        }
    }

    /// Sets a worker to work, once the one before it for the same sink has ended: only so is its order kept.
    fn post(&self, sink: &Destination, before: Option<JoinHandle<()>>, stop: CancellationToken) -> Post {
        let (sender, configured) = watch::channel(sink.clone());
        let (store, clock, stop_within) = (self.store.clone(), Arc::clone(&self.clock), self.stop_within);
        let (name, token, drain) = (sink.name.clone(), stop.clone(), self.drain.clone());
        let task = tokio::spawn(async move {
            if let Some(before) = before {
                let _ = before.await;
            }
            loop {
                let worker = Worker {
                    store: store.clone(),
                    clock: Arc::clone(&clock),
                    configured: configured.clone(),
                    stop: token.clone(),
                    stop_within,
                    drain: drain.clone(),
                };
                let Err(error) = tokio::spawn(worker.run()).await else { return };
                tracing::error!(sink = name, %error, "A fault of licwatch ended a delivery; it begins anew.");
                tokio::select! {
                    () = token.cancelled() => return,
                    () = drain.cancelled() => return,
                    () = sleep(ANEW) => {}
                }
            }
        });
        Post { configured: sender, stop, task }
    }
}
