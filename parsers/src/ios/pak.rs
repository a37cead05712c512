//! Licences by Product Activation Key: `show license`, `show license detail` and the PAK form of
//! `show license all`.
//!
//! ```text
//! Index 1 Feature: ipbasek9
//!         Period left: Life time
//!         License Type: Permanent
//!         License State: Active, In Use
//!         License Count: Non-Counted
//!         License Priority: Medium
//! Index 2 Feature: hseck9
//! ```
//! `show license all` groups the same blocks by store, `show license detail` names the store in each:
//! ```text
//! License Store: Primary License Storage
//! StoreIndex: 0   Feature: ipbasek9                          Version: 1.0
//!         License Type: Permanent
//! ```
//! Captures: `testdata/captures/ios/show_license/`, `…/show_license_all/`, `…/show_license_detail/`.

use super::attribute::{attribute, heading};
use crate::record::{DeviceRecord, License, LicensingModel};
use crate::text::Cursor;

/// Reads PAK licences. A feature that stands in several stores is as many licences.
pub fn read<'a>(cursor: &mut Cursor<'a>, record: &mut DeviceRecord<'a>) {
    while let Some(line) = cursor.next() {
        let text = line.trimmed();
        if let Some(heading) = heading(text) {
            record.licensing.model = Some(LicensingModel::Pak);
            record.licenses_mut().push(License {
                name: heading.feature.map(Into::into),
                version: heading.version.map(Into::into),
                installed: heading.in_store.then_some(true),
                ..License::default()
            });
        } else if text.starts_with("License Store:") {
            record.licensing.model = Some(LicensingModel::Pak);
        } else {
            let current = record.licenses.as_mut().and_then(|licenses| licenses.last_mut());
            if !current.is_some_and(|license| attribute(license, text)) {
                cursor.unclaimed(line);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grammar::read_with;
    use crate::record::{LicenseStatus, Term};

    fn parsed(text: &str) -> (DeviceRecord<'_>, usize) {
        let (record, unclaimed) = read_with(read, text);
        (record, unclaimed.len())
    }

    #[test]
    fn one_feature_in_two_stores_is_two_licences() {
        let (record, unclaimed) = parsed(
            "License Store: Primary License Storage\n\
             StoreIndex: 0   Feature: securityk9        Version: 1.0\n\
             \tLicense Type: Permanent\n\
             License Store: Built-In License Storage\n\
             StoreIndex: 0   Feature: securityk9        Version: 1.0\n\
             \tLicense Type: EvalRightToUse\n        License State: Inactive\n",
        );
        let licenses = record.licenses.unwrap();
        assert_eq!(unclaimed, 0);
        assert_eq!(
            licenses.iter().map(|one| one.term.unwrap()).collect::<Vec<_>>(),
            [Term::Permanent, Term::EvalRightToUse]
        );
        assert!(licenses.iter().all(|one| one.installed == Some(true)));
        assert_eq!(licenses[1].status, Some(LicenseStatus::NotInUse));
    }

    #[test]
    fn what_is_no_attribute_is_unclaimed() {
        let (record, unclaimed) =
            parsed("License Type: Permanent\nIndex 1 Feature: datak9\n  Colour: red\n\nIndex 2 Feature: x\n");
        assert_eq!((record.licenses.unwrap().len(), unclaimed), (2, 2));
    }

    #[test]
    fn an_output_without_licences_states_none() {
        let (record, unclaimed) = parsed("nothing here\n");
        assert_eq!((record.licenses, record.licensing.model, unclaimed), (None, None, 1));
    }
}
