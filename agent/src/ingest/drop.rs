//! A drop that was carried here: checked as a whole first, then taken in line by line.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use licwatch_parsers::Command;
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::bounded::{self, Digesting, Folder};
use super::manifest::{Listed, Manifest, is_name};
use super::{Finding, IngestError, Taken, Terms, told};
use crate::capture::{Capture, Origin};
use crate::events::{self, Event};
use crate::journal::{Entry, Kind};
use crate::observation::{Outcome, Summary, chassis};
use crate::store::ingest::{Carried, gaps};
use crate::store::{Collected, Tx};

const LARGEST_MANIFEST: u64 = 64 << 20;
/// No file of a drop is larger.
const LARGEST: u64 = 256 << 20;
/// No drop has more lines; the store is held for as long as they take.
const MOST_LINES: u64 = 100_000;
const LONGEST_LINE: u64 = 16 << 20;
/// The form of the lines.
const RECORD: &str = licwatch_parsers::record::SCHEMA;

/// A drop that holds what its manifest says.
#[derive(Debug)]
pub(super) struct CheckedDrop {
    path: PathBuf,
    folder: Folder,
    manifest: Manifest,
    sha256: [u8; 32],
}

/// What a line must tell.
#[derive(Deserialize)]
struct Header {
    schema: String,
    observation: Observed,
    #[serde(default)]
    sources: Vec<Source>,
}

#[derive(Deserialize)]
struct Observed {
    id: Uuid,
    agent: String,
    device: String,
    polled_at: Timestamp,
    outcome: String,
}

#[derive(Deserialize)]
struct Source {
    #[serde(default)]
    command: Option<String>,
    #[serde(default)]
    transport: Option<String>,
    #[serde(default)]
    sha256: Option<String>,
    #[serde(default)]
    at: Option<Timestamp>,
}

impl CheckedDrop {
    /// Reads a manifest, and checks every file that it names.
    pub(super) fn check(path: &Path) -> Result<Self, IngestError> {
        let text = bounded::bytes(path, LARGEST_MANIFEST)?;
        let manifest = Manifest::read(path, &text)?;
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let folder = Folder::new(parent);
        let sha256 = Sha256::digest(&text).into();
        let checked = Self { path: path.to_owned(), folder, manifest, sha256 };
        let lines: u64 =
            checked.manifest.files.iter().filter_map(|file| file.lines).fold(0, u64::saturating_add);
        if lines > MOST_LINES {
            let limit = format!("{MOST_LINES} lines");
            return Err(IngestError::TooLarge { path: path.to_owned(), limit });
        }
        for file in &checked.manifest.files {
            match file.lines {
                Some(_) => checked.each_line(file, |_, _, _| Ok(()))?,
                None => checked.check_file(file)?,
            }
        }
        Ok(checked)
    }

    fn open(&self, listed: &Listed) -> Result<Digesting<File>, IngestError> {
        let path = self.folder.path_of(&listed.name);
        if listed.bytes > LARGEST {
            return Err(IngestError::TooLarge { path, limit: format!("{} MiB", LARGEST >> 20) });
        }
        let file = self.folder.file(&listed.name);
        let file =
            file.map_err(|error| IngestError::damaged(&path, format!("it cannot be read ({error})")))?;
        let size = file.metadata().map_err(|error| IngestError::unreadable(&path, error))?.len();
        if size != listed.bytes {
            let what = format!("it has {size} bytes, its manifest says {}", listed.bytes);
            return Err(IngestError::damaged(&path, what));
        }
        Ok(Digesting::new(file))
    }

    fn check_digest<R: Read>(&self, listed: &Listed, read: &Digesting<R>) -> Result<(), IngestError> {
        let found = read.sha256();
        if (read.read, &found) == (listed.bytes, &listed.sha256) {
            return Ok(());
        }
        let what = format!("its SHA-256 is {found}, its manifest says {}", listed.sha256);
        Err(IngestError::damaged(&self.folder.path_of(&listed.name), what))
    }

    fn check_file(&self, listed: &Listed) -> Result<(), IngestError> {
        let path = self.folder.path_of(&listed.name);
        let mut file = self.open(listed)?;
        let limited = std::io::copy(&mut file.by_ref().take(LARGEST + 1), &mut std::io::sink());
        limited.map_err(|error| IngestError::unreadable(&path, error))?;
        self.check_digest(listed, &file)
    }

