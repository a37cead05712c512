//! The login guard: what keeps a poll of many devices from locking accounts out, and from looking like an attack to
//! the AAA server.
//!
//! # Rules
//!
//! * **Turns.** In no window of a second do the devices see more credentials than the cap, over all and with one
//!   credential, however late they look and by any clock. Each credential that is shown has a turn of its own, taken right
//!   before: a password, an answer to a prompt, a key, user and password in the shell of AireOS, an enable secret, on
//!   devices and jump hosts. A turn counts until a second after the answer, so that what is seen within one second counts
//!   at one moment. What gets no answer counts as long as it may be waited for (`[poll.limits] login`); then the connection
//!   is cut. A cap with a fraction is rounded down where it is above one, and is one in so many seconds where it is below.
//!   Turns are evenly spaced beside that.
//! * **A device** that refused a login is logged in to no more, with any credential, whatever became of the
//!   configuration since, until an operator releases it. One login at a time is in flight to a device, or two could be
//!   refused.
//! * **A credential** that `refusals` devices refused is used no more until an operator releases it. Logins in flight
//!   count as refused: a thousand devices polled at once with a wrong password are asked for it `refusals` times. So
//!   does one that hangs, as long as it may last: a login server that is slow to refuse must not be asked more often. But
//!   once another device has taken the credential, who hangs for [`IN_FLIGHT`] counts no more, so that devices that hang do
//!   not stop all others. What a broken connection hides may have been a refusal, and holds its place as long.
//! * **A device that takes the credential** takes the count of the others' refusals back: AAA servers do so too, and
//!   three routers with an old account must not stop a network where all others let us in. The devices stay stopped. But
//!   once three times as many refuse it within a day, it is stopped all the same: they may ask another login server.
//! * **A refused enable secret** is a refusal as any: AAA counts it for the same account. A login with an enable secret,
//!   or into a shell that asks itself, is accepted when the session stands, not before. Too little privilege, a
//!   command that is not permitted, or a device that takes none of our ways to log in is no refusal.
//! * **Jump hosts** are devices, named by their address.
//!
//! With a store the state lies there: it survives restarts, and every process that uses the store counts with the
//! others. A refusal is on disk before the poll goes on; if it cannot be put there, nobody logs in until it can.
//! Without a store the same rules hold within the process.

mod books;
mod failures;
mod permit;
mod queues;
mod renamed;
mod rules;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, OwnedMutexGuard};

use crate::clock::Clock;
use crate::journal::Actor;
use crate::store::guard::{Admission, LATE, Moment, Refusal};
use crate::store::{Store, StoreError};
use crate::transport::Failure;
use crate::transport::ssh::{BoxFuture, LoginGate, LoginIdentity, Permit};

pub use crate::store::guard::IN_FLIGHT;
pub(super) use failures::out_of_time;
pub use renamed::Renamed;
pub use rules::Rules;

use books::Books;
use permit::GuardPermit;
use queues::Queues;

/// A device waits no longer for somebody to log in (`ip ssh time-out` is 120 s if nobody says else).
const MOST_WAIT: Duration = Duration::from_secs(100);
/// How soon somebody looks again whether a place is free that another process holds.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// The guard. Clones share it.
#[derive(Clone, Debug)]
pub struct Guard {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    books: Books,
    clock: Arc<dyn Clock>,
    rules: Mutex<Rules>,
    /// One login at a time to a device.
    devices: Queues,
    /// Who is next with a credential; the others need not look.
    credentials: Queues,
    /// Who is next to go on with a credential: who holds a place does not wait behind those who wait for one.
    going_on: Queues,
    /// Somebody's place became free.
    freed: Notify,
    /// Refusals that could not be put on record yet.
    unrecorded: Mutex<Vec<Refusal>>,
    /// Whoever puts them there.
    recording: tokio::sync::Mutex<()>,
}

impl Guard {
    /// A guard whose state lies in a store. `actor` is named in the journal.
    pub fn new(store: Store, clock: Arc<dyn Clock>, actor: Actor, rules: Rules) -> Self {
        Self::over(Books::Store(store, actor), clock, rules)
    }

    /// A guard of this process alone.
    pub fn alone(clock: Arc<dyn Clock>, rules: Rules) -> Self {
        Self::over(Books::in_memory(), clock, rules)
    }

