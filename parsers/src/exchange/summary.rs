//! From an exchange file to the record, which shows no code.

use std::collections::BTreeSet;

use super::remarks::Remarks;
use super::{Content, ExchangeFile, Payload, RumReport, codes, parse_partially, recognize};
use crate::record::{
    CodeSummary, Device, DeviceRecord, Exchange, ExchangeKind, ReportSummary, Source, Text, Udi,
};
use crate::text::{Cleaned, Position, Positions, prompt};

/// Reads a capture that is an exchange file, alone or with the session that printed it; `None` if it is none.
/// `expected` says that somebody named it one, `other` that the output of a command was recognized in it.
pub(crate) fn parse_capture<'a>(
    capture: &'a Cleaned<'_>,
    expected: bool,
    other: bool,
) -> Option<DeviceRecord<'a>> {
    let (raw, body) = (capture.raw(), capture.body());
    // Of most captures one byte tells that they are none.
    let marked = matches!(raw.trim_ascii_start().first(), Some(b'<' | b'{' | b'M' | 0xef));
    let begins = |bytes| marked && std::str::from_utf8(bytes).is_ok_and(recognize::begins);
    let printed = behind_echo(body);
    if begins(raw) {
        return Some(read(raw, |offset| Positions::new(raw).of(offset)));
    }
    if !recognize::begins(printed) && (other || !is_list_of_codes(printed)) {
        return expected.then(|| read(raw, |offset| Positions::new(raw).of(offset)));
    }
    let start = capture.cursor().peek().map_or(0, |line| line.start) + body.len() - printed.len();
    let place = |offset| capture.positions([start + offset]).pop().unwrap_or(Position { line: 1, column: 1 });
    let mut record = read(printed.as_bytes(), place);
    record.device.hostname = record.device.hostname.or_else(|| capture.hostname().map(Into::into));
    record.device.clock = capture.clock();
    Some(record)
}

/// The text behind the echo of the command that printed it, which is none that shows something.
fn behind_echo(body: &str) -> &str {
    match body.trim_start().split_once('\n') {
        Some((line, rest)) if prompt(line).is_some_and(|prompt| !prompt.typed.is_empty()) => rest,
        _ => body,
    }
}

/// Whether a text holds codes and nothing that could be another output.
fn is_list_of_codes(text: &str) -> bool {
    let announced = || text.lines().any(|line| line.trim_start().starts_with("Enter this "));
    codes::read(text).is_some_and(|codes| codes.unknown.is_empty() || announced())
}

fn read(bytes: &[u8], place: impl Fn(usize) -> Position) -> DeviceRecord<'_> {
    let (file, end) = parse_partially(bytes);
    let mut record = DeviceRecord::default();
    record.sources.push(Source { command: Some(command(file.kind).into()), ..Source::default() });
    let mut remarks = Remarks::new(place);
    remarks.file(&file, end.as_ref().err());
    record.diagnostics = remarks.diagnostics;
    record.device = device(&file);
    record.licensing.utility_enabled = newest(&file).and_then(|payload| payload.utility_enabled);
    if end.is_ok() || !file.parts.is_empty() {
        record.exchange.push(exchange(&file, record.device.udis.clone()));
    }
    record
}

/// The command of a device that makes or takes such a file.
fn command(kind: ExchangeKind) -> &'static str {
    use ExchangeKind as K;
    match kind {
        K::UsageReport | K::Envelope => "license smart save usage",
        K::RumPayload => "test license smart rum show",
        K::Acknowledgement | K::Policy | K::TrustCode | K::AuthorizationCode => "license smart import",
        K::TrustRequest => "license smart save trust-request",
        K::AuthorizationRequest => "license smart authorization request save",
        K::ReservationCodes => "license smart reservation",
        K::BundleManifest => "manifest.mf",
    }
}

/// The payload whose last measurement is the newest.
fn newest<'f, 'a>(file: &'f ExchangeFile<'a>) -> Option<&'f Payload<'a>> {
    payloads(file).max_by_key(|payload| payload.period().1)
}

fn payloads<'f, 'a>(file: &'f ExchangeFile<'a>) -> impl Iterator<Item = &'f Payload<'a>> {
    file.reports().filter_map(|report| report.payload.as_ref().ok())
}

