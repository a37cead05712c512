//! `show version` of NX-OS.
//!
//! ```text
//! Cisco Nexus Operating System (NX-OS) Software
//! Software
//!   BIOS: version 05.45
//!   NXOS: version 10.3(4a) [Maintenance Release]
//! Hardware
//!   cisco Nexus9000 C93180YC-FX3 Chassis
//!   Processor Board ID FDO2531X0D8
//!   Device name: quay-leaf-2
//! ```
//! Releases that boot from two images print `kickstart:` and `system:`, of which the second is the version.
//!
//! The board ID is the chassis' serial number where the switch is one board. On modular chassis, the Nexus 5000 and
//! 6000, and virtual switches it is that of a supervisor, and the chassis has another one.
//! Captures: `testdata/captures/nx-os/show_version/`.

use crate::record::{DeviceRecord, stated};
use crate::text::{Cursor, pair};

/// Reads `show version`.
pub fn read<'a>(cursor: &mut Cursor<'a>, record: &mut DeviceRecord<'a>) {
    let mut section = Section::Notices;
    let mut board_is_chassis = false;
    while let Some(line) = cursor.next() {
        let text = line.trimmed();
        if text.is_empty() {
            continue;
        }
        if let Some(opened) = Section::opened_by(text) {
            section = opened;
            continue;
        }
        let known = match section {
            Section::Notices => is_notice(text),
            Section::Software => software(text, record),
            Section::Hardware => hardware(text, &mut board_is_chassis, record),
            Section::Reset => pair(text).is_some_and(|(key, _)| RESET.contains(&key)),
            Section::Plugins => text.contains("Plugin"),
            Section::Packages => !text.contains(char::is_whitespace),
        };
        if !known {
            cursor.unclaimed(line);
        }
    }
}

/// Whether a line is the title, which also greets who logs in.
pub(super) fn is_title(line: &str) -> bool {
    line.starts_with("Cisco Nexus Operating System (NX-OS)")
}

/// Whether a line opens a section that only this output has.
pub(super) fn is_section(line: &str) -> bool {
    matches!(Section::opened_by(line), Some(Section::Software | Section::Hardware))
}

/// The parts of the output, in their order.
#[derive(Clone, Copy)]
enum Section {
    Notices,
    Software,
    Hardware,
    /// Uptime and why the switch started.
    Reset,
    Plugins,
    Packages,
}

impl Section {
    fn opened_by(text: &str) -> Option<Self> {
        Some(match text {
            "Software" => Self::Software,
            "Hardware" => Self::Hardware,
            "plugin" => Self::Plugins,
            _ if text.starts_with("Active Package") => Self::Packages,
            _ if text.starts_with("Last reset") || text.starts_with("Kernel uptime is ") => Self::Reset,
            _ => return None,
        })
    }
}

fn software<'a>(text: &'a str, record: &mut DeviceRecord<'a>) -> bool {
    let Some((key, value)) = pair(text) else { return text.starts_with("Module ") };
    if matches!(key, "NXOS" | "system") {
        // `version 10.3(4a) [Maintenance Release]`
        let version = value.strip_prefix("version").and_then(|version| version.split_whitespace().next());
        if let Some(version) = version.and_then(stated) {
            record.device.software_version = Some(version.into());
        }
        return true;
    }
    IMAGES.contains(&key) || IMAGE_FACTS.iter().any(|end| key.ends_with(end)) || key.starts_with("Module ")
}

fn hardware<'a>(text: &'a str, board_is_chassis: &mut bool, record: &mut DeviceRecord<'a>) -> bool {
    let device = &mut record.device;
    if let Some(words) = text.strip_prefix("cisco ") {
        let model = model(words);
        *board_is_chassis = is_one_board(model, words);
        device.model = stated(model).map(Into::into);
    } else if let Some(serial_number) = text.strip_prefix("Processor Board ID") {
        if *board_is_chassis {
            device.serial_number = stated(serial_number).map(Into::into);
        }
    } else if let Some(name) = text.strip_prefix("Device name:") {
        if let Some(name) = stated(name) {
            device.hostname = Some(name.into());
        }
    } else {
        // The processor with its memory, and the file systems: `bootflash:    2007040 kB`.
        return text.contains(" kB");
    }
    true
}

/// The words before `Chassis` and before what describes it in parentheses: `Nexus7000 C7010 (10 Slot) Chassis`.
fn model(words: &str) -> &str {
    let ends = ["(", " Chassis", " chassis"].into_iter().filter_map(|end| words.find(end));
    ends.min().and_then(|end| words.get(..end)).unwrap_or(words).trim()
}

/// Whether the board is the switch, so that its number is the switch's.
fn is_one_board(model: &str, words: &str) -> bool {
    let described = words.to_ascii_lowercase();
    let is_modular = ["slot)", "supervisor module", "modular"].iter().any(|part| described.contains(part));
    let is_virtual = model.starts_with("NX-OSv") || model.ends_with('v');
    let series = model.strip_prefix("Nexus").map(str::trim_start);
    let has_supervisor = series.is_some_and(|series| series.starts_with(['5', '6']));
    !(is_modular || is_virtual || has_supervisor)
}

