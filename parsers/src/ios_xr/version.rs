//! `show version` of IOS XR, in the forms of its three lines.
//!
//! ```text
//! Cisco IOS XR Software, Version 6.5.3[Default]
//! edge-4-fra uptime is 9 weeks, 4 days, 10 hours, 27 minutes
//! cisco ASR9K Series (Intel 686 F6M14S4) processor with 12582912K bytes of memory.
//! ASR 9006 4 Line Card Slot Chassis with V2 AC PEM
//! ```
//! ```text
//! Cisco IOS XR Software, Version 6.6.3
//! Build Information:
//!  Built By     : relbuild
//! cisco NCS-5500 () processor
//! System uptime is 4 weeks, 6 days, 1 hour, 42 minutes
//! ```
//! ```text
//! Cisco IOS XR Software, Version 24.2.1 LNT
//! cisco 8000 (Intel(R) Xeon(R) CPU D-1530 @ 2.40GHz)
//! cisco 8201-SYS (Intel(R) Xeon(R) CPU D-1530 @ 2.40GHz) processor with 32GB of memory
//! core-8k uptime is 3 weeks, 2 days, 20 hours, 30 minutes
//! Cisco 8201 1RU Chassis
//! ```
//! No serial number is printed, and in the second form no host name. The packages of the first form are passed over.
//! Captures: `testdata/captures/ios-xr/show_version/`.

use crate::record::{DeviceRecord, stated};
use crate::text::{Cursor, pair};

/// How the output begins.
pub(super) const TITLE: &str = "Cisco IOS XR Software, Version";

/// Reads `show version`.
pub(super) fn read<'a>(cursor: &mut Cursor<'a>, record: &mut DeviceRecord<'a>) {
    let device = &mut record.device;
    let mut is_processor = false;
    let mut in_build = false;
    while let Some(line) = cursor.next() {
        let text = line.trimmed();
        in_build &= !text.is_empty();
        if text.is_empty() || (in_build && pair(text).is_some()) {
            continue;
        }
        if let Some(version) = text.strip_prefix(TITLE) {
            let end = |c: char| c.is_whitespace() || c == ',' || c == '[';
            device.software_version = version.trim_start().split(end).next().and_then(stated).map(Into::into);
        } else if let Some(hardware) = hardware(text) {
            // The family may stand above the chassis, whose line alone speaks of the processor.
            if !is_processor {
                device.model = stated(hardware.model).map(Into::into);
            }
            is_processor |= hardware.processor;
        } else if let Some((name, _)) = text.split_once(" uptime is ") {
            if name != "System" && !name.contains(char::is_whitespace) {
                device.hostname = Some(name.into());
            }
        } else if text == "Build Information:" {
            in_build = true;
        } else if !is_boilerplate(text) {
            cursor.unclaimed(line);
        }
    }
}

/// What a line says about the hardware.
struct Hardware<'a> {
    model: &'a str,
    processor: bool,
}

/// `cisco CRS-16/S-B (Intel 686 F6M14S4) processor with …`, `cisco 8000 (Intel(R) Xeon(R) CPU D-1530 @ 2.40GHz)`;
/// where the maker of the hardware is another, its name stands in place of the model.
fn hardware(text: &str) -> Option<Hardware<'_>> {
    let (before, behind) = text.split_once(" (")?;
    let (vendor, model) = before.split_once(' ').unwrap_or((before, ""));
    let processor = behind.contains(") processor");
    if vendor.eq_ignore_ascii_case("cisco") && !model.is_empty() && (processor || behind.ends_with(')')) {
        return Some(Hardware { model: model.trim(), processor });
    }
    (processor && model.is_empty()).then_some(Hardware { model: before, processor })
}

/// Notices, packages, counts of interfaces and memory.
fn is_boilerplate(text: &str) -> bool {
    const STARTS: [&str; 16] = [
        "Copyright (c)",
        "ROM:",
        "System image file is ",
        "Configuration register ",
        "Boot device on ",
        "Package active on ",
        "Built on ",
        "By ",
        "Built By",
        "Built On",
        "Build Host",
        "Built Host",
        "Workspace",
        "Version ",
        "Location ",
        "Label ",
    ];
    let is_quantity = || {
        let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
        let rest = rest.strip_prefix(['k', 'K', 'M', 'G']).unwrap_or(rest);
        rest.len() < text.len() && rest.starts_with(' ') && !rest.contains("icense")
    };
    let is_package = || text.contains(", V ") && text.contains(", Cisco Systems, at ");
    let is_chassis = || text.contains(" Chassis") || text.contains(" Slot ");
    STARTS.iter().any(|start| text.starts_with(start))
        || is_quantity()
        || is_package()
        || is_chassis()
        || text.contains(" processor at ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grammar::read_with;

    fn parsed(text: &str) -> (DeviceRecord<'_>, Vec<&str>) {
        read_with(read, text)
    }

    #[test]
    fn the_version_stands_alone() {
        for (text, want) in [
            ("Cisco IOS XR Software, Version 4.3.2[Default]", "4.3.2"),
            ("Cisco IOS XR Software, Version 24.2.1 LNT", "24.2.1"),
            ("Cisco IOS XR Software, Version 7.3.2", "7.3.2"),
            ("Cisco IOS XR Software, Version 6.5.1.04I", "6.5.1.04I"),
        ] {
            assert_eq!(parsed(text).0.device.software_version.as_deref(), Some(want));
        }
    }

    #[test]
    fn the_chassis_wins_over_its_family() {
        for (text, want) in [
            (
                "cisco ASR9K Series (Intel 686 F6M14S4) processor with 6291456K bytes of memory.",
                "ASR9K Series",
            ),
            ("cisco NCS-5500 () processor", "NCS-5500"),
            ("cisco 8000 (Intel(R) Xeon(R) CPU D-1530 @ 2.40GHz)", "8000"),
            (
                "cisco 8000 (Intel(R) Xeon(R))\ncisco 8201-SYS (Intel(R) Xeon(R)) processor with 32GB of memory",
                "8201-SYS",
            ),
            ("Accton_as7816_64x () processor", "Accton_as7816_64x"),
        ] {
            let (record, unclaimed) = parsed(text);
            assert_eq!(record.device.model.as_deref(), Some(want));
            assert!(unclaimed.is_empty(), "{unclaimed:?}");
        }
        assert!(hardware("11881456k bytes of disk0: (Sector size 512 bytes).").is_none());
        assert!(hardware("Intel 686 F6M14S4 processor at 2127Mhz, Revision 2.174").is_none());
    }

    #[test]
    fn the_system_is_no_host() {
        let hostname = |text| parsed(text).0.device.hostname.map(String::from);
        assert_eq!(hostname("edge-4 uptime is 1 day"), Some("edge-4".into()));
        assert_eq!(hostname("System uptime is 1 day"), None);
    }

    #[test]
    fn what_a_later_release_adds_to_its_build_is_known() {
        let (_, unclaimed) =
            parsed("Build Information:\n Built By     : a\n Software Hash: 9f\n\nQuantum keys: none\n");
        assert_eq!(unclaimed, ["Quantum keys: none"]);
    }
}
