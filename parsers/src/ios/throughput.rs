//! The licensed throughput of a router: `show platform hardware throughput level` and `… crypto`; `show version`
//! prints one line of it.
//!
//! ```text
//! The current throughput level is 300000 kb/s
//! ```
//! ```text
//! Current configured crypto throughput level: T3
//! Level is saved, reboot is not required
//! Current enforced crypto throughput level: 10G
//! Crypto Throughput is not throttled
//! Default Crypto throughput level: 2.5G
//! Current boot level is network-premier
//! ```
//! Captures: `testdata/captures/ios-xe/show_platform_hardware_throughput_level/`, `…_crypto/`.

use crate::record::{DeviceRecord, Throughput, stated};
use crate::text::{Cursor, leading_number};

/// Reads the throughput.
pub fn read<'a>(cursor: &mut Cursor<'a>, record: &mut DeviceRecord<'a>) {
    while let Some(line) = cursor.next() {
        if !sentence(line.trimmed(), &mut record.device.throughput) {
            cursor.unclaimed(line);
        }
    }
}

/// Reads one line about throughput; false if it is about something else.
pub(super) fn sentence<'a>(text: &'a str, throughput: &mut Throughput<'a>) -> bool {
    const CURRENT: [&str; 2] = ["The current throughput level is ", "Current configured throughput level:"];
    const CRYPTO: [&str; 2] =
        ["The current crypto throughput level is ", "Current configured crypto throughput level:"];
    /// What is enforced follows from what is configured; the record keeps the latter.
    const SILENT: [&str; 10] = [
        "Current enforced ",
        "Current boot level is ",
        "Crypto Throughput is ",
        "Crypto throughput is ",
        "Throughput is ",
        "Default Crypto throughput level",
        "Default throughput level",
        "Level is saved",
        "Level is not saved",
        "The default throughput level is ",
    ];
    let behind = |starts: &[&str]| starts.iter().find_map(|start| text.strip_prefix(start));
    if let Some(level) = behind(&CURRENT) {
        throughput.level = stated(level).map(Into::into);
        throughput.kbps = kilobits(level);
    } else if let Some(level) = behind(&CRYPTO) {
        throughput.crypto_level = stated(level).map(Into::into);
    } else {
        return behind(&SILENT).is_some();
    }
    true
}

/// The number in `300000 kb/s`, `2000 kbps`.
fn kilobits(level: &str) -> Option<u64> {
    let unit = level.trim().trim_start_matches(|c: char| c.is_ascii_digit()).trim();
    ["kb/s", "kbps"].iter().any(|known| known.eq_ignore_ascii_case(unit)).then(|| leading_number(level))?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Throughput<'_> {
        let mut throughput = Throughput::default();
        assert!(sentence(text, &mut throughput), "{text}");
        throughput
    }

    #[test]
    fn only_kilobits_are_a_number_of_them() {
        let unthrottled = parsed("The current throughput level is unthrottled");
        assert_eq!((unthrottled.level.as_deref(), unthrottled.kbps), (Some("unthrottled"), None));
        let limited = parsed("The current throughput level is 300000 kb/s ");
        assert_eq!((limited.level.as_deref(), limited.kbps), (Some("300000 kb/s"), Some(300_000)));
        assert_eq!(parsed("Current configured throughput level: T2").kbps, None);
        assert_eq!(
            parsed("Current configured crypto throughput level: 500M").crypto_level.as_deref(),
            Some("500M")
        );
        assert!(!sentence("The throughput of bad news", &mut Throughput::default()));
    }
}
