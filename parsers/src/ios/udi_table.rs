//! The table form of `show license udi`, which `show version` of an ISR G2 prints too, without its last column.
//!
//! ```text
//! Device#   PID                   SN              UDI
//! -----------------------------------------------------------------------------
//! *0        CISCO2911/K9          FTX1722L0DD     CISCO2911/K9:FTX1722L0DD
//! ```
//! ASR 1000 calls the first column `SlotID` and separates by tabs; a long serial number may touch the next
//! column. The row with the star is the device that answers.
//! Captures: `testdata/captures/ios/show_license_udi/`.

use std::collections::BTreeSet;

use crate::record::{DeviceRecord, Udi, stated};
use crate::text::Cursor;

/// A row of the table.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Row<'a> {
    /// Whether it is the device that answers.
    pub(super) own: bool,
    pub(super) pid: &'a str,
    pub(super) serial_number: &'a str,
}

impl<'a> Row<'a> {
    /// The UDI of the row, unless it states none.
    pub(super) fn udi(&self) -> Option<Udi<'a>> {
        let udi = Udi {
            role: None,
            pid: pid(self.pid).map(Into::into),
            serial_number: stated(self.serial_number).map(Into::into),
        };
        (udi != Udi::default()).then_some(udi)
    }
}

/// Reads the table. The device is named by its own row, or else by the first.
pub fn read<'a>(cursor: &mut Cursor<'a>, record: &mut DeviceRecord<'a>) {
    let mut named = false;
    let mut seen = BTreeSet::new();
    while let Some(line) = cursor.next() {
        let text = line.trimmed();
        if is_header(text) {
            continue;
        }
        let Some(row) = row(text) else {
            cursor.unclaimed(line);
            continue;
        };
        let fresh = seen.insert((row.pid, row.serial_number));
        let Some(udi) = row.udi().filter(|_| fresh) else { continue };
        if record.device.udis.is_empty() || (row.own && !named) {
            record.device.model.clone_from(&udi.pid);
            record.device.serial_number.clone_from(&udi.serial_number);
            named = row.own;
        }
        record.device.udis.push(udi);
    }
}

/// `Device#   PID   SN   UDI`, `SlotID   PID   SN   UDI`, `Device#  PID  SN`.
pub(super) fn is_header(text: &str) -> bool {
    let mut words = text.split_whitespace();
    matches!(words.next(), Some("Device#" | "SlotID" | "Slot#" | "Switch#"))
        && words.next() == Some("PID")
        && words.next() == Some("SN")
}

/// `*0   CISCO2911/K9   FTX1722L0DD   CISCO2911/K9:FTX1722L0DD`
pub(super) fn row(text: &str) -> Option<Row<'_>> {
    let (own, text) = match text.strip_prefix('*') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let rest = text.get(digits..)?;
    // A slot is a number, a star or both, and stands apart.
    if !(own || digits > 0) || !rest.starts_with([' ', '\t']) {
        return None;
    }
    let mut words = rest.split_whitespace();
    let (pid, serial, udi) = (words.next()?, words.next()?, words.next());
    if words.next().is_some() {
        return None;
    }
    // The last column tells the two apart even where they touch.
    let (pid, serial_number) = match udi.unwrap_or(serial).rsplit_once(':') {
        Some(pair) => pair,
        None if udi.is_none() => (pid, serial),
        None => return None,
    };
    Some(Row { own, pid, serial_number })
}

/// A PID, unless the device says `Unspecified`.
pub(super) fn pid(text: &str) -> Option<&str> {
    stated(text).filter(|pid| !pid.eq_ignore_ascii_case("unspecified"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_every_shape() {
        let parts = |text| row(text).map(|row| (row.own, row.pid, row.serial_number));
        let known = Some((true, "ASR1004", "NWG0000X0AB"));
        assert_eq!(parts("*0    ASR1004   NWG0000X0AB   ASR1004:NWG0000X0AB"), known);
        assert_eq!(parts("*\t ASR1004   NWG0000X0AB   ASR1004:NWG0000X0AB"), known);
        assert_eq!(parts("*0    ASR1004NWG0000X0AB   ASR1004:NWG0000X0AB"), known);
        assert_eq!(parts("*1    ASR1004   NWG0000X0AB"), known);
        assert_eq!(parts("2     ASR1004   NWG0000X0AC"), Some((false, "ASR1004", "NWG0000X0AC")));
        for text in ["", "*", "ASR1004 NWG0000X0AB", "*0 a b c", "*0 a b c:d e", "12"] {
            assert_eq!(parts(text), None, "{text}");
        }
    }

    #[test]
    fn a_stack_is_named_by_the_switch_that_answers() {
        let mut record = DeviceRecord::default();
        let text = "Device#\tPID\t\tSN\t\tUDI\n------\n 1  WS-C3850-24T  FOC0000X0AA  WS-C3850-24T:FOC0000X0AA\n\
                    *2  WS-C3850-48T  FOC0000X0BB  WS-C3850-48T:FOC0000X0BB\n";
        let mut cursor = Cursor::new(text, 0);
        read(&mut cursor, &mut record);
        assert_eq!(record.device.udis.len(), 2);
        assert_eq!(record.device.model.as_deref(), Some("WS-C3850-48T"));
        assert_eq!(record.device.serial_number.as_deref(), Some("FOC0000X0BB"));
        assert!(cursor.into_unclaimed().is_empty());
    }
}
