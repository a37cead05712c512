//! What a path holds.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use memchr::memmem;

use super::manifest::{self, Manifest};
use super::{Finding, IngestError, bounded};
use crate::recording::{HELLO_FILE, REPLACED_FILE, SESSION_FILE, Session};

/// No folder of saved output has more files, and no folder more drops.
const MOST_FILES: usize = 10_000;
const PREFIX: &str = "licwatch-";
const MANIFEST: &str = ".manifest.json";
const RECORDS: &str = ".ndjson";
const RAW: &str = ".raw";

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

/// What a path holds.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Holding {
    /// What can be taken in, in the order in which it is to be.
    pub found: Vec<Found>,
    /// What lies beside it and is not taken in.
    pub passed_over: Vec<PassedOver>,
}

/// Something that is not taken in. Hidden files are never spoken of: every medium has some.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct PassedOver {
    /// Where it lies.
    pub path: PathBuf,
    /// Why it is not taken in.
    pub why: &'static str,
}

impl PassedOver {
    /// What it means, and what to do.
    pub fn finding(&self) -> Finding {
        Finding {
            kind: "passed_over",
            text: format!("it was passed over: {}", self.why),
            remedy: "if it is to be taken in, ingest it by itself, or move it away".to_owned(),
        }
    }
}

/// What a path holds.
pub fn find(path: &Path) -> Result<Holding, IngestError> {
    let metadata = fs::metadata(path).map_err(|error| IngestError::unreadable(path, error))?;
    if !metadata.is_dir() {
        let found = of_drop(path).unwrap_or_else(|| Found::Saved(path.to_owned(), vec![path.to_owned()]));
        return Ok(Holding { found: vec![found], passed_over: Vec::new() });
    }
    let Listing { files, mut passed_over } = Listing::of(path)?;
    let found = if let Some(named) = of_session(path, &files)? {
        pass_over(&mut passed_over, &files, &named, "it is not of the recorded session that it lies beside");
        vec![Found::Session(path.to_owned())]
    } else {
        let mut drops: Vec<Found> = files.iter().filter_map(|file| of_drop(file)).collect();
        // Records are named by their manifest.
        drops.dedup();
        if !drops.is_empty() {
            let named: BTreeSet<String> = drops.iter().flat_map(of_its_drop).collect();
            passed_over.retain(|it| !(it.why == FOLDER && named.contains(name(&it.path))));
            pass_over(&mut passed_over, &files, &named, "no drop that it lies beside names it");
            drops
        } else if files.is_empty() {
            return Err(IngestError::Empty { path: path.to_owned() });
        } else {
            vec![Found::Saved(path.to_owned(), files)]
        }
    };
    passed_over.sort();
    Ok(Holding { found, passed_over })
}

const FOLDER: &str = "it is a folder within the one that was named";

/// What lies in a folder: what can be read, by name, and what cannot.
struct Listing {
    files: Vec<PathBuf>,
    passed_over: Vec<PassedOver>,
}

impl Listing {
    fn of(folder: &Path) -> Result<Self, IngestError> {
        let unreadable = |error| IngestError::unreadable(folder, error);
        let (mut files, mut passed_over) = (Vec::new(), Vec::new());
        for entry in fs::read_dir(folder).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            if entry.file_name().as_encoded_bytes().starts_with(b".") {
                continue;
            }
            // Of the entry itself, not of what a link leads to.
            let (path, kind) = (entry.path(), entry.file_type().map_err(unreadable)?);
            let why = match kind {
                kind if kind.is_file() => {
                    files.push(path);
                    if files.len() > MOST_FILES {
                        return Err(too_many(folder));
                    }
                    continue;
                }
                kind if kind.is_dir() => FOLDER,
                kind if kind.is_symlink() => "it is a link, and links are not followed",
                _ => "it is no ordinary file",
            };
            passed_over.push(PassedOver { path, why });
            if passed_over.len() > MOST_FILES {
                return Err(too_many(folder));
            }
        }
        // A name tells the time before the number, and both rise.
        files.sort();
        Ok(Self { files, passed_over })
    }
}

fn too_many(folder: &Path) -> IngestError {
    IngestError::TooLarge { path: folder.to_owned(), limit: format!("{MOST_FILES} files") }
}

fn pass_over(all: &mut Vec<PassedOver>, files: &[PathBuf], named: &BTreeSet<String>, why: &'static str) {
    let others = files.iter().filter(|file| !named.contains(name(file)));
    all.extend(others.map(|file| PassedOver { path: file.clone(), why }));
}

/// The names of a recorded session's files, if the folder is one.
fn of_session(folder: &Path, files: &[PathBuf]) -> Result<Option<BTreeSet<String>>, IngestError> {
    let Some(manifest) = files.iter().find(|file| name(file) == SESSION_FILE) else { return Ok(None) };
    let text = bounded::bytes(manifest, super::saved::LARGEST_SESSION)?;
    let listed = Session::listed(folder, &text);
    let listed = listed.map_err(|error| IngestError::damaged(folder, error.to_string()))?;
    Ok(listed.map(|listed| {
        let captures = listed.files.iter().map(|(path, _)| name(path));
        captures.chain([SESSION_FILE, REPLACED_FILE, HELLO_FILE]).map(str::to_owned).collect()
    }))
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
    let is_there = fs::symlink_metadata(&manifest).is_ok();
    Some(if is_there { Found::Drop(manifest) } else { Found::Torn(path.to_owned()) })
}

/// The names of what belongs to a drop in its folder: as its manifest says, and as its own name does, should it be
/// damaged.
fn of_its_drop(found: &Found) -> Vec<String> {
    let own = name(found.path());
    let stem = own.strip_suffix(MANIFEST).or(own.strip_suffix(RECORDS)).unwrap_or(own);
    let mut names = vec![own.to_owned()];
    names.extend([MANIFEST, RECORDS, RAW].map(|ending| format!("{stem}{ending}")));
    if let Found::Drop(path) = found
        && let Ok(text) = bounded::bytes(path, manifest::LARGEST)
        && let Ok(manifest) = Manifest::read(path, &text)
    {
        let first = |name: &str| name.split('/').next().unwrap_or_default().to_owned();
        names.extend(manifest.files.iter().map(|file| first(&file.name)));
    }
    names
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
    let read = bounded::open(path).and_then(|file| file.take(4096).read_to_end(&mut beginning));
    read.is_ok()
        && beginning.trim_ascii_start().starts_with(b"{")
        && memmem::find(&beginning, manifest::SCHEMA.as_bytes()).is_some()
}
