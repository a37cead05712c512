//! Which kind of file it is.

use super::codes;
use super::envelope;
use super::error::ExchangeError;
use super::manifest::{Manifest, is_manifest};
use super::report::{RumReport, is_payload};
use super::tree;
use super::view::View;
use super::{Content, ExchangeFile, MOST_BYTES, MOST_PARTS, Part};
use crate::netconf::Walk;
use crate::record::ExchangeKind;

/// The kinds, the most telling first: a usage file says of which device it is, an acknowledgement may bring a policy.
const TELLING: [ExchangeKind; 11] = [
    ExchangeKind::UsageReport,
    ExchangeKind::RumPayload,
    ExchangeKind::Acknowledgement,
    ExchangeKind::AuthorizationRequest,
    ExchangeKind::AuthorizationCode,
    ExchangeKind::TrustRequest,
    ExchangeKind::TrustCode,
    ExchangeKind::Policy,
    ExchangeKind::ReservationCodes,
    ExchangeKind::BundleManifest,
    ExchangeKind::Envelope,
];

/// The kind of a file by its parts. A device that used nothing saves a file without any report.
pub(super) fn kind(file: &ExchangeFile<'_>, whole: bool) -> ExchangeKind {
    let kinds = || file.parts.iter().map(|part| part.content.kind());
    let unknown = |part: &Part<'_>| matches!(part.content, Content::Unknown(_));
    if whole && !file.parts.iter().any(unknown) && kinds().all(|kind| kind == ExchangeKind::Envelope) {
        return ExchangeKind::UsageReport;
    }
    TELLING.into_iter().find(|telling| kinds().any(|kind| kind == *telling)).unwrap_or(ExchangeKind::Envelope)
}

/// Whether a text begins as an exchange file does that is no list of codes. It may be broken.
pub(super) fn begins(text: &str) -> bool {
    let text = text.trim_start_matches(BYTE_ORDER_MARK).trim_start();
    match text.bytes().next() {
        Some(b'<') => {
            let root = Walk::new(text).root();
            root.is_ok_and(|root| root.is_some_and(|root| envelope::is_known(root.name)))
        }
        Some(b'{') => {
            let has = |words: &str| memchr::memmem::find(text.as_bytes(), words.as_bytes()).is_some();
            has("asset_identification") || has("\"payload\"") && has("\"signature\"")
        }
        _ => is_manifest(text),
    }
}

const BYTE_ORDER_MARK: char = '\u{feff}';

impl<'a> ExchangeFile<'a> {
    /// Reads the parts.
    pub(super) fn read(&mut self) -> Result<(), ExchangeError> {
        let bytes = self.bytes();
        if let Some(packed) = archive(bytes) {
            return Err(ExchangeError::Archive { packed });
        }
        if bytes.len() > MOST_BYTES {
            return Err(ExchangeError::TooLarge { bytes: bytes.len(), limit: MOST_BYTES });
        }
        let text = std::str::from_utf8(bytes)
            .map_err(|error| ExchangeError::NotText { offset: error.valid_up_to() })?;
        let body = text.trim_start_matches(BYTE_ORDER_MARK).trim_start();
        let start = text.len() - body.len();
        match body.bytes().next() {
            Some(b'<') => self.read_markup(body, start),
            Some(b'{') => self.read_json(body.trim_end(), start),
            Some(_) if is_manifest(body) => {
                let raw = body.as_bytes();
                self.parts.push(Part { start, raw, content: Content::Manifest(Manifest::read(body)) });
                Ok(())
            }
            _ => self.read_codes(body, start),
        }
    }

    fn read_markup(&mut self, text: &'a str, start: usize) -> Result<(), ExchangeError> {
        let root = Walk::new(text).root().map_err(|broken| tree::Overrun::Broken(broken).at(start))?;
        let found = match root {
            Some(root) if envelope::is_known(root.name) => return self.read_xml(text, start),
            Some(root) => format!("the element {root}"),
            None => "no element".to_owned(),
        };
        Err(ExchangeError::Unrecognized { offset: start, found })
    }

    /// One report, one payload, or `{"usage": […]}` of the REST interface.
    fn read_json(&mut self, text: &'a str, start: usize) -> Result<(), ExchangeError> {
        let view = View::plain(text, start);
        let root = tree::json(&view)?;
        let part = |start, raw: &'a str, report| Part {
            start,
            raw: raw.as_bytes(),
            content: Content::RumReport(report),
        };
        if let Some(usage) = root.child("usage") {
            if usage.children().len() > MOST_PARTS {
                let offset = view.place(usage.raw);
                return Err(ExchangeError::TooMany {
                    offset,
                    what: "reports or messages",
                    limit: MOST_PARTS,
                });
            }
            self.parts.extend(
                usage
                    .children()
                    .iter()
                    .map(|item| part(view.place(item.raw), item.raw, RumReport::of_object(&view, item))),
            );
            return Ok(());
        }
        if root.child("payload").is_none() && !is_payload(&root) {
            return Err(ExchangeError::Unrecognized { offset: start, found: "other JSON".to_owned() });
        }
        let report = RumReport::read(&view);
        self.parts.push(part(view.place(root.raw), root.raw, report));
        Ok(())
    }

    fn read_codes(&mut self, text: &'a str, start: usize) -> Result<(), ExchangeError> {
        let Some(codes) = codes::read(text) else {
            let found = if text.is_empty() { "nothing" } else { "other text" };
            return Err(ExchangeError::Unrecognized { offset: start, found: found.to_owned() });
        };
        let at = |code: &str| start + code.as_ptr().addr().saturating_sub(text.as_ptr().addr());
        self.parts.extend(codes.found.into_iter().map(|(raw, code)| Part {
            start: at(raw),
            raw: raw.as_bytes(),
            content: Content::Code(code),
        }));
        self.unknown = codes.unknown;
        Ok(())
    }
}

/// What an archive is packed with.
fn archive(bytes: &[u8]) -> Option<&'static str> {
    if bytes.starts_with(&[0x1f, 0x8b]) {
        Some("gzip")
    } else if bytes.starts_with(b"PK\x03\x04") {
        Some("zip")
    } else if bytes.get(257..262) == Some(b"ustar") {
        Some("tar")
    } else {
        None
    }
}