/// Copyright, and what virtual switches say of themselves.
fn is_notice(text: &str) -> bool {
    is_title(text)
        || NOTICES.iter().any(|start| text.starts_with(start))
        || text.ends_with(" is a demo version of the Nexus Operating System")
}

/// What a software image is, beside the one that runs.
const IMAGES: [&str; 6] = ["BIOS", "loader", "kickstart", "Host NXOS", "power-seq", "uC"];

/// What is said of images and of the boards' own software.
const IMAGE_FACTS: [&str; 5] = ["compile time", "image file is", "boot mode", "Firmware", "Sequencer"];

const RESET: [&str; 3] = ["Reason", "System version", "Service"];

const NOTICES: [&str; 26] = [
    "TAC support:",
    "Documents:",
    "Copyright (c)",
    "Copyright (C)",
    "All rights reserved.",
    "The copyrights to certain works contained",
    "owned by other third parties and used and",
    "owned by",
    "other third parties and are used and distributed",
    "Some parts of this software are covered under",
    "License. A copy of the license is available at",
    "licenses, such as open source.",
    "otherwise stated, there is no warranty",
    "limited to warranties of merchantability",
    "Certain components of this software are licensed",
    "the GNU General Public License (GPL)",
    "GNU General Public License (GPL)",
    "Lesser General Public License (LGPL)",
    "such license is available at",
    "A copy of each such license is available at",
    "A copy of each",
    "http://www.gnu.org/",
    "http://www.opensource.org/",
    "http://opensource.org/",
    "https://www.gnu.org/",
    "https://opensource.org/",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grammar::read_with;

    fn parsed(text: &str) -> (DeviceRecord<'_>, Vec<&str>) {
        read_with(read, text)
    }

    #[test]
    fn models_are_named_without_what_describes_them() {
        for (line, want) in [
            ("Nexus9000 C93180YC-FX3 Chassis ", "Nexus9000 C93180YC-FX3"),
            ("Nexus3000 C3232C Chassis (Nexus 9000 Series)", "Nexus3000 C3232C"),
            ("Nexus7000 C7010 (10 Slot) Chassis (\"Supervisor Module-2\")", "Nexus7000 C7010"),
            ("Nexus 3048 Chassis (\"48x1GE + 4x10G Supervisor\")", "Nexus 3048"),
            ("Nexus9000 C9372PX chassis", "Nexus9000 C9372PX"),
            ("NX-OSv Chassis", "NX-OSv"),
        ] {
            assert_eq!(model(line), want);
        }
    }

    #[test]
    fn a_supervisors_number_is_not_the_chassis() {
        let serial = |chassis: &str| {
            let text = format!("Hardware\n  cisco {chassis}\n  Processor Board ID FOC0000X0AA\n");
            parsed(&text).0.device.serial_number.is_some()
        };
        for chassis in [
            "Nexus9000 C93180YC-FX3 Chassis",
            "Nexus 3048 Chassis (\"48x1GE + 4x10G Supervisor\")",
            "Nexus3000 C3232C Chassis (Nexus 9000 Series)",
        ] {
            assert!(serial(chassis), "{chassis}");
        }
        for chassis in [
            "Nexus5548 Chassis (\"O2 32X10GE/Modular Universal Platform Supervisor\")",
            "Nexus 6001 Chassis (\"Nexus 64 Supervisor\")",
            "Nexus7700 C7706 (6 Slot) Chassis (\"Supervisor Module-3\")",
            "Nexus9000 C9500v Chassis (\"Supervisor Module\")",
            "Nexus9000 C9300v Chassis",
            "NX-OSv Chassis",
        ] {
            assert!(!serial(chassis), "{chassis}");
        }
        assert_eq!(parsed("Hardware\n  Processor Board ID FOC0000X0AA\n").0.device.serial_number, None);
    }

    #[test]
    fn the_version_is_the_one_that_runs() {
        let version = |text| parsed(text).0.device.software_version.map(String::from);
        assert_eq!(
            version(
                "Software\n  kickstart: version 7.3(8)N1(1)\n  system:    version 7.3(8)N1(2) [build 1]\n"
            ),
            Some("7.3(8)N1(2)".into())
        );
        assert_eq!(
            version(
                "Software\n  BIOS: version 05.45\n NXOS: version 10.3(4a) [Maintenance Release]\n  Host NXOS: version 1\n\
                 Last reset\n  System version: 9.3(8)\n"
            ),
            Some("10.3(4a)".into())
        );
        assert_eq!(version("Software\n  NXOS: version\n"), None);
    }

    #[test]
    fn what_no_section_knows_is_unclaimed() {
        let (_, unclaimed) =
            parsed("Software\n  Colour: red\nHardware\n  wheels: 4\nLast reset\n  Mood: bad\n");
        assert_eq!(unclaimed, ["  Colour: red", "  wheels: 4", "  Mood: bad"]);
    }
}
