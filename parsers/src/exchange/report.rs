//! A RUM report: the signed payload, which is handed on as it came, and its signature.
//!
//! ```text
//! {"payload":"{\"version\":\"2.0\",…}","header":{"type":"rum"},
//!  "signature":{"sudi":{…},"signing_type":"builtin","key":"regid.…","value":"…="}}
//! ```

use super::error::ExchangeError;
use super::facts::{Facts, put};
use super::payload::Payload;
use super::raw::{Raw, Unknown};
use super::tree::{self, Node};
use super::view::View;
use crate::record::{Text, Udi};

/// A RUM report.
#[derive(Clone, Debug, PartialEq)]
pub struct RumReport<'a> {
    /// The report as it stands: the JSON object.
    pub raw: Raw<'a>,
    /// What the signature covers, once its escapes are resolved: the payload's text with its escapes, between its
    /// quotes. Whoever hands it on hands on these bytes; written anew, the licence service refuses it.
    pub signed: Raw<'a>,
    /// What the payload says, or why that cannot be told. The bytes are good to hand on either way.
    pub payload: Result<Payload<'a>, ExchangeError>,
    /// The signature; a report without one cannot be handed in.
    pub signature: Option<Signature<'a>>,
    /// The `header` object as it stands.
    pub header: Option<Raw<'a>>,
    /// What no grammar knows.
    pub unknown: Vec<Unknown<'a>>,
}

impl<'a> RumReport<'a> {
    /// Reads the object with payload and signature, or the payload alone.
    pub(super) fn read(view: &View<'a, '_>) -> Result<Self, ExchangeError> {
        let root = tree::json(view)?;
        if is_payload(&root) {
            let payload = Payload::read(view);
            let raw = Raw::from(view.keep(root.raw));
            let signed = raw.clone();
            return Ok(Self { raw, signed, payload, signature: None, header: None, unknown: Vec::new() });
        }
        Self::of_object(view, &root)
    }

    /// Reads the object, which is a node of the view's text.
    pub(super) fn of_object<'t>(view: &View<'a, 't>, root: &Node<'t>) -> Result<Self, ExchangeError> {
        let mut facts = Facts::of(view);
        let (mut payload, mut signature, mut header) = (None, None, None);
        facts.each(root, "report", |facts, key, field| match key {
            "payload" => put(&mut payload, field, signed(view, field)),
            "signature" => put(&mut signature, field, Signature::read(facts, field)),
            "header" => put(&mut header, field, Some(facts.raw(field))),
            _ => false,
        });
        let Some((signed, payload)) = payload else {
            let expected = "a RUM report whose payload is one JSON string, as the device wrote it";
            return Err(ExchangeError::Missing { offset: facts.place(root), expected });
        };
        let raw = facts.raw(root);
        Ok(Self { raw, signed, payload, signature, header, unknown: facts.unknown })
    }

    /// Whether this is the payload alone, as `test license smart rum show` prints it.
    pub fn is_bare(&self) -> bool {
        self.raw == self.signed
    }
}

/// Whether this is a payload without what signs it.
pub(super) fn is_payload(root: &Node<'_>) -> bool {
    let has = |key| root.child(key).is_some();
    !has("payload") && (has("asset_identification") || has("measurements") && has("meta"))
}

type Signed<'a> = (Raw<'a>, Result<Payload<'a>, ExchangeError>);

/// The payload's text as it stands, and what it says.
fn signed<'a, 't>(view: &View<'a, 't>, field: &Node<'t>) -> Option<Signed<'a>> {
    let text = field.leaf()?;
    let escaped = field.raw.strip_prefix('"')?.strip_suffix('"')?;
    let start = view.place(escaped);
    let kept = view.keep(escaped);
    let payload = match &kept {
        Text::Borrowed(raw) => Payload::read(&View::unescaped(text, raw, start)),
        Text::Owned(_) => Payload::read(&View::detached(text, start)),
    };
    Some((kept.into(), payload))
}

/// A signature. Nobody but Cisco can verify it.
#[derive(Clone, Debug, PartialEq)]
pub struct Signature<'a> {
    /// The object or element as it stands.
    pub raw: Raw<'a>,
    /// Who signed.
    pub device: Option<Udi<'a>>,
    /// `builtin`.
    pub signing_type: Option<Text<'a>>,
    /// The key's name: the software's tag.
    pub key: Option<Text<'a>>,
    /// The signature itself, base64.
    pub value: Option<Raw<'a>>,
}

impl<'a> Signature<'a> {
    pub(super) fn read<'t>(facts: &mut Facts<'_, 'a, 't>, node: &Node<'t>) -> Option<Self> {
        let raw = facts.raw(node);
        let mut signature = Self { raw, device: None, signing_type: None, key: None, value: None };
        if node.leaf().is_some() {
            signature.value = facts.secret(node);
            return Some(signature);
        }
        facts.each(node, "signature", |facts, key, field| match key {
            "sudi" => {
                let device = facts.identity(field, "signature.sudi").map(|device| device.udi);
                put(&mut signature.device, field, device)
            }
            "signing_type" | "type" => put(&mut signature.signing_type, field, facts.text(field)),
            "key" => put(&mut signature.key, field, facts.text(field)),
            "value" => put(&mut signature.value, field, facts.secret(field)),
            _ => false,
        });
        Some(signature)
    }
}
