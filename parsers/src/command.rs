//! The commands whose output has a grammar here, and what people type for them.

use serde::{Serialize, Serializer};

macro_rules! commands {
    ($($(#[$doc:meta])* $name:ident = $spelling:literal,)+) => {
        /// A command, by its full spelling.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub enum Command { $($(#[$doc])* $name,)+ }

        impl Command {
            /// Every command.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The command as Cisco documents it.
            pub fn spelling(self) -> &'static str {
                match self { $(Self::$name => $spelling,)+ }
            }
        }
    };
}

commands! {
    /// The whole Smart Agent state, or every PAK licence.
    ShowLicenseAll = "show license all",
    /// The usage table.
    ShowLicenseSummary = "show license summary",
    /// The usage blocks.
    ShowLicenseUsage = "show license usage",
    /// Policy, transport and reporting, or the PAK capability lists.
    ShowLicenseStatus = "show license status",
    /// The UDI list.
    ShowLicenseUdi = "show license udi",
    /// Authorization and reservation codes.
    ShowLicenseAuthorization = "show license authorization",
    /// Everything, with full entitlement tags.
    ShowLicenseTechSupport = "show license tech support",
    /// The RUM reports on the device.
    ShowLicenseRumIdAll = "show license rum id all",
    /// One RUM report; the number in it is left out of the spelling.
    ShowLicenseRumIdDetail = "show license rum id detail",
    /// The reservation: requests, codes and reserved counts.
    ShowLicenseReservation = "show license reservation",
    /// How far the conversion from PAK to Smart has come.
    ShowLicenseDataConversion = "show license data conversion",
    /// The newest messages between the Smart Agent and its licence service.
    ShowLicenseHistoryMessage = "show license history message",
    /// The Smart Agent's log of events; the days in it are left out of the spelling.
    ShowLicenseEventlog = "show license eventlog",
    /// The PAK list.
    ShowLicense = "show license",
    /// PAK licences with their stores.
    ShowLicenseDetail = "show license detail",
    /// PAK features.
    ShowLicenseFeature = "show license feature",
    /// Right-to-use licences.
    ShowLicenseRightToUse = "show license right-to-use",
    /// Right-to-use licences in use.
    ShowLicenseRightToUseSummary = "show license right-to-use summary",
    /// Right-to-use licences by slot with their use.
    ShowLicenseRightToUseUsage = "show license right-to-use usage",
    /// Right-to-use licences that come with the device.
    ShowLicenseRightToUseDefault = "show license right-to-use default",
    /// Right-to-use licences, a block each.
    ShowLicenseRightToUseDetail = "show license right-to-use detail",
    /// The agreement for add-on licences.
    ShowLicenseRightToUseEulaAdder = "show license right-to-use eula adder",
    /// The agreement for evaluation licences.
    ShowLicenseRightToUseEulaEvaluation = "show license right-to-use eula evaluation",
    /// The agreement for permanent licences.
    ShowLicenseRightToUseEulaPermanent = "show license right-to-use eula permanent",
    /// The identifier that NX-OS licence files are bound to.
    ShowLicenseHostId = "show license host-id",
    /// The licences that IOS XR counts, and its SIA compliance.
    ShowLicensePlatformSummary = "show license platform summary",
    /// The same by location.
    ShowLicensePlatformDetail = "show license platform detail",
    /// The counted licences of AireOS.
    ShowLicenseCapacity = "show license capacity",
    /// The licensed features of an ASA.
    ShowLicenseFeatures = "show license features",
    /// The entitlements that an ASA has asked for.
    ShowLicenseEntitlement = "show license entitlement",
    /// The activation keys of an ASA, and what they license.
    ShowActivationKey = "show activation-key",
    /// Software, hardware and licence levels.
    ShowVersion = "show version",
    /// Every part with PID and serial number.
    ShowInventory = "show inventory",
    /// Every part of a Nexus, its fabric extenders and its transceivers.
    ShowInventoryAll = "show inventory all",
    /// Every part that the admin plane of an IOS XR router sees.
    AdminShowInventory = "admin show inventory",
    /// Software, hardware and settings of an AireOS controller.
    ShowSysinfo = "show sysinfo",
    /// The members of a stack.
    ShowSwitch = "show switch",
    /// The modules of a chassis.
    ShowPlatform = "show platform",
    /// The device's clock.
    ShowClock = "show clock",
    /// The licensed throughput of a router.
    ShowPlatformHardwareThroughputLevel = "show platform hardware throughput level",
    /// The licensed crypto throughput of a router.
    ShowPlatformHardwareThroughputCrypto = "show platform hardware throughput crypto",
    /// The neighbours that speak CDP.
    ShowCdpNeighborsDetail = "show cdp neighbors detail",
    /// The neighbours that speak LLDP.
    ShowLldpNeighborsDetail = "show lldp neighbors detail",
    /// The privilege level of the session.
    ShowPrivilege = "show privilege",
    /// No output but a file that is exchanged with Cisco's licence services; every kind is meant (see `exchange`).
    LicenseSmartSaveUsage = "license smart save usage",
    /// A NETCONF reply.
    NetconfGet = "get",
}

impl Command {
    /// The command that somebody typed, abbreviated or not.
    ///
    /// ```
    /// # use licwatch_parsers::Command;
    /// assert_eq!(Command::typed("sh lic sum"), Some(Command::ShowLicenseSummary));
    /// assert_eq!(Command::typed("show license all | no-more"), Some(Command::ShowLicenseAll));
    /// assert_eq!(Command::typed("show license rum id 1629 detail"), Some(Command::ShowLicenseRumIdDetail));
    /// assert_eq!(Command::typed("show running-config"), None);
    /// ```
    pub fn typed(typed: &str) -> Option<Self> {
        let typed = typed.split('|').next().unwrap_or(typed).to_ascii_lowercase();
        // Not the output of the command is meant but the file that it makes.
        let typed = typed.trim_start().strip_prefix("(file)").unwrap_or(&typed);
        // No command has more words than this, whatever somebody typed.
        let words: Vec<&str> = typed.split_whitespace().take(9).filter(|word| !is_number(word)).collect();
        let exact = |command: &&Self| command.spelling().split(' ').eq(words.iter().copied());
        let abbreviated = |command: &&Self| {
            let full = command.spelling().split(' ');
            full.clone().count() == words.len()
                && full
                    .zip(&words)
                    .all(|(full, word)| full.starts_with(word) && (word.len() >= 2 || full == *word))
        };
        Self::ALL.iter().find(exact).or_else(|| Self::ALL.iter().find(abbreviated)).copied()
    }
}

/// A report's number or a number of days: which of its kind a command is about.
fn is_number(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_digit())
}

impl std::fmt::Display for Command {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.spelling())
    }
}

impl Serialize for Command {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.spelling())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_finds_its_command() {
        for &command in Command::ALL {
            assert_eq!(Command::typed(command.spelling()), Some(command));
        }
    }

    #[test]
    fn abbreviations_are_those_a_device_takes() {
        assert_eq!(Command::typed("sh ver"), Some(Command::ShowVersion));
        assert_eq!(Command::typed("show lic tech supp"), Some(Command::ShowLicenseTechSupport));
        assert_eq!(Command::typed("show"), None);
        assert_eq!(Command::typed(""), None);
    }
}
