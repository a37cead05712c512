//! A device that is polled by its address, and that the inventory knows by a name.

use std::sync::Arc;

use crate::transport::Failure;
use crate::transport::ssh::{BoxFuture, LoginGate, LoginIdentity, Permit};

/// Asks for one device under another name, so that a stop holds whatever it is called.
pub struct Renamed {
    /// Who is asked.
    pub gate: Arc<dyn LoginGate>,
    /// What the poll calls it.
    pub from: String,
    /// What the inventory calls it.
    pub to: String,
}

impl Renamed {
    fn asked(&self, login: &LoginIdentity) -> LoginIdentity {
        let device = if login.device == self.from { &self.to } else { &login.device };
        LoginIdentity { credential: login.credential.clone(), device: device.clone() }
    }
}

impl LoginGate for Renamed {
    fn look<'a>(&'a self, login: &'a LoginIdentity) -> BoxFuture<'a, Result<(), Failure>> {
        Box::pin(async move { self.gate.look(&self.asked(login)).await })
    }

    fn admit<'a>(&'a self, login: &'a LoginIdentity) -> BoxFuture<'a, Result<Box<dyn Permit>, Failure>> {
        Box::pin(async move { self.gate.admit(&self.asked(login)).await })
    }
}
