//! What goes out, byte for byte, and what becomes of it where the receiver fails.

mod forms;
mod receivers;

use serde_json::{Map, Value, json};

use super::*;
use crate::events::{Event, Kind};
use crate::store::outbox::Line;

fn event(kind: Kind, message: &str, facts: Value) -> String {
    let Value::Object(facts) = facts else { panic!() };
    let event = Event { device: Some("edge-1".into()), facts, ..Event::new(kind, message) };
    event.line(uuid::Uuid::nil(), "2026-11-22T10:00:00.123456789Z".parse().unwrap(), "hq")
}

fn batch(texts: &[String]) -> Batch {
    let line = |(seq, text): (usize, &String)| Line {
        seq: seq as i64,
        id: seq.to_string(),
        text: text.clone(),
        captures: Vec::new(),
    };
    Batch {
        sink: "siem".to_owned(),
        sequence: 1,
        follows: None,
        key: "k".to_owned(),
        begun_at: "2026-11-22T10:00:00Z".parse().unwrap(),
        lines: texts.iter().enumerate().map(line).collect(),
        head: None,
    }
}

fn settings(to: &str, form: SyslogForm) -> SyslogSettings {
    SyslogSettings {
        target: Target::read(to).unwrap(),
        form,
        facility: 13,
        ca_file: None,
        certificate_file: None,
        key_file: None,
    }
}

fn later(result: Result<Receipt, Refusal>) -> String {
    match result {
        Err(Refusal::Later { reason, .. }) => reason,
        other => panic!("{other:?}"),
    }
}
