//! What is stated, and what is not, for devices of each licensing model.

use super::super::{SMART_LICENSE, parse};
use super::*;

fn message(version: &str, info: &str) -> String {
    format!(
        "<licensing xmlns=\"{SMART_LICENSE}\"><state><smart-enabled>true</smart-enabled>\
         <version>{version}</version><state-info>{info}</state-info></state></licensing>"
    )
}

fn registration(state: &str) -> String {
    format!(
        "<registration><registration-state>{state}</registration-state>\
         <export-control-allowed>false</export-control-allowed></registration>"
    )
}

fn authorization(state: &str) -> String {
    format!("<authorization><authorization-state>{state}</authorization-state></authorization>")
}

fn usage(mode: &str) -> String {
    format!("<usage><entitlement-tag>t</entitlement-tag><enforcement-mode>{mode}</enforcement-mode></usage>")
}

const UDI: &str = "<udi><pid>C9300-24UX</pid><sn>FOC2411X0A1</sn></udi>";
const CALL_HOME: &str = "<transport><transport-type>transport-type-callhome</transport-type></transport>";

#[test]
fn each_sign_of_policy_use_turns_the_zeroes_of_classic_licensing_into_silence() {
    let zeroes = [
        registration("reg-state-not-registered"),
        authorization("auth-state-none"),
        CALL_HOME.to_owned(),
        usage("enforcement-invalid-tag"),
    ]
    .concat();
    for (version, sign) in [
        ("4.0", "<policy><policy-type>policy-type-cisco-default</policy-type></policy>"),
        ("4.0", "<policy><ack-required>false</ack-required></policy>"),
        ("4.0", "<rum-ack/>"),
        ("4.0", "<trust-code><is-installed>false</is-installed></trust-code>"),
        ("5.0.5_rel/42", ""),
        ("6.1.4/6", ""),
    ] {
        let text = message(version, &format!("{zeroes}{sign}"));
        let record = parse(&text);
        assert_eq!(record.licensing.model, Some(LicensingModel::Slup), "{sign}");
        assert!(absent(&record.licensing.registration), "{sign}");
        assert!(absent(&record.licensing.authorization), "{sign}");
        assert!(absent(&record.licensing.transport), "{sign}");
        let license = &record.licenses.as_ref().unwrap()[0];
        assert_eq!((license.status, license.status_text.as_deref()), (Some(LicenseStatus::InUse), None));
    }

    // The same words of a device without any such sign mean what they say.
    for sign in ["", "<policy><policy-type>policy-type-cisco-invalid</policy-type></policy>"] {
        let text = message("4.11.2_rel/3", &format!("{zeroes}{sign}"));
        let record = parse(&text);
        let licensing = &record.licensing;
        assert_eq!(licensing.model, Some(LicensingModel::Smart));
        assert_eq!(licensing.registration.status, Some(RegistrationStatus::Unregistered));
        assert_eq!(licensing.registration.status_text.as_deref(), Some("reg-state-not-registered"));
        assert_eq!(licensing.registration.export_controlled_functionality, Some(ExportControl::NotAllowed));
        assert_eq!(licensing.authorization.status, Some(AuthorizationStatus::NoLicensesInUse));
        assert_eq!(licensing.transport.kind, Some(TransportType::CallHome));
        let license = &record.licenses.as_ref().unwrap()[0];
        assert_eq!(license.status, Some(LicenseStatus::InvalidTag));
        assert_eq!(license.status_text.as_deref(), Some("enforcement-invalid-tag"));
        assert!(record.diagnostics.is_empty());
    }
}

