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
//! Captures: `testdata/captures/ios-xe/show_license_all/slr.txt`, `…/c8000v.txt`

use super::Reading;
use super::section::{Section, pair, switch};
use super::status::word_and_time;
use super::{udi, usage, wording};
use crate::record::{DeviceAuthorization, DeviceAuthorizationStatus, Expiry, License, stated};
use crate::text::{leading_number, timestamp};

/// `License Authorizations` and `Reservation Info`: one entry for each member that they list.
pub(super) fn members<'a>(section: &mut Section<'_, 'a>, reading: &mut Reading<'_, 'a>) {
    let mut member: Option<usize> = None;
    while let Some(line) = section.next() {
        let text = line.trimmed();
        if let Some(udi) = udi::member(text) {
            member = Some(entry(&mut reading.record.licensing.device_authorizations, udi));
            continue;
        }
        let Some((key, value)) = pair(text) else {
            section.unclaimed(line);
            continue;
        };
        if key == "License reservation" {
            reading.record.licensing.reservation.enabled = switch_word(value);
            continue;
        }
        let authorizations = &mut reading.record.licensing.device_authorizations;
        match (key, member.and_then(|index| authorizations.get_mut(index))) {
            ("Status" | "Reservation status", Some(member)) => {
                let (word, installed_on) = word_and_time(value);
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
            named = Some(licence(reading.record.licenses_mut(), name, entitlement));
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
            Some(("Enforcement type", value)) if license.enforcement.is_none() => {
                usage::enforcement(value, license);
            }
            Some(("License type", value)) if license.term.is_none() => usage::term(value, license),
            Some(("End Date", value)) if license.expires.is_none() => {
                license.expires = timestamp(value).map(Expiry::At);
            }
            Some((key, _)) if is_known(key) || udi::member(text).is_some() => {}
            _ => section.unclaimed(line),
        }
    }
}

/// The index of the member's entry; the same member may be listed by two sections.
fn entry<'a>(authorizations: &mut Vec<DeviceAuthorization<'a>>, udi: crate::record::Udi<'a>) -> usize {
    let same = |known: &DeviceAuthorization<'_>| {
        known.role == udi.role && known.pid == udi.pid && known.serial_number == udi.serial_number
    };
    if let Some(index) = authorizations.iter().position(same) {
        return index;
    }
    authorizations.push(DeviceAuthorization {
        role: udi.role,
        pid: udi.pid,
        serial_number: udi.serial_number,
        ..DeviceAuthorization::default()
    });
    authorizations.len() - 1
}

/// The index of the licence of this name; one that no usage block has shown is added.
fn licence<'a>(licenses: &mut Vec<License<'a>>, name: &'a str, entitlement: &'a str) -> usize {
    let same = |license: &License<'_>| {
        license.entitlement.as_deref() == stated(entitlement)
            && (license.name.as_deref() == stated(name) || license.entitlement.is_some())
    };
    if let Some(index) = licenses.iter().position(same) {
        return index;
    }
    licenses.push(License {
        name: stated(name).map(Into::into),
        entitlement: stated(entitlement).map(Into::into),
        ..License::default()
    });
    licenses.len() - 1
}

fn switch_word(value: &str) -> Option<bool> {
    switch(value.split_whitespace().next().unwrap_or(value))
}

/// Keys that are no part of the record.
fn is_known(key: &str) -> bool {
    matches!(
        key,
        "Overall status"
            | "Last Data Push"
            | "Last File Export"
            | "Request code"
            | "Reservation authorization code"
            | "Export-Controlled Functionality"
            | "Description"
            | "Total available count"
            | "Enforcement type"
            | "License type"
            | "Term information"
            | "Authorization type"
            | "Start Date"
            | "End Date"
            | "Term Count"
            | "Subscription ID"
    )
}
