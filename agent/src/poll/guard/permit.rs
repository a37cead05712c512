//! Leave to log in, and what became of it.

use tokio::sync::OwnedMutexGuard;

use super::Guard;
use crate::store::guard::Refusal;
use crate::transport::ssh::{BoxFuture, LoginIdentity, Permit};

/// A place among the logins in flight. One that is dropped stays until it is too old to count.
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
    fn accepted(self: Box<Self>) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            let Self { guard, login, place, device } = *self;
            if let Err(error) = guard.shared.books.accept(login.credential, place).await {
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
            // First in memory: whoever asks from now on puts it on record before anything else, or is not admitted.
            guard.unrecorded().push(Refusal { login, reason, place });
            if let Err(error) = guard.record_what_is_left().await {
                tracing::error!(%error, "A refused login could not be put on record; nobody logs in until it can.");
            }
            drop(device);
            guard.shared.freed.notify_waiters();
        })
    }

    fn unused(self: Box<Self>) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            let Self { guard, login, place, device } = *self;
            if let Err(error) = guard.shared.books.leave(place).await {
                tracing::warn!(%error, device = login.device, "A login that was not tried holds its place for a while.");
            }
            drop(device);
            guard.shared.freed.notify_waiters();
        })
    }
}
