//! `show clock` and `show clock detail`.
//!
//! ```text
//! .11:43:15.743 UTC Wed Nov 17 2021
//! Time source is NTP
//! Summer time starts 02:00:00 CET Sun Mar 27 2022
//! ```
//! Captures: `testdata/captures/ios/show_clock/`, `testdata/captures/ios-xe/show_clock/`.

use crate::record::DeviceRecord;
use crate::text::{Cursor, clock_reading};

/// Reads the clock and, in the detailed form, whether it has a source.
pub fn read<'a>(cursor: &mut Cursor<'a>, record: &mut DeviceRecord<'a>) {
    let mut stated = false;
    while let Some(line) = cursor.next() {
        let text = line.trimmed();
        if !stated && let Some(clock) = clock_reading(text) {
            record.device.clock = Some(clock);
            stated = true;
        } else if text.starts_with("No time source") {
            if let Some(clock) = &mut record.device.clock {
                clock.synchronized = Some(false);
            }
        } else if !text.starts_with("Time source is ") && !text.starts_with("Summer time ") {
            cursor.unclaimed(line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn synchronized(text: &str) -> Option<bool> {
        let mut record = DeviceRecord::default();
        let mut cursor = Cursor::new(text, 0);
        read(&mut cursor, &mut record);
        assert!(cursor.into_unclaimed().is_empty(), "{text}");
        record.device.clock.unwrap().synchronized
    }

    #[test]
    fn a_flag_or_no_source_means_not_synchronized() {
        assert_eq!(synchronized("09:10:11.120 UTC Tue Mar 4 2025\nTime source is NTP\n"), Some(true));
        assert_eq!(synchronized(".09:10:11.120 UTC Tue Mar 4 2025\nTime source is NTP\n"), Some(false));
        assert_eq!(synchronized("*09:10:11.120 CET Tue Mar 4 2025\n"), Some(false));
        assert_eq!(synchronized("09:10:11.120 CET Tue Mar 4 2025\nNo time source\n"), Some(false));
    }
}
