//! The data of a reply, read into the record.

use super::facts::{Facts, Gaps};
use super::hardware::{self, Chassis};
use super::reply::{ErrorSeverity, RpcError};
use super::xml::{Broken, Namespace, Noted, Tag, Walk};
use super::{BASE, DEVICE_HARDWARE, SMART_LICENSE, licensing};
use crate::Command;
use crate::record::{DeviceRecord, Diagnostic, Severity, Source, Text};
use crate::text::{Cleaned, Position, Positions};

/// More errors than this in one reply are not shown.
const MOST_ERRORS: usize = 20;

/// Whether a text is NETCONF that can be read here: it begins as XML and names one of the namespaces.
pub fn speaks(text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    text.starts_with('<') && [BASE, SMART_LICENSE, DEVICE_HARDWARE].iter().any(|uri| text.contains(uri))
}

/// Reads a whole reply, its `<data>`, or the elements in it. It never fails: what was not understood stands in
/// the diagnostics, and of a reply that breaks off everything before the break is in the record.
pub fn parse(message: &str) -> DeviceRecord<'_> {
    read(message, |offset| Positions::new(message.as_bytes()).of(offset))
}

/// As [`parse`], of a capture. The terminal has no part in NETCONF, so the raw bytes are what is read.
pub(crate) fn parse_capture<'a>(capture: &'a Cleaned<'_>) -> DeviceRecord<'a> {
    match std::str::from_utf8(capture.raw()) {
        Ok(message) => parse(message),
        Err(error) => {
            let message = capture.body();
            let start = capture.cursor().peek().map_or(0, |line| line.start);
            let mut record = read(message, |offset| place(capture, start + offset));
            let at = Positions::new(capture.raw()).of(error.valid_up_to());
            let text = "the reply is not UTF-8 as NETCONF demands; its bytes were read as ISO 8859-1";
            record.diagnostics.push(diagnostic(Severity::Warning, "not_utf8", text, Some(at)));
            record
        }
    }
}

fn place(capture: &Cleaned<'_>, offset: usize) -> Position {
    capture.positions([offset]).first().copied().unwrap_or(Position { line: 1, column: 1 })
}

fn read(message: &str, place: impl Fn(usize) -> Position) -> DeviceRecord<'_> {
    let mut walk = Walk::new(message);
    let mut reading = Reading::default();
    let end = walk.children(|walk, tag| reading.element(walk, tag));

    let Reading { mut record, facts, chassis, errors } = reading;
    record.sources.push(Source { command: Some(Command::NetconfGet.spelling().into()), ..Source::default() });
    let gaps = facts.settle(&mut record, end.is_ok());
    hardware::identify(&mut record.device, &chassis);

    let silent = record.is_empty() && errors.is_empty() && end.is_ok();
    let diagnostics = &mut record.diagnostics;
    for (error, offset) in errors {
        let severity = match error.severity {
            ErrorSeverity::Error => Severity::Error,
            ErrorSeverity::Warning => Severity::Warning,
        };
        let text = format!("the device answered: {error}");
        diagnostics.push(diagnostic(severity, "rpc_error", text, Some(place(offset))));
    }
    if let Err(Broken { fault, offset }) = end {
        let text = format!("the reply could only be read up to here: {fault}");
        diagnostics.push(diagnostic(Severity::Error, "broken_xml", text, Some(place(offset))));
    }
    if silent {
        let text =
            "the reply holds nothing about licences or hardware; the user may not be allowed to read them";
        diagnostics.push(diagnostic(Severity::Warning, "nothing_stated", text, None));
    }
    diagnostics.extend(noted("unreadable_values", &walk.unreadable, &place, |name, count| match count {
        1 => format!("the value of <{name}> could not be read"),
        _ => format!("{count} values could not be read, the first in <{name}>"),
    }));
    diagnostics.extend(noted("unclaimed_elements", &walk.unclaimed, &place, |name, count| match count {
        1 => format!("no grammar knows the element <{name}>"),
        _ => format!("no grammar knows {count} elements, the first is <{name}>"),
    }));
    diagnostics.extend(not_over_netconf(&gaps));
    record
}

/// What has been read so far.
#[derive(Default)]
struct Reading<'a> {
    record: DeviceRecord<'a>,
    facts: Facts<'a>,
    chassis: Chassis<'a>,
    errors: Vec<(RpcError<'a>, usize)>,
}

impl<'a> Reading<'a> {
    fn element(&mut self, walk: &mut Walk<'a>, tag: Tag<'a>) -> Result<(), Broken> {
        use Namespace as N;
        match (tag.namespace, tag.name) {
            (N::Base, "rpc-reply") | (_, "data") => walk.children(|walk, tag| self.element(walk, tag)),
            (N::Base, "rpc-error") if self.errors.len() < MOST_ERRORS => {
                self.errors.push((RpcError::read(walk)?, tag.offset()));
                Ok(())
            }
            (N::Base, "ok" | "rpc-error") => Ok(()),
            (N::SmartLicense, "licensing") => licensing::licensing(walk, &mut self.facts),
            (N::SmartLicense, "state") => licensing::state(walk, &mut self.facts),
            (N::SmartLicense, "state-info") => licensing::state_info(walk, &mut self.facts),
            (N::DeviceHardware, "device-hardware-data") => {
                hardware::hardware(walk, &mut self.record, &mut self.chassis)
            }
            _ => {
                walk.unclaimed(tag);
                Ok(())
            }
        }
    }
}

fn noted<'a>(
    code: &'static str,
    noted: &Noted<'_>,
    place: &impl Fn(usize) -> Position,
    text: impl Fn(&str, usize) -> String,
) -> Option<Diagnostic<'a>> {
    let (name, offset) = noted.first?;
    let name: String = name.chars().take(80).collect();
    Some(diagnostic(Severity::Info, code, text(&name, noted.count), Some(place(offset))))
}

fn not_over_netconf<'a>(gaps: &Gaps) -> Option<Diagnostic<'a>> {
    let (last, others) = gaps.split_last()?;
    let names =
        if others.is_empty() { (*last).to_owned() } else { format!("{} and {last}", others.join(", ")) };
    let text = format!("NETCONF does not tell {names}; \"show license all\" does");
    Some(diagnostic(Severity::Info, "not_over_netconf", text, None))
}

fn diagnostic<'a>(
    severity: Severity,
    code: &'static str,
    message: impl Into<Text<'a>>,
    at: Option<Position>,
) -> Diagnostic<'a> {
    let (line, column) = (at.map(|at| at.line), at.map(|at| at.column));
    Diagnostic { severity, code, message: message.into(), source: Some(0), line, column }
}
