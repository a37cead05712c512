//! How the device is licensed as a whole: registration, authorization, policy, reporting, trust.

use serde::Serialize;

use super::codes::{DeviceAuthorization, TrustCode};
use super::compliance::{Conversion, DeviceEnforcement, PolicyV2};
use super::rum::RumReports;
use super::value::{Attempt, Text, Timestamp, absent};
use super::words::{
    AuthorizationStatus, ExportControl, LicensingModel, RegistrationStatus, SiaStatus, TransportType,
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
