//! `Registration:` and `License Authorization:` of classic Smart Licensing.
//!
//! ```text
//! Registration:
//!   Status: REGISTERED
//!   Smart Account: Harbour Logistics
//!   Virtual Account: Branch-04
//!   Export-Controlled Functionality: ALLOWED
//!   Initial Registration: SUCCEEDED on Nov 04 09:01:27 2022 CET
//!   Last Renewal Attempt: FAILED on May 16 10:01:19 2022 CET
//!     Failure reason: Fail to send out Call Home HTTP message.
//!
//! License Authorization:
//!   Status: AUTHORIZED on Dec 06 23:14:52 2022 CET
//!   Evaluation Period Remaining: 71 days, 22 hours, 1 minutes, 59 seconds
//! ```
//! Capture: `testdata/captures/ios-xe/show_license_all/isr4331.txt`

use super::Reading;
use super::section::Section;
use super::settings;
use crate::record::{Attempt, ExportControl, RegistrationStatus, Timestamp, stated};
use crate::text::{attempt, pair, seconds, timestamp};
use crate::wording;

pub(super) fn registration<'a>(section: &mut Section<'_, 'a>, reading: &mut Reading<'_, 'a>) {
    reading.evidence.classic = true;
    let mut failed: Option<Tried> = None;
    while let Some(line) = section.next() {
        let licensing = &mut reading.record.licensing;
        let registration = &mut licensing.registration;
        match pair(line.trimmed()) {
            Some(("Status", value)) => {
                let word = stated(value).map(|value| word_and_time(value).0);
                registration.status = word.map(wording::registration);
                registration.status_text = word.map(Into::into);
                let evidence = &mut reading.evidence;
                evidence.specific_reservation |=
                    registration.status == Some(RegistrationStatus::RegisteredSpecificReservation);
                evidence.universal_reservation |=
                    registration.status == Some(RegistrationStatus::RegisteredUniversalReservation);
            }
            Some(("Smart Account", value)) => settings::smart_account(value, licensing),
            Some(("Virtual Account", value)) => licensing.virtual_account = stated(value).map(Into::into),
            Some(("Export-Controlled Functionality", value)) => {
                registration.export_controlled_functionality = export_control(value);
                if registration.export_controlled_functionality.is_none() && stated(value).is_some() {
                    section.unclaimed(line);
                }
            }
            Some(("Initial Registration" | "First Registration", value)) => {
                failed = Some(Tried::Registration);
                if !set_attempt(&mut registration.initial_registration, value) {
                    section.unclaimed(line);
                }
            }
            Some(("Last Renewal Attempt", value)) => {
                failed = Some(Tried::Renewal);
                if !set_attempt(&mut registration.last_renewal_attempt, value) {
                    section.unclaimed(line);
                }
            }
            Some(("Failure reason" | "Failure Reason", value)) => {
                let tried = match failed {
                    Some(Tried::Registration) => &mut registration.initial_registration,
                    Some(Tried::Renewal) => &mut registration.last_renewal_attempt,
                    None => &mut None,
                };
                because(tried, value);
            }
            Some(("Next Renewal Attempt", value)) => registration.next_renewal_attempt = timestamp(value),
            Some(("Registration Expires", value)) => registration.expires = timestamp(value),
            // No part of the record: it is minutes away.
            Some(("Next Registration Attempt", _)) => {}
            _ => section.unclaimed(line),
        }
    }
}

pub(super) fn authorization<'a>(section: &mut Section<'_, 'a>, reading: &mut Reading<'_, 'a>) {
    while let Some(line) = section.next() {
        let authorization = &mut reading.record.licensing.authorization;
        match pair(line.trimmed()) {
            Some(("Status", value)) => {
                let stated = stated(value).map(word_and_time);
                authorization.status = stated.as_ref().map(|(word, _)| wording::authorization(word));
                authorization.status_text = stated.as_ref().map(|(word, _)| (*word).into());
                authorization.since = stated.and_then(|(_, since)| since);
            }
            Some(("Evaluation Period Remaining", value)) => {
                authorization.evaluation_remaining_seconds = seconds(value);
                if authorization.evaluation_remaining_seconds.is_none() && stated(value).is_some() {
                    section.unclaimed(line);
                }
            }
            Some(("Last Communication Attempt", value)) => {
                if !set_attempt(&mut authorization.last_communication_attempt, value) {
                    section.unclaimed(line);
                }
            }
            Some(("Failure reason" | "Failure Reason", value)) => {
                because(&mut authorization.last_communication_attempt, value);
            }
            Some(("Next Communication Attempt", value)) => {
                authorization.next_communication_attempt = timestamp(value);
            }
            Some(("Communication Deadline", value)) => {
                authorization.communication_deadline = timestamp(value);
            }
            _ => section.unclaimed(line),
        }
    }
}

/// Which attempt a `Failure reason:` below it speaks of.
#[derive(Clone, Copy)]
enum Tried {
    Registration,
    Renewal,
}

/// Sets an attempt; false for words that are neither a result nor say that there is none yet.
fn set_attempt<'a>(place: &mut Option<Attempt<'a>>, value: &'a str) -> bool {
    const NONE_YET: [&str; 3] = ["First Attempt Pending", "PENDING", "Not Started"];
    *place = attempt(value);
    place.is_some()
        || stated(value).is_none_or(|words| NONE_YET.iter().any(|none| none.eq_ignore_ascii_case(words)))
}

fn because<'a>(tried: &mut Option<Attempt<'a>>, reason: &'a str) {
    if let Some(attempt) = tried {
        attempt.reason = stated(reason).map(Into::into);
    }
}

pub(super) fn export_control(value: &str) -> Option<ExportControl> {
    match value {
        _ if value.eq_ignore_ascii_case("ALLOWED") => Some(ExportControl::Allowed),
        _ if value.eq_ignore_ascii_case("NOT ALLOWED") => Some(ExportControl::NotAllowed),
        _ => None,
    }
}

/// `AUTHORIZED on Dec 06 23:14:52 2022 CET`: the word, and since when.
pub(super) fn word_and_time(value: &str) -> (&str, Option<Timestamp<'_>>) {
    match value.split_once(" on ") {
        Some((word, time)) => (word.trim(), timestamp(time)),
        None => (value, None),
    }
}

#[cfg(test)]
mod tests {
    use crate::record::{DeviceRecord, RegistrationStatus};
    use crate::text::Cursor;

    fn read(text: &str) -> DeviceRecord<'_> {
        let mut record = DeviceRecord::default();
        super::super::read(&mut Cursor::new(text, 0), &mut record);
        record
    }

    #[test]
    fn a_status_that_is_not_stated_is_absent() {
        let record = read("Registration:\n  Status: \n\nLicense Authorization:\n  Status: <none>\n");
        let licensing = &record.licensing;
        assert_eq!((licensing.registration.status, &licensing.registration.status_text), (None, &None));
        assert_eq!((licensing.authorization.status, &licensing.authorization.status_text), (None, &None));
    }

    #[test]
    fn an_unknown_status_keeps_its_words() {
        let record = read("Registration:\n  Status: DORMANT - ASLEEP on Nov 04 09:01:27 2022 CET\n");
        let registration = record.licensing.registration;
        assert_eq!(registration.status, Some(RegistrationStatus::Other));
        assert_eq!(registration.status_text.as_deref(), Some("DORMANT - ASLEEP"));
    }
}
