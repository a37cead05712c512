//! What `show version` prints on every device and says nothing about this one's licences: notices of copyright
//! and export, reasons of the last reload, counts of interfaces and memory, part numbers of boards.

use crate::text::pair;

/// Whether a line is one of them.
pub(super) fn knows(text: &str) -> bool {
    STARTS.iter().any(|start| text.starts_with(start))
        || is_label(text)
        || is_quantity(text.trim_start_matches(['*', ' ']))
        || INSIDE.iter().any(|words| text.contains(words))
        || is_column_rule(text)
}

/// `------ ----- -----`: the rule below the header of a table, with a gap between columns.
pub(super) fn is_column_rule(text: &str) -> bool {
    text.starts_with("---") && text.chars().all(|c| c == '-' || c == ' ')
}

/// `Motherboard Assembly Number        : 73-18277-04`
fn is_label(text: &str) -> bool {
    let Some((key, _)) = pair(text) else { return false };
    let key = key.as_bytes();
    LABELS
        .iter()
        .any(|label| key.get(..label.len()).is_some_and(|start| start.eq_ignore_ascii_case(label.as_bytes())))
}

/// `36 2.5 Gigabit Ethernet interfaces`, `2048K bytes of …`, `1 Virtual Private Network (VPN) Module`; so
/// begin the rows of the stack table, too: `1 65    C9300-48UXM        17.15.06          CAT9K_IOSXE           INSTALL`.
/// What is said of licences in numbers is none of them.
fn is_quantity(text: &str) -> bool {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let rest = rest.strip_prefix(['K', 'M', 'G']).unwrap_or(rest);
    rest.len() < text.len() && rest.starts_with(' ') && !rest.contains("icense")
}

const STARTS: [&str; 73] = [
    // Copyright.
    "Technical Support:",
    "Copyright (c)",
    "Compiled ",
    "Cisco IOS-XE software, Copyright",
    "All rights reserved.  Certain components",
    "licensed under the GNU General Public License",
    "software code licensed under GPL",
    "with ABSOLUTELY NO WARRANTY.",
    "GPL code under the terms of GPL",
    "documentation or \"License Notice\" file",
    "or the applicable URL provided on the flyer",
    "software.",
    // Export.
    "This product contains cryptographic features",
    "States and local country laws governing import",
    "use. Delivery of Cisco cryptographic products",
    "third-party authority to import, export",
    "Importers, exporters, distributors and users",
    "compliance with U.S. and local country laws.",
    "agree to comply with applicable laws",
    "to comply with U.S. and local laws",
    "A summary of U.S. laws governing Cisco",
    "http://www.cisco.com/",
    "https://www.cisco.com/",
    "If you require further assistance please contact",
    "export@cisco.com",
    // Boot.
    "Image text-base:",
    "ROM:",
    "BOOTLDR:",
    "Uptime for this control processor is ",
    "Time since ",
    "System returned to ROM",
    "System restarted at ",
    "System restarted by ",
    "System image file is ",
    "Host configuration file is ",
    "Network configuration file is ",
    "Running default software",
    "Last reload reason",
    "Last reload type",
    "Last reset from",
    "Reload reason",
    "Configuration register is ",
    "Configuration register on ",
    "Installation mode is ",
    "The password-recovery mechanism is ",
    "Router operating mode:",
    // Hardware.
    "DRAM configuration is ",
    "Bridging software.",
    "X.25 software",
    "SuperLAT software",
    "TN3270 Emulation software",
    "Basic Rate ISDN software",
    "Primary Rate ISDN software",
    "Cisco Integrated Services Module",
    "CPU ",
    "Pod Revision ",
    "Hobgoblin Revision ",
    "Jawa Revision ",
    "Dagobah Revision ",
    "Forerunner Revision ",
    "Backplane FPGA version",
    "MIPS CPU",
    "Linux Unix (",
    "PCI bus ",
    "PXF ",
    "SSL Module",
    "Unable to find ",
    // Headings.
    "License Info:",
    "License Information for ",
    "SW Version ",
    "Switch Ports Model ",
    "Switch   Ports   Model ",
    "Compiled: ",
];

const INSIDE: [&str; 6] = [
    " bytes of memory",
    " CPU at ",
    " interface(s)",
    " Revision number is ",
    "K bytes of ",
    " daughter card",
];

/// The beginnings of labels; what a release appends to them says which board it is.
const LABELS: [&str; 20] = [
    "Base Ethernet MAC Address",
    "Motherboard ",
    "Daughterboard ",
    "Model Revision",
    "Model Number",
    "System Serial Number",
    "CLEI Code",
    "Top Assembly ",
    "Version ID",
    "Hardware Board Revision",
    "Power supply ",
    "Power module ",
    "Switch Uptime",
    "Last reload reason",
    "Last switch reset reason",
    "Part Number",
    "PCA Assembly",
    "PCB Serial",
    "USB ",
    "FIPS ",
];

#[cfg(test)]
mod tests {
    use super::knows;

    #[test]
    fn notices_quantities_and_labels_are_known() {
        for line in [
            "licensed under the GNU General Public License (\"GPL\") Version 2.0.  The",
            "36 2.5 Gigabit Ethernet interfaces",
            "2048K bytes of non-volatile configuration memory.",
            "*    1 65    C9300-24UX         17.09.04          CAT9K_IOSXE           INSTALL",
            "Motherboard serial number       : FOC00000X0A",
            "MPC8548 CPU at 1GHz, Cisco Catalyst 4948E",
            "1 Virtual Private Network (VPN) Module",
        ] {
            assert!(knows(line), "{line}");
        }
    }

    #[test]
    fn what_speaks_of_licences_is_not() {
        for line in
            ["License Grace Period: 3 days", "1234-5678", "", "*", "12", "Licence: none", "3 Licenses left"]
        {
            assert!(!knows(line), "{line}");
        }
    }
}
