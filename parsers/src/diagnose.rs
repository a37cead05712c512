//! What a reader of the record should know about the input.
//!
//! Diagnostics quote the device, and are logged, shown and sent on. What licenses a device does not belong there:
//! [`masked`] hides activation keys and other secrets in every quotation.

mod secrets;

use std::borrow::Cow;
use std::ops::Range;

use crate::command::Command;
use crate::record::{DeviceRecord, Diagnostic, Severity};
use crate::text::{Cleaned, Cursor, Line};

/// More runs of unknown lines than this are counted, not shown one by one.
const SHOWN: usize = 50;

/// Adds one diagnostic for every run of lines that no grammar claimed.
pub(crate) fn unclaimed<'a>(capture: &'a Cleaned<'_>, cursor: Cursor<'a>, record: &mut DeviceRecord<'a>) {
    let lines = cursor.into_unclaimed();
    let runs = runs(&lines);
    let places = capture.positions(runs.iter().take(SHOWN).filter_map(|run| run.first()).map(start));
    for (run, place) in runs.iter().zip(places) {
        let Some(first) = run.first() else { continue };
        let message = match run.len() {
            1 => format!("no grammar knows the line \"{}\"", excerpt(first.trimmed())),
            many => {
                format!("no grammar knows these {many} lines, the first is \"{}\"", excerpt(first.trimmed()))
            }
        };
        record.diagnostics.push(Diagnostic {
            severity: Severity::Info,
            code: "unclaimed_lines",
            message: message.into(),
            source: Some(0),
            line: Some(place.line),
            column: Some(place.column),
        });
    }
    let hidden: usize = runs.iter().skip(SHOWN).map(|run| run.len()).sum();
    if hidden > 0 {
        record
            .diagnostics
            .push(whole("unclaimed_lines", format!("and {hidden} more lines that no grammar knows").into()));
    }
}

/// Adds what the device itself warns of, in its own words; false if it has warned of too much.
pub(crate) fn device_warning<'a>(words: &'a str, record: &mut DeviceRecord<'a>) -> bool {
    let room = record.diagnostics.len() < SHOWN;
    if room {
        let warning = whole("device_warning", masked(words));
        record.diagnostics.push(Diagnostic { severity: Severity::Warning, ..warning });
    }
    room
}

/// The output goes on where reading has ended.
pub(crate) fn too_long(capture: &Cleaned<'_>, lines: usize, end: usize) -> Diagnostic<'static> {
    let place = capture.positions([end]).pop();
    Diagnostic {
        severity: Severity::Error,
        line: place.map(|place| place.line),
        ..whole("too_long", format!("only the first {lines} lines were read, and the output goes on").into())
    }
}

/// The device did not run the command. That is how a device tells that it is of another kind; whether something is
/// missing because of it, the other commands decide.
pub(crate) fn refused(words: &str) -> Diagnostic<'_> {
    whole("command_refused", format!("the device refused the command: {}", excerpt(words)).into())
}

/// The command is known, and nothing of its output is read: it says nothing about licences that others do not.
pub(crate) fn without_grammar(command: Command) -> Diagnostic<'static> {
    whole("no_grammar", format!("the output of \"{command}\" is not read: there is no grammar for it").into())
}

/// No command could be told.
pub(crate) fn unrecognized() -> Diagnostic<'static> {
    const MESSAGE: &str = "the output of which command this is could not be recognized; name it with --command, its device with --platform";
    Diagnostic { severity: Severity::Warning, ..whole("unrecognized", Cow::Borrowed(MESSAGE)) }
}

fn whole<'a>(code: &'static str, message: Cow<'a, str>) -> Diagnostic<'a> {
    Diagnostic { severity: Severity::Info, code, message, source: Some(0), line: None, column: None }
}

/// Unknown lines that follow each other directly.
fn runs<'l, 'a>(lines: &'l [Line<'a>]) -> Vec<&'l [Line<'a>]> {
    lines.chunk_by(|one, next| one.start + one.text.len() + 1 == next.start).collect()
}

fn start(line: &Line<'_>) -> usize {
    line.start + line.indent()
}

/// Enough of a line to find it by.
fn excerpt(line: &str) -> String {
    const LONGEST: usize = 80;
    // Before it is cut: half a key would not look like one.
    let line = masked(line);
    let mut excerpt: String = line.chars().take(LONGEST).collect();
    if excerpt.len() < line.len() {
        excerpt.push('…');
    }
    excerpt
}

/// What stands where a key stood.
const MASK: &str = "<activation key>";

/// What stands where another secret stood.
const HIDDEN: &str = "<hidden>";

/// The text without activation keys and without what stands behind the words of another secret.
pub(crate) fn masked(text: &str) -> Cow<'_, str> {
    match secrets::before_secret(text) {
        Some(before) => Cow::Owned(format!("{}{HIDDEN}", without_keys(before))),
        None => without_keys(text),
    }
}

