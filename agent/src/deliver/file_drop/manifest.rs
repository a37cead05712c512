//! The manifest: the last file of a drop, and its commit mark.

use jiff::Timestamp;
use serde::Serialize;

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
    /// Rises by one from drop to drop of an agent; a gap is a lost drop.
    pub sequence: u64,
    /// How the devices fared.
    pub devices: Counts,
    /// Every file of the drop but the manifest itself.
    pub files: Vec<ManifestFile>,
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
