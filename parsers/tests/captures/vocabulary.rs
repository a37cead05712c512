//! Every word that the record can say is said of some capture, and a word that it does not have
//! keeps the device's own beside it.

use std::collections::BTreeSet;

use licwatch_parsers::record::{
    AuthorizationStatus, DeviceAuthorizationStatus, Enforcement, ExportControl, ExportStatus, LicenseStatus,
    LicensingModel, Priority, RegistrationStatus, ReservationStatus, Term, TransportType,
};
use serde_json::Value;

use super::corpus::captures;

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
    let records: Vec<Value> = captures().iter().map(|capture| capture.golden()).collect();
    let mut unsaid = unsaid! {
        records;
        "licensing.model" LicensingModel
        "licensing.registration.status" RegistrationStatus
        "licensing.registration.export_controlled_functionality" ExportControl
        "licensing.authorization.status" AuthorizationStatus
        "licensing.transport.type" TransportType
        "licensing.device_authorizations.status" DeviceAuthorizationStatus
        "licenses.status" LicenseStatus
        "licenses.export_status" ExportStatus
        "licenses.enforcement" Enforcement
        "licenses.term" Term
        "licenses.reservation_status" ReservationStatus
        "licenses.priority" Priority
    };
    // No grammar is there yet for AireOS and the honour-based licences of IOS XR.
    unsaid.retain(|word| word != "licensing.model honor");
    assert!(unsaid.is_empty(), "no capture says {unsaid:?}");
}

/// What PAK and right-to-use outputs call in other words than the Smart Agent is said in captures of theirs.
#[test]
fn every_word_of_pak_and_right_to_use_is_said() {
    let mut records: Vec<Value> = captures().iter().map(|capture| capture.golden()).collect();
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
