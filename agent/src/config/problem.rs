//! What is wrong with a file of the operator's: where, in which words, and what to do.

use std::fmt::{self, Display};
use std::ops::Range;

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, SourceCode, SourceSpan};

/// More problems than this are counted, not shown.
const KEPT: usize = 100;
/// Longer lines are shown in part.
const WIDEST: usize = 160;
/// Longer messages and remedies are cut.
const LONGEST_TEXT: usize = 1000;
/// What stands before the mistake when a long line is cut.
const BEFORE: usize = 60;

/// One mistake. Its texts never hold a value that may be a secret.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Problem {
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub remedy: String,
    /// The file, as the operator named it.
    pub file: String,
    /// Where in the file, if it is about one place of it.
    pub place: Option<Box<Place>>,
    /// Whether it may be gone the next time, without anybody having changed the configuration.
    pub may_pass: bool,
}

/// A place in a file, with the line that stands there.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Place {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// The line, without what may be a secret and without control characters.
    excerpt: String,
    /// The bytes of `excerpt` to point at.
    marked: Range<usize>,
}

impl Problem {
    /// A problem of a whole file.
    pub(crate) fn of_file(
        file: impl Into<String>,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        let (message, remedy) = (printable(message.into()), printable(remedy.into()));
        Self { message, remedy, file: file.into(), place: None, may_pass: false }
    }
}

/// Names that stand in files can be long and hold anything.
fn printable(text: String) -> String {
    if text.len() <= LONGEST_TEXT && !text.contains(char::is_control) {
        return text;
    }
    let plain = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    let mut short: String = text.chars().take(LONGEST_TEXT).map(plain).collect();
    if text.chars().nth(LONGEST_TEXT).is_some() {
        short.push('…');
    }
    short
}

impl Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Some(place) => write!(f, "{}:{}:{}: {}", self.file, place.line, place.column, self.message),
            None => write!(f, "{}: {}", self.file, self.message),
        }
    }
}

/// Everything that is wrong with the files that were read, in their order.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Problems {
    kept: Vec<Problem>,
    more: usize,
}

impl Problems {
    pub(crate) fn push(&mut self, problem: Problem) {
        if self.kept.len() < KEPT {
            self.kept.push(problem);
        } else {
            self.more += 1;
        }
    }

    pub(crate) fn append(&mut self, other: Self) {
        self.more += other.more;
        other.kept.into_iter().for_each(|problem| self.push(problem));
    }

    /// `Ok` if nothing was wrong.
    pub(crate) fn into_result<T>(mut self, good: T) -> Result<T, Self> {
        if self.is_empty() {
            return Ok(good);
        }
        let place = |problem: &Problem| problem.place.as_ref().map(|place| (place.line, place.column));
        self.kept.sort_by(|one, other| (&one.file, place(one)).cmp(&(&other.file, place(other))));
        Err(self)
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// The problems; at most a hundred are kept.
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.kept.iter()
    }

    /// Whether all of them may be gone the next time, without anybody having changed the configuration.
    pub fn may_pass(&self) -> bool {
        self.more == 0 && self.kept.iter().all(|problem| problem.may_pass)
    }

    /// The same problems, of which those of other files than this one may be gone the next time: programs write
    /// inventories, people the configuration.
    #[must_use]
    pub(crate) fn passing_but_of(mut self, file: &str) -> Self {
        self.kept
            .iter_mut()
            .filter(|problem| problem.file != file)
            .for_each(|problem| problem.may_pass = true);
        self
    }

    /// How many there are, with those that were not kept.
    pub fn count(&self) -> usize {
        self.kept.len() + self.more
    }

    /// The problems for a person: each with its line, the place pointed at, and the remedy.
    pub fn render(&self, colour: bool) -> String {
        let theme = if colour { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
        let handler =
            GraphicalReportHandler::new_themed(theme).with_width(100).with_context_lines(0).with_links(false);
        let mut text = String::new();
        for problem in &self.kept {
            if handler.render_report(&mut text, &Shown(problem)).is_err() {
                // A line that cannot be drawn must not hide the problem.
                text.push_str(&format!("{problem}\n  help: {}\n", problem.remedy));
            }
        }
        if self.more > 0 {
            text.push_str(&format!("and {} more problems\n", self.more));
        }
        text
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self { kept: vec![problem], more: 0 }
    }
}

impl Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.kept.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{problem} ({})", problem.remedy)?;
        }
        if self.more > 0 {
            write!(f, "\nand {} more problems", self.more)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

/// The text of a file, to point into. What is hidden never leaves it.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    name: String,
    text: Hidden,
    line_starts: Vec<usize>,
    hidden: Vec<Range<usize>>,
}