#[test]
fn words_that_are_no_zeroes_are_believed_under_policy_use() {
    let info = [
        registration("reg-state-complete"),
        authorization("auth-state-authorized"),
        "<transport><transport-type>transport-type-off</transport-type></transport><rum-ack/>".to_owned(),
        usage("enforcement-authorization-expired"),
    ]
    .concat();
    let text = message("5.5", &info);
    let record = parse(&text);
    let licensing = &record.licensing;
    assert_eq!(licensing.model, Some(LicensingModel::Slup));
    assert_eq!(licensing.registration.status, Some(RegistrationStatus::Registered));
    assert_eq!(licensing.authorization.status, Some(AuthorizationStatus::Authorized));
    assert_eq!(licensing.transport.kind, Some(TransportType::Off));
    let license = &record.licenses.as_ref().unwrap()[0];
    assert_eq!(license.status, Some(LicenseStatus::AuthorizationExpired));
}

#[test]
fn reservations_are_told_only_as_far_as_the_device_does() {
    let text = message(
        "4.8",
        &(registration("reg-state-complete") + &authorization("auth-state-authorized-reservation")),
    );
    let record = parse(&text);
    assert_eq!(record.licensing.model, None);
    assert_eq!(record.licensing.authorization.status, Some(AuthorizationStatus::AuthorizedReserved));
    assert!(record.diagnostics[0].message.contains("authorization codes"));
    let text = message("5.8", "<policy><policy-type>policy-type-plr</policy-type></policy>");
    assert_eq!(parse(&text).licensing.model, Some(LicensingModel::Plr));
}

#[test]
fn the_evaluation_period_counts_only_where_there_is_one() {
    let seconds = |version, info: &str| {
        let text = message(version, &(registration("reg-state-not-registered") + info));
        parse(&text).licensing.authorization.evaluation_remaining_seconds
    };
    let evaluation = |in_use: bool, left: u32| {
        format!(
            "<evaluation><eval-in-use>{in_use}</eval-in-use><eval-expired>false</eval-expired>\
             <eval-period-left><time-left>{left}</time-left></eval-period-left></evaluation>"
        )
    };
    assert_eq!(seconds("4.8", &evaluation(true, 500)), Some(500));
    assert_eq!(seconds("4.8", &evaluation(false, 500)), Some(500));
    assert_eq!(seconds("4.8", &evaluation(false, 0)), None);
    assert_eq!(seconds("4.8", &evaluation(true, 0)), Some(0));
    assert_eq!(seconds("5.8", &evaluation(false, 500)), None);
    let counted = "<authorization><authorization-state>auth-state-eval</authorization-state>\
                   <authorization-eval><seconds-left>77</seconds-left></authorization-eval></authorization>";
    assert_eq!(seconds("4.8", &(counted.to_owned() + &evaluation(true, 78))), Some(77));
}

#[test]
fn no_licences_in_use_is_told_from_nothing_said_about_licences() {
    let whole = registration("reg-state-not-registered") + &authorization("auth-state-none") + UDI;
    let text = message("5.8", &whole);
    assert_eq!(parse(&text).licenses, Some(Vec::new()));
    let text = message("5.8", UDI);
    assert_eq!(parse(&text).licenses, None);
    let cut = message("5.8", &whole).replace("</state-info></state></licensing>", "");
    assert_eq!(parse(&cut).licenses, None);
}

#[test]
fn a_device_without_smart_licensing_says_so() {
    let text = format!(
        "<licensing xmlns=\"{SMART_LICENSE}\"><state><smart-enabled>false</smart-enabled></state></licensing>"
    );
    let record = parse(&text);
    assert_eq!(record.licensing, Licensing { smart_licensing_enabled: Some(false), ..Licensing::default() });
    assert!(record.licenses.is_none() && record.diagnostics.is_empty());
}

