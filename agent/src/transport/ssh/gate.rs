//! Who is asked before a credential is shown to a device, and told what became of it.
//!
//! ```text
//! connect · handshake · host key · what the device takes ─► turn ─► one proof ─► answered ─► … ─► accepted, refused, or neither
//! shell ─► turn ─► user and password ─► answered ─► turn ─► enable secret ─► …
//! ```
//!
//! A scan for a host key logs in nowhere on its target and asks nobody.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::BoxFuture;
use crate::transport::{Failure, Kind};

/// A login that is about to be tried: with which credential, on which device. Both are names, never secrets.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LoginIdentity {
    /// The credential's name in the configuration; `user:NAME` for a login that was typed.
    pub credential: String,
    /// The device's name in the inventory; for a jump host and an ad-hoc device, its address.
    pub device: String,
}

/// Decides when, and whether at all, somebody logs in.
pub trait LoginGate: Send + Sync {
    /// Whether there is any use in connecting: the failure is the one that [`LoginGate::admit`] would give at once.
    fn look<'a>(&'a self, login: &'a LoginIdentity) -> BoxFuture<'a, Result<(), Failure>>;

    /// Waits for this login's turn. One credential must be shown right after that.
    fn admit<'a>(&'a self, login: &'a LoginIdentity) -> BoxFuture<'a, Result<Box<dyn Permit>, Failure>>;
}

/// Leave to log in. Dropping it means that nobody knows what the device made of the credential that was shown last: time
/// was up.
pub trait Permit: Send + Sync {
    /// Waits for the turn to show another credential; what was shown before is answered.
    fn turn(&mut self) -> BoxFuture<'_, Result<(), Failure>>;

    /// The device answered what was shown, or is gone; the login goes on, or has no outcome.
    fn answered(&mut self) -> BoxFuture<'_, ()>;

    /// The device took the credential.
    fn accepted(self: Box<Self>) -> BoxFuture<'static, ()>;

    /// The device refused it, in these words. That is on record when this returns.
    fn refused(self: Box<Self>, reason: String) -> BoxFuture<'static, ()>;
}

/// A gate, and what is asked there for one target.
#[derive(Clone)]
pub struct Gated {
    /// Who is asked.
    pub gate: Arc<dyn LoginGate>,
    /// For which login.
    pub login: LoginIdentity,
    /// Whether the login goes on in the session (user and password in the shell, an enable secret), so that the
    /// permit is handed on with the connection instead of ending with the authentication.
    pub goes_on: bool,
    /// Set while somebody waits there.
    pub waits: Arc<AtomicBool>,
}

impl fmt::Debug for Gated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gated")
            .field("login", &self.login)
            .field("goes_on", &self.goes_on)
            .finish_non_exhaustive()
    }
}

/// One login at its gate, from its first credential to its last. Without a gate nobody waits, and nobody is told.
#[derive(Default)]
pub struct GatedLogin {
    gated: Option<Gated>,
    /// Of a login that has shown something.
    permit: Option<Box<dyn Permit>>,
}

impl GatedLogin {
    /// A login that has shown nothing yet.
    pub fn at(gate: Option<Gated>) -> Self {
        Self { gated: gate, permit: None }
    }

    /// Waits for the turn to show a credential. It must be shown right after that; what was shown before is answered.
    pub async fn turn(&mut self) -> Result<(), Failure> {
        let Some(gated) = &self.gated else { return Ok(()) };
        gated.waits.store(true, Ordering::Relaxed);
        let turn = match &mut self.permit {
            Some(permit) => permit.turn().await,
            none => gated.gate.admit(&gated.login).await.map(|permit| *none = Some(permit)),
        };
        gated.waits.store(false, Ordering::Relaxed);
        turn
    }

    /// The device answered what was shown, and the login goes on.
    pub async fn answered(&mut self) {
        if let Some(permit) = &mut self.permit {
            permit.answered().await;
        }
    }

    /// The login is over, and the device took what was shown to it.
    pub async fn accepted(self) {
        if let Some(permit) = self.permit {
            permit.accepted().await;
        }
    }

    /// The login is over by this failure: the device refused what was shown, or left, or nobody knows.
    pub async fn failed(mut self, failure: &Failure) {
        match failure.kind {
            Kind::AuthenticationFailed | Kind::EnableRefused => {
                if let Some(permit) = self.permit {
                    permit.refused(failure.text.clone()).await;
                }
            }
            Kind::Closed => self.answered().await,
            _ => {}
        }
    }
}

impl fmt::Debug for GatedLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GatedLogin")
            .field("gated", &self.gated)
            .field("has_shown", &self.permit.is_some())
            .finish()
    }
}
