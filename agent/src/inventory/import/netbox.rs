//! NetBox: what `/api/dcim/devices/` answers, whole or page by page, or the CSV of its device list.
//!
//! ```json
//! {"count": 2, "results": [{"name": "core-1", "site": {"name": "HQ", "slug": "hq"}, "role": {"slug": "core"},
//!   "platform": {"slug": "ios-xe"}, "primary_ip": {"address": "192.0.2.1/24"}, "serial": "FOC2411X0A1",
//!   "status": {"value": "active"}, "tenant": {"name": "Harbour"}}]}
//! ```
//! Sites, roles and platforms go by their slugs. Devices that are not in service, that another maker built, or that
//! have no primary address are left out, each with its reason.

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::found::{Found, Gathered, note_secrets};
use super::mapping::{Field, FieldMap, may_be_secret};
use super::{Export, table};
use crate::config::Problem;

/// A page of the API.
#[derive(Deserialize)]
struct Page<'t> {
    #[serde(borrow)]
    results: Vec<&'t RawValue>,
    next: Option<String>,
}

pub(super) fn read(export: &Export, maps: &[FieldMap], gathered: &mut Gathered) -> Result<(), Problem> {
    let text = export.text();
    let start = text.trim_start();
    if !start.starts_with(['{', '[']) {
        return table::read(export, table::Kind::Netbox, maps, gathered);
    }
    if let Some(map) = maps.first() {
        return Err(export.problem(
            1,
            format!("--map {map} is about columns, and this is JSON"),
            "leave it out",
        ));
    }
    let wrong = |error: serde_json::Error| {
        let remedy = "export /api/dcim/devices/ as JSON: an object with \"results\", or a list of devices";
        // The library's words may repeat a value; its place does not.
        let message = format!("this is no JSON list of devices (column {})", error.column());
        export.problem(error.line().max(1), message, remedy)
    };
    let devices = if start.starts_with('{') {
        let page: Page<'_> = serde_json::from_str(text).map_err(wrong)?;
        if page.next.is_some() {
            gathered.findings.push(super::Finding::warning(
                "more_pages",
                "this is one page of several; export with ?limit=0, or name the files of all pages",
                vec![export.at(1)],
            ));
        }
        page.results
    } else {
        serde_json::from_str(text).map_err(wrong)?
    };
    if gathered.hosts.len() + devices.len() > super::MOST_HOSTS {
        let message = format!("there are more than {} hosts", super::MOST_HOSTS);
        return Err(export.problem(1, message, "import fewer at a time"));
    }
    for device in devices {
        let offset = device.get().as_ptr().addr().saturating_sub(text.as_ptr().addr());
        let line = export.document.line(offset);
        let device: Value = serde_json::from_str(device.get()).map_err(|_| {
            export.problem(line, "a device here is no JSON object", "export the devices anew")
        })?;
        let found = host(&device, export, line, gathered);
        gathered.hosts.push(found);
    }
    Ok(())
}

fn host(device: &Value, export: &Export, line: usize, gathered: &mut Gathered) -> Found {
    let mut found =
        Found::new(device.get("name").and_then(Value::as_str).unwrap_or_default(), export.at(line));
    if let Some(manufacturer) = word(device.pointer("/device_type/manufacturer"), &["slug", "name"]) {
        found.state(Field::Manufacturer, &manufacturer);
    }
    for (key, value) in device.as_object().into_iter().flatten() {
        let Some((field, words)) = field(key) else {
            if !value.is_null() {
                carried(key, value, &mut found, 0);
                gathered.met(key, None, "not used");
            }
            continue;
        };
        let Some(text) = word(Some(value), words) else { continue };
        gathered.met(key, Some(field), "by name");
        found.state(field, &text);
    }
    let member = device.get("virtual_chassis").and_then(|chassis| word(Some(chassis), &["name", "display"]));
    if let Some(chassis) = member
        && found.get(Field::Address).is_none()
    {
        found.unfit = Some(format!("it has no primary address: a member of the virtual chassis {chassis}"));
    }
    found
}

/// The field of a key, and by which of its words an object is known.
fn field(key: &str) -> Option<(Field, &'static [&'static str])> {
    const SLUG: &[&str] = &["slug", "name", "display"];
    const NAME: &[&str] = &["name", "display", "slug"];
    Some(match key {
        "name" => (Field::Name, NAME),
        "serial" => (Field::SerialNumber, NAME),
        "site" => (Field::Site, SLUG),
        "role" | "device_role" => (Field::Role, SLUG),
        "platform" => (Field::Platform, SLUG),
        // The others say the same by version; what NetBox takes for the primary one comes first.
        "primary_ip" | "primary_ip4" | "primary_ip6" => (Field::Address, &["address", "display"]),
        "tenant" => (Field::Owner, NAME),
        "status" => (Field::Status, &["value", "label", "display"]),
        _ => return None,
    })
}

/// A text, or the word by which NetBox's nested objects are known.
fn word(value: Option<&Value>, words: &[&str]) -> Option<String> {
    let value = value?;
    let text =
        |value: &Value| value.as_str().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    text(value).or_else(|| words.iter().find_map(|word| text(value.get(*word)?)))
}

/// Notes the keys of secrets in what is not used: custom fields, configuration contexts.
fn carried(key: &str, value: &Value, found: &mut Found, depth: usize) {
    const DEEPEST: usize = 16;
    match value {
        Value::Object(members) if depth < DEEPEST => {
            members.iter().for_each(|(key, value)| carried(key, value, found, depth + 1));
        }
        Value::String(text) if !text.is_empty() && may_be_secret(key) => {
            note_secrets(&mut found.secrets, [key]);
        }
        _ => {}
    }
}
