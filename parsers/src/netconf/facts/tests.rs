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
