//! Saved show output and recorded sessions: one observation of one device.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use licwatch_parsers::Command;
use licwatch_parsers::record::{DeviceRecord, Platform};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::output::ReadyOutput;
use super::{IngestError, Taken, Terms, bounded, told};
use crate::capture::{Capture, Origin};
use crate::collect::with_record;
use crate::config::value::device_name;
use crate::observation::{Observation, Outcome, Summary, chassis};
use crate::recording::{CaptureFile, SESSION_FILE, Session};
use crate::store::captures::{Answer, Packed};
use crate::store::{Collected, Ready};

/// The largest real outputs have a few hundred kilobytes.
const LARGEST: u64 = 64 << 20;
const LARGEST_OF_ALL: u64 = 256 << 20;
const MOST_FILES: usize = 500;

/// No manifest of a recorded session is larger.
pub(super) const LARGEST_SESSION: u64 = 4 << 20;

/// The output of one device, read and digested.
#[derive(Debug)]
pub(super) struct Saved {
    path: PathBuf,
    what: &'static str,
    platform: Option<Platform>,
    recorded_at: Option<Timestamp>,
    outcome: Option<Outcome>,
    captures: Vec<Capture>,
    /// The name of each capture's file.
    names: Vec<String>,
}

/// What a recorded session's manifest says beside its files.
#[derive(Deserialize)]
struct Recorded {
    recorded_at: Timestamp,
    outcome: String,
    captures: Vec<CaptureFile>,
}

impl Saved {
    /// Reads files of one device. Those of several that no grammar knows are left out; yields their names, too.
    pub(super) fn files(path: &Path, files: &[PathBuf]) -> Result<(Self, Vec<String>), IngestError> {
        let mut saved = Self::empty(path, "saved_output");
        for file in files {
            saved.add(file, Capture::new(None, Origin::File, bounded::bytes(file, LARGEST)?, None))?;
        }
        let left_out = saved.leave_out_unknown();
        Ok((saved, left_out))
    }

    /// Reads the folder of a recorded session, and checks its digests.
    pub(super) fn session(folder: &Path) -> Result<Self, IngestError> {
        let damaged = |what: String| IngestError::damaged(folder, what);
        let manifest = bounded::bytes(&folder.join(SESSION_FILE), LARGEST_SESSION)?;
        let listed = Session::listed(folder, &manifest).map_err(|error| damaged(error.to_string()))?;
        let recorded: Recorded =
            serde_json::from_slice(&manifest).map_err(|error| damaged(format!("{SESSION_FILE}: {error}")))?;
        let mut saved = Self::empty(folder, "recorded_session");
        saved.platform = listed.and_then(|listed| listed.platform);
        saved.recorded_at = Some(recorded.recorded_at);
        saved.outcome = told::outcome(&recorded.outcome);
        let below = bounded::Folder::new(folder);
        for capture in recorded.captures {
            let CaptureFile { file, command, at, bytes, sha256, .. } = capture;
            let path = below.path_of(&file);
            // What is read is what was opened: no link leads out of the folder, now or later.
            let opened = below.file(&file).map_err(|error| IngestError::damaged(&path, error.to_string()))?;
            let raw = bounded::read(opened, &path, LARGEST)?;
            let capture = Capture::new(Command::typed(&command), Origin::File, raw, at);
            if (capture.raw.len() as u64, &capture.sha256) != (bytes, &sha256) {
                let what = format!("it is not what {SESSION_FILE} says ({bytes} bytes, SHA-256 {sha256})");
                return Err(IngestError::damaged(&path, what));
            }
            saved.add(&path, capture)?;
        }
        if saved.captures.is_empty() {
            return Err(damaged(format!("{SESSION_FILE} lists no capture")));
        }
        Ok(saved)
    }

    fn empty(path: &Path, what: &'static str) -> Self {
        let (captures, names) = (Vec::new(), Vec::new());
        Self {
            path: path.to_owned(),
            what,
            platform: None,
            recorded_at: None,
            outcome: None,
            captures,
            names,
        }
    }

    fn add(&mut self, file: &Path, capture: Capture) -> Result<(), IngestError> {
        self.names.push(file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default());
        self.captures.push(capture);
        let bytes: u64 = self.captures.iter().map(|capture| capture.raw.len() as u64).sum();
        if self.captures.len() > MOST_FILES || bytes > LARGEST_OF_ALL {
            let limit = format!("{MOST_FILES} files, {} MiB", LARGEST_OF_ALL >> 20);
            return Err(IngestError::TooLarge { path: self.path.clone(), limit });
        }
        Ok(())
    }

    /// Lets go of the files that no grammar knows, unless it is all of them; yields their names.
    fn leave_out_unknown(&mut self) -> Vec<String> {
        let known: BTreeSet<String> = with_record(&self.captures, self.platform, |record| {
            let sources = record.sources.iter().filter(|source| source.command.is_some());
            sources.filter_map(|source| source.sha256.as_deref().map(str::to_owned)).collect()
        });
        if known.is_empty() {
            return Vec::new();
        }
        let mut left_out = Vec::new();
        let files = std::mem::take(&mut self.names).into_iter().zip(std::mem::take(&mut self.captures));
        for (name, capture) in files {
            if known.contains(&capture.sha256) {
                self.names.push(name);
                self.captures.push(capture);
            } else {
                left_out.push(name);
            }
        }
        left_out
    }

