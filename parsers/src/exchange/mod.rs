//! Files that devices and Cisco's licence services exchange: read, never written, and never changed.
//!
//! A RUM report is signed over the exact characters of its payload, which is JSON inside a JSON string. Whoever
//! writes it anew loses it: the licence service refuses the report. So [`parse`] gives slices of the bytes it was
//! given. [`Part::raw`] is an element as it stands, [`RumReport::signed`] what the signature covers, and
//! [`ExchangeFile::pieces`] put together are the file, byte for byte. Facts are read beside them; what no grammar
//! knows is kept as it stands under its own name ([`Unknown`]).
//!
//! | kind | form | rests on |
//! |---|---|---|
//! | usage report, both payload layouts | `<smartLicense>` or a lone `<RUMReport>`; JSON of the REST interface | real samples |
//! | RUM payload | the JSON that `test license smart rum show` prints | a real sample |
//! | acknowledgement, policy | `<smartLicenseRumAck>`, `<smartLicensePolicy>` | published element names; content by names that Cisco uses elsewhere ([`Message`], [`PolicyFile`]) |
//! | trust request, trust code | `<smartLicense…Trust…>` | as above |
//! | authorization request (SLAC) | `<smartLicenseAuthRequest>` | published keys |
//! | authorization: SLAC, SLR, CUCM | `<specificPLR>`, alone or in the envelope | a real sample; SLAC as above |
//! | reservation codes | text, alone or in the session that printed it | published examples |
//! | bundle manifest | `Manifest-Version: …` | Cisco's sample program |
//!
//! # The record
//! `licwatch parse` shows such a file as a record of the device that it is about: UDIs, software version, host name,
//! utility mode. Reports tell of a past period and authorizations of what shall be installed, so neither is taken for
//! what is in use now: `licenses` and `licensing.policy` stay absent. The record's own member `exchange` has one entry
//! per file: kind, report ids, periods, counts, devices, entitlements, deadlines. Codes and signatures are named there
//! and not shown; `sources[].command` says which command of a device makes or takes the file.
//!
//! # Bounds
//! A file has at most 64 MiB and 20,000 parts, a part 200,000 values, XML 64 and JSON 24 levels (deeper values are
//! kept unread). Work grows with the size of the file; nothing recurses deeper than the levels.

mod authorization;
mod codes;
mod envelope;
mod error;
mod facts;
mod manifest;
mod message;
mod payload;
mod policy;
mod raw;
mod recognize;
mod remarks;
mod report;
mod summary;
mod tree;
mod udi;
mod view;

use crate::record::ExchangeKind;

pub use codes::Code;
pub use error::ExchangeError;
pub use manifest::{Manifest, ManifestEntry};
pub use message::Message;
pub use payload::{Measurement, Payload};
pub use policy::PolicyFile;
pub use raw::{Raw, Unknown};
pub use report::{RumReport, Signature};
pub use udi::Identity;

pub(crate) use summary::parse_capture;

/// Bytes of a file. Those of devices have a few megabytes.
const MOST_BYTES: usize = 64 << 20;
/// Reports and messages of a file. Devices keep some hundreds.
const MOST_PARTS: usize = 20_000;

/// A file, in parts.
#[derive(Clone, Debug, PartialEq)]
pub struct ExchangeFile<'a> {
    bytes: Bytes<'a>,
    /// What it is, by its most telling part.
    pub kind: ExchangeKind,
    /// Its parts in order.
    pub parts: Vec<Part<'a>>,
    /// Lines between codes that are something else.
    pub unknown: Vec<Unknown<'a>>,
}

/// The bytes of a file, which `Debug` does not print.
#[derive(Clone, Copy, PartialEq)]
struct Bytes<'a>(&'a [u8]);

impl std::fmt::Debug for Bytes<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

/// An element, object or code of a file.
#[derive(Clone, PartialEq)]
pub struct Part<'a> {
    /// Its first byte in the file.
    pub start: usize,
    /// Its bytes.
    pub raw: &'a [u8],
    /// What it is.
    pub content: Content<'a>,
}

impl std::fmt::Debug for Part<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Part")
            .field("start", &self.start)
            .field("raw", &Bytes(self.raw))
            .field("content", &self.content)
            .finish()
    }
}

