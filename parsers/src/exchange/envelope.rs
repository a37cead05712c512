//! XML files: what lies in the envelope, each part as it stands.
//!
//! ```text
//! <smartLicense>
//!   <smartLicenseSystemInfo><data>{…}</data></smartLicenseSystemInfo>
//!   <RUMReport><![CDATA[{…}]]></RUMReport> …
//! </smartLicense>
//! ```
//! An element may also stand without the envelope, as `<RUMReport>`, `<smartLicensePolicy>` and `<specificPLR>` do.
//! Parts are told by the words in their names, because not every name is published.

use super::error::ExchangeError;
use super::message::Message;
use super::policy::PolicyFile;
use super::raw::{Raw, Unknown};
use super::report::RumReport;
use super::tree::{Elements, Words, key};
use super::view::View;
use super::{Content, ExchangeFile, MOST_PARTS, Part};
use crate::netconf::{Broken, Step, Tag, Walk};
use crate::record::{ExchangeKind, Text};

/// Whether an element of this name is exchanged.
pub(super) fn is_known(name: &str) -> bool {
    let name = key(name);
    name == "smart_license" || kind(&name).is_some()
}

/// What an element holds, told by the words in its name.
fn kind(name: &str) -> Option<ExchangeKind> {
    use ExchangeKind as K;
    let has = |words: &str| name.contains(words);
    if name == "rum_report" {
        return Some(K::UsageReport);
    }
    if name == "specific_plr" {
        return Some(K::AuthorizationCode);
    }
    if !name.starts_with("smart_license_") {
        return None;
    }
    Some(if has("rum_ack") || has("acknowledg") {
        K::Acknowledgement
    } else if has("policy") {
        K::Policy
    } else if has("trust") {
        if has("request") { K::TrustRequest } else { K::TrustCode }
    } else if has("auth") {
        if has("request") { K::AuthorizationRequest } else { K::AuthorizationCode }
    } else if has("system_info") {
        K::Envelope
    } else {
        return None;
    })
}

impl<'a> ExchangeFile<'a> {
    /// Reads the XML, which begins at byte `start`, as far as it goes.
    pub(super) fn read_xml(&mut self, text: &'a str, start: usize) -> Result<(), ExchangeError> {
        let mut walk = Walk::new(text);
        let xml = |Broken { fault, offset }| ExchangeError::Xml { offset: start + offset, fault };
        while let Some(root) = walk.child().map_err(xml)? {
            if key(root.name) == "smart_license" {
                while let Some(tag) = walk.child().map_err(xml)? {
                    self.element(&mut walk, tag, text, start)?;
                }
            } else {
                self.element(&mut walk, root, text, start)?;
            }
        }
        Ok(())
    }

    fn element(
        &mut self,
        walk: &mut Walk<'a>,
        tag: Tag<'a>,
        text: &'a str,
        start: usize,
    ) -> Result<(), ExchangeError> {
        let at = start + tag.offset();
        if self.parts.len() >= MOST_PARTS {
            return Err(ExchangeError::TooMany {
                offset: at,
                what: "reports or messages",
                limit: MOST_PARTS,
            });
        }
        let xml = |Broken { fault, offset }| ExchangeError::Xml { offset: start + offset, fault };
        let kind = kind(&key(tag.name));
        let content = match kind {
            Some(ExchangeKind::UsageReport) => Content::RumReport(report(walk, text, start).map_err(xml)?),
            Some(kind) => {
                let view = View::plain(text, start);
                let node = Elements::new().read(walk, tag, text).map_err(|overrun| overrun.at(start))?;
                match kind {
                    ExchangeKind::Policy => Content::Policy(PolicyFile::read(&view, &node)),
                    kind => Content::of(kind, Message::read(&view, &node)),
                }
            }
            None => {
                walk.pass().map_err(xml)?;
                let value = Raw::from(text.get(tag.offset()..walk.offset()).unwrap_or_default());
                Content::Unknown(Unknown { within: "smartLicense", name: tag.name.into(), value })
            }
        };
        let raw = text.get(tag.offset()..walk.offset()).unwrap_or_default();
        self.parts.push(Part { start: at, raw: raw.as_bytes(), content });
        Ok(())
    }
}

/// Reads the element that was opened last as one report.
fn report<'a>(
    walk: &mut Walk<'a>,
    text: &'a str,
    start: usize,
) -> Result<Result<RumReport<'a>, ExchangeError>, Broken> {
    let from = walk.offset();
    let mut words = Words::default();
    let mut inner = None;
    loop {
        match walk.step()? {
            Step::Text(decoded) => words.add(walk.event(), decoded),
            Step::Open(tag) => {
                inner.get_or_insert(start + tag.offset());
                walk.pass()?;
            }
            Step::Close | Step::End => break,
        }
    }
    if let Some(offset) = inner {
        return Ok(Err(ExchangeError::Missing { offset, expected: "a RUM report as JSON, not as elements" }));
    }
    let words = words.text();
    Ok(match &words {
        Text::Borrowed(json) => {
            let at = json.as_ptr().addr().saturating_sub(text.as_ptr().addr());
            RumReport::read(&View::plain(json, start + at))
        }
        Text::Owned(json) => RumReport::read(&View::detached(json, start + from)),
    })
}
