//! The lines of one section.

use super::heading;
use super::usage;
use crate::text::{Cursor, Line};

/// Goes through the lines of a section that say something, and stops before the next heading.
pub(super) struct Section<'c, 'a> {
    cursor: &'c mut Cursor<'a>,
    holds_blocks: bool,
}

impl<'c, 'a> Section<'c, 'a> {
    pub(super) fn new(cursor: &'c mut Cursor<'a>) -> Self {
        Self { cursor, holds_blocks: false }
    }

    /// A section whose own lines are like those that open a usage block: `name (entitlement):`.
    pub(super) fn with_blocks(self) -> Self {
        Self { holds_blocks: true, ..self }
    }

    /// Says that no grammar knows this line.
    pub(super) fn unclaimed(&mut self, line: Line<'a>) {
        self.cursor.unclaimed(line);
    }

    /// The next line of the section, without taking it.
    pub(super) fn peek(&self) -> Option<Line<'a>> {
        self.cursor.peek_stated().filter(|line| !self.ends(line))
    }

    /// Takes every line and reads none.
    pub(super) fn pass_over(self) {
        self.for_each(drop);
    }

    /// Whether a line belongs to the next section, or to the usage that stands at the left margin without one.
    fn ends(&self, line: &Line<'_>) -> bool {
        let is_usage = || usage::block_name(line).is_some() || usage::says_none(line.trimmed());
        heading::of(line).is_some() || !self.holds_blocks && is_usage()
    }
}

impl<'a> Iterator for Section<'_, 'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        loop {
            let line = self.cursor.peek()?;
            if self.ends(&line) {
                return None;
            }
            self.cursor.next();
            if !line.is_blank() && !line.is_rule() {
                return Some(line);
            }
        }
    }
}
