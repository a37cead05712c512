//! Who is asked before a credential is shown to a device, and told what became of it.
//!
//! ```text
//! connect · handshake · host key · what the device takes ──► admit ──► one login ──► accepted, refused, or neither
//! ```
//!
//! A scan for a host key logs in nowhere on its target and asks nobody.

use std::fmt;
use std::sync::Arc;

use super::BoxFuture;
use crate::transport::Failure;

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

    /// Waits for this login's turn. It must be tried right after that, once.
    fn admit<'a>(&'a self, login: &'a LoginIdentity) -> BoxFuture<'a, Result<Box<dyn Permit>, Failure>>;
}

/// Leave to log in once. Dropping it means that nobody knows what the device made of the credential: the connection
/// broke, or time was up.
pub trait Permit: Send + Sync {
    /// The device took the credential.
    fn accepted(self: Box<Self>) -> BoxFuture<'static, ()>;

    /// The device refused it, in these words. That is on record when this returns.
    fn refused(self: Box<Self>, reason: String) -> BoxFuture<'static, ()>;

    /// Nothing was shown to the device.
    fn unused(self: Box<Self>) -> BoxFuture<'static, ()>;
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
}

impl fmt::Debug for Gated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gated")
            .field("login", &self.login)
            .field("goes_on", &self.goes_on)
            .finish_non_exhaustive()
    }
}