    /// Hands on every line of a file of records, and checks afterwards that it was what the manifest says.
    fn each_line(
        &self,
        listed: &Listed,
        mut take: impl FnMut(&str, &Value, Header) -> Result<(), IngestError>,
    ) -> Result<(), IngestError> {
        let path = self.folder.path_of(&listed.name);
        let mut reader = BufReader::new(self.open(listed)?);
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
            match header(&line) {
                Ok((text, value, header)) => take(text, &value, header)?,
                // A digest that is wrong tells more than the line that is wrong for it.
                Err(what) => wrong = Some(format!("line {count} {what}")),
            }
        }
        self.check_digest(listed, reader.get_ref())?;
        let expected = listed.lines.unwrap_or(count);
        let wrong = wrong.or_else(|| {
            (count != expected).then(|| format!("it has {count} lines, its manifest says {expected}"))
        });
        wrong.map_or(Ok(()), |what| Err(IngestError::damaged(&path, what)))
    }

    /// The drop, as it is told from all others.
    fn carried(&self) -> Carried {
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

    pub(super) fn take(&self, tx: &mut Tx<'_>, terms: &Terms) -> Result<Taken, IngestError> {
        let carried = self.carried();
        let mut taken = Taken {
            path: self.path.clone(),
            what: "drop",
            agent: Some(carried.agent.clone()),
            sink: self.manifest.sink.clone(),
            sequence: Some(carried.sequence),
            ..Taken::default()
        };
        let before = gaps(tx.sql(), &carried.agent, &carried.sink)?;
        if let Some((at, by)) = tx.taken(&carried)? {
            taken.repeated = self.manifest.files.iter().filter_map(|file| file.lines).sum();
            taken.notes.push(format!("this drop was taken in at {at}, carried by {by}"));
            return Ok(taken);
        }
        self.judge_head(tx, terms, &mut taken)?;
        if let Some(created) = tx.other_of_number(&carried)? {
            taken.findings.push(Finding {
                kind: "number_again",
                text: format!(
                    "another drop of {} with the number {} was made at {created}",
                    carried.agent, carried.sequence
                ),
                remedy: "its numbering began anew (a new store, or a folder that was emptied for `poll --drop`): what is missing cannot be told from the numbers".to_owned(),
            });
        }
        let captures = self.captures();
        let mut devices = BTreeSet::new();
        for file in self.manifest.files.iter().filter(|file| file.lines.is_some()) {
            self.each_line(file, |line, value, header| {
                let device = device(tx.agent(), &header.observation);
                self.take_line(tx, terms, &captures, &device, (line, value, header), &mut taken)?;
                devices.insert(device);
                Ok(())
            })?;
        }
        let first = tx.remember_drop(&carried, &terms.carrier.by)?;
        if first && carried.sequence > 1 {
            taken.notes.push(format!(
                "it is the first drop of {} that comes here; those before number {} are not missed",
                carried.agent, carried.sequence
            ));
        }
        let after = gaps(tx.sql(), &carried.agent, &carried.sink)?;
        taken.closed = before
            .iter()
            .copied()
            .filter(|gap| !after.contains(gap) && is_filled(*gap, carried.sequence))
            .collect();
        self.account(tx, terms, &taken, devices.len())?;
        Ok(taken)
    }

    /// One line: kept, or known already.
    fn take_line(
        &self,
        tx: &mut Tx<'_>,
        terms: &Terms,
        captures: &BTreeMap<&str, &Listed>,
        device: &str,
        (line, value, header): (&str, &Value, Header),
        taken: &mut Taken,
    ) -> Result<(), IngestError> {
        let Observed { id, polled_at, outcome, .. } = header.observation;
        let digest: [u8; 32] = Sha256::digest(line.as_bytes()).into();
        match tx.kept_line(id)? {
            Some(kept) if kept == digest => {
                taken.repeated += 1;
                return Ok(());
            }
            Some(_) => {
                let what = format!(
                    "its observation {id} of {device} is here already with another content, so one of the two was changed"
                );
                return Err(IngestError::damaged(&self.path, what));
            }
            None => {}
        }
        let mut raw = Vec::new();
        for source in header.sources {
            let listed = source.sha256.as_deref().and_then(|sha256| captures.get(sha256));
            if let Some(listed) = listed {
                raw.push(self.capture(listed, &source)?);
            }
        }
        taken.captures += raw.len() as u64;
        taken.observations += 1;
        let record = told::excerpt(value);
        tx.collect(&Collected {
            device: device.to_owned(),
            id,
            polled_at,
            outcome: told::outcome(&outcome).unwrap_or(Outcome::Failed),
            line: line.to_owned(),
            summary: Summary::of(&record),
            serial_numbers: chassis(&record),
            offset_ms: told::offset_ms(value),
            captures: raw,
            actor: terms.carrier.actor.clone(),
            carried_by: Some(terms.carrier.by.clone()),
        })?;
        Ok(())
    }

    /// The raw captures of the drop, by digest.
    fn captures(&self) -> BTreeMap<&str, &Listed> {
        let raw = self.manifest.files.iter().filter(|file| file.lines.is_none());
        raw.map(|file| (file.sha256.as_str(), file)).collect()
    }

    fn capture(&self, listed: &Listed, source: &Source) -> Result<Capture, IngestError> {
        let path = self.folder.path_of(&listed.name);
        let mut raw = Vec::new();
        let mut file = self.open(listed)?;
        let read = file.by_ref().take(LARGEST + 1).read_to_end(&mut raw);
        read.map_err(|error| IngestError::unreadable(&path, error))?;
        self.check_digest(listed, &file)?;
        let origin = match source.transport.as_deref() {
            Some("ssh") => Origin::Ssh,
            Some("netconf") => Origin::Netconf,
            _ => Origin::File,
        };
        let command = source.command.as_deref().and_then(Command::typed);
        Ok(Capture::new(command, origin, raw, source.at))
    }

    /// Compares the journal's head with what is remembered of the agent.
    fn judge_head(&self, tx: &mut Tx<'_>, terms: &Terms, taken: &mut Taken) -> Result<(), IngestError> {
        let agent = &self.manifest.agent;
        let known = tx.known_head(agent)?;
        let (head, known) = match (&self.manifest.head, known) {
            (None, None) => return Ok(()),
            (None, Some(_)) => {
                taken.findings.push(Finding {
                    kind: "unsigned",
                    text: format!("this drop of {agent} carries no journal head, earlier ones did"),
                    remedy: "a poll by hand (`poll --drop`) carries none; if it was none, ask who carried it"
                        .to_owned(),
                });
                return Ok(());
            }
            (Some(head), None) => return Ok(tx.remember_head(agent, head)?),
            (Some(head), Some(known)) => (head, known),
        };
        let key = head.public_key.to_string();
        if key != known.public_key {
            if terms.accept_key.as_ref() != Some(&key) {
                return Err(IngestError::OtherKey { agent: agent.clone(), key, known: known.public_key });
            }
            taken
                .notes
                .push(format!("the key of {agent} is {key} from now on, before it was {}", known.public_key));
            return Ok(tx.remember_head(agent, head)?);
        }
        let other = head.seq == known.seq && head.hash != known.hash;
        if other || (head.seq < known.seq && head.at > known.signed_at) {
            taken.findings.push(Finding {
                kind: "journal_rewritten",
                text: format!(
                    "the journal of {agent} ended with entry {} at {}, and with entry {} at {}: it was cut off, put back from an older copy, or written anew",
                    known.seq, known.signed_at, head.seq, head.at
                ),
                remedy: format!("run `licwatch journal verify --head` with this manifest and an earlier one on {agent}"),
            });
        } else if head.seq > known.seq {
            tx.remember_head(agent, head)?;
        }
        Ok(())
    }

    fn account(
        &self,
        tx: &mut Tx<'_>,
        terms: &Terms,
        taken: &Taken,
        devices: usize,
    ) -> Result<(), IngestError> {
        let Manifest { agent, sequence, created, sink, .. } = &self.manifest;
        let by = terms.carrier.by.as_str();
        let sha256: String = self.sha256.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut entry = Entry::new(terms.carrier.actor.clone(), Kind::Imported)
            .with("what", "drop")
            .with("from_agent", agent.as_str())
            .with("sequence", *sequence)
            .with("created", created.to_string())
            .with("manifest_sha256", sha256)
            .with("carried_by", by)
            .with("device_count", devices)
            .with("observations", taken.observations)
            .with("repeated", taken.repeated)
            .with("captures", taken.captures);
        if let Some(sink) = sink {
            entry = entry.with("sink", sink.as_str());
        }
        if let Some(at) = terms.carrier.at {
            entry = entry.with("carried_at", at.to_string());
        }
        if !taken.findings.is_empty() {
            entry = entry.with("findings", taken.findings.iter().map(|it| it.kind).collect::<Vec<_>>());
        }
        if let (Some(head), true) = (&self.manifest.head, terms.accept_key.is_some()) {
            entry = entry.with("accepted_key", head.public_key.to_string());
        }
        tx.account(&entry)?;
        let message = format!("Drop {sequence} of {agent} was taken in, carried by {by}.");
        let event = Event::new(events::Kind::Imported, message)
            .with("carried_by", by)
            .with("from_agent", agent.as_str())
            .with("sequence", *sequence)
            .with("observations", taken.observations);
        tx.tell(&event)?;
        Ok(())
    }
}

