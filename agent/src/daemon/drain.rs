//! The end of a round that is made once: what was collected is handed over before the daemon ends.

use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{DELIVERY, DaemonError, Ended};
use crate::store::{Store, StoreError, outbox};

/// What is left for a sink.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Left {
    /// The sink's name in the configuration.
    pub sink: String,
    /// Lines that wait for it.
    pub lines: u64,
    /// Why it did not take them, if it was tried in vain.
    pub problem: Option<String>,
}

/// Waits until delivery has ended by itself, for no longer than `limit`; what is under way then is cut as by a stop.
pub(super) async fn wait(
    running: &mut JoinSet<Ended>,
    stop: &CancellationToken,
    limit: Duration,
) -> Result<(), DaemonError> {
    tokio::select! {
        biased;
        () = stop.cancelled() => Ok(()),
        Some(ended) = running.join_next() => match ended {
            Ok((DELIVERY, ended)) => ended.map(drop),
            Ok((part, ended)) => {
                ended?;
                Err(DaemonError::PartEnded { part, why: "it had nothing left to do".to_owned() })
            }
            Err(error) => Err(DaemonError::PartEnded { part: "a part", why: error.to_string() }),
        },
        () = tokio::time::sleep(limit) => {
            tracing::warn!(seconds = limit.as_secs(), "What is left is not delivered within [run] stop_within.");
            Ok(())
        }
    }
}

/// The sinks of the configuration that lines are left for.
pub(super) async fn left(store: &Store) -> Result<Vec<Left>, StoreError> {
    let states = store.read(outbox::states).await?;
    let left = states.into_iter().filter(|state| state.active && state.waiting > 0);
    Ok(left.map(|state| Left { sink: state.name, lines: state.waiting, problem: state.problem }).collect())
}
