//! The manifest: the last file of a drop, and its commit mark.
//!
//! Where the agent has a store, its journal's key signs the manifest as a whole, and thereby by their digests all files
//! of the drop: the last two members are `public_key` and `signature`, in the form of [`crate::journal::document`], where
//! it is told how to verify it with openssl. Readers that do not verify it leave both aside.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::DropError;
use crate::journal::{JournalKey, document};

/// The form of the manifest that this version writes.
pub(super) const SCHEMA: &str = "licwatch/drop-manifest/1";

/// What a drop holds, so that a receiver can tell a whole one from a torn one.
#[derive(Clone, Debug, Serialize)]
pub struct Manifest {
    /// `licwatch/drop-manifest/1`
    pub schema: &'static str,
    /// The agent that made it.
    pub agent: String,
    /// When, by the agent's clock.
    pub created: Timestamp,
    /// The sink whose drop it is; absent where a person polled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sink: Option<String>,
    /// Rises by one from drop to drop of an agent's sink, and of what people poll into one folder; a gap is a lost drop.
    pub sequence: u64,
    /// The number of the drop before it, where those between were given up: an operator discarded lines of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub follows: Option<u64>,
    /// How the devices fared.
    pub devices: Counts,
    /// Every file of the drop but the manifest itself.
    pub files: Vec<ManifestFile>,
    /// The signed head of the agent's journal, so that a cut journal is found out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub journal_head: Option<Value>,
}

impl Manifest {
    /// As it stands in its file, signed where there is a key.
    pub(super) fn bytes(&self, key: Option<&JournalKey>) -> Result<Vec<u8>, DropError> {
        let failed = |error| DropError::Encode { error };
        let Some(key) = key else { return serde_json::to_vec_pretty(self).map_err(failed) };
        match serde_json::to_value(self).map_err(failed)? {
            Value::Object(members) => Ok(document::sign(key, members).into_bytes()),
            // A struct is nothing else.
            other => serde_json::to_vec_pretty(&other).map_err(failed),
        }
    }
}

/// How many devices were polled and how they fared.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Counts {
    /// Devices that were dialled.
    pub polled: u64,
    /// Devices that gave a whole record.
    pub complete: u64,
    /// Devices that gave part of one.
    pub partial: u64,
    /// Devices that gave none.
    pub failed: u64,
}

/// One file of a drop.
#[derive(Clone, Debug, Serialize)]
pub struct ManifestFile {
    /// Path below the drop folder, with `/`.
    pub name: String,
    /// Size in bytes.
    pub bytes: u64,
    /// SHA-256, lower-case hexadecimal.
    pub sha256: String,
    /// Number of lines, for records.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lines: Option<u64>,
    /// Whether it may hold activation keys or authorization codes and must not leave unscrubbed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub sensitive: bool,
}
