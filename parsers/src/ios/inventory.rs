//! `show inventory`, as IOS, IOS XE, IOS XR, NX-OS and ASA print it.
//!
//! ```text
//! NAME: "Chassis", DESCR: "Cisco Catalyst 9500 Series Chassis"
//! PID: C9500-32QC        , VID: V01  , SN: FDO0000X0AA
//!
//! Name: "Slot 1",  DESCR: "24x40/100G QSFP28 Ethernet Module, 1 slot"
//! PID: N9K-C9300v          ,  VID:     ,  SN: N/A
//! ```
//! The entry of the chassis, if there is one, names the device.
//! Captures: `testdata/captures/ios/show_inventory/`, `testdata/captures/ios-xe/show_inventory/`.

use nom::Parser;
use nom::bytes::complete::tag_no_case;

use super::udi_table::pid;
use crate::record::{DeviceRecord, InventoryItem, stated};
use crate::text::Cursor;

/// Reads the inventory and names the device by its chassis.
pub fn read<'a>(cursor: &mut Cursor<'a>, record: &mut DeviceRecord<'a>) {
    let inventory = &mut record.device.inventory;
    // The entry whose name has been read and whose part is still to come.
    let mut named = false;
    while let Some(line) = cursor.next() {
        let text = line.trimmed();
        if let Some((name, description)) = name_line(text) {
            inventory.push(InventoryItem {
                name: name.map(Into::into),
                description: description.map(Into::into),
                ..InventoryItem::default()
            });
            named = true;
        } else if let Some(part) = part_line(text) {
            match inventory.last_mut() {
                Some(item) if named => {
                    item.pid = part.pid;
                    item.vid = part.vid;
                    item.serial_number = part.serial_number;
                }
                _ => inventory.push(part),
            }
            named = false;
        } else if !is_advice(text) {
            cursor.unclaimed(line);
        }
    }
    if let Some(chassis) = chassis(inventory) {
        record.device.model.clone_from(&chassis.pid);
        record.device.serial_number.clone_from(&chassis.serial_number);
    }
}

/// `NAME: "Slot 1",  DESCR: "24x40/100G QSFP28 Ethernet Module, 1 slot"`
fn name_line(text: &str) -> Option<(Option<&str>, Option<&str>)> {
    let (text, _) = tag_no_case::<_, _, ()>("NAME:").parse(text).ok()?;
    // Names and descriptions hold commas and quotes: only the next key ends a name.
    let (name, description) = match text.find("DESCR:").or_else(|| text.find("Descr:")) {
        Some(at) => (text.get(..at)?, text.get(at + "DESCR:".len()..)?),
        None => (text, ""),
    };
    Some((unquoted(name), unquoted(description)))
}

fn unquoted(text: &str) -> Option<&str> {
    let text = text.trim().trim_end_matches(',').trim_end();
    let text = text.strip_prefix('"').unwrap_or(text);
    stated(text.strip_suffix('"').unwrap_or(text))
}

/// `PID: N9K-C9300v          ,  VID:     ,  SN: N/A`; the last two keys may be missing.
fn part_line(text: &str) -> Option<InventoryItem<'_>> {
    let values = text.strip_prefix("PID:")?;
    let (values, serial_number) = values.rsplit_once("SN:").unwrap_or((values, ""));
    let (part, vid) = values.rsplit_once("VID:").unwrap_or((values, ""));
    Some(InventoryItem {
        pid: pid(before_comma(part)).map(Into::into),
        vid: stated(before_comma(vid)).map(Into::into),
        serial_number: stated(before_comma(serial_number)).map(Into::into),
        ..InventoryItem::default()
    })
}

fn before_comma(value: &str) -> &str {
    value.trim().trim_end_matches(',').trim_end()
}

/// ISR 4000 frames this with rules of plus signs: `INFO: Please use "show license UDI" to get serial number for licensing.`
/// AireOS prints `Maximum number of APs supported.................. 150` above its only entry.
fn is_advice(text: &str) -> bool {
    text.starts_with("INFO: Please use \"show license UDI\"")
        || text.chars().all(|c| c == '+')
        || text.contains("....")
}

/// The entry of the chassis: the first one called so, or else the first entry where it is a whole device.
fn chassis<'i, 'a>(inventory: &'i [InventoryItem<'a>]) -> Option<&'i InventoryItem<'a>> {
    let called = |item: &&InventoryItem<'_>| item.name.as_deref().is_some_and(names_chassis);
    inventory.iter().find(called).or_else(|| inventory.first().filter(|first| is_device(first)))
}

/// `Chassis`, `Chassis 1`, `Switch 1 Chassis`, `2821 chassis`, `Rack 0`, `c93xx Stack`, `Switch System`.
fn names_chassis(name: &str) -> bool {
    /// Parts that have the word in their name, and chassis of another device.
    const OTHERS: [&str; 6] = ["fan", "power", "tray", "supply", "module", "fex"];
    let mut words = name.split_whitespace();
    let any = |wanted: &str| name.split_whitespace().any(|word| word.eq_ignore_ascii_case(wanted));
    if OTHERS.iter().any(|other| any(other)) {
        return false;
    }
    let first = words.next().unwrap_or_default();
    let last = words.last().unwrap_or(first);
    any("chassis")
        || last.to_ascii_lowercase().ends_with("-chassis")
        || (first == "Rack" && is_number(last))
        || (first != last && (last == "Stack" || (last == "System" && first.starts_with("Switch"))))
}

