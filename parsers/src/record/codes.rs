//! The codes that CSSM has given a device: for trust, authorization and reservation.

use serde::Serialize;

use super::value::{Text, Timestamp};
use super::words::DeviceAuthorizationStatus;

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