#[test]
fn new_words_are_kept_as_they_are() {
    let info = [
        registration("reg-state-new"),
        authorization("auth-state-new"),
        "<transport><transport-type>transport-type-new</transport-type></transport>".to_owned(),
        usage("enforcement-new"),
        "<imported-authorizations><overall-status><udi><pid>P</pid></udi>\
         <installed-list><install-type>authorization-type-new</install-type></installed-list>\
         <installed-list><install-type>authorization-type-slr</install-type></installed-list>\
         </overall-status></imported-authorizations>"
            .to_owned(),
    ]
    .concat();
    let text = message("5.8", &info);
    let record = parse(&text);
    let licensing = &record.licensing;
    let words = [
        (licensing.registration.status.unwrap().word(), licensing.registration.status_text.as_deref()),
        (licensing.authorization.status.unwrap().word(), licensing.authorization.status_text.as_deref()),
        (licensing.transport.kind.unwrap().word(), licensing.transport.kind_text.as_deref()),
        (
            licensing.device_authorizations[0].status.unwrap().word(),
            licensing.device_authorizations[0].status_text.as_deref(),
        ),
    ];
    let texts = ["reg-state-new", "auth-state-new", "transport-type-new", "authorization-type-new"];
    assert_eq!(words, texts.map(|text| ("other", Some(text))));
    assert_eq!(licensing.device_authorizations[1].status.unwrap().word(), "specific_installed");
    let license = &record.licenses.as_ref().unwrap()[0];
    assert_eq!(
        (license.status.unwrap().word(), license.status_text.as_deref()),
        ("other", Some("enforcement-new"))
    );
}

#[test]
fn attempts_that_were_never_made_are_absent() {
    let never = "<registration><registration-state>reg-state-complete</registration-state><registration-complete>\
                 <complete-time>1970-01-01T00:00:00+00:00</complete-time><last-renew-success>false</last-renew-success>\
                 <fail-message></fail-message></registration-complete></registration>";
    let text = message("4.8", never);
    let registration = parse(&text).licensing.registration;
    assert_eq!((registration.initial_registration, registration.last_renewal_attempt), (None, None));
}

/// The signs of policy use may have been in what is missing.
#[test]
fn a_reply_that_breaks_off_says_nothing_about_the_model() {
    let info = registration("reg-state-not-registered") + &authorization("auth-state-none") + CALL_HOME;
    let text = message("4.8", &info).replace("</state-info></state></licensing>", "<policy>");
    let record = parse(&text);
    assert_eq!(record.licensing.model, None);
    assert!(absent(&record.licensing.registration) && absent(&record.licensing.authorization));
    assert!(absent(&record.licensing.transport));
}

