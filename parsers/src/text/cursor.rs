//! A cursor over the lines of an output, which also remembers the lines that no grammar claimed.

use memchr::{memchr, memchr_iter};

/// One line of cleaned text, without its end.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Line<'a> {
    /// The line as it stands, indentation and all.
    pub text: &'a str,
    /// Offset of its first byte in the cleaned text.
    pub start: usize,
}

impl<'a> Line<'a> {
    /// Without surrounding blanks.
    pub fn trimmed(&self) -> &'a str {
        self.text.trim()
    }

    /// Whether nothing but blanks stands on it.
    pub fn is_blank(&self) -> bool {
        self.trimmed().is_empty()
    }

    /// Number of leading blanks; a tab counts as one.
    pub fn indent(&self) -> usize {
        self.text.len() - self.text.trim_start().len()
    }

    /// Whether it is a rule: nothing but three or more of one of `-`, `=`, `*`, `_`.
    pub fn is_rule(&self) -> bool {
        let line = self.trimmed();
        let first = line.chars().next();
        line.len() >= 3
            && first.is_some_and(|first| "-=*_".contains(first) && line.chars().all(|c| c == first))
    }
}

/// Goes through the lines of an output once.
#[derive(Clone, Debug)]
pub struct Cursor<'a> {
    rest: &'a str,
    offset: usize,
    unclaimed: Vec<Line<'a>>,
}

impl<'a> Cursor<'a> {
    /// A cursor over `text`, which begins at `offset` of the cleaned text.
    pub fn new(text: &'a str, offset: usize) -> Self {
        Self { rest: text, offset, unclaimed: Vec::new() }
    }

    /// Ends after so many lines from here. The offset at which lines are left out, if any are.
    pub(crate) fn end_after(&mut self, lines: usize) -> Option<usize> {
        // Every line but the last takes a byte at least.
        if self.rest.len() <= lines {
            return None;
        }
        let last =
            lines.checked_sub(1).and_then(|last| memchr_iter(b'\n', self.rest.as_bytes()).nth(last))?;
        let (kept, left_out) = self.rest.split_at_checked(last + 1)?;
        self.rest = kept;
        (!left_out.is_empty()).then_some(self.offset + kept.len())
    }

    /// The next line without taking it.
    pub fn peek(&self) -> Option<Line<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        let end = memchr(b'\n', self.rest.as_bytes()).unwrap_or(self.rest.len());
        Some(Line { text: self.rest.get(..end).unwrap_or_default(), start: self.offset })
    }

    /// The line after the next one, without taking either.
    pub fn peek_second(&self) -> Option<Line<'a>> {
        let first = self.peek()?;
        let rest = self.rest.get(first.text.len() + 1..)?;
        Cursor::new(rest, self.offset + first.text.len() + 1).peek()
    }

    /// The next line that is not blank, without taking anything.
    pub fn peek_stated(&self) -> Option<Line<'a>> {
        let mut ahead = Cursor::new(self.rest, self.offset);
        ahead.find(|line| !line.is_blank())
    }

    /// Says that no grammar knows this line. Blank lines and rules need none.
    pub fn unclaimed(&mut self, line: Line<'a>) {
        if !line.is_blank() && !line.is_rule() {
            self.unclaimed.push(line);
        }
    }

    /// Every line that was said to be unclaimed, in order.
    pub fn into_unclaimed(self) -> Vec<Line<'a>> {
        self.unclaimed
    }
}

impl<'a> Iterator for Cursor<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        let line = self.peek()?;
        let taken = (line.text.len() + 1).min(self.rest.len());
        self.rest = self.rest.get(taken..).unwrap_or_default();
        self.offset += taken;
        Some(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_carry_their_offsets() {
        let mut cursor = Cursor::new("a\n\n  b", 10);
        assert_eq!(cursor.peek_second().unwrap().text, "");
        assert_eq!(cursor.next(), Some(Line { text: "a", start: 10 }));
        assert_eq!(cursor.peek_stated().unwrap().start, 13);
        assert_eq!(cursor.next(), Some(Line { text: "", start: 12 }));
        assert_eq!(cursor.next().unwrap().indent(), 2);
        assert_eq!(cursor.next(), None);
    }

    #[test]
    fn lines_beyond_the_last_are_left_out() {
        let rest = |lines| {
            let mut cursor = Cursor::new("a\nb\nc\n", 10);
            let left_out = cursor.end_after(lines);
            (left_out, cursor.map(|line| line.text).collect::<String>())
        };
        assert_eq!(rest(2), (Some(14), "ab".into()));
        assert_eq!(rest(3), (None, "abc".into()));
        assert_eq!(rest(9), (None, "abc".into()));
    }

    #[test]
    fn rules_are_told_from_text() {
        let rule = |text| Line { text, start: 0 }.is_rule();
        assert!(rule("  -----------"));
        assert!(!rule("- - -"));
        assert!(!rule("--"));
    }
}