/// A text that may hold secrets: not for `Debug`.
#[derive(Clone)]
struct Hidden(String);

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

impl Document {
    pub(crate) fn new(name: impl Into<String>, text: String) -> Self {
        let after_newline = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        let line_starts = std::iter::once(0).chain(after_newline).collect();
        Self { name: name.into(), text: Hidden(text), line_starts, hidden: Vec::new() }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn text(&self) -> &str {
        &self.text.0
    }

    /// The line that a byte of the text stands on, from 1.
    pub(crate) fn line(&self, at: usize) -> usize {
        self.line_starts.partition_point(|start| *start <= at).max(1)
    }

    /// Never shows these bytes, in whatever order they come.
    pub(crate) fn hide_all(&mut self, spans: Vec<Range<usize>>) {
        let mut all = std::mem::take(&mut self.hidden);
        all.extend(spans);
        all.sort_unstable_by_key(|span| (span.start, span.end));
        for span in all {
            self.hide(span);
        }
    }

    /// Never shows these bytes; those of a later place in the text are taken up quickest.
    pub(crate) fn hide(&mut self, span: Range<usize>) {
        // Kept in order and apart, so that a line finds its own quickly.
        let from = self.hidden.partition_point(|hidden| hidden.end < span.start);
        let to = self.hidden.partition_point(|hidden| hidden.start <= span.end).max(from);
        let touched = self.hidden.get(from..to).unwrap_or_default();
        let start = touched.first().map_or(span.start, |first| first.start.min(span.start));
        let end = touched.last().map_or(span.end, |last| last.end.max(span.end));
        self.hidden.splice(from..to, std::iter::once(start..end));
    }

    /// A mistake at `span`, which is in bytes of the text.
    pub(crate) fn problem(
        &self,
        span: Range<usize>,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Problem {
        let place = Some(Box::new(self.place(&span)));
        Problem { place, ..Problem::of_file(self.name.clone(), message, remedy) }
    }

    fn place(&self, span: &Range<usize>) -> Place {
        let line = self.line(span.start);
        let start = self.line_starts.get(line - 1).copied().unwrap_or_default();
        let rest = self.text.0.get(start..).unwrap_or_default();
        let content = rest.split(['\r', '\n']).next().unwrap_or_default();
        let column = 1 + content.char_indices().take_while(|(at, _)| start + at < span.start).count();
        let (excerpt, marked) = self.excerpt(start, content, column - 1, span);
        Place { line, column, excerpt, marked }
    }

    /// The part of a line around its character `mark`, safe to print, and what to point at in it.
    fn excerpt(
        &self,
        start: usize,
        content: &str,
        mark: usize,
        span: &Range<usize>,
    ) -> (String, Range<usize>) {
        let skipped = if content.chars().nth(WIDEST).is_some() { mark.saturating_sub(BEFORE) } else { 0 };
        let mut excerpt = String::from(if skipped > 0 { "…" } else { "" });
        let mut marked = None;
        let mut end = 0;
        let mut concealed = false;
        let line = start..start + content.len();
        let first = self.hidden.partition_point(|hidden| hidden.end <= line.start);
        let hidden: Vec<_> =
            self.hidden.iter().skip(first).take_while(|hidden| hidden.start < line.end).collect();
        for (at, character) in content.char_indices().skip(skipped).take(WIDEST) {
            let at = start + at;
            let from = excerpt.len();
            let hidden = hidden.iter().any(|hidden| hidden.contains(&at));
            if hidden && !concealed {
                excerpt.push_str("***");
            } else if !hidden {
                excerpt.push(if character.is_control() && character != '\t' {
                    '\u{fffd}'
                } else {
                    character
                });
            }
            concealed = hidden;
            if at >= span.start && (at < span.end || marked.is_none()) {
                marked.get_or_insert(from.min(excerpt.len().saturating_sub(1)));
                end = excerpt.len();
            }
        }
        if content.chars().nth(skipped + WIDEST).is_some() {
            excerpt.push('…');
        }
        let marked = marked.map_or(excerpt.len()..excerpt.len(), |from| from..end);
        (excerpt, marked)
    }
}

/// A problem as miette draws it.
#[derive(Debug)]
struct Shown<'p>(&'p Problem);

impl Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.place {
            Some(_) => f.write_str(&self.0.message),
            None => self.0.fmt(f),
        }
    }
}

