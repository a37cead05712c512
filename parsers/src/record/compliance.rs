//! What CSSM has granted and told a device: the terms of authorizations and reservations, the conversion of older
//! licences, the verdict on compliance, and the policy that counts in intervals.

use serde::Serialize;

use super::value::{Text, Timestamp};
use super::words::{DeviceAuthorizationStatus, Term};

/// One term of an authorization or reservation: for how many licences, and until when, one chassis holds it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct LicenseTerm<'a> {
    /// HA role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Text<'a>>,
    /// Product identifier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pid: Option<Text<'a>>,
    /// Serial number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub serial_number: Option<Text<'a>>,
    /// `Authorization type:`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<DeviceAuthorizationStatus>,
    /// The device's words for a type that is not on the list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_text: Option<Text<'a>>,
    /// When it was installed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub installed_on: Option<Timestamp<'a>>,
    /// `License type:`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub term: Option<Term>,
    /// The device's words for a type that is not on the list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub term_text: Option<Text<'a>>,
    /// `Start Date:`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub starts: Option<Timestamp<'a>>,
    /// `End Date:`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp<'a>>,
    /// `Term Count:`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// `Subscription ID:`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subscription_id: Option<Text<'a>>,
}

/// `License Conversion:`, from PAK or right-to-use to Smart.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Conversion<'a> {
    /// `Automatic Conversion Enabled:`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub automatic_enabled: Option<bool>,
    /// `Status:`, without a time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_text: Option<Text<'a>>,
    /// Since when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp<'a>>,
    /// `Last Data Push:`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_data_push: Option<Timestamp<'a>>,
    /// `Last File Export:`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_file_export: Option<Timestamp<'a>>,
}

/// What CSSM last told the device about its compliance.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct DeviceEnforcement<'a> {
    /// `Device Enforcement State:`, in the device's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state_text: Option<Text<'a>>,
    /// `Enforcement Status: / Date: Generated on …`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Timestamp<'a>>,
}

/// `PolicyV2:`, whose intervals the device prints without a unit.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct PolicyV2 {
    /// `Sync Overdue Interval:`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sync_overdue_interval: Option<u64>,
    /// `Sync Retry Interval:`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sync_retry_interval: Option<u64>,
    /// `Grace Period:`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grace_period: Option<u64>,
    /// `On Going Reporting Interval:`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reporting_interval: Option<u64>,
    /// `No Enforcement:`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_enforcement: Option<bool>,
}
