//! Values of the tree as facts, and the account of what was not known.

use std::borrow::Cow;

use jiff::Timestamp as Instant;

use super::raw::{Raw, Unknown};
use super::tree::Node;
use super::udi::{Identity, identity};
use super::view::View;
use crate::record::{Text, Timestamp, Udi};
use crate::text::timestamp;

/// Things of which nobody knows what they mean that are kept of one report or message; the file has them all.
const MOST_UNKNOWN: usize = 1_000;

/// A document that is being read.
pub(super) struct Facts<'v, 'a, 't> {
    view: &'v View<'a, 't>,
    /// What no grammar knew.
    pub(super) unknown: Vec<Unknown<'a>>,
}

impl<'v, 'a, 't> Facts<'v, 'a, 't> {
    pub(super) fn of(view: &'v View<'a, 't>) -> Self {
        Self { view, unknown: Vec::new() }
    }

    /// Hands every child of a node to `read`, which says whether it knows it; what it does not know is kept.
    pub(super) fn each(
        &mut self,
        node: &Node<'t>,
        within: &'static str,
        mut read: impl FnMut(&mut Self, &str, &Node<'t>) -> bool,
    ) {
        for child in node.children() {
            if !read(self, &child.key(), child) {
                self.keep(child, within);
            }
        }
    }

    /// Keeps what is not known.
    pub(super) fn keep(&mut self, node: &Node<'t>, within: &'static str) {
        if self.unknown.len() < MOST_UNKNOWN {
            self.unknown.push(Unknown { within, name: self.own(node.name.clone()), value: self.raw(node) });
        }
    }

    /// A node as it stands.
    pub(super) fn raw(&self, node: &Node<'t>) -> Raw<'a> {
        self.view.keep(node.raw).into()
    }

    /// Where a node stands in the file.
    pub(super) fn place(&self, node: &Node<'t>) -> usize {
        self.view.place(node.raw)
    }

    /// The text of a leaf.
    pub(super) fn text(&self, node: &Node<'t>) -> Option<Text<'a>> {
        let text = self.own(node.leaf()?.clone());
        Some(match text {
            Cow::Borrowed(text) => text.trim().into(),
            Cow::Owned(text) => text.trim().to_owned().into(),
        })
    }

    /// The text of a leaf that may be a code or a signature.
    pub(super) fn secret(&self, node: &Node<'t>) -> Option<Raw<'a>> {
        self.text(node).map(Raw::from)
    }

    /// A number, with or without quotes.
    pub(super) fn number<N: std::str::FromStr>(&self, node: &Node<'t>) -> Option<N> {
        node.leaf()?.trim().parse().ok()
    }

    /// `true`, `yes`, `1` and their contraries.
    pub(super) fn flag(&self, node: &Node<'t>) -> Option<bool> {
        match node.leaf()?.trim().to_ascii_lowercase().as_str() {
            "true" | "yes" | "1" => Some(true),
            "false" | "no" | "0" => Some(false),
            _ => None,
        }
    }

    /// Seconds since 1970, as RUM reports count them.
    pub(super) fn instant(&self, node: &Node<'t>) -> Option<Instant> {
        Instant::from_second(self.number(node)?).ok()
    }

    /// A time: seconds or milliseconds since 1970, or words.
    pub(super) fn time(&self, node: &Node<'t>) -> Option<Timestamp<'a>> {
        let text = self.text(node)?;
        if let Ok(number) = text.parse::<i64>() {
            // In seconds, this is the year 5138.
            let instant = match number {
                100_000_000_000.. => Instant::from_millisecond(number),
                _ => Instant::from_second(number),
            };
            return Some(Timestamp { utc: Some(instant.ok()?), ..Timestamp::unresolved(text) });
        }
        let zoned = text.parse::<Instant>().ok();
        match text {
            _ if zoned.is_some() => Some(Timestamp { utc: zoned, ..Timestamp::unresolved(text) }),
            Cow::Borrowed(words) => timestamp(words),
            Cow::Owned(words) => {
                let utc = timestamp(&words)?.utc;
                Some(Timestamp { utc, ..Timestamp::unresolved(words) })
            }
        }
    }

    /// A UDI, as an object or as words.
    pub(super) fn identity(&mut self, node: &Node<'t>, within: &'static str) -> Option<Identity<'a>> {
        if node.leaf().is_some() {
            return match self.text(node)? {
                Cow::Borrowed(words) => identity(words),
                Cow::Owned(words) => identity(&words).map(Identity::into_owned),
            };
        }
        let mut found = Identity::default();
        self.each(node, within, |facts, key, field| match key {
            "role" => put(&mut found.udi.role, field, facts.text(field).map(lower_case)),
            "udi_pid" | "pid" => put(&mut found.udi.pid, field, facts.text(field)),
            "udi_serial_number" | "serial_number" | "sn" => {
                put(&mut found.udi.serial_number, field, facts.text(field))
            }
            "uuid" => put(&mut found.uuid, field, facts.text(field)),
            // The UDI of a member stands beside its role.
            "sudi" | "udi" => match facts.identity(field, within) {
                Some(inner) if found.udi.pid.is_none() && found.udi.serial_number.is_none() => {
                    let role = found.udi.role.take().or(inner.udi.role);
                    found = Identity { udi: Udi { role, ..inner.udi }, uuid: inner.uuid };
                    true
                }
                _ => field.is_blank(),
            },
            _ => false,
        });
        let named = found.udi.pid.is_some() || found.udi.serial_number.is_some() || found.uuid.is_some();
        named.then_some(found)
    }

    /// The UDI of a node that is read elsewhere.
    pub(super) fn named(&self, node: &Node<'t>) -> Option<Identity<'a>> {
        Self::of(self.view).identity(node, "")
    }

    /// The UDIs of a list.
    pub(super) fn udis(&mut self, node: &Node<'t>, within: &'static str) -> Vec<Udi<'a>> {
        let mut udis = Vec::new();
        for item in node.children() {
            match self.identity(item, within) {
                Some(found) => udis.push(found.udi),
                None => self.keep(item, within),
            }
        }
        udis
    }

    /// The text of a leaf as a slice of the input, if it is one.
    pub(super) fn own_slice(&self, node: &Node<'t>) -> Option<&'a str> {
        let Cow::Borrowed(text) = node.leaf()? else { return None };
        match self.view.keep(text) {
            Cow::Borrowed(slice) => Some(slice),
            Cow::Owned(_) => None,
        }
    }

    fn own(&self, text: Cow<'t, str>) -> Text<'a> {
        match text {
            Cow::Borrowed(slice) => self.view.keep(slice),
            Cow::Owned(text) => text.into(),
        }
    }
}

/// Fills an empty slot. A value that cannot be read, or a second one, is not known; one that is not stated is.
pub(super) fn put<T>(slot: &mut Option<T>, field: &Node<'_>, value: Option<T>) -> bool {
    if slot.is_some() {
        return false;
    }
    if field.is_blank() {
        return true;
    }
    *slot = value;
    slot.is_some()
}

/// The role in small letters, without a copy for the roles that devices name.
fn lower_case(text: Text<'_>) -> Text<'_> {
    match &*text {
        "Active" => "active".into(),
        "Standby" => "standby".into(),
        "Member" => "member".into(),
        _ if text.bytes().any(|byte| byte.is_ascii_uppercase()) => text.to_ascii_lowercase().into(),
        _ => text,
    }
}
