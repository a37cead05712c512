//! How the device is licensed as a whole: registration, authorization, policy, reporting, trust.

use serde::Serialize;

use super::compliance::{Conversion, DeviceEnforcement, PolicyV2};
use super::value::{Attempt, Text, Timestamp, absent};
use super::words::{
    AuthorizationStatus, DeviceAuthorizationStatus, ExportControl, LicensingModel, RegistrationStatus,
    SiaStatus, TransportType,
};

/// Everything about licensing that is not about one licence.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Licensing<'a> {
    /// The model that the output shows in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<LicensingModel>,
    /// From `Smart Licensing is ENABLED/DISABLED` alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub smart_licensing_enabled: Option<bool>,
    /// `5.1.21_rel/96`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent_version: Option<Text<'a>>,
    /// Smart Account, without the `As of …` tail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub smart_account: Option<Text<'a>>,
    /// Virtual Account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub virtual_account: Option<Text<'a>>,
    /// The `As of …` tail of the Smart Account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_as_of: Option<Timestamp<'a>>,
    /// Classic Smart Licensing registration.
    #[serde(skip_serializing_if = "absent")]
    pub registration: Registration<'a>,
    /// `License Authorization:`.
    #[serde(skip_serializing_if = "absent")]
    pub authorization: Authorization<'a>,
    /// License reservation as a setting.
    #[serde(skip_serializing_if = "absent")]
    pub reservation: Reservation,
    /// How usage is reported.
    #[serde(skip_serializing_if = "absent")]
    pub transport: Transport<'a>,
    /// The reporting policy in use.
    #[serde(skip_serializing_if = "absent")]
    pub policy: Policy<'a>,
    /// Acknowledgements and pushes.
    #[serde(skip_serializing_if = "absent")]
    pub reporting: Reporting<'a>,
    /// RUM report counters.
    #[serde(skip_serializing_if = "absent")]
    pub rum_reports: RumReports<'a>,
    /// Trust codes, one per UDI.
    #[serde(skip_serializing_if = "absent")]
    pub trust_codes: Vec<TrustCode<'a>>,
    /// Authorization codes (SLAC, SLR, PLR), one per UDI.
    #[serde(skip_serializing_if = "absent")]
    pub device_authorizations: Vec<DeviceAuthorization<'a>>,
    /// Conversion from PAK or right-to-use.
    #[serde(skip_serializing_if = "absent")]
    pub conversion: Conversion<'a>,
    /// What CSSM last said about compliance.
    #[serde(skip_serializing_if = "absent")]
    pub device_enforcement: DeviceEnforcement<'a>,
    /// Utility (usage-billed) licensing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub utility_enabled: Option<bool>,
    /// What the device leaves out of its reports.
    #[serde(skip_serializing_if = "absent")]
    pub privacy: Privacy,
    /// `Custom Id:`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_id: Option<Text<'a>>,
    /// IOS XR: when usage is collected.
    #[serde(skip_serializing_if = "absent")]
    pub collection: Window<'a>,
    /// IOS XR: when usage is reported.
    #[serde(skip_serializing_if = "absent")]
    pub reporting_window: Window<'a>,
    /// IOS XR: Software Innovation Access.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sia_status: Option<SiaStatus>,
    /// The device's words for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sia_status_text: Option<Text<'a>>,
    /// IOS XR: how long upgrades go on without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sia_grace_remaining_seconds: Option<u64>,
}

/// Registration with CSSM or SSM On-Prem.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Registration<'a> {
    /// Its state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<RegistrationStatus>,
    /// The device's words for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_text: Option<Text<'a>>,
    /// Export-controlled functionality.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub export_controlled_functionality: Option<ExportControl>,
    /// The first registration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initial_registration: Option<Attempt<'a>>,
    /// The last renewal of the ID certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_renewal_attempt: Option<Attempt<'a>>,
    /// The next one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_renewal_attempt: Option<Timestamp<'a>>,
    /// When the registration ends unless renewed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp<'a>>,
}

/// Authorization of the licences in use.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Authorization<'a> {
    /// Its state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<AuthorizationStatus>,
    /// The device's words for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_text: Option<Text<'a>>,
    /// Since when (`AUTHORIZED on …`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp<'a>>,
    /// The last talk with the licence service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_communication_attempt: Option<Attempt<'a>>,
    /// The next one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_communication_attempt: Option<Timestamp<'a>>,
    /// When the authorization ends without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub communication_deadline: Option<Timestamp<'a>>,
    /// What is left of the evaluation period, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evaluation_remaining_seconds: Option<u64>,
}

/// License reservation as a setting.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Reservation {
    /// `License Reservation is ENABLED`, `License reservation: DISABLED`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
}

