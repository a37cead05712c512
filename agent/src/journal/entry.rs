//! What the journal tells of.

use std::fmt;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};

/// Declares the kinds of entry by their words.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $word:literal,)+) => {
        /// What an entry tells.
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        #[non_exhaustive]
        pub enum Kind { $($(#[$doc])* $kind,)+ }

        impl Kind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$kind),+];

            /// The word for it in entries.
            pub fn word(self) -> &'static str {
                match self { $(Self::$kind => $word,)+ }
            }
        }
    };
}

kinds! {
    /// The journal begins; `public_key` signs its heads.
    Begun = "journal_begun",
    /// The daemon starts.
    Started = "started",
    /// The daemon stops.
    Stopped = "stopped",
    /// A configuration is in force from now on; with digests of its files.
    ConfigurationLoaded = "configuration_loaded",
    /// A configuration was refused; the one before it stays in force.
    ConfigurationRefused = "configuration_refused",
    /// A device was polled: outcome, digests of the record and of the captures.
    Polled = "polled",
    /// A cycle of polls ended: how many devices, how they fared, which failed and why.
    CycleEnded = "cycle_ended",
    /// An operator trusts a host key.
    KeyTrusted = "key_trusted",
    /// An operator forgot a host key.
    KeyForgotten = "key_forgotten",
    /// The login guard stopped a credential or a device.
    Stopping = "login_stopped",
    /// An operator released a credential, a device or the clock.
    Released = "released",
    /// Lines were delivered to a sink.
    Delivered = "delivered",
    /// A sink refused a line for good.
    Refused = "refused",
    /// An operator retried, exported or discarded lines of the outbox.
    OutboxChanged = "outbox_changed",
    /// Saved output or another agent's drop was taken in.
    Imported = "imported",
    /// Polling stopped as a whole, or goes on: the disk, the clock, the outbox, the store.
    Braked = "braked",
    /// Old observations or captures were deleted as configured.
    Retained = "retention",
    /// A legal hold was set or lifted.
    Held = "held",
    /// The store was brought to a newer schema.
    Upgraded = "upgraded",
    /// The journal was exported.
    Exported = "exported",
}

impl Serialize for Kind {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

/// Who did it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Actor {
    /// The daemon, by its schedule.
    Daemon,
    /// A person at the command line, by the name of the user.
    Operator(String),
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Daemon => f.write_str("daemon"),
            Self::Operator(user) => write!(f, "operator {user}"),
        }
    }
}

impl Serialize for Actor {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// An entry to be made. No secret ever stands in one.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Who did it.
    pub actor: Actor,
    /// What.
    pub kind: Kind,
    facts: Map<String, Value>,
}

impl Entry {
    /// An entry without particulars.
    pub fn new(actor: Actor, kind: Kind) -> Self {
        Self { actor, kind, facts: Map::new() }
    }

    /// Adds a particular. Its name must be none of `seq`, `at`, `agent`, `actor` and `kind`.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.facts.insert(name.to_owned(), value.into());
        self
    }

    /// The bytes that go into the chain.
    pub fn line(&self, seq: u64, at: Timestamp, agent: &str) -> Vec<u8> {
        #[derive(Serialize)]
        struct Line<'e> {
            seq: u64,
            at: Timestamp,
            agent: &'e str,
            actor: &'e Actor,
            kind: Kind,
            #[serde(flatten)]
            facts: &'e Map<String, Value>,
        }
        let line = Line { seq, at, agent, actor: &self.actor, kind: self.kind, facts: &self.facts };
        // Maps of texts and values always have a form in JSON.
        serde_json::to_vec(&line).unwrap_or_default()
    }
}
