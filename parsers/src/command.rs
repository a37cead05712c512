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
    /// Software, hardware and licence levels.
    ShowVersion = "show version",
    /// Every part with PID and serial number.
    ShowInventory = "show inventory",
    /// The device's clock.
    ShowClock = "show clock",
    /// The licensed throughput of a router.
    ShowPlatformHardwareThroughputLevel = "show platform hardware throughput level",
    /// The licensed crypto throughput of a router.
    ShowPlatformHardwareThroughputCrypto = "show platform hardware throughput crypto",
    /// The privilege level of the session.
    ShowPrivilege = "show privilege",
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
    /// assert_eq!(Command::typed("show running-config"), None);
    /// ```
    pub fn typed(typed: &str) -> Option<Self> {
        let typed = typed.split('|').next().unwrap_or(typed).to_ascii_lowercase();
        // No command has more words than this, whatever somebody typed.
        let words: Vec<&str> = typed.split_whitespace().take(9).collect();
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
