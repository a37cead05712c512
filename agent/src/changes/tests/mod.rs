#![expect(clippy::needless_pass_by_value, reason = "`json!` is easier to read where it is given away")]

mod carrying;
mod hardware;
mod licences;
mod properties;
mod state;

use serde_json::{Value, json};

use super::*;
use crate::events::Kind;

/// A record of these parts, read from these commands.
fn record(commands: &[&str], parts: Value) -> String {
    let sources: Vec<_> = commands.iter().map(|command| json!({ "command": command })).collect();
    let mut record = json!({
        "schema": "licwatch/device-record/1",
        "sources": sources,
        "observation": {"id": "0198a6a0-0000-7000-8000-000000000001", "outcome": "complete"},
    });
    record.as_object_mut().unwrap().extend(parts.as_object().unwrap().clone());
    record.to_string()
}

/// A record of a device that was asked as usual.
fn usual(parts: Value) -> String {
    record(&["show license all", "show inventory", "show version"], parts)
}

/// The kinds and sentences of what changed.
fn told(before: &str, after: &str) -> Vec<(Kind, String)> {
    between("core-1", before, after).into_iter().map(|event| (event.kind, event.message)).collect()
}

/// Asserts that exactly this was told, and that the two records say nothing about themselves.
#[track_caller]
fn assert_told(before: &str, after: &str, wanted: &[(Kind, &str)]) {
    let found = told(before, after);
    let found: Vec<_> = found.iter().map(|(kind, message)| (*kind, message.as_str())).collect();
    assert_eq!(found, wanted);
    assert_eq!(told(before, before), []);
    assert_eq!(told(after, after), []);
}

#[test]
fn a_failed_poll_and_another_form_change_nothing() {
    let before = usual(json!({"licenses": [{"name": "a", "status": "in_use"}]}));
    let failed = usual(json!({"licenses": [], "observation": {"outcome": "failed"}}));
    assert_told(&before, &failed, &[]);
    assert_told(&failed, &before, &[]);
    for other in ["", "{}", "[1]", "{\"schema\":\"licwatch/device-record/2\",\"licenses\":[]}", "nonsense"] {
        assert_told(&before, other, &[]);
        assert_told(other, &before, &[]);
    }
}

#[test]
fn a_part_in_another_form_is_as_if_it_were_not_stated() {
    let before =
        usual(json!({"licenses": [{"name": "a", "status": "in_use"}], "device": {"software_version": "1"}}));
    for odd in [
        json!({"licenses": {"a": 1}, "device": 7}),
        json!({"licenses": [{"name": 7}], "device": {"software_version": 7}}),
        json!({"licenses": null, "device": null, "licensing": null}),
    ] {
        assert_told(&before, &usual(odd), &[]);
    }
}

#[test]
fn every_event_names_its_device_and_observation() {
    let before = usual(json!({"device": {"software_version": "17.9.4"}}));
    let after = usual(json!({"device": {"software_version": "17.12.1"}}));
    let [event] = between("core-1", &before, &after).try_into().unwrap();
    let line: Value =
        serde_json::from_str(&event.line(uuid::Uuid::nil(), jiff::Timestamp::UNIX_EPOCH, "a")).unwrap();
    assert_eq!(line["device"], "core-1");
    assert_eq!(line["observation"], "0198a6a0-0000-7000-8000-000000000001");
    assert_eq!(line["facts"], json!({"of": "software version", "before": "17.9.4", "after": "17.12.1"}));
}

#[test]
fn many_changes_are_told_one_by_one_up_to_a_bound() {
    let list = |state: &str| {
        let rows: Vec<_> =
            (0..MOST + 50).map(|number| json!({"name": format!("n{number}"), "status": state})).collect();
        usual(json!({ "licenses": rows }))
    };
    let told = told(&list("in_use"), &list("not_in_use"));
    assert_eq!(told.len(), MOST + 1);
    assert_eq!(
        told.last().unwrap(),
        &(Kind::MoreChanges, "50 more changes are not told one by one".to_owned())
    );
}

#[test]
fn long_words_of_a_device_are_cut() {
    let version = |letter: &str| usual(json!({"device": {"software_version": letter.repeat(100_000)}}));
    let [event] = between("core-1", &version("a"), &version("é")).try_into().unwrap();
    assert!(event.message.len() < 1000 && event.facts["after"].as_str().unwrap().len() < 1000);
}
