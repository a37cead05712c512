//! One device with everything that a poll needs to know of it.

use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::net::IpAddr;
use std::num::NonZeroU16;
use std::path::PathBuf;
use std::time::Duration;

use licwatch_parsers::record::Platform;

use super::Address;
use crate::config::{HostKeys, Transport, Windows};

/// A device with its settings in force.
#[derive(Clone, Debug, PartialEq)]
pub struct Device {
    /// Its name in the inventory.
    pub name: String,
    /// Where it is reached.
    pub address: Address,
    /// TCP port of SSH.
    pub port: NonZeroU16,
    /// TCP port of NETCONF.
    pub netconf_port: NonZeroU16,
    /// Its operating system, if the operator says.
    pub platform: Option<Platform>,
    /// How it is read.
    pub transport: Transport,
    /// Its groups, with those that they inherit from: the first is the most general.
    pub groups: Vec<String>,
    /// Where it stands.
    pub site: Option<String>,
    /// What it is for.
    pub role: Option<String>,
    /// Test, production …
    pub environment: Option<String>,
    /// Who is responsible for it.
    pub owner: Option<String>,
    /// The name of the credential that opens it; there is none for an ad-hoc device.
    pub credential: Option<String>,
    /// The host on the way to it.
    pub jump: Option<JumpHost>,
    /// The Smart Account it belongs to.
    pub smart_account: Option<String>,
    /// The Virtual Account it belongs to.
    pub virtual_account: Option<String>,
    /// The licences it should hold, and how many of each.
    pub expected_licenses: BTreeMap<String, u32>,
    /// The serial number it should have.
    pub serial_number: Option<String>,
    /// Whether old algorithms may be used.
    pub legacy_algorithms: bool,
    /// Whether commands may be sent before the answer to the last one has come.
    pub pipeline: bool,
    /// The time it may take in all.
    pub deadline: Duration,
    /// The address of this host that connections start from.
    pub source_address: Option<IpAddr>,
    /// The file of known host keys.
    pub known_hosts: PathBuf,
    /// What becomes of unknown host keys.
    pub host_keys: HostKeys,
    /// How often it is polled.
    pub interval: Duration,
    /// When its polls may begin; none for at any time.
    pub poll_windows: Windows,
    /// When it is not polled.
    pub maintenance: Windows,
    /// Anything worth remembering.
    pub notes: Option<String>,
    /// Where each setting comes from, by its key.
    pub origins: BTreeMap<&'static str, Origin>,
}

/// A jump host as a device uses it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct JumpHost {
    /// Who logs in there; the user of the credential if not given.
    pub user: Option<String>,
    /// Where it is.
    pub address: Address,
    /// Its SSH port.
    pub port: NonZeroU16,
    /// The name of the credential that opens it.
    pub credential: Option<String>,
}

/// Where a setting comes from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Origin {
    /// Nobody said anything.
    Default,
    /// A section of `licwatch.toml` for all devices.
    Section(&'static str),
    /// A group.
    Group(String),
    /// The table of the device in `licwatch.toml`.
    Table(String),
    /// A row of an inventory file.
    Row {
        /// The file.
        file: String,
        /// Its line, from 1.
        line: usize,
    },
}

impl Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Section(section) => write!(f, "[{section}]"),
            Self::Group(name) => write!(f, "[group.{name}]"),
            Self::Table(name) => write!(f, "[device.{name}]"),
            Self::Row { file, line } => write!(f, "{file}:{line}"),
        }
    }
}