impl std::error::Error for Shown<'_> {}

impl Diagnostic for Shown<'_> {
    fn help<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        Some(Box::new(&self.0.remedy))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.0.place.as_ref().map(|_| self as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let place = self.0.place.as_ref()?;
        let span = SourceSpan::new(place.marked.start.into(), place.marked.len());
        Some(Box::new(std::iter::once(LabeledSpan::new_primary_with_span(Some("here".into()), span))))
    }
}

impl SourceCode for Shown<'_> {
    fn read_span<'a>(
        &'a self,
        _span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn miette::SpanContents<'a> + 'a>, miette::MietteError> {
        let place = self.0.place.as_ref().ok_or(miette::MietteError::OutOfBounds)?;
        // The header asks for the place itself (no context), the drawing for the whole line.
        let column = if before == 0 && after == 0 { place.column - 1 } else { 0 };
        Ok(Box::new(miette::MietteSpanContents::new_named(
            self.0.file.clone(),
            place.excerpt.as_bytes(),
            SourceSpan::new(0.into(), place.excerpt.len()),
            place.line - 1,
            column,
            1,
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, span: Range<usize>) -> String {
        let document = Document::new("a.toml", text.to_owned());
        Problems::from(document.problem(span, "wrong", "mend it")).render(false)
    }

    #[test]
    fn the_line_is_pointed_at() {
        let drawn = shown("one = 1\ntwo = 2\n", 14..15);
        assert!(drawn.contains("[a.toml:2:7]"), "{drawn}");
        assert!(drawn.contains("2 │ two = 2"), "{drawn}");
        assert!(drawn.contains("help: mend it"), "{drawn}");
    }

    #[test]
    fn any_span_can_be_drawn() {
        let text = "é = \"\u{1b}[2J\"\r\n\n";
        for start in 0..text.len() + 2 {
            for end in start..text.len() + 3 {
                let drawn = shown(text, start..end);
                assert!(drawn.contains("wrong") && drawn.contains("mend it"), "{start}..{end}: {drawn}");
                assert!(!drawn.contains('\u{1b}'), "{drawn}");
            }
        }
        assert!(shown("", 0..0).contains("[a.toml:1:1]"));
    }

    #[test]
    fn a_long_line_is_cut_around_the_mistake() {
        let text = format!("{}X{}", "a".repeat(5000), "b".repeat(5000));
        let drawn = shown(&text, 5000..5001);
        assert!(drawn.contains("[a.toml:1:5001]") && drawn.contains("aXb"), "{drawn}");
        assert!(drawn.len() < 2000, "{drawn}");
    }

    #[test]
    fn hidden_bytes_are_never_drawn() {
        let text = "password = \"hunter2\" # mine\n";
        let mut document = Document::new("a.toml", text.to_owned());
        document.hide(11..20);
        for start in 0..text.len() {
            let problem = document.problem(start..start + 1, "wrong", "mend it");
            let all = format!(
                "{problem} {problem:?} {} {document:?}",
                Problems::from(problem.clone()).render(false)
            );
            assert!(!all.contains("hunter2") && all.contains("***"), "{all}");
        }
    }

    #[test]
    fn problems_are_bounded_and_in_order() {
        let document = Document::new("a", "\n".repeat(200));
        let mut problems = Problems::default();
        for line in (0..150).rev() {
            problems.push(document.problem(line..line, format!("m{line}"), "r"));
        }
        let problems = problems.into_result(()).unwrap_err();
        assert_eq!(problems.count(), 150);
        let lines: Vec<_> = problems.iter().filter_map(|p| Some(p.place.as_ref()?.line)).collect();
        assert!(lines.is_sorted() && lines.len() == 100);
        assert!(problems.render(false).contains("and 50 more problems"));
    }
}
