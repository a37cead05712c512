//! What NX-OS prints beside the Smart Agent: usage table, licence files, host id, version, inventory.
//!
//! From 10.2 on the licences are the Smart Agent's, and so is the grammar; inventories are those of every platform.
//!
//! Real outputs are known of the usage table with `Grace`, of a usage block, a licence file, the host id, version and
//! inventory. Cisco's documentation alone shows the table's other comments, the lists of one package's features, and
//! the agent's `show license all`, `status` and `summary`: the cases `n9k` and `classic` are written from it.
//! Captures: `testdata/captures/nx-os/`.

pub mod host_id;
pub mod license_file;
pub mod usage;
pub mod version;

use crate::command::Command;
use crate::grammar::Grammar;
use crate::smart_agent;

/// Lines within which an output shows what it is.
const LOOKED_AT: usize = 400;

/// The command whose output this is, where only NX-OS prints it like this.
pub(crate) fn recognize(body: &str) -> Option<Command> {
    let lines = || body.lines().map(str::trim).filter(|line| !line.is_empty()).take(LOOKED_AT);
    let any = |test: fn(&str) -> bool| lines().any(test);
    if usage::is_table(body) || usage::is_list(body) {
        Some(Command::ShowLicenseUsage)
    } else if lines().next().is_some_and(|first| host_id::value(first).is_some()) {
        Some(Command::ShowLicenseHostId)
    } else if any(license_file::opens_licence) {
        Some(Command::ShowLicense)
    } else if any(version::is_title) && any(version::is_section) {
        Some(Command::ShowVersion)
    } else if any(is_entry_of_nexus) {
        Some(Command::ShowInventory)
    } else if any(is_agent_of_nexus) {
        smart_agent::recognize(body)
    } else {
        None
    }
}

/// The grammar of a command that NX-OS answers in its own way.
pub(crate) fn grammar(command: Command, body: &str) -> Option<Grammar> {
    Some(match command {
        Command::ShowLicenseUsage if usage::is_table(body) => usage::read,
        Command::ShowLicenseUsage if usage::is_list(body) => usage::read_list,
        Command::ShowLicense if !smart_agent::speaks(body) => license_file::read,
        Command::ShowLicenseHostId => host_id::read,
        Command::ShowVersion => version::read,
        _ => return None,
    })
}

/// `NAME: "Chassis",  DESCR: "Nexus9000 C9300v Chassis"`, `PID: N2K-C2248TP-E-1GE   ,  VID: V03 ,  SN: …`
fn is_entry_of_nexus(line: &str) -> bool {
    if let Some(part) = line.strip_prefix("PID:") {
        return is_part_of_nexus(part.trim_start());
    }
    let description = line.strip_prefix("NAME:").and_then(|entry| entry.split_once("DESCR:"));
    description
        .is_some_and(|(_, description)| description.trim_start_matches([' ', '"']).starts_with("Nexus"))
}

/// What the agent says on NX-OS alone: whose UDI it is, `Enforcement Type` with a capital, the policy's groups.
fn is_agent_of_nexus(line: &str) -> bool {
    let udi = line.split_once("PID:").is_some_and(|(_, pid)| is_part_of_nexus(pid));
    udi || line.starts_with("Enforcement Type:") || line == "Unenforced/Non-Export:"
}

/// `N9K-C93180YC-FX3`, `N77-C7706`, and the MDS 9000, which runs NX-OS too.
fn is_part_of_nexus(pid: &str) -> bool {
    let family = pid.split('-').next().unwrap_or(pid);
    let numbered = family.strip_prefix('N').and_then(|family| family.strip_suffix('K'));
    numbered.is_some_and(|number| number.len() == 1 && number.bytes().all(|byte| byte.is_ascii_digit()))
        || matches!(family, "N77" | "NXA")
        || pid.starts_with("DS-C9")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_other_platforms_are_not_nexus() {
        for pid in ["N9K-C93180YC-FX3", "N2K-C2248TP-E-1GE   ,  VID:", "N77-C7706-FAN", "DS-C9148S-K9"] {
            assert!(is_part_of_nexus(pid), "{pid}");
        }
        for pid in ["N540-24Z8Q2C-M", "NC55-36X100G", "NIM-2FXO", "C9300-24UX", "N", "", "N10K-X"] {
            assert!(!is_part_of_nexus(pid), "{pid}");
        }
    }

    #[test]
    fn an_inventory_is_told_by_any_of_its_entries() {
        let fabric_extender = "NAME: \"FEX 106 Fan 1\",  DESCR: \"Fabric Extender Fan module\"\n\
                               PID: N2K-C2248-FAN       ,  VID: N/A ,  SN: N/A\n";
        assert_eq!(recognize(fabric_extender), Some(Command::ShowInventory));
        assert_eq!(
            recognize("NAME: \"Chassis\", DESCR: \"Nexus5548 Chassis\"\n"),
            Some(Command::ShowInventory)
        );
        assert_eq!(
            recognize("NAME: \"1\", DESCR: \"WS-C3750X-24S\"\nPID: WS-C3750X-24S, VID: V02, SN: F\n"),
            None
        );
    }
}
