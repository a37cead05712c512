//! Every word that the record can say is said of some capture, every word that the devices are known to say stands
//! in one, and a word that the record does not have keeps the device's own beside it.

use std::collections::BTreeSet;

use licwatch_parsers::record::{
    AuthorizationStatus, DeviceAuthorizationStatus, Enforcement, ExportControl, ExportStatus, LicenseStatus,
    LicensingModel, Platform, Priority, RegistrationStatus, ReservationStatus, Severity, SiaStatus, Term,
    TransportType,
};
use licwatch_parsers::text::Cleaned;
use licwatch_parsers::{Command, Hints, parse};
use serde_json::Value;

use super::corpus::{Capture, captures};

/// The words of enumerations that are not among the records, under their path.
macro_rules! unsaid {
    ($records:expr; $($path:literal $name:ident)+) => {{
        let mut unsaid: Vec<String> = Vec::new();
        $(
            let said = values(&$records, $path);
            let words = $name::ALL.iter().map(|value| value.word());
            unsaid.extend(words.filter(|word| !said.contains(word)).map(|word| format!("{} {word}", $path)));
        )+
        unsaid
    }};
}

#[test]
fn every_word_is_said() {
    let records: Vec<Value> = captures().iter().map(Capture::golden).collect();
    let mut unsaid = unsaid! {
        records;
        "device.platform" Platform
        "licensing.model" LicensingModel
        "licensing.registration.status" RegistrationStatus
        "licensing.registration.export_controlled_functionality" ExportControl
        "licensing.authorization.status" AuthorizationStatus
        "licensing.transport.type" TransportType
        "licensing.device_authorizations.status" DeviceAuthorizationStatus
        "licensing.sia_status" SiaStatus
        "licenses.status" LicenseStatus
        "licenses.export_status" ExportStatus
        "licenses.enforcement" Enforcement
        "licenses.term" Term
        "licenses.reservation_status" ReservationStatus
        "licenses.priority" Priority
    };
    for attempt in ["registration.initial_registration", "authorization.last_communication_attempt"] {
        let path = format!("licensing.{attempt}.result");
        let said = values(&records, &path);
        let words = ["succeeded", "failed"].into_iter().filter(|word| !said.contains(word));
        unsaid.extend(words.map(|word| format!("{path} {word}")));
    }
    assert!(unsaid.is_empty(), "no capture says {unsaid:?}");
}

/// What PAK and right-to-use outputs call in other words than the Smart Agent is said in captures of theirs.
#[test]
fn every_word_of_pak_and_right_to_use_is_said() {
    let mut records: Vec<Value> = captures().iter().map(Capture::golden).collect();
    records.retain(|record| matches!(record["licensing"]["model"].as_str(), Some("pak" | "rtu")));
    let mut unsaid = unsaid! {
        records;
        "licenses.status" LicenseStatus
        "licenses.enforcement" Enforcement
        "licenses.term" Term
        "licenses.priority" Priority
    };
    let agents = |word: &str| match word.split_once(' ') {
        Some(("licenses.status", word)) => !["in_use", "not_in_use", "other"].contains(&word),
        Some(("licenses.enforcement", word)) => !["enforced", "not_enforced"].contains(&word),
        Some(("licenses.term", word)) => ["perpetual", "term", "generic"].contains(&word),
        _ => false,
    };
    unsaid.retain(|word| !agents(word));
    assert!(unsaid.is_empty(), "no capture says {unsaid:?}");
}

