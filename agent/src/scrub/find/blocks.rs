//! What goes over lines: certificates, banners of a configuration, lists of keys.
//!
//! ```text
//! -----BEGIN CERTIFICATE-----
//!   30820321 30820209 A0030201 02020101 300D0609 2A864886 F70D0101 05050030
//! banner motd ^CProperty of Harbour Logistics^C
//! Running Permanent Activation Key: 0xce06dc6b 0x8a7b5ab7 0xa1e21dd4 0xd2c4b8b8 0xc4594f9c
//! ```

use memchr::memmem;

use super::{Found, Line};
use crate::scrub::Kind;
use crate::scrub::surrogate::Form;
use crate::scrub::tokens::Span;

/// The block that the lines are in.
#[derive(Default)]
pub(super) struct Blocks {
    within: Option<Block>,
}

enum Block {
    Pem,
    /// Activation keys, of which the screen's width parts the last words.
    Keys,
    /// A banner, up to this delimiter, for so many lines more at most.
    Banner(Vec<u8>, usize),
}

/// A banner that goes on for longer has lost its end.
const LONGEST_BANNER: usize = 100;

impl Blocks {
    /// Takes a line that belongs to a block; false leaves it to the other finders.
    pub(super) fn take(&mut self, line: Line<'_>, found: &mut Vec<Found>) -> bool {
        let text = line.text();
        let all = Span { start: line.start, end: line.end };
        match &self.within {
            Some(Block::Pem) => {
                if is_base64(text) {
                    found.push(Found::word(Kind::Certificate, all));
                    return true;
                }
                self.within = None;
            }
            Some(Block::Keys) => {
                let is_key =
                    |word: &[u8]| word.starts_with(b"0x") && word.iter().skip(2).all(u8::is_ascii_hexdigit);
                let mut words =
                    text.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).peekable();
                if words.peek().is_some() && words.all(is_key) {
                    found.push(Found::exact(Kind::ActivationKey, Form::Hex, line.start, line.end));
                    return true;
                }
                self.within = None;
            }
            Some(Block::Banner(delimiter, left)) => {
                let end = memmem::find(text, delimiter);
                let length = end.unwrap_or(text.len());
                found.push(Found::word(Kind::Banner, Span { start: line.start, end: line.start + length }));
                let goes_on = end.is_none() && *left > 0;
                self.within = goes_on.then(|| Block::Banner(delimiter.clone(), left - 1));
                // What a banner tells is told elsewhere too.
                return false;
            }
            None => {}
        }
        if memmem::find(text, b"-----BEGIN").is_some() {
            self.within = memmem::find(text, b"-----END").is_none().then_some(Block::Pem);
            return false;
        }
        if let Some((start, delimiter)) = banner(text) {
            let rest = text.get(start..).unwrap_or_default();
            let end = memmem::find(rest, &delimiter);
            let length = end.unwrap_or(rest.len());
            let span = Span { start: line.start + start, end: line.start + start + length };
            found.push(Found::word(Kind::Banner, span));
            self.within = end.is_none().then_some(Block::Banner(delimiter, LONGEST_BANNER));
            return false;
        }
        if is_hex_dump(text) {
            found.push(Found::exact(Kind::Certificate, Form::Hex, line.start, line.end));
            return true;
        }
        if activation_keys(line, found) {
            self.within = Some(Block::Keys);
        }
        base64(line, found);
        false
    }
}

/// Where the text of `banner motd ^C…` begins, and what ends it.
fn banner(text: &[u8]) -> Option<(usize, Vec<u8>)> {
    const WHICH: [&[u8]; 6] = [b"motd", b"login", b"exec", b"incoming", b"prompt-timeout", b"slip-ppp"];
    let rest = text.strip_prefix(b"banner ")?;
    let which = WHICH.iter().find(|which| rest.starts_with(which))?;
    let rest = rest.get(which.len()..)?.strip_prefix(b" ")?;
    let delimiter = if rest.starts_with(b"^") { rest.get(..2)? } else { rest.get(..1)? };
    Some((text.len() - rest.len() + delimiter.len(), delimiter.to_vec()))
}

/// A line of base64 and nothing else.
fn is_base64(text: &[u8]) -> bool {
    text.trim_ascii().iter().all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(byte))
}

/// At least three groups of eight hexadecimal digits and nothing else, with a letter among them.
fn is_hex_dump(text: &[u8]) -> bool {
    let groups = || text.split(u8::is_ascii_whitespace).filter(|group| !group.is_empty());
    let hex = |group: &[u8]| group.len() <= 8 && group.iter().all(u8::is_ascii_hexdigit);
    groups().all(hex)
        && groups().filter(|group| group.len() == 8).count() >= 3
        && text.iter().any(u8::is_ascii_alphabetic)
}

