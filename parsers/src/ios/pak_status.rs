//! `show license status` of a device with PAK licensing: what its licensing can do, and nothing about licences.
//!
//! ```text
//! License Type Supported
//! permanent        Non-expiring node locked license
//! evaluation       Expiring non node locked license
//!
//! License Operation Supported
//! install   Install license
//!
//! Device status
//! Device Credential type: DEVICE
//! Rehost Type: DC_OR_IC
//! ```
//! Capture: `testdata/captures/ios/show_license_status/`.

use crate::record::{DeviceRecord, LicensingModel};
use crate::text::Cursor;

/// The lists, each with the words that its rows begin with.
const LISTS: [(&str, &[&str]); 4] = [
    (
        "License Type Supported",
        &["permanent", "extension", "evaluation", "paid", "subscription", "grace", "temporary", "right"],
    ),
    (
        "License Operation Supported",
        &["install", "clear", "annotate", "save", "revoke", "call-home", "boot", "modify", "move", "comment"],
    ),
    ("Call-home Operation Supported", &["install", "revoke", "resend", "request", "restore"]),
    ("Device status", &["Device Credential", "Rehost Type", "Device Id", "UDI"]),
];

/// Claims the capability lists.
pub fn read<'a>(cursor: &mut Cursor<'a>, record: &mut DeviceRecord<'a>) {
    let mut rows: &[&str] = &[];
    while let Some(line) = cursor.next() {
        let text = line.trimmed();
        if let Some((_, words)) = LISTS.iter().find(|(title, _)| text.eq_ignore_ascii_case(title)) {
            rows = words;
            record.licensing.model = Some(LicensingModel::Pak);
        } else if !rows.iter().any(|word| text.starts_with(word)) {
            cursor.unclaimed(line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capabilities_are_no_licences() {
        let mut record = DeviceRecord::default();
        let text = "License Type Supported\npermanent   Non-expiring node locked license\n\n\
                    License Operation Supported\ninstall   Install license\n\nDevice status\n\
                    Device Credential Verification: PASS\nRehost Type: DC_OR_IC\nstray\n";
        let mut cursor = Cursor::new(text, 0);
        read(&mut cursor, &mut record);
        assert_eq!((record.licenses, record.licensing.model), (None, Some(LicensingModel::Pak)));
        let unclaimed: Vec<_> = cursor.into_unclaimed().iter().map(|line| line.text).collect();
        assert_eq!(unclaimed, ["stray"]);
    }
}