/// The words of the Smart Agent and of PAK licensing: the line on which a capture must say each.
const DEVICE_WORDS: [(&str, &[&str]); 12] = [
    (
        "Status: ",
        &[
            // Of a licence.
            "IN USE",
            "NOT IN USE",
            "IN USE(15)",
            "NOT IN USE(1)",
            "AUTHORIZED",
            "EVAL MODE",
            "NOT AUTHORIZED",
            "OUT OF COMPLIANCE",
            "INVALID TAG",
            "WAITING",
            "RESERVED IN COMPLIANCE",
            // Of the device's authorization.
            "No Licenses in Use",
            "Not Applicable",
            "EVAL EXPIRED",
            "AUTHORIZATION EXPIRED",
            "AUTHORIZED - RESERVED",
            "NOT AUTHORIZED - RESERVED",
            // Of its registration.
            "REGISTERED",
            "UNREGISTERED",
            "REGISTERED - SPECIFIC LICENSE RESERVATION",
            "REGISTERED - UNIVERSAL LICENSE RESERVATION",
            "REGISTERING - REGISTRATION IN PROGRESS",
            "UNREGISTERED - REGISTRATION FAILED",
            "RETRYING",
            "REGISTRATION EXPIRED",
            // Of its codes.
            "NOT INSTALLED",
            "SMART AUTHORIZATION INSTALLED",
            "SPECIFIC INSTALLED",
            "UNIVERSAL INSTALLED",
            "PENDING",
        ],
    ),
    ("Reservation status: ", &["NOT INSTALLED", "SPECIFIC INSTALLED", "UNIVERSAL INSTALLED", "PENDING"]),
    ("Enforcement type: ", &["NOT ENFORCED", "ENFORCED", "EXPORT RESTRICTED"]),
    ("Export status: ", &["NOT RESTRICTED", "RESTRICTED - ALLOWED", "RESTRICTED - NOT ALLOWED"]),
    ("License type: ", &["Perpetual", "Subscription", "PERPETUAL", "SUBSCRIPTION", "TERM"]),
    ("License Type: ", &["Permanent", "Evaluation", "EvalRightToUse", "RightToUse", "Temporary"]),
    (
        "License State: ",
        &[
            "Active, In Use",
            "Active, In Use, EULA accepted",
            "Active, Not in Use, EULA not accepted",
            "Active, Not in Use, EULA accepted",
            "Not in Use, EULA not accepted",
            "Inactive",
        ],
    ),
    ("License Priority: ", &["None", "Low", "Medium", "High"]),
    ("Type: ", &["cslu", "Smart", "Callhome", "Transport Off", "Automatic"]),
    ("Communication Level Allowed: ", &["DIRECT", "INDIRECT"]),
    (
        "Overall State: ",
        &[
            "<empty>",
            "Device configured for Offline transport",
            "Insufficient trust for direct communication",
        ],
    ),
    ("Overall Trust: ", &["No ID", "INSTALLED (2)"]),
];

#[test]
fn every_word_of_the_devices_stands_in_a_capture() {
    let mut said: BTreeSet<String> = BTreeSet::new();
    for capture in captures() {
        for line in String::from_utf8_lossy(&capture.raw).lines() {
            let line = line.trim();
            // `AUTHORIZED on Mar 18 13:42:07 2025 UTC`
            said.insert(line.split_once(" on ").map_or(line, |(line, _)| line).trim_end().to_owned());
        }
    }
    // A table's rows end in theirs.
    let mut unsaid: Vec<String> = ["ACTIVE,IN USE", "ACTIVE,NOT IN USE", "EVAL EXPIRED", "NOT AUTHORIZED"]
        .iter()
        .filter(|word| !said.iter().any(|line| line.contains(") ") && line.ends_with(&format!(" {word}"))))
        .map(|word| format!("a row with {word}"))
        .collect();
    for (key, words) in DEVICE_WORDS {
        let lines = words.iter().map(|word| format!("{key}{word}"));
        unsaid.extend(lines.filter(|line| !said.iter().any(|known| known.eq_ignore_ascii_case(line))));
    }
    assert!(unsaid.is_empty(), "no capture says {unsaid:?}");
}

#[test]
fn an_unknown_word_keeps_the_devices_own() {
    let mut others = 0;
    for capture in captures() {
        for_each_object(&capture.golden(), &mut |object| {
            for (key, value) in object {
                if value == "other" {
                    let text = object.get(&format!("{key}_text")).and_then(Value::as_str);
                    assert!(text.is_some_and(|text| !text.is_empty()), "{}: {key}", capture.name);
                    others += 1;
                }
            }
        });
    }
    assert!(others > 0, "no capture says a word that the record does not have");
}

