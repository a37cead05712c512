//! The kinds of device that the project has captures of.

use licwatch_parsers::record::Platform;

/// A kind of device.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// A stack of Catalyst 9300 under Smart Licensing Using Policy.
    C9300Stack,
    /// A Catalyst 8000V router under Smart Licensing Using Policy.
    C8000v,
    /// A Catalyst 9800 wireless controller under Smart Licensing Using Policy.
    C9800,
    /// An ISR G2 router with PAK licences; no NETCONF.
    IsrG2,
    /// A Catalyst 3850 with right-to-use licences; no NETCONF.
    C3850,
    /// An ISR 4331 router under classic Smart Licensing.
    Isr4331,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 6] =
        [Self::C9300Stack, Self::C8000v, Self::C9800, Self::IsrG2, Self::C3850, Self::Isr4331];

    /// The name of the kind's captures.
    pub fn id(self) -> &'static str {
        match self {
            Self::C9300Stack => "c9300-stack",
            Self::C8000v => "c8000v",
            Self::C9800 => "c9800",
            Self::IsrG2 => "isr-g2",
            Self::C3850 => "c3850",
            Self::Isr4331 => "isr4331",
        }
    }

    /// The kind with this id.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.id() == id)
    }

    /// The operating system.
    pub fn platform(self) -> Platform {
        match self {
            Self::IsrG2 => Platform::Ios,
            Self::C9300Stack | Self::C8000v | Self::C9800 | Self::C3850 | Self::Isr4331 => Platform::IosXe,
        }
    }

    /// The host name of the original.
    pub(super) fn hostname(self) -> &'static str {
        match self {
            Self::C9300Stack => "br3-acc-stack1",
            Self::C8000v => "edge-vr2",
            Self::C9800 => "wlc-hq1",
            Self::IsrG2 => "br7-rtr1",
            Self::C3850 => "lab-sw5",
            Self::Isr4331 => "wan-r4",
        }
    }

    /// The revision of `cisco-smart-license` that the device announces over NETCONF.
    pub(super) fn model_revision(self) -> &'static str {
        match self {
            Self::Isr4331 => "2017-10-11",
            _ => "2021-03-01",
        }
    }

    /// The revision of `Cisco-IOS-XE-device-hardware-oper` that came with the device's release: 16.9, 17.9 or 17.12.
    pub(super) fn hardware_revision(self) -> &'static str {
        match self {
            Self::Isr4331 => "2017-11-01",
            Self::C8000v => "2023-03-01",
            _ => "2021-03-01",
        }
    }
}

/// A number for each id that has captures, and one for all others.
pub(super) fn number(id: &str) -> usize {
    Kind::ALL.iter().position(|kind| kind.id() == id).unwrap_or(Kind::ALL.len())
}

/// How many numbers [`number`] gives.
pub(super) const NUMBERS: usize = Kind::ALL.len() + 1;
