//! Who to connect to, as whom, and over which way.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use super::known_hosts::HostName;
use super::{Auth, Gated, HostKeys};
use crate::inventory::Address;

/// A device, or a jump host on the way to one.
#[derive(Clone, Debug)]
pub struct Target {
    /// Where it is.
    pub address: Address,
    /// Its SSH port.
    pub port: u16,
    /// Who logs in.
    pub user: String,
    /// How the login proves itself.
    pub auth: Auth,
    /// The local address to connect from.
    pub source: Option<IpAddr>,
    /// The host to go through, with its own login and its own host key.
    pub jump: Option<Box<Target>>,
    /// Whether old algorithms may be used.
    pub legacy_algorithms: bool,
    /// Whether the handshake goes through the narrow lane, because [`super::Facts::is_slow`] said so last time.
    /// Targets with old algorithms go there in any case.
    pub narrow_lane: bool,
    /// What its host key is checked against.
    pub host_keys: Arc<HostKeys>,
    /// Who is asked before the login; nobody if there is none.
    pub gate: Option<Gated>,
}

impl Target {
    /// A device on port 22, directly reached.
    pub fn new(address: Address, user: impl Into<String>, auth: Auth, host_keys: Arc<HostKeys>) -> Self {
        Self {
            address,
            port: 22,
            user: user.into(),
            auth,
            source: None,
            jump: None,
            legacy_algorithms: false,
            narrow_lane: false,
            host_keys,
            gate: None,
        }
    }

    /// How `known_hosts` names it.
    pub fn host_name(&self) -> HostName {
        HostName::new(&self.address.to_string(), self.port)
    }
}

/// For messages: `core-1 port 22`.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} port {}", self.address, self.port)
    }
}
