//! The neighbours of a device: `show cdp neighbors detail` and `show lldp neighbors detail` of IOS, IOS XE, NX-OS,
//! IOS XR and AireOS, whose forms differ in little words alone. The forms are those of Cisco's command references and
//! of public captures (networktocode/ntc-templates); no capture here was taken from a live device.
//!
//! They are read where an operator asks for them, to find devices that stand in no inventory. Nothing in them is
//! stated of the device that answers, whatever platform the words of a neighbour name.

pub(crate) mod cdp;
pub(crate) mod lldp;
mod words;

use crate::command::Command;

/// The command whose output this is. What neighbours advertise may look like any other output, so this is asked
/// before the words of platforms are looked for.
pub(crate) fn recognize(body: &str) -> Option<Command> {
    let mut lines = body.lines().map(str::trim).filter(|line| !line.is_empty()).take(60);
    lines.find_map(|line| {
        if cdp::begins(line) {
            Some(Command::ShowCdpNeighborsDetail)
        } else if lldp::begins(line) {
            Some(Command::ShowLldpNeighborsDetail)
        } else {
            None
        }
    })
}

/// Whether a command is one of these.
pub(crate) fn answers(command: Command) -> bool {
    matches!(command, Command::ShowCdpNeighborsDetail | Command::ShowLldpNeighborsDetail)
}
