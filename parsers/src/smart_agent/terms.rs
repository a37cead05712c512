//! `Term information:` of one authorization or reservation: which chassis holds it, for how many, until when.
//!
//! ```text
//! Term information:
//!   Active: PID:C9300-48UXM,SN:FOC2330X0D4
//!     Authorization type: SPECIFIC INSTALLED on Feb 26 15:02:11 2025 UTC
//!     License type: TERM
//!       Start Date: 2025-FEB-26 UTC
//!       End Date: 2028-FEB-25 UTC
//!       Term Count: 1
//!       Subscription ID: Sub4711
//! ```
//! One chassis may hold several terms; each begins with its `License type`.
//! Captures: `testdata/captures/ios-xe/show_license_all/slr.txt`,
//! `testdata/captures/ios-xe/show_license_authorization/words.txt`

use super::status::word_and_time;
use crate::record::{DeviceAuthorizationStatus, Expiry, License, LicenseTerm, Term, Udi, stated};
use crate::text::{leading_number, timestamp};
use crate::wording;

/// A chassis whose terms follow.
pub(super) fn holder<'a>(udi: Udi<'a>, license: &mut License<'a>) {
    let Udi { role, pid, serial_number } = udi;
    license.terms.push(LicenseTerm { role, pid, serial_number, ..LicenseTerm::default() });
}

/// Reads one `key: value` of a term. The licence itself takes over the first term where its usage states none.
pub(super) fn field<'a>(key: &str, value: &'a str, license: &mut License<'a>) -> bool {
    if key == "License type" {
        if license.term.is_none() {
            wording::set_term(license, value);
        }
        next_of_holder(license);
    }
    // The end of another term is none of the licence's: the first may be perpetual.
    if key == "End Date" && license.expires.is_none() && license.terms.len() < 2 {
        license.expires = timestamp(value).map(Expiry::At);
    }
    let Some(term) = license.terms.last_mut() else {
        return false;
    };
    match key {
        "Authorization type" => {
            let Some((word, installed_on)) = stated(value).map(word_and_time) else { return true };
            let status = wording::device_authorization(word);
            term.status = Some(status);
            term.status_text = (status == DeviceAuthorizationStatus::Other).then(|| word.into());
            term.installed_on = installed_on;
        }
        "License type" => {
            term.term = stated(value).map(wording::term);
            term.term_text = (term.term == Some(Term::Other)).then(|| value.into());
        }
        "Start Date" => term.starts = timestamp(value),
        "End Date" => term.expires = timestamp(value),
        "Term Count" => term.count = leading_number(value),
        "Subscription ID" => term.subscription_id = stated(value).map(Into::into),
        _ => return false,
    }
    true
}

/// Opens another term of the same chassis where the last one has its type already, and one without a chassis where
/// no row names any.
fn next_of_holder(license: &mut License<'_>) {
    let next = match license.terms.last() {
        Some(LicenseTerm { term: None, .. }) => return,
        Some(last) => LicenseTerm {
            role: last.role.clone(),
            pid: last.pid.clone(),
            serial_number: last.serial_number.clone(),
            status: last.status,
            status_text: last.status_text.clone(),
            installed_on: last.installed_on.clone(),
            ..LicenseTerm::default()
        },
        None => LicenseTerm::default(),
    };
    license.terms.push(next);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_perpetual_licence_does_not_end_with_its_second_term() {
        let mut license = License::default();
        for (key, value) in
            [("License type", "PERPETUAL"), ("License type", "TERM"), ("End Date", "2028-FEB-25 UTC")]
        {
            assert!(field(key, value, &mut license), "{key}");
        }
        assert_eq!((license.term, &license.expires), (Some(Term::Perpetual), &None));
        assert!(license.terms[1].expires.is_some());
    }

    #[test]
    fn one_chassis_may_hold_several_terms() {
        let mut license = License::default();
        holder(Udi { role: Some("active".into()), ..Udi::default() }, &mut license);
        for (key, value) in [
            ("Authorization type", "SPECIFIC INSTALLED on Feb 26 15:02:11 2025 UTC"),
            ("License type", "TERM"),
            ("End Date", "2028-FEB-25 UTC"),
            ("Term Count", "1"),
            ("License type", "LEASED"),
            ("Term Count", "3"),
        ] {
            assert!(field(key, value, &mut license), "{key}");
        }
        assert!(!field("Colour", "red", &mut license));
        let [first, second] = &license.terms[..] else { panic!("{:?}", license.terms) };
        assert_eq!((first.term, first.count, second.count), (Some(Term::Term), Some(1), Some(3)));
        assert_eq!((second.term, second.term_text.as_deref()), (Some(Term::Other), Some("LEASED")));
        assert_eq!(
            (&second.role, second.status),
            (&first.role, Some(DeviceAuthorizationStatus::SpecificInstalled))
        );
        assert_eq!((license.term, license.expires.is_some()), (Some(Term::Term), true));
        assert_eq!(second.expires, None);
    }
}
