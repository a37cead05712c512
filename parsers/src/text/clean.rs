//! One pass that takes the terminal out of a capture.
//!
//! A capture without control characters, pager residue or broken UTF-8 is borrowed as it is. Any other is copied
//! once: carriage returns and other controls vanish, backspaces erase, ANSI sequences and `--More--` residue go,
//! and a byte that is no UTF-8 is read as ISO 8859-1, so that nothing a device prints is lost.

use std::borrow::Cow;
use std::ops::Range;

use memchr::{memchr, memchr_iter, memmem};

use super::cursor::Cursor;
use super::frame::{self, Frame};
use super::offsets::{Offsets, Position, Positions};
use crate::record::Clock;

/// A capture without its terminal residue, and the way back to the raw bytes.
#[derive(Clone, Debug)]
pub struct Cleaned<'r> {
    raw: &'r [u8],
    text: Cow<'r, str>,
    offsets: Offsets,
    frame: Frame,
}

impl<'r> Cleaned<'r> {
    /// Cleans a capture: one command's output, with or without the session around it.
    pub fn new(raw: &'r [u8]) -> Self {
        let (text, offsets) = match std::str::from_utf8(raw) {
            Ok(text) if !needs_cleaning(raw) => (Cow::Borrowed(text), Offsets::default()),
            _ => {
                let mut copy = Copy::with_capacity(raw.len());
                copy.lines(raw);
                (Cow::Owned(copy.text), copy.offsets)
            }
        };
        let frame = frame::find(&text);
        Self { raw, text, offsets, frame }
    }

    /// The output alone, without echo, prompt and banner.
    pub fn body(&self) -> &str {
        self.slice(self.frame.body.clone())
    }

    /// A cursor over the lines of the body.
    pub fn cursor(&self) -> Cursor<'_> {
        Cursor::new(self.body(), self.frame.body.start)
    }

    /// The host name that the prompt shows.
    pub fn hostname(&self) -> Option<&str> {
        self.frame.hostname.clone().map(|range| self.slice(range))
    }

    /// The command as it was typed, if the capture holds its echo.
    pub fn command(&self) -> Option<&str> {
        self.frame.command.clone().map(|range| self.slice(range))
    }

    /// The clock reading of a `Time source is …` or date banner.
    pub fn clock(&self) -> Option<Clock<'_>> {
        let line = self.frame.clock.clone()?;
        super::banner::clock_banner(self.slice(line))
    }

    /// Whether the text is the raw bytes themselves, uncopied.
    pub fn is_borrowed(&self) -> bool {
        matches!(self.text, Cow::Borrowed(_))
    }

    /// The raw bytes.
    pub fn raw(&self) -> &'r [u8] {
        self.raw
    }

    /// Where cleaned offsets, given in rising order, lie in the raw bytes.
    pub fn positions(&self, offsets: impl IntoIterator<Item = usize>) -> Vec<Position> {
        let mut positions = Positions::new(self.raw);
        offsets.into_iter().map(|offset| positions.of(self.offsets.to_raw(offset))).collect()
    }

    fn slice(&self, range: Range<usize>) -> &str {
        self.text.get(range).unwrap_or_default()
    }
}

/// What pagers print and leave behind, longest first where one holds another.
const PAGERS: [&str; 5] =
    ["--More-- or (q)uit", "--More--", "<--- More --->", "-- More --", "-------more--------"];

/// Controls that never stand in clean text.
fn is_residue(byte: u8) -> bool {
    (byte < 0x20 && byte != b'\n' && byte != b'\t') || byte == 0x7f
}

/// Whether there are controls of ISO 8859-1 (C1), which UTF-8 writes in two bytes. Some terminals obey them.
fn holds_c1(raw: &[u8]) -> bool {
    let is_c1 = |at: usize| raw.get(at + 1).is_some_and(|byte| (0x80..0xa0).contains(byte));
    memchr_iter(0xc2, raw).any(is_c1)
}

fn needs_cleaning(raw: &[u8]) -> bool {
    // Without an early exit inside a chunk the compiler looks at many bytes at once.
    let residue =
        raw.chunks(128).any(|chunk| chunk.iter().fold(false, |seen, &byte| seen | is_residue(byte)));
    residue || holds_c1(raw) || PAGERS.iter().any(|pager| memmem::find(raw, pager.as_bytes()).is_some())
}

