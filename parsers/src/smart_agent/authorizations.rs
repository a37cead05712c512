//! Authorization and reservation codes: which UDI holds one, and which licences it names.
//!
//! ```text
//! Overall status:
//!   Active: PID:C8000V,SN:9QX7TB2LM4K
//!       Status: SMART AUTHORIZATION INSTALLED on Sep 21 13:48:56 2021 UTC
//!       Last Confirmation code: 1fc54c75
//!
//! Specified license reservations:
//!   C9300 48P DNA Essentials (C9300_48P_dna_essentials):
//!     Total reserved count: 1
//!     Term information:
//!       Active: PID:C9300-48UXM,SN:FOC2130X0NH
//!         License type: TERM
//!           End Date: 2027-JAN-15 UTC
//! ```
//! `show license reservation` prints `License reservation: ENABLED` and the rest of it; no capture of that command is
//! public, its form is that of `Reservation Info`.
//! Captures: `testdata/captures/ios-xe/show_license_all/slr.txt`, `…/c8000v.txt`,
//! `testdata/captures/ios-xe/show_license_reservation`

use super::Reading;
use super::section::Section;
use super::status::word_and_time;
use super::{terms, udi, usage};
use crate::record::{DeviceAuthorizationStatus, stated};
use crate::text::{leading_number, pair, timestamp};
use crate::wording::{self, switch};

/// `License Authorizations` and `Reservation Info`: one entry for each member that they list.
pub(super) fn members<'a>(section: &mut Section<'_, 'a>, reading: &mut Reading<'_, 'a>) {
    let mut member: Option<usize> = None;
    while let Some(line) = section.next() {
        let text = line.trimmed();
        if let Some(udi) = udi::member(text) {
            member = Some(reading.places.member(udi, &mut reading.record.licensing.device_authorizations));
            continue;
        }
        let Some((key, value)) = pair(text) else {
            section.unclaimed(line);
            continue;
        };
        if let Some(enabled) = enabled(text) {
            reading.record.licensing.reservation.enabled = Some(enabled);
            continue;
        }
        let authorizations = &mut reading.record.licensing.device_authorizations;
        match (key, member.and_then(|index| authorizations.get_mut(index))) {
            ("Status" | "Reservation status", Some(member)) => {
                let Some((word, installed_on)) = stated(value).map(word_and_time) else { continue };
                let status = wording::device_authorization(word);
                member.status = Some(status);
                member.status_text = (status == DeviceAuthorizationStatus::Other).then(|| word.into());
                member.installed_on = installed_on;
                // Where a reservation is in force, the agent speaks of the reservation's status.
                reading.evidence.policy |= key == "Status";
                reading.evidence.specific_reservation |=
                    status == DeviceAuthorizationStatus::SpecificInstalled;
                reading.evidence.universal_reservation |=
                    status == DeviceAuthorizationStatus::UniversalInstalled;
            }
            ("Last Confirmation code", Some(member)) => {
                member.confirmation_code = stated(value).map(Into::into);
            }
            ("Last return code", Some(member)) => member.return_code = stated(value).map(Into::into),
            ("Request code", Some(member)) => member.request_code = stated(value).map(Into::into),
            ("Request Time", Some(member)) => member.requested_on = timestamp(value),
            (key, _) if is_known(key) => {}
            _ => section.unclaimed(line),
        }
    }
}

/// `Authorizations:` and `Specified license reservations:`: what they say is folded into the licence they name.
pub(super) fn licences<'a>(section: &mut Section<'_, 'a>, reading: &mut Reading<'_, 'a>) {
    let mut named: Option<usize> = None;
    while let Some(line) = section.next() {
        let text = line.trimmed();
        if let Some((name, entitlement)) = usage::name_and_entitlement(text) {
            named = Some(reading.places.licence(name, entitlement, reading.record.licenses_mut()));
            continue;
        }
        let licenses = reading.record.licenses.as_mut();
        let Some(license) = named.and_then(|index| licenses?.get_mut(index)) else {
            if stated(text).is_some() {
                section.unclaimed(line);
            }
            continue;
        };
        match pair(text) {
            Some(("Description", value)) if license.description.is_none() => {
                license.description = stated(value).map(Into::into);
            }
            Some(("Total reserved count", value)) => license.total_reserved = leading_number(value),
            Some(("Total available count", value)) => license.total_available = leading_number(value),
            Some(("Enforcement type", value)) if license.enforcement.is_none() => {
                usage::set_enforcement(value, license);
            }
            Some((key, value)) => {
                if let Some(udi) = udi::member(text) {
                    terms::holder(udi, license);
                } else if !terms::field(key, value, license) && !is_known(key) {
                    section.unclaimed(line);
                }
            }
            None => section.unclaimed(line),
        }
    }
}

/// `License reservation: ENABLED`
pub(super) fn enabled(text: &str) -> Option<bool> {
    let (key, value) = pair(text)?;
    (key == "License reservation").then(|| switch(value.split_whitespace().next().unwrap_or(value)))?
}

/// Keys that are no part of the record.
fn is_known(key: &str) -> bool {
    matches!(
        key,
        "Overall status"
            | "Last Data Push"
            | "Last File Export"
            | "Reservation authorization code"
            | "Export-Controlled Functionality"
            | "Description"
            | "Enforcement type"
            | "Term information"
    )
}
