//! `show version` of IOS and IOS XE: who the device is, and its licence levels.
//!
//! ```text
//! Cisco IOS XE Software, Version 17.09.04a
//! Cisco IOS Software [Cupertino], Catalyst L3 Switch Software (CAT9K_IOSXE), Version 17.9.4a, RELEASE SOFTWARE (fc3)
//! br3-acc-stack1 uptime is 8 weeks, 3 days, 10 hours, 27 minutes
//! cisco C9300-24UX (X86) processor with 1338934K/6147K bytes of memory.
//! Processor board ID FOC2411X0A1
//! Model Number                       : C9300-24UX
//! System Serial Number               : FOC2411X0A1
//! ```
//! The same output holds the GPL and export notices, interface counts and the like; they are claimed in silence.
//! In a stack the other members follow below `Switch 02`: they say nothing about this device's identity and levels.
//! Captures: `testdata/captures/ios/show_version/`, `testdata/captures/ios-xe/show_version/`.

use std::collections::BTreeSet;

use super::smart_status::smart_status;
use super::{boilerplate, boot_level, throughput, udi_table};
use crate::record::{BootLevel, DeviceRecord, stated};
use crate::text::{Cursor, pair};

/// Reads `show version`.
pub fn read<'a>(cursor: &mut Cursor<'a>, record: &mut DeviceRecord<'a>) {
    let mut version = Source::Nothing;
    let mut hardware = Hardware::default();
    while let Some(line) = cursor.next() {
        let text = line.trimmed();
        if text.is_empty() {
            continue;
        }
        if boot_level::is_title(text) {
            boot_level::table(text, cursor, &mut record.device.boot_level);
        } else if text.starts_with("License UDI") {
            license_udi(cursor, record);
        } else if is_member(text) {
            hardware.member = true;
        } else if !(software(text, &mut version, record)
            || hostname(text, record)
            || hardware.read(text, record)
            || (hardware.member && boot_level::level(text, &mut BootLevel::default()))
            || boot_level::level(text, &mut record.device.boot_level)
            || smart_status(text, &mut record.licensing)
            || throughput::sentence(text, &mut record.device.throughput)
            || boilerplate::knows(text))
        {
            cursor.unclaimed(line);
        }
    }
}

/// Where the version was read. The line of IOSd prints it as Cisco writes it, `17.6.5`, that of the
/// platform with filled-in zeros, `17.06.05`.
#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
enum Source {
    Nothing,
    Platform,
    Daemon,
}

fn software<'a>(text: &'a str, version: &mut Source, record: &mut DeviceRecord<'a>) -> bool {
    let source = if text.starts_with("Cisco IOS XE Software") || text.starts_with("Cisco IOS-XE Software") {
        Source::Platform
    } else if text.starts_with("Cisco IOS Software") || text.starts_with("IOS (tm) ") {
        Source::Daemon
    } else {
        return text == "Cisco Internetwork Operating System Software";
    };
    if let Some((_, rest)) = text.split_once("Version ") {
        let end = |c: char| c.is_whitespace() || c == ',' || c == '[';
        let number = rest.trim_start().split(end).next().unwrap_or_default();
        if source > *version && !number.is_empty() {
            *version = source;
            record.device.software_version = Some(number.into());
        }
    }
    true
}

/// The name before `uptime is`, which the prompt may have cut.
fn hostname<'a>(text: &'a str, record: &mut DeviceRecord<'a>) -> bool {
    let Some((name, _)) = text.split_once(" uptime is ") else { return false };
    let is_name = !name.is_empty() && !name.contains(char::is_whitespace);
    if is_name {
        record.device.hostname = Some(name.into());
    }
    is_name
}

/// `Switch 02`, above the hardware of another stack member.
fn is_member(text: &str) -> bool {
    text.strip_prefix("Switch ")
        .is_some_and(|number| !number.is_empty() && number.trim().bytes().all(|byte| byte.is_ascii_digit()))
}

/// What names the chassis, in rising order of trust: the processor line, the board ID, the labels.
#[derive(Default)]
struct Hardware {
    /// Whether what follows belongs to another stack member.
    member: bool,
    labelled_model: bool,
    labelled_serial: bool,
}