/// The copy under construction.
struct Copy {
    text: String,
    offsets: Offsets,
}

impl Copy {
    fn with_capacity(bytes: usize) -> Self {
        Self { text: String::with_capacity(bytes), offsets: Offsets::default() }
    }

    fn lines(&mut self, raw: &[u8]) {
        let mut at = 0;
        while let Some(rest) = raw.get(at..).filter(|rest| !rest.is_empty()) {
            let newline = memchr(b'\n', rest);
            let line = rest.get(..newline.unwrap_or(rest.len())).unwrap_or_default();
            self.line(line, at);
            at += line.len();
            if newline.is_some() {
                self.offsets.note(self.text.len(), at);
                self.text.push('\n');
                at += 1;
            }
        }
    }

    fn line(&mut self, line: &[u8], at: usize) {
        let start = self.text.len();
        let line = strip_carriage_returns(line);
        match std::str::from_utf8(line) {
            Ok(clean)
                if !line.iter().fold(false, |seen, &byte| seen | is_residue(byte)) && !holds_c1(line) =>
            {
                self.offsets.note(start, at);
                self.text.push_str(clean);
            }
            _ => self.residual_line(line, at, start),
        }
        self.strip_pager(start);
    }

    /// A line with controls or broken UTF-8, character by character.
    fn residual_line(&mut self, line: &[u8], at: usize, start: usize) {
        let mut at = at;
        let mut escape = Escape::None;
        for chunk in line.utf8_chunks() {
            for character in chunk.valid().chars() {
                escape = self.character(character, at, start, escape);
                at += character.len_utf8();
            }
            for &byte in chunk.invalid() {
                if !char::from(byte).is_control() {
                    self.push(char::from(byte), at);
                }
                at += 1;
            }
        }
    }

    fn character(&mut self, character: char, at: usize, start: usize, escape: Escape) -> Escape {
        match (escape.next(character), character) {
            (Some(next), _) => return next,
            (None, '\u{8}') if self.text.len() > start => {
                self.text.pop();
                self.offsets.truncate(self.text.len());
            }
            // Pagers and prompts redraw their line; anything else before a lone return is output.
            (None, '\r') if self.text.get(start..).is_some_and(is_redrawn) => {
                self.text.truncate(start);
                self.offsets.truncate(start);
            }
            (None, '\t') => self.push('\t', at),
            (None, c) if c.is_control() => {}
            (None, c) => self.push(c, at),
        }
        Escape::None
    }

    fn push(&mut self, character: char, at: usize) {
        self.offsets.note(self.text.len(), at);
        self.text.push(character);
    }

    /// Takes pagers' words and the blanks behind them from the start of the line just copied.
    fn strip_pager(&mut self, start: usize) {
        let Some(line) = self.text.get(start..) else { return };
        let mut rest = line;
        while let Some(behind) = behind_pager(rest) {
            rest = behind;
        }
        let cut = line.len() - rest.len();
        if cut > 0 {
            self.text.drain(start..start + cut);
            self.offsets.cut(start, cut);
        }
    }
}

/// What stands behind a pager's words and the blanks around them, if the line begins so.
fn behind_pager(line: &str) -> Option<&str> {
    let line = line.trim_start();
    PAGERS.iter().find_map(|pager| line.strip_prefix(pager)).map(str::trim_start)
}

fn strip_carriage_returns(line: &[u8]) -> &[u8] {
    let end = line.iter().rposition(|&byte| byte != b'\r').map_or(0, |last| last + 1);
    line.get(..end).unwrap_or_default()
}

/// Whether a lone carriage return after this text redraws the line: a pager's words, or blanks that erase them.
///
/// A longer line is no pager's. It is asked at each return, and so must not look at a whole line of any length.
fn is_redrawn(line: &str) -> bool {
    const WIDEST: usize = 256;
    let words = || line.trim();
    line.len() <= WIDEST && (words().is_empty() || PAGERS.contains(&words()))
}

/// How far into an ANSI escape sequence the copy is (ECMA-48).
#[derive(Clone, Copy)]
enum Escape {
    None,
    /// After ESC.
    Start,
    /// In `ESC [ … final`.
    Control,
    /// In `ESC ] … BEL` or `ESC ] … ESC \`.
    Command,
}

