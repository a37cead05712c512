//! What is told to those who watch: changes of devices, and what a security officer must hear of.
//!
//! Every kind has a number that never changes its meaning; rules of a SIEM may rest on it. Numbers from 100 are
//! changes of devices, from 200 security events, from 300 the agent's own state.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};
use uuid::Uuid;

/// How grave an event is, as syslog counts it.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Somebody must act at once. (syslog 1)
    Alert = 1,
    /// Something failed that needs a person. (syslog 3)
    Error = 3,
    /// It may become an error. (syslog 4)
    Warning = 4,
    /// It is normal and worth knowing. (syslog 5)
    Notice = 5,
    /// It is normal. (syslog 6)
    Info = 6,
}

/// Declares the kinds: word, number, severity, what it means.
macro_rules! kinds {
    ($($kind:ident = $number:literal $word:literal $severity:ident $means:literal,)+) => {
        /// What happened.
        #[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
        #[non_exhaustive]
        pub enum Kind { $(#[doc = $means] $kind,)+ }

        impl Kind {
            /// Every kind, by number.
            pub const ALL: &[Self] = &[$(Self::$kind),+];

            /// Its published number.
            pub fn number(self) -> u16 {
                match self { $(Self::$kind => $number,)+ }
            }

            /// The word for it.
            pub fn word(self) -> &'static str {
                match self { $(Self::$kind => $word,)+ }
            }

            /// How grave it is.
            pub fn severity(self) -> Severity {
                match self { $(Self::$kind => Severity::$severity,)+ }
            }

            /// What it means, one sentence.
            pub fn means(self) -> &'static str {
                match self { $(Self::$kind => $means,)+ }
            }
        }
    };
}

kinds! {
    DeviceSeen = 100 "device_seen" Notice "A device answered for the first time.",
    LicenceAdded = 101 "licence_added" Notice "A licence is there that was not.",
    LicenceRemoved = 102 "licence_removed" Warning "A licence is gone.",
    LicenceCount = 103 "licence_count_changed" Notice "The count of a licence changed.",
    LicenceState = 104 "licence_state_changed" Notice "The state of a licence changed.",
    Compliance = 105 "compliance_changed" Warning "The device judges its entitlement otherwise than before.",
    Registration = 106 "registration_changed" Notice "The registration changed.",
    LicensingModel = 107 "licensing_model_changed" Notice "Another licensing model is in force.",
    Account = 108 "account_changed" Warning "The Smart Account or Virtual Account changed.",
    MemberAdded = 110 "member_added" Notice "A chassis or stack member was added.",
    MemberRemoved = 111 "member_removed" Warning "A chassis or stack member is gone.",
    MemberSwapped = 112 "member_swapped" Warning "A chassis or stack member was replaced by another.",
    ModuleAdded = 113 "module_added" Notice "A module was added.",
    ModuleRemoved = 114 "module_removed" Warning "A module is gone.",
    ModuleSwapped = 115 "module_swapped" Warning "A module was replaced by another.",
    Version = 120 "version_changed" Notice "The software version changed.",
    Level = 121 "level_changed" Notice "The licence level in force changed.",
    LevelPending = 122 "level_pending" Notice "Another licence level will be in force after the next reboot.",
    WentSilent = 130 "went_silent" Warning "A device has not answered for longer than it may.",
    CameBack = 131 "came_back" Notice "A silent device answers again.",
    Renamed = 132 "renamed" Notice "A device is listed under another name.",
    SharedSerial = 133 "serial_under_two_names" Warning "One serial number is shown by two names.",
    OtherChassis = 134 "other_chassis" Warning "A name shows no serial number that it showed before.",
    MoreChanges = 135 "more_changes" Warning "More changed on a device than is told one by one.",
    HostKeyUnknown = 200 "host_key_unknown" Warning "A device showed a host key that nobody has trusted.",
    HostKeyChanged = 201 "host_key_changed" Alert "A device showed another host key than the one on record.",
    HostKeyRevoked = 202 "host_key_revoked" Alert "A device showed a revoked host key.",
    LoginRefused = 203 "login_refused" Warning "A device refused the login.",
    DeviceStopped = 204 "device_stopped" Error "No more logins to a device until an operator releases it.",
    CredentialStopped = 205 "credential_stopped" Alert "No more logins with a credential until an operator releases it.",
    Released = 206 "released" Notice "An operator released a device, a credential or the clock.",
    KeyTrusted = 207 "key_trusted" Notice "An operator trusts a host key.",
    KeyForgotten = 208 "key_forgotten" Notice "An operator forgot a host key.",
    ConfigurationLoaded = 209 "configuration_loaded" Notice "A configuration is in force from now on.",
    ConfigurationRefused = 210 "configuration_refused" Error "A configuration was refused, the one before it stays.",
    ClockRefused = 211 "clock_refused" Alert "The agent's own clock cannot be trusted; nothing is polled.",
    ClockTrusted = 212 "clock_trusted" Notice "The agent's own clock is trusted again.",
    JournalDamaged = 213 "journal_damaged" Alert "The journal does not verify.",
    OldAlgorithms = 214 "old_algorithms" Warning "Old algorithms were used with a device, as its configuration allows.",
    PrivilegeTooLow = 215 "privilege_too_low" Warning "A login may not run what is needed.",
    OutboxChanged = 216 "outbox_changed" Notice "An operator retried, exported or discarded lines of the outbox.",
    Imported = 217 "imported" Notice "An operator took in saved output or a drop.",
    DeviceClock = 218 "device_clock_off" Warning "A device's clock is further off than it may be.",
    DeviceClockBack = 219 "device_clock_right" Notice "A device's clock is right again.",
    AgentStarted = 300 "agent_started" Notice "The agent started.",
    AgentStopped = 301 "agent_stopped" Notice "The agent stopped.",
    DiskFull = 302 "disk_reserve_reached" Error "The disk is down to its reserve; nothing is polled.",
    DiskBack = 303 "disk_has_room" Notice "There is room on the disk again.",
    SinkFailing = 304 "sink_failing" Warning "A sink does not take what is delivered to it.",
    SinkBack = 305 "sink_works" Notice "A sink takes deliveries again.",
    LineRefused = 306 "line_refused" Error "A sink refused a line for good; it is among the dead letters.",
    OutboxFull = 307 "outbox_full" Error "The outbox of a sink holds as much as it may; nothing is polled.",
    OutboxBack = 308 "outbox_has_room" Notice "The outbox has room again.",
    StoreRefuses = 309 "store_refuses" Error "The store takes nothing; nothing is polled. It is told when it takes writes again.",
    StoreTakes = 310 "store_takes" Notice "The store takes what is polled again.",
    PollLost = 311 "poll_lost" Error "What a poll brought is lost by a fault of licwatch; the device is polled again.",
}

