//! `show cdp neighbors detail`.
//!
//! ```text
//! -------------------------
//! Device ID: br3-edge-1.harbour.example
//! Entry address(es):
//!   IP address: 198.51.100.9
//! Platform: cisco C8300-1N1S-4T2X,  Capabilities: Router Source-Route-Bridge IGMP
//! Interface: TenGigabitEthernet1/1/1,  Port ID (outgoing port): TenGigabitEthernet0/0/4
//! Holdtime : 141 sec
//!
//! Version :
//! Cisco IOS Software [Cupertino], c8000be Software (X86_64_LINUX_IOSD-UNIVERSALK9-M), Version 17.9.4a, …
//!
//! advertisement version: 2
//! ```
//! NX-OS writes `Device ID:name(serial)`, `Interface address(es):`, `IPv4 Address:` and `Mgmt address(es):`; IOS XR
//! adds `SysName :`. Captures: `testdata/captures/ios-xe/show_cdp_neighbors_detail/`,
//! `testdata/captures/nx-os/show_cdp_neighbors_detail/`, `testdata/captures/ios-xr/show_cdp_neighbors_detail/`.

use super::words::{capability_words, name_and_serial, version};
use crate::record::{DeviceRecord, Neighbor, NeighborProtocol, stated};
use crate::text::{Cursor, pair};

/// Which lines follow, until a key of the entry's own comes.
#[derive(Clone, Copy, PartialEq)]
enum Section {
    None,
    Addresses,
    Management,
    Version,
}

/// Reads the entries, one per neighbour and link.
pub(crate) fn read<'a>(cursor: &mut Cursor<'a>, record: &mut DeviceRecord<'a>) {
    let mut section = Section::None;
    while let Some(line) = cursor.next() {
        let text = line.trimmed();
        if let Some(id) = text.strip_prefix("Device ID:") {
            let (name, serial_number) = name_and_serial(id.trim());
            record.neighbors.push(Neighbor {
                protocol: Some(NeighborProtocol::Cdp),
                device_id: stated(name).map(Into::into),
                serial_number: serial_number.map(Into::into),
                ..Neighbor::default()
            });
            section = Section::None;
            continue;
        }
        let Some(neighbor) = record.neighbors.last_mut() else {
            if !is_frame(text) {
                cursor.unclaimed(line);
            }
            continue;
        };
        if section == Section::Version && !is_key(text, "advertisement version") {
            software(neighbor, text);
        } else if let Some(begun) = heading(text) {
            section = begun;
        } else if !(section_line(neighbor, section, text) || entry_line(neighbor, text) || is_frame(text)) {
            cursor.unclaimed(line);
        } else if is_key(text, "advertisement version") {
            section = Section::None;
        }
    }
}

/// Whether this line can only be the output's.
pub(super) fn begins(line: &str) -> bool {
    line.starts_with("Device ID:") || line.starts_with("Total cdp entries displayed") || refusal(line)
}

/// `% CDP is not enabled`, `Note: CDP is not enabled globally`.
fn refusal(line: &str) -> bool {
    let line = line.to_ascii_lowercase();
    line.len() < 80 && line.contains("cdp is not enabled")
}

/// `Mgmt address(es):`, `Interface address(es): 1`, `Version :`
fn heading(text: &str) -> Option<Section> {
    let (key, count) = pair(text).unwrap_or((text, ""));
    if !count.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(match key.to_ascii_lowercase().as_str() {
        "entry address(es)" | "interface address(es)" => Section::Addresses,
        "management address(es)" | "mgmt address(es)" => Section::Management,
        "version" if count.is_empty() => Section::Version,
        _ => return None,
    })
}

/// `IP address: 198.51.100.9`, `IPv6 address: FE80::1  (link-local)`
fn section_line<'a>(neighbor: &mut Neighbor<'a>, section: Section, text: &'a str) -> bool {
    let list = match section {
        Section::Addresses => &mut neighbor.addresses,
        Section::Management => &mut neighbor.management_addresses,
        Section::None | Section::Version => return false,
    };
    let Some((key, value)) = pair(text) else { return false };
    if !matches!(key.to_ascii_lowercase().as_str(), "ip address" | "ipv4 address" | "ipv6 address") {
        return false;
    }
    list.extend(value.split_whitespace().next().map(Into::into));
    true
}

/// The first line says what the software is; an old one names its version in the second.
fn software<'a>(neighbor: &mut Neighbor<'a>, text: &'a str) {
    if neighbor.software.is_none() {
        neighbor.software = stated(text).map(Into::into);
    }
    // Copyright and compilation lines come behind, and name no version.
    if neighbor.software_version.is_none() {
        neighbor.software_version = version(text).map(Into::into);
    }
}

