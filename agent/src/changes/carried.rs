//! What is known of a device from all its records, so that a partial one hides no change.

use licwatch_parsers::record::SCHEMA;
use serde_json::{Map, Value, json};

/// The parts of a record that are compared. A part that a record does not state is carried on whole from before.
const PARTS: [&[&str]; 11] = [
    &["licenses"],
    &["device", "udis"],
    &["device", "inventory"],
    &["device", "software_version"],
    &["device", "boot_level"],
    &["device", "throughput"],
    &["licensing", "model"],
    &["licensing", "smart_account"],
    &["licensing", "virtual_account"],
    &["licensing", "registration"],
    &["licensing", "authorization"],
];

/// The record to compare the next one with: what `after` states, and what it leaves open as `known` has it. `known` is
/// what this gave for the record before, or that record itself. It is a line in the form `licwatch/device-record/1`
/// with the compared parts alone, and the member `carried`: what the parts were read from that `after` leaves open, since
/// its `sources` are of the others. A record in another form, or of a poll that failed, changes nothing of it.
///
/// ```
/// # use licwatch::changes::{between, carry};
/// let all = r#"{"schema":"licwatch/device-record/1","device":{"software_version":"17.9.4"},"licenses":[{"name":"a"}]}"#;
/// let part = r#"{"schema":"licwatch/device-record/1","device":{"software_version":"17.9.4"}}"#;
/// let none = r#"{"schema":"licwatch/device-record/1","licenses":[]}"#;
/// let known = carry(Some(&carry(None, all)), part);
/// assert_eq!(between("core-1", &known, none).len(), 1);
/// ```
pub fn carry(known: Option<&str>, after: &str) -> String {
    let read = |line: &str| {
        let value: Value = serde_json::from_str(line).ok()?;
        (value.get("schema").and_then(Value::as_str) == Some(SCHEMA)).then_some(value)
    };
    let known = known.and_then(read).unwrap_or(Value::Null);
    let after = read(after).filter(|it| at(it, &["observation", "outcome"]) != Some(&json!("failed")));
    let after = after.unwrap_or(Value::Null);
    let commands = |record: &Value| -> Vec<Value> {
        let sources = record.get("sources").and_then(Value::as_array).into_iter().flatten();
        sources.filter_map(|source| source.get("command")).cloned().collect()
    };
    let known_commands = Value::from(commands(&known));
    let (mut record, mut carried) = (Map::new(), Map::new());
    for path in PARTS {
        if let Some(stated) = at(&after, path) {
            put(&mut record, path, stated.clone());
        } else if let Some(value) = at(&known, path) {
            put(&mut record, path, value.clone());
            let part = path.join(".");
            let rests_on = known.get("carried").and_then(|carried| carried.get(&part));
            carried.insert(part, rests_on.unwrap_or(&known_commands).clone());
        }
    }
    let sources: Vec<_> = commands(&after).into_iter().map(|command| json!({ "command": command })).collect();
    record.insert("schema".to_owned(), SCHEMA.into());
    record.insert("sources".to_owned(), sources.into());
    if !carried.is_empty() {
        record.insert("carried".to_owned(), carried.into());
    }
    Value::Object(record).to_string()
}

fn at<'v>(value: &'v Value, path: &[&str]) -> Option<&'v Value> {
    path.iter().try_fold(value, |value, name| value.get(name)).filter(|value| !value.is_null())
}

fn put(record: &mut Map<String, Value>, path: &[&str], value: Value) {
    match path {
        [name] => {
            record.insert((*name).to_owned(), value);
        }
        [section, name] => {
            let section = record.entry(*section).or_insert_with(|| json!({}));
            if let Some(section) = section.as_object_mut() {
                section.insert((*name).to_owned(), value);
            }
        }
        _ => {}
    }
}
