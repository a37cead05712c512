//! The devices' words for each state, and the record's. The words differ in case from release to release.

use crate::record::{
    AuthorizationStatus, DeviceAuthorizationStatus, Enforcement, ExportStatus, License, LicenseStatus,
    RegistrationStatus, ReservationStatus, Term, TransportType, stated,
};

/// The value of a word, whatever its case; `None` for a word that is not on the list.
fn look_up<T: Copy>(table: &[(&str, T)], word: &str) -> Option<T> {
    table.iter().find(|(known, _)| known.eq_ignore_ascii_case(word)).map(|(_, value)| *value)
}

/// `ENABLED`, `yes`, `True` and their opposites.
pub(crate) fn switch(word: &str) -> Option<bool> {
    const WORDS: &[(&str, bool)] = &[
        ("ENABLED", true),
        ("yes", true),
        ("True", true),
        ("DISABLED", false),
        ("no", false),
        ("False", false),
    ];
    look_up(WORDS, word)
}

/// Sets a switch; false for a word that is not on the list.
pub(crate) fn set_switch(place: &mut Option<bool>, word: &str) -> bool {
    *place = switch(word);
    place.is_some() || stated(word).is_none()
}

/// Sets the term of a licence from the words of `License type:` or of a type column.
pub(crate) fn set_term<'a>(license: &mut License<'a>, words: &'a str) {
    license.term = stated(words).map(term);
    license.term_text = (license.term == Some(Term::Other)).then(|| words.trim().into());
}

/// Takes a code from the end: `IN USE(15)` is `IN USE`.
fn without_code(word: &str) -> &str {
    match word.rsplit_once('(') {
        Some((word, code))
            if code.strip_suffix(')').is_some_and(|code| code.bytes().all(|b| b.is_ascii_digit())) =>
        {
            word.trim_end()
        }
        _ => word,
    }
}

pub(crate) fn registration(word: &str) -> RegistrationStatus {
    use RegistrationStatus as S;
    const WORDS: &[(&str, S)] = &[
        ("REGISTERED", S::Registered),
        ("REGISTERED - SPECIFIC LICENSE RESERVATION", S::RegisteredSpecificReservation),
        ("REGISTERED - UNIVERSAL LICENSE RESERVATION", S::RegisteredUniversalReservation),
        ("UNREGISTERED", S::Unregistered),
        ("REGISTERING", S::Registering),
        ("REGISTERING - REGISTRATION IN PROGRESS", S::Registering),
        ("REGISTRATION IN PROGRESS", S::Registering),
        ("UNREGISTERED - REGISTRATION FAILED", S::RegistrationFailed),
        ("REGISTRATION FAILED", S::RegistrationFailed),
        ("RETRYING", S::Retrying),
        ("REGISTERING - RETRYING", S::Retrying),
        ("REGISTRATION EXPIRED", S::RegistrationExpired),
        ("UNREGISTERED - REGISTRATION EXPIRED", S::RegistrationExpired),
        ("Registration Not Applicable", S::NotApplicable),
        ("Not Applicable", S::NotApplicable),
    ];
    look_up(WORDS, word).unwrap_or(S::Other)
}

pub(crate) fn authorization(word: &str) -> AuthorizationStatus {
    use AuthorizationStatus as S;
    const WORDS: &[(&str, S)] = &[
        ("AUTHORIZED", S::Authorized),
        ("AUTHORIZED - RESERVED", S::AuthorizedReserved),
        ("OUT OF COMPLIANCE", S::OutOfCompliance),
        ("EVAL MODE", S::Evaluation),
        ("EVALUATION MODE", S::Evaluation),
        ("EVAL EXPIRED", S::EvaluationExpired),
        ("EVALUATION EXPIRED", S::EvaluationExpired),
        ("EVALUATION PERIOD EXPIRED", S::EvaluationExpired),
        ("AUTHORIZATION EXPIRED", S::AuthorizationExpired),
        ("NOT AUTHORIZED", S::NotAuthorized),
        ("NOT AUTHORIZED - RESERVED", S::NotAuthorizedReserved),
        ("No Licenses in Use", S::NoLicensesInUse),
        ("Not Applicable", S::NotApplicable),
    ];
    look_up(WORDS, word).unwrap_or(S::Other)
}

