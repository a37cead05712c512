//! `show lldp neighbors detail`.
//!
//! ```text
//! Local Intf: Te1/1/1
//! Chassis id: 00a6.ca10.3b80
//! Port id: Te0/0/4
//! System Name: br3-edge-1.harbour.example
//!
//! System Description:
//! Cisco IOS Software [Cupertino], c8000be Software (X86_64_LINUX_IOSD-UNIVERSALK9-M), Version 17.9.4a, …
//!
//! Time remaining: 101 seconds
//! Enabled Capabilities: R
//! Management Addresses:
//!     IP: 198.51.100.9
//! ```
//! An entry begins with `Local Intf:` on IOS, `Local Interface:` on IOS XR and `Chassis id:` on NX-OS, which writes the
//! description behind its key and names its own interface by `Local Port id:`. Captures:
//! `testdata/captures/ios-xe/show_lldp_neighbors_detail/`, `testdata/captures/nx-os/show_lldp_neighbors_detail/`,
//! `testdata/captures/ios-xr/show_lldp_neighbors_detail/`.

use super::words::{advertised, capability_letters, name_and_serial, version};
use crate::record::{DeviceRecord, Neighbor, NeighborProtocol};
use crate::text::{Cursor, Line, pair};

/// Which lines follow, until a key of the entry's own comes.
#[derive(Clone, Copy, PartialEq)]
enum Section {
    None,
    Description,
    Addresses,
    /// Media or LLDP-MED: indented.
    Indented,
}

/// Reads the entries, one per neighbour and link.
pub(crate) fn read<'a>(cursor: &mut Cursor<'a>, record: &mut DeviceRecord<'a>) {
    let mut section = Section::None;
    let mut entries = 0_usize;
    while let Some(line) = cursor.next() {
        let text = line.trimmed();
        let local = behind(text, "Local Intf:").or_else(|| behind(text, "Local Interface:"));
        let chassis = behind(text, "Chassis id:");
        let open = record.neighbors.last().filter(|_| entries > 0);
        let begins =
            local.is_some() || (chassis.is_some() && open.is_none_or(|open| open.chassis_id.is_some()));
        if begins {
            entries += 1;
            section = Section::None;
            let protocol = Some(NeighborProtocol::Lldp);
            record.neighbors.push(Neighbor { protocol, ..Neighbor::default() });
        }
        let Some(neighbor) = record.neighbors.last_mut().filter(|_| entries > 0) else {
            if !is_frame(text) {
                cursor.unclaimed(line);
            }
            continue;
        };
        if let Some(local) = local {
            neighbor.local_interface = advertised(local).map(Into::into);
        } else if let Some(chassis) = chassis {
            neighbor.chassis_id = advertised(chassis).map(Into::into);
        } else if section == Section::Description && !ends_description(text) {
            description(neighbor, text);
        } else if let Some(begun) = heading(neighbor, text) {
            section = begun;
        } else if section_line(neighbor, section, &line) || text.is_empty() {
        } else if entry_line(neighbor, text) {
            section = Section::None;
        } else if !is_frame(text) {
            cursor.unclaimed(line);
        }
    }
}

/// Whether this line can only be the output's.
pub(super) fn begins(line: &str) -> bool {
    ["Local Intf:", "Local Interface:", "Chassis id:"].iter().any(|key| line.starts_with(key))
        || refusal(line)
}

/// `% LLDP is not enabled`
fn refusal(line: &str) -> bool {
    let line = line.to_ascii_lowercase();
    line.len() < 80 && line.contains("lldp is not enabled")
}

fn behind<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    text.strip_prefix(key).map(str::trim)
}

/// A description is anything; the lifetime of the entry always follows it.
fn ends_description(text: &str) -> bool {
    ["Time remaining:", "Time remaining -", "Hold Time:"].iter().any(|key| text.starts_with(key))
}

fn description<'a>(neighbor: &mut Neighbor<'a>, text: &'a str) {
    if neighbor.software.is_none() {
        neighbor.software = advertised(text).map(Into::into);
    }
    if neighbor.software_version.is_none() {
        neighbor.software_version = version(text).map(Into::into);
    }
}

fn heading<'a>(neighbor: &mut Neighbor<'a>, text: &'a str) -> Option<Section> {
    if let Some(words) = text.strip_prefix("System Description") {
        description(neighbor, words.trim_start_matches([':', ' ']));
        return Some(Section::Description);
    }
    match text {
        "Management Addresses:" => Some(Section::Addresses),
        "Physical media capabilities:" | "MED Information:" => Some(Section::Indented),
        _ => None,
    }
}

