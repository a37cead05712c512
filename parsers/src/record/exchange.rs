//! What exchange files are about, without what is secret in them.
//!
//! RUM reports, acknowledgements, policies and authorizations travel between devices and Cisco's licence services as
//! files. They tell of a past period or of what shall be installed, not of what is in use now, so that none of it
//! stands in `licenses` or `licensing.policy`: the record has a member of its own for it, `exchange`, one entry per
//! file. Codes and signatures are counted here and never shown.

use serde::Serialize;

use super::device::Udi;
use super::licensing::Policy;
use super::value::{Text, Timestamp, absent};
use super::words::{CodeKind, ExchangeKind};

/// What one exchange file is about.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Exchange<'a> {
    /// Index into `sources`.
    pub source: usize,
    /// What it is.
    pub kind: ExchangeKind,
    /// The devices that it names, with the roles of a high-availability set.
    #[serde(skip_serializing_if = "absent")]
    pub devices: Vec<Udi<'a>>,
    /// When it was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub made_at: Option<Timestamp<'a>>,
    /// Smart Account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub smart_account: Option<Text<'a>>,
    /// Virtual Account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub virtual_account: Option<Text<'a>>,
    /// Its RUM reports.
    #[serde(skip_serializing_if = "absent")]
    pub reports: Vec<ReportSummary<'a>>,
    /// How a request went, in the licence service's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Text<'a>>,
    /// What is wrong with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<Text<'a>>,
    /// What it says of reports that were sent.
    #[serde(skip_serializing_if = "absent")]
    pub acknowledged: Vec<AcknowledgedReport<'a>>,
    /// When the next report must have been sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_report_deadline: Option<Timestamp<'a>>,
    /// When the next acknowledgement must have come.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_ack_deadline: Option<Timestamp<'a>>,
    /// Policies that it brings.
    #[serde(skip_serializing_if = "absent")]
    pub policies: Vec<Policy<'a>>,
    /// What is asked for or authorized.
    #[serde(skip_serializing_if = "absent")]
    pub entitlements: Vec<Entitlement<'a>>,
    /// Codes that it holds: what they are and whose, not what they say.
    #[serde(skip_serializing_if = "absent")]
    pub codes: Vec<CodeSummary<'a>>,
}

impl Exchange<'_> {
    /// A file of which nothing is known but what it is.
    pub(crate) fn of(kind: ExchangeKind) -> Self {
        Self {
            source: 0,
            kind,
            devices: Vec::new(),
            made_at: None,
            smart_account: None,
            virtual_account: None,
            reports: Vec::new(),
            status: None,
            message: None,
            acknowledged: Vec::new(),
            next_report_deadline: None,
            next_ack_deadline: None,
            policies: Vec::new(),
            entitlements: Vec::new(),
            codes: Vec::new(),
        }
    }
}

/// One RUM report.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ReportSummary<'a> {
    /// Its number; unique for one UDI only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub report_id: Option<u64>,
    /// The device that it is of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<Udi<'a>>,
    /// What was measured: `regid.…`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entitlement_tag: Option<Text<'a>>,
    /// `ENTITLEMENT`, `TELEMETRY`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metric: Option<Text<'a>>,
    /// When its first measurement begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<jiff::Timestamp>,
    /// When its last measurement ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<jiff::Timestamp>,
    /// How many measurements there are.
    pub measurements: usize,
    /// The greatest count among them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub greatest_count: Option<u64>,
    /// Access points and the like that counted, each named once.
    #[serde(skip_serializing_if = "absent")]
    pub attached: Vec<Udi<'a>>,
    /// Why it was closed: `ProductReload`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub close_reason: Option<Text<'a>>,
}

/// What an acknowledgement says of one report.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct AcknowledgedReport<'a> {
    /// Its number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub report_id: Option<u64>,
    /// `OK`, `FAILED` … in the licence service's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Text<'a>>,
    /// The code of an error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_code: Option<Text<'a>>,
    /// What is wrong with the report.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<Text<'a>>,
}

/// One entitlement that is asked for or authorized.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Entitlement<'a> {
    /// The device that it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<Udi<'a>>,
    /// `regid.…`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<Text<'a>>,
    /// How many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// `PERPETUAL`, `TERM`, `SUBSCRIPTION`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub license_type: Option<Text<'a>>,
    /// When it begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<Timestamp<'a>>,
    /// When it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<Timestamp<'a>>,
    /// The name that Cisco shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Text<'a>>,
    /// More words for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Text<'a>>,
    /// The subscription it is bought by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subscription_id: Option<Text<'a>>,
}

/// A code, without the code.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct CodeSummary<'a> {
    /// What it is for.
    pub kind: CodeKind,
    /// The device it is of, where the code or the words around it name one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<Udi<'a>>,
}