/// A word of tomorrow in the place of each enumeration that has `other`: the command, the output, the path.
const WORDS_OF_TOMORROW: [(Command, &str, &str); 12] = [
    (Command::ShowLicenseStatus, "Registration:\n  Status: DORMANT\n", "licensing.registration.status"),
    (
        Command::ShowLicenseStatus,
        "License Authorization:\n  Status: DORMANT on Mar 18 13:42:07 2025 UTC\n",
        "licensing.authorization.status",
    ),
    (Command::ShowLicenseStatus, "Transport:\n  Type: DORMANT\n", "licensing.transport.type"),
    (
        Command::ShowLicenseAuthorization,
        "Overall status:\n  Active: PID:C9300-24T,SN:FOC0000X0AA\n    Status: DORMANT\n",
        "licensing.device_authorizations.status",
    ),
    (
        Command::ShowLicenseAuthorization,
        "Authorizations:\n  a (A):\n    Term information:\n      Active: PID:C9300-24T,SN:FOC0000X0AA\n        \
         Authorization type: DORMANT\n",
        "licenses.terms.status",
    ),
    (
        Command::ShowLicenseAuthorization,
        "Authorizations:\n  a (A):\n    Term information:\n        License type: DORMANT\n",
        "licenses.terms.term",
    ),
    (Command::ShowLicenseUsage, "a (A):\n  Status: DORMANT\n", "licenses.status"),
    (Command::ShowLicenseUsage, "a (A):\n  Export status: DORMANT\n", "licenses.export_status"),
    (Command::ShowLicenseUsage, "a (A):\n  Enforcement type: DORMANT\n", "licenses.enforcement"),
    (Command::ShowLicenseUsage, "a (A):\n  License type: DORMANT\n", "licenses.term"),
    (
        Command::ShowLicenseUsage,
        "a (A):\n  Reservation:\n    Reservation status: DORMANT\n",
        "licenses.reservation_status",
    ),
    (Command::ShowLicense, "Index 1 Feature: a\n  License Type: DORMANT\n", "licenses.term"),
];

#[test]
fn a_word_of_tomorrow_is_other_in_every_enumeration() {
    for (command, output, path) in WORDS_OF_TOMORROW {
        let cleaned = Cleaned::new(output.as_bytes());
        let record = parse(&cleaned, Hints { command: Some(command), platform: None });
        assert!(record.diagnostics.is_empty(), "{path}: {:?}", record.diagnostics);
        let records = [serde_json::to_value(&record).unwrap()];
        assert_eq!(values(&records, path), ["other"].into(), "{path}");
        assert_eq!(values(&records, &format!("{path}_text")), ["DORMANT"].into(), "{path}");
    }
}

/// Where the record has no word for what is unknown, the line itself is shown to people.
#[test]
fn a_word_that_no_field_can_hold_is_a_diagnostic() {
    for (command, output) in [
        (Command::ShowLicenseStatus, "Registration:\n  Export-Controlled Functionality: DORMANT\n"),
        (Command::ShowLicenseStatus, "Registration:\n  Initial Registration: DORMANT\n"),
        (Command::ShowLicenseStatus, "Smart Licensing is DORMANT\n"),
        (Command::ShowLicenseStatus, "Utility:\n  Status: DORMANT\n"),
        (Command::ShowLicenseStatus, "Data Privacy:\n  Version privacy: DORMANT\n"),
        (Command::ShowLicenseStatus, "Policy:\n  Reporting ACK required: DORMANT\n"),
        (Command::ShowLicenseStatus, "Policy:\n  Policy in use: DORMANT\n"),
        (Command::ShowLicense, "Index 1 Feature: a\n  License Priority: DORMANT\n"),
    ] {
        let cleaned = Cleaned::new(output.as_bytes());
        let record = parse(&cleaned, Hints { command: Some(command), platform: None });
        let [found] = &record.diagnostics[..] else { panic!("{output}: {:?}", record.diagnostics) };
        assert_eq!((found.severity, found.code), (Severity::Info, "unclaimed_lines"), "{output}");
        assert!(found.message.contains("DORMANT"), "{}", found.message);
    }
}

/// The strings at a path, through every list on the way.
fn values<'v>(records: &'v [Value], path: &str) -> BTreeSet<&'v str> {
    let mut found: Vec<&Value> = records.iter().collect();
    for key in path.split('.') {
        found = found
            .into_iter()
            .filter_map(|value| value.get(key))
            .flat_map(|value| value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice))
            .collect();
    }
    found.into_iter().filter_map(Value::as_str).collect()
}

fn for_each_object(value: &Value, visit: &mut impl FnMut(&serde_json::Map<String, Value>)) {
    match value {
        Value::Object(object) => {
            visit(object);
            object.values().for_each(|value| for_each_object(value, visit));
        }
        Value::Array(list) => list.iter().for_each(|value| for_each_object(value, visit)),
        _ => {}
    }
}
