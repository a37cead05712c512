//! The commands that collectors can express. There is no way from free text to a device.

use licwatch_parsers::Command;

/// A command that only reads. Nothing else can be run in a [`CliSession`](super::CliSession).
///
/// ```
/// use licwatch::transport::cli::ReadCommand;
/// use licwatch_parsers::Command;
///
/// assert_eq!(ReadCommand::new(Command::ShowVersion).unwrap().line(), "show version");
/// assert!(ReadCommand::new(Command::NetconfGet).is_none());
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ReadCommand(Command);

/// What may be sent. A command is put here by hand, after a look at what it does on every platform.
const ALLOWED: &[Command] = &[
    Command::ShowVersion,
    Command::ShowInventory,
    Command::ShowClock,
    Command::ShowPrivilege,
    Command::ShowLicense,
    Command::ShowLicenseAll,
    Command::ShowLicenseAuthorization,
    Command::ShowLicenseDetail,
    Command::ShowLicenseFeature,
    Command::ShowLicenseRightToUse,
    Command::ShowLicenseRightToUseDefault,
    Command::ShowLicenseRightToUseDetail,
    Command::ShowLicenseRightToUseSummary,
    Command::ShowLicenseRightToUseUsage,
    Command::ShowLicenseRumIdAll,
    Command::ShowLicenseStatus,
    Command::ShowLicenseSummary,
    Command::ShowLicenseTechSupport,
    Command::ShowLicenseUdi,
    Command::ShowLicenseUsage,
    Command::ShowLicenseReservation,
    Command::ShowLicenseDataConversion,
    Command::ShowLicenseHostId,
    Command::ShowLicensePlatformSummary,
    Command::ShowLicensePlatformDetail,
    Command::ShowLicenseCapacity,
    Command::ShowLicenseFeatures,
    Command::ShowLicenseEntitlement,
    Command::ShowActivationKey,
    Command::ShowInventoryAll,
    Command::AdminShowInventory,
    Command::ShowSysinfo,
    Command::ShowPlatformHardwareThroughputCrypto,
    Command::ShowPlatformHardwareThroughputLevel,
    Command::ShowCdpNeighborsDetail,
    Command::ShowLldpNeighborsDetail,
];

impl ReadCommand {
    /// The command, if it is on the list of those that only read.
    pub fn new(command: Command) -> Option<Self> {
        ALLOWED.contains(&command).then_some(Self(command))
    }

    /// Every command that can be sent: what a TACACS+ command set must permit.
    pub fn all() -> impl Iterator<Item = Self> {
        ALLOWED.iter().copied().map(Self)
    }

    /// The command for the parsers.
    pub fn command(self) -> Command {
        self.0
    }

    /// The line that is sent.
    pub fn line(self) -> &'static str {
        self.0.spelling()
    }
}

impl std::fmt::Display for ReadCommand {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.line())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_show_commands_can_be_expressed() {
        assert!(ReadCommand::all().count() > 15);
        for command in ReadCommand::all() {
            let line = command.line();
            assert!(line.starts_with("show ") || line.starts_with("admin show "), "{line}");
            assert!(line.bytes().all(|byte| byte.is_ascii_lowercase() || b" -".contains(&byte)), "{line}");
        }
    }

    /// A show command that has a grammar but may not be sent would be left out of every poll in silence. These print
    /// the text of an agreement, need a number, or tell nothing that a poll looks for.
    #[test]
    fn no_show_command_is_forgotten() {
        let never_asked = [
            Command::ShowLicenseRumIdDetail,
            Command::ShowLicenseHistoryMessage,
            Command::ShowLicenseEventlog,
            Command::ShowLicenseRightToUseEulaAdder,
            Command::ShowLicenseRightToUseEulaEvaluation,
            Command::ShowLicenseRightToUseEulaPermanent,
            Command::ShowSwitch,
            Command::ShowPlatform,
        ];
        let shown = Command::ALL.iter().filter(|command| command.spelling().contains("show "));
        let forgotten: Vec<_> =
            shown.copied().filter(|command| ReadCommand::new(*command).is_none()).collect();
        assert_eq!(forgotten, never_asked);
    }

    #[test]
    fn each_command_is_listed_once() {
        let mut all: Vec<_> = ReadCommand::all().collect();
        all.sort();
        let count = all.len();
        all.dedup();
        assert_eq!(all.len(), count);
    }
}
