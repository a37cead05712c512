//! An output that was cut off anywhere yields what stands before the cut: no panic, and no licence that the whole
//! output does not have in the same place.

use licwatch_parsers::Hints;
use licwatch_parsers::record::License;
use licwatch_parsers::text::Cleaned;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use serde_json::{Map, Value};

use super::corpus::{captures, judged};

#[test]
fn every_whole_line_before_a_cut_counts() {
    for capture in captures() {
        let whole = licences(&capture.raw, capture.hints);
        let ends = capture.raw.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
        for cut in std::iter::once(0).chain(ends) {
            let found = licences(&capture.raw[..cut], capture.hints);
            assert!(found.len() <= whole.len(), "{} cut at {cut}: {found:?}", capture.name);
            for (index, (found, whole)) in found.iter().zip(&whole).enumerate() {
                let in_whole = |(key, value): &(&String, &Value)| {
                    whole.get(*key).is_some_and(|whole| is_part(value, whole))
                };
                let excess: Vec<_> = found.iter().filter(|field| !in_whole(field)).collect();
                assert!(
                    excess.is_empty(),
                    "{} cut at {cut}: licence {index} has {excess:?}, the whole output {whole:?}",
                    capture.name
                );
            }
        }
    }
}

#[test]
fn a_cut_within_a_line_invents_no_licence() {
    for capture in captures() {
        let whole = licences(&capture.raw, capture.hints);
        let mut runner =
            TestRunner::new(Config { cases: 64, failure_persistence: None, ..Config::default() });
        let outcome = runner.run(&(0..=capture.raw.len()), |cut| {
            let found = licences(&capture.raw[..cut], capture.hints);
            if found.len() > whole.len() {
                return Err(TestCaseError::fail(format!("more licences than the whole: {found:?}")));
            }
            let last = found.len().saturating_sub(1);
            for (index, (found, whole)) in found.iter().zip(&whole).enumerate() {
                for key in ["name", "entitlement", "entitlement_tag"] {
                    let (found, whole) = (text(found, key), text(whole, key));
                    // The cut may have taken the rest of the last one's name, never of another's.
                    let same = found == whole || index == last && whole.starts_with(found);
                    if !same {
                        return Err(TestCaseError::fail(format!("{key} of licence {index}: {found:?}")));
                    }
                }
            }
            Ok(())
        });
        assert!(outcome.is_ok(), "{}: {}", capture.name, outcome.unwrap_err());
    }
}

/// Whether a value is what a cut leaves of another one: a list may lack its end, and the last of it some fields.
fn is_part(found: &Value, whole: &Value) -> bool {
    match (found, whole) {
        (Value::Array(found), Value::Array(whole)) => {
            let last = found.len().saturating_sub(1);
            let same = |(at, (found, whole)): (usize, (&Value, &Value))| {
                found == whole || at == last && is_part(found, whole)
            };
            found.len() <= whole.len() && found.iter().zip(whole).enumerate().all(same)
        }
        (Value::Object(found), Value::Object(whole)) => {
            found.iter().all(|(key, value)| whole.get(key) == Some(value))
        }
        _ => found == whole,
    }
}

#[test]
fn a_list_may_lack_its_end_only() {
    let whole = serde_json::json!([{"a": 1, "b": 2}, {"a": 3, "b": 4}]);
    for part in [
        serde_json::json!([]),
        serde_json::json!([{"a": 1}]),
        serde_json::json!([{"a": 1, "b": 2}, {"b": 4}]),
    ] {
        assert!(is_part(&part, &whole), "{part}");
    }
    for other in
        [serde_json::json!([{"a": 1}, {"a": 3}]), serde_json::json!([{"a": 2}]), serde_json::json!(1)]
    {
        assert!(!is_part(&other, &whole), "{other}");
    }
}

fn licences(raw: &[u8], hints: Hints) -> Vec<Map<String, Value>> {
    let cleaned = Cleaned::new(raw);
    let record = judged(&cleaned, hints);
    record.licenses.iter().flatten().map(object).collect()
}

fn object(license: &License<'_>) -> Map<String, Value> {
    match serde_json::to_value(license).unwrap() {
        Value::Object(object) => object,
        other => panic!("{other} is no object"),
    }
}

fn text<'v>(object: &'v Map<String, Value>, key: &str) -> &'v str {
    object.get(key).and_then(Value::as_str).unwrap_or_default()
}
