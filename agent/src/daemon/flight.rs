//! One poll, from its turn until it is kept.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::agenda::Turn;
use super::keeper::{Keeper, NotKept};
use crate::clock::Clock;
use crate::events;
use crate::journal::Actor;
use crate::observation::Observation;
use crate::poll::Poller;
use crate::poll::schedule::{Due, Ending, History, Reason};
use crate::store::Kept;
use crate::store::schedule::Standing;

/// A poll that was kept.
#[derive(Debug)]
pub(super) struct Landed {
    /// What became of it.
    pub(super) observation: Observation,
    /// What the next poll depends on.
    pub(super) history: History,
    /// When that one is due.
    pub(super) due: Due,
}

/// Polls a device, and keeps what came of it together with when it is due again.
pub(super) async fn fly(
    turn: Turn,
    poller: Arc<Poller>,
    keeper: Keeper,
    clock: Arc<dyn Clock>,
    stop: CancellationToken,
) -> Result<Landed, NotKept> {
    let polled = poller.poll_device(&turn.planned.job, &stop).await;
    let observation = polled.observation.clone();
    if let Some(error) = &observation.error {
        tracing::warn!(device = %observation.device, %error, remedy = %error.remedy, "A device was not read in full.");
    }
    let ended = clock.now();
    let before = History {
        begun: observation.polled_at,
        ended,
        failures: turn.failures,
        reason: turn.reason,
        ending: Ending::of(&observation),
        changed: false,
    };
    let collected = polled.collected(Actor::Daemon);
    let terms = Arc::clone(&turn.planned.terms);
    let clock_limit = turn.planned.clock_limit;
    let (history, due) = keeper
        .keep(move |tx| {
            // A commit that was answered with an error may have succeeded: a repeat has changed nothing.
            let kept = tx.collect(&collected)?;
            tx.watch_clock(&kept, &collected, clock_limit)?;
            let changed = match kept {
                Kept::New { changes, .. } => changes.into_iter().any(events::Kind::is_change),
                Kept::Repeated => false,
            };
            let history = History { changed, ..after(before) };
            let due = terms.next(&history, tx.now());
            let standing = Standing {
                begun: Some(history.begun),
                ended: Some(history.ended),
                due,
                failures: history.failures,
            };
            tx.schedule(&collected.device, &standing)?;
            Ok((history, due))
        })
        .await?;
    Ok(Landed { observation, history, due })
}

/// Counts failures in a row.
fn after(history: History) -> History {
    let failures = match history.ending {
        Ending::Answered => 0,
        Ending::Failed | Ending::Hopeless => history.failures.saturating_add(1),
        Ending::Interrupted => history.failures,
    };
    // What was to be confirmed and was interrupted is still to be confirmed.
    let reason = match history.ending {
        Ending::Interrupted => Reason::CatchUp,
        _ => history.reason,
    };
    History { failures, reason, ..history }
}