/// The text without activation keys: `Running Permanent Activation Key: 0x1f2e3d4c 0x5b6a7988 …`.
///
/// A key is four or five words of eight hexadecimal digits. Two of them hide a run already, since a key may be cut
/// or wrapped; where the text speaks of a key, or is nothing else, one does.
fn without_keys(text: &str) -> Cow<'_, str> {
    let mut masked = String::new();
    // How much of the text `masked` holds.
    let mut copied = 0;
    for run in runs_of_words(text) {
        if let Some(between) = text.get(copied..run.start) {
            masked.push_str(between);
            masked.push_str(MASK);
            copied = run.end;
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    masked.push_str(text.get(copied..).unwrap_or_default());
    Cow::Owned(masked)
}

/// Whether a text holds an activation key, which [`masked`] would hide.
pub(crate) fn holds_key(text: &str) -> bool {
    !runs_of_words(text).is_empty()
}

/// Where keys stand in a text.
fn runs_of_words(text: &str) -> Vec<Range<usize>> {
    // A word that says so itself (`0x`) counts for two.
    const SELDOM_BY_CHANCE: usize = 4;
    let mut runs: Vec<(Range<usize>, usize)> = Vec::new();
    let mut broken = true;
    for word in text.split_inclusive(|c: char| c.is_whitespace() || ",;:".contains(c)) {
        let start = word.as_ptr().addr() - text.as_ptr().addr();
        let bare = word.trim_end_matches(|c: char| c.is_whitespace() || ",;:".contains(c));
        let quoted = bare.trim_matches(|c: char| c.is_ascii_punctuation());
        let weight = weight(quoted);
        // `0` and `0x` are what a cut leaves of the next word.
        if weight > 0 || (!broken && matches!(quoted, "0" | "0x")) {
            let end = start + bare.len();
            match runs.last_mut() {
                Some((run, sum)) if !broken => (run.end, *sum) = (end, *sum + weight),
                _ => runs.push((start..end, weight)),
            }
            broken = false;
        } else {
            broken |= !quoted.is_empty();
        }
    }
    if runs.is_empty() {
        return Vec::new();
    }
    let whole = text.trim();
    let speaks_of_keys = text.to_ascii_lowercase().contains("key");
    let counts = |(run, sum): &(Range<usize>, usize)| {
        let words = text.get(run.clone()).unwrap_or_default();
        *sum >= SELDOM_BY_CHANCE || words.contains(['x', 'X']) && (speaks_of_keys || words == whole)
    };
    runs.into_iter().filter(counts).map(|(run, _)| run).collect()
}

/// How surely a word is one of a key: `0x1f2e3d4c` counts for two, `1f2e3d4c` for one.
fn weight(word: &str) -> usize {
    let is_hex = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    match word.strip_prefix("0x").or_else(|| word.strip_prefix("0X")) {
        Some(digits) if is_hex(digits) => 2,
        None if word.len() == 8 && is_hex(word) => 1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_hidden_wherever_they_stand() {
        for (text, want) in [
            (
                "Running Permanent Activation Key: 0x1f2e3d4c 0x5b6a7988 0x00112233 0x44556677 0x8899aabb",
                "Running Permanent Activation Key: <activation key>",
            ),
            ("was 0x1F2E3D4C,0x5B6A7988, 0x00112233 0x44556677; now", "was <activation key>; now"),
            ("0x1f2e3d4c 0x5b6a7988 | 0x00112233 0x44556677", "<activation key>"),
            ("(0x1f2e3d4c 0x5b6a7988)", "<activation key>"),
            ("Flash Key: 0x1f2e3d4c", "Flash Key: <activation key>"),
            ("  0x8899aabb ", "  <activation key> "),
            ("key 1f2e3d4c 5b6a7988 00112233 44556677", "key <activation key>"),
            ("0x1f2e3d4c 0", "<activation key>"),
            ("a 0x1 0x2 b 0x3 0x4 c", "a <activation key> b <activation key> c"),
        ] {
            assert_eq!(masked(text), want);
            assert!(holds_key(text));
        }
    }

    #[test]
    fn addresses_and_numbers_stay() {
        for text in [
            "",
            "BIOS Flash M25P64 @ 0xfed01000, 16384KB",
            "Configuration register is 0x1",
            "regid.2017-03.com.cisco.advantagek9,1.0_5d1f8c42-6a07-4e93-b2d8-7f30c94e1a65",
            "The Running Activation Key feature: 2 security contexts exceed the limit",
            "20260112 20260113",
            "0xyadayada 0xyadayada",
        ] {
            assert!(matches!(masked(text), Cow::Borrowed(same) if same == text), "{text}");
        }
    }

    #[test]
    fn what_is_not_read_is_not_quoted_with_its_secrets() {
        assert_eq!(excerpt("<PAK>3QX81Z</PAK>\" SIGN=2A9B"), "<PAK><hidden>");
        assert_eq!(masked("0x1f2e3d4c 0x5b6a7988 secret 5 $1$q"), "<activation key> secret <hidden>");
    }

    #[test]
    fn an_excerpt_never_ends_in_half_a_key() {
        let line = format!("{} 0x1f2e3d4c 0x5b6a7988 0x00112233 0x44556677", "x".repeat(66));
        assert!(!excerpt(&line).contains("0x"), "{}", excerpt(&line));
    }
}