/// A fixed switch is listed as `1` or by its PID; routers say `CISCO2911/K9 chassis, Hw Serial#: …`.
fn is_device(item: &InventoryItem<'_>) -> bool {
    let name = item.name.as_deref().unwrap_or_default();
    let description = item.description.as_deref().unwrap_or_default();
    let part = item.pid.as_deref();
    let described = description.to_ascii_lowercase();
    // A fabric extender is never the switch that it hangs on.
    if name.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("FEX")) {
        return false;
    }
    described.ends_with("chassis")
        || described.ends_with("chassis system")
        || described.contains("chassis,")
        || described.contains("slot switch")
        || is_number(name)
        || name.strip_prefix("Switch ").is_some_and(is_number)
        || part.is_some_and(|part| part == name || part == description)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> DeviceRecord<'_> {
        let mut record = DeviceRecord::default();
        let mut cursor = Cursor::new(text, 0);
        read(&mut cursor, &mut record);
        assert!(cursor.into_unclaimed().is_empty(), "{text}");
        record
    }

    fn named(text: &str) -> (Option<String>, Option<String>) {
        let device = parsed(text).device;
        (device.model.map(Into::into), device.serial_number.map(Into::into))
    }

    #[test]
    fn every_platform_spells_an_entry_its_own_way() {
        for (text, want) in [
            ("PID: C9407R            , VID: V01  , SN: FXS0X", (Some("C9407R"), Some("V01"), Some("FXS0X"))),
            ("PID: N9K-C9300v          ,  VID:     ,  SN: N/A", (Some("N9K-C9300v"), None, None)),
            (
                "PID: 8202-32FH-M       , VID: V03, SN: FLM0X",
                (Some("8202-32FH-M"), Some("V03"), Some("FLM0X")),
            ),
            ("PID: WS-X6148 ,                     VID:", (Some("WS-X6148"), None, None)),
            (
                "PID: QSFP 100G AOC, VID: 0xFF, SN: A 1-ch0  ",
                (Some("QSFP 100G AOC"), Some("0xFF"), Some("A 1-ch0")),
            ),
            ("PID: Unspecified       , VID: -    , SN: ******", (None, Some("-"), Some("******"))),
            ("PID: ASR-9006-FAN", (Some("ASR-9006-FAN"), None, None)),
        ] {
            let part = part_line(text).unwrap();
            let got = (part.pid.as_deref(), part.vid.as_deref(), part.serial_number.as_deref());
            assert_eq!(got, want, "{text}");
        }
    }

    #[test]
    fn commas_and_quotes_stay_in_the_text() {
        assert_eq!(
            name_line("Name: \"Slot 1\",  DESCR: \"8x\"GE\", RJ-45, PoE \"  "),
            Some((Some("Slot 1"), Some("8x\"GE\", RJ-45, PoE")))
        );
        assert_eq!(name_line("NAME: \"1\", DESCR: \"\""), Some((Some("1"), None)));
        assert_eq!(name_line("NAME: \"alone\""), Some((Some("alone"), None)));
        assert_eq!(name_line("Hostname: x"), None);
    }

    #[test]
    fn the_chassis_names_the_device_wherever_it_stands() {
        let board =
            "NAME: \"module 0/RSP0/CPU0\", DESCR: \"Route Switch Processor\"\nPID: RSP, VID: V1, SN: B1\n\n";
        let chassis =
            "NAME: \"chassis ASR-9010\", DESCR: \"10 Slot Chassis\"\nPID: ASR-9010, VID: V2, SN: C1\n";
        assert_eq!(named(&format!("{board}{chassis}")), (Some("ASR-9010".into()), Some("C1".into())));
        assert_eq!(named(board), (None, None));
    }

    #[test]
    fn devices_without_the_word_are_told_by_the_first_entry() {
        let first = |name: &str, description: &str| {
            named(&format!("NAME: \"{name}\", DESCR: \"{description}\"\nPID: WS-X, VID: V1, SN: S1\n"))
                .1
                .is_some()
        };
        assert!(first("1", "WS-C3750X-24S"));
        assert!(first("WS-X", "switch"));
        assert!(first("CISCO2911/K9", "CISCO2911/K9 chassis, Hw Serial#: S1, Hw Revision: 1.0"));
        assert!(first("Switch1 System", "Cisco Systems, Inc. WS-C4500X-16 2 slot switch "));
        assert!(first("CISCO3945-CHASSIS", "router"));
        assert!(!first("Slot 38", "Nexus7700 C7706 (6 Slot) Chassis Fan Module"));
        assert!(!first("FEX 106 CHASSIS", "N2K-C2248TP-E-1GE  CHASSIS"));
        assert!(!first("GigabitEthernet1/0", "SFP"));
    }

    #[test]
    fn a_part_without_a_name_is_an_entry_of_its_own() {
        let inventory = parsed("NAME: \"a\", DESCR: \"b\"\nPID: P1, VID: , SN: 1\nPID: P2, VID: , SN: 2\n")
            .device
            .inventory;
        let numbers: Vec<_> = inventory.iter().map(|item| item.serial_number.as_deref().unwrap()).collect();
        assert_eq!(numbers, ["1", "2"]);
        assert_eq!(inventory[1].name, None);
    }
}