/// What a part is.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Content<'a> {
    /// A RUM report, or why its form is none.
    RumReport(Result<RumReport<'a>, ExchangeError>),
    /// Which device wrote the file.
    SystemInfo(Message<'a>),
    /// An acknowledgement.
    Acknowledgement(Message<'a>),
    /// A policy.
    Policy(PolicyFile<'a>),
    /// A device asks to be trusted.
    TrustRequest(Message<'a>),
    /// A device is trusted.
    TrustCode(Message<'a>),
    /// A device asks for an authorization or gives one back.
    AuthorizationRequest(Message<'a>),
    /// An authorization.
    AuthorizationCode(Message<'a>),
    /// A code that people copy.
    Code(Code<'a>),
    /// The manifest of a bundle.
    Manifest(Manifest<'a>),
    /// An element that nobody here knows.
    Unknown(Unknown<'a>),
}

impl<'a> Content<'a> {
    fn of(kind: ExchangeKind, message: Message<'a>) -> Self {
        match kind {
            ExchangeKind::Acknowledgement => Self::Acknowledgement(message),
            ExchangeKind::TrustRequest => Self::TrustRequest(message),
            ExchangeKind::TrustCode => Self::TrustCode(message),
            ExchangeKind::AuthorizationRequest => Self::AuthorizationRequest(message),
            ExchangeKind::AuthorizationCode => Self::AuthorizationCode(message),
            _ => Self::SystemInfo(message),
        }
    }

    /// What a file is whose most telling part this is.
    pub fn kind(&self) -> ExchangeKind {
        match self {
            Self::RumReport(Ok(report)) if report.is_bare() => ExchangeKind::RumPayload,
            Self::RumReport(_) => ExchangeKind::UsageReport,
            Self::SystemInfo(_) | Self::Unknown(_) => ExchangeKind::Envelope,
            Self::Acknowledgement(_) => ExchangeKind::Acknowledgement,
            Self::Policy(_) => ExchangeKind::Policy,
            Self::TrustRequest(_) => ExchangeKind::TrustRequest,
            Self::TrustCode(_) => ExchangeKind::TrustCode,
            Self::AuthorizationRequest(_) => ExchangeKind::AuthorizationRequest,
            Self::AuthorizationCode(_) => ExchangeKind::AuthorizationCode,
            Self::Code(_) => ExchangeKind::ReservationCodes,
            Self::Manifest(_) => ExchangeKind::BundleManifest,
        }
    }
}

impl<'a> ExchangeFile<'a> {
    /// The file's bytes.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes.0
    }

    /// The whole file in pieces: its parts and what stands between them. Put together they are the file.
    pub fn pieces(&self) -> impl Iterator<Item = &'a [u8]> {
        let bytes = self.bytes.0;
        let ends = self.parts.iter().map(|part| (part.start, part.start + part.raw.len()));
        let mut at = 0;
        ends.chain([(bytes.len(), bytes.len())]).flat_map(move |(start, end)| {
            let between = bytes.get(at..start).unwrap_or_default();
            at = end;
            [between, bytes.get(start..end).unwrap_or_default()]
        })
    }

    /// The reports whose form is sound.
    pub fn reports(&self) -> impl Iterator<Item = &RumReport<'a>> {
        self.parts.iter().filter_map(|part| match &part.content {
            Content::RumReport(report) => report.as_ref().ok(),
            _ => None,
        })
    }

    /// The messages: everything but reports, policies, codes and manifests.
    pub fn messages(&self) -> impl Iterator<Item = &Message<'a>> {
        self.parts.iter().filter_map(|part| match &part.content {
            Content::SystemInfo(message)
            | Content::Acknowledgement(message)
            | Content::TrustRequest(message)
            | Content::TrustCode(message)
            | Content::AuthorizationRequest(message)
            | Content::AuthorizationCode(message) => Some(message),
            _ => None,
        })
    }
}

/// Reads a file.
///
/// # Errors
/// It is none of these files, or it is broken. One report in which something is broken is no error of the file: its
/// bytes can be handed on all the same ([`RumReport::payload`]).
pub fn parse(bytes: &[u8]) -> Result<ExchangeFile<'_>, ExchangeError> {
    let (file, end) = parse_partially(bytes);
    end.map(|()| file)
}

/// Reads a file as far as it goes, and says why it goes no further.
pub fn parse_partially(bytes: &[u8]) -> (ExchangeFile<'_>, Result<(), ExchangeError>) {
    let kind = ExchangeKind::Envelope;
    let mut file = ExchangeFile { bytes: Bytes(bytes), kind, parts: Vec::new(), unknown: Vec::new() };
    let end = file.read();
    file.kind = recognize::kind(&file, end.is_ok());
    (file, end)
}