impl Hardware {
    fn read<'a>(&mut self, text: &'a str, record: &mut DeviceRecord<'a>) -> bool {
        if let Some(model) = processor(text) {
            record.device.model.get_or_insert(model.into());
            return true;
        }
        if let Some(board) = text.strip_prefix("Processor board ID") {
            let serial = board.split([' ', ',', '\t']).find(|word| !word.is_empty()).and_then(stated);
            if let Some(serial) = serial {
                record.device.serial_number.get_or_insert(serial.into());
            }
            return true;
        }
        let Some((key, value)) = pair(text) else { return false };
        let is = |known: &str| key.eq_ignore_ascii_case(known);
        let (place, labelled) = if is("Model Number") || is("Product/Model Number") {
            (&mut record.device.model, &mut self.labelled_model)
        } else if is("System Serial Number") {
            (&mut record.device.serial_number, &mut self.labelled_serial)
        } else {
            return false;
        };
        if let Some(value) = stated(value).filter(|_| !self.member && !*labelled) {
            *place = Some(value.into());
            *labelled = true;
        }
        true
    }
}

/// The model in `cisco C9800-L-F-K9 (KATAR) processor (revision KATAR) with 1688671K/6147K bytes of memory.` and
/// `Cisco CISCO3945-CHASSIS (revision 1.1) with C3900-SPE150/K9 with 2027520K/69632K bytes of memory.`
fn processor(text: &str) -> Option<&str> {
    let (vendor, rest) = text.split_once(' ')?;
    let is_processor =
        vendor.eq_ignore_ascii_case("cisco") && rest.contains("bytes of ") && rest.contains("memory");
    if !is_processor {
        return None;
    }
    let end = [" (", " processor", " with "].iter().filter_map(|end| rest.find(end)).min()?;
    stated(rest.get(..end)?)
}

