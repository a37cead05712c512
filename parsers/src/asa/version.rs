//! `show version` of ASA: who the device is, and what it is licensed for.
//!
//! ```text
//! Cisco Adaptive Security Appliance Software Version 9.16(4)27 <context>
//! fw1-hq up 97 days 4 hours
//! failover cluster up 2 years 11 days
//! Hardware:   ASA5516, 8192 MB RAM, CPU Atom C2000 series 2416 MHz, 1 CPU (8 cores)
//! Licensed features for this platform:
//! Serial Number: JAD0000X0AA
//! ```
//! The serial number is the one that activation keys are made for; the inventory may print another one for the chassis.
//! Captures: `testdata/captures/asa/show_version/`.

use super::features::Features;
use crate::diagnose;
use crate::record::{DeviceRecord, stated};
use crate::text::{Cursor, seconds};

/// How the output begins.
pub(super) const TITLE: &str = "Cisco Adaptive Security Appliance Software Version";

/// Reads `show version`.
pub(super) fn read<'a>(cursor: &mut Cursor<'a>, record: &mut DeviceRecord<'a>) {
    let mut features = Features::default();
    while let Some(line) = cursor.next() {
        let text = line.trimmed();
        if text.is_empty() {
            continue;
        }
        if !diagnose::holds_key(text) && identity(text, record) {
            features.end();
        } else if !features.line(text, record) {
            cursor.unclaimed(line);
        }
    }
}

fn identity<'a>(text: &'a str, record: &mut DeviceRecord<'a>) -> bool {
    let device = &mut record.device;
    let word = |text: &'a str| stated(text).map(Into::into);
    if let Some(rest) = text.strip_prefix(TITLE) {
        device.software_version = rest.split_whitespace().next().and_then(word);
    } else if let Some(rest) = text.strip_prefix("Hardware:") {
        device.model = rest.split(',').next().and_then(word);
    } else if let Some(name) = hostname(text) {
        device.hostname = word(name);
    } else {
        return false;
    }
    true
}

/// The name before `up 97 days 4 hours`. The failover cluster is up too, in two words.
fn hostname(text: &str) -> Option<&str> {
    let (name, time) = text.split_once(" up ")?;
    (!name.contains(char::is_whitespace) && seconds(time).is_some()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_host_is_up() {
        assert_eq!(hostname("fw1-hq up 97 days 4 hours"), Some("fw1-hq"));
        assert_eq!(hostname("fw1 up 1 year 97 days"), Some("fw1"));
        assert_eq!(hostname("fw1 up 45 secs"), Some("fw1"));
        assert_eq!(hostname("failover cluster up 700 days 16 hours"), None);
        assert_eq!(hostname("fw1 up and running"), None);
    }

    #[test]
    fn identity_stands_in_three_lines() {
        let mut record = DeviceRecord::default();
        let mut cursor = Cursor::new(
            "Cisco Adaptive Security Appliance Software Version 9.8(3)21 <context>\n\
             fw1 up 1 day\nHardware:   FPR4K-SM-12\nModel Id:   ASAv10\n",
            0,
        );
        read(&mut cursor, &mut record);
        assert!(cursor.into_unclaimed().is_empty());
        let device = record.device;
        assert_eq!(device.software_version.as_deref(), Some("9.8(3)21"));
        assert_eq!(device.hostname.as_deref(), Some("fw1"));
        assert_eq!(device.model.as_deref(), Some("FPR4K-SM-12"));
    }
}
