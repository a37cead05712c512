//! What IOS XR prints beside the Smart Agent: the counted licences with SIA compliance, and its version.
//!
//! Inventory (`admin show inventory` too, which alone lists the chassis of an older router) and clock are those of IOS.
//! Above most outputs stands a date line, which is the clock's. `show license all`, `… status`, `… usage` and
//! `… summary` are the Smart Agent's; their captures in `testdata/captures/ios-xr/` rest on documentation alone.

mod platform;
mod version;

use crate::command::Command;
use crate::grammar::Grammar;
use crate::smart_agent;

/// The command whose output this is, where only IOS XR prints it like this.
pub(crate) fn recognize(body: &str) -> Option<Command> {
    let lines = || body.lines().map(str::trim).filter(|line| !line.is_empty()).take(400);
    if lines().take(12).any(|line| line.starts_with(version::TITLE)) {
        return Some(Command::ShowVersion);
    }
    if lines().next().is_some_and(platform::begins) {
        let detailed = lines().any(platform::is_detail);
        return Some(if detailed {
            Command::ShowLicensePlatformDetail
        } else {
            Command::ShowLicensePlatformSummary
        });
    }
    if lines().any(names_node) {
        return Some(Command::ShowInventory);
    }
    let pid = smart_agent::device_pid(body)?;
    if is_pid(pid) { smart_agent::recognize(body) } else { None }
}

/// The grammar of a command that IOS XR answers in its own way.
pub(crate) fn grammar(command: Command, _body: &str) -> Option<Grammar> {
    Some(match command {
        Command::ShowVersion => version::read,
        Command::ShowLicensePlatformSummary | Command::ShowLicensePlatformDetail => platform::read,
        _ => return None,
    })
}

/// A part that is named by its node, `NAME: "module 0/RSP0/CPU0", …`, `NAME: "fan0 0/FT0/SP", …`, or by its rack.
fn names_node(line: &str) -> bool {
    let Some(name) = line.strip_prefix("NAME: \"").and_then(|rest| rest.split('"').next()) else {
        return false;
    };
    let is_rack = |name: &str| {
        name.strip_prefix("Rack ").is_some_and(|number| number.starts_with(|c: char| c.is_ascii_digit()))
    };
    // Routers of IOS XE name the processors of a board: `CPU 0 of module R0`.
    let is_cpu = |part: &str| {
        part.strip_prefix("CPU").is_some_and(|number| number.starts_with(|c: char| c.is_ascii_digit()))
    };
    is_rack(name) || name.ends_with("/SP") || name.split('/').any(is_cpu)
}

/// Chassis that run nothing else.
fn is_pid(pid: &str) -> bool {
    const FAMILIES: [&str; 6] = ["ASR-9", "CRS-", "NCS-5", "NCS-6", "R-IOSXRV", "N540"];
    // Cisco 8000: `8201-SYS`, `8818-SYS`.
    let is_8000 = pid.starts_with('8') && pid.bytes().take(4).filter(u8::is_ascii_digit).count() == 4;
    is_8000 || FAMILIES.iter().any(|family| pid.starts_with(family))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_named_by_their_nodes() {
        for name in
            ["module 0/RSP0/CPU0", "0/RP0/CPU0", "fantray 0/FT0/SP", "Rack 0", "module mau TenGigE0/2/CPU0/0"]
        {
            assert!(names_node(&format!("NAME: \"{name}\", DESCR: \"x\"")), "{name}");
        }
        for name in
            ["Chassis", "module 0", "SPA subslot 0/0", "Racket 1", "Rack", "CPU 0 of module R0", "CPU"]
        {
            assert!(!names_node(&format!("NAME: \"{name}\", DESCR: \"Rack 0/RP0/CPU0\"")), "{name}");
        }
    }

    #[test]
    fn an_agent_is_told_by_its_pid() {
        let agent = |pid| format!("Smart Licensing Status\n======\nUDI: PID:{pid},SN:F0\n");
        for pid in ["ASR-9006", "8201-SYS", "NCS-5501-SE", "R-IOSXRV9000-CC"] {
            assert_eq!(recognize(&agent(pid)), Some(Command::ShowLicenseAll), "{pid}");
        }
        for pid in ["ASR1004", "C8300-1N1S-4T2X", "880", "NCS4201"] {
            assert_eq!(recognize(&agent(pid)), None, "{pid}");
        }
    }
}
