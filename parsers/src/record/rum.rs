//! RUM reports, in which a device measures its use of licences.

use serde::Serialize;

use super::value::{Text, Timestamp, absent};

/// `Usage Report Summary:`; each figure before any parenthesis (`0(300)` is 0).
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RumReports<'a> {
    /// `Total:`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
    /// `Purged:`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purged: Option<u64>,
    /// `Total Acknowledged Received:`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acknowledged: Option<u64>,
    /// `Waiting for Ack:`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waiting_for_ack: Option<u64>,
    /// `Available to Report:`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub available_to_report: Option<u64>,
    /// `Collecting Data:`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collecting: Option<u64>,
    /// The rows of `show license rum id all`, and the report of `show license rum id <n> detail`.
    #[serde(skip_serializing_if = "absent")]
    pub entries: Vec<RumReportEntry<'a>>,
}

/// One row of `show license rum id all`, or one report in detail.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RumReportEntry<'a> {
    /// Unsigned 64-bit, unique per UDI.
    pub report_id: u64,
    /// `OPEN`, `CLOSED`, `ACK` …, in the device's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<Text<'a>>,
    /// `N`, `P`, `E`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flag: Option<Text<'a>>,
    /// The feature it measures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub feature: Option<Text<'a>>,
    /// What it measures: `ENTITLEMENT`, `TELEMETRY`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metric: Option<Text<'a>>,
    /// `Metric Value:`, the full entitlement tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entitlement_tag: Option<Text<'a>>,
    /// Product identifier of the chassis that reports.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pid: Option<Text<'a>>,
    /// Its serial number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub serial_number: Option<Text<'a>>,
    /// The report before it; 0 is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_report_id: Option<u64>,
    /// The report after it; 0 is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_report_id: Option<u64>,
    /// Why it is in its state: `State Change Reason:`, `Close Reason:`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state_reason: Option<Text<'a>>,
    /// When its measuring began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started: Option<Timestamp<'a>>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<Timestamp<'a>>,
    /// `Storage State:`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage_state: Option<Text<'a>>,
}
