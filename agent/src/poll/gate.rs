//! The gate as one poll uses it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::Job;
use crate::transport::Failure;
use crate::transport::ssh::known_hosts::HostName;
use crate::transport::ssh::{Gated, LoginGate, LoginIdentity};

/// Where one poll asks before it logs in, on the device and on its jump host.
pub(super) struct Gate {
    gate: Arc<dyn LoginGate>,
    waits: Arc<AtomicBool>,
    device: LoginIdentity,
    jump: Option<LoginIdentity>,
}

impl Gate {
    pub(super) fn of(job: &Job, gate: &Arc<dyn LoginGate>) -> Self {
        let device = &job.device;
        let typed = || format!("user:{}", job.access.user);
        let credential = device.credential.clone().unwrap_or_else(typed);
        let jump = device.jump.as_ref().map(|jump| LoginIdentity {
            // A jump host without a credential of its own is opened with the device's.
            credential: jump.credential.clone().unwrap_or_else(|| credential.clone()),
            device: HostName::new(&jump.address.to_string(), jump.port.get()).to_string(),
        });
        Self {
            gate: Arc::clone(gate),
            waits: Arc::default(),
            device: LoginIdentity { credential, device: device.name.clone() },
            jump,
        }
    }

    /// Whether there is any use in connecting.
    pub(super) async fn look(&self) -> Result<(), Failure> {
        for login in self.jump.iter().chain([&self.device]) {
            self.gate.look(login).await?;
        }
        Ok(())
    }

    /// Whether somebody waits for a turn now: that is no fault of the device.
    pub(super) fn is_waiting(&self) -> bool {
        self.waits.load(Ordering::Relaxed)
    }

    /// What the device's login asks; one that goes on in the session gives its permit to who holds the session.
    pub(super) fn for_device(&self, goes_on: bool) -> Gated {
        self.gated(&self.device, goes_on)
    }

    /// What the jump host's login asks.
    pub(super) fn for_jump(&self) -> Option<Gated> {
        self.jump.as_ref().map(|login| self.gated(login, false))
    }

    fn gated(&self, login: &LoginIdentity, goes_on: bool) -> Gated {
        Gated { gate: Arc::clone(&self.gate), login: login.clone(), goes_on, waits: Arc::clone(&self.waits) }
    }
}
