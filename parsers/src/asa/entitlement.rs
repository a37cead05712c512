//! `show license entitlement`: what an ASA has asked its licence service for.
//!
//! ```text
//! Entitlement(s):
//!
//! Feature tier:
//!         Tag: regid.2015-10.com.cisco.ASAv-STD-1G,1.0_…
//!         Version: 1.0
//!         Enforcement mode: Authorized
//!         Handle: 1
//!         Requested time: Tue, 04 Aug 2025 07:58:13 UTC
//!         Requested count: 1
//!         Request status: Complete
//! ```
//! Documentation only: no capture was to be had.
//! Captures: `testdata/captures/asa/show_license_entitlement/`.

use super::features::set_enforcement_mode;
use crate::diagnose;
use crate::record::{DeviceRecord, License, LicensingModel, stated};
use crate::text::{Cursor, leading_number, pair};

/// Whether only this output prints such a line.
pub(super) fn is_request(text: &str) -> bool {
    text.starts_with("Requested count:") || text.starts_with("Enforcement mode:")
}

/// Reads the entitlements, a block each.
pub(super) fn read<'a>(cursor: &mut Cursor<'a>, record: &mut DeviceRecord<'a>) {
    // The line above the next block.
    let mut title = None;
    while let Some(line) = cursor.next() {
        let text = line.trimmed();
        if diagnose::holds_key(text) {
            cursor.unclaimed(line);
            continue;
        }
        let Some((key, value)) = pair(text) else {
            if text.starts_with("No ") && text.to_ascii_lowercase().contains("entitlement") {
                record.licenses_mut();
            } else {
                cursor.unclaimed(line);
            }
            continue;
        };
        if value.is_empty() && key == "Entitlement(s)" {
            record.licenses_mut();
        } else if value.is_empty() && !is_field(key) {
            title = Some(key);
        } else if key == "Tag" {
            record.licensing.model = Some(LicensingModel::Smart);
            record.licenses_mut().push(License {
                name: title.take().map(Into::into),
                entitlement_tag: stated(value).map(Into::into),
                ..License::default()
            });
        } else {
            let current = record.licenses.as_mut().and_then(|licenses| licenses.last_mut());
            // The line belongs to a block whose tag was not printed.
            if title.is_some() || !current.is_some_and(|license| field(license, key, value)) {
                cursor.unclaimed(line);
            }
        }
    }
}

fn is_field(key: &str) -> bool {
    key == "Tag" || field(&mut License::default(), key, "")
}

/// Reads a line of a block; false if it is none.
fn field<'a>(license: &mut License<'a>, key: &str, value: &'a str) -> bool {
    match key {
        "Version" => license.version = stated(value).map(Into::into),
        "Enforcement mode" => set_enforcement_mode(license, value),
        "Requested count" => license.count = leading_number(value),
        "Handle" | "Requested time" | "Request status" => {}
        _ => return false,
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grammar::read_with;
    use crate::record::LicenseStatus;

    fn parsed(text: &str) -> (DeviceRecord<'_>, usize) {
        let (record, unclaimed) = read_with(read, text);
        (record, unclaimed.len())
    }

    #[test]
    fn a_block_is_a_licence() {
        let (record, unclaimed) = parsed(
            "Entitlement(s):\n\nContext:\n\tTag: regid.2014-10.com.cisco.CTX,1.0_x\n\tVersion: 1.0\n\
             \tEnforcement mode: Out of compliance\n\tHandle: 2\n\tRequested count: 8\n",
        );
        let [license] = record.licenses.as_deref().unwrap() else { panic!() };
        assert_eq!((license.name.as_deref(), license.count, unclaimed), (Some("Context"), Some(8), 0));
        assert_eq!(license.status, Some(LicenseStatus::OutOfCompliance));
    }

    #[test]
    fn a_block_without_a_tag_is_not_read_into_another() {
        let (record, unclaimed) = parsed(
            "Feature tier:\n  Tag: a\n  Requested count: 1\nContext:\n  Requested count: 8\n  Colour: red\n",
        );
        assert_eq!((record.licenses.unwrap()[0].count, unclaimed), (Some(1), 2));
    }

    #[test]
    fn no_entitlement_is_none_in_use() {
        assert_eq!(parsed("No entitlements in use\n").0.licenses, Some(Vec::new()));
        assert_eq!(parsed("Entitlement(s):\n").0.licenses, Some(Vec::new()));
    }
}
