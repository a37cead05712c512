//! What a reader of the record should know about an exchange file.

use super::{Content, ExchangeError, ExchangeFile, RumReport, Unknown};
use crate::record::{Diagnostic, ExchangeKind, Severity, Text};
use crate::text::Position;

/// Diagnostics of one file; those of later reports are counted.
const SHOWN: usize = 50;

/// The diagnostics of a file, whose bytes `place` turns into lines and columns of the capture.
pub(super) struct Remarks<P> {
    place: P,
    pub(super) diagnostics: Vec<Diagnostic<'static>>,
    hidden: usize,
}

impl<P: Fn(usize) -> Position> Remarks<P> {
    pub(super) fn new(place: P) -> Self {
        Self { place, diagnostics: Vec::new(), hidden: 0 }
    }

    /// Everything there is to say of a file.
    pub(super) fn file(&mut self, file: &ExchangeFile<'_>, broken: Option<&ExchangeError>) {
        if let Some(error) = broken {
            self.add(Severity::Error, "broken_exchange_file", error.to_string(), Some(error.offset()));
        }
        for part in &file.parts {
            match &part.content {
                Content::RumReport(Ok(report)) => self.report(report, part.start),
                Content::RumReport(Err(error)) => {
                    self.add(Severity::Error, "broken_rum_report", error.to_string(), Some(error.offset()));
                }
                Content::Unknown(element) => {
                    let text = format!("no grammar knows the element <{}>", excerpt(&element.name));
                    self.add(Severity::Info, "unclaimed_elements", text, Some(part.start));
                }
                Content::Policy(policy) => self.unknown(&policy.unknown, part.start),
                Content::Manifest(manifest) => self.unknown(&manifest.unknown, part.start),
                _ => {}
            }
        }
        for message in file.messages() {
            self.unknown(&message.unknown, 0);
            if message.opaque.is_some() {
                let text = "a part of the file can be read by Cisco's licence service and the device alone";
                self.add(Severity::Info, "opaque_data", text.to_owned(), None);
            }
        }
        self.unknown(&file.unknown, 0);
        self.reports(file, broken.is_none());
        if self.hidden > 0 {
            let text = format!("and {} more remarks of these kinds", self.hidden);
            self.diagnostics.push(diagnostic(Severity::Info, "more_remarks", text, None));
        }
    }

    fn report(&mut self, report: &RumReport<'_>, start: usize) {
        match &report.payload {
            Ok(payload) => self.unknown(&payload.unknown, start),
            Err(error) => {
                let text = format!("the report's bytes are whole, but its payload cannot be read: {error}");
                self.add(Severity::Error, "broken_rum_report", text, Some(error.offset()));
            }
        }
        self.unknown(&report.unknown, start);
        if report.signature.is_none() && !report.is_bare() {
            let text = "the report has no signature; the licence service will refuse it".to_owned();
            self.add(Severity::Warning, "unsigned_report", text, Some(start));
        }
    }

    fn reports(&mut self, file: &ExchangeFile<'_>, whole: bool) {
        if whole && file.kind == ExchangeKind::UsageReport && file.reports().next().is_none() {
            let none = file.parts.iter().all(|part| !matches!(part.content, Content::RumReport(_)));
            let text = "the file holds no report; a device that uses no licence makes none".to_owned();
            if none {
                self.add(Severity::Info, "no_reports", text, None);
            }
        }
        let payloads = file.reports().filter_map(|report| report.payload.as_ref().ok());
        let mut devices = payloads.filter_map(|payload| payload.device.as_ref());
        let first = devices.next();
        if devices.any(|device| Some(device) != first) {
            let text = "the reports are of several devices; a usage file is of one".to_owned();
            self.add(Severity::Warning, "several_devices", text, None);
        }
    }

    fn unknown(&mut self, unknown: &[Unknown<'_>], start: usize) {
        let Some(first) = unknown.first() else { return };
        let name = match first.name.as_ref() {
            "" => format!("something in {}", first.within),
            name => format!("\"{}\" in {}", excerpt(name), first.within),
        };
        let text = match unknown.len() {
            1 => format!("no grammar knows {name}"),
            many => format!("no grammar knows {many} members, the first is {name}"),
        };
        self.add(Severity::Info, "unclaimed_members", text, Some(start).filter(|start| *start > 0));
    }

    fn add(&mut self, severity: Severity, code: &'static str, text: String, at: Option<usize>) {
        if self.diagnostics.len() >= SHOWN {
            self.hidden += 1;
            return;
        }
        let place = at.map(&self.place);
        self.diagnostics.push(diagnostic(severity, code, text, place));
    }
}

fn diagnostic(
    severity: Severity,
    code: &'static str,
    text: impl Into<Text<'static>>,
    place: Option<Position>,
) -> Diagnostic<'static> {
    let (line, column) = (place.map(|place| place.line), place.map(|place| place.column));
    Diagnostic { severity, code, message: text.into(), source: Some(0), line, column }
}

/// Enough of a name to find it by.
fn excerpt(name: &str) -> String {
    name.chars().take(80).collect()
}