    fn over(books: Books, clock: Arc<dyn Clock>, rules: Rules) -> Self {
        Self {
            shared: Arc::new(Shared {
                books,
                clock,
                rules: Mutex::new(rules),
                devices: Queues::default(),
                credentials: Queues::default(),
                going_on: Queues::default(),
                freed: Notify::new(),
                unrecorded: Mutex::default(),
                recording: tokio::sync::Mutex::default(),
            }),
        }
    }

    /// Other rules from now on.
    pub fn set_rules(&self, rules: Rules) {
        *self.shared.rules.lock().unwrap_or_else(PoisonError::into_inner) = rules;
    }

    async fn wait(&self, login: &LoginIdentity) -> Result<Box<dyn Permit>, Failure> {
        let device = self.shared.devices.of(&login.device.to_ascii_lowercase()).lock_owned().await;
        let place = self.place(login, None).await?;
        Ok(Box::new(GuardPermit::new(self, login, place, device)))
    }

    /// A place among the logins in flight, with a turn now. `held` is the place of a login that goes on.
    async fn place(&self, login: &LoginIdentity, held: Option<i64>) -> Result<i64, Failure> {
        let shared = &self.shared;
        let queues = if held.is_some() { &shared.going_on } else { &shared.credentials };
        let _next: OwnedMutexGuard<()> = queues.of(&login.credential).lock_owned().await;
        let mut held = held;
        loop {
            let mut freed = std::pin::pin!(shared.freed.notified());
            // What becomes free while we ask is not missed.
            freed.as_mut().enable();
            let wait = match self.ask(login, held).await.map_err(|error| failures::no_books(login, &error))? {
                Admission::Turn { place, at } if shared.clock.since_boot().saturating_sub(at) <= LATE => {
                    return Ok(place);
                }
                Admission::Turn { place, .. } => {
                    tracing::warn!(
                        device = login.device,
                        "The store took so long that a turn to log in was missed."
                    );
                    held = Some(place);
                    continue;
                }
                Admission::Stopped(stop) => return Err(failures::stopped(login, &stop)),
                Admission::Later(at) => at.saturating_sub(shared.clock.since_boot()).min(LOOK_AGAIN),
                Admission::Full => LOOK_AGAIN,
            };
            let _ = tokio::time::timeout(wait, freed).await;
        }
    }

    async fn ask(&self, login: &LoginIdentity, held: Option<i64>) -> Result<Admission, StoreError> {
        self.record_what_is_left().await?;
        let clock = Arc::clone(&self.shared.clock);
        self.shared.books.admit(login.clone(), held, self.rules().terms(), clock).await
    }

    /// No device waits longer than it does for anybody.
    async fn in_time<T>(
        &self,
        login: &LoginIdentity,
        wait: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        tokio::time::timeout(MOST_WAIT, wait)
            .await
            .unwrap_or_else(|_| Err(failures::deferred(login, MOST_WAIT)))
    }

    /// Puts refusals on record that could not be put there when they came.
    async fn record_what_is_left(&self) -> Result<(), StoreError> {
        if self.unrecorded().is_empty() {
            return Ok(());
        }
        let _recording = self.shared.recording.lock().await;
        loop {
            let Some(refusal) = self.unrecorded().first().cloned() else { return Ok(()) };
            self.shared.books.refuse(refusal.clone(), self.rules().refusals).await?;
            self.unrecorded().retain(|other| *other != refusal);
        }
    }

    fn unrecorded(&self) -> std::sync::MutexGuard<'_, Vec<Refusal>> {
        self.shared.unrecorded.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn rules(&self) -> Rules {
        *self.shared.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn moment(&self) -> Moment {
        books::moment(&*self.shared.clock)
    }
}

impl LoginGate for Guard {
    fn look<'a>(&'a self, login: &'a LoginIdentity) -> BoxFuture<'a, Result<(), Failure>> {
        Box::pin(async move {
            let looked = async {
                self.record_what_is_left().await?;
                self.shared.books.standing(login.clone()).await
            };
            match looked.await.map_err(|error| failures::no_books(login, &error))? {
                Some(stop) => Err(failures::stopped(login, &stop)),
                None => Ok(()),
            }
        })
    }

    fn admit<'a>(&'a self, login: &'a LoginIdentity) -> BoxFuture<'a, Result<Box<dyn Permit>, Failure>> {
        Box::pin(self.in_time(login, self.wait(login)))
    }
}
