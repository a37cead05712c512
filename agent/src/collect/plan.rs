//! What to ask a device, in the fewest round trips.
//!
//! | platform | first round | where the answers leave a gap |
//! |---|---|---|
//! | IOS XE, unknown | `show version`, `show inventory`, `show license all`, `show clock` | licences: `show license right-to-use summary`, `show license`, `show license udi`; routers: `show platform hardware throughput level`, `… crypto` |
//! | IOS | `show version`, `show inventory`, `show license`, `show clock` | licences: `show license all`; UDI: `show license udi` |
//! | after a NETCONF `get` | `show license all` | |
//! | any, where neighbours are asked for | and last `show cdp neighbors detail`, `show lldp neighbors detail` | |
//!
//! A device that answers `% Invalid input` has told which platform it is not; the second round asks the other way.

use licwatch_parsers::Command;
use licwatch_parsers::record::{DeviceRecord, LicensingModel, Platform};

/// The commands that every device of a platform is asked first.
pub fn first_round(platform: Option<Platform>) -> &'static [Command] {
    use Command as C;
    match platform {
        Some(Platform::Ios) => &[C::ShowVersion, C::ShowInventory, C::ShowLicense, C::ShowClock],
        _ => &[C::ShowVersion, C::ShowInventory, C::ShowLicenseAll, C::ShowClock],
    }
}

/// What NETCONF cannot tell: trust codes, authorizations, push times, the transport in use.
pub const BESIDE_NETCONF: &[Command] = &[Command::ShowLicenseAll];

/// The devices on the links of a device. They are asked for where an operator wants it, and after all else.
pub const NEIGHBORS: &[Command] = &[Command::ShowCdpNeighborsDetail, Command::ShowLldpNeighborsDetail];

/// Everything that a second round may ask, for `poll --dry-run`.
pub fn second_round(platform: Option<Platform>) -> Vec<Command> {
    let mut all: Vec<_> = LICENCES.iter().chain(ROUTER).copied().collect();
    all.extend([Command::ShowLicenseAll, Command::ShowLicenseUsage]);
    all.retain(|command| !first_round(platform).contains(command));
    all
}

/// The commands that fill what the first round left open.
pub fn gaps(record: &DeviceRecord<'_>, asked: &[Command]) -> Vec<Command> {
    let mut wanted = Vec::new();
    let model = record.device.model.as_deref().unwrap_or_default();
    let licensing = record.licensing.model;
    if record.licenses.is_none() {
        match licensing {
            None if is_right_to_use(model) => wanted.push(Command::ShowLicenseRightToUseSummary),
            None => wanted.extend(LICENCES),
            Some(_) => wanted.push(Command::ShowLicenseUsage),
        }
    }
    if record.device.serial_number.is_none() {
        wanted.push(Command::ShowLicenseUdi);
    }
    if matches!(licensing, Some(LicensingModel::Slup | LicensingModel::Smart)) && is_router(model) {
        wanted.extend(ROUTER);
    }
    wanted.retain(|command| !asked.contains(command));
    wanted.dedup();
    wanted
}

/// The ways to licences that are left where `show license all` told none.
const LICENCES: &[Command] =
    &[Command::ShowLicense, Command::ShowLicenseRightToUseSummary, Command::ShowLicenseUdi];

/// Throughput is licensed on routers.
const ROUTER: &[Command] =
    &[Command::ShowPlatformHardwareThroughputLevel, Command::ShowPlatformHardwareThroughputCrypto];

/// Catalyst 3650, 3850, 4500 before they took up Smart Licensing.
fn is_right_to_use(model: &str) -> bool {
    ["WS-C36", "WS-C38", "WS-C45", "WS-X45"].iter().any(|family| model.starts_with(family))
}

fn is_router(model: &str) -> bool {
    const FAMILIES: [&str; 10] = ["C8000", "C82", "C83", "C84", "C85", "C11", "ISR", "CSR", "ASR1", "VG4"];
    FAMILIES.iter().any(|family| model.starts_with(family))
}

#[cfg(test)]
mod tests {
    use licwatch_parsers::record::License;

    use super::*;

    fn record(
        model: &'static str,
        licensing: Option<LicensingModel>,
        licences: bool,
    ) -> DeviceRecord<'static> {
        let mut record = DeviceRecord::default();
        record.device.model = Some(model.into());
        record.device.serial_number = Some("FOC2411X0A1".into());
        record.licensing.model = licensing;
        record.licenses = licences.then(|| vec![License::default()]);
        record
    }

    #[test]
    fn a_whole_answer_leaves_no_gap() {
        let switch = record("C9300-24UX", Some(LicensingModel::Slup), true);
        assert_eq!(gaps(&switch, first_round(None)), []);
    }

    #[test]
    fn a_router_is_asked_for_its_throughput() {
        let router = record("C8000V", Some(LicensingModel::Slup), true);
        assert_eq!(gaps(&router, first_round(None)), ROUTER);
    }

    #[test]
    fn licences_are_looked_for_where_the_platform_keeps_them() {
        let old_switch = record("WS-C3850-24T", None, false);
        assert_eq!(gaps(&old_switch, first_round(None)), [Command::ShowLicenseRightToUseSummary]);
        let unknown = record("X", None, false);
        assert_eq!(gaps(&unknown, first_round(None)), LICENCES);
        assert!(!gaps(&unknown, first_round(Some(Platform::Ios))).contains(&Command::ShowLicense));
    }

    #[test]
    fn a_second_round_never_asks_what_the_dry_run_does_not_list() {
        for platform in [None, Some(Platform::Ios), Some(Platform::IosXe)] {
            let listed = second_round(platform);
            for (model, licensing) in
                [("C8000V", Some(LicensingModel::Slup)), ("WS-C3850-24T", None), ("", None)]
            {
                let mut bare = record(model, licensing, false);
                bare.device.serial_number = None;
                for command in gaps(&bare, first_round(platform)) {
                    assert!(listed.contains(&command), "{command}");
                }
            }
        }
    }
}
