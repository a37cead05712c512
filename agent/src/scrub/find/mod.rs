//! Where originals stand: by the label before them, by the words around them, by their own form.

mod addresses;
mod blocks;
mod codes;
mod customer;
mod labels;
mod names;
mod neighbors;
mod phrases;
mod rules;

use memchr::memchr_iter;

use super::Kind;
use super::ordinary::is_ordinary;
use super::surrogate::Form;
use super::tokens::{Span, text_of, trimmed};

pub(crate) use codes::holds_code;
pub(super) use codes::telling_part;

/// An original, found.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Found {
    pub(super) kind: Kind,
    pub(super) form: Form,
    pub(super) span: Span,
}

impl Found {
    /// Something that is replaced word by word.
    pub(super) fn word(kind: Kind, span: Span) -> Self {
        Self { kind, form: Form::Word, span }
    }

    fn exact(kind: Kind, form: Form, start: usize, end: usize) -> Self {
        Self { kind, form, span: Span { start, end } }
    }

    /// A value that was labelled, if it says anything.
    fn value(kind: Kind, bytes: &[u8], start: usize, end: usize) -> Option<Self> {
        let whole = Span { start, end };
        // `S:FOC2411X0A1_1763455211` is the key of a report.
        let first = text_of(bytes, whole).iter().position(|byte| *byte == b'_' && kind == Kind::SerialNumber);
        // `CB-ZC9500-16X:FOC2411X0A1-AkT9w2LqX-86` names the PID before the colon.
        let named = text_of(bytes, whole).iter().rposition(|byte| *byte == b':' && kind == Kind::Code);
        let span = Span {
            start: named.map_or(start, |at| start + at + 1),
            end: first.map_or(end, |length| start + length),
        };
        let span = trimmed(bytes, span)?;
        let text = text_of(bytes, span);
        let stated = match kind {
            Kind::SerialNumber => is_serial_number(text),
            Kind::Secret | Kind::Community => true,
            _ => !is_ordinary(text) && !is_sentinel(text),
        };
        stated.then(|| Self::word(kind, span))
    }
}

/// Everything that is found in a capture by itself.
pub(super) fn all(raw: &[u8]) -> Vec<Found> {
    let mut found = Vec::new();
    addresses::find(raw, &mut found);
    names::find(raw, &mut found);
    customer::find(raw, &mut found);
    let mut blocks = blocks::Blocks::default();
    let mut start = 0;
    for end in memchr_iter(b'\n', raw).chain([raw.len()]) {
        let line = Line { raw, start, end };
        start = end + 1;
        if blocks.take(line, &mut found) {
            continue;
        }
        labels::find(line, &mut found);
        phrases::find(line, &mut found);
        neighbors::find(line, &mut found);
        codes::find(line, &mut found);
    }
    found
}

/// One line of a capture.
#[derive(Clone, Copy)]
struct Line<'r> {
    raw: &'r [u8],
    start: usize,
    end: usize,
}

impl<'r> Line<'r> {
    fn text(self) -> &'r [u8] {
        self.raw.get(self.start..self.end).unwrap_or_default()
    }

    /// Adds the value at these places of the line.
    fn add(self, found: &mut Vec<Found>, kind: Kind, start: usize, end: usize) {
        found.extend(Found::value(kind, self.raw, self.start + start, self.start + end));
    }
}

/// Letters and digits as manufacturers number parts; at least one digit, and more than zeros.
fn is_serial_number(text: &[u8]) -> bool {
    let plausible = (4..=40).contains(&text.len())
        && text.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(byte));
    plausible && text.iter().any(u8::is_ascii_digit) && text.iter().any(|byte| *byte != b'0')
}

/// What devices print where there is nothing to tell.
fn is_sentinel(text: &[u8]) -> bool {
    [
        "none",
        "empty",
        "n/a",
        "na",
        "null",
        "not configured",
        "nullptr",
        "not set",
        "not stated",
        "unconfigured",
    ]
    .iter()
    .any(|word| text.eq_ignore_ascii_case(word.as_bytes()))
}

/// What a search finds in a text, in its own words.
#[cfg(test)]
fn words_of(find: fn(&[u8], &mut Vec<Found>), text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    find(text.as_bytes(), &mut found);
    found.iter().map(|it| text.get(it.span.range()).unwrap()).collect()
}
