//! `show inventory` of a controller, which is one part: its chassis.
//!
//! ```text
//! Burned-in MAC Address............................ 00:A2:EE:00:00:40
//! Power Supply 1................................... Present, OK
//! Maximum number of APs supported.................. 1500
//! NAME: "Chassis"    , DESCR: "Cisco 5520 Series Wireless LAN Controller"
//! PID: AIR-CT5520-K9,  VID: V02,  SN: FCH2133X0E9
//! ```
//! Some releases leave the line with the name out.
//! Captures: `testdata/captures/aireos/show_inventory/`.

use super::leader::leader;
use crate::ios;
use crate::record::DeviceRecord;
use crate::text::Cursor;

/// Reads the inventory.
pub fn read<'a>(cursor: &mut Cursor<'a>, record: &mut DeviceRecord<'a>) {
    ios::inventory::read(cursor, record);
    let device = &mut record.device;
    let nameless = device.inventory.first().filter(|part| part.name.is_none());
    if let Some(chassis) = nameless.filter(|_| device.model.is_none()) {
        device.model.clone_from(&chassis.pid);
        device.serial_number.clone_from(&chassis.serial_number);
    }
}

/// Whether a line begins the output.
pub(super) fn is_first(line: &str) -> bool {
    leader(line).is_some_and(|(key, _)| key == "Burned-in MAC Address")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_only_part_is_the_chassis_even_without_a_name() {
        for name in ["", "NAME: \"Chassis\"    , DESCR: \"Cisco 5520 Series Wireless LAN Controller\"\n"] {
            let text = format!(
                "Burned-in MAC Address............ 00:A2:EE:00:00:40\n{name}PID: AIR-CT5520-K9,  VID: V02,  SN: F1\n"
            );
            let mut record = DeviceRecord::default();
            let mut cursor = Cursor::new(&text, 0);
            read(&mut cursor, &mut record);
            assert_eq!(record.device.model.as_deref(), Some("AIR-CT5520-K9"), "{text}");
            assert_eq!(record.device.serial_number.as_deref(), Some("F1"), "{text}");
            assert!(cursor.into_unclaimed().is_empty(), "{text}");
        }
    }
}
