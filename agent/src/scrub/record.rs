//! Originals in the record that the captures make, and the proof that scrubbing changed nothing else.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Kind;
use super::find::telling_part;

/// What a record tells about what to replace and what to keep.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub(super) originals: Vec<(Kind, String)>,
    pub(super) kept: Vec<String>,
}

/// Reads a record.
pub(super) fn facts(record: &Value) -> Facts {
    let mut facts = Facts::default();
    collect(record, "", "", &mut facts);
    facts
}

fn collect(value: &Value, parent: &str, key: &str, facts: &mut Facts) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                // An array's name goes through to its members.
                let parent = if key.is_empty() { parent } else { key };
                collect(value, parent, name, facts);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, parent, key, facts)),
        Value::String(text) => match role(parent, key) {
            // The PID before the colon stays.
            Role::Original(Kind::Code) => {
                facts.originals.push((Kind::Code, telling_part(text).to_owned()));
            }
            Role::Original(Kind::SerialNumber) if !text.bytes().any(|byte| byte.is_ascii_digit()) => {}
            Role::Original(kind) => facts.originals.push((kind, text.clone())),
            Role::Kept => facts.kept.push(text.clone()),
            Role::Other => {}
        },
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// What scrubbing may do to a field.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Role {
    Original(Kind),
    Kept,
    Other,
}

fn role(parent: &str, key: &str) -> Role {
    match (parent, key) {
        ("policy" | "policies", "name") => Role::Original(Kind::Policy),
        (_, "serial_number") => Role::Original(Kind::SerialNumber),
        (_, "hostname" | "device_id" | "system_name" | "chassis_id") => Role::Original(Kind::HostName),
        ("neighbors", "addresses" | "management_addresses") => Role::Original(Kind::Address),
        (_, "smart_account" | "virtual_account") => Role::Original(Kind::Account),
        (_, "proxy_address" | "vrf") => Role::Original(Kind::HostName),
        (_, "custom_id") => Role::Original(Kind::Location),
        (_, "confirmation_code" | "return_code" | "request_code") => Role::Original(Kind::Code),
        (_, "subscription_id") => Role::Original(Kind::Purchase),
        ("entitlements", "tag") | ("neighbors", "platform") => Role::Kept,
        (
            _,
            "pid" | "model" | "software_version" | "agent_version" | "name" | "entitlement"
            | "entitlement_tag" | "feature_name" | "version",
        ) => Role::Kept,
        _ => Role::Other,
    }
}

/// Where a record of scrubbed captures differs from the original in more than replacements: the paths of the fields.
/// The same original must have the same replacement everywhere. What the agent adds is not looked at.
pub fn differences(original: &Value, scrubbed: &Value) -> Vec<String> {
    let mut comparison = Comparison::default();
    comparison.compare(original, scrubbed, "", "");
    comparison.differences
}

#[derive(Default)]
struct Comparison {
    replacements: BTreeMap<String, String>,
    differences: Vec<String>,
}

impl Comparison {
    fn compare(&mut self, original: &Value, scrubbed: &Value, parent: &str, path: &str) {
        // The members of an array go by its name.
        let key = path.rsplit('.').next().and_then(|last| last.split('[').next()).unwrap_or(path);
        match (original, scrubbed) {
            (Value::Object(ours), Value::Object(theirs))
                if path.is_empty() || ours.keys().eq(theirs.keys()) =>
            {
                for (name, value) in ours {
                    if path.is_empty() && ADDED.contains(&name.as_str()) {
                        continue;
                    }
                    let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                    self.compare(value, theirs.get(name).unwrap_or(&Value::Null), key, &path);
                }
                for name in theirs.keys().filter(|name| !ours.contains_key(*name)) {
                    self.differences.push(format!("{path}.{name}"));
                }
            }
            (Value::Array(ours), Value::Array(theirs)) if ours.len() == theirs.len() => {
                for (at, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
                    self.compare(ours, theirs, parent, &format!("{path}[{at}]"));
                }
            }
            (Value::String(ours), Value::String(theirs)) if is_replaceable(parent, key) => {
                let known = self.replacements.entry(ours.clone()).or_insert_with(|| theirs.clone());
                if known != theirs || !have_one_form(ours, theirs) {
                    self.differences.push(path.to_owned());
                }
            }
            _ if original != scrubbed => self.differences.push(path.to_owned()),
            _ => {}
        }
    }
}

/// What the agent adds to a record, other at every reading.
const ADDED: [&str; 2] = ["sources", "observation"];

fn is_replaceable(parent: &str, key: &str) -> bool {
    matches!(role(parent, key), Role::Original(_))
        // Descriptions of parts may quote a serial number.
        || matches!(key, "url" | "cslu_address" | "reason" | "description")
        || (parent == "neighbors" && matches!(key, "software" | "remote_interface"))
        || (matches!(parent, "diagnostics" | "exchange" | "acknowledged") && key == "message")
}

/// Whether two texts have the same length and the same characters between words.
fn have_one_form(one: &str, other: &str) -> bool {
    let word = |c: char| c.is_alphanumeric();
    one.len() == other.len()
        && one.chars().count() == other.chars().count()
        && one.chars().zip(other.chars()).all(|(a, b)| a == b || (word(a) && word(b)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn record(serial: &str, status: &str) -> Value {
        json!({
            "sources": [{"sha256": serial}],
            "device": {"hostname": "br3", "udis": [{"pid": "C9300", "serial_number": serial}]},
            "licensing": {"policy": {"name": "Harbour Policy"}},
            "licenses": [{"name": "dna", "status": status}],
        })
    }

    #[test]
    fn facts_are_told_by_their_fields() {
        let facts = facts(&record("FOC1", "in_use"));
        assert_eq!(
            facts.originals,
            [
                (Kind::HostName, "br3".to_owned()),
                (Kind::SerialNumber, "FOC1".into()),
                (Kind::Policy, "Harbour Policy".into())
            ]
        );
        assert_eq!(facts.kept, ["C9300", "dna"]);
    }

    #[test]
    fn replacements_are_no_differences_and_anything_else_is() {
        let original = record("FOC1", "in_use");
        assert_eq!(differences(&original, &record("XYZ7", "in_use")), [""; 0]);
        assert_eq!(differences(&original, &record("XYZ77", "in_use")), ["device.udis[0].serial_number"]);
        assert_eq!(differences(&original, &record("XYZ7", "no_use")), ["licenses[0].status"]);
        let mut more = original.clone();
        more["device"]["model"] = json!("x");
        assert_eq!(differences(&original, &more), ["device"]);
    }

    #[test]
    fn one_original_has_one_replacement() {
        let twice =
            |one: &str, other: &str| json!({"udis": [{"serial_number": one}, {"serial_number": other}]});
        assert_eq!(differences(&twice("A1", "A1"), &twice("B2", "C3")), ["udis[1].serial_number"]);
    }
}
