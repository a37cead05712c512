//! What a terminal wraps around an output does not change its record.

use licwatch_parsers::record::{DeviceRecord, Platform};
use licwatch_parsers::text::Cleaned;
use licwatch_parsers::{Hints, parse};

use super::corpus::{Capture, captures};
use super::difference::differences;

/// How IOS erases its pager's words.
const ERASED_BY_BACKSPACES: &str = " --More-- \u{8}\u{8}\u{8}\u{8}\u{8}\u{8}\u{8}\u{8}\u{8}        \u{8}\u{8}\u{8}\u{8}\u{8}\u{8}\u{8}\u{8}\u{8}";
/// How a terminal that redraws the line does.
const ERASED_BY_RETURN: &str = "--More--\r        \r";
const ERASED_BY_ESCAPE: &str = "\u{1b}[7m--More--\u{1b}[m\r\u{1b}[K";
/// Lines of a page. No multiple of what outputs are made of, so that pages end in every section.
const PAGE: usize = 7;

#[test]
fn a_terminal_does_not_change_the_record() {
    let mut tried = 0;
    let mut faults = Vec::new();
    for capture in captures() {
        let cleaned = Cleaned::new(&capture.raw);
        let framed = cleaned.hostname().is_some() || cleaned.command().is_some() || cleaned.clock().is_some();
        if !cleaned.is_borrowed() || framed {
            continue;
        }
        let record = parse(&cleaned, capture.hints);
        let output = cleaned.body();
        let hostname = record.device.hostname.clone().unwrap_or("edge-7".into());
        let in_session = in_session(output, &hostname, &capture);
        for (form, raw, hostname) in [
            ("CRLF", with_ends(output, "\r\n"), None),
            ("CRCRLF", with_ends(output, "\r\r\n"), None),
            ("paged, erased by backspaces", paged(output, ERASED_BY_BACKSPACES), None),
            ("paged, erased by a return", paged(output, ERASED_BY_RETURN), None),
            ("paged, erased by an escape", paged(output, ERASED_BY_ESCAPE), None),
            ("echo and prompt", in_session.clone(), Some(&hostname)),
            (
                "all of it",
                with_ends(
                    &self::in_session(&paged(output, ERASED_BY_BACKSPACES), &hostname, &capture),
                    "\r\n",
                ),
                Some(&hostname),
            ),
        ] {
            let mut expected = record.clone();
            if let Some(hostname) = hostname {
                expected.device.hostname = Some(hostname.clone());
            }
            let cleaned = Cleaned::new(raw.as_bytes());
            // An echo names the command, so that nobody else has to.
            let hints = if hostname.is_some() { Hints::default() } else { capture.hints };
            let found = parse(&cleaned, hints);
            let lines = differences(&comparable(expected), &comparable(found));
            if !lines.is_empty() {
                faults.push(format!("{}, {form}\n    {}", capture.name, lines.join("\n    ")));
            }
            tried += 1;
        }
    }
    assert!(tried > 0, "no capture is clean");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The record with the diagnostics' words, but not their places: those do change.
fn comparable(mut record: DeviceRecord<'_>) -> serde_json::Value {
    for diagnostic in &mut record.diagnostics {
        (diagnostic.line, diagnostic.column) = (None, None);
    }
    serde_json::to_value(&record).unwrap()
}

fn with_ends(output: &str, end: &str) -> String {
    output.replace('\n', end)
}

/// With the pager's words in front of every first line of a page.
fn paged(output: &str, pager: &str) -> String {
    let lines = output.split_inclusive('\n').enumerate();
    let first_of_page = |line: usize| line > 0 && line.is_multiple_of(PAGE);
    lines.flat_map(|(number, line)| [if first_of_page(number) { pager } else { "" }, line]).collect()
}

fn in_session(output: &str, hostname: &str, capture: &Capture) -> String {
    let prompt = match capture.platform() {
        Platform::IosXr => format!("RP/0/RP0/CPU0:{hostname}#"),
        Platform::AireOs => format!("({hostname}) >"),
        Platform::Asa => format!("{hostname}# "),
        Platform::Ios | Platform::IosXe | Platform::NxOs => format!("{hostname}#"),
    };
    let end = if output.ends_with('\n') { "" } else { "\n" };
    format!("{prompt}{}\n{output}{end}{prompt}", capture.command())
}
