//! RFC 5424 with structured data.
//!
//! ```text
//! <108>1 2026-11-22T10:00:00.000000Z hq-agent licwatch - licence_removed [licwatch@32473 id="0193…" number="102"
//!   kind="licence_removed" agent="hq" device="edge-1" fact.name="dna-advantage"] A licence is gone.
//! ```
//! The text begins with a byte order mark where it is not plain ASCII, as RFC 5424 wants of UTF-8. Control characters
//! are replaced by U+FFFD.

use std::fmt::Write;

use super::message::{Cut, Header, Told, fit, plain, tame, upto};

/// The element's name: 32473 is the number that IANA keeps for documents and examples.
const ELEMENT: &str = "licwatch@32473";
/// Longer values are cut, in bytes before escaping.
const LONGEST: usize = 128;
/// Longer particulars are cut, in bytes before escaping.
const LONGEST_FACT: usize = 1024;
/// The longest name of a parameter.
const LONGEST_NAME: usize = 32;

/// The message, at most `most` bytes long.
pub(super) fn message(header: &Header, told: &Told, most: usize) -> Vec<u8> {
    fit(most, told, |cut| write(header, told, cut))
}

fn write(header: &Header, told: &Told, cut: Cut) -> Vec<u8> {
    let mut text = format!("{} [{ELEMENT}", header.of(told));
    let number = told.number.to_string();
    let members = [
        ("id", Some(told.id.as_str())),
        ("number", Some(number.as_str())),
        ("kind", Some(told.kind.as_str())),
        ("agent", Some(told.agent.as_str())),
        ("device", told.device.as_deref()),
        ("observation", told.observation.as_deref()),
    ];
    let mut cut_values = false;
    let mut write = |name: &str, value: &str, most: usize| {
        cut_values |= value.len() > most;
        parameter(&mut text, name, upto(value, most));
    };
    for (name, value) in members {
        if let Some(value) = value {
            write(name, value, LONGEST);
        }
    }
    if cut == Cut::Nothing {
        for (name, value) in &told.facts {
            write(&fact_name(name), &plain(value), LONGEST_FACT);
        }
    }
    if let Some(what) = cut.word().or(cut_values.then_some("values")) {
        parameter(&mut text, "truncated", what);
    }
    text.push_str("] ");
    let message = tame(&cut.of(&told.message));
    if !message.is_ascii() {
        text.push('\u{feff}');
    }
    text.push_str(&message);
    text.into_bytes()
}

fn parameter(text: &mut String, name: &str, value: &str) {
    // Writing to a text never fails.
    let _ = write!(text, " {name}=\"");
    for c in tame(value).chars() {
        if matches!(c, '"' | '\\' | ']') {
            text.push('\\');
        }
        text.push(c);
    }
    text.push('"');
}

/// `fact.old`, of the characters that a name may have.
fn fact_name(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_graphic() && !"=]\"".contains(c) { c } else { '_' };
    format!("fact.{name}").chars().take(LONGEST_NAME).map(plain).collect()
}
