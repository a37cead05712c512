//! What ASA prints beside the Smart Agent: version with the licensed features, entitlements, activation keys.
//!
//! Inventory and clock are those of IOS, `show license all`, `… status`, `… usage` and `… summary` the Smart Agent's; but
//! for the first of them their captures in `testdata/captures/asa/` rest on documentation alone. Activation keys license a device: they are recognized so that no record and
//! no diagnostic holds one.

mod boilerplate;
mod entitlement;
mod features;
mod keys;
mod version;

use crate::command::Command;
use crate::grammar::Grammar;
use crate::smart_agent;

/// The command whose output this is, where only ASA prints it like this.
pub(crate) fn recognize(body: &str) -> Option<Command> {
    let lines = || body.lines().map(str::trim).filter(|line| !line.is_empty()).take(200);
    let starts = |start: &str| lines().any(|line| line.starts_with(start));
    if lines().take(12).any(|line| line.starts_with(version::TITLE)) {
        return Some(Command::ShowVersion);
    }
    if starts("Entitlement(s):") || lines().any(entitlement::is_request) {
        return Some(Command::ShowLicenseEntitlement);
    }
    if lines().any(features::is_title) || starts("License mode:") {
        let keys = lines().any(keys::is_key_line);
        return Some(if keys { Command::ShowActivationKey } else { Command::ShowLicenseFeatures });
    }
    if lines().next().is_some_and(is_inventory) {
        return Some(Command::ShowInventory);
    }
    let pid = smart_agent::device_pid(body)?;
    // Firepower appliances carry ASA beside other systems, none of which answers like this.
    if pid.starts_with("ASA") || pid.starts_with("FPR") { smart_agent::recognize(body) } else { None }
}

/// The grammar of a command that ASA answers in its own way.
pub(crate) fn grammar(command: Command, _body: &str) -> Option<Grammar> {
    Some(match command {
        Command::ShowVersion => version::read,
        Command::ShowLicenseFeatures | Command::ShowActivationKey => features::read,
        Command::ShowLicenseEntitlement => entitlement::read,
        _ => return None,
    })
}

/// `Name: "Chassis", DESCR: "…"`: other platforms write `NAME:`, or two blanks behind the comma.
fn is_inventory(line: &str) -> bool {
    line.starts_with("Name: \"") && line.contains("\", DESCR: \"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agent_is_told_by_its_pid() {
        let agent = |pid| format!("Smart Licensing Status\n======\nUDI: PID:{pid},SN:9A0\n");
        assert_eq!(recognize(&agent("ASAv")), Some(Command::ShowLicenseAll));
        assert_eq!(recognize(&agent("FPR-2130")), Some(Command::ShowLicenseAll));
        assert_eq!(recognize(&agent("ISR4331/K9")), None);
    }

    #[test]
    fn only_an_asa_lists_parts_like_this() {
        assert!(is_inventory("Name: \"Chassis\", DESCR: \"ASA 5516-X\""));
        assert!(!is_inventory("NAME: \"Chassis\", DESCR: \"Cisco C9300\""));
        assert!(!is_inventory("Name: \"Slot 1\",  DESCR: \"Supervisor\""));
    }
}