/// The device that the file is about. Roles and software change between reports: the newest decides.
fn device<'a>(file: &ExchangeFile<'a>) -> Device<'a> {
    let mut device = Device { udis: udis(file), ..Device::default() };
    let active = |udi: &&Udi<'_>| udi.role.as_deref() == Some("active");
    if let Some(udi) = device.udis.iter().find(active).or_else(|| device.udis.first()) {
        device.model.clone_from(&udi.pid);
        device.serial_number.clone_from(&udi.serial_number);
    }
    device.software_version = newest(file).and_then(|payload| payload.software_version.clone());
    device.hostname = file.messages().find_map(|message| message.hostname.clone());
    device
}

/// The chassis that the file names. Access points are none.
fn udis<'a>(file: &ExchangeFile<'a>) -> Vec<Udi<'a>> {
    let members = |payload: &Payload<'a>| match payload.ha_udis.as_slice() {
        [] => Vec::from_iter(payload.device.clone()),
        members => members.to_vec(),
    };
    let mut udis: Vec<Udi<'a>> = newest(file).map(members).unwrap_or_default();
    let of_reports = payloads(file).flat_map(members);
    let of_messages =
        file.messages().flat_map(|message| message.devices.iter().map(|found| found.udi.clone()));
    let of_codes = file.parts.iter().filter_map(|part| match &part.content {
        Content::Code(code) => code.device.clone(),
        _ => None,
    });
    // One chassis may hold two supervisors, but only one list tells of both.
    let mut known: BTreeSet<_> = udis.iter().map(identity).collect();
    for udi in of_reports.chain(of_messages).chain(of_codes) {
        if known.insert(identity(&udi)) {
            udis.push(udi);
        }
    }
    udis
}

fn identity<'a>(udi: &Udi<'a>) -> (Option<Text<'a>>, Option<Text<'a>>) {
    (udi.pid.clone(), udi.serial_number.clone())
}

fn exchange<'a>(file: &ExchangeFile<'a>, devices: Vec<Udi<'a>>) -> Exchange<'a> {
    let mut exchange =
        Exchange { devices, reports: file.reports().map(report).collect(), ..Exchange::of(file.kind) };
    for message in file.messages() {
        let first = |slot: &mut Option<Text<'a>>, value: &Option<Text<'a>>| {
            if slot.is_none() {
                slot.clone_from(value);
            }
        };
        first(&mut exchange.smart_account, &message.smart_account);
        first(&mut exchange.virtual_account, &message.virtual_account);
        exchange.made_at = exchange.made_at.take().or_else(|| message.timestamp.clone());
        exchange.status = exchange.status.take().or_else(|| message.status.clone());
        exchange.message = exchange.message.take().or_else(|| message.error_message.clone());
        exchange.next_report_deadline =
            exchange.next_report_deadline.take().or_else(|| message.next_report_deadline.clone());
        exchange.next_ack_deadline =
            exchange.next_ack_deadline.take().or_else(|| message.next_ack_deadline.clone());
        exchange.acknowledged.extend(message.reports.iter().cloned());
        exchange.entitlements.extend(message.entitlements.iter().cloned());
        exchange.codes.extend(message.codes.iter().map(code));
    }
    for part in &file.parts {
        match &part.content {
            Content::Policy(policy) => exchange.policies.push(policy.policy.clone()),
            Content::Code(found) => exchange.codes.push(code(found)),
            Content::Manifest(manifest) => {
                exchange.smart_account.clone_from(&manifest.smart_account);
                let accounts = manifest.entries.iter().map(|entry| &entry.virtual_account);
                exchange.virtual_account = accounts.flatten().next().cloned();
            }
            _ => {}
        }
    }
    exchange
}

fn code<'a>(code: &super::Code<'a>) -> CodeSummary<'a> {
    CodeSummary { kind: code.kind, device: code.device.clone() }
}

fn report<'a>(report: &RumReport<'a>) -> ReportSummary<'a> {
    let Ok(payload) = &report.payload else { return ReportSummary::default() };
    let (start, end) = payload.period();
    let measured = &payload.measurements;
    let mut seen = BTreeSet::new();
    let attached = measured.iter().flat_map(|measured| &measured.added);
    ReportSummary {
        report_id: payload.report_id,
        device: payload.device.clone(),
        entitlement_tag: payload.entitlement_tag.clone(),
        metric: measured.iter().find_map(|measured| measured.metric.clone()),
        start,
        end,
        measurements: measured.len(),
        greatest_count: measured.iter().filter_map(|measured| measured.count).max(),
        attached: attached.filter(|udi| seen.insert(identity(udi))).cloned().collect(),
        close_reason: measured.iter().rev().find_map(|measured| measured.close_reason.clone()),
    }
}
