//! The file drop: a folder from which a gateway or a person carries files on.
//!
//! ```text
//! licwatch-<agent>-<UTC>-<seq>.ndjson          one record per line
//! licwatch-<agent>-<UTC>-<seq>.raw/            with --keep-raw: <device>/<command>.txt, mode 0600
//! licwatch-<agent>-<UTC>-<seq>.manifest.json   last: the commit mark
//! ```
//! Every file is written under a temporary name, synced, and renamed without replacing; then the folder is synced.
//! A reader takes only what a manifest names: what has no manifest yet is not whole.
//!
//! [`FileDrop`] publishes what a person polled, under the first free number of the folder. [`DropSink`] publishes the
//! batches of a daemon's outbox under the numbers of the batches.

mod error;
mod manifest;
mod publish;
mod sink;

use std::collections::BTreeSet;
use std::path::PathBuf;

use jiff::Timestamp;

pub use error::DropError;
pub use manifest::{Counts, Manifest, ManifestFile};
pub use sink::{DropSink, FolderTurn};

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
        let drop = Self { folder: folder.into(), agent: plain_name(agent) };
        publish::probe(&drop.folder, &drop.agent)?;
        Ok(drop)
    }

    /// Publishes one drop. `now` names it and stands in its manifest.
    pub fn publish(&self, now: Timestamp, contents: &Contents<'_>) -> Result<Published, DropError> {
        let records = contents.records();
        let (stem, records_path, sequence) = self.publish_records(now, records.as_bytes())?;
        let raw = contents.raw(&stem);
        let raw_path = (!raw.is_empty()).then(|| self.folder.join(format!("{stem}.raw")));
        if let Some(path) = &raw_path {
            publish::folder(&self.folder, &self.agent, path, &raw.paths)?;
        }
        let manifest = Manifest {
            schema: manifest::SCHEMA,
            agent: self.agent.clone(),
            created: now,
            sink: None,
            sequence,
            devices: contents.counts,
            files: contents.files(&stem, &records, raw),
            journal_head: None,
        };
        let manifest_path = self.folder.join(format!("{stem}.manifest.json"));
        publish::file(&self.folder, &self.agent, &manifest_path, &manifest.bytes()?)?;
        Ok(Published { records: records_path, raw: raw_path, manifest: manifest_path, contents: manifest })
    }

    /// What the names of a drop's files begin with.
    fn stem(&self, at: Timestamp, sequence: u64) -> String {
        format!("licwatch-{}-{}-{sequence:06}", self.agent, at.strftime("%Y%m%dT%H%M%SZ"))
    }

    /// Publishes the records under the first free sequence number; another agent process may take it first.
    fn publish_records(&self, now: Timestamp, records: &[u8]) -> Result<(String, PathBuf, u64), DropError> {
        const TRIES: u64 = 1_000;
        let first = self.next_sequence()?;
        for sequence in first..first + TRIES {
            let stem = self.stem(now, sequence);
            let path = self.folder.join(format!("{stem}.ndjson"));
            match publish::file(&self.folder, &self.agent, &path, records) {
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
}

/// The raw answers of a drop.
struct Raw<'c> {
    /// As the manifest lists them.
    files: Vec<ManifestFile>,
    /// Path below their folder, and bytes.
    paths: Vec<(String, &'c [u8])>,
}

impl Raw<'_> {
    fn is_empty(&self) -> bool {
        self.paths.is_empty()
    }
}

impl<'c> Contents<'c> {
    /// The records as they stand in their file.
    fn records(&self) -> String {
        let mut records = String::with_capacity(self.lines.iter().map(|line| line.len() + 1).sum());
        for line in &self.lines {
            records.push_str(line);
            records.push('\n');
        }
        records
    }

    fn raw(&self, stem: &str) -> Raw<'c> {
        let mut raw = Raw { files: Vec::new(), paths: Vec::new() };
        let mut taken = BTreeSet::new();
        for (device, captures) in self.captures.iter().filter(|(_, captures)| !captures.is_empty()) {
            let folder = untaken(&plain_name(device), &mut taken);
            for (position, capture) in captures.iter().enumerate() {
                let path = format!("{folder}/{}", capture_name(position, capture));
                raw.files.push(ManifestFile {
                    name: format!("{stem}.raw/{path}"),
                    bytes: capture.raw.len() as u64,
                    sha256: capture.sha256.clone(),
                    lines: None,
                    sensitive: capture.is_sensitive(),
                });
                raw.paths.push((path, capture.raw.as_slice()));
            }
        }
        raw
    }

    /// Every file of the drop, as its manifest lists it.
    fn files(&self, stem: &str, records: &str, raw: Raw<'_>) -> Vec<ManifestFile> {
        let mut files = vec![ManifestFile {
            name: format!("{stem}.ndjson"),
            bytes: records.len() as u64,
            sha256: sha256(records.as_bytes()),
            lines: Some(self.lines.len() as u64),
            sensitive: false,
        }];
        files.extend(raw.files);
        files
    }
}

/// The name, with a number where a device comes twice or two names are one in files, on those that ignore capitals, too.
fn untaken(name: &str, taken: &mut BTreeSet<String>) -> String {
    let mut free = name.to_owned();
    let mut number = 1;
    while !taken.insert(free.to_lowercase()) {
        number += 1;
        // No plain name holds a `~`.
        free = format!("{name}~{number}");
    }
    free
}

/// `<UTC>-<seq>.…` behind the agent's name.
fn sequence_of(rest: &str) -> Option<u64> {
    let (_, behind) = rest.split_once('-')?;
    behind.split('.').next()?.parse().ok()
}

/// `01-show_license_all.txt`: the position keeps two answers to one command apart.
fn capture_name(position: usize, capture: &Capture) -> String {
    let command = capture.command.map_or("capture", |command| command.spelling());
    let ending = if capture.origin == crate::capture::Origin::Netconf { "xml" } else { "txt" };
    format!("{:02}-{}.{ending}", position + 1, plain_name(command))
}

/// A name that is safe as one component of a path on every file system.
pub(crate) fn plain_name(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' };
    let name: String = name.trim().chars().take(96).map(plain).collect();
    let name = name.trim_start_matches('.');
    if name.is_empty() { "unnamed".to_owned() } else { name.to_owned() }
}

#[cfg(test)]
mod tests;
