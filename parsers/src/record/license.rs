//! One licence, entitlement or feature.

use serde::Serialize;

use super::compliance::LicenseTerm;
use super::value::{Expiry, Text, Timestamp, absent};
use super::words::{Enforcement, ExportStatus, LicenseStatus, Priority, ReservationStatus, Term};

/// One licence, entitlement or feature, as one row or block of the output states it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct License<'a> {
    /// `network-advantage`, `ipbasek9`; absent where the device prints none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Text<'a>>,
    /// The text in parentheses: `C9300-24 Network Advantage`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entitlement: Option<Text<'a>>,
    /// `regid.2017-03.com.cisco.…,1.0_<uuid>`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entitlement_tag: Option<Text<'a>>,
    /// True where the device cut the name or entitlement with `...`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub truncated: bool,
    /// `Description:`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Text<'a>>,
    /// `Feature Name:`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub feature_name: Option<Text<'a>>,
    /// `Feature Description:`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub feature_description: Option<Text<'a>>,
    /// `Version:`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<Text<'a>>,
    /// How many are in use or required.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// IOS XR `Next` column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count_next: Option<u64>,
    /// The active part of a PAK count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count_active: Option<u64>,
    /// The violation part of a PAK count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count_violation: Option<u64>,
    /// `Reported In Use Count:`, what CSSM has been told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count_reported: Option<u64>,
    /// `Authorized Count:`, as CSSM counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count_authorized: Option<u64>,
    /// `Out-Of-Compliance Count:`, for whatever reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count_out_of_compliance: Option<u64>,
    /// `Subscription Expired:`, out of compliance because of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count_subscription_expired: Option<u64>,
    /// `Insufficient Count:`, out of compliance because of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count_insufficient: Option<u64>,
    /// `No license:`, out of compliance because of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count_unlicensed: Option<u64>,
    /// `Total available count:`, what authorization codes allow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_available: Option<u64>,
    /// `Total reserved count:`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_reserved: Option<u64>,
    /// The terms of its authorizations and reservations, by chassis.
    #[serde(skip_serializing_if = "absent")]
    pub terms: Vec<LicenseTerm<'a>>,
    /// `Sync Overdue Deadline:`, by when CSSM must have heard of its use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sync_overdue_deadline: Option<Timestamp<'a>>,
    /// Its state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<LicenseStatus>,
    /// The device's words, with a code such as `IN USE(15)`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_text: Option<Text<'a>>,
    /// `Export status:`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub export_status: Option<ExportStatus>,
    /// The device's words for a status that is not on the list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub export_status_text: Option<Text<'a>>,
    /// `Enforcement type:`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enforcement: Option<Enforcement>,
    /// The device's words for a type that is not on the list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enforcement_text: Option<Text<'a>>,
    /// `License type:`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub term: Option<Term>,
    /// The device's words for a type that is not on the list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub term_text: Option<Text<'a>>,
    /// PAK: whether the end-user licence agreement was accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eula_accepted: Option<bool>,
    /// PAK: true where the output prints the store that holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub installed: Option<bool>,
    /// When it ends, or `"never"`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<Expiry<'a>>,
    /// PAK evaluation: seconds left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub period_left_seconds: Option<u64>,
    /// PAK evaluation: seconds used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub period_used_seconds: Option<u64>,
    /// NX-OS grace period: seconds left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grace_remaining_seconds: Option<u64>,
    /// PAK priority.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
    /// IOS XR Feature/Area column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub area: Option<Text<'a>>,
    /// SLR: the state of its reservation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reservation_status: Option<ReservationStatus>,
    /// The device's words for a state that is not on the list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reservation_status_text: Option<Text<'a>>,
    /// AireOS capacity: the most that may be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_count: Option<u64>,
    /// AireOS capacity: what is left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remaining_count: Option<u64>,
}
