//! The Common Event Format of ArcSight, as the text of an RFC 5424 message.
//!
//! ```text
//! <108>1 2026-11-22T10:00:00.000000Z hq-agent licwatch - licence_removed - CEF:0|licwatch|licwatch|0.1.0|102|licence
//!   removed|6|rt=1795341600000 externalId=0193… cat=licence_removed dvchost=hq-agent dhost=edge-1 cs1Label=agent cs1=hq
//!   cs2Label=facts cs2={"name":"dna-advantage"} msg=A licence is gone.
//! ```
//! No byte order mark stands before `CEF:`: readers look for it at the start. Control characters but line ends, which
//! CEF can write, are replaced by U+FFFD.

use std::fmt::Write;

use serde_json::Value;

use super::message::{Cut, Header, Told, fit, tame, upto};

/// The longest `cs2` of the format's dictionary, in bytes. The other lengths below are the dictionary's, too.
const LONGEST_FACTS: usize = 4000;
/// The longest `msg`.
const LONGEST_MESSAGE: usize = 1023;

/// The message, at most `most` bytes long.
pub(super) fn message(header: &Header, told: &Told, most: usize) -> Vec<u8> {
    fit(most, told, |cut| write(header, told, cut))
}

fn write(header: &Header, told: &Told, cut: Cut) -> Vec<u8> {
    let mut text = format!("{} - CEF:0|licwatch|licwatch|{}", header.of(told), env!("CARGO_PKG_VERSION"));
    let name = told.kind.replace('_', " ");
    for field in [&told.number.to_string(), upto(&name, 128), &told.severity.cef().to_string()] {
        text.push('|');
        header_field(&mut text, field);
    }
    text.push('|');
    let at = told.at.as_millisecond().to_string();
    let message = cut.of(&told.message);
    let facts = (cut == Cut::Nothing && !told.facts.is_empty())
        .then(|| Value::Object(told.facts.clone()).to_string());
    // Half a JSON object is none.
    let (facts, left_out) = match facts {
        Some(facts) if facts.len() > LONGEST_FACTS => (None, Some("facts")),
        facts => (facts, None),
    };
    let shortened = (message.len() > LONGEST_MESSAGE).then_some("message");
    let truncated = cut.word().or(shortened).or(left_out);
    let members = [
        ("rt", Some(at.as_str()), 32),
        ("externalId", Some(told.id.as_str()), 40),
        ("cat", Some(told.kind.as_str()), 128),
        ("dvchost", Some(header.host.as_str()).filter(|host| *host != "-"), 100),
        ("dhost", told.device.as_deref(), 256),
        ("cs1Label", Some("agent"), 32),
        ("cs1", Some(told.agent.as_str()), 128),
        ("cs2Label", facts.as_ref().map(|_| "facts"), 32),
        ("cs2", facts.as_deref(), LONGEST_FACTS),
        ("cs3Label", told.observation.as_ref().map(|_| "observation"), 32),
        ("cs3", told.observation.as_deref(), 64),
        ("cs4Label", truncated.map(|_| "truncated"), 32),
        ("cs4", truncated, 32),
        ("msg", Some(message.as_str()), LONGEST_MESSAGE),
    ];
    let mut first = true;
    for (key, value, most) in members {
        let Some(value) = value else { continue };
        // Writing to a text never fails.
        let _ = write!(text, "{}{key}=", if first { "" } else { " " });
        extension_value(&mut text, upto(value, most));
        first = false;
    }
    text.into_bytes()
}

fn header_field(text: &mut String, field: &str) {
    for c in tame(field).chars() {
        if matches!(c, '|' | '\\') {
            text.push('\\');
        }
        text.push(c);
    }
}

fn extension_value(text: &mut String, value: &str) {
    for c in value.chars() {
        match c {
            '\\' | '=' => text.extend(['\\', c]),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            c if c.is_control() => text.push('\u{fffd}'),
            c => text.push(c),
        }
    }
}
