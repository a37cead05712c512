//! What to ask a device, in the fewest round trips.
//!
//! | platform | first round | where the answers leave a gap |
//! |---|---|---|
//! | IOS XE (C9800 too), unknown | `show version`, `show inventory`, `show license all`, `show clock` | `show license all` refused: `show license summary`, `… status`; no licences: `show license`, `show license right-to-use summary`; UDI: `show license udi`; routers: `show platform hardware throughput level`, `… crypto` |
//! | IOS | `show version`, `show inventory`, `show license`, `show clock` | no licences: `show license all`; UDI: `show license udi` |
//! | NX-OS | `show version`, `show inventory`, `show license usage`, `show license host-id`, `show clock` | 10.2 and later, and Smart Licensing: `show license all`; no licences: `show license` |
//! | IOS XR | `show version`, `show inventory`, `show license platform summary`, `show license all`, `show clock` | no parts, no UDI: `admin show inventory`; no licensing model: `show license status` |
//! | AireOS | `show sysinfo`, `show inventory`, `show license summary`, `show license capacity` | |
//! | ASA | `show version`, `show inventory`, `show license all`, `show clock` | no licences: `show activation-key`, `show license features` |
//! | after a NETCONF `get` | IOS XE: `show license all`; IOS XR: that and `show license platform summary`; NX-OS: `show license usage`, `… host-id` | IOS XE: `show version` where its own model of hardware is missing; IOS XR, NX-OS: as above |
//! | any, where neighbours are asked for | and last `show cdp neighbors detail`, `show lldp neighbors detail` | |
//!
//! A device of which nobody said what it is tells it by its prompt, by the words with which it refuses a setting of the
//! session ([`Dialect`]), or by its `show version`. The round that follows asks what the platform's own first round has
//! beside what was asked already.
//!
//! [`Dialect`]: crate::transport::cli::Dialect

use licwatch_parsers::Command;
use licwatch_parsers::record::{DeviceRecord, LicensingModel, Platform};

use Command as C;

/// More rounds than this are never needed: the platform's own commands, their fallbacks, the last resort.
pub const ROUNDS: usize = 3;

/// What a device was asked so far.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The platform, as far as anybody has said it.
    pub platform: Option<Platform>,
    /// The commands that were sent.
    pub commands: &'a [Command],
    /// Those of them that the device refused.
    pub refused: &'a [Command],
}

/// The commands that every device of a platform is asked first.
pub fn first_round(platform: Option<Platform>) -> &'static [Command] {
    match platform {
        None | Some(Platform::IosXe | Platform::Asa) => {
            &[C::ShowVersion, C::ShowInventory, C::ShowLicenseAll, C::ShowClock]
        }
        Some(Platform::Ios) => &[C::ShowVersion, C::ShowInventory, C::ShowLicense, C::ShowClock],
        Some(Platform::NxOs) => {
            &[C::ShowVersion, C::ShowInventory, C::ShowLicenseUsage, C::ShowLicenseHostId, C::ShowClock]
        }
        Some(Platform::IosXr) => &[
            C::ShowVersion,
            C::ShowInventory,
            C::ShowLicensePlatformSummary,
            C::ShowLicenseAll,
            C::ShowClock,
        ],
        Some(Platform::AireOs) => {
            &[C::ShowSysinfo, C::ShowInventory, C::ShowLicenseSummary, C::ShowLicenseCapacity]
        }
    }
}

/// What NETCONF cannot tell: trust codes, authorizations, push times, the transport in use; on NX-OS, licences.
pub fn beside_netconf(platform: Option<Platform>) -> &'static [Command] {
    match platform {
        None | Some(Platform::Ios | Platform::IosXe) => &[C::ShowLicenseAll],
        Some(Platform::IosXr) => &[C::ShowLicenseAll, C::ShowLicensePlatformSummary],
        Some(Platform::NxOs) => &[C::ShowLicenseUsage, C::ShowLicenseHostId],
        Some(other @ (Platform::AireOs | Platform::Asa)) => first_round(Some(other)),
    }
}

/// Whether a platform has NETCONF at all. Trying it elsewhere costs a wait where a filter drops packets.
pub fn has_netconf(platform: Option<Platform>) -> bool {
    !matches!(platform, Some(Platform::AireOs | Platform::Asa))
}

/// The devices on the links of a device. They are asked for where an operator wants it, and after all else.
pub const NEIGHBORS: &[Command] = &[Command::ShowCdpNeighborsDetail, Command::ShowLldpNeighborsDetail];

