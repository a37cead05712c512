//! `show license host-id`: what licence files are bound to, the serial number of the chassis.
//!
//! ```text
//! License hostid: VDH=SSI1712X0C7
//! ```
//! Captures: `testdata/captures/nx-os/show_license_host-id/`.

use crate::record::{DeviceRecord, stated};
use crate::text::Cursor;

/// Reads the host id.
pub fn read<'a>(cursor: &mut Cursor<'a>, record: &mut DeviceRecord<'a>) {
    while let Some(line) = cursor.next() {
        match value(line.trimmed()) {
            Some(value) => record.device.serial_number = stated(value).map(Into::into),
            None => cursor.unclaimed(line),
        }
    }
}

/// The serial number of `License hostid: VDH=SSI1712X0C7`.
pub(super) fn value(line: &str) -> Option<&str> {
    line.strip_prefix("License hostid:")?.trim().strip_prefix("VDH=")
}

#[cfg(test)]
mod tests {
    use super::value;

    #[test]
    fn only_a_chassis_is_named() {
        assert_eq!(value("License hostid: VDH=SSI1712X0C7"), Some("SSI1712X0C7"));
        assert_eq!(value("License hostid: "), None);
        assert_eq!(value("VDH=SSI1712X0C7"), None);
    }
}
