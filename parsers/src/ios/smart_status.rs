//! `Smart Licensing Status: …` of `show version`: registration and authorization in one line.
//!
//! ```text
//! Smart Licensing Status: UNREGISTERED/EVAL EXPIRED
//! Smart Licensing Status: REGISTERED - SPECIFIC LICENSE RESERVATION/AUTHORIZED - RESERVED
//! Smart Licensing Status: Registration Not Applicable/Not Applicable
//! Smart Licensing Status: Smart Licensing Using Policy
//! Smart Licensing Status: Smart Licensing is DISABLED
//! ```

use crate::record::{Authorization, Licensing, LicensingModel, Registration, RegistrationStatus, stated};
use crate::wording;

/// Reads the line; false if it is another.
pub(super) fn smart_status<'a>(text: &'a str, licensing: &mut Licensing<'a>) -> bool {
    let Some(status) = text.strip_prefix("Smart Licensing Status:") else { return false };
    let Some(status) = stated(status) else { return true };
    if status.eq_ignore_ascii_case("Smart Licensing Using Policy") {
        licensing.model = Some(LicensingModel::Slup);
        return true;
    }
    if let Some(setting) = status.strip_prefix("Smart Licensing is ") {
        licensing.smart_licensing_enabled = wording::switch(setting);
        return licensing.smart_licensing_enabled.is_some();
    }
    let (registration, authorization) = match status.split_once('/') {
        Some((registration, authorization)) => (registration.trim(), stated(authorization)),
        None => (status, None),
    };
    let known = wording::registration(registration);
    // Under Smart Licensing Using Policy there is nothing to register; every other word belongs to its predecessor.
    licensing.model = match known {
        RegistrationStatus::NotApplicable | RegistrationStatus::Other => licensing.model,
        RegistrationStatus::RegisteredSpecificReservation => Some(LicensingModel::Slr),
        RegistrationStatus::RegisteredUniversalReservation => Some(LicensingModel::Plr),
        _ => Some(LicensingModel::Smart),
    };
    licensing.registration = Registration {
        status: Some(known),
        status_text: Some(registration.into()),
        ..Registration::default()
    };
    if let Some(words) = authorization {
        licensing.authorization = Authorization {
            status: Some(wording::authorization(words)),
            status_text: Some(words.into()),
            ..Authorization::default()
        };
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::AuthorizationStatus;

    fn read(text: &str) -> Licensing<'_> {
        let mut licensing = Licensing::default();
        assert!(smart_status(text, &mut licensing));
        licensing
    }

    #[test]
    fn registration_and_authorization_are_told_apart() {
        let expired = read("Smart Licensing Status: UNREGISTERED/EVAL EXPIRED");
        assert_eq!(expired.model, Some(LicensingModel::Smart));
        assert_eq!(expired.registration.status, Some(RegistrationStatus::Unregistered));
        assert_eq!(expired.authorization.status, Some(AuthorizationStatus::EvaluationExpired));

        let none = read("Smart Licensing Status: Registration Not Applicable/Not Applicable");
        assert_eq!(none.model, None);
        assert_eq!(none.registration.status, Some(RegistrationStatus::NotApplicable));
        assert_eq!(none.authorization.status, Some(AuthorizationStatus::NotApplicable));

        let policy = read("Smart Licensing Status: Smart Licensing Using Policy");
        assert_eq!((policy.model, policy.registration.status), (Some(LicensingModel::Slup), None));
    }

    #[test]
    fn a_reservation_is_a_model_of_its_own() {
        let model = |text| read(text).model;
        let reserved =
            "Smart Licensing Status: REGISTERED - SPECIFIC LICENSE RESERVATION/AUTHORIZED - RESERVED";
        assert_eq!(model(reserved), Some(LicensingModel::Slr));
        assert_eq!(read(reserved).authorization.status, Some(AuthorizationStatus::AuthorizedReserved));
        let universal = "Smart Licensing Status: REGISTERED - UNIVERSAL LICENSE RESERVATION/Not Applicable";
        assert_eq!(model(universal), Some(LicensingModel::Plr));
    }

    #[test]
    fn a_setting_is_no_registration() {
        let off = read("Smart Licensing Status: Smart Licensing is DISABLED");
        assert_eq!(
            (off.smart_licensing_enabled, off.registration.status, off.model),
            (Some(false), None, None)
        );
    }

    #[test]
    fn a_new_word_is_kept() {
        let new = read("Smart Licensing Status: DORMANT/ASLEEP");
        assert_eq!(new.registration.status_text.as_deref(), Some("DORMANT"));
        assert_eq!(new.authorization.status, Some(AuthorizationStatus::Other));
        assert_eq!(new.model, None);
    }
}
