//! The normalized device record: what every parser yields, whatever the platform, command or transport.
//!
//! A field is present only where the input states it; nothing is guessed. Text is borrowed from the capture.

mod compliance;
mod device;
mod license;
mod licensing;
mod merge;
mod value;
mod words;

use serde::Serialize;

pub use compliance::{Conversion, DeviceEnforcement, LicenseTerm, PolicyV2};
pub use device::{BootLevel, Clock, Device, InventoryItem, Levels, Throughput, Udi};
pub use license::License;
pub use licensing::{
    Authorization, DeviceAuthorization, Licensing, Policy, PolicyDays, PolicyGroup, Privacy, Registration,
    Reporting, Reservation, RumReportEntry, RumReports, Transport, TrustCode, Window,
};
pub use merge::merge;
pub use value::{Attempt, AttemptResult, Expiry, Text, Timestamp, stated};
pub use words::{
    AuthorizationStatus, DeviceAuthorizationStatus, Enforcement, ExportControl, ExportStatus, LicenseStatus,
    LicensingModel, Platform, Priority, RegistrationStatus, ReservationStatus, Severity, SiaStatus, Term,
    TransportType,
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
        absent(&self.device) && absent(&self.licensing) && self.licenses.is_none()
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
