//! CSSM's verdict: `Enforcement Status:` for each entitlement, `Device Enforcement State:` for the device.
//!
//! ```text
//! Enforcement Status:
//!   Date: Generated on 2026-08-17T08:46:16
//!
//!   regid.2017-03.com.cisco.advantagek9,1.0_bd1d… (C9300-24 Network Advantage):
//!       Reported In Use Count: 1 on 2026-08-17T08:46:16
//!     Total Authorized Count: 0
//!     Total Out-Of-Compliance Count: 0
//!       Subscription Expired: 0
//!
//! Device Enforcement State:
//! NOT APPLICABLE
//! ```
//! Tags that the usage does not show are a list of tags, and no licences.
//! Capture: `testdata/captures/ios-xe/show_license_tech_support/agent-8.txt`

use super::Reading;
use super::section::Section;
use super::usage;
use crate::record::{License, stated};
use crate::text::{leading_number, pair, timestamp};

pub(super) fn status<'a>(section: &mut Section<'_, 'a>, reading: &mut Reading<'_, 'a>) {
    let mut named: Option<usize> = None;
    while let Some(line) = section.next() {
        let text = line.trimmed();
        if let Some((tag, title)) = usage::name_and_entitlement(text) {
            named =
                reading.record.licenses.as_ref().and_then(|known| reading.places.tagged(tag, title, known));
            if named.is_none() {
                section.unclaimed(line);
            }
            continue;
        }
        let license = named.and_then(|at| reading.record.licenses.as_mut()?.get_mut(at));
        let known = match (pair(text), license) {
            (Some(("Date", value)), _) => {
                let as_of = value.strip_prefix("Generated on").and_then(timestamp);
                reading.record.licensing.device_enforcement.as_of = as_of;
                true
            }
            (Some((key, value)), Some(license)) => verdict(key, value, license),
            // Of a tag that is no licence of this device.
            (Some((key, value)), None) => verdict(key, value, &mut License::default()),
            (None, _) => stated(text).is_none(),
        };
        if !known {
            section.unclaimed(line);
        }
    }
}

/// One count; false if it is none.
pub(super) fn verdict(key: &str, value: &str, license: &mut License<'_>) -> bool {
    let place = match key {
        "Reported In Use Count" => &mut license.count_reported,
        "Total Authorized Count" | "Authorized Count" => &mut license.count_authorized,
        "Total Out-Of-Compliance Count" | "Out-Of-Compliance Count" => &mut license.count_out_of_compliance,
        "Subscription Expired" => &mut license.count_subscription_expired,
        "Insufficient Count" => &mut license.count_insufficient,
        "No license" => &mut license.count_unlicensed,
        // Part of those out of compliance.
        "Unknown Reason" => return true,
        _ => return false,
    };
    *place = leading_number(value);
    place.is_some() || stated(value).is_none()
}

pub(super) fn state<'a>(section: &mut Section<'_, 'a>, reading: &mut Reading<'_, 'a>) {
    let state = section.next().and_then(|line| stated(line.trimmed()));
    reading.record.licensing.device_enforcement.state_text = state.map(Into::into);
    while let Some(line) = section.next() {
        section.unclaimed(line);
    }
}

#[cfg(test)]
mod tests {
    use crate::record::DeviceRecord;
    use crate::text::Cursor;

    #[test]
    fn a_verdict_is_of_the_licence_with_its_tag_or_title() {
        let text = "License Usage\n=====\nHandle: 1\n  License: a\n  Entitlement Tag: regid.a\n\n\
                    b (Title B):\n  Count: 2\n\nEnforcement Status:\n  Date: Generated on 2026-08-17T08:46:16\n\n\
                    \x20 regid.a (Title A):\n      Reported In Use Count: 1 on 2026-08-17T08:46:16\n    Insufficient Count: 3\n\
                    \x20 regid.b (Title B):\n    Total Out-Of-Compliance Count: 2\n      No license: 2\n\
                    \x20 regid.c (Title C):\n    Total Authorized Count: 7\n\n\
                    Device Enforcement State:\nRESTRICTED\nsoon\n";
        let mut record = DeviceRecord::default();
        let mut cursor = Cursor::new(text, 0);
        super::super::read(&mut cursor, &mut record);
        let unclaimed: Vec<_> = cursor.into_unclaimed().iter().map(|line| line.trimmed()).collect();
        assert_eq!(unclaimed, ["regid.c (Title C):", "soon"]);
        let licenses = record.licenses.unwrap();
        assert_eq!((licenses[0].count_reported, licenses[0].count_insufficient), (Some(1), Some(3)));
        assert_eq!((licenses[1].count_out_of_compliance, licenses[1].count_unlicensed), (Some(2), Some(2)));
        assert_eq!((licenses.len(), licenses[1].count_authorized), (2, None));
        let verdict = record.licensing.device_enforcement;
        assert_eq!(verdict.state_text.as_deref(), Some("RESTRICTED"));
        assert_eq!(verdict.as_of.unwrap().text, "2026-08-17T08:46:16");
    }
}
