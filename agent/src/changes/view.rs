//! The few fields of a record that are compared. What cannot be read is as if it were not stated.

use std::collections::{BTreeMap, BTreeSet};

use licwatch_parsers::record::SCHEMA;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use uuid::Uuid;

/// What one line says.
#[derive(Debug, Default)]
pub(super) struct Record {
    /// Whether the poll failed: it tells nothing of the device then.
    pub(super) failed: bool,
    pub(super) observation: Option<Uuid>,
    /// What the record was read from.
    pub(super) commands: BTreeSet<String>,
    /// What parts were read from that are carried on from records before.
    carried: BTreeMap<String, BTreeSet<String>>,
    pub(super) device: Device,
    pub(super) licensing: Licensing,
    pub(super) licenses: Option<Vec<License>>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Device {
    pub(super) udis: Option<Vec<Udi>>,
    pub(super) inventory: Option<Vec<Item>>,
    pub(super) software_version: Option<String>,
    pub(super) boot_level: Option<BootLevel>,
    pub(super) throughput: Option<Throughput>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Udi {
    pub(super) role: Option<String>,
    pub(super) pid: Option<String>,
    pub(super) serial_number: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Item {
    pub(super) name: Option<String>,
    pub(super) pid: Option<String>,
    pub(super) serial_number: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct BootLevel {
    pub(super) current: Option<String>,
    pub(super) next_reboot: Option<String>,
    pub(super) addon_current: Option<String>,
    pub(super) addon_next_reboot: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Throughput {
    pub(super) level: Option<String>,
    pub(super) crypto_level: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Licensing {
    pub(super) model: Option<String>,
    pub(super) smart_account: Option<String>,
    pub(super) virtual_account: Option<String>,
    pub(super) registration: Option<Status>,
    pub(super) authorization: Option<Status>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Status {
    pub(super) status: Option<String>,
    pub(super) status_text: Option<String>,
}

impl Status {
    /// The word for it; the device's own where the record has none.
    pub(super) fn word(&self) -> Option<String> {
        match self.status.as_deref() {
            Some("other") => self.status_text.clone().or_else(|| self.status.clone()),
            word => word.map(str::to_owned),
        }
    }
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct License {
    pub(super) name: Option<String>,
    pub(super) entitlement: Option<String>,
    pub(super) entitlement_tag: Option<String>,
    #[serde(default)]
    pub(super) truncated: bool,
    pub(super) term: Option<String>,
    pub(super) term_text: Option<String>,
    pub(super) count: Option<u64>,
    pub(super) count_violation: Option<u64>,
    pub(super) max_count: Option<u64>,
    pub(super) total_reserved: Option<u64>,
    #[serde(flatten)]
    pub(super) status: Status,
}

/// The line, its parts not read yet.
#[derive(Deserialize)]
struct Line<'l> {
    #[serde(borrow)]
    schema: Option<&'l RawValue>,
    #[serde(borrow)]
    observation: Option<&'l RawValue>,
    #[serde(borrow)]
    sources: Option<&'l RawValue>,
    #[serde(borrow)]
    carried: Option<&'l RawValue>,
    #[serde(borrow)]
    device: Option<&'l RawValue>,
    #[serde(borrow)]
    licensing: Option<&'l RawValue>,
    #[serde(borrow)]
    licenses: Option<&'l RawValue>,
}

#[derive(Default, Deserialize)]
struct Observation {
    id: Option<Uuid>,
    outcome: Option<String>,
}

#[derive(Default, Deserialize)]
struct Source {
    command: Option<String>,
}

impl Record {
    /// Reads a line; `None` if it is no record of the form that is known.
    pub(super) fn read(line: &str) -> Option<Self> {
        let line: Line<'_> = serde_json::from_str(line).ok()?;
        let schema: Option<String> = part(line.schema);
        if schema.as_deref() != Some(SCHEMA) {
            return None;
        }
        let observation: Observation = part(line.observation);
        let sources: Vec<Source> = part(line.sources);
        Some(Self {
            failed: observation.outcome.as_deref() == Some("failed"),
            observation: observation.id,
            commands: sources.into_iter().filter_map(|source| source.command).collect(),
            carried: part(line.carried),
            device: part(line.device),
            licensing: part(line.licensing),
            licenses: part(line.licenses),
        })
    }

    /// The commands that a part of this record was read from, of those that tell of it.
    pub(super) fn asked(&self, part: &str, tells: impl Fn(&str) -> bool) -> BTreeSet<&str> {
        let commands = self.carried.get(part).unwrap_or(&self.commands);
        commands.iter().map(String::as_str).filter(|command| tells(command)).collect()
    }
}

/// One part of the line; the default where it is absent or in another form.
fn part<T: DeserializeOwned + Default>(raw: Option<&RawValue>) -> T {
    raw.and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default()
}