/// How usage is reported.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Transport<'a> {
    /// The kind.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<TransportType>,
    /// The device's words for a kind that is not on the list.
    #[serde(rename = "type_text", skip_serializing_if = "Option::is_none")]
    pub kind_text: Option<Text<'a>>,
    /// `URL:`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<Text<'a>>,
    /// `Cslu address:`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cslu_address: Option<Text<'a>>,
    /// `Proxy: / Address:`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proxy_address: Option<Text<'a>>,
    /// `Proxy: / Port:`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proxy_port: Option<u16>,
    /// `VRF:`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vrf: Option<Text<'a>>,
}

/// The reporting policy. Defaults differ between releases: read from the device, never assumed.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Policy<'a> {
    /// `Policy name:`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Text<'a>>,
    /// `Policy in use: Installed On …`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub installed_on: Option<Timestamp<'a>>,
    /// True for `Merged from multiple sources`, else absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merged: Option<bool>,
    /// Whether reports must be acknowledged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ack_required: Option<bool>,
    /// `Unenforced/Non-Export Perpetual Attributes`.
    #[serde(skip_serializing_if = "absent")]
    pub unenforced_perpetual: PolicyGroup<'a>,
    /// `Unenforced/Non-Export Subscription Attributes`.
    #[serde(skip_serializing_if = "absent")]
    pub unenforced_subscription: PolicyGroup<'a>,
    /// `Enforced (Perpetual/Subscription) License Attributes`.
    #[serde(skip_serializing_if = "absent")]
    pub enforced: PolicyGroup<'a>,
    /// `Export (Perpetual/Subscription) License Attributes`.
    #[serde(skip_serializing_if = "absent")]
    pub export: PolicyGroup<'a>,
    /// `PolicyV2:`, which has intervals in place of the four groups.
    #[serde(skip_serializing_if = "absent")]
    pub v2: PolicyV2,
}

/// The three numbers of one policy group.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct PolicyGroup<'a> {
    /// `First report requirement (days)`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_report_days: Option<PolicyDays<'a>>,
    /// `Reporting frequency (days)`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reporting_frequency_days: Option<PolicyDays<'a>>,
    /// `Report on change (days)`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub report_on_change_days: Option<PolicyDays<'a>>,
}

/// A number of days and who set it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PolicyDays<'a> {
    /// Days; 0 means that none is required.
    pub days: u32,
    /// `CISCO default`, `Customer Policy`; NETCONF does not state it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Text<'a>>,
}

/// `Usage Reporting:`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Reporting<'a> {
    /// `Last ACK received`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_ack_received: Option<Timestamp<'a>>,
    /// `Next ACK deadline`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_ack_deadline: Option<Timestamp<'a>>,
    /// `Reporting push interval`, days.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub push_interval_days: Option<u32>,
    /// `Next ACK push check`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_ack_push_check: Option<Timestamp<'a>>,
    /// `Next report push`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_report_push: Option<Timestamp<'a>>,
    /// `Last report push`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_report_push: Option<Timestamp<'a>>,
    /// `Last report file write`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_report_file_write: Option<Timestamp<'a>>,
}

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

/// A trust code and the UDI that holds it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TrustCode<'a> {
    /// HA role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Text<'a>>,
    /// Product identifier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pid: Option<Text<'a>>,
    /// Serial number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub serial_number: Option<Text<'a>>,
    /// When it was installed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub installed_on: Option<Timestamp<'a>>,
    /// From when it is valid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_on: Option<Timestamp<'a>>,
    /// When it expires, or has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_on: Option<Timestamp<'a>>,
    /// `Trust Code Type:`, who issued it: `CSSM`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code_type: Option<Text<'a>>,
}

/// An authorization or reservation code and the UDI that holds it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct DeviceAuthorization<'a> {
    /// HA role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Text<'a>>,
    /// Product identifier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pid: Option<Text<'a>>,
    /// Serial number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub serial_number: Option<Text<'a>>,
    /// Its state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<DeviceAuthorizationStatus>,
    /// The device's words for a state that is not on the list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_text: Option<Text<'a>>,
    /// When it was installed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub installed_on: Option<Timestamp<'a>>,
    /// `Last Confirmation code`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirmation_code: Option<Text<'a>>,
    /// `Last return code`: must go back to CSSM.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub return_code: Option<Text<'a>>,
    /// `Request code`, which CSSM answers with a reservation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_code: Option<Text<'a>>,
    /// `Request Time`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requested_on: Option<Timestamp<'a>>,
}

/// What the device leaves out of its reports; `ENABLED` privacy is true.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Privacy {
    /// `Sending Hostname: yes`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hostname_sent: Option<bool>,
    /// `Callhome hostname privacy`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub callhome_hostname_privacy: Option<bool>,
    /// `Smart Licensing hostname privacy`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub smart_licensing_hostname_privacy: Option<bool>,
    /// `Version privacy`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_privacy: Option<bool>,
}

/// A pair of times, IOS XR `LAST` and `NEXT`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Window<'a> {
    /// The last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<Timestamp<'a>>,
    /// The next one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<Timestamp<'a>>,
}
