//! What may not stay in the store is deleted every hour, and nothing by its age while the clock is not believed.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use super::Plan;
use crate::brakes::{Brake, Brakes};
use crate::clock::Clock;
use crate::store::reckoning::Reckoning;
use crate::store::retention::{Gone, Limits};
use crate::store::{Store, StoreError};

/// So often old observations and captures are looked for.
const EVERY: Duration = Duration::from_secs(60 * 60);

/// Looks for what may not stay.
#[derive(Debug)]
pub(super) struct Retaining {
    store: Store,
    clock: Arc<dyn Clock>,
    brakes: Brakes,
    /// When the reckoning was last gone on with, by the time since boot; nothing if the clock was not believed then.
    looked: Option<Duration>,
    /// Whether it was told that the clock is far ahead.
    told: bool,
}

impl Retaining {
    pub(super) fn new(store: Store, clock: Arc<dyn Clock>, brakes: Brakes) -> Self {
        Self { store, clock, brakes, looked: None, told: false }
    }

    /// Looks every hour until `stop`, with the limits of the plan that is in force then.
    pub(super) async fn run(mut self, plans: watch::Receiver<Arc<Plan>>, stop: CancellationToken) {
        let mut ticks = tokio::time::interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = ticks.tick() => {}
            }
            let limits = Limits::from(plans.borrow().config.store());
            match self.look(limits, &stop).await {
                Ok(gone) if gone.still_too_large => {
                    tracing::warn!("The store is larger than [store] most, and everything in it must stay.");
                }
                Ok(gone) => tracing::debug!(?gone, "What may not stay was looked for."),
                Err(error) => {
                    tracing::warn!(%error, "What may not stay could not be deleted; it is tried again in an hour.");
                }
            }
        }
    }

    async fn look(&mut self, limits: Limits, stop: &CancellationToken) -> Result<Gone, StoreError> {
        let reckoned = self.reckon().await?;
        self.store.retain(limits, reckoned, stop).await
    }

    /// Where ages are counted from; nowhere while the clock is not believed.
    async fn reckon(&mut self) -> Result<Option<Timestamp>, StoreError> {
        if self.brakes.reasons().contains_key(&Brake::Clock) {
            self.looked = None;
            return Ok(None);
        }
        let (now, since_boot) = (self.clock.now(), self.clock.since_boot());
        let ran = self.looked.map_or(Duration::ZERO, |looked| since_boot.saturating_sub(looked));
        let Reckoning { at, is_behind } = self.store.write(move |tx| tx.reckon(now, ran)).await?;
        self.looked = Some(since_boot);
        if is_behind && !self.told {
            tracing::warn!(
                clock = %now,
                ages_from = %at,
                "The clock is more than a week ahead of when the store was last looked after: ages are counted from then on, \
                 at twice the pace. If the clock is right, `licwatch release clock` lets them be counted by it."
            );
        }
        self.told = is_behind;
        Ok(Some(at))
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::clock::manual::Manual;

    const HOUR: Duration = Duration::from_secs(60 * 60);

    #[tokio::test]
    async fn nothing_is_too_old_while_the_clock_is_not_believed() {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(Manual::at("2026-11-22T00:00:00Z"));
        let shared: Arc<dyn Clock> = Arc::clone(&clock) as _;
        let store = Store::open(folder.path(), "test-agent", Arc::clone(&shared)).unwrap();
        let brakes = Brakes::default();
        let mut retaining = Retaining::new(store, shared, brakes.clone());
        let begun = clock.now();
        assert_eq!(retaining.reckon().await.unwrap(), Some(begun));
        brakes.put(Brake::Clock, "it jumped");
        clock.set(SignedDuration::from_hours(24 * 5000));
        clock.pass(HOUR * 10);
        assert_eq!(retaining.reckon().await.unwrap(), None);
        // It is believed, and still so far ahead. The time under the brake does not count.
        brakes.lift(Brake::Clock);
        assert_eq!(retaining.reckon().await.unwrap(), Some(begun));
        assert!(retaining.told);
        clock.pass(HOUR);
        assert_eq!(retaining.reckon().await.unwrap(), Some(begun + HOUR * 2));
        clock.set(SignedDuration::from_hours(-24 * 5000));
        assert_eq!(retaining.reckon().await.unwrap(), Some(begun + HOUR * 11));
        assert!(!retaining.told);
    }
}
