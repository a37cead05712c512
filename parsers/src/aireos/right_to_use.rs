//! The right to use access points, as `show license summary` and `show license all` of the 5520, 8500 and 3504 list
//! it. Written from what Cisco documents; there is no capture of a device.
//!
//! ```text
//! Feature name: ap_count
//!         License type: Evaluation
//!         License Eula: Not Accepted
//!         Evaluation total period: 12 weeks 6 days
//!         License state: Inactive, Not-In-Use
//!         RTU License Count: 1500
//!
//! Feature name: ap_count (adder)
//!         License type: Permanent
//!         License state: Active, In-Use
//!         RTU License Count: 1400
//! ```
//! Captures: `testdata/captures/aireos/show_license_summary/`, `testdata/captures/aireos/show_license_all/`.

use crate::record::{DeviceRecord, Expiry, License, LicenseStatus, LicensingModel, stated};
use crate::text::{Cursor, leading_number, pair, seconds};
use crate::wording;

/// Reads the list.
pub fn read<'a>(cursor: &mut Cursor<'a>, record: &mut DeviceRecord<'a>) {
    record.licensing.model = Some(LicensingModel::Rtu);
    while let Some(line) = cursor.next() {
        let text = line.trimmed();
        if let Some(name) = feature(text) {
            record.licenses_mut().push(License { name: stated(name).map(Into::into), ..License::default() });
            continue;
        }
        let current = record.licenses.as_mut().and_then(|licenses| licenses.last_mut());
        let known = current.is_some_and(|license| attribute(license, text));
        if !known && !text.starts_with("License Store:") {
            cursor.unclaimed(line);
        }
    }
}

/// Whether a line is the first of a licence.
pub(super) fn opens_licence(line: &str) -> bool {
    feature(line).is_some()
}

fn feature(text: &str) -> Option<&str> {
    // The Smart Agent's usage blocks have a `Feature Name`.
    text.strip_prefix("Feature name:")
}

/// Reads one line into the licence; false if it is none of its attributes. Letter case differs between releases.
fn attribute<'a>(license: &mut License<'a>, text: &'a str) -> bool {
    let Some((key, value)) = pair(text) else { return false };
    match key.to_ascii_lowercase().as_str() {
        "license type" => wording::set_term(license, value),
        "license eula" | "eula" => {
            license.eula_accepted = match value {
                _ if value.eq_ignore_ascii_case("Accepted") => Some(true),
                _ if value.eq_ignore_ascii_case("Not Accepted") => Some(false),
                _ => return false,
            };
        }
        "license state" | "license status" => state(license, value),
        "rtu license count" | "license count" => {
            license.count = leading_number(value);
            return license.count.is_some();
        }
        "evaluation period left" | "period left" => {
            if value.eq_ignore_ascii_case("Life time") || value.eq_ignore_ascii_case("Lifetime") {
                license.expires = Some(Expiry::NEVER);
            } else {
                license.period_left_seconds = seconds(value);
                return license.period_left_seconds.is_some();
            }
        }
        // The record holds none of them.
        "feature type" | "evaluation total period" | "license priority" => {}
        _ => return false,
    }
    true
}

/// `Active, In-Use`, `Inactive, Not-In-Use`; what is not active is not in use.
fn state<'a>(license: &mut License<'a>, words: &'a str) {
    let any = |wanted: &str| words.split(',').any(|part| part.trim().eq_ignore_ascii_case(wanted));
    license.status_text = stated(words).map(Into::into);
    license.status = stated(words).map(|_| {
        if any("Not-In-Use") || any("Not in Use") || any("Inactive") {
            LicenseStatus::NotInUse
        } else if any("In-Use") || any("In Use") {
            LicenseStatus::InUse
        } else {
            LicenseStatus::Other
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grammar::read_with;
    use crate::record::Term;

    fn parsed(text: &str) -> (Vec<License<'_>>, usize) {
        let (record, unclaimed) = read_with(read, text);
        (record.licenses.unwrap_or_default(), unclaimed.len())
    }

    #[test]
    fn every_licence_has_its_own_state() {
        let (licenses, unclaimed) = parsed(
            "Feature name: ap_count\n\tLicense type: Evaluation\n\tLicense Eula: Not Accepted\n\
             \tEvaluation period left: 1 weeks 2 days\n\tLicense state: Inactive, Not-In-Use\n\
             Feature name: ap_count (adder)\n\tLicense type: Permanent\n\tLicense state: Active, In-Use\n\
             \tPeriod left: Life time\n\tRTU License Count: 1400\n",
        );
        let [evaluation, adder] = &licenses[..] else { panic!("{licenses:?}") };
        assert_eq!(unclaimed, 0);
        assert_eq!((evaluation.term, evaluation.eula_accepted), (Some(Term::Evaluation), Some(false)));
        assert_eq!(evaluation.period_left_seconds, Some(9 * 86_400));
        assert_eq!(evaluation.status, Some(LicenseStatus::NotInUse));
        assert_eq!((adder.name.as_deref(), adder.count), (Some("ap_count (adder)"), Some(1400)));
        assert_eq!((adder.status, &adder.expires), (Some(LicenseStatus::InUse), &Some(Expiry::NEVER)));
    }

    #[test]
    fn what_is_no_attribute_is_unclaimed() {
        let (licenses, unclaimed) = parsed(
            "License type: Permanent\nFeature name: ap_count\n  Colour: red\n  License Eula: Maybe\n  License state: Lent\n",
        );
        assert_eq!(unclaimed, 3);
        assert_eq!(licenses[0].status, Some(LicenseStatus::Other));
    }
}
