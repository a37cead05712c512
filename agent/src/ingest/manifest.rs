//! The manifest of a drop, as it is read.

use std::collections::BTreeSet;
use std::path::Path;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::IngestError;
use super::bounded::is_below;
use crate::journal::{Head, PublicKey, carried, document};
use crate::plain_name::plain_name;

/// The form that this version reads.
pub(super) const SCHEMA: &str = "licwatch/drop-manifest/1";
/// No manifest is larger.
pub(super) const LARGEST: u64 = 64 << 20;
/// No drop has more files.
const MOST_FILES: usize = 200_000;

/// What a drop should hold.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Manifest {
    pub(super) agent: String,
    pub(super) created: Timestamp,
    #[serde(default)]
    pub(super) sink: Option<String>,
    pub(super) sequence: u64,
    /// The number of the drop before it, where those between never come.
    #[serde(default)]
    pub(super) follows: Option<u64>,
    pub(super) files: Vec<Listed>,
    #[serde(skip)]
    pub(super) head: Option<Head>,
    /// The key that signed it.
    #[serde(skip)]
    pub(super) signer: Option<PublicKey>,
}

/// One file of a drop.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Listed {
    pub(super) name: String,
    pub(super) bytes: u64,
    pub(super) sha256: String,
    /// The number of its lines, for records.
    #[serde(default)]
    pub(super) lines: Option<u64>,
}

impl Manifest {
    /// Reads a manifest, and checks all that it can tell by itself.
    pub(super) fn read(path: &Path, text: &[u8]) -> Result<Self, IngestError> {
        let damaged = |what: String| IngestError::damaged(path, what);
        let text = std::str::from_utf8(text).map_err(|_| damaged("it is no text".to_owned()))?;
        let value: Value = serde_json::from_str(text).map_err(|error| damaged(error.to_string()))?;
        match value.get("schema").and_then(Value::as_str) {
            Some(SCHEMA) => {}
            other => {
                let other = other.unwrap_or("none");
                return Err(damaged(format!("its form is {other}, this licwatch reads {SCHEMA}")));
            }
        }
        let head = carried(&value).map(Head::from_json).transpose();
        let head = head.map_err(|error| damaged(error.to_string()))?;
        let signer = document::signer(text, &value).map_err(|error| damaged(error.to_string()))?;
        let mut manifest = Self::deserialize(value).map_err(|error| damaged(error.to_string()))?;
        (manifest.head, manifest.signer) = (head, signer);
        if manifest.files.len() > MOST_FILES {
            let limit = format!("{MOST_FILES} files");
            return Err(IngestError::TooLarge { path: path.to_owned(), limit });
        }
        let mut names = BTreeSet::new();
        for file in &manifest.files {
            if !is_below(&file.name) {
                return Err(IngestError::Outside { path: path.to_owned(), name: file.name.clone() });
            }
            if !names.insert(&file.name) {
                return Err(damaged(format!("it names {} twice", file.name)));
            }
        }
        if !is_name(&manifest.agent) || plain_name(&manifest.agent) != manifest.agent {
            return Err(damaged("its agent has no name as drops have them".to_owned()));
        }
        if manifest.sink.as_deref().is_some_and(|sink| !is_name(sink)) {
            return Err(damaged("its sink has no name of one short line".to_owned()));
        }
        if let Some(follows) = manifest.follows.filter(|follows| *follows >= manifest.sequence) {
            return Err(damaged(format!("drop {} does not follow drop {follows}", manifest.sequence)));
        }
        if i64::try_from(manifest.sequence).is_err() {
            return Err(damaged(format!("{} is no number of a drop", manifest.sequence)));
        }
        if let Some(head) = &manifest.head {
            if !head.is_signed() {
                return Err(damaged("the signature of its journal head is wrong".to_owned()));
            }
            if manifest.signer.is_some_and(|signer| signer != head.public_key) {
                return Err(damaged("it is signed by another key than its journal head".to_owned()));
            }
            if plain_name(&head.agent) != manifest.agent {
                let (agent, other) = (&manifest.agent, &head.agent);
                return Err(damaged(format!("it is of {agent}, its journal head of {other}")));
            }
        }
        Ok(manifest)
    }
}

/// Whether a text can be a name: one line, not long.
pub(super) fn is_name(text: &str) -> bool {
    const LONGEST: usize = 250;
    !text.is_empty() && text.chars().count() <= LONGEST && !text.chars().any(char::is_control)
}
