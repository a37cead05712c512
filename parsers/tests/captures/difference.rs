//! Where two records differ, one line for each path.

use serde_json::Value;

/// Lines such as `licensing.policy.name: expected "A", found "B"`; empty where both are the same.
pub(super) fn differences(expected: &Value, found: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    compare(Some(expected), Some(found), "", &mut lines);
    lines
}

fn compare(expected: Option<&Value>, found: Option<&Value>, path: &str, lines: &mut Vec<String>) {
    match (expected, found) {
        (Some(Value::Object(expected)), Some(Value::Object(found))) => {
            let added = found.keys().filter(|key| !expected.contains_key(*key));
            for key in expected.keys().chain(added) {
                let dot = if path.is_empty() { "" } else { "." };
                compare(expected.get(key), found.get(key), &format!("{path}{dot}{key}"), lines);
            }
        }
        (Some(Value::Array(expected)), Some(Value::Array(found))) => {
            for index in 0..expected.len().max(found.len()) {
                compare(expected.get(index), found.get(index), &format!("{path}[{index}]"), lines);
            }
        }
        _ if expected == found => {}
        _ => lines.push(format!("{path}: expected {}, found {}", shown(expected), shown(found))),
    }
}

fn shown(value: Option<&Value>) -> String {
    value.map_or("nothing".into(), Value::to_string)
}

#[test]
fn a_difference_names_its_path() {
    let expected = serde_json::json!({"a": {"b": [1, 2]}, "c": "x", "same": []});
    let found = serde_json::json!({"a": {"b": [1, 3, 4]}, "same": [], "d": null});
    assert_eq!(
        differences(&expected, &found),
        [
            "a.b[1]: expected 2, found 3",
            "a.b[2]: expected nothing, found 4",
            "c: expected \"x\", found nothing",
            "d: expected nothing, found null"
        ]
    );
}