/// Every word of the enumerations of `cisco-smart-license`, of revision 2021-03-01 and all before it, and of
/// `Cisco-IOS-XR-infra-smartlicense-oper`, of a device with classic Smart Licensing.
#[test]
fn every_word_of_the_published_enumerations_has_its_meaning() {
    use super::super::XR_SMART_AGENT;
    let xr = |info: &str| {
        format!(
            "<smart-agent xmlns=\"{XR_SMART_AGENT}\"><licensing><state><version>2.6.8</version><state-info>{info}\
             </state-info></state></licensing></smart-agent>"
        )
    };
    let texts = |info: &dyn Fn(&str) -> String, beginning: &str, word: &str| {
        [message("4.9.8", &info(&format!("{beginning}{word}"))), xr(&info(word))]
    };

    use RegistrationStatus as R;
    for (word, want) in [
        ("not-registered", R::Unregistered),
        ("complete", R::Registered),
        ("in-progress", R::Registering),
        ("retry", R::Retrying),
        ("failed", R::RegistrationFailed),
        ("not-supported", R::NotApplicable),
        ("a-new-word", R::Other),
    ] {
        for text in texts(&registration, "reg-state-", word) {
            let record = parse(&text);
            let found = record.licensing.registration;
            assert_eq!(found.status, Some(want), "{word}");
            assert!(found.status_text.unwrap().ends_with(word));
            assert_eq!(found.export_controlled_functionality.is_some(), want != R::NotApplicable, "{word}");
        }
    }

    use AuthorizationStatus as A;
    for (word, want) in [
        ("none", A::NoLicensesInUse),
        ("eval", A::Evaluation),
        ("eval-expired", A::EvaluationExpired),
        ("authorized", A::Authorized),
        ("authorized-reservation", A::AuthorizedReserved),
        ("out-of-compliance", A::OutOfCompliance),
        ("authorization-expired", A::AuthorizationExpired),
        ("authorization-not-authorized", A::NotAuthorized),
        ("a-new-word", A::Other),
    ] {
        let info = |word: &str| registration("reg-state-complete") + &authorization(word);
        for text in texts(&info, "auth-state-", word) {
            let found = parse(&text).licensing.authorization;
            assert_eq!(found.status, Some(want), "{word}");
            assert!(found.status_text.unwrap().ends_with(word));
        }
    }

    use TransportType as T;
    for (word, want) in [
        ("callhome", Some(T::CallHome)),
        ("smart", Some(T::Smart)),
        ("cslu", Some(T::Cslu)),
        ("clsu", Some(T::Cslu)),
        ("off", Some(T::Off)),
        ("transport-off", Some(T::Off)),
        ("automatic", Some(T::Automatic)),
        ("invalid", None),
        ("not-used", None),
        ("a-new-word", Some(T::Other)),
    ] {
        let info = |word: &str| {
            registration("reg-state-complete")
                + &format!("<transport><transport-type>{word}</transport-type></transport>")
        };
        for text in texts(&info, "transport-type-", word) {
            let found = parse(&text).licensing.transport;
            assert_eq!((found.kind, found.kind_text.is_some()), (want, want == Some(T::Other)), "{word}");
        }
    }

    use LicenseStatus as L;
    for (word, want) in [
        ("waiting", L::Waiting),
        ("in-compliance", L::Authorized),
        ("out-of-compliance", L::OutOfCompliance),
        // More are in use than were bought, within the terms of the contract: the record has no word for it.
        ("overage", L::Other),
        ("evaluation", L::Evaluation),
        ("evaluation-expired", L::EvaluationExpired),
        ("authorization-expired", L::AuthorizationExpired),
        ("reservation-in-compliance", L::Reserved),
        ("invalid-tag", L::InvalidTag),
        ("disabled", L::Other),
        ("in-use", L::InUse),
        ("not-in-use", L::NotInUse),
        ("not-authorized", L::NotAuthorized),
        ("mode-invalid", L::Other),
        ("mode-init", L::NotInUse),
        ("grace-period", L::Other),
        ("grace-period-expired", L::Other),
        ("not-applicable", L::NotApplicable),
    ] {
        let classic = registration("reg-state-complete");
        let [xe, xr] = texts(&|word: &str| classic.clone() + &usage(word), "enforcement-", word);
        for text in [xe, xr.replace("enforcement-mode>", "enforce-mode>")] {
            let licenses = parse(&text).licenses.unwrap();
            assert_eq!(licenses[0].status, Some(want), "{word}");
            assert!(licenses[0].status_text.as_ref().unwrap().ends_with(word));
        }
    }

    use DeviceAuthorizationStatus as D;
    for (word, want) in [
        ("authorization-type-none", D::NotInstalled),
        ("authorization-type-auth-code", D::Installed),
        ("authorization-type-slr", D::SpecificInstalled),
        ("authorization-type-plr", D::UniversalInstalled),
        ("authorization-type-fla", D::Other),
        ("authorization-type-pak", D::Other),
    ] {
        let info = format!(
            "<imported-authorizations><overall-status>{UDI}<installed-list><install-type>{word}</install-type>\
             </installed-list></overall-status></imported-authorizations>"
        );
        let text = message("5.8", &info);
        let found = &parse(&text).licensing.device_authorizations[0];
        assert_eq!((found.status, found.status_text.is_some()), (Some(want), want == D::Other), "{word}");
    }
    for (word, want) in [
        ("in-progress", D::Pending),
        ("not-installed", D::NotInstalled),
        ("type-universal", D::UniversalInstalled),
        ("type-specific", D::SpecificInstalled),
        ("a-new-word", D::Other),
    ] {
        let text = xr(&format!(
            "<reservation><overall-status>{UDI}<install-status>{word}</install-status></overall-status></reservation>"
        ));
        let found = &parse(&text).licensing.device_authorizations[0];
        assert_eq!((found.status, found.status_text.is_some()), (Some(want), want == D::Other), "{word}");
    }
}

