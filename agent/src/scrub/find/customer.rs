//! Whom a device belongs to, as utility licensing has it: a list under a heading, whose own labels (`Name`, `Id`)
//! say too little to be looked for.
//!
//! ```text
//!   Customer Information:
//!     Id: HL-0042
//!     Name: Harbour Logistics
//! <customer-info><id>HL-0042</id><name>Harbour Logistics</name></customer-info>
//! "customer-info": { "id": "HL-0042", "name": "Harbour Logistics" }
//! ```

use memchr::memmem;

use super::Found;
use crate::scrub::Kind;

pub(super) fn find(raw: &[u8], found: &mut Vec<Found>) {
    for at in memmem::find_iter(raw, b"<customer-info>") {
        let (start, list) = list(raw, at, b"</customer-info>");
        parts(list, b'>', b'<', |from, to| add(raw, start + from, start + to, found));
    }
    for at in memmem::find_iter(raw, b"\"customer-info\"") {
        let (start, list) = list(raw, at, b"}");
        let strings = |from: usize, to| {
            // Every other string is a value.
            let before = list.get(..from.saturating_sub(1)).unwrap_or_default().trim_ascii_end();
            if before.ends_with(b":") {
                add(raw, start + from, start + to, found);
            }
        };
        parts(list, b'"', b'"', strings);
    }
    for at in memmem::find_iter(raw, b"Customer Information:") {
        lines(raw, at, found);
    }
}

/// No list is longer.
const LONGEST: usize = 2048;

/// What stands behind a heading, up to the end of the list.
fn list<'r>(raw: &'r [u8], at: usize, end: &[u8]) -> (usize, &'r [u8]) {
    let rest = raw.get(at..(at + LONGEST).min(raw.len())).unwrap_or_default();
    let length = memmem::find(rest, end).map_or(rest.len(), |found| found + 1);
    (at, rest.get(..length).unwrap_or_default())
}

/// Gives what stands between two delimiters.
fn parts(list: &[u8], open: u8, close: u8, mut take: impl FnMut(usize, usize)) {
    let position = |from: usize, byte: u8| {
        let rest = list.get(from..).unwrap_or_default();
        rest.iter().position(|it| *it == byte).map(|at| from + at)
    };
    let mut at = 0;
    while let Some(start) = position(at, open) {
        let Some(end) = position(start + 1, close) else { return };
        take(start + 1, end);
        at = if open == close { end + 1 } else { end };
    }
}

/// The lines under a heading that are indented further.
fn lines(raw: &[u8], at: usize, found: &mut Vec<Found>) {
    let before = raw.get(..at).unwrap_or_default();
    let heading = before.iter().rev().take_while(|byte| **byte == b' ').count();
    let (mut start, list) = list(raw, at, b"\n\n");
    for (number, line) in list.split(|byte| *byte == b'\n').enumerate() {
        let indent = line.iter().take_while(|byte| **byte == b' ').count();
        if number > 0 {
            let Some(colon) = line.iter().position(|byte| *byte == b':').filter(|_| indent > heading) else {
                return;
            };
            add(raw, start + colon + 1, start + line.len(), found);
        }
        start += line.len() + 1;
    }
}

/// Adds a value, unless it is the code of a country or state, which is a word of many other things.
fn add(raw: &[u8], start: usize, end: usize, found: &mut Vec<Found>) {
    const SHORTEST: usize = 4;
    let value = Found::value(Kind::Location, raw, start, end);
    found.extend(value.filter(|it| it.span.end - it.span.start >= SHORTEST));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        super::super::words_of(find, text)
    }

    #[test]
    fn customers_are_found_in_every_notation() {
        let lines = "  Customer Information:\r\n    Id: HL-0042\r\n    Name: Harbour Logistics\r\n    \
                     State: NH\r\n    Country: <empty>\r\n\r\nData Privacy:\r\n  Version: stays";
        assert_eq!(found(lines), ["HL-0042", "Harbour Logistics"]);
        let xml =
            "<customer-info><id>HL-0042</id>\n <name>Harbour</name><city></city></customer-info><a>stays</a>";
        assert_eq!(found(xml), ["HL-0042", "Harbour"]);
        let json = r#""customer-info": {"id": "HL-0042", "name":"Harbour", "city": ""}, "a": "stays""#;
        assert_eq!(found(json), ["HL-0042", "Harbour"]);
        assert_eq!(found("Customer Information:"), [""; 0]);
    }
}
