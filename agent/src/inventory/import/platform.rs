//! What other tools call our platforms.

use licwatch_parsers::record::Platform;

use super::mapping::plain;

/// What a word for an operating system means.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Guess {
    /// This platform.
    Known(Platform),
    /// IOS or IOS XE: the tool has one word for both. A poll recognizes which.
    EitherIos,
    /// Something that is not polled here.
    Foreign,
    /// Nobody knows.
    Unknown,
}

/// What a word of an export means: `cisco.ios.ios`, `cisco_xe`, `nxos_ssh`, `ios-xe`, `Cisco IOS-XE 17`.
///
/// Ansible, Netmiko and NAPALM say `ios` for IOS XE too; `exact` tells that the export is not one of theirs.
pub fn guess(word: &str, exact: bool) -> Guess {
    let plain = plain(word);
    let known = |words: &[&str]| words.contains(&plain.as_str());
    if known(&["iosxe", "ciscoiosxe", "ciscoxe", "xe", "ciscoiosxeiosxe"]) {
        Guess::Known(Platform::IosXe)
    } else if known(&["nxos", "cisconxos", "cisconxosnxos", "nexus", "nxosssh", "cisconxosssh", "cisconexus"])
    {
        Guess::Known(Platform::NxOs)
    } else if known(&["iosxr", "ciscoiosxr", "ciscoxr", "xr", "ciscoiosxriosxr", "iosxrnetconf"]) {
        Guess::Known(Platform::IosXr)
    } else if known(&["asa", "ciscoasa", "ciscoasaasa", "asaos", "ciscoasassh"]) {
        Guess::Known(Platform::Asa)
    } else if known(&["aireos", "ciscoaireos", "ciscowlc", "wlc", "ciscowlcssh", "communitynetworkaireos"]) {
        Guess::Known(Platform::AireOs)
    } else if known(&["ios", "ciscoios", "ciscoiosios", "ciscoiosssh"]) {
        if exact { Guess::Known(Platform::Ios) } else { Guess::EitherIos }
    } else if FOREIGN.iter().any(|foreign| plain.contains(foreign)) {
        Guess::Foreign
    } else {
        Guess::Unknown
    }
}

/// What an export may hold beside Cisco's devices with licences.
const FOREIGN: [&str; 27] = [
    "junos",
    "juniper",
    "arista",
    "eos",
    "fortinet",
    "fortios",
    "paloalto",
    "panos",
    "aruba",
    "comware",
    "procurve",
    "huawei",
    "vrp",
    "mikrotik",
    "routeros",
    "vyos",
    "cumulus",
    "sonic",
    "linux",
    "ubuntu",
    "debian",
    "windows",
    "esxi",
    "checkpoint",
    "gaia",
    "bigip",
    "ciscoaci",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_every_tool() {
        for (word, wanted) in [
            ("cisco.nxos.nxos", Guess::Known(Platform::NxOs)),
            ("nxos_ssh", Guess::Known(Platform::NxOs)),
            ("cisco_xe", Guess::Known(Platform::IosXe)),
            ("IOS XE", Guess::Known(Platform::IosXe)),
            ("cisco.iosxr.iosxr", Guess::Known(Platform::IosXr)),
            ("cisco.asa.asa", Guess::Known(Platform::Asa)),
            ("cisco_wlc", Guess::Known(Platform::AireOs)),
            ("cisco.ios.ios", Guess::EitherIos),
            ("junipernetworks.junos.junos", Guess::Foreign),
            ("arista_eos", Guess::Foreign),
            ("whatever", Guess::Unknown),
        ] {
            assert_eq!(guess(word, false), wanted, "{word}");
        }
        assert_eq!(guess("ios", true), Guess::Known(Platform::Ios));
        // Each of our own words is taken for what it is.
        for platform in Platform::ALL {
            assert_eq!(guess(platform.word(), true), Guess::Known(*platform));
        }
    }
}
