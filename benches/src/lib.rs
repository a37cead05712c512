//! What licwatch costs, measured side by side in one run. The measurements themselves are the `[[bench]]` targets.

use licwatch_parsers::{Command, Hints};

/// One output to be parsed: a capture of `testdata`, so that every number can be traced to its bytes.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// What it is.
    pub name: &'static str,
    /// Its bytes.
    pub raw: &'static [u8],
    /// What a poll knows about it.
    pub hints: Hints,
}

/// A case from a file of `testdata`.
macro_rules! case {
    ($name:literal, $command:ident, $file:literal) => {
        Case {
            name: $name,
            raw: include_bytes!(concat!("../../testdata/", $file)),
            hints: Hints { platform: None, command: Some(Command::$command) },
        }
    };
}

/// The outputs that polls read most.
pub const CASES: [Case; 6] = [
    case!("show license all", ShowLicenseAll, "captures/ios-xe/show_license_all/c9300-stack.txt"),
    case!("show license usage", ShowLicenseUsage, "captures/ios-xe/show_license_usage/c9300-stack.txt"),
    case!("show license summary", ShowLicenseSummary, "captures/ios-xe/show_license_summary/c9300-stack.txt"),
    case!(
        "show license tech support",
        ShowLicenseTechSupport,
        "captures/ios-xe/show_license_tech_support/c9300-stack.txt"
    ),
    case!("show license (PAK)", ShowLicense, "captures/ios/show_license/isr-g2.txt"),
    case!("NETCONF state", NetconfGet, "netconf/c9300-stack.xml"),
];
