//! What the device is: identity, hardware, software, clock.

use std::fmt;

use serde::{Serialize, Serializer};

use super::value::{Text, Timestamp, absent};
use super::words::Platform;

/// The device as a whole, named by its first or active chassis.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Device<'a> {
    /// From the prompt or from `show version`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hostname: Option<Text<'a>>,
    /// The operating system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
    /// Chassis PID of the first or active UDI (`C9300-24UX`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<Text<'a>>,
    /// Chassis serial number of the first or active UDI.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub serial_number: Option<Text<'a>>,
    /// The version alone: `17.9.4a`, `15.2(4)M3`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub software_version: Option<Text<'a>>,
    /// Every chassis, stack member or HA peer that a UDI list names, in the order printed.
    #[serde(skip_serializing_if = "absent")]
    pub udis: Vec<Udi<'a>>,
    /// The entries of `show inventory`, in order.
    #[serde(skip_serializing_if = "absent")]
    pub inventory: Vec<InventoryItem<'a>>,
    /// Technology or licence levels as `show version` prints them.
    #[serde(skip_serializing_if = "absent")]
    pub boot_level: BootLevel<'a>,
    /// As `show platform hardware throughput …` prints it.
    #[serde(skip_serializing_if = "absent")]
    pub throughput: Throughput<'a>,
    /// The device's own clock at the time of the output.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clock: Option<Clock<'a>>,
}

/// A Unique Device Identifier: what Cisco licenses.
#[derive(Clone, Debug, Default, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Udi<'a> {
    /// `active`, `standby`, `member` …, lower case; only where the output names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Text<'a>>,
    /// Product identifier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pid: Option<Text<'a>>,
    /// Serial number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub serial_number: Option<Text<'a>>,
}

/// One entry of `show inventory`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct InventoryItem<'a> {
    /// `NAME:`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Text<'a>>,
    /// `DESCR:`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Text<'a>>,
    /// `PID:`; `Unspecified` is absence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pid: Option<Text<'a>>,
    /// `VID:`; odd ones (`-`, `0xFF`) are kept as printed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vid: Option<Text<'a>>,
    /// `SN:`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub serial_number: Option<Text<'a>>,
}

/// Licence levels now and after the next reload.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct BootLevel<'a> {
    /// The level in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current: Option<Text<'a>>,
    /// The level after the next reload.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_reboot: Option<Text<'a>>,
    /// The add-on level (DNA) in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub addon_current: Option<Levels<'a>>,
    /// The add-on level after the next reload.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub addon_next_reboot: Option<Levels<'a>>,
}

/// A level, or several where a table lists one in each row. They are printed as one text with blanks between:
/// `appxk9 securityk9`.
#[derive(Clone, Debug, PartialEq)]
pub struct Levels<'a>(Vec<Text<'a>>);

impl<'a> Levels<'a> {
    /// What stands between two levels.
    pub const BETWEEN: &'static str = " ";

    /// Adds a level behind the others.
    pub fn add(&mut self, level: impl Into<Text<'a>>) {
        self.0.push(level.into());
    }

    /// The levels in the order printed.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(AsRef::as_ref)
    }
}

impl<'a, T: Into<Text<'a>>> From<T> for Levels<'a> {
    fn from(level: T) -> Self {
        Self(vec![level.into()])
    }
}

impl fmt::Display for Levels<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, level) in self.iter().enumerate() {
            if number > 0 {
                f.write_str(Self::BETWEEN)?;
            }
            f.write_str(level)?;
        }
        Ok(())
    }
}

impl Serialize for Levels<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The licensed throughput of a router.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Throughput<'a> {
    /// In the device's words: `unthrottled`, `2500000 kbps`, `T2`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<Text<'a>>,
    /// The configured crypto level: `T3`, `500M`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crypto_level: Option<Text<'a>>,
    /// The level in kilobits per second, where the device prints a number of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kbps: Option<u64>,
}

/// A reading of the device's clock.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Clock<'a> {
    /// The reading; the flags `.` and `*` are not part of it, milliseconds are.
    pub time: Timestamp<'a>,
    /// False for the flags `.` and `*` and for `No time source`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub synchronized: Option<bool>,
    /// Device time less agent time at the middle of the exchange, in seconds; added by the agent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset_seconds: Option<f64>,
}
