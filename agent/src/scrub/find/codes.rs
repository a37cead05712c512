//! Codes of reservations and authorizations, by their form, where people paste them without a label.
//!
//! ```text
//! CB-ZC9500-16X:FCW2233A5AA-AkT9w2LqX-86
//! Qm3xTz-8rLw2K-pV5nYd-Hs7cBf-2JkGt9-xWq4Rm-Zb6LaN-Ue8PvC-k2D
//! ```

use super::{Found, Line};
use crate::scrub::Kind;

pub(super) fn find(line: Line<'_>, found: &mut Vec<Found>) {
    for (start, word) in words(line.text()) {
        if is_request(word) {
            line.add(found, Kind::Code, start, start + word.len());
        } else {
            grouped(word, |at, code| line.add(found, Kind::Code, start + at, start + at + code.len()));
        }
    }
}

/// Whether a code that reserves, authorizes or returns licences stands in a text. A request is none: it unlocks
/// nothing.
pub(crate) fn holds_code(raw: &[u8]) -> bool {
    let mut holds = false;
    for (_, word) in words(raw).filter(|(_, word)| !is_request(word)) {
        grouped(word, |_, _| holds = true);
    }
    holds
}

/// Where a code begins that tells whose it is: behind the PID, which stays.
pub(in crate::scrub) fn telling_part(code: &str) -> &str {
    code.rsplit(':').next().unwrap_or(code)
}

/// What stands between blanks, quotes and tags.
fn words(text: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut at = 0;
    text.split(|byte| byte.is_ascii_whitespace() || b"\"'<>,;()\\".contains(byte)).filter_map(move |word| {
        let start = at;
        at += word.len() + 1;
        (!word.is_empty()).then_some((start, word))
    })
}

/// `C`, a letter, `-Z`, the PID, the serial number, a nonce and a checksum.
fn is_request(word: &[u8]) -> bool {
    let [b'C', kind, b'-', b'Z', rest @ ..] = word else { return false };
    let Some(colon) = rest.iter().rposition(|byte| *byte == b':') else { return false };
    let behind = rest.get(colon + 1..).unwrap_or_default();
    kind.is_ascii_uppercase() && colon > 0 && behind.iter().filter(|byte| **byte == b'-').count() >= 2
}

/// Gives every code of groups: at least four of six letters and digits, and what is left.
fn grouped(word: &[u8], mut take: impl FnMut(usize, &[u8])) {
    let mut at = 0;
    for part in word.split(|byte| b":=".contains(byte)) {
        if is_grouped(part) {
            take(at, part);
        }
        at += part.len() + 1;
    }
}

fn is_grouped(part: &[u8]) -> bool {
    const FEWEST: usize = 4;
    const WIDTH: usize = 6;
    let whole = |group: &[u8]| group.len() == WIDTH && group.iter().all(u8::is_ascii_alphanumeric);
    let groups = part.split(|byte| *byte == b'-').take_while(|group| whole(group)).count();
    let rest = part.get((groups * (WIDTH + 1)).min(part.len())..).unwrap_or_default();
    groups >= FEWEST
        && rest.len() < WIDTH
        && rest.iter().all(u8::is_ascii_alphanumeric)
        && part.iter().any(u8::is_ascii_digit)
        && part.iter().any(u8::is_ascii_uppercase)
}

#[cfg(test)]
mod tests {
    use super::super::all;
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        let codes = all(text.as_bytes()).into_iter().filter(|it| it.kind == Kind::Code);
        codes.map(|it| text.get(it.span.range()).unwrap()).collect()
    }

    #[test]
    fn codes_are_found_by_their_form() {
        let code = "Qm3xTz-8rLw2K-pV5nYd-Hs7cBf-2JkGt9-k2D";
        assert_eq!(found(&format!("    {code}\r\n")), [code]);
        assert_eq!(found("AB12CD-34EF56-GH78IJ-90KL12"), ["AB12CD-34EF56-GH78IJ-90KL12"]);
        assert_eq!(found("CB-ZC9500-16X:FCW2233A5AA-AkT9w2LqX-86"), ["FCW2233A5AA-AkT9w2LqX-86"]);
        assert!(holds_code(format!("<return-code>{code}</return-code>").as_bytes()));
        assert!(!holds_code(b"CB-ZC9500-16X:FCW2233A5AA-AkT9w2LqX-86"));
    }

    #[test]
    fn names_of_parts_are_no_codes() {
        for text in [
            "N9K-C93180YC-FX3 air-network-advantage CB-ZULU",
            "catalyst-switch-uplink-module",
            "abcdef-ghijkl-mnopqr-stuvwx",
            "ABC123-DEF456-GHI789",
            "30820321-30820209-A0030201-02020101",
        ] {
            assert_eq!(found(text), [""; 0], "{text}");
        }
    }
}
