//! What is read of JSON and what is not, seen through [`parse`](super::super::parse).

use super::super::{parse, speaks};
use crate::record::{DeviceRecord, Diagnostic, Severity};

fn found<'r, 'a>(record: &'r DeviceRecord<'a>, code: &str) -> &'r Diagnostic<'a> {
    let of_code = |diagnostic: &&Diagnostic<'_>| diagnostic.code == code;
    record.diagnostics.iter().find(of_code).unwrap_or_else(|| panic!("no {code}: {:?}", record.diagnostics))
}

fn state(inside: &str) -> String {
    format!("{{\"cisco-smart-license:state\": {{\n\"version\": \"4.1.0\",\n{inside}")
}

/// The record of a broken message: its version was read, and the place of the break is named.
fn broken(inside: &str, line: usize, column: usize, words: &str) {
    let message = state(inside);
    let record = parse(&message);
    assert_eq!(record.licensing.agent_version.as_deref(), Some("4.1.0"), "{inside}");
    let diagnostic = found(&record, "broken_json");
    assert!(diagnostic.message.contains(words), "{inside}: {}", diagnostic.message);
    assert_eq!((diagnostic.line, diagnostic.column), (Some(line), Some(column)), "{inside}");
    assert_eq!(diagnostic.severity, Severity::Error);
}

#[test]
fn broken_messages_keep_what_came_before() {
    broken("", 3, 1, "ends before");
    broken("\"state-info\": {", 3, 16, "ends before");
    broken("\"version\": \"4.2", 3, 16, "ends before");
    broken("\"version\": 4", 3, 13, "ends before");
    broken("\"version\" \"4.2\"}}", 3, 11, "no \":\"");
    broken("\"version\": x}}", 3, 12, "no value");
    broken("version: 4}}", 3, 1, "no name of a member");
    broken("\"custom-id\": \"a\" \"version\": 4}}", 3, 18, "no \",\"");
    broken("\"custom-id\": \"a\"}} and more", 3, 20, "something after the end");
    broken("\"custom-id\": \"a\"]", 3, 17, "no \",\"");
    broken("\"@custom-id\": {\"x\": [1, ", 3, 25, "ends before");
}

#[test]
fn a_value_without_a_name_is_no_data() {
    for message in ["[\"cisco-smart-license:state\"]", "{", "[", "[1]", "[[[]"] {
        let record = parse(message);
        assert!(record.is_empty(), "{message}");
        assert_eq!(found(&record, "broken_json").severity, Severity::Error, "{message}");
    }
    assert!(parse("[]").is_empty());
}

#[test]
fn text_is_what_json_says_it_is() {
    for (inside, text) in [
        ("a", "a"),
        (" a ", "a"),
        (r"a\/b\\c\u0022", r#"a/b\c""#),
        (r"caf\u00e9 \ud83d\ude00", "café 😀"),
        (r"a\tb\nc", "a\tb\nc"),
        ("é", "é"),
    ] {
        let message = state(&format!("\"state-info\": {{\"custom-id\": \"{inside}\"}}}}}}"));
        let record = parse(&message);
        assert_eq!(record.licensing.custom_id.as_deref(), Some(text), "{inside}");
        assert!(record.diagnostics.iter().all(|found| found.code != "broken_json"));
    }
    let place = |inside: &str| {
        let message = state(&format!("\"state-info\": {{\"custom-id\": \"{inside}\"}}}}}}"));
        let record = parse(&message);
        (record.licensing.custom_id.clone().map(|id| id.into_owned()), found(&record, "broken_json").column)
    };
    // The column is that of the escape.
    for escape in [r"\ud83d", r"\ude00", r"\ud83d\u0041", r"\u12", r"\u+123", r"\x41", r"\u00zz"] {
        assert_eq!(place(&format!("ab{escape}")), (None, Some(32)), "{escape}");
    }
}

/// RFC 7951: a module's name stands where the namespace begins, numbers of 64 bits are text, a leaf without a value
/// is `[null]`, and what begins with `@` is about a member.
#[test]
fn the_forms_of_rfc_7951_are_read() {
    let message = r#"{"ietf-restconf:data": {"@": {"a:b": [1, {"c": "}"}]}, "cisco-smart-license:licensing": {"state": {
        "smart-enabled": true, "always-enabled": [null], "@version": {"x:y": true}, "version": null,
        "state-info": {"usage": [{"entitlement-tag": "t", "count": "18446744073709551615"},
                                 {"entitlement-tag": "u", "count": 3}], "other:extra": {"version": "9"}}}}}}"#;
    let record = parse(message);
    assert_eq!(record.licensing.smart_licensing_enabled, Some(true));
    assert_eq!(record.licensing.agent_version, None);
    let counts: Vec<_> = record.licenses.as_ref().unwrap().iter().map(|license| license.count).collect();
    assert_eq!(counts, [Some(u64::MAX), Some(3)]);
    let unclaimed = found(&record, "unclaimed_elements");
    assert!(unclaimed.message.contains("<other:extra>"), "{}", unclaimed.message);
    assert_eq!((unclaimed.line, unclaimed.column), (Some(4), Some(73)));
}

#[test]
fn an_answer_of_restconf_with_errors_tells_them() {
    let message = r#"{"ietf-restconf:errors": {"error": [{"error-type": "application", "error-tag": "access-denied",
        "error-path": "/cisco-smart-license:licensing", "error-message": "access denied"}]}}"#;
    assert!(speaks(message));
    let record = parse(message);
    let error = found(&record, "rpc_error");
    let words = "access-denied: access denied at /cisco-smart-license:licensing";
    assert!(error.message.ends_with(words), "{}", error.message);
    assert!(record.is_empty());
}

#[test]
fn only_json_with_models_that_are_known_is_recognized() {
    assert!(speaks("\u{feff}\n {\"cisco-smart-license:state\": {}}"));
    assert!(speaks("{\"openconfig-platform:components\": {}}"));
    assert!(!speaks("{\"state\": {\"version\": \"cisco-smart-license\"}}"));
    assert!(!speaks("show license all\n{\"cisco-smart-license:state\": {}}"));
    assert!(!speaks("[1, 2]"));
}

#[test]
fn depth_is_capped_wherever_it_is() {
    for deep in ["{\"a\":".repeat(100_000), "[".repeat(100_000), "{\"a\":[".repeat(100_000)] {
        let record = parse(&deep);
        let diagnostic = found(&record, "broken_json");
        assert!(diagnostic.message.contains("elements within each other"), "{}", diagnostic.message);
    }
    // What is passed over has no elements.
    let passed = format!("{{\"@a\": {}{}, \"x:y\": 1}}", "[".repeat(100_000), "]".repeat(100_000));
    let record = parse(&passed);
    assert!(record.diagnostics.iter().all(|found| found.code != "broken_json"), "{:?}", record.diagnostics);
}
