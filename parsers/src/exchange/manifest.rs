//! The manifest of a bundle of usage files.
//!
//! ```text
//! Manifest-Version: 1.0
//! Created-By: "{\"uuid\": \"…\"}"
//! Smart-Account: Example Corp
//! Smart-Account-ID: 100200
//!
//! Name: /UD_VA_26Jan12_10_15_30_123.tar.gz
//! Specification-VA: Branches
//! Specification-VA-ID: 100201
//! ```
//! Source: Cisco's sample program for multi-device uploads (SERVICES.md §1). It leaves the accounts empty.

use super::raw::Unknown;
use crate::record::Text;

/// Bundles that one manifest may name.
const MOST_ENTRIES: usize = 10_000;

/// A manifest.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Manifest<'a> {
    /// `1.0`.
    pub version: Option<Text<'a>>,
    /// Who made it, as it stands.
    pub created_by: Option<Text<'a>>,
    /// Smart Account.
    pub smart_account: Option<Text<'a>>,
    /// Its number.
    pub smart_account_id: Option<Text<'a>>,
    /// The bundles, one per Virtual Account.
    pub entries: Vec<ManifestEntry<'a>>,
    /// Lines that no grammar knows.
    pub unknown: Vec<Unknown<'a>>,
}

/// One bundle of a manifest.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ManifestEntry<'a> {
    /// The file's name.
    pub name: Option<Text<'a>>,
    /// Virtual Account.
    pub virtual_account: Option<Text<'a>>,
    /// Its number.
    pub virtual_account_id: Option<Text<'a>>,
}

/// Whether a text begins as a manifest does.
pub(super) fn is_manifest(text: &str) -> bool {
    text.starts_with("Manifest-Version:")
}

impl<'a> Manifest<'a> {
    pub(super) fn read(text: &'a str) -> Self {
        let mut manifest = Self::default();
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            if !manifest.line(line) && manifest.unknown.len() < MOST_ENTRIES {
                let unknown = Unknown { within: "manifest", name: Text::default(), value: line.into() };
                manifest.unknown.push(unknown);
            }
        }
        manifest
    }

    fn line(&mut self, line: &'a str) -> bool {
        let Some((name, value)) = line.split_once(':') else { return false };
        let value = Some(value.trim()).filter(|value| !value.is_empty()).map(Text::from);
        if name == "Name" {
            if self.entries.len() < MOST_ENTRIES {
                self.entries.push(ManifestEntry { name: value, ..ManifestEntry::default() });
                return true;
            }
            return false;
        }
        let slot = match name {
            "Manifest-Version" => Some(&mut self.version),
            "Created-By" => Some(&mut self.created_by),
            "Smart-Account" => Some(&mut self.smart_account),
            "Smart-Account-ID" => Some(&mut self.smart_account_id),
            "Specification-VA" => self.entries.last_mut().map(|entry| &mut entry.virtual_account),
            "Specification-VA-ID" => self.entries.last_mut().map(|entry| &mut entry.virtual_account_id),
            _ => None,
        };
        match slot {
            Some(slot) if slot.is_none() => {
                *slot = value;
                true
            }
            _ => false,
        }
    }
}