impl Kind {
    /// Whether the device itself is another than before: what is polled again soon, to confirm it.
    pub fn is_change(self) -> bool {
        (101..130).contains(&self.number())
    }
}

/// One event.
#[derive(Clone, Debug)]
pub struct Event {
    /// What happened.
    pub kind: Kind,
    /// The device's name in the inventory, if it is about one.
    pub device: Option<String>,
    /// The observation that showed it.
    pub observation: Option<Uuid>,
    /// One sentence for people, without a secret in it.
    pub message: String,
    /// Particulars for programs: old and new values, names.
    pub facts: Map<String, Value>,
}

impl Event {
    /// An event about the agent itself.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, device: None, observation: None, message: message.into(), facts: Map::new() }
    }

    /// Says which device it is about.
    #[must_use]
    pub fn of(mut self, device: &str) -> Self {
        self.device = Some(device.to_owned());
        self
    }

    /// Adds a particular.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.facts.insert(name.to_owned(), value.into());
        self
    }

    /// The event as one line of JSON, form `licwatch/event/1`.
    pub fn line(&self, id: Uuid, at: Timestamp, agent: &str) -> String {
        #[derive(Serialize)]
        struct Line<'e> {
            schema: &'static str,
            id: Uuid,
            number: u16,
            kind: &'static str,
            severity: Severity,
            at: Timestamp,
            agent: &'e str,
            #[serde(skip_serializing_if = "Option::is_none")]
            device: Option<&'e str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            observation: Option<Uuid>,
            message: &'e str,
            #[serde(skip_serializing_if = "Map::is_empty")]
            facts: &'e Map<String, Value>,
        }
        let line = Line {
            schema: "licwatch/event/1",
            id,
            number: self.kind.number(),
            kind: self.kind.word(),
            severity: self.kind.severity(),
            at,
            agent,
            device: self.device.as_deref(),
            observation: self.observation,
            message: &self.message,
            facts: &self.facts,
        };
        // Maps of texts and values always have a form in JSON.
        serde_json::to_string(&line).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_changes_on_a_device_is_a_change() {
        assert!(Kind::LicenceAdded.is_change() && Kind::LevelPending.is_change());
        assert!(
            !Kind::DeviceSeen.is_change() && !Kind::CameBack.is_change() && !Kind::LoginRefused.is_change()
        );
    }

    #[test]
    fn numbers_and_words_are_unique_and_in_order() {
        let numbers: Vec<_> = Kind::ALL.iter().map(|kind| kind.number()).collect();
        assert!(numbers.is_sorted_by(|one, next| one < next), "{numbers:?}");
        let words: std::collections::BTreeSet<_> = Kind::ALL.iter().map(|kind| kind.word()).collect();
        assert_eq!(words.len(), Kind::ALL.len());
    }

    /// The table for those who write rules.
    fn rendered() -> String {
        let mut text = String::from(
            "# The events of licwatch\n\n\
             Written by a test from `agent/src/events.rs`; `UPDATE_GOLDEN=1 cargo test -p licwatch --lib events` writes it anew.\n\n\
             A number never changes its meaning and is never used again; new ones are added. From 100: changes of devices.\n\
             From 200: security events. From 300: the agent's own state. The number stands in `number` of the JSON form\n\
             (`licwatch/event/1`) and of RFC 5424's structured data, and is CEF's event class; the word is `kind` and the\n\
             message id. Severities are those of syslog; in CEF they are 10, 8, 6, 3 and 1.\n\n\
             | number | kind | severity | what it means |\n|---|---|---|---|\n",
        );
        for kind in Kind::ALL {
            let severity = format!("{:?}", kind.severity()).to_lowercase();
            let code = kind.severity() as u8;
            let (number, word, means) = (kind.number(), kind.word(), kind.means());
            text.push_str(&format!("| {number} | `{word}` | {severity} ({code}) | {means} |\n"));
        }
        text
    }

    #[test]
    fn the_published_table_is_that_of_the_code() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("EVENTS.md");
        let rewrites = std::env::var_os("UPDATE_GOLDEN").is_some_and(|value| value == "1");
        assert!(!(rewrites && std::env::var_os("CI").is_some()), "nobody reads what CI writes");
        if rewrites {
            std::fs::write(&path, rendered()).unwrap();
        }
        let kept = std::fs::read_to_string(&path).unwrap();
        assert_eq!(kept, rendered(), "EVENTS.md: rewrite it with UPDATE_GOLDEN=1 and read it");
    }
}
