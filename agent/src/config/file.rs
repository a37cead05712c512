//! The shape of `licwatch.toml`. The documentation of a field is what the operator reads, in the schema and as
//! the remedy when its value is wrong.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::num::NonZeroU16;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::service::{ClockSection, GuardSection, OnChange, RunSection, Schedule, SinkTable, StoreSection};
use super::value::{FilePath, HostKeys, Label, Limit, PlatformName, Span, Transport};
use super::window::Windows;
use crate::inventory::{Address, Jump};

/// Configuration of licwatch. Paths are relative to the folder of this file.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, default)]
pub(super) struct File {
    /// This agent itself.
    pub agent: Agent,
    /// How devices are polled.
    pub poll: Poll,
    /// SSH, for all devices.
    pub ssh: Ssh,
    /// Where records go as files.
    pub drop: DropFolder,
    /// Where what was collected is kept.
    pub store: StoreSection,
    /// When devices are polled by `licwatch run`.
    pub schedule: Schedule,
    /// What keeps accounts from being locked out.
    pub guard: GuardSection,
    /// What is expected of clocks.
    pub clock: ClockSection,
    /// Syslog of devices, so that one that reports a change is polled early.
    pub on_change: OnChange,
    /// Where records and events are delivered to by `licwatch run`, by names of your own.
    pub sink: BTreeMap<String, SinkTable>,
    /// The daemon itself.
    pub run: RunSection,
    /// The lists of devices.
    pub inventory: InventoryFiles,
    /// Where secrets are, by names that devices refer to. No secret stands in this file.
    pub credentials: BTreeMap<String, super::CredentialTable>,
    /// Settings that several devices share.
    pub group: BTreeMap<String, Group>,
    /// Devices that are listed here, or settings for devices of the inventory files.
    pub device: BTreeMap<String, DeviceTable>,
}

/// This agent itself.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub(super) struct Agent {
    /// The name of this agent in what it delivers; the name of the host if not given.
    pub name: Option<Label>,
}

/// How devices are polled.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub struct Poll {
    /// Devices that are polled at the same time, 1 to 10000.
    #[schemars(range(min = 1, max = 10000))]
    pub sessions: u32,
    /// SSH handshakes at the same time, 1 to 10000; they cost this host its processor.
    #[schemars(range(min = 1, max = 10000))]
    pub handshakes: u32,
    /// Credentials shown to devices in any second, over all of them, from 0.01 to 10000; it protects the login server.
    /// Logins, logins inside a shell and enable secrets count alike.
    #[schemars(range(min = 0.01, max = 10000.0))]
    pub logins_per_second: f64,
    /// The time that one device may take in all, as a duration such as "5m".
    pub deadline: Option<Limit>,
    /// How devices are read: "auto" (NETCONF and what it cannot tell), "netconf" or "ssh" (the CLI alone).
    pub transport: Option<Transport>,
    /// The credential of devices that name none, by its name under `[credentials]`.
    pub credential: Option<Label>,
    /// Whether devices are asked for their CDP and LLDP neighbours too, true or false; `licwatch devices unknown` uses them.
    pub neighbors: bool,
    /// How long each stage of a poll may take.
    pub limits: Limits,
}

impl Default for Poll {
    fn default() -> Self {
        Self {
            sessions: 64,
            handshakes: 16,
            logins_per_second: 10.0,
            deadline: None,
            transport: None,
            credential: None,
            neighbors: false,
            limits: Limits::default(),
        }
    }
}

/// How long each stage of a poll may take.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub struct Limits {
    /// Until the TCP connection stands, as a duration such as "5s".
    pub connect: Limit,
    /// Until SSH has agreed on keys, as a duration such as "15s".
    pub handshake: Limit,
    /// Until the device has accepted the login, as a duration such as "30s"; then again until it has opened the shell
    /// or NETCONF, and until it has shown its prompt or its hello.
    pub login: Limit,
    /// How long a device may be silent while it answers a command or request, as a duration such as "30s".
    pub command: Limit,
    /// How long one command or request may take in all, as a duration such as "2m".
    pub absolute: Limit,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Limit::seconds(5),
            handshake: Limit::seconds(15),
            login: Limit::seconds(30),
            command: Limit::seconds(30),
            absolute: Limit::seconds(120),
        }
    }
}

/// SSH, for all devices.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub(super) struct Ssh {
    /// The file of known host keys, in the form of OpenSSH; "known_hosts" beside this file if not given.
    pub known_hosts: Option<FilePath>,
    /// What becomes of unknown host keys: "strict" (refused) or "accept-new" (accepted and recorded by `poll`).
    pub host_keys: Option<HostKeys>,
    /// The address of this host that connections start from, as IPv4 or IPv6 address.
    pub source_address: Option<IpAddr>,
    /// Whether old algorithms (SHA-1, CBC, group1, group14) may be used, true or false; better set for old devices alone.
    pub legacy_algorithms: Option<bool>,
}

/// Where records go as files.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub(super) struct DropFolder {
    /// The folder that records are written to; nothing is written if not given.
    pub directory: Option<FilePath>,
    /// Whether the raw output of devices is kept beside the records, true or false.
    pub keep_raw: bool,
}

