//! What devices tell of those on their links, by CDP and LLDP.
//!
//! ```text
//! Device ID:dc1-leaf-2.harbour.example(FDO25380K1M)
//! System Name: br3-edge-1.harbour.example
//! Chassis id: harbour-store
//! Port id: 00a6ca10beef:P1
//! Port Description: to br3-acc-stack1
//! ```
//! Addresses, and serial numbers behind their label, are found as they are anywhere.

use super::{Found, Line, is_serial_number};
use crate::scrub::Kind;
use crate::scrub::surrogate::Form;

pub(super) fn find(line: Line<'_>, found: &mut Vec<Found>) {
    let text = line.text();
    let Some(colon) = text.iter().take(LONGEST_LABEL).position(|byte| *byte == b':') else { return };
    let label = text.get(..colon).unwrap_or_default().trim_ascii().to_ascii_lowercase();
    let rest = text.get(colon + 1..).unwrap_or_default();
    let value = rest.trim_ascii();
    let start = colon + 1 + rest.len() - rest.trim_ascii_start().len();
    match label.as_slice() {
        b"device id" => {
            // NX-OS puts the serial number behind the name.
            let inside = value.strip_suffix(b")");
            let parted =
                inside.and_then(|inside| Some((inside, inside.iter().rposition(|byte| *byte == b'(')?)));
            if let Some((inside, at)) = parted {
                name(line, value.get(..at).unwrap_or_default(), start, found);
                line.add(found, Kind::SerialNumber, start + at + 1, start + inside.len());
            } else {
                name(line, value, start, found);
            }
        }
        b"system name" | b"sysname" => name(line, value, start, found),
        // A MAC address most often, or whatever names the device.
        b"chassis id" if !is_serial_number(value) => name(line, value, start, found),
        b"port id" => {
            bare_mac(line, value, start, found);
        }
        b"port description" => line.add(found, Kind::Description, start, start + value.len()),
        _ => {}
    }
}

const LONGEST_LABEL: usize = 24;

/// A name, and the host's own part of it.
fn name(line: Line<'_>, value: &[u8], start: usize, found: &mut Vec<Found>) {
    if bare_mac(line, value, start, found) {
        return;
    }
    line.add(found, Kind::HostName, start, start + value.len());
    let is_address = value.iter().all(|byte| byte.is_ascii_hexdigit() || b".:".contains(byte));
    if let Some(dot) = value.iter().position(|byte| *byte == b'.').filter(|_| !is_address) {
        line.add(found, Kind::HostName, start, start + dot);
    }
}

/// Twelve hexadecimal digits with nothing between them, as telephones name their ports.
fn bare_mac(line: Line<'_>, value: &[u8], start: usize, found: &mut Vec<Found>) -> bool {
    const DIGITS: usize = 12;
    let Some((digits, rest)) = value.split_at_checked(DIGITS) else { return false };
    let is_mac =
        digits.iter().all(u8::is_ascii_hexdigit) && !rest.first().is_some_and(u8::is_ascii_alphanumeric);
    if is_mac {
        let start = line.start + start;
        found.push(Found::exact(Kind::MacAddress, Form::Mac, start, start + DIGITS));
    }
    is_mac
}

#[cfg(test)]
mod tests {
    use super::super::all;
    use super::*;

    fn found(text: &str) -> Vec<(Kind, &str)> {
        let mut found: Vec<_> = all(text.as_bytes())
            .into_iter()
            .map(|it| (it.kind, text.get(it.span.range()).unwrap()))
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    #[test]
    fn neighbours_tell_names_serial_numbers_and_ports() {
        use Kind::{Description, HostName, MacAddress, SerialNumber};
        for (text, values) in [
            (
                "Device ID:dc1-leaf-2.harbour.example(SN77K1)",
                &[
                    (SerialNumber, "SN77K1"),
                    (HostName, "dc1-leaf-2"),
                    (HostName, "dc1-leaf-2.harbour.example"),
                ][..],
            ),
            ("Device ID: AP Pier 4\r", &[(HostName, "AP Pier 4")]),
            ("Device ID: Switch", &[]),
            ("Device ID            Local Intf      Hold-time  Capability  Port ID", &[]),
            ("SysName : pe-quay-2", &[(HostName, "pe-quay-2")]),
            ("Chassis id: quay-store", &[(HostName, "quay-store")]),
            ("Port id: 00a6ca10beef:P1", &[(MacAddress, "00a6ca10beef")]),
            ("Port id: Ethernet1/53", &[]),
            ("Port Description: to the quay", &[(Description, "to the quay")]),
            ("Port Description - not advertised", &[]),
        ] {
            assert_eq!(found(text), values, "{text}");
        }
    }
}
