//! One poll, from its turn until it is kept.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::agenda::{Now, Turn};
use super::keeper::{Keeper, NotKept};
use crate::clock::Clock;
use crate::events;
use crate::journal::Actor;
use crate::observation::Observation;
use crate::poll::Poller;
use crate::poll::schedule::{Due, Ending, History, Reason};
use crate::store::schedule::Standing;
use crate::store::{Kept, Ready};

/// A poll that was kept.
#[derive(Debug)]
pub(super) struct Landed {
    /// What became of it.
    pub(super) observation: Observation,
    /// What the next poll depends on.
    pub(super) history: History,
    /// When that one is due.
    pub(super) due: Due,
    /// The clocks by which both are told.
    pub(super) then: Now,
}

/// Polls a device, and keeps what came of it together with when it is due again. The wall clock may be set while it is in
/// the air: what counts for its next turn is told back from the clock as it stands when it is kept, by the time since
/// the host started.
pub(super) async fn fly(
    turn: Turn,
    poller: Arc<Poller>,
    keeper: Keeper,
    clock: Arc<dyn Clock>,
    stop: CancellationToken,
) -> Result<Landed, NotKept> {
    let begun = clock.since_boot();
    let polled = poller.poll_device(&turn.planned.job, &stop).await;
    let observation = polled.observation.clone();
    if let Some(error) = &observation.error {
        tracing::warn!(device = %observation.device, %error, remedy = %error.remedy, "A device was not read in full.");
    }
    let ended = clock.since_boot();
    let (failures, reason, ending) = (turn.failures, turn.reason, Ending::of(&observation));
    let packed = Ready::of(polled.collected(Actor::Daemon)).await.map_err(NotKept::Change)?;
    let terms = Arc::clone(&turn.planned.terms);
    let clock_limit = turn.planned.clock_limit;
    let (history, due, then) = keeper
        .keep(move |tx| {
            // A commit that was answered with an error may have succeeded: a repeat has changed nothing.
            let (kept, collected) = (tx.collect_ready(&packed)?, packed.collected());
            tx.watch_clock(&kept, collected, clock_limit)?;
            let changed = match kept {
                Kept::New { changes, .. } => changes.into_iter().any(events::Kind::is_change),
                Kept::Repeated => false,
            };
            let then = Now::of(clock.as_ref());
            let (begun, ended) = (then.wall_at(begun), then.wall_at(ended));
            let history = after(History { begun, ended, failures, reason, ending, changed });
            let due = terms.next(&history, then.wall);
            let standing = Standing {
                begun: Some(history.begun),
                ended: Some(history.ended),
                due,
                failures: history.failures,
            };
            tx.schedule(&collected.device, &standing)?;
            Ok((history, due, then))
        })
        .await?;
    Ok(Landed { observation, history, due, then })
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
