//! A drop that was carried here: read and checked as a whole, and made ready, before the store is asked for anything.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::bounded::{self, Digesting, Folder};
use super::evidence::Evidence;
use super::key::Own;
use super::line::{self, Header, Observed, Speaker};
use super::manifest::{self, Listed, Manifest};
use super::{IngestError, Terms, told};
use crate::observation::{Outcome, Summary, chassis};
use crate::store::ingest::Carried;
use crate::store::{Collected, Ready};

/// The records of a drop have no more bytes.
const LARGEST: u64 = 256 << 20;
/// No drop has more lines: the store is held while they are kept, and the daemon beside us waits.
const MOST_LINES: u64 = 20_000;
const LONGEST_LINE: u64 = 16 << 20;

/// A drop that holds what its manifest says.
#[derive(Debug)]
pub(super) struct ReadyDrop {
    pub(super) path: PathBuf,
    pub(super) manifest: Manifest,
    pub(super) own: Own,
    pub(super) sha256: [u8; 32],
    pub(super) lines: Vec<Line>,
}

/// One of its lines.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) ready: Ready,
    pub(super) sha256: [u8; 32],
    pub(super) speaker: Speaker,
}

impl ReadyDrop {
    /// Reads a manifest and every file that it names.
    pub(super) fn read(path: &Path, own: Own, terms: &Terms) -> Result<Self, IngestError> {
        let text = bounded::bytes(path, manifest::LARGEST)?;
        let manifest = Manifest::read(path, &text)?;
        let too_large = |limit| Err(IngestError::TooLarge { path: path.to_owned(), limit });
        let records = || manifest.files.iter().filter(|file| file.lines.is_some());
        if records().filter_map(|file| file.lines).fold(0, u64::saturating_add) > MOST_LINES {
            return too_large(format!("{MOST_LINES} lines"));
        }
        if records().map(|file| file.bytes).fold(0, u64::saturating_add) > LARGEST {
            return too_large(format!("{} MiB of records", LARGEST >> 20));
        }
        let folder = Folder::new(bounded::parent(path));
        let mut evidence = Evidence::default();
        for file in manifest.files.iter().filter(|file| file.lines.is_none()) {
            evidence.read(path, &folder, file)?;
        }
        let mut lines = Vec::new();
        for file in records() {
            each_line(&folder, file, |text, value, header| {
                lines.push(ready(&own, &manifest, terms, &evidence, (text, value, header))?);
                Ok(())
            })?;
        }
        let sha256 = Sha256::digest(&text).into();
        Ok(Self { path: path.to_owned(), manifest, own, sha256, lines })
    }

    /// The drop, as it is told from all others.
    pub(super) fn carried(&self) -> Carried {
        let Manifest { agent, sink, sequence, follows, created, .. } = &self.manifest;
        Carried {
            agent: agent.clone(),
            sink: sink.clone().unwrap_or_default(),
            sequence: *sequence,
            follows: *follows,
            manifest: self.sha256,
            created: *created,
        }
    }
}

/// Opens a file of a drop. It must be as large as the manifest says, and no larger than the limit.
pub(super) fn open(folder: &Folder, listed: &Listed, limit: u64) -> Result<File, IngestError> {
    let path = folder.path_of(&listed.name);
    if listed.bytes > limit {
        return Err(IngestError::TooLarge { path, limit: format!("{} MiB", limit >> 20) });
    }
    let file = folder.file(&listed.name);
    let file = file.map_err(|error| IngestError::damaged(&path, format!("it cannot be read ({error})")))?;
    let size = file.metadata().map_err(|error| IngestError::unreadable(&path, error))?.len();
    if size != listed.bytes {
        let what = format!("it has {size} bytes, its manifest says {}", listed.bytes);
        return Err(IngestError::damaged(&path, what));
    }
    Ok(file)
}

/// Whether so many bytes with this digest are what the manifest says.
pub(super) fn check(path: &Path, listed: &Listed, bytes: u64, sha256: &str) -> Result<(), IngestError> {
    if (bytes, sha256) == (listed.bytes, listed.sha256.as_str()) {
        return Ok(());
    }
    let what = format!("its SHA-256 is {sha256}, its manifest says {}", listed.sha256);
    Err(IngestError::damaged(path, what))
}

/// Hands on every line of a file of records. It is what the manifest says if this returns without an error.
fn each_line(
    folder: &Folder,
    listed: &Listed,
    mut take: impl FnMut(&str, &Value, Header) -> Result<(), IngestError>,
) -> Result<(), IngestError> {
    let path = folder.path_of(&listed.name);
    let mut reader = BufReader::new(Digesting::new(open(folder, listed, LARGEST)?));
    let (mut count, mut line, mut wrong) = (0_u64, Vec::new(), None);
    loop {
        line.clear();
        let read = reader.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line);
        if read.map_err(|error| IngestError::unreadable(&path, error))? == 0 {
            break;
        }
        count += 1;
        if count > MOST_LINES {
            let limit = format!("{MOST_LINES} lines");
            return Err(IngestError::TooLarge { path, limit });
        }
        if wrong.is_some() {
            continue;
        }
        match line::header(&line) {
            Ok((text, value, header)) => take(text, &value, header)?,
            // A digest that is wrong tells more than the line that is wrong for it.
            Err(what) => wrong = Some(format!("line {count} {what}")),
        }
    }
    check(&path, listed, reader.get_ref().read, &reader.get_ref().sha256())?;
    let expected = listed.lines.unwrap_or(count);
    let wrong = wrong.or_else(|| {
        (count != expected).then(|| format!("it has {count} lines, its manifest says {expected}"))
    });
    wrong.map_or(Ok(()), |what| Err(IngestError::damaged(&path, what)))
}

fn ready(
    own: &Own,
    manifest: &Manifest,
    terms: &Terms,
    evidence: &Evidence,
    (text, value, header): (&str, &Value, Header),
) -> Result<Line, IngestError> {
    let (speaker, device) = line::name(own, manifest, &header.observation);
    let Observed { id, polled_at, outcome, .. } = header.observation;
    let record = told::excerpt(value);
    let collected = Collected {
        device,
        id,
        polled_at,
        outcome: told::outcome(&outcome).unwrap_or(Outcome::Failed),
        line: text.to_owned(),
        summary: Summary::of(&record),
        serial_numbers: chassis(&record),
        offset_ms: told::offset_ms(value),
        captures: Vec::new(),
        actor: terms.carrier.actor.clone(),
        carried_by: Some(terms.carrier.by.clone()),
    };
    let sha256 = Sha256::digest(text.as_bytes()).into();
    let ready = Ready::new(collected, evidence.of(&header.sources))?;
    Ok(Line { ready, sha256, speaker })
}
