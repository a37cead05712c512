//! The way back from cleaned text to the raw bytes it came from.

/// A place in the raw bytes, both counted from 1, the column in bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Position {
    /// Line, as `\n` separates them.
    pub line: usize,
    /// Byte within the line.
    pub column: usize,
}

/// Where each run of cleaned text began in the raw bytes. Empty for text that was not changed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Offsets {
    /// `(cleaned, raw)`, rising in both; between two entries the distance is constant.
    runs: Vec<(usize, usize)>,
}

impl Offsets {
    /// Notes that the cleaned byte at `cleaned` came from the raw byte at `raw`.
    pub(crate) fn note(&mut self, cleaned: usize, raw: usize) {
        if self.to_raw(cleaned) == raw {
            return;
        }
        match self.runs.last_mut() {
            Some(last) if last.0 == cleaned => last.1 = raw,
            _ => self.runs.push((cleaned, raw)),
        }
    }

    /// Forgets everything from `cleaned` on.
    pub(super) fn truncate(&mut self, cleaned: usize) {
        while self.runs.last().is_some_and(|run| run.0 >= cleaned && run.0 > 0) {
            self.runs.pop();
        }
    }

    /// Follows `length` cleaned bytes that are taken out at `at`: what stood behind them moves up.
    pub(super) fn cut(&mut self, at: usize, length: usize) {
        let behind = self.to_raw(at + length);
        let moved = self.runs.split_off(self.runs.partition_point(|run| run.0 < at));
        self.note(at, behind);
        let moved = moved.into_iter().filter(|run| run.0 > at + length);
        self.runs.extend(moved.map(|(cleaned, raw)| (cleaned - length, raw)));
    }

    /// The raw offset of a cleaned one.
    pub(crate) fn to_raw(&self, cleaned: usize) -> usize {
        let after = self.runs.partition_point(|run| run.0 <= cleaned);
        match after.checked_sub(1).and_then(|last| self.runs.get(last)) {
            Some((from, raw)) => raw + (cleaned - from),
            None => cleaned,
        }
    }
}

/// Turns rising raw offsets into positions, counting each line once.
#[derive(Debug)]
pub(crate) struct Positions<'r> {
    raw: &'r [u8],
    line: usize,
    line_start: usize,
}

impl<'r> Positions<'r> {
    pub(crate) fn new(raw: &'r [u8]) -> Self {
        Self { raw, line: 1, line_start: 0 }
    }

    /// The position of `offset`, which must not lie before an earlier one's line.
    pub(crate) fn of(&mut self, offset: usize) -> Position {
        let offset = offset.min(self.raw.len());
        let between = self.raw.get(self.line_start..offset).unwrap_or_default();
        for newline in memchr::memchr_iter(b'\n', between) {
            self.line += 1;
            self.line_start = self.line_start.max(offset - between.len() + newline + 1);
        }
        Position { line: self.line, column: offset - self.line_start + 1 }
    }
}
