//! Which device and which command a capture comes from, told from the text itself.

use crate::command::Command;
use crate::record::Platform;
use crate::text::Cleaned;
use crate::{neighbors, smart_agent};

/// What could be told.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Recognition {
    /// The operating system.
    pub platform: Option<Platform>,
    /// The command.
    pub command: Option<Command>,
}

/// Recognizes a capture: the echo of the command decides, then words that only one output has.
pub fn recognize(capture: &Cleaned<'_>) -> Recognition {
    let body = capture.body();
    if crate::netconf::speaks(body) {
        let platform = crate::netconf::platform_of(body);
        return Recognition { platform, command: Some(Command::NetconfGet) };
    }
    let typed = capture.command().and_then(Command::typed);
    // A neighbour's words name the neighbour's platform.
    if let Some(command) = typed.or_else(|| neighbors::recognize(body)).filter(|it| neighbors::answers(*it)) {
        return Recognition { platform: None, command: Some(command) };
    }
    let own = own(body);
    let command = typed.or(own.map(|(_, command)| command)).or_else(|| from_output(body));
    let platform = own.map(|(platform, _)| platform).or_else(|| named_platform(body));
    Recognition { platform, command }
}

/// The platform and command whose output this is, where no other platform prints the like.
fn own(body: &str) -> Option<(Platform, Command)> {
    let of = |platform| move |command| (platform, command);
    (crate::nx_os::recognize(body).map(of(Platform::NxOs)))
        .or_else(|| crate::ios_xr::recognize(body).map(of(Platform::IosXr)))
        .or_else(|| crate::asa::recognize(body).map(of(Platform::Asa)))
        .or_else(|| crate::aireos::recognize(body).map(of(Platform::AireOs)))
}

/// The line with which a device refuses a command, if the output is nothing else.
pub fn refusal(body: &str) -> Option<&str> {
    const REFUSALS: [&str; 15] = [
        "% Invalid",
        "ERROR: %",
        "Incorrect usage",
        "Incorrect input",
        "% Permission denied",
        "Permission denied",
        "% This command is not authorized",
        "Authorization Failed",
        "Error: AAA authorization failed",
        "% Incomplete command",
        "% Ambiguous command",
        "% Unknown command",
        "% Bad IP address",
        "Command authorization failed",
        "% Authorization failed",
    ];
    let lines = || body.lines().map(str::trim).filter(|line| !line.is_empty());
    if lines().nth(6).is_some() {
        return None;
    }
    lines().find(|line| REFUSALS.iter().any(|refusal| line.starts_with(refusal)))
}

fn from_output(body: &str) -> Option<Command> {
    use Command as C;
    let lines = || body.lines().map(str::trim).filter(|line| !line.is_empty()).take(400);
    let any = |test: &dyn Fn(&str) -> bool| lines().any(test);
    let first = lines().next()?;
    if let Some(command) = smart_agent::recognize(body) {
        return Some(command);
    }
    if smart_agent::eventlog::begins(first) {
        return Some(C::ShowLicenseEventlog);
    }
    let starts = |prefix: &'static str| any(&move |line| line.starts_with(prefix));
    if starts("License Store:") {
        return Some(C::ShowLicenseAll);
    }
    if first.starts_with("Index") && first.contains("Feature:") {
        return Some(if starts("Store Index:") { C::ShowLicenseDetail } else { C::ShowLicense });
    }
    if first.starts_with("Feature name") && first.contains("Enforcement") {
        return Some(C::ShowLicenseFeature);
    }
    if let Some(command) = right_to_use(first) {
        return Some(command);
    }
    if first == "License Type Supported" {
        return Some(C::ShowLicenseStatus);
    }
    if first.contains("PID") && first.contains("SN") && first.contains("UDI") {
        return Some(C::ShowLicenseUdi);
    }
    let software = |line: &str| line.contains("Software") && line.contains("Version ");
    // Images that were not released name no support page.
    if any(&software) && (starts("Technical Support:") || starts("Copyright (c)")) {
        return Some(C::ShowVersion);
    }
    if any(&|line| {
        line.to_ascii_uppercase().starts_with("NAME:") && line.to_ascii_uppercase().contains("DESCR:")
    }) {
        return Some(C::ShowInventory);
    }
    if any(&|line| line.contains("rypto throughput level")) {
        return Some(C::ShowPlatformHardwareThroughputCrypto);
    }
    if any(&|line| line.contains("throughput level")) {
        return Some(C::ShowPlatformHardwareThroughputLevel);
    }
    if let Some(command) = chassis(first, any) {
        return Some(command);
    }
    if first.starts_with("Current privilege level is ") {
        return Some(C::ShowPrivilege);
    }
    crate::text::clock_reading(first).map(|_| C::ShowClock)
}

/// `show platform` of a router or a stack, and `show switch`, which a stack's `show platform` ends like.
fn chassis(first: &str, any: impl Fn(&dyn Fn(&str) -> bool) -> bool) -> Option<Command> {
    let columns = |line: &str, wanted: &[&str]| {
        wanted.iter().try_fold(line, |line, word| line.split_once(word).map(|(_, rest)| rest)).is_some()
    };
    let slots = |line: &str| columns(line, &["Slot", "Type", "State", "Insert time"]);
    let members = |line: &str| columns(line, &["Switch", "Ports", "Model", "Serial No."]);
    if first.starts_with("Chassis type:") || slots(first) || members(first) {
        return Some(Command::ShowPlatform);
    }
    let roles = |line: &str| columns(line, &["Switch#", "Role", "Priority"]);
    (first.starts_with("Switch/Stack Mac Address") || any(&roles)).then_some(Command::ShowSwitch)
}

/// The right-to-use output whose first line this is.
fn right_to_use(first: &str) -> Option<Command> {
    use Command as C;
    let holds = |words: &str| first.contains(words);
    if !(holds("License Name") || holds("License name")) {
        return None;
    }
    Some(if first.starts_with("Index") {
        C::ShowLicenseRightToUseDetail
    } else if !holds("Type") {
        return None;
    } else if !first.starts_with("Slot") {
        C::ShowLicenseRightToUseSummary
    } else if holds("usage-duration") {
        C::ShowLicenseRightToUseUsage
    } else if holds("Period left") {
        C::ShowLicenseRightToUse
    } else {
        C::ShowLicenseRightToUseDefault
    })
}

/// The platform that the output calls by its name.
pub(crate) fn named_platform(body: &str) -> Option<Platform> {
    let lines = || body.lines().take(60);
    let any = |words: &str| lines().any(|line| line.contains(words));
    if any("Cisco IOS XR Software") {
        Some(Platform::IosXr)
    } else if any("Cisco Adaptive Security Appliance") {
        Some(Platform::Asa)
    } else if any("Nexus Operating System (NX-OS)") {
        Some(Platform::NxOs)
    } else if any("IOS-XE") || any("IOS XE") {
        Some(Platform::IosXe)
    } else if lines()
        .any(|line| line.contains("IOS") && line.contains("Software") && line.contains("Version "))
    {
        Some(Platform::Ios)
    } else {
        None
    }
}
