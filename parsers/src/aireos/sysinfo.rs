//! `show sysinfo`: who the controller is, and which kind of licence it counts access points by.
//!
//! ```text
//! Product Version.................................. 8.10.185.0
//! System Name...................................... wlc-quay
//! Licensing Type................................... RTU
//! ```
//! The last line is that of the 5520, 3504 and 8540. Most others say nothing that the record holds.
//! Captures: `testdata/captures/aireos/show_sysinfo/`.

use super::leader::leader;
use crate::record::{DeviceRecord, LicensingModel, stated};
use crate::text::Cursor;

/// Reads the system information. The system name goes before the prompt's, which is everybody's until it is set.
pub fn read<'a>(cursor: &mut Cursor<'a>, record: &mut DeviceRecord<'a>) {
    while let Some(line) = cursor.next() {
        let Some((key, value)) = leader(line.trimmed()) else {
            if line.trimmed() != "RAID Volume Status" {
                cursor.unclaimed(line);
            }
            continue;
        };
        let Some(value) = stated(value) else { continue };
        match key {
            "Product Version" => record.device.software_version = Some(value.into()),
            "System Name" => record.device.hostname = Some(value.into()),
            "Licensing Type" => record.licensing.model = model(value),
            _ => {}
        }
    }
}

/// Whether a line begins the output.
pub(super) fn is_first(line: &str) -> bool {
    let first = ["Manufacturer's Name", "Product Name", "Product Version"];
    leader(line).is_some_and(|(key, _)| first.contains(&key))
}

/// `RTU`, `Smart-Licensing`.
fn model(value: &str) -> Option<LicensingModel> {
    let value = value.to_ascii_lowercase();
    if value.starts_with("smart") {
        Some(LicensingModel::Smart)
    } else if value == "rtu" || value.starts_with("right") {
        Some(LicensingModel::Rtu)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> (DeviceRecord<'_>, usize) {
        let mut record = DeviceRecord::default();
        record.device.hostname = Some("Cisco Controller".into());
        let mut cursor = Cursor::new(text, 0);
        read(&mut cursor, &mut record);
        (record, cursor.into_unclaimed().len())
    }

    #[test]
    fn the_system_name_goes_before_the_prompt() {
        let hostname = |text| parsed(text).0.device.hostname.map(String::from);
        assert_eq!(hostname("System Name........ wlc-quay\n"), Some("wlc-quay".into()));
        assert_eq!(hostname("System Name........\n"), Some("Cisco Controller".into()));
    }

    #[test]
    fn the_licensing_type_is_the_model() {
        let model = |text| parsed(text).0.licensing.model;
        assert_eq!(model("Licensing Type......... RTU\n"), Some(LicensingModel::Rtu));
        assert_eq!(model("Licensing Type......... Smart-Licensing\n"), Some(LicensingModel::Smart));
        assert_eq!(model("Licensing Type......... Paper\n"), None);
    }

    #[test]
    fn what_has_no_leader_is_unclaimed() {
        assert_eq!(parsed("RAID Volume Status\nDrive 0........ Good\n").1, 0);
        assert_eq!(parsed("Incorrect usage.  Use the '?' or <TAB> key to list commands.\n").1, 1);
    }
}
