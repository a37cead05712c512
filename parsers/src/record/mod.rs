//! The normalized device record: what every parser yields, whatever the platform, command or transport.
//!
//! A field is present only where the input states it; nothing is guessed. Text is borrowed from the capture.
//!
//! RECORD.md is the contract. These fields stand beside those that it names:
//!
//! | field | what it is |
//! |---|---|
//! | `licenses[].terms` | each term of an authorization or reservation with its chassis: `role`, `pid`, `serial_number`, `status`, `installed_on`, `term`, `starts`, `expires`, `count`, `subscription_id` |
//! | `licenses[].total_available` | `Total available count` of an authorization |
//! | `licenses[].count_reported`, `count_authorized`, `count_out_of_compliance`, `count_subscription_expired`, `count_insufficient`, `count_unlicensed` | CSSM's verdict: what it was told, what it allows, and why not the rest |
//! | `licenses[].sync_overdue_deadline` | by when CSSM must have heard of the use (agent 8) |
//! | `licensing.policy.v2` | `PolicyV2`: `sync_overdue_interval`, `sync_retry_interval`, `grace_period`, `reporting_interval` (the device prints no unit), `no_enforcement` |
//! | `licensing.trust_codes[].valid_on`, `expires_on`, `code_type` | the validity of a trust code and who issued it |
//! | `licensing.device_authorizations[].request_code`, `requested_on` | a reservation that was asked for |
//! | `licensing.conversion` | `automatic_enabled`, `status_text`, `since`, `last_data_push`, `last_file_export` |
//! | `licensing.device_enforcement` | `state_text`, `as_of` |
//! | `licensing.rum_reports.entries[]` | of one report in detail: `metric`, `entitlement_tag`, `pid`, `serial_number`, `previous_report_id`, `next_report_id`, `state_reason`, `started`, `ended`, `storage_state` |
//! | `….resolved_by` | of a time whose zone name is ambiguous: what resolved it. `device_clock`: the agent, by the device's own clock in the same poll; parsers never add it |
//! | `…_text` | the device's words beside every enumeration that is `other` |
//!
//! Fields may be added to any object; a reader passes over those that it does not know.

mod codes;
mod compliance;
mod device;
mod exchange;
mod license;
mod licensing;
mod merge;
mod neighbor;
mod rum;
mod times;
mod value;
mod words;

use serde::Serialize;

pub use codes::{DeviceAuthorization, TrustCode};
pub use compliance::{Conversion, DeviceEnforcement, LicenseTerm, PolicyV2};
pub use device::{BootLevel, Clock, Device, InventoryItem, Levels, Throughput, Udi};
pub use exchange::{AcknowledgedReport, CodeSummary, Entitlement, Exchange, ReportSummary};
pub use license::License;
pub use licensing::{
    Authorization, Licensing, Policy, PolicyDays, PolicyGroup, Privacy, Registration, Reporting, Reservation,
    Transport, Window,
};
pub use merge::merge;
pub use neighbor::Neighbor;
pub use rum::{RumReportEntry, RumReports};
pub use value::{Attempt, AttemptResult, Expiry, ResolvedBy, Text, Timestamp, stated};
pub use words::{
    AuthorizationStatus, Capability, CodeKind, DeviceAuthorizationStatus, Enforcement, ExchangeKind,
    ExportControl, ExportStatus, LicenseStatus, LicensingModel, NeighborProtocol, Platform, Priority,
    RegistrationStatus, ReservationStatus, Severity, SiaStatus, Term, TransportType,
};

pub(crate) use value::absent;

/// The form of the record that this crate writes.
pub const SCHEMA: &str = "licwatch/device-record/1";

/// Everything one or several captures say about one device.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DeviceRecord<'a> {
    /// Always [`SCHEMA`].
    pub schema: &'static str,
    /// One per capture that the record was read from.
    #[serde(skip_serializing_if = "absent")]
    pub sources: Vec<Source<'a>>,
    /// What the device is.
    #[serde(skip_serializing_if = "absent")]
    pub device: Device<'a>,
    /// How it is licensed.
    #[serde(skip_serializing_if = "absent")]
    pub licensing: Licensing<'a>,
    /// Its licences in the order printed. An empty list means that the device says it uses none; absence,
    /// that the output says nothing about licences.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub licenses: Option<Vec<License<'a>>>,
    /// What exchange files are about: usage reports, acknowledgements, authorizations.
    #[serde(skip_serializing_if = "absent")]
    pub exchange: Vec<Exchange<'a>>,
    /// Devices that it sees on its links, where it was asked for them (`poll --neighbors`).
    #[serde(skip_serializing_if = "absent")]
    pub neighbors: Vec<Neighbor<'a>>,
    /// What was not understood.
    #[serde(skip_serializing_if = "absent")]
    pub diagnostics: Vec<Diagnostic<'a>>,
}

impl Default for DeviceRecord<'_> {
    fn default() -> Self {
        Self {
            schema: SCHEMA,
            sources: Vec::new(),
            device: Device::default(),
            licensing: Licensing::default(),
            licenses: None,
            exchange: Vec::new(),
            neighbors: Vec::new(),
            diagnostics: Vec::new(),
        }
    }
}

impl<'a> DeviceRecord<'a> {
    /// The list of licences, present from now on.
    pub fn licenses_mut(&mut self) -> &mut Vec<License<'a>> {
        self.licenses.get_or_insert_default()
    }

    /// Whether the captures stated anything at all.
    pub fn is_empty(&self) -> bool {
        absent(&self.device)
            && absent(&self.licensing)
            && self.licenses.is_none()
            && self.exchange.is_empty()
            && self.neighbors.is_empty()
    }
}

/// A capture that the record was read from. The parsers know the command; who holds the bytes adds the rest.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Source<'a> {
    /// `show license all`, or for NETCONF `get`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<Text<'a>>,
    /// `ssh`, `netconf`, `file`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transport: Option<Text<'a>>,
    /// SHA-256 of the raw bytes, lower-case hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Text<'a>>,
    /// Number of raw bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// When the agent received it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<jiff::Timestamp>,
}

/// Something about the input that a reader of the record should know.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Diagnostic<'a> {
    /// How grave it is.
    pub severity: Severity,
    /// A stable name for programs: `unclaimed_lines`.
    pub code: &'static str,
    /// For people.
    pub message: Text<'a>,
    /// Index into `sources`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<usize>,
    /// Line of the raw bytes, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// Column of the raw bytes, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
}
