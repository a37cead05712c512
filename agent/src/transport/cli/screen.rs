//! The line that a terminal would show, kept while bytes come in.
//!
//! Prompts, pagers and questions are told by what stands on the last line, whatever carriage returns, backspaces
//! and escape sequences drew it. Echoes are told by what was typed, because a line that is longer than the
//! terminal is redrawn. Each cell remembers which byte drew it, so that answers can be cut from the raw bytes.

use memchr::memchr;

/// More cells of a line are not kept; no prompt and no command is as long.
const CELLS: usize = 1024;

/// A line that has ended, in two versions.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'a> {
    /// What the terminal shows.
    pub(super) shown: Version<'a>,
    /// What was printed in order, with backspaces taken back; a carriage return takes nothing back.
    pub(super) typed: Version<'a>,
}

/// A text and where its bytes came from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Version<'a> {
    pub(super) text: &'a [u8],
    places: Places<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Places<'a> {
    From(usize),
    Each(&'a [usize]),
}

impl Version<'_> {
    /// Where, in the whole stream, the byte behind the one that drew the last of the first `cells` stands.
    pub(super) fn place_after(&self, cells: usize) -> usize {
        match self.places {
            Places::From(start) => start + cells,
            Places::Each(places) => {
                cells.checked_sub(1).and_then(|last| places.get(last)).map_or(0, |place| place + 1)
            }
        }
    }
}

/// The line under construction.
#[derive(Debug, Default)]
pub(super) struct Screen {
    shown: Cells,
    typed: Cells,
    column: usize,
    escape: Escape,
    ended: bool,
    lines: u64,
    taken: usize,
}

impl Screen {
    /// Takes bytes up to the end of the next line, and gives that line; `None` when all bytes are taken.
    pub(super) fn next_line<'s, 'b: 's>(&'s mut self, bytes: &mut &'b [u8]) -> Option<Line<'s>> {
        if std::mem::take(&mut self.ended) {
            self.clear();
        }
        if let Some((line, rest)) = self.plain_line(bytes) {
            *bytes = rest;
            return Some(line);
        }
        while let Some((&byte, rest)) = bytes.split_first() {
            *bytes = rest;
            self.take(byte);
            if self.ended {
                self.lines += 1;
                return Some(Line { shown: self.shown.version(), typed: self.typed.version() });
            }
        }
        None
    }

    /// Takes bytes whose lines do not matter.
    pub(super) fn pass(&mut self, mut bytes: &[u8]) {
        while self.next_line(&mut bytes).is_some() {}
        if std::mem::take(&mut self.ended) {
            self.clear();
        }
    }

    /// What the last line shows now.
    pub(super) fn current(&self) -> &[u8] {
        if self.ended { &[] } else { &self.shown.bytes }
    }

    /// How many lines have ended.
    pub(super) fn lines(&self) -> u64 {
        self.lines
    }

    /// How many bytes were taken.
    pub(super) fn taken(&self) -> usize {
        self.taken
    }