#[test]
fn the_words_of_terms_and_reservations_have_their_meaning() {
    use super::super::XR_SMART_AGENT;
    use crate::record::{Enforcement, ExportStatus, ReservationStatus, Term};
    let license = |usage: &str, allowed: &str| {
        let text = format!(
            "<state-info xmlns=\"{XR_SMART_AGENT}\"><usage><entitlement-tag>t</entitlement-tag>{usage}</usage>\
             <reservation><authorization><entitlement-tag>t</entitlement-tag>{allowed}</authorization></reservation>\
             </state-info>"
        );
        let license = parse(&text).licenses.unwrap().remove(0);
        let of_text = |text: Option<Text<'_>>| text.map(|text| text.into_owned());
        (
            (license.export_status, of_text(license.export_status_text)),
            (license.reservation_status, of_text(license.reservation_status_text)),
            (license.enforcement, of_text(license.enforcement_text)),
            (license.term, of_text(license.term_text)),
        )
    };
    let none = |word: &str| (word == "other-word").then(|| word.to_owned());
    for (word, want) in [
        ("not-restricted", ExportStatus::NotRestricted),
        ("authorized", ExportStatus::RestrictedAllowed),
        ("not-authorized", ExportStatus::RestrictedNotAllowed),
        ("other-word", ExportStatus::Other),
    ] {
        let usage = format!("<export-entitlement-status>{word}</export-entitlement-status>");
        assert_eq!(license(&usage, "").0, (Some(want), none(word)));
    }
    for (word, want) in [
        ("not-installed", ReservationStatus::NotInstalled),
        ("plr-installed", ReservationStatus::UniversalInstalled),
        ("slr-installed", ReservationStatus::SpecificInstalled),
        ("other-word", ReservationStatus::Other),
    ] {
        let usage = format!(
            "<reservation-usage><reservation-usage-status>{word}</reservation-usage-status></reservation-usage>"
        );
        assert_eq!(license(&usage, "").1, (Some(want), none(word)));
    }
    for (word, want) in [
        ("not-enforced", Some(Enforcement::NotEnforced)),
        ("license-enforcement-type-unenforced", Some(Enforcement::NotEnforced)),
        ("enforced", Some(Enforcement::Enforced)),
        ("license-enforcement-type-enforced", Some(Enforcement::Enforced)),
        ("export", Some(Enforcement::ExportRestricted)),
        ("invalid", None),
        ("license-enforcement-type-invalid", None),
        ("license-enforcement-max", None),
        ("other-word", Some(Enforcement::Other)),
    ] {
        let allowed = format!("<license-enforcement-type>{word}</license-enforcement-type>");
        assert_eq!(license("", &allowed).2, (want, none(word)));
    }
    for (word, want) in [
        ("none", None),
        ("perpetual", Some(Term::Perpetual)),
        ("term", Some(Term::Term)),
        ("subscription", Some(Term::Subscription)),
        ("max", None),
        ("other-word", Some(Term::Other)),
    ] {
        let allowed = format!("<term-info><term-count><type>{word}</type></term-count></term-info>");
        assert_eq!(license("", &allowed).3, (want, none(word)));
    }
}

#[test]
fn a_registration_that_is_tried_again_tells_when_it_failed() {
    use super::super::XR_SMART_AGENT;
    let info = "<registration-info><fail-time>Jan 02 2026 05:40:17 UTC</fail-time><fail-message>no way</fail-message>\
                </registration-info><retry-next-time>Jan 02 2026 06:40:17 UTC</retry-next-time>";
    let text = format!(
        "<state-info xmlns=\"{XR_SMART_AGENT}\"><registration><registration-failed></registration-failed>\
         <registration-retry>{info}</registration-retry><registration-state>retry</registration-state></registration>\
         </state-info>"
    );
    let record = parse(&text);
    let attempt = record.licensing.registration.initial_registration.unwrap();
    assert_eq!(
        (attempt.reason.as_deref(), attempt.at.unwrap().text.as_ref()),
        (Some("no way"), "Jan 02 2026 05:40:17 UTC")
    );
}