impl Escape {
    /// The next state if the character belongs to a sequence.
    fn next(self, character: char) -> Option<Self> {
        match (self, character) {
            (Self::None, '\u{1b}') | (Self::Command, '\u{1b}') => Some(Self::Start),
            (Self::None, _) => None,
            (Self::Start, '[') => Some(Self::Control),
            (Self::Start, ']') => Some(Self::Command),
            (Self::Start, _) | (Self::Command, '\u{7}') | (Self::Control, '\u{40}'..='\u{7e}') => {
                Some(Self::None)
            }
            (Self::Control, ' '..='?') => Some(Self::Control),
            // Not a sequence after all: a control character ends it and counts for itself.
            (Self::Control, _) => None,
            (Self::Command, _) => Some(Self::Command),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clean(raw: &[u8]) -> String {
        Cleaned::new(raw).text.into_owned()
    }

    #[test]
    fn a_clean_capture_is_not_copied() {
        let cleaned = Cleaned::new(b"Count: 2\n  Status: IN USE\n");
        assert!(cleaned.is_borrowed());
        assert_eq!(cleaned.body(), "Count: 2\n  Status: IN USE\n");
    }

    #[test]
    fn carriage_returns_vanish_and_never_split_a_line() {
        assert_eq!(clean(b"show version\r\r\nA\r\nB\r\n\rC"), "show version\nA\nB\nC");
        assert_eq!(clean(b"left\rright\n"), "leftright\n");
    }

    #[test]
    fn pager_residue_goes_whatever_erased_it() {
        let backspaced = b"A\n --More-- \x08\x08\x08\x08\x08\x08\x08\x08\x08        \x08\x08\x08\x08\x08\x08\x08\x08\x08  B\n";
        assert_eq!(clean(backspaced), "A\n  B\n");
        assert_eq!(clean(b"A\n<--- More --->\r              \rB\n"), "A\nB\n");
        assert_eq!(clean(b"A\n --More--          B\n"), "A\nB\n");
        assert_eq!(clean(b"A\n--More-- or (q)uit\nB\n"), "A\n\nB\n");
        assert_eq!(clean(b"A\n\x1b[7m--More--\x1b[m\r\x1b[KB\n"), "A\nB\n");
    }

    #[test]
    fn escapes_backspaces_and_controls_go() {
        assert_eq!(clean(b"\x1b[?7hsw\x1b]0;title\x07itch\x00#\n"), "switch#\n");
        assert_eq!(clean(b"shox\x08w\x08\x08\x08\x08\x08x\n"), "x\n");
    }

    #[test]
    fn bytes_that_are_no_utf8_survive_as_latin_1() {
        assert_eq!(clean(b"Caf\xe9 \xc3\xa9\n"), "Caf\u{e9} \u{e9}\n");
    }

    #[test]
    fn controls_beyond_ascii_go_too() {
        assert_eq!(clean(b"a\x9bb \xc2\x9bc \xc2\xa0d\n"), "ab c \u{a0}d\n");
        assert_eq!(clean("a\u{9b}b\n\u{85}c\n".as_bytes()), "ab\nc\n");
    }

    #[test]
    fn cleaned_offsets_lead_back_to_the_raw_line_and_column() {
        let raw = b"one\r\n--More--   two\r\n\x1b[1mthree\r\n--More-- --More-- f\x00our\r\n";
        let cleaned = Cleaned::new(raw);
        assert_eq!(cleaned.body(), "one\ntwo\nthree\nfour\n");
        let at = |word| cleaned.text.find(word).unwrap();
        let places = cleaned.positions([at("one"), at("two"), at("three"), at("ree"), at("four"), at("our")]);
        let places: Vec<_> = places.iter().map(|place| (place.line, place.column)).collect();
        assert_eq!(places, [(1, 1), (2, 12), (3, 5), (3, 7), (4, 19), (4, 21)]);
    }

    #[test]
    fn garbage_is_survived() {
        let garbage: Vec<u8> = (0..=255).cycle().take(10_000).collect();
        let cleaned = Cleaned::new(&garbage);
        assert!(!cleaned.body().contains('\r'));
    }
}