    /// The common case without a copy: a whole line that begins on an empty screen and holds no controls.
    fn plain_line<'a>(&mut self, bytes: &&'a [u8]) -> Option<(Line<'a>, &'a [u8])> {
        let fresh = self.typed.bytes.is_empty() && self.shown.bytes.is_empty() && self.column == 0;
        if !fresh || self.escape != Escape::None {
            return None;
        }
        let end = memchr(b'\n', bytes)?;
        let (line, rest) = (bytes.get(..end)?, bytes.get(end + 1..)?);
        let text = without_returns(line);
        if text.iter().fold(false, |seen, &byte| seen | is_control(byte)) {
            return None;
        }
        let start = self.taken;
        self.taken += end + 1;
        self.lines += 1;
        let text = text.get(..CELLS).unwrap_or(text);
        let version = Version { text, places: Places::From(start) };
        Some((Line { shown: version, typed: version }, rest))
    }

    fn take(&mut self, byte: u8) {
        self.taken += 1;
        let (next, act) = self.escape.next(byte);
        self.escape = next;
        match act {
            Act::Nothing => {}
            Act::Control(last, number) => self.control(last, usize::from(number)),
            Act::Plain => match byte {
                b'\n' => self.ended = true,
                b'\r' => self.column = 0,
                0x08 => {
                    self.column = self.column.saturating_sub(1);
                    self.typed.truncate(self.typed.bytes.len().saturating_sub(1));
                }
                byte if is_control(byte) => {}
                byte => self.print(byte),
            },
        }
    }

    fn print(&mut self, byte: u8) {
        let place = self.taken - 1;
        self.shown.draw(self.column, byte, place);
        self.typed.draw(self.typed.bytes.len(), byte, place);
        self.column = (self.column + 1).min(CELLS);
    }

    /// The ECMA-48 controls that shells use: cursor back, forth and to a column, erase in line and display.
    fn control(&mut self, last: u8, number: usize) {
        match last {
            b'D' => self.column = self.column.saturating_sub(number.max(1)),
            b'C' => self.column = (self.column + number.max(1)).min(CELLS),
            b'G' => self.column = number.saturating_sub(1).min(CELLS),
            b'K' | b'J' if number == 0 => self.shown.truncate(self.column),
            b'K' | b'J' if number == 1 => {
                self.shown.bytes.iter_mut().take(self.column).for_each(|cell| *cell = b' ');
            }
            b'K' | b'J' => self.shown.truncate(0),
            _ => {}
        }
    }

    fn clear(&mut self) {
        self.shown.truncate(0);
        self.typed.truncate(0);
        self.column = 0;
    }
}

/// Bytes, and where each came from.
#[derive(Debug, Default)]
struct Cells {
    bytes: Vec<u8>,
    places: Vec<usize>,
}

impl Cells {
    fn version(&self) -> Version<'_> {
        Version { text: &self.bytes, places: Places::Each(&self.places) }
    }

    fn draw(&mut self, column: usize, byte: u8, place: usize) {
        if column >= CELLS {
            return;
        }
        if column >= self.bytes.len() {
            self.bytes.resize(column + 1, b' ');
            self.places.resize(column + 1, place);
        }
        if let (Some(cell), Some(at)) = (self.bytes.get_mut(column), self.places.get_mut(column)) {
            (*cell, *at) = (byte, place);
        }
    }

    fn truncate(&mut self, length: usize) {
        self.bytes.truncate(length);
        self.places.truncate(length);
    }
}

/// Bytes that never stand in a cell.
fn is_control(byte: u8) -> bool {
    (byte < 0x20 && byte != b'\t') | (byte == 0x7f)
}

/// A line without the carriage returns at its end.
fn without_returns(line: &[u8]) -> &[u8] {
    let end = line.iter().rposition(|&byte| byte != b'\r').map_or(0, |last| last + 1);
    line.get(..end).unwrap_or_default()
}

/// How far into an escape sequence the stream is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Escape {
    #[default]
    None,
    /// After ESC.
    Start,
    /// In `ESC [ … final`, with the first number so far.
    Control(u16, bool),
    /// In `ESC ] … BEL` or `ESC ] … ESC \`.
    Command,
}

enum Act {
    Nothing,
    Plain,
    Control(u8, u16),
}