pub(crate) fn license(word: &str) -> LicenseStatus {
    use LicenseStatus as S;
    const WORDS: &[(&str, S)] = &[
        ("IN USE", S::InUse),
        ("NOT IN USE", S::NotInUse),
        ("ACTIVE,IN USE", S::InUse),
        ("ACTIVE, IN USE", S::InUse),
        ("ACTIVE,NOT IN USE", S::NotInUse),
        ("ACTIVE, NOT IN USE", S::NotInUse),
        ("INACTIVE", S::NotInUse),
        ("UNUSED", S::NotInUse),
        ("AUTHORIZED", S::Authorized),
        ("OUT OF COMPLIANCE", S::OutOfCompliance),
        ("EVAL MODE", S::Evaluation),
        ("EVALUATION MODE", S::Evaluation),
        ("EVAL EXPIRED", S::EvaluationExpired),
        ("EVALUATION EXPIRED", S::EvaluationExpired),
        ("EVALUATION PERIOD EXPIRED", S::EvaluationExpired),
        ("AUTHORIZATION EXPIRED", S::AuthorizationExpired),
        ("NOT AUTHORIZED", S::NotAuthorized),
        ("RESERVED", S::Reserved),
        ("RESERVED IN COMPLIANCE", S::Reserved),
        ("RESERVATION IN COMPLIANCE", S::Reserved),
        ("WAITING", S::Waiting),
        ("INVALID TAG", S::InvalidTag),
        ("Not Applicable", S::NotApplicable),
    ];
    look_up(WORDS, without_code(word)).unwrap_or(S::Other)
}

pub(crate) fn device_authorization(word: &str) -> DeviceAuthorizationStatus {
    use DeviceAuthorizationStatus as S;
    const WORDS: &[(&str, S)] = &[
        ("NOT INSTALLED", S::NotInstalled),
        ("SMART AUTHORIZATION INSTALLED", S::Installed),
        ("INSTALLED", S::Installed),
        ("SPECIFIC INSTALLED", S::SpecificInstalled),
        ("UNIVERSAL INSTALLED", S::UniversalInstalled),
        ("PENDING", S::Pending),
    ];
    look_up(WORDS, word).unwrap_or(S::Other)
}

pub(crate) fn reservation(word: &str) -> ReservationStatus {
    use ReservationStatus as S;
    const WORDS: &[(&str, S)] = &[
        ("SPECIFIC INSTALLED", S::SpecificInstalled),
        ("UNIVERSAL INSTALLED", S::UniversalInstalled),
        ("NOT INSTALLED", S::NotInstalled),
    ];
    look_up(WORDS, word).unwrap_or(S::Other)
}

pub(crate) fn export(word: &str) -> ExportStatus {
    use ExportStatus as S;
    const WORDS: &[(&str, S)] = &[
        ("NOT RESTRICTED", S::NotRestricted),
        ("RESTRICTED - ALLOWED", S::RestrictedAllowed),
        ("RESTRICTED - NOT ALLOWED", S::RestrictedNotAllowed),
    ];
    look_up(WORDS, word).unwrap_or(S::Other)
}

pub(crate) fn enforcement(word: &str) -> Enforcement {
    use Enforcement as E;
    const WORDS: &[(&str, E)] = &[
        ("NOT ENFORCED", E::NotEnforced),
        ("ENFORCED", E::Enforced),
        ("EXPORT RESTRICTED", E::ExportRestricted),
    ];
    look_up(WORDS, word).unwrap_or(E::Other)
}

pub(crate) fn term(word: &str) -> Term {
    use Term as T;
    const WORDS: &[(&str, T)] = &[
        ("Perpetual", T::Perpetual),
        ("Subscription", T::Subscription),
        ("Paid Subscription", T::Subscription),
        ("TERM", T::Term),
        ("Permanent", T::Permanent),
        ("Evaluation", T::Evaluation),
        ("EvalRightToUse", T::EvalRightToUse),
        ("RightToUse", T::RightToUse),
        ("Temporary", T::Temporary),
        ("Generic", T::Generic),
    ];
    look_up(WORDS, word).unwrap_or(T::Other)
}

pub(crate) fn transport(word: &str) -> TransportType {
    use TransportType as T;
    const WORDS: &[(&str, T)] = &[
        ("cslu", T::Cslu),
        ("Smart", T::Smart),
        ("Callhome", T::CallHome),
        ("Call Home", T::CallHome),
        ("Transport Off", T::Off),
        ("Off", T::Off),
        ("Automatic", T::Automatic),
    ];
    look_up(WORDS, word).unwrap_or(T::Other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_case_do_not_matter() {
        assert_eq!(license("IN USE(15)"), LicenseStatus::InUse);
        assert_eq!(license("not in use"), LicenseStatus::NotInUse);
        assert_eq!(license("IN USE(many)"), LicenseStatus::Other);
        assert_eq!(transport("Transport Off"), TransportType::Off);
    }
}
