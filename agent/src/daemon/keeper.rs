//! Writes that must not be lost: what a poll brought is kept in memory until the store takes it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;

use crate::brakes::{Brake, Brakes};
use crate::braking::Braking;
use crate::clock::Clock;
use crate::store::{Store, StoreError, Tx};

const FIRST_WAIT: Duration = Duration::from_millis(250);
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// So often something is tried that the store does not take for what it is: the reason may have lain with another
/// change of the same transaction.
const TRIES: u32 = 3;

/// Writes to the store, as often as it takes. While it refuses, nothing more is polled, so that no more waits here
/// than polls were in flight.
#[derive(Clone, Debug)]
pub(super) struct Keeper {
    store: Store,
    clock: Arc<dyn Clock>,
    /// How long it is tried; without end if not given.
    patience: Option<Duration>,
    refused: Arc<Mutex<Refused>>,
}

/// Writes that were refused and not yet taken.
#[derive(Debug)]
struct Refused {
    writes: usize,
    braking: Braking,
}

/// Why a change was not made.
#[derive(Debug)]
pub(super) enum NotKept {
    /// The store cannot be used any more, or patience is over: it concerns every change.
    Store(StoreError),
    /// It is this change that cannot be made, and never can: others are not concerned, and must not wait for it.
    Change(StoreError),
}

impl Keeper {
    pub(super) fn new(
        store: Store,
        brakes: Brakes,
        clock: Arc<dyn Clock>,
        patience: Option<Duration>,
    ) -> Self {
        let braking = Braking::new(store.clone(), brakes, Brake::Store);
        Self { store, clock, patience, refused: Arc::new(Mutex::new(Refused { writes: 0, braking })) }
    }

    /// Makes a change, again and again while the store refuses what it may take later.
    pub(super) async fn keep<T: Send + 'static>(
        &self,
        change: impl Fn(&mut Tx<'_>) -> Result<T, StoreError> + Send + Sync + 'static,
    ) -> Result<T, NotKept> {
        let change = Arc::new(change);
        let begun = self.clock.since_boot();
        let (mut wait, mut tries, mut counted) = (FIRST_WAIT, 0, false);
        loop {
            let once = Arc::clone(&change);
            let error = match self.store.write(move |tx| once(tx)).await {
                Ok(made) => {
                    self.works(counted).await;
                    return Ok(made);
                }
                Err(error) => error,
            };
            let waited = self.clock.since_boot().saturating_sub(begun);
            match Outlook::of(&error) {
                Outlook::Over => return Err(NotKept::Store(error)),
                Outlook::Passing if self.patience.is_some_and(|patience| waited >= patience) => {
                    return Err(NotKept::Store(error));
                }
                Outlook::Passing => self.refuses(&error, &mut counted).await,
                Outlook::Lasting => {
                    tries += 1;
                    if tries == TRIES {
                        // The store was asked, and answered.
                        self.works(counted).await;
                        return Err(NotKept::Change(error));
                    }
                }
            }
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }

    async fn refuses(&self, error: &StoreError, counted: &mut bool) {
        // Under the lock, so that nobody lifts it in between.
        let mut refused = self.refused.lock().await;
        refused.writes += usize::from(!std::mem::replace(counted, true));
        refused.braking.put_unwritten(error.to_string(), self.clock.now());
    }

    /// The store takes writes. The last one that was refused lets polling go on.
    async fn works(&self, counted: bool) {
        let mut refused = self.refused.lock().await;
        refused.writes = refused.writes.saturating_sub(usize::from(counted));
        if refused.writes == 0 {
            let why = "the store takes what was polled again".to_owned();
            refused.braking.lift(why, self.clock.now()).await;
        }
    }
}

/// What may come of trying again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Outlook {
    /// It may go well: room, the disk, whoever holds the store.
    Passing,
    /// It goes as badly again: the change itself is what fails.
    Lasting,
    /// No change goes well any more.
    Over,
}

impl Outlook {
    pub(super) fn is_passing(self) -> bool {
        self == Self::Passing
    }

    pub(super) fn of(error: &StoreError) -> Self {
        use rusqlite::ErrorCode;
        match error {
            StoreError::Full | StoreError::Disk { .. } | StoreError::Busy { .. } => Self::Passing,
            StoreError::Closed
            | StoreError::Damaged { .. }
            | StoreError::Newer { .. }
            | StoreError::Absent { .. }
            | StoreError::Folder { .. }
            | StoreError::Key(_) => Self::Over,
            StoreError::Sqlite(error) => match error.sqlite_error_code() {
                // The host or the file system, not what is written.
                Some(
                    ErrorCode::CannotOpen
                    | ErrorCode::ReadOnly
                    | ErrorCode::PermissionDenied
                    | ErrorCode::OutOfMemory
                    | ErrorCode::FileLockingProtocolFailed
                    | ErrorCode::OperationInterrupted
                    | ErrorCode::OperationAborted
                    | ErrorCode::SchemaChanged,
                ) => Self::Passing,
                _ => Self::Lasting,
            },
            _ => Self::Lasting,
        }
    }
}

#[cfg(test)]
mod tests;
