//! What clients did to a device.

use std::time::Instant;

/// Counts and lists since the device started. Lists stop growing at [`Tally::LISTED`] entries.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Tally {
    /// TCP connections accepted.
    pub connections: u64,
    /// Connections open now.
    pub open_connections: u64,
    /// The most connections that were open at once.
    pub peak_connections: u64,
    /// Credentials presented: passwords, answers to the keyboard-interactive prompt, signatures of a public key.
    pub login_attempts: u64,
    /// When each of them was presented, in order.
    pub login_times: Vec<Instant>,
    /// Logins that succeeded.
    pub logins: u64,
    /// Times an enable secret was presented.
    pub enable_attempts: u64,
    /// When each of them was presented, in order.
    pub enable_times: Vec<Instant>,
    /// Shells opened.
    pub shells: u64,
    /// NETCONF sessions opened.
    pub netconf_sessions: u64,
    /// Lines typed in shells, in order; never a secret.
    pub commands: Vec<String>,
    /// NETCONF requests by their operation, in order.
    pub requests: Vec<String>,
    /// Commands and requests that could have changed the device. They are refused.
    pub violations: Vec<String>,
}

impl Tally {
    /// The longest that a list becomes.
    pub const LISTED: usize = 10_000;

    pub(crate) fn connected(&mut self) {
        self.connections += 1;
        self.open_connections += 1;
        self.peak_connections = self.peak_connections.max(self.open_connections);
    }

    pub(crate) fn disconnected(&mut self) {
        self.open_connections = self.open_connections.saturating_sub(1);
    }

    /// A credential was presented.
    pub(crate) fn login(&mut self, accepted: bool) {
        self.login_attempts += 1;
        self.logins += u64::from(accepted);
        list(&mut self.login_times, Instant::now());
    }

    /// An enable secret was presented.
    pub(crate) fn enable(&mut self) {
        self.enable_attempts += 1;
        list(&mut self.enable_times, Instant::now());
    }

    pub(crate) fn command(&mut self, line: &str) {
        list(&mut self.commands, line.to_owned());
    }

    pub(crate) fn request(&mut self, operation: &str) {
        list(&mut self.requests, operation.to_owned());
    }

    pub(crate) fn violation(&mut self, what: &str) {
        list(&mut self.violations, what.to_owned());
    }
}

fn list<T>(entries: &mut Vec<T>, entry: T) {
    if entries.len() < Tally::LISTED {
        entries.push(entry);
    }
}
