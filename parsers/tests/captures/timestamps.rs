//! The walk over a record's times leaves none out.

use std::fs;
use std::path::{Path, PathBuf};

use licwatch_parsers::text::Cleaned;
use licwatch_parsers::{Hints, parse};
use serde_json::Value;

/// Every file of `testdata` that a record can be read from.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|kind| kind == "txt" || kind == "xml") {
            found.push(path);
        }
    }
}

/// The words of every object that has the form of a time.
fn times(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            let of_a_time = |name: &String| ["text", "utc", "resolved_by"].contains(&name.as_str());
            if let Some(Value::String(text)) = members.get("text").filter(|_| members.keys().all(of_a_time)) {
                found.push(text.clone());
            }
            members.values().for_each(|value| times(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| times(value, found)),
        _ => {}
    }
}

#[test]
fn every_time_of_every_record_is_visited_once() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata");
    let mut paths = Vec::new();
    for folder in ["captures", "netconf", "exchange"] {
        files(&root.join(folder), &mut paths);
    }
    let (mut all, mut places) = (0, std::collections::BTreeSet::new());
    for path in paths {
        let raw = fs::read(&path).unwrap();
        let cleaned = Cleaned::new(&raw);
        let mut record = parse(&cleaned, Hints::default());
        let (mut stated, mut visited) = (Vec::new(), Vec::new());
        let json = serde_json::to_value(&record).unwrap();
        times(&json, &mut stated);
        record.for_each_timestamp_mut(|time| visited.push(time.text.to_string()));
        stated.sort();
        visited.sort();
        assert_eq!(stated, visited, "{}", path.display());
        all += stated.len();
        fields(&json, "", &mut places);
    }
    // Enough of them that nothing of importance is left out.
    assert!(all > 400 && places.len() >= 30, "{all} times in {places:?}");
}

/// The names of the fields that hold times.
fn fields(value: &Value, name: &str, found: &mut std::collections::BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            if members.contains_key("text") {
                found.insert(name.to_owned());
            }
            members.iter().for_each(|(name, value)| fields(value, name, found));
        }
        Value::Array(items) => items.iter().for_each(|value| fields(value, name, found)),
        _ => {}
    }
}