/// The lists of devices.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub(super) struct InventoryFiles {
    /// CSV files of devices, as a list such as ["devices.csv"].
    pub files: Vec<FilePath>,
}

/// Settings that several devices share.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, default)]
pub(super) struct Group {
    /// The group whose settings this one starts from.
    pub inherits: Option<Label>,
    #[serde(flatten)]
    pub settings: Settings,
}

/// A device, or settings for a device of the inventory files.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, default)]
pub(super) struct DeviceTable {
    #[serde(flatten)]
    pub identity: Identity,
    #[serde(flatten)]
    pub settings: Settings,
}

/// What is one device's own.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize, JsonSchema)]
#[serde(default)]
pub struct Identity {
    /// Where the device is reached: an IPv4 or IPv6 address (with zone, as in "fe80::1%eth0") or a host name.
    pub address: Option<Address>,
    /// The group of the device, or a list of them; later ones win over earlier ones.
    pub group: Option<Groups>,
    /// The serial number that the device should have.
    pub serial_number: Option<Label>,
}

/// One group or several.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Groups {
    /// `group = "access"`
    One(Label),
    /// `group = ["access", "oslo"]`
    Several(Vec<Label>),
}

impl Groups {
    /// The names, in the order they apply.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        match self {
            Self::One(name) => std::slice::from_ref(name),
            Self::Several(names) => names,
        }
        .iter()
        .map(Label::as_str)
    }
}

impl<'de> Deserialize<'de> for Groups {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrSeveral;
        impl<'de> serde::de::Visitor<'de> for OneOrSeveral {
            type Value = Groups;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("the name of a group or a list of names")
            }

            fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Groups, E> {
                name.parse().map(Groups::One).map_err(E::custom)
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut names: A) -> Result<Groups, A::Error> {
                let mut groups = Vec::new();
                while let Some(name) = names.next_element()? {
                    groups.push(name);
                }
                Ok(Groups::Several(groups))
            }
        }
        deserializer.deserialize_any(OneOrSeveral)
    }
}

/// Declares the settings, and how one layer of them lies over another.
macro_rules! settings {
    ($($(#[$doc:meta])* $name:ident: $type:ty,)+) => {
        /// What a device may take from its groups or say itself.
        #[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize, JsonSchema)]
        #[serde(default)]
        pub struct Settings { $($(#[$doc])* pub $name: Option<$type>,)+ }

        impl Settings {
            /// Takes what `layer` states, and tells `taken` the name of each such setting.
            pub(crate) fn take(&mut self, layer: &Self, mut taken: impl FnMut(&'static str)) {
                $(if layer.$name.is_some() {
                    self.$name.clone_from(&layer.$name);
                    taken(stringify!($name));
                })+
            }
        }
    };
}

settings! {
    /// The site that the device stands at.
    site: Label,
    /// The role of the device, such as "core", "access" or "perimeter".
    role: Label,
    /// The environment that the device belongs to, such as "production" or "test".
    environment: Label,
    /// The person responsible for the device.
    owner: Label,
    /// The operating system: "ios", "ios-xe", "nx-os", "ios-xr", "aireos" or "asa"; recognized if not given.
    platform: PlatformName,
    /// How the device is read: "auto", "netconf" or "ssh".
    transport: Transport,
    /// The TCP port of SSH, 1 to 65535.
    port: NonZeroU16,
    /// The TCP port of NETCONF, 1 to 65535.
    netconf_port: NonZeroU16,
    /// The credential that opens the device, by its name under `[credentials]`.
    credential: Label,
    /// The jump host on the way to the device, as `[USER@]HOST[:PORT]`.
    jump: Jump,
    /// The credential that opens the jump host, by its name under `[credentials]`; the device's own if not given.
    jump_credential: Label,
    /// The Smart Account that the device belongs to.
    smart_account: Label,
    /// The Virtual Account that the device belongs to.
    virtual_account: Label,
    /// The licences that the device should hold and how many of each, as a table such as { network-advantage = 3 }.
    expected_licenses: BTreeMap<String, u32>,
    /// Whether old algorithms (SHA-1, CBC, group1, group14) may be used, true or false.
    legacy_algorithms: bool,
    /// Whether commands may be sent before the answer to the last one has come, true or false.
    pipeline: bool,
    /// The time that the device may take in all, as a duration such as "5m".
    deadline: Limit,
    /// The address of this host that connections start from, as IPv4 or IPv6 address.
    source_address: IpAddr,
    /// The file of known host keys, in the form of OpenSSH.
    known_hosts: FilePath,
    /// What becomes of unknown host keys: "strict" or "accept-new".
    host_keys: HostKeys,
    /// How often the device is polled, as a time such as "1 day".
    interval: Span,
    /// When polls of the device may begin, as a list such as ["Mon-Fri 20:00-06:00"].
    poll_windows: Windows,
    /// When the device is not polled, as a list such as ["Sun 02:00-05:00"].
    maintenance: Windows,
    /// Anything worth remembering about the device.
    notes: Label,
}
