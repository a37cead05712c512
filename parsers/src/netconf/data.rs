//! The data of a reply, read into the record.

use super::facts::{Facts, Gaps};
use super::fault::Broken;
use super::hardware::{self, Chassis};
use super::namespace::{KNOWN, Namespace};
use super::openconfig::{self, Components};
use super::platform::{self, Counted};
use super::reply::{ErrorSeverity, RpcError};
use super::walk::{Noted, Tag, Walk};
use super::{json, licensing};
use crate::Command;
use crate::record::{DeviceRecord, Diagnostic, Platform, Severity, Source, Text};
use crate::text::{Cleaned, Position, Positions};

/// More errors than this in one reply are not shown.
const MOST_ERRORS: usize = 20;

/// Whether a text is NETCONF that can be read here: it begins as XML and names one of the namespaces, or as JSON and
/// names one of their modules.
pub fn speaks(text: &str) -> bool {
    if json::begins(text) {
        return KNOWN.iter().any(|(.., module)| text.contains(&format!("\"{module}:")));
    }
    let text = text.trim_start_matches('\u{feff}').trim_start();
    text.starts_with('<') && KNOWN.iter().any(|(_, uri, _)| text.contains(uri))
}

/// The platform that the names of the models in a text tell.
pub(crate) fn platform_of(text: &str) -> Option<Platform> {
    const MODELS: [(&str, Platform); 3] = [
        ("Cisco-IOS-XE-", Platform::IosXe),
        ("Cisco-IOS-XR-", Platform::IosXr),
        ("cisco-nx-os-device", Platform::NxOs),
    ];
    MODELS.iter().find(|(model, _)| text.contains(model)).map(|(_, platform)| *platform)
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

    let Reading { mut record, facts, counted, mut chassis, components, errors } = reading;
    record.sources.push(Source { command: Some(Command::NetconfGet.spelling().into()), ..Source::default() });
    let gaps = facts.settle(&mut record, end.is_ok());
    counted.settle(&mut record, end.is_ok());
    components.settle(&mut record.device, &mut chassis);
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
        let code = if json::begins(message) { "broken_json" } else { "broken_xml" };
        diagnostics.push(diagnostic(Severity::Error, code, text, Some(place(offset))));
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
    counted: Counted<'a>,
    chassis: Chassis<'a>,
    components: Components<'a>,
    errors: Vec<(RpcError<'a>, usize)>,
}

impl<'a> Reading<'a> {
    fn element(&mut self, walk: &mut Walk<'a>, tag: Tag<'a>) -> Result<(), Broken> {
        use Namespace as N;
        match tag.namespace {
            N::DeviceHardware => self.record.device.platform = Some(Platform::IosXe),
            N::XrSmartAgent | N::XrPlatformLicense => self.record.device.platform = Some(Platform::IosXr),
            _ => {}
        }
        let (record, facts, chassis) = (&mut self.record, &mut self.facts, &mut self.chassis);
        let (counted, components) = (&mut self.counted, &mut self.components);
        match (tag.namespace, tag.name) {
            (N::Base, "rpc-reply") | (N::Restconf, "errors") | (_, "data") => {
                walk.children(|walk, tag| self.element(walk, tag))
            }
            (N::Base, "rpc-error") | (N::Restconf, "error") if self.errors.len() < MOST_ERRORS => {
                self.errors.push((RpcError::read(walk)?, tag.offset));
                Ok(())
            }
            (N::Base, "ok" | "rpc-error") | (N::Restconf, "error") => Ok(()),
            (N::XrSmartAgent, "smart-agent") => licensing::smart_agent(walk, facts),
            (N::SmartLicense | N::XrSmartAgent, "licensing") => licensing::licensing(walk, facts),
            (N::SmartLicense | N::XrSmartAgent, "state") => licensing::state(walk, facts),
            (N::SmartLicense | N::XrSmartAgent, "state-info") => licensing::state_info(walk, facts),
            (N::XrPlatformLicense, "plat-smart-license") => platform::platform(walk, counted),
            (N::XrPlatformLicense, "summary") => platform::summary(walk, counted),
            (N::XrPlatformLicense, "detail") => platform::detail(walk, counted),
            (N::DeviceHardware, "device-hardware-data") => hardware::hardware(walk, record, chassis),
            (N::DeviceHardware, "device-hardware") => hardware::device_hardware(walk, record, chassis),
            (N::DeviceHardware, "device-inventory") => hardware::part(walk, record, chassis),
            (N::DeviceHardware, "device-system-data") => hardware::system(walk, &mut record.device),
            (N::OpenconfigPlatform, "components") => openconfig::components(walk, components),
            (N::OpenconfigPlatform, "component") => openconfig::component(walk, components),
            (N::OpenconfigSystem, "system") => openconfig::system(walk, &mut record.device, components),
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