/// What a line tells, or what is wrong with it.
fn header(line: &[u8]) -> Result<(&str, Value, Header), String> {
    let line = line.strip_suffix(b"\n").ok_or("does not end, or is too long")?;
    let text = std::str::from_utf8(line).map_err(|_| "is no text")?;
    let value: Value = serde_json::from_str(text).map_err(|error| format!("is no JSON ({error})"))?;
    let header = Header::deserialize(&value).map_err(|error| format!("is no observation ({error})"))?;
    if header.schema != RECORD {
        return Err(format!("has the form {}, this licwatch takes {RECORD}", header.schema));
    }
    let Observed { agent, device, outcome, .. } = &header.observation;
    if !is_name(agent) || !is_name(device) || device.contains('/') {
        return Err("has no usable name of its agent or device".to_owned());
    }
    if told::outcome(outcome).is_none() {
        return Err(format!("has an outcome that is not known: {outcome}"));
    }
    Ok((text, value, header))
}

/// What a device goes by here.
fn device(own: &str, observation: &Observed) -> String {
    let Observed { agent, device, .. } = observation;
    if agent == own { device.clone() } else { format!("{agent}/{device}") }
}

/// Whether a gap was one drop wide, or has become two smaller ones.
fn is_filled((first, last): (u64, u64), sequence: u64) -> bool {
    first == last && first == sequence
}
