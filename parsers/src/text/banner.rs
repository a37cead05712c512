//! The lines that a device prints above an output when the terminal stamps each command with load and time.
//!
//! ```text
//! Load for five secs: 1%/0%; one minute: 0%; five minutes: 0%
//! Time source is NTP, 11:43:15.743 UTC Wed Nov 17 2021
//! No time source, *17:05:54.449 UTC Mon Jul 29 2024
//! ```
//! IOS XR prints one date line instead: `Tue Jul  2 13:48:07.272 UTC`, without a year.

use crate::record::{Clock, Timestamp};

use super::time::timestamp;

/// Whether a line belongs to the banner.
pub(super) fn is_banner(line: &str) -> bool {
    line.starts_with("Load for five secs:") || is_clock(line)
}

/// Whether a line is one of the banner and states the clock.
pub(super) fn is_clock(line: &str) -> bool {
    line.starts_with("Time source is ") || line.starts_with("No time source, ") || is_date_line(line)
}

/// The clock of a banner line.
pub(super) fn clock_banner(line: &str) -> Option<Clock<'_>> {
    if let Some(reading) = line.strip_prefix("No time source, ") {
        return clock_reading(reading).map(|clock| Clock { synchronized: Some(false), ..clock });
    }
    if let Some(source) = line.strip_prefix("Time source is ") {
        return source.split_once(", ").and_then(|(_, reading)| clock_reading(reading));
    }
    is_date_line(line).then(|| Clock {
        time: Timestamp::unresolved(line.trim()),
        synchronized: None,
        offset_seconds: None,
    })
}

/// A clock reading as `show clock` prints it: `*17:05:54.449 UTC Mon Jul 29 2024`. The flag `*` means that the
/// time is not authoritative, `.` that it is but the source is lost; both mean not synchronized.
pub fn clock_reading(text: &str) -> Option<Clock<'_>> {
    let text = text.trim();
    let time = text.trim_start_matches(['.', '*']);
    if !time.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    Some(Clock { time: timestamp(time)?, synchronized: Some(time.len() == text.len()), offset_seconds: None })
}

/// `Tue Jul  2 13:48:07.272 UTC`
fn is_date_line(line: &str) -> bool {
    const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    let mut words = line.split_whitespace();
    let day = words.next().is_some_and(|word| DAYS.contains(&word));
    let month = words.next().is_some_and(|word| word.len() == 3 && word.chars().all(char::is_alphabetic));
    let date = words.next().is_some_and(|word| word.len() <= 2 && word.bytes().all(|b| b.is_ascii_digit()));
    let time = words.next().is_some_and(|word| word.split(':').count() == 3);
    day && month && date && time && words.count() <= 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_and_missing_sources_mean_not_synchronized() {
        for (line, synchronized) in [
            ("Time source is NTP, 11:43:15.743 UTC Wed Nov 17 2021", true),
            ("Time source is NTP, .13:28:08.565 UTC Tue Jan 11 2022", false),
            ("No time source, *17:05:54.449 UTC Mon Jul 29 2024", false),
            ("No time source, 17:05:54.449 UTC Mon Jul 29 2024", false),
        ] {
            let clock = clock_banner(line).unwrap();
            assert_eq!(clock.synchronized, Some(synchronized), "{line}");
            assert!(clock.time.utc.is_some(), "{line}");
        }
    }

    #[test]
    fn the_date_line_of_ios_xr_stays_unresolved() {
        let clock = clock_banner("Tue Jul  2 13:48:07.272 UTC").unwrap();
        assert_eq!((clock.time.text.as_ref(), clock.time.utc), ("Tue Jul  2 13:48:07.272 UTC", None));
        assert!(!is_clock("Wed like to see this"));
    }
}