/// Everything that may be asked after the first round, for `poll --dry-run`.
pub fn later_rounds(platform: Option<Platform>) -> Vec<Command> {
    let mut all: Vec<Command> = match platform {
        None => Platform::ALL.iter().flat_map(|platform| ever_asked(*platform)).collect(),
        Some(platform) => ever_asked(platform),
    };
    let mut seen = first_round(platform).to_vec();
    all.retain(|command| is_new(&mut seen, *command));
    all
}

/// The same after a NETCONF `get`, which may have told less than it should.
pub fn later_rounds_beside_netconf(platform: Option<Platform>) -> Vec<Command> {
    let mut all = match platform {
        Some(Platform::Ios | Platform::IosXe) => BESIDE_IOS_XE.to_vec(),
        None => Platform::ALL.iter().flat_map(|platform| ever_asked(*platform)).collect(),
        Some(platform) => ever_asked(platform),
    };
    let mut seen = beside_netconf(platform).to_vec();
    all.retain(|command| is_new(&mut seen, *command));
    all
}

/// Whether a command was not seen before; now it was.
fn is_new(seen: &mut Vec<Command>, command: Command) -> bool {
    let new = !seen.contains(&command);
    seen.push(command);
    new
}

fn ever_asked(platform: Platform) -> Vec<Command> {
    let fallbacks: &[&[Command]] = match platform {
        Platform::Ios | Platform::IosXe => {
            &[PAK, &[C::ShowLicenseAll, C::ShowLicenseUsage], REFUSED_ALL, ROUTER]
        }
        Platform::NxOs => &[&[C::ShowLicenseAll, C::ShowLicense]],
        Platform::IosXr => &[&[C::AdminShowInventory, C::ShowLicenseStatus]],
        Platform::Asa => &[ASA],
        Platform::AireOs => &[],
    };
    first_round(Some(platform)).iter().chain(fallbacks.iter().copied().flatten()).copied().collect()
}

/// The commands that fill what was left open so far.
pub fn gaps(record: &DeviceRecord<'_>, asked: &Asked<'_>) -> Vec<Command> {
    // What the device says of itself is truer than what others say of it.
    let platform = record.device.platform.or(asked.platform);
    let mut wanted = match platform {
        None | Some(Platform::Ios | Platform::IosXe) => gaps_of_ios(record, asked),
        Some(other) => {
            let mut wanted = first_round(Some(other)).to_vec();
            wanted.retain(|command| !is_told(record, *command));
            wanted.extend(match other {
                Platform::NxOs => gaps_of_nx_os(record, asked),
                Platform::IosXr => gaps_of_ios_xr(record, asked),
                Platform::Asa if record.licenses.is_none() && asked.has(C::ShowLicenseAll) => ASA.to_vec(),
                _ => Vec::new(),
            });
            wanted
        }
    };
    let mut seen = asked.commands.to_vec();
    wanted.retain(|command| is_new(&mut seen, *command));
    wanted
}

/// The same after NETCONF, which tells nearly all of IOS XE; its own model of hardware names the platform.
pub fn gaps_beside_netconf(record: &DeviceRecord<'_>, asked: &Asked<'_>) -> Vec<Command> {
    match record.device.platform.or(asked.platform) {
        None | Some(Platform::Ios | Platform::IosXe) => {
            let open = record.device.platform.is_none() || record.device.software_version.is_none();
            BESIDE_IOS_XE.iter().copied().filter(|command| open && !asked.has(*command)).collect()
        }
        Some(_) => gaps(record, asked),
    }
}

/// What IOS XE is asked beside `show license all` where NETCONF did not tell it.
pub const BESIDE_IOS_XE: &[Command] = &[C::ShowVersion];

/// What a record leaves open that every device is asked for, in words.
pub fn left_open(record: &DeviceRecord<'_>) -> Vec<&'static str> {
    let device = &record.device;
    let facts = [
        ("its model", device.model.is_none()),
        ("its serial number", device.serial_number.is_none()),
        ("its software version", device.software_version.is_none()),
        ("its parts", device.inventory.is_empty()),
        ("its licences", record.licenses.is_none()),
    ];
    facts.into_iter().filter(|(_, open)| *open).map(|(fact, _)| fact).collect()
}

impl Asked<'_> {
    fn has(&self, command: Command) -> bool {
        self.commands.contains(&command)
    }

    fn was_refused(&self, command: Command) -> bool {
        self.refused.contains(&command)
    }
}

