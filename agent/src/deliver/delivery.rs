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
use crate::brakes::Brakes;
use crate::clock::Clock;
use crate::store::Store;

/// After a fault of ours a worker begins anew, not at once.
const ANEW: Duration = Duration::from_secs(60);

/// Delivers what the store holds for its sinks.
pub struct Delivery {
    store: Store,
    clock: Arc<dyn Clock>,
    configured: watch::Receiver<Arc<Vec<Destination>>>,
    brakes: Brakes,
    stop_within: Duration,
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
        Self { store, clock, configured, brakes, stop_within }
    }

    /// Delivers until it is told to stop, and returns when every worker has ended.
    pub async fn run(mut self, stop: CancellationToken) {
        let pressure = tokio::spawn(
            Pressure {
                store: self.store.clone(),
                configured: self.configured.clone(),
                brakes: self.brakes.clone(),
                stop: stop.clone(),
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
                changed = self.configured.changed() => if changed.is_err() {
                    stop.cancelled().await;
                    break;
                },
            }
        }
        for task in posts.into_values().map(|post| post.task).chain(leaving.into_values()) {
            // A worker's panic was told where it was met.
            let _ = task.await;
        }
        let _ = pressure.await;
    }

    /// Sets a worker to work, once the one before it for the same sink has ended: only so is its order kept.
    fn post(&self, sink: &Destination, before: Option<JoinHandle<()>>, stop: CancellationToken) -> Post {
        let (sender, configured) = watch::channel(sink.clone());
        let (store, clock, stop_within) = (self.store.clone(), Arc::clone(&self.clock), self.stop_within);
        let (name, token) = (sink.name.clone(), stop.clone());
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
                };
                let Err(error) = tokio::spawn(worker.run()).await else { return };
                tracing::error!(sink = name, %error, "A fault of licwatch ended a delivery; it begins anew.");
                tokio::select! {
                    () = token.cancelled() => return,
                    () = sleep(ANEW) => {}
                }
            }
        });
        Post { configured: sender, stop, task }
    }
}