    /// Makes an observation of it.
    pub(super) fn ready(self, agent: &str, terms: &Terms) -> Result<ReadyOutput, IngestError> {
        let mut told = Taken { path: self.path.clone(), what: self.what, ..Taken::default() };
        let collected = with_record(&self.captures, self.platform, |record| {
            self.collected(&record, agent, terms, &mut told.notes)
        })?;
        let digest = self.digest(&collected.device, terms.carrier.at.or(self.recorded_at));
        let mut answers = Vec::new();
        for capture in &self.captures {
            let raw = Arc::new(Packed::new(capture)?);
            answers.push(Answer { raw, command: capture.command, origin: capture.origin, at: capture.at });
        }
        let files = self.captures.iter().map(|capture| capture.sha256.clone());
        let files = self.names.iter().cloned().zip(files).collect();
        Ok(ReadyOutput { told, ready: Ready::new(collected, answers)?, digest, files })
    }

    fn collected(
        &self,
        record: &DeviceRecord<'_>,
        agent: &str,
        terms: &Terms,
        notes: &mut Vec<String>,
    ) -> Result<Collected, IngestError> {
        let path = || self.path.clone();
        if !record.sources.iter().any(|source| source.command.is_some()) {
            return Err(IngestError::NotRecognized { path: path() });
        }
        let hostname = record.device.hostname.as_deref().filter(|name| device_name(name).is_ok());
        let device =
            terms.device.as_deref().or(hostname).ok_or_else(|| IngestError::NoDevice { path: path() })?;
        let clock = record.device.clock.as_ref().and_then(|clock| clock.time.utc);
        let told = terms.carrier.at.or(self.recorded_at).or(clock.filter(|clock| *clock <= terms.now));
        if told.is_none() {
            notes.push(
                "nothing tells when it was saved: it counts as of now; --at TIME says otherwise".to_owned(),
            );
        }
        let whole = if record.licenses.is_some() { Outcome::Complete } else { Outcome::Partial };
        let known = terms.inventory.iter().find(|it| it.name == device);
        if known.is_none() {
            notes.push(format!("the inventory does not list {device}"));
        }
        let observation = Observation {
            id: Uuid::now_v7(),
            agent: agent.to_owned(),
            device: device.to_owned(),
            address: known.map(|it| it.address.to_string()).unwrap_or_default(),
            site: known.and_then(|it| it.site.clone()),
            role: known.and_then(|it| it.role.clone()),
            environment: known.and_then(|it| it.environment.clone()),
            owner: known.and_then(|it| it.owner.clone()),
            polled_at: told.unwrap_or(terms.now),
            duration_ms: 0,
            transport: Origin::File.word().to_owned(),
            outcome: self.outcome.unwrap_or(whole),
            error: None,
        };
        let by = terms.carrier.by.as_str();
        let line = Line {
            record,
            observation: ByHand { observation: &observation, carried_by: by, carried_at: terms.now },
        };
        let line = serde_json::to_string(&line)
            .map_err(|error| IngestError::damaged(&self.path, error.to_string()))?;
        let offset = record.device.clock.as_ref().and_then(|clock| clock.offset_seconds);
        Ok(Collected {
            device: device.to_owned(),
            id: observation.id,
            polled_at: observation.polled_at,
            outcome: observation.outcome,
            line,
            summary: Summary::of(record),
            serial_numbers: chassis(record),
            offset_ms: offset.map(|seconds| (seconds * 1000.0).round() as i64),
            captures: Vec::new(),
            actor: terms.carrier.actor.clone(),
            carried_by: Some(by.to_owned()),
        })
    }

    /// What tells the same output: its files, its device, and when it was saved, where that is told. An output that
    /// often says the same (`show license summary`) is a repeat only where nobody says that it was saved anew; what the
    /// clock in it says is in its files.
    fn digest(&self, device: &str, saved_at: Option<Timestamp>) -> [u8; 32] {
        let mut all: Vec<&str> = self.captures.iter().map(|capture| capture.sha256.as_str()).collect();
        all.sort_unstable();
        let digest = all.into_iter().fold(Sha256::new(), |digest, sha256| digest.chain_update(sha256));
        let digest = digest.chain_update(device.to_lowercase());
        let digest = match saved_at {
            Some(at) => digest.chain_update(format!("\0{at}")),
            None => digest,
        };
        digest.finalize().into()
    }
}

/// A record with its observation, as [`crate::observation::Observed`], and who carried it.
#[derive(Serialize)]
struct Line<'l, 'a> {
    #[serde(flatten)]
    record: &'l DeviceRecord<'a>,
    observation: ByHand<'l>,
}

#[derive(Serialize)]
struct ByHand<'l> {
    #[serde(flatten)]
    observation: &'l Observation,
    carried_by: &'l str,
    carried_at: Timestamp,
}