fn entry_line<'a>(neighbor: &mut Neighbor<'a>, text: &'a str) -> bool {
    if let Some(rest) = text.strip_prefix("Platform:") {
        let (platform, capabilities) = rest.split_once("Capabilities:").unwrap_or((rest, ""));
        neighbor.platform = stated(without_maker(platform)).map(Into::into);
        neighbor.capabilities = capability_words(capabilities);
        neighbor.capabilities_text = stated(capabilities).map(Into::into);
        return true;
    }
    if let Some(rest) = text.strip_prefix("Interface:") {
        let (local, remote) = rest.split_once("Port ID (outgoing port):").unwrap_or((rest, ""));
        neighbor.local_interface = stated(local.trim().trim_end_matches(',')).map(Into::into);
        neighbor.remote_interface = stated(remote).map(Into::into);
        return true;
    }
    // IOS XR has a line for it alone.
    if let Some(remote) = text.strip_prefix("Port ID (outgoing port):") {
        neighbor.remote_interface = stated(remote).map(Into::into);
        return true;
    }
    let name = ["System Name:", "SysName :", "SysName:"].iter().find_map(|key| text.strip_prefix(key));
    if let Some(name) = name {
        neighbor.system_name = stated(name).map(Into::into);
        return true;
    }
    KNOWN.iter().any(|key| is_key(text, key))
}

/// `cisco C9407R,` is a C9407R.
fn without_maker(platform: &str) -> &str {
    let platform = platform.trim().trim_end_matches(',').trim_end();
    match platform.split_once(' ') {
        Some((maker, rest)) if maker.eq_ignore_ascii_case("cisco") => rest.trim_start(),
        _ => platform,
    }
}

/// Keys of an entry that tell nothing about which device it is.
const KNOWN: [&str; 23] = [
    "Holdtime",
    "advertisement version",
    "Peer Source MAC",
    "Local Interface MAC",
    "Remote Interface MAC",
    "Protocol Hello",
    "VTP Management Domain",
    "Native VLAN",
    "VLAN ID",
    "VoIP VLAN",
    "Duplex",
    "MTU",
    "Power drawn",
    "Power request",
    "Power Available",
    "Power management id",
    "Power Request",
    "Spare Pair PoE",
    "Second Port Status",
    "Unidirectional Mode",
    "Physical Location",
    "Location",
    "Speed",
];

fn is_key(text: &str, key: &str) -> bool {
    text.get(..key.len()).is_some_and(|start| start.eq_ignore_ascii_case(key))
}

/// What stands around the entries.
fn is_frame(text: &str) -> bool {
    is_key(text, "Total cdp entries displayed") || refusal(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grammar::read_with;

    fn read_all(text: &str) -> (Vec<Neighbor<'_>>, usize) {
        let (record, unclaimed) = read_with(read, text);
        (record.neighbors, unclaimed.len())
    }

    #[test]
    fn words_before_the_first_entry_are_nobodys() {
        let (neighbors, unclaimed) = read_all("Platform: cisco X, Capabilities: Router\nDevice ID: a\n");
        assert_eq!((neighbors.len(), unclaimed), (1, 1));
        assert_eq!(neighbors[0].platform, None);
        assert_eq!(read_all("% CDP is not enabled\n"), (Vec::new(), 0));
    }

    #[test]
    fn a_list_of_addresses_may_be_counted() {
        let text = "Device ID:a\nInterface address(es): 1\n    IPv4 Address: 192.0.2.1\nMgmt address(es): 12\n\
                    \x20   IPv4 Address: 192.0.2.2\nEntry address(es): 0\nVersion: 2\n";
        let (neighbors, unclaimed) = read_all(text);
        assert_eq!((neighbors[0].addresses.len(), neighbors[0].management_addresses.len()), (1, 1));
        assert_eq!(unclaimed, 1);
    }

    #[test]
    fn an_old_version_stands_in_the_second_line() {
        let text = "Device ID: a\nVersion :\nCisco Internetwork Operating System Software\nIOS (tm) C2600 Software, \
                    Version 12.3(26), RELEASE\nCompiled Mon\n\nadvertisement version: 2\nDuplex: full\nodd\n";
        let (neighbors, unclaimed) = read_all(text);
        assert_eq!(neighbors[0].software.as_deref(), Some("Cisco Internetwork Operating System Software"));
        assert_eq!(neighbors[0].software_version.as_deref(), Some("12.3(26)"));
        assert_eq!(unclaimed, 1);
    }
}
