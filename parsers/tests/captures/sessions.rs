//! What a terminal wraps around an output does not change its record.

use licwatch_parsers::record::{DeviceRecord, LicensingModel, Platform};
use licwatch_parsers::text::Cleaned;
use licwatch_parsers::{Hints, parse};

use super::corpus::{Capture, captures};
use super::difference::differences;

/// How IOS erases its pager's words.
const ERASED_BY_BACKSPACES: &str = " --More-- \u{8}\u{8}\u{8}\u{8}\u{8}\u{8}\u{8}\u{8}\u{8}        \u{8}\u{8}\u{8}\u{8}\u{8}\u{8}\u{8}\u{8}\u{8}";
/// How a terminal that redraws the line does.
const ERASED_BY_RETURN: &str = "--More--\r        \r";
const ERASED_BY_ESCAPE: &str = "\u{1b}[7m--More--\u{1b}[m\r\u{1b}[K";
/// What is left where a terminal program has thrown the backspaces away.
const NOT_ERASED: &str = " --More--         ";
/// What is left where it has thrown the pager's words away too.
const ONLY_BLANKS: &str = "         ";
/// Lines of a page: each alone, and few enough that pages end in every section.
const PAGES: [usize; 2] = [1, 3];

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
        let hostname = record.device.hostname.clone().unwrap_or("edge-7".into());
        for form in forms(&cleaned, &record, &hostname, &capture) {
            let mut expected = record.clone();
            if form.has_echo {
                expected.device.hostname = Some(hostname.clone());
            }
            let cleaned = Cleaned::new(form.raw.as_bytes());
            // An echo names the command, so that nobody else has to.
            let hints = if form.has_echo { Hints::default() } else { capture.hints };
            let found = parse(&cleaned, hints);
            let lines = differences(&comparable(expected), &comparable(found));
            if !lines.is_empty() {
                faults.push(format!("{}, {}\n    {}", capture.name, form.name, lines.join("\n    ")));
            }
            tried += 1;
        }
    }
    assert!(tried > 0, "no capture is clean");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// An output as a terminal may hand it over.
struct Form {
    name: String,
    raw: String,
    has_echo: bool,
}

fn forms(cleaned: &Cleaned<'_>, record: &DeviceRecord<'_>, hostname: &str, capture: &Capture) -> Vec<Form> {
    let output = cleaned.body();
    let mut forms = Vec::new();
    let mut add = |name: String, raw, has_echo| forms.push(Form { name, raw, has_echo });
    add("CRLF".into(), output.replace('\n', "\r\n"), false);
    add("CRCRLF".into(), output.replace('\n', "\r\r\n"), false);
    add("echo and prompt".into(), in_session(output, hostname, capture), true);
    for page in PAGES {
        for pager in [ERASED_BY_BACKSPACES, ERASED_BY_RETURN, ERASED_BY_ESCAPE] {
            add(format!("pages of {page} after {pager:?}"), paged(output, page, pager), false);
        }
        // Residue moves what stands behind it, and outputs in columns cannot be read any more.
        for residue in [NOT_ERASED, ONLY_BLANKS].into_iter().filter(|_| is_key_and_value(record, capture)) {
            add(format!("pages of {page} after {residue:?}"), paged(output, page, residue), false);
        }
        let session = in_session(&paged(output, page, ERASED_BY_BACKSPACES), hostname, capture);
        add(format!("a session in pages of {page}"), session.replace('\n', "\r\n"), true);
    }
    forms
}

/// Whether the output is the Smart Agent's on IOS XE, which is read by its keys alone.
fn is_key_and_value(record: &DeviceRecord<'_>, capture: &Capture) -> bool {
    use licwatch_parsers::Command as C;
    let commands = [
        C::ShowLicenseAll,
        C::ShowLicenseSummary,
        C::ShowLicenseUsage,
        C::ShowLicenseStatus,
        C::ShowLicenseUdi,
        C::ShowLicenseAuthorization,
        C::ShowLicenseTechSupport,
        C::ShowLicenseRumIdAll,
        C::ShowLicenseRumIdDetail,
        C::ShowLicenseReservation,
        C::ShowLicenseDataConversion,
        C::ShowLicenseHistoryMessage,
    ];
    let is_pak = record.licensing.model == Some(LicensingModel::Pak);
    capture.platform() == Platform::IosXe && commands.contains(&capture.command()) && !is_pak
}

/// The record with the diagnostics' words, but not their places: those do change.
fn comparable(mut record: DeviceRecord<'_>) -> serde_json::Value {
    for diagnostic in &mut record.diagnostics {
        (diagnostic.line, diagnostic.column) = (None, None);
    }
    serde_json::to_value(&record).unwrap()
}

/// With the pager's words in front of the first line of every page but the first.
fn paged(output: &str, page: usize, pager: &str) -> String {
    let lines = output.split_inclusive('\n').enumerate();
    let turns = |line: usize| line > 0 && line.is_multiple_of(page);
    lines.flat_map(|(number, line)| [if turns(number) { pager } else { "" }, line]).collect()
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
