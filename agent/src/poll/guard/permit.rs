//! Leave to log in, and what became of it.

use tokio::sync::OwnedMutexGuard;

use super::Guard;
use crate::store::guard::Refusal;
use crate::transport::Failure;
use crate::transport::ssh::{BoxFuture, LoginIdentity, Permit};

/// A place among the logins in flight. One that is dropped stays until it is too old to count, and so does the turn of what
/// was shown and not answered.
pub(super) struct GuardPermit {
    guard: Guard,
    login: LoginIdentity,
    place: i64,
    /// The next login of this process to the device waits for it.
    device: OwnedMutexGuard<()>,
}

impl GuardPermit {
    pub(super) fn new(guard: &Guard, login: &LoginIdentity, place: i64, device: OwnedMutexGuard<()>) -> Self {
        Self { guard: guard.clone(), login: login.clone(), place, device }
    }
}

impl Permit for GuardPermit {
    fn turn(&mut self) -> BoxFuture<'_, Result<(), Failure>> {
        Box::pin(async move {
            self.place =
                self.guard.in_time(&self.login, self.guard.place(&self.login, Some(self.place))).await?;
            Ok(())
        })
    }

    fn answered(&mut self) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let shared = &self.guard.shared;
            if !self.guard.rules().are_turns_kept() {
                return;
            }
            if let Err(error) = shared.books.answered(self.place, self.guard.moment()).await {
                tracing::warn!(%error, device = self.login.device, "A login that was answered holds its turn for a while.");
            }
            shared.freed.notify_waiters();
        })
    }

    fn accepted(self: Box<Self>) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            let Self { guard, login, place, device } = *self;
            if let Err(error) = guard.shared.books.accept(login.credential, place, guard.moment()).await {
                tracing::warn!(%error, device = login.device, "A login that was accepted holds its place for a while.");
            }
            drop(device);
            guard.shared.freed.notify_waiters();
        })
    }

    fn refused(self: Box<Self>, reason: String) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            let Self { guard, login, place, device } = *self;
            tracing::info!(
                device = login.device,
                credential = login.credential,
                reason,
                "A login was refused."
            );
            let refusal = Refusal { login, reason, place, at: guard.moment() };
            // First in memory: whoever asks from now on puts it on record before anything else, or is not admitted.
            guard.unrecorded().push(refusal);
            if let Err(error) = guard.record_what_is_left().await {
                tracing::error!(%error, "A refused login could not be put on record; nobody logs in until it can.");
            }
            drop(device);
            guard.shared.freed.notify_waiters();
        })
    }
}
