//! What a path holds.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use memchr::memmem;

use super::{IngestError, Saved, manifest};
use crate::recording::SESSION_FILE;

/// No folder of saved output has more files, and no folder more drops.
const MOST_FILES: usize = 10_000;
const PREFIX: &str = "licwatch-";
const MANIFEST: &str = ".manifest.json";
const RECORDS: &str = ".ndjson";

/// Something that can be taken in by itself.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Found {
    /// The manifest of a drop.
    Drop(PathBuf),
    /// A file or a folder, and the files in it: saved output of one device.
    Saved(PathBuf, Vec<PathBuf>),
    /// The folder of a recorded session.
    Session(PathBuf),
    /// The records of a drop that has no manifest.
    Torn(PathBuf),
}

impl Found {
    /// Where it lies.
    pub fn path(&self) -> &Path {
        match self {
            Self::Drop(path) | Self::Saved(path, _) | Self::Session(path) | Self::Torn(path) => path,
        }
    }
}

/// What a path holds, in the order in which it is to be taken in.
pub fn find(path: &Path) -> Result<Vec<Found>, IngestError> {
    let unreadable = |error| IngestError::unreadable(path, error);
    if !fs::metadata(path).map_err(unreadable)?.is_dir() {
        return Ok(vec![
            of_drop(path).unwrap_or_else(|| Found::Saved(path.to_owned(), vec![path.to_owned()])),
        ]);
    }
    if path.join(SESSION_FILE).exists() && Saved::is_session(path)? {
        return Ok(vec![Found::Session(path.to_owned())]);
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(path).map_err(unreadable)? {
        let file = entry.map_err(unreadable)?.path();
        let hidden = file.file_name().is_none_or(|name| name.as_encoded_bytes().starts_with(b"."));
        if !hidden && file.is_file() {
            files.push(file);
        }
        if files.len() > MOST_FILES {
            let limit = format!("{MOST_FILES} files");
            return Err(IngestError::TooLarge { path: path.to_owned(), limit });
        }
    }
    // A name tells the time before the number, and both rise.
    files.sort();
    let mut drops: Vec<Found> = files.iter().filter_map(|file| of_drop(file)).collect();
    // Records are named by their manifest.
    drops.dedup();
    if !drops.is_empty() {
        Ok(drops)
    } else if files.is_empty() {
        Err(IngestError::Empty { path: path.to_owned() })
    } else {
        Ok(vec![Found::Saved(path.to_owned(), files)])
    }
}

/// The drop that a file belongs to.
fn of_drop(path: &Path) -> Option<Found> {
    if is_manifest(path) {
        return Some(Found::Drop(path.to_owned()));
    }
    if !(name(path).starts_with(PREFIX) && name(path).ends_with(RECORDS)) {
        return None;
    }
    let stem = name(path).strip_suffix(RECORDS).unwrap_or_default();
    let manifest = path.with_file_name(format!("{stem}{MANIFEST}"));
    Some(if manifest.exists() { Found::Drop(manifest) } else { Found::Torn(path.to_owned()) })
}

fn name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
}

/// By its name, or by its form where somebody renamed it.
fn is_manifest(path: &Path) -> bool {
    if name(path).starts_with(PREFIX) && name(path).ends_with(MANIFEST) {
        return true;
    }
    let mut beginning = Vec::new();
    let read = File::open(path).and_then(|file| file.take(4096).read_to_end(&mut beginning));
    read.is_ok()
        && beginning.trim_ascii_start().starts_with(b"{")
        && memmem::find(&beginning, manifest::SCHEMA.as_bytes()).is_some()
}
