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
                let excess: Vec<_> =
                    found.iter().filter(|(key, value)| whole.get(*key) != Some(value)).collect();
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
