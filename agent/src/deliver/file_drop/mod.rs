//! The file drop: a folder from which a gateway or a person carries files on.
//!
//! ```text
//! licwatch-<agent>-<UTC>-<seq>.ndjson          one record per line
//! licwatch-<agent>-<UTC>-<seq>.raw/            with --keep-raw: <device>/<command>.txt, mode 0600
//! licwatch-<agent>-<UTC>-<seq>.manifest.json   last: the commit mark
//! ```
//! Every file is written under a temporary name, synced, and renamed without replacing; then the folder is synced.
//! A reader takes only what a manifest names: what has no manifest yet is not whole.

mod error;
mod manifest;
mod publish;

use std::path::{Path, PathBuf};

use jiff::Timestamp;

pub use error::DropError;
pub use manifest::{Counts, Manifest, ManifestFile};

use crate::capture::{Capture, sha256};

/// A folder that drops are published in, for one agent.
#[derive(Clone, Debug)]
pub struct FileDrop {
    folder: PathBuf,
    agent: String,
}

/// What one drop holds.
#[derive(Debug, Default)]
pub struct Contents<'c> {
    /// One JSON record per device, without line ends.
    pub lines: Vec<&'c str>,
    /// How many devices answered whole, in part, or not at all.
    pub counts: Counts,
    /// Raw captures by device name, for `--keep-raw`.
    pub captures: Vec<(&'c str, &'c [Capture])>,
}

/// Where a drop lies.
#[derive(Clone, Debug)]
pub struct Published {
    /// The records.
    pub records: PathBuf,
    /// The folder of raw captures, if there is one.
    pub raw: Option<PathBuf>,
    /// The manifest.
    pub manifest: PathBuf,
    /// What the manifest says.
    pub contents: Manifest,
}

impl FileDrop {
    /// Opens a drop folder, and makes sure that it can be written to before any device is dialled.
    pub fn open(folder: impl Into<PathBuf>, agent: &str) -> Result<Self, DropError> {
        let folder = folder.into();
        publish::probe(&folder)?;
        Ok(Self { folder, agent: plain_name(agent) })
    }

    /// Publishes one drop. `now` names it and stands in its manifest.
    pub fn publish(&self, now: Timestamp, contents: &Contents<'_>) -> Result<Published, DropError> {
        let mut records = String::with_capacity(contents.lines.iter().map(|line| line.len() + 1).sum());
        for line in &contents.lines {
            records.push_str(line);
            records.push('\n');
        }
        let (stem, records_path, sequence) = self.publish_records(now, records.as_bytes())?;
        let mut files = vec![ManifestFile {
            name: file_name(&records_path),
            bytes: records.len() as u64,
            sha256: sha256(records.as_bytes()),
            lines: Some(contents.lines.len() as u64),
            sensitive: false,
        }];
        let raw = self.publish_captures(&stem, contents, &mut files)?;
        let manifest = Manifest {
            schema: manifest::SCHEMA,
            agent: self.agent.clone(),
            created: now,
            sequence,
            devices: contents.counts,
            files,
        };
        let manifest_path = self.folder.join(format!("{stem}.manifest.json"));
        let text = serde_json::to_vec_pretty(&manifest).map_err(|error| DropError::Encode { error })?;
        publish::file(&self.folder, &manifest_path, &text)?;
        Ok(Published { records: records_path, raw, manifest: manifest_path, contents: manifest })
    }

    /// Publishes the records under the first free sequence number; another agent process may take it first.
    fn publish_records(&self, now: Timestamp, records: &[u8]) -> Result<(String, PathBuf, u64), DropError> {
        const TRIES: u64 = 1_000;
        let first = self.next_sequence()?;
        for sequence in first..first + TRIES {
            let stem = format!("licwatch-{}-{}-{sequence:06}", self.agent, now.strftime("%Y%m%dT%H%M%SZ"));
            let path = self.folder.join(format!("{stem}.ndjson"));
            match publish::file(&self.folder, &path, records) {
                Err(DropError::Exists { .. }) => {}
                done => return done.map(|()| (stem, path, sequence)),
            }
        }
        Err(DropError::NoFreeNumber { folder: self.folder.clone(), first, tries: TRIES })
    }

    /// One more than the highest number that this agent's drops in the folder carry.
    fn next_sequence(&self) -> Result<u64, DropError> {
        let prefix = format!("licwatch-{}-", self.agent);
        let entries = std::fs::read_dir(&self.folder).map_err(|error| DropError::at(&self.folder, error))?;
        let mut highest = 0;
        for entry in entries {
            let entry = entry.map_err(|error| DropError::at(&self.folder, error))?;
            let name = entry.file_name();
            let sequence = name.to_str().and_then(|name| name.strip_prefix(&prefix)).and_then(sequence_of);
            highest = highest.max(sequence.unwrap_or(0));
        }
        Ok(highest + 1)
    }

    fn publish_captures(
        &self,
        stem: &str,
        contents: &Contents<'_>,
        files: &mut Vec<ManifestFile>,
    ) -> Result<Option<PathBuf>, DropError> {
        if contents.captures.is_empty() {
            return Ok(None);
        }
        let folder = format!("{stem}.raw");
        let mut paths = Vec::new();
        for (device, captures) in &contents.captures {
            for (position, capture) in captures.iter().enumerate() {
                let path = capture_path(device, position, capture);
                files.push(ManifestFile {
                    name: format!("{folder}/{path}"),
                    bytes: capture.raw.len() as u64,
                    sha256: capture.sha256.clone(),
                    lines: None,
                    sensitive: capture.is_sensitive(),
                });
                paths.push((path, capture.raw.as_slice()));
            }
        }
        let published = self.folder.join(&folder);
        publish::folder(&self.folder, &published, &paths)?;
        Ok(Some(published))
    }
}

/// `<UTC>-<seq>.…` behind the agent's name.
fn sequence_of(rest: &str) -> Option<u64> {
    let (_, behind) = rest.split_once('-')?;
    behind.split('.').next()?.parse().ok()
}

/// `edge-1/01-show_license_all.txt`: the position keeps two answers to one command apart.
fn capture_path(device: &str, position: usize, capture: &Capture) -> String {
    let command = capture.command.map_or("capture", |command| command.spelling());
    let ending = if capture.origin == crate::capture::Origin::Netconf { "xml" } else { "txt" };
    format!("{}/{:02}-{}.{ending}", plain_name(device), position + 1, plain_name(command))
}

/// A name that is safe as one component of a path on every file system.
pub(crate) fn plain_name(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' };
    let name: String = name.trim().chars().take(96).map(plain).collect();
    let name = name.trim_start_matches('.');
    if name.is_empty() { "unnamed".to_owned() } else { name.to_owned() }
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
