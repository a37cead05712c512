//! Writes that must not be lost: what a poll brought is kept in memory until the store takes it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::brakes::{Brake, Brakes};
use crate::clock::Clock;
use crate::journal::{Actor, Entry, Kind};
use crate::store::{Store, StoreError, Tx};

const FIRST_WAIT: Duration = Duration::from_millis(250);
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// Writes to the store, as often as it takes. While it refuses, nothing more is polled, so that no more waits here
/// than polls were in flight.
#[derive(Clone, Debug)]
pub(super) struct Keeper {
    store: Store,
    brakes: Brakes,
    clock: Arc<dyn Clock>,
    /// How long it is tried; without end if not given.
    patience: Option<Duration>,
    refused: Arc<Mutex<Refused>>,
}

/// Writes that were refused and not yet taken.
#[derive(Debug, Default)]
struct Refused {
    writes: usize,
    since: Duration,
    why: String,
}

impl Keeper {
    pub(super) fn new(
        store: Store,
        brakes: Brakes,
        clock: Arc<dyn Clock>,
        patience: Option<Duration>,
    ) -> Self {
        Self { store, brakes, clock, patience, refused: Arc::default() }
    }

    /// Makes a change, again and again if need be. An error is final: the store is gone, or patience is over.
    pub(super) async fn keep<T: Send + 'static>(
        &self,
        change: impl Fn(&mut Tx<'_>) -> Result<T, StoreError> + Send + Sync + 'static,
    ) -> Result<T, StoreError> {
        let change = Arc::new(change);
        let begun = self.clock.since_boot();
        let mut wait = FIRST_WAIT;
        let mut counted = false;
        loop {
            let once = Arc::clone(&change);
            let error = match self.store.write(move |tx| once(tx)).await {
                Ok(made) => {
                    if counted {
                        self.taken().await;
                    }
                    return Ok(made);
                }
                Err(error) => error,
            };
            let waited = self.clock.since_boot().saturating_sub(begun);
            if is_final(&error) || self.patience.is_some_and(|patience| waited >= patience) {
                return Err(error);
            }
            self.refused(&error, &mut counted);
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }

    fn refused(&self, error: &StoreError, counted: &mut bool) {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        if !*counted {
            if refused.writes == 0 {
                (refused.since, refused.why) = (self.clock.since_boot(), error.to_string());
            }
            refused.writes += 1;
            *counted = true;
        }
        // Under the lock, so that nobody lifts it in between.
        if self.brakes.put(Brake::Store, error.to_string()) {
            tracing::error!(%error, "The store does not take what was polled; polling stops, nothing is dropped.");
        }
    }

    /// A write that was refused went through. The last one lets polling go on.
    async fn taken(&self) {
        let over = {
            let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
            refused.writes = refused.writes.saturating_sub(1);
            let last = refused.writes == 0 && self.brakes.lift(Brake::Store);
            last.then(|| (self.clock.since_boot().saturating_sub(refused.since), refused.why.clone()))
        };
        let Some((lasted, why)) = over else { return };
        tracing::info!(seconds = lasted.as_secs(), "The store takes what was polled again; polling goes on.");
        let entry = Entry::new(Actor::Daemon, Kind::Braked)
            .with("brake", "store")
            .with("why", why)
            .with("seconds", lasted.as_secs());
        if let Err(error) = self.store.write(move |tx| tx.account(&entry)).await {
            // Whatever is refused now is told of by the next write.
            tracing::warn!(%error, "The journal did not take that the store had refused.");
        }
    }
}

/// Whether trying again is in vain.
fn is_final(error: &StoreError) -> bool {
    matches!(error, StoreError::Closed | StoreError::Damaged { .. } | StoreError::Newer { .. })
}
