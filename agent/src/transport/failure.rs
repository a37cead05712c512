//! Why a device could not be read: at which stage, what kind of thing, in which words, and what to do.

use serde::Serialize;

/// A failure that ends one device's poll and nobody else's. Texts never hold a secret.
#[derive(Clone, Debug, PartialEq, Serialize, thiserror::Error)]
#[error("{stage}: {text}")]
#[non_exhaustive]
pub struct Failure {
    /// How far the poll had come.
    pub stage: Stage,
    /// What kind of failure it is, for programs.
    pub kind: Kind,
    /// What happened, for people.
    pub text: String,
    /// What the reader can do about it.
    pub remedy: String,
}

impl Failure {
    /// A failure at `stage`; `remedy` is what the operator should do next.
    pub fn new(stage: Stage, kind: Kind, text: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { stage, kind, text: text.into(), remedy: remedy.into() }
    }

    /// Whether `auto` may try another transport after this: only what says that this way does not exist. A refused
    /// credential ends the device, and so does a login that hangs: the next way would be a second login with it.
    pub fn allows_another_way(&self) -> bool {
        let gone = matches!(
            self.kind,
            Kind::Refused
                | Kind::Unreachable
                | Kind::Timeout
                | Kind::SubsystemMissing
                | Kind::CapabilityMissing
        );
        gone && !matches!(self.stage, Stage::Login | Stage::Jump | Stage::Device)
    }
}

/// How far a poll had come.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Turning a name into addresses.
    Resolve,
    /// TCP connection.
    Connect,
    /// SSH version and key exchange.
    Handshake,
    /// Checking the host key.
    HostKey,
    /// Authentication.
    Login,
    /// Opening the way through a jump host.
    Jump,
    /// Opening the shell and learning its prompt.
    Shell,
    /// Reaching the privilege that the commands need.
    Privilege,
    /// One command and its answer.
    Command,
    /// Opening the NETCONF subsystem.
    Subsystem,
    /// The NETCONF hello exchange.
    Hello,
    /// One NETCONF request and its reply.
    Rpc,
    /// The whole device, across stages.
    Device,
}

/// What kind of failure it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The name has no address. (network, operator)
    NameUnknown,
    /// The peer refused the connection. (network)
    Refused,
    /// No route, or the network says so. (network)
    Unreachable,
    /// A stage took longer than its limit. (device, network)
    Timeout,
    /// The peer closed or reset the connection. (device, network)
    Closed,
    /// The peer offers only algorithms that are not allowed for it. (operator)
    NoCommonAlgorithm,
    /// The peer does not speak the protocol. (device)
    Protocol,
    /// No key is on record for the host. (operator)
    HostKeyUnknown,
    /// The host shows another key than the one on record. (operator, security)
    HostKeyChanged,
    /// The key is marked as revoked. (operator, security)
    HostKeyRevoked,
    /// The device refused the credential. It is not tried again. (operator)
    AuthenticationFailed,
    /// No login is tried on the device, or with the credential, until an operator releases it. (operator)
    LoginStopped,
    /// No turn to log in came in time; the device was shown nothing. (operator)
    LoginDeferred,
    /// The device refused the enable secret. It is not tried again. (operator)
    EnableRefused,
    /// The credential could not be read on our side. (operator)
    CredentialUnavailable,
    /// The session may not run what is needed. (operator)
    PrivilegeTooLow,
    /// The device has no NETCONF subsystem. (operator)
    SubsystemMissing,
    /// The device does not offer the model that is asked for. (operator)
    CapabilityMissing,
    /// The device answered a NETCONF request with an error. (device)
    RpcError,
    /// The device refused a command. (device, operator)
    CommandRefused,
    /// The answer outgrew its cap. (device)
    ReplyTooLarge,
    /// The answer makes no sense. (device)
    Garbage,
    /// The prompt could not be learned or never came back. (device)
    PromptLost,
    /// We were told to stop. (operator)
    Interrupted,
}

impl std::fmt::Display for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::Resolve => "resolve",
            Self::Connect => "connect",
            Self::Handshake => "handshake",
            Self::HostKey => "host key",
            Self::Login => "login",
            Self::Jump => "jump host",
            Self::Shell => "shell",
            Self::Privilege => "privilege",
            Self::Command => "command",
            Self::Subsystem => "netconf subsystem",
            Self::Hello => "netconf hello",
            Self::Rpc => "netconf rpc",
            Self::Device => "device",
        })
    }
}
