//! What a reader of the record should know about the input.

use std::borrow::Cow;

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
    let mut excerpt: String = line.chars().take(LONGEST).collect();
    if excerpt.len() < line.len() {
        excerpt.push('…');
    }
    excerpt
}