/// `    IP: 198.51.100.9`, `  IPv4 address: 198.51.100.9`; media and endpoints' own words.
fn section_line<'a>(neighbor: &mut Neighbor<'a>, section: Section, line: &Line<'a>) -> bool {
    match section {
        Section::Addresses => {
            let Some((key, value)) = pair(line.trimmed()) else { return false };
            let is_address = matches!(
                key.to_ascii_lowercase().as_str(),
                "ip" | "ipv4" | "ipv6" | "ip address" | "ipv4 address" | "ipv6 address" | "other"
            );
            if is_address && !key.eq_ignore_ascii_case("other") {
                neighbor.management_addresses.extend(advertised(value).map(Into::into));
            }
            is_address
        }
        Section::Indented if line.indent() > 0 && !line.is_blank() => {
            match pair(line.trimmed()) {
                Some(("Serial number", value)) => neighbor.serial_number = advertised(value).map(Into::into),
                Some(("Model", value)) => neighbor.platform = advertised(value).map(Into::into),
                _ => {}
            }
            true
        }
        Section::None | Section::Description | Section::Indented => false,
    }
}

fn entry_line<'a>(neighbor: &mut Neighbor<'a>, text: &'a str) -> bool {
    if let Some(name) = text.strip_prefix("System Name") {
        let name = advertised(name.trim_start_matches([':', ' ']));
        let (name, serial_number) = name.map(name_and_serial).unzip();
        neighbor.device_id = name.map(Into::into);
        if let Some(Some(serial_number)) = serial_number {
            neighbor.serial_number = Some(serial_number.into());
        }
        return true;
    }
    let Some((key, value)) = pair(text) else { return KNOWN.iter().any(|key| text.starts_with(key)) };
    match key {
        "Port id" => neighbor.remote_interface = advertised(value).map(Into::into),
        "Local Port id" => neighbor.local_interface = advertised(value).map(Into::into),
        // What is enabled counts, and comes second.
        "System Capabilities" | "Enabled Capabilities" => {
            if let Some(letters) = advertised(value) {
                neighbor.capabilities = capability_letters(letters);
                neighbor.capabilities_text = Some(letters.into());
            }
        }
        "Management Address" | "Management Address IPV6" | "Management Address IPv6" => {
            neighbor.management_addresses.extend(advertised(value).map(Into::into));
        }
        _ => return KNOWN.iter().any(|known| text.starts_with(known)),
    }
    true
}

/// Keys of an entry that tell nothing about which device it is.
const KNOWN: [&str; 21] = [
    "Port Description",
    "Parent Interface",
    "Local Intf service instance",
    "Time remaining",
    "Hold Time",
    "Age",
    "System Capabilities",
    "Enabled Capabilities",
    "Management Address",
    "Auto Negotiation",
    "Physical media capabilities",
    "Media Attachment Unit type",
    "Vlan ID",
    "VLAN ID",
    "Peer Source MAC",
    "Peer MAC Address",
    "Link Aggregation",
    "Maximum Frame Size",
    "Power",
    "802.",
    "Chassis id type",
];

/// What stands around the entries.
fn is_frame(text: &str) -> bool {
    text == "Capability codes:"
        || (text.starts_with('(') && text.contains(") "))
        || (text.starts_with("Device ID") && text.ends_with("Port ID"))
        || text.starts_with("Total entries displayed")
        || refusal(text)
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
    fn an_entry_begins_at_its_own_interface_or_chassis() {
        let (ios, _) = read_all("Local Intf: Gi1\nChassis id: a\nLocal Intf: Gi2\nChassis id: b\n");
        let (nexus, _) = read_all("Chassis id: a\nLocal Port id: Eth1\nChassis id: b\nLocal Port id: Eth2\n");
        for neighbors in [ios, nexus] {
            let chassis: Vec<_> = neighbors.iter().map(|it| it.chassis_id.as_deref().unwrap()).collect();
            assert_eq!(chassis, ["a", "b"]);
        }
    }

    #[test]
    fn what_is_not_advertised_is_absent() {
        let text = "Local Intf: Gi1\nChassis id: a\nPort Description - not advertised\nSystem Name - not advertised\n\n\
                    System Description - not advertised\nTime remaining: 9 seconds\n\
                    System Capabilities: B,T\nEnabled Capabilities - not advertised\n\
                    Management Addresses - not advertised\nunheard of\n";
        let (neighbors, unclaimed) = read_all(text);
        let [neighbor] = neighbors.as_slice() else { panic!("{neighbors:?}") };
        assert_eq!((neighbor.device_id.as_deref(), neighbor.software.as_deref()), (None, None));
        assert_eq!(neighbor.capabilities_text.as_deref(), Some("B,T"));
        assert!(neighbor.management_addresses.is_empty());
        assert_eq!(unclaimed, 1);
    }
}
