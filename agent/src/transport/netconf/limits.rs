//! How long a NETCONF session waits and how much it takes.

use std::time::Duration;

use licwatch_parsers::netconf::MESSAGE_CAP;

/// Every limit of a NETCONF session.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct NetconfLimits {
    /// From the open subsystem to the peer's whole hello.
    pub hello: Duration,
    /// Longest silence while a reply is awaited; data starts it anew.
    pub inactivity: Duration,
    /// Longest time for one reply, silent or not.
    pub reply: Duration,
    /// Longest wait for the end of the session.
    pub close: Duration,
    /// Largest message.
    pub message_bytes: usize,
}

impl Default for NetconfLimits {
    fn default() -> Self {
        Self {
            hello: Duration::from_secs(10),
            inactivity: Duration::from_secs(30),
            reply: Duration::from_secs(120),
            close: Duration::from_secs(2),
            message_bytes: MESSAGE_CAP,
        }
    }
}

/// How one device's session is to be held.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct NetconfOptions {
    /// Limits.
    pub limits: NetconfLimits,
    /// Announce base:1.0 alone, for devices that announce base:1.1 and do not frame so.
    pub force_base_1_0: bool,
}