impl Escape {
    fn next(self, byte: u8) -> (Self, Act) {
        match (self, byte) {
            // A line end is one, whatever sequence it cuts.
            (_, b'\n') => (Self::None, Act::Plain),
            (_, 0x1b) => (Self::Start, Act::Nothing),
            (Self::None, _) => (Self::None, Act::Plain),
            (Self::Start, b'[') => (Self::Control(0, true), Act::Nothing),
            (Self::Start, b']') => (Self::Command, Act::Nothing),
            (Self::Start, _) | (Self::Command, 0x07) => (Self::None, Act::Nothing),
            (Self::Command, _) => (Self::Command, Act::Nothing),
            (Self::Control(number, true), b'0'..=b'9') => {
                let number = number.saturating_mul(10).saturating_add(u16::from(byte - b'0'));
                (Self::Control(number, true), Act::Nothing)
            }
            (Self::Control(number, first), b' '..=b'?') => {
                (Self::Control(number, first && byte == b'?'), Act::Nothing)
            }
            (Self::Control(number, _), 0x40..=0x7e) => (Self::None, Act::Control(byte, number)),
            // Not a sequence after all.
            (Self::Control(..), _) => (Self::None, Act::Plain),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: &[u8], pieces: usize) -> (Vec<(String, String)>, String) {
        let mut screen = Screen::default();
        let mut lines = Vec::new();
        for mut piece in bytes.chunks(pieces.max(1)) {
            while let Some(line) = screen.next_line(&mut piece) {
                let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                lines.push((text(line.shown.text), text(line.typed.text)));
            }
        }
        (lines, String::from_utf8_lossy(screen.current()).into_owned())
    }

    #[test]
    fn the_last_line_is_what_a_terminal_shows() {
        for (bytes, shown) in [
            (&b"banner\r\n\x1b[?7hR1#"[..], "R1#"),
            (
                b"--More--\x08\x08\x08\x08\x08\x08\x08\x08        \x08\x08\x08\x08\x08\x08\x08\x08R1#",
                "R1#     ",
            ),
            (b"<--- More --->\r              \rR1#", "R1#           "),
            (b"--More--\r\x1b[KR1#", "R1#"),
            (b"R1#shw\x1b[1Dow", "R1#show"),
            (b"x\r\n\r\rR1# ", "R1# "),
            (b"\x1b]0;title\x07R\x001#", "R1#"),
        ] {
            assert_eq!(lines(bytes, bytes.len()).1, shown);
            assert_eq!(lines(bytes, 1).1, shown);
        }
    }

    #[test]
    fn carriage_returns_end_no_line_and_redraw_no_typed_text() {
        let (lines, last) = lines(b"R1#sh ver\r\r\nA\r\nthrough \rput\r\n", 1);
        let shown: Vec<_> = lines.iter().map(|line| line.0.as_str()).collect();
        assert_eq!(shown, ["R1#sh ver", "A", "putough "]);
        assert_eq!(lines[2].1, "through put");
        assert_eq!(last, "");
    }

    #[test]
    fn plain_lines_are_the_same_in_one_piece_and_byte_by_byte() {
        let long = [b"x".repeat(3000), b"\nend".to_vec()].concat();
        for bytes in [&b"a\r\n\r\nb\tc\r\r\nCaf\xe9\nlast"[..], &long] {
            assert_eq!(lines(bytes, bytes.len()), lines(bytes, 1));
        }
    }

    #[test]
    fn cells_lead_back_to_the_bytes_that_drew_them() {
        let bytes = b"one\r\n\x1b[1mR1#show\r\n";
        let mut screen = Screen::default();
        let mut rest = &bytes[..];
        screen.next_line(&mut rest).unwrap();
        let line = screen.next_line(&mut rest).unwrap();
        assert_eq!(&bytes[line.shown.place_after(3)..], b"show\r\n");
        let mut rest = &b"R1#x\n"[..];
        let mut screen = Screen::default();
        assert_eq!(screen.next_line(&mut rest).unwrap().shown.place_after(3), 3);
    }

    #[test]
    fn endless_lines_and_sequences_take_bounded_room() {
        let mut screen = Screen::default();
        screen.pass(&b"y".repeat(100_000));
        screen.pass(&[&b"\x1b["[..], &b"9".repeat(100_000), b"C#"].concat());
        assert!(screen.shown.bytes.len() <= CELLS && screen.typed.bytes.len() <= CELLS);
        assert_eq!(screen.taken(), 200_004);
    }
}
