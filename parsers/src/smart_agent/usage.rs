//! The usage blocks of `show license usage|all`, and those of `tech support`.
//!
//! ```text
//! network-advantage (C9300-24 Network Advantage):
//!   Description: C9300-24 Network Advantage
//!   Count: 2
//!   Version: 1.0
//!   Status: IN USE
//!   Export status: NOT RESTRICTED
//!   Enforcement type: NOT ENFORCED
//!   License type: Perpetual
//!
//! Handle: 1
//!   License: network-advantage
//!   Entitlement Tag: regid.2017-03.com.cisco.…
//!   Status: IN USE(15)
//! ```
//! Captures: `testdata/captures/ios-xe/show_license_usage`, `…/show_license_tech_support`

use super::Reading;
use super::enforcement;
use super::section::Section;
use crate::record::{Enforcement, ExportStatus, License, LicenseStatus, ReservationStatus, stated};
use crate::text::{Cursor, Line, leading_number, pair, timestamp};
use crate::wording;

/// Name and entitlement of the line that opens a block, `name (entitlement):`; either may be empty.
pub(super) fn block_name<'a>(line: &Line<'a>) -> Option<(&'a str, &'a str)> {
    if (1..8).contains(&line.indent()) {
        return None;
    }
    name_and_entitlement(line.trimmed())
}

/// `name (entitlement):`, the last parentheses before the colon.
pub(super) fn name_and_entitlement(text: &str) -> Option<(&str, &str)> {
    let (name, entitlement) = text.strip_suffix("):")?.rsplit_once('(')?;
    Some((name.trim(), entitlement.trim()))
}

/// Whether a line says that there are no blocks, or no rows.
pub(super) fn says_none(text: &str) -> bool {
    text.eq_ignore_ascii_case("No licenses in use")
}

/// Reads the block that a line opens, or the line that says there are none.
pub(super) fn read<'a>(line: &Line<'a>, cursor: &mut Cursor<'a>, reading: &mut Reading<'_, 'a>) -> bool {
    let text = line.trimmed();
    if says_none(text) {
        reading.record.licenses_mut();
        return true;
    }
    let license = if let Some((name, entitlement)) = block_name(line) {
        License {
            name: stated(name).map(Into::into),
            entitlement: stated(entitlement).map(Into::into),
            ..License::default()
        }
    } else if matches!(pair(text), Some(("Handle", _))) {
        License::default()
    } else {
        return false;
    };
    block(license, cursor, reading);
    true
}

fn block<'a>(mut license: License<'a>, cursor: &mut Cursor<'a>, reading: &mut Reading<'_, 'a>) {
    let mut section = Section::new(cursor);
    let mut in_application = false;
    while section.peek().is_some_and(|line| !line.trimmed().starts_with("Handle:")) {
        let Some(line) = section.next() else { break };
        let Some((key, value)) = pair(line.trimmed()) else {
            section.unclaimed(line);
            continue;
        };
        // What the application's peer says about itself is not about this device.
        in_application |= key == "Application HA Info";
        if in_application {
            continue;
        }
        if !field(key, value, &mut license, reading) && !is_known(key) {
            section.unclaimed(line);
        }
    }
    reading.record.licenses_mut().push(license);
}

/// Reads one `key: value` of a block.
fn field<'a>(key: &str, value: &'a str, license: &mut License<'a>, reading: &mut Reading<'_, 'a>) -> bool {
    let text = || stated(value).map(Into::into);
    match key {
        "License" => license.name = text(),
        "Entitlement Tag" => license.entitlement_tag = text(),
        "Description" => license.description = text(),
        "Count" => license.count = leading_number(value),
        "Version" => license.version = text(),
        "Feature Name" => license.feature_name = text(),
        "Feature Description" => license.feature_description = text(),
        "Status" => status(value, license, reading),
        "Total reserved count" => license.total_reserved = leading_number(value),
        "Export status" => {
            license.export_status = stated(value).map(wording::export);
            license.export_status_text =
                (license.export_status == Some(ExportStatus::Other)).then(|| value.into());
        }
        "Enforcement type" | "Enforcement Type" => {
            set_enforcement(value, license);
            reading.evidence.policy |= license.status == Some(LicenseStatus::InUse);
        }
        "License type" | "License Type" => {
            wording::set_term(license, value);
            reading.evidence.policy |= license.status == Some(LicenseStatus::InUse);
        }
        "Reservation status" => {
            license.reservation_status = stated(value).map(wording::reservation);
            license.reservation_status_text =
                (license.reservation_status == Some(ReservationStatus::Other)).then(|| value.into());
            reading.evidence.specific_reservation |=
                license.reservation_status == Some(ReservationStatus::SpecificInstalled);
            reading.evidence.universal_reservation |=
                license.reservation_status == Some(ReservationStatus::UniversalInstalled);
        }
        "Sync Overdue Deadline" => license.sync_overdue_deadline = timestamp(value),
        _ => return enforcement::verdict(key, value, license),
    }
    true
}

/// `Status:` of one licence, with what it shows of the licensing model.
pub(super) fn status<'a>(value: &'a str, license: &mut License<'a>, reading: &mut Reading<'_, 'a>) {
    license.status = stated(value).map(wording::license);
    license.status_text = stated(value).map(Into::into);
    reading.evidence.classic |= license.status == Some(LicenseStatus::Authorized);
}

pub(super) fn set_enforcement<'a>(value: &'a str, license: &mut License<'a>) {
    license.enforcement = stated(value).map(wording::enforcement);
    license.enforcement_text = (license.enforcement == Some(Enforcement::Other)).then(|| value.into());
}

/// Keys of a block that are no part of the record.
fn is_known(key: &str) -> bool {
    matches!(
        key,
        "Reservation"
            | "Status time"
            | "Request Time"
            | "Measurements"
            | "ENTITLEMENT"
            | "Interval"
            | "Current Value"
            | "Current Report"
            | "Soft Enforced"
            | "Day-0 Verification"
            | "Subscription ID"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_opens_with_its_last_parentheses() {
        assert_eq!(name_and_entitlement("a (b) c (D-1/K9+):"), Some(("a (b) c", "D-1/K9+")));
        assert_eq!(name_and_entitlement("(ASAv-STD-100M):"), Some(("", "ASAv-STD-100M")));
        assert_eq!(name_and_entitlement("Enforced (Perpetual/Subscription) License Attributes:"), None);
    }
}
