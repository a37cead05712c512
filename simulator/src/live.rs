//! A device that is being served.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::sync::Arc;

use russh::keys::PublicKey;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::credentials::Credentials;
use crate::device::Device;
use crate::fault::Limits;
use crate::personality::Personality;
use crate::tally::Tally;

/// A device that is being served: where it is, who may log in, what was done to it.
#[derive(Debug)]
pub struct LiveDevice {
    pub(crate) served: Arc<Served>,
    pub(crate) address: SocketAddr,
    pub(crate) netconf_address: Option<SocketAddr>,
    pub(crate) host_key: String,
}

/// What every session of a device shares.
#[derive(Debug)]
pub(crate) struct Served {
    pub(crate) device: Device,
    pub(crate) credentials: Credentials,
    pub(crate) authorized: Vec<PublicKey>,
    pub(crate) limits: Limits,
    pub(crate) tally: watch::Sender<Tally>,
    pub(crate) tasks: TaskTracker,
    pub(crate) stop: CancellationToken,
}

impl Served {
    pub(crate) fn count(&self, change: impl FnOnce(&mut Tally)) {
        self.tally.send_modify(change);
    }

    /// Takes the time that the device takes before it looks at a credential.
    pub(crate) async fn consult(&self) {
        if let Some(wait) = self.device.faults.slow_login() {
            tokio::time::sleep(wait).await;
        }
    }
}

impl LiveDevice {
    /// Where the command line listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where NETCONF listens; none if the device does not speak it.
    pub fn netconf_address(&self) -> Option<SocketAddr> {
        self.netconf_address
    }

    /// What the device says.
    pub fn personality(&self) -> &Personality {
        &self.served.device.personality
    }

    /// The host name.
    pub fn hostname(&self) -> Cow<'_, str> {
        self.personality().hostname()
    }

    /// Who may log in.
    pub fn credentials(&self) -> &Credentials {
        &self.served.credentials
    }

    /// The public host key as OpenSSH prints it.
    pub fn host_key(&self) -> &str {
        &self.host_key
    }

    /// The lines that OpenSSH's `known_hosts` holds for the device, each with its line feed.
    pub fn known_hosts(&self) -> String {
        let netconf = self.netconf_address.filter(|address| *address != self.address);
        let line = |address: SocketAddr| match address.port() {
            22 => format!("{} {}\n", address.ip(), self.host_key),
            port => format!("[{}]:{port} {}\n", address.ip(), self.host_key),
        };
        [Some(self.address), netconf].into_iter().flatten().map(line).collect()
    }

    /// What clients did so far.
    pub fn tally(&self) -> Tally {
        self.served.tally.borrow().clone()
    }

    /// Waits until the tally fulfils a condition, and returns it. There is no limit here: the caller sets one.
    pub async fn until(&self, condition: impl FnMut(&Tally) -> bool) -> Tally {
        let mut tally = self.served.tally.subscribe();
        // The sender lives as long as the device, so the wait cannot fail.
        match tally.wait_for(condition).await {
            Ok(tally) => tally.clone(),
            Err(_) => self.tally(),
        }
    }
}