/// The rows below `License UDI:`. They name the licensed part, which need not be the chassis.
fn license_udi<'a>(cursor: &mut Cursor<'a>, record: &mut DeviceRecord<'a>) {
    let device = &mut record.device;
    let mut seen = BTreeSet::new();
    while let Some(line) = cursor.peek() {
        let text = line.trimmed();
        if !line.is_blank() && !line.is_rule() && !udi_table::is_header(text) {
            let Some(row) = udi_table::row(text) else { return };
            if let Some(udi) = row.udi().filter(|_| seen.insert((row.pid, row.serial_number))) {
                if device.udis.is_empty() {
                    device.model = device.model.take().or_else(|| udi.pid.clone());
                    device.serial_number = device.serial_number.take().or_else(|| udi.serial_number.clone());
                }
                device.udis.push(udi);
            }
        }
        cursor.next();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grammar::read_with;

    fn parsed(text: &str) -> (DeviceRecord<'_>, Vec<&str>) {
        read_with(read, text)
    }

    fn version(text: &str) -> Option<String> {
        parsed(text).0.device.software_version.map(Into::into)
    }

    #[test]
    fn the_version_stands_alone_and_as_cisco_writes_it() {
        for (text, want) in [
            (
                "Cisco IOS Software, C2900 Software (C2900-UNIVERSALK9-M), Version 15.2(4)M6, RELEASE SOFTWARE (fc2)",
                "15.2(4)M6",
            ),
            (
                "IOS (tm) s72033_rp Software (s72033_rp-PK9SV-M), Version 12.2(18)SXD3, RELEASE",
                "12.2(18)SXD3",
            ),
            ("Cisco IOS XE Software, Version 17.09.04a", "17.09.04a"),
            (
                "Cisco IOS XE Software, Version 17.09.04a\n\
             Cisco IOS Software [Cupertino], X Software (X), Version 17.9.4a, RELEASE SOFTWARE (fc3)\n\
             BOOTLDR: System Bootstrap, Version 17.12.1r, RELEASE SOFTWARE (P)",
                "17.9.4a",
            ),
            (
                "Cisco IOS Software, IOS-XE Software, Catalyst L3 Switch Software (CAT3K), Version 03.06.06E RELEASE",
                "03.06.06E",
            ),
            (
                "Cisco IOS Software [IOSXE], Virtual XE Software (X), Experimental Version 17.15.20240326:010319 [BLD:/x 101]",
                "17.15.20240326:010319",
            ),
        ] {
            assert_eq!(version(text).as_deref(), Some(want), "{text}");
        }
        assert_eq!(version("ROM: System Bootstrap, Version 15.0(1r)M13, RELEASE SOFTWARE (fc1)"), None);
    }

    #[test]
    fn processor_lines_name_the_chassis() {
        for (text, want) in [
            (
                "cisco C9800-L-F-K9 (KATAR) processor (revision KATAR) with 1688671K/6147K bytes of memory.",
                "C9800-L-F-K9",
            ),
            (
                "Cisco CISCO3945-CHASSIS (revision 1.1) with C3900-SPE150/K9 with 2027520K/69632K bytes of memory.",
                "CISCO3945-CHASSIS",
            ),
            ("cisco ISR4331/K9 (1RU) processor with 1795979K/6147K bytes of memory.", "ISR4331/K9"),
            ("Cisco IOSv () processor (revision 1.0) with 935161K/111616K bytes of memory.", "IOSv"),
            ("cisco IR1101-K9 with 711861K/6147K bytes of memory.", "IR1101-K9"),
            ("cisco Catalyst 6000 (R7000) processor with 227328K/34816K bytes of memory.", "Catalyst 6000"),
        ] {
            assert_eq!(processor(text), Some(want), "{text}");
        }
        assert_eq!(processor("512K bytes of memory"), None);
    }

    #[test]
    fn labels_win_over_the_board_and_members_say_nothing() {
        let (record, unclaimed) = parsed(
            "cisco WS-C3750X-24S (PowerPC405) processor (revision A0) with 524288K bytes of memory.\n\
         Processor board ID FDO0000X0PB, with hardware revision 0000\n\
         Model number                    : WS-C3750X-24S-E\n\
         System serial number            : FDO0000X0AA\n\n\
         Switch Ports Model                     SW Version            SW Image\n\
         ------ ----- -----                     ----------            ----------\n\
         *    1 30    WS-C3750X-24S             15.2(2)E8             C3750E-UNIVERSALK9-M\n\
         \x20    2 54    WS-C3750X-48P             15.2(2)E8             C3750E-UNIVERSALK9-M\n\n\n\
         Switch 02\n---------\n\
         Switch Uptime                   : 3 weeks, 1 day, 2 hours, 6 minutes\n\
         Model number                    : WS-C3750X-48P-L\n\
         System serial number            : FDO0000X0BB\n",
        );
        assert_eq!(record.device.model.as_deref(), Some("WS-C3750X-24S-E"));
        assert_eq!(record.device.serial_number.as_deref(), Some("FDO0000X0AA"));
        assert!(record.device.udis.is_empty());
        assert!(unclaimed.is_empty(), "{unclaimed:?}");
    }

    #[test]
    fn the_chassis_wins_over_the_licensed_part() {
        let (record, unclaimed) = parsed(
            "Cisco CISCO3945-CHASSIS (revision 1.1) with C3900-SPE150/K9 with 2027520K/69632K bytes of memory.\n\
         Processor board ID FGL0000X0AA\nLicense Info:\n\nLicense UDI:\n\n-----\nDevice#   PID                   SN\n-----\n\
         *0        C3900-SPE150/K9       FOC0000X0BB     \n\nConfiguration register is 0x2102\n",
        );
        assert!(unclaimed.is_empty(), "{unclaimed:?}");
        assert_eq!(record.device.model.as_deref(), Some("CISCO3945-CHASSIS"));
        assert_eq!(record.device.serial_number.as_deref(), Some("FGL0000X0AA"));
        assert_eq!(record.device.udis[0].pid.as_deref(), Some("C3900-SPE150/K9"));
    }

    #[test]
    fn only_a_host_has_an_uptime() {
        let hostname = |text| parsed(text).0.device.hostname.map(String::from);
        assert_eq!(hostname("edge-1 uptime is 3 weeks, 1 day"), Some("edge-1".into()));
        assert_eq!(hostname("Uptime for this control processor is 34 minutes"), None);
        assert_eq!(hostname("the whole uptime is 3 weeks"), None);
    }

    #[test]
    fn a_line_of_tomorrow_is_unclaimed() {
        let (_, unclaimed) =
            parsed("License Grace Period: 30 days\n\nedge-1 uptime is 1 day\nQuantum keys: none\n");
        assert_eq!(unclaimed, ["License Grace Period: 30 days", "Quantum keys: none"]);
    }
}