/// Three or more words `0x` and up to eight digits behind each other. True if more may stand on the next line.
fn activation_keys(line: Line<'_>, found: &mut Vec<Found>) -> bool {
    let text = line.text();
    let before = found.len();
    let mut run: Option<(Span, usize)> = None;
    let mut flush = |run: &mut Option<(Span, usize)>| {
        if let Some((span, _)) = run.take().filter(|(_, words)| *words >= 3) {
            found.push(Found { kind: Kind::ActivationKey, form: Form::Hex, span });
        }
    };
    for at in memmem::find_iter(text, b"0x") {
        let word = text.get(at + 2..).unwrap_or_default();
        let length = word.iter().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(word.len());
        let (start, end) = (line.start + at, line.start + at + 2 + length);
        if !(1..=8).contains(&length) {
            flush(&mut run);
            continue;
        }
        let joined = run.as_ref().is_some_and(|(span, _)| span.end + 1 == start);
        if !joined {
            flush(&mut run);
        }
        run = match run {
            Some((span, words)) => Some((Span { end, ..span }, words + 1)),
            None => Some((Span { start, end }, 1)),
        };
    }
    flush(&mut run);
    let told = text.to_ascii_lowercase().trim_ascii_end().ends_with(b"activation key:");
    told || found.len() > before
}

/// Long words of base64: signatures, keys, codes. Paths and names are shorter, or lack one of the alphabets.
fn base64(line: Line<'_>, found: &mut Vec<Found>) {
    let text = line.text();
    let part = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=".contains(byte);
    let mut at = 0;
    while let Some(start) = text.get(at..).and_then(|rest| rest.iter().position(part)).map(|skip| at + skip) {
        let rest = text.get(start..).unwrap_or_default();
        let length = rest.iter().position(|byte| !part(byte)).unwrap_or(rest.len());
        let run = rest.get(..length).unwrap_or_default();
        let has = |class: fn(&u8) -> bool| run.iter().any(class);
        let mixed = has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_digit);
        let digest = length >= 32 && run.iter().all(u8::is_ascii_hexdigit);
        let span = Span { start: line.start + start, end: line.start + start + length };
        if digest {
            found.push(Found { kind: Kind::Certificate, form: Form::Hex, span });
        } else if length >= SHORTEST_BASE64 && mixed {
            found.push(Found::word(Kind::Certificate, span));
        }
        at = start + length;
    }
}

/// A SHA-256 digest in base64 is 43 characters long.
const SHORTEST_BASE64: usize = 40;

#[cfg(test)]
mod tests {
    use super::super::all;
    use super::*;

    fn found(text: &str) -> Vec<(Kind, &str)> {
        all(text.as_bytes()).into_iter().map(|it| (it.kind, text.get(it.span.range()).unwrap())).collect()
    }

    #[test]
    fn certificates_are_blocks() {
        let pem = "x\n-----BEGIN CERTIFICATE-----\nMIIB9z\nAb==\n-----END CERTIFICATE-----\ny";
        assert_eq!(found(pem), [(Kind::Certificate, "MIIB9z"), (Kind::Certificate, "Ab==")]);
        let dump = "  30820321 30820209 A0030201 02\n  12345678 12345678 12345678";
        assert_eq!(found(dump), [(Kind::Certificate, "  30820321 30820209 A0030201 02")]);
    }

    #[test]
    fn banners_end_at_their_delimiter() {
        let banner = "banner motd ^C\nProperty of nobody\n^C\nline vty 0 4\nbanner exec #Hello# \nx";
        let texts: Vec<_> = found(banner).into_iter().map(|it| it.1).filter(|it| !it.is_empty()).collect();
        assert_eq!(texts, ["Property of nobody", "Hello"]);
    }

    #[test]
    fn activation_keys_are_rows_of_words() {
        let keys = "Running Permanent Activation Key: 0xce06dc6b 0x8a7b5ab7 0xa1e21dd4 0xd2c4b8b8 0xc4594f9c \n\
                    BIOS Flash AT49LW080 @ 0xfff00000, 1024KB\nConfiguration register is 0x102";
        assert_eq!(
            found(keys),
            [(Kind::ActivationKey, "0xce06dc6b 0x8a7b5ab7 0xa1e21dd4 0xd2c4b8b8 0xc4594f9c")]
        );
    }

    #[test]
    fn activation_keys_go_over_lines() {
        let wrapped = "Active Timebased Activation Key:\n0x7c2d9b6 0xe15f3a84 0x62d0714c \n0x3fb8296e\n0x102 is stated\n";
        let keys = ["0x7c2d9b6 0xe15f3a84 0x62d0714c ", "0x3fb8296e"];
        assert_eq!(found(wrapped), keys.map(|key| (Kind::ActivationKey, key)));
    }

    #[test]
    fn long_words_of_base64_are_signatures() {
        let signature = "Tq2qxHTui7/n675clT/uT0Ih1SjIysZbe5LjQ212nCg=";
        assert_eq!(found(&format!("\"value\": \"{signature}\"")), [(Kind::Certificate, signature)]);
        assert_eq!(
            found("iosxr-mpls-6.4.2.CSCvr26601, V 1.0.0[SMU], disk0:iosxr-mpls-6.4.2.CSCvr26601-1.0.0"),
            []
        );
    }
}
