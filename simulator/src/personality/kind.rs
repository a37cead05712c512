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
    /// A Catalyst 9500 with a specific licence reservation (SLR).
    C9500Slr,
    /// An ISR 4451 router with a permanent licence reservation (PLR); no NETCONF.
    Isr4451Plr,
    /// A Nexus 5548 with a fabric extender and the classic usage table; no NETCONF.
    N5k,
    /// A Nexus 9300 under Smart Licensing Using Policy.
    N9k,
    /// A Nexus 9300 before 10.2 whose packages run on honour; no NETCONF.
    N9kHonor,
    /// An ASR 9000 router under classic Smart Licensing.
    Asr9k,
    /// A Cisco 8000 router that counts its licences (SIA).
    Xr8000,
    /// A wireless controller 5520 with AireOS; no NETCONF.
    Wlc5520,
    /// A pair of ASA 5516-X firewalls with activation keys; no NETCONF.
    Asa5516,
    /// An ASAv firewall under classic Smart Licensing; no NETCONF.
    Asav,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 16] = [
        Self::C9300Stack,
        Self::C8000v,
        Self::C9800,
        Self::IsrG2,
        Self::C3850,
        Self::Isr4331,
        Self::C9500Slr,
        Self::Isr4451Plr,
        Self::N5k,
        Self::N9k,
        Self::N9kHonor,
        Self::Asr9k,
        Self::Xr8000,
        Self::Wlc5520,
        Self::Asa5516,
        Self::Asav,
    ];

    /// The name of the kind's captures.
    pub fn id(self) -> &'static str {
        match self {
            Self::C9300Stack => "c9300-stack",
            Self::C8000v => "c8000v",
            Self::C9800 => "c9800",
            Self::IsrG2 => "isr-g2",
            Self::C3850 => "c3850",
            Self::Isr4331 => "isr4331",
            Self::C9500Slr => "c9500-slr",
            Self::Isr4451Plr => "isr4451-plr",
            Self::N5k => "n5k",
            Self::N9k => "n9k",
            Self::N9kHonor => "n9k-honor",
            Self::Asr9k => "asr9k",
            Self::Xr8000 => "xr8000",
            Self::Wlc5520 => "wlc5520",
            Self::Asa5516 => "asa5516",
            Self::Asav => "asav",
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
            Self::C9500Slr | Self::Isr4451Plr => Platform::IosXe,
            Self::N5k | Self::N9k | Self::N9kHonor => Platform::NxOs,
            Self::Asr9k | Self::Xr8000 => Platform::IosXr,
            Self::Wlc5520 => Platform::AireOs,
            Self::Asa5516 | Self::Asav => Platform::Asa,
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
            Self::C9500Slr => "dc1-core1",
            Self::Isr4451Plr => "wan-hub1",
            Self::N5k => "dc1-agg5",
            Self::N9k => "dc1-leaf2",
            Self::N9kHonor => "dc2-leaf7",
            Self::Asr9k => "pe2-fra",
            Self::Xr8000 => "core1-fra-8k",
            Self::Wlc5520 => "wlc-quay",
            Self::Asa5516 => "fw1-hq",
            Self::Asav => "fw2-dmz",
        }
    }
}

/// A number for each id that has captures, and one for all others.
pub(super) fn number(id: &str) -> usize {
    Kind::ALL.iter().position(|kind| kind.id() == id).unwrap_or(Kind::ALL.len())
}

/// How many numbers [`number`] gives.
pub(super) const NUMBERS: usize = Kind::ALL.len() + 1;
