//! What one poll, or somebody by hand, saw of a device: the record, with which device, when, how, and how it went.

mod summary;

use jiff::Timestamp;
use licwatch_parsers::record::DeviceRecord;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::transport::Failure;
pub(crate) use summary::OLD_ALGORITHMS;
pub use summary::Summary;

/// How one device's poll went; every device that was dialled gives one, also one that failed.
#[derive(Clone, Debug, Serialize)]
pub struct Observation {
    /// UUIDv7, minted once and reused on every retry of delivery, so that receivers can drop repeats.
    pub id: Uuid,
    /// Name of the agent.
    pub agent: String,
    /// Name of the device in the inventory; for an ad-hoc poll, its address.
    pub device: String,
    /// The address that was dialled.
    pub address: String,
    /// Site, from the inventory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    /// Role, from the inventory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Environment (production, test …), from the inventory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// The person or team who answers for the device, from the inventory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// When the poll began, by the agent's clock.
    pub polled_at: Timestamp,
    /// How long it took.
    pub duration_ms: u64,
    /// `ssh`, `netconf`, or `netconf+ssh` where both were asked.
    pub transport: String,
    /// How it went.
    pub outcome: Outcome,
    /// Why it failed, or why a part is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Failure>,
}

/// How a poll went.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Everything that was asked was answered.
    Complete,
    /// The record holds what was answered before something failed.
    Partial,
    /// There is no answer.
    Failed,
}

impl Outcome {
    /// The word that records use.
    pub fn word(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Partial => "partial",
            Self::Failed => "failed",
        }
    }

    /// Whether the device told anything.
    pub fn is_answer(self) -> bool {
        self != Self::Failed
    }
}

/// A record with its observation: one line of `--json` and of a drop.
#[derive(Debug, Serialize)]
pub struct Observed<'r, 'a> {
    /// What the device said.
    #[serde(flatten)]
    pub record: &'r DeviceRecord<'a>,
    /// What the agent saw.
    pub observation: &'r Observation,
}

/// The serial numbers of every chassis, stack member and HA peer, each once.
pub fn chassis(record: &DeviceRecord<'_>) -> Vec<String> {
    let udis = record.device.udis.iter().filter_map(|udi| udi.serial_number.as_deref());
    let mut serials: Vec<String> = Vec::new();
    for serial in record.device.serial_number.as_deref().into_iter().chain(udis) {
        if !serials.iter().any(|known| known.eq_ignore_ascii_case(serial)) {
            serials.push(serial.to_owned());
        }
    }
    serials
}