/// What other ways, NETCONF above all, have told already.
fn is_told(record: &DeviceRecord<'_>, command: Command) -> bool {
    let device = &record.device;
    match command {
        C::ShowVersion | C::ShowSysinfo => device.software_version.is_some() && device.hostname.is_some(),
        C::ShowInventory => !device.inventory.is_empty(),
        C::ShowClock => device.clock.is_some(),
        _ => false,
    }
}

fn gaps_of_ios(record: &DeviceRecord<'_>, asked: &Asked<'_>) -> Vec<Command> {
    let mut wanted = Vec::new();
    let model = record.device.model.as_deref().unwrap_or_default();
    let licensing = record.licensing.model;
    if record.licenses.is_none() {
        match licensing {
            None if is_right_to_use(model) => wanted.push(C::ShowLicenseRightToUseSummary),
            // Whoever may not ask for all may perhaps ask for a part.
            _ if asked.was_refused(C::ShowLicenseAll) && record.device.platform != Some(Platform::Ios) => {
                wanted.extend(REFUSED_ALL);
                wanted.extend(PAK);
            }
            None => {
                wanted.push(C::ShowLicenseAll);
                wanted.extend(PAK);
            }
            Some(_) => wanted.push(C::ShowLicenseUsage),
        }
    }
    if record.device.serial_number.is_none() {
        wanted.push(C::ShowLicenseUdi);
    }
    let by_agent = !matches!(licensing, None | Some(LicensingModel::Pak | LicensingModel::Rtu));
    if by_agent && is_router(model) {
        wanted.extend(ROUTER);
    }
    // Nothing that it was asked told which platform it is: the one platform without `show version` is left.
    let platform = record.device.platform.or(asked.platform);
    if platform.is_none() && asked.was_refused(C::ShowVersion) {
        wanted.extend(first_round(Some(Platform::AireOs)));
    }
    wanted
}

fn gaps_of_nx_os(record: &DeviceRecord<'_>, asked: &Asked<'_>) -> Vec<Command> {
    let mut wanted = Vec::new();
    let smart = record.licensing.model.is_some_and(|model| {
        !matches!(model, LicensingModel::Pak | LicensingModel::Rtu | LicensingModel::Honor)
    });
    let version = record.device.software_version.as_deref().unwrap_or_default();
    if smart || release(version) >= (10, 2) {
        wanted.push(C::ShowLicenseAll);
    }
    if record.licenses.is_none() && asked.has(C::ShowLicenseUsage) {
        wanted.push(C::ShowLicense);
    }
    wanted
}

fn gaps_of_ios_xr(record: &DeviceRecord<'_>, asked: &Asked<'_>) -> Vec<Command> {
    let mut wanted = Vec::new();
    let device = &record.device;
    if asked.has(C::ShowInventory) && (device.inventory.is_empty() || device.serial_number.is_none()) {
        wanted.push(C::AdminShowInventory);
    }
    if asked.has(C::ShowLicenseAll)
        && (asked.was_refused(C::ShowLicenseAll) || record.licensing.model.is_none())
    {
        wanted.push(C::ShowLicenseStatus);
    }
    wanted
}

/// The ways to licences that are left where `show license all` told none.
const PAK: &[Command] = &[C::ShowLicense, C::ShowLicenseRightToUseSummary, C::ShowLicenseUdi];

/// What `show license all` is made of.
const REFUSED_ALL: &[Command] = &[C::ShowLicenseSummary, C::ShowLicenseStatus];

/// Throughput is licensed on routers.
const ROUTER: &[Command] = &[C::ShowPlatformHardwareThroughputLevel, C::ShowPlatformHardwareThroughputCrypto];

/// Where an ASA keeps its licences beside `show version` and the Smart Agent.
const ASA: &[Command] = &[C::ShowActivationKey, C::ShowLicenseFeatures];

/// `(10, 3)` of `10.3(2)`.
fn release(version: &str) -> (u32, u32) {
    let mut numbers = version.split(|c: char| !c.is_ascii_digit()).map(|number| number.parse().unwrap_or(0));
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
}

/// Catalyst 3650, 3850, 4500 before they took up Smart Licensing.
fn is_right_to_use(model: &str) -> bool {
    ["WS-C36", "WS-C38", "WS-C45", "WS-X45"].iter().any(|family| model.starts_with(family))
}

fn is_router(model: &str) -> bool {
    const FAMILIES: [&str; 10] = ["C8000", "C82", "C83", "C84", "C85", "C11", "ISR", "CSR", "ASR1", "VG4"];
    FAMILIES.iter().any(|family| model.starts_with(family))
}

#[cfg(test)]
mod tests;
