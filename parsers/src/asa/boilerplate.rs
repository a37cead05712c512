//! What an ASA prints about itself that says nothing about its licences: software beside it, boards, interfaces.

/// Whether a line is such.
pub(super) fn knows(text: &str) -> bool {
    STARTS.iter().any(|start| text.starts_with(start)) || is_interface(text)
}

/// ` 0: Ext: GigabitEthernet0/0  : address is 0000.5e00.5301, irq 9`, `4099: Int: Internal-Data0/0 …`
fn is_interface(text: &str) -> bool {
    let Some((number, rest)) = text.split_once(':') else { return false };
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number && ["Ext:", "Int:"].iter().any(|kind| rest.trim_start().starts_with(kind))
}

const STARTS: [&str; 41] = [
    // Software.
    "Firepower Extensible Operating System Version",
    "Firepower Threat Defense",
    "SSP Operating System Version",
    "Cisco Secure Firewall",
    "Device Manager Version",
    "REST API Agent Version",
    "Compiled on ",
    "System image file is ",
    "Config file at boot was ",
    "Image type ",
    "Image type:",
    "Key version ",
    "Key Version ",
    "Configuration register is ",
    "Configuration last modified by ",
    "Configuration has not been modified ",
    "Start-up time ",
    // Hardware.
    "ASA: ",
    "Model Id:",
    "SSP Slot Number:",
    "Internal ATA Compact Flash",
    "Internal Compact Flash",
    "Slot 1:",
    "Slot 2:",
    "BIOS Flash ",
    "Encryption hardware device",
    "Boot microcode",
    "SSL/IKE microcode",
    "IPsec microcode",
    "IPSec microcode",
    "Number of accelerators",
    "Baseboard Management Controller",
    "Compression hardware device",
    "Crypto ",
    "Total SSMs found",
    "Total NICs found",
    "This is a licensed ",
    "Up time ",
    "failover cluster up ",
    "cluster up ",
    "Cluster up ",
];

#[cfg(test)]
mod tests {
    use super::knows;

    #[test]
    fn boards_and_interfaces_are_known() {
        for line in [
            "0: Ext: GigabitEthernet0/0  : address is 0000.5e00.5301, irq 9",
            "4099: Int: Internal-Data0/0    : address is 0000.5e00.5302, irq 11",
            "5: Int: Not used            : irq 11",
            "IPSec microcode       : CNPx-MC-IPSEC-MAIN-0026",
            "failover cluster up 1 day 9 hours",
        ] {
            assert!(knows(line), "{line}");
        }
    }

    #[test]
    fn what_speaks_of_licences_is_not() {
        for line in ["Licensed features for this platform:", "Security Contexts : 2", "7: of 9", "", "Ext: 3"]
        {
            assert!(!knows(line), "{line}");
        }
    }
}
