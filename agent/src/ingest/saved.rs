//! Saved show output and recorded sessions: one observation of one device.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use licwatch_parsers::Command;
use licwatch_parsers::record::{DeviceRecord, Platform};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{IngestError, Taken, Terms, bounded, told};
use crate::capture::{Capture, Origin};
use crate::collect::with_record;
use crate::config::value::device_name;
use crate::events::{self, Event};
use crate::journal::{Entry, Kind};
use crate::observation::{Observation, Outcome, Summary, chassis};
use crate::recording::{CaptureFile, SESSION_FILE, Session};
use crate::store::{Collected, Tx};

/// The largest real outputs have a few hundred kilobytes.
const LARGEST: u64 = 64 << 20;
const LARGEST_OF_ALL: u64 = 256 << 20;
const MOST_FILES: usize = 500;

/// The output of one device, read and digested.
#[derive(Debug)]
pub(super) struct Saved {
    path: PathBuf,
    what: &'static str,
    platform: Option<Platform>,
    recorded_at: Option<Timestamp>,
    outcome: Option<Outcome>,
    captures: Vec<Capture>,
    /// Each file's name and digest.
    files: Vec<(String, String)>,
}

/// What a recorded session's manifest says beside its files.
#[derive(Deserialize)]
struct Recorded {
    recorded_at: Timestamp,
    outcome: String,
    captures: Vec<CaptureFile>,
}

impl Saved {
    /// Reads saved output: files of one device.
    pub(super) fn files(path: &Path, files: &[PathBuf]) -> Result<Self, IngestError> {
        let mut saved = Self::empty(path, "saved_output");
        for file in files {
            let capture = Capture::new(None, Origin::File, bounded::bytes(file, LARGEST)?, None);
            saved.add(file, capture)?;
        }
        Ok(saved)
    }

    /// Whether a folder is a recorded session.
    pub(super) fn is_session(folder: &Path) -> Result<bool, IngestError> {
        let listed = Session::listed_in(folder);
        Ok(listed.map_err(|error| IngestError::damaged(folder, error.to_string()))?.is_some())
    }

    /// Reads the folder of a recorded session, and checks its digests.
    pub(super) fn session(folder: &Path) -> Result<Self, IngestError> {
        let damaged = |what: String| IngestError::damaged(folder, what);
        let listed =
            Session::listed_in(folder).map_err(|error| damaged(error.to_string()))?.unwrap_or_default();
        let manifest = bounded::bytes(&folder.join(SESSION_FILE), 4 << 20)?;
        let recorded: Recorded =
            serde_json::from_slice(&manifest).map_err(|error| damaged(format!("{SESSION_FILE}: {error}")))?;
        let mut saved = Self::empty(folder, "recorded_session");
        saved.platform = listed.platform;
        saved.recorded_at = Some(recorded.recorded_at);
        saved.outcome = told::outcome(&recorded.outcome);
        let below = bounded::Folder::new(folder);
        for capture in recorded.captures {
            let CaptureFile { file, command, at, bytes, sha256, .. } = capture;
            let path = below.path_of(&file);
            // No link leads out of the folder.
            below.file(&file).map_err(|error| IngestError::damaged(&path, error.to_string()))?;
            let raw = bounded::bytes(&path, LARGEST)?;
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
        let (captures, files) = (Vec::new(), Vec::new());
        Self {
            path: path.to_owned(),
            what,
            platform: None,
            recorded_at: None,
            outcome: None,
            captures,
            files,
        }
    }

    fn add(&mut self, file: &Path, capture: Capture) -> Result<(), IngestError> {
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        self.files.push((name, capture.sha256.clone()));
        self.captures.push(capture);
        let bytes: u64 = self.captures.iter().map(|capture| capture.raw.len() as u64).sum();
        if self.files.len() > MOST_FILES || bytes > LARGEST_OF_ALL {
            let limit = format!("{MOST_FILES} files, {} MiB", LARGEST_OF_ALL >> 20);
            return Err(IngestError::TooLarge { path: self.path.clone(), limit });
        }
        Ok(())
    }

    pub(super) fn take(&self, tx: &mut Tx<'_>, terms: &Terms) -> Result<Taken, IngestError> {
        let mut taken = Taken { path: self.path.clone(), what: self.what, ..Taken::default() };
        let collected = with_record(&self.captures, self.platform, |record| {
            self.collected(&record, tx, terms, &mut taken.notes)
        })?;
        taken.device = Some(collected.device.clone());
        let digest = self.digest(&collected.device);
        if let Some(at) = tx.output_taken(&digest)? {
            taken.repeated = 1;
            taken.notes.push(format!("the same files were taken in at {at}"));
            return Ok(taken);
        }
        let (id, device, by) = (collected.id, collected.device.clone(), terms.carrier.by.as_str());
        tx.collect(&collected)?;
        tx.remember_output(&digest, id)?;
        let files =
            self.files.iter().map(|(name, sha256)| serde_json::json!({"name": name, "sha256": sha256}));
        let entry = Entry::new(terms.carrier.actor.clone(), Kind::Imported)
            .with("what", self.what)
            .with("device", device.as_str())
            .with("observation", id.to_string())
            .with("saved_at", collected.polled_at.to_string())
            .with("carried_by", by)
            .with("files", files.collect::<Vec<_>>());
        tx.account(&entry)?;
        let mut event = Event::new(
            events::Kind::Imported,
            format!("Saved output of {device} was taken in, carried by {by}."),
        )
        .of(&device)
        .with("carried_by", by);
        event.observation = Some(id);
        tx.tell(&event)?;
        (taken.observations, taken.captures) = (1, self.captures.len() as u64);
        Ok(taken)
    }

    fn collected(
        &self,
        record: &DeviceRecord<'_>,
        tx: &Tx<'_>,
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
        let told = terms.carrier.at.or(self.recorded_at).or(clock.filter(|clock| *clock <= tx.now()));
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
            agent: tx.agent().to_owned(),
            device: device.to_owned(),
            address: known.map(|it| it.address.to_string()).unwrap_or_default(),
            site: known.and_then(|it| it.site.clone()),
            role: known.and_then(|it| it.role.clone()),
            environment: known.and_then(|it| it.environment.clone()),
            owner: known.and_then(|it| it.owner.clone()),
            polled_at: told.unwrap_or(tx.now()),
            duration_ms: 0,
            transport: Origin::File.word().to_owned(),
            outcome: self.outcome.unwrap_or(whole),
            error: None,
        };
        let by = terms.carrier.by.as_str();
        let line = Line {
            record,
            observation: ByHand { observation: &observation, carried_by: by, carried_at: tx.now() },
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
            captures: self.captures.clone(),
            actor: terms.carrier.actor.clone(),
            carried_by: Some(by.to_owned()),
        })
    }

    /// What tells the same files of the same device.
    fn digest(&self, device: &str) -> [u8; 32] {
        let mut all: Vec<&str> = self.files.iter().map(|(_, sha256)| sha256.as_str()).collect();
        all.sort_unstable();
        let digest = all.into_iter().fold(Sha256::new(), |digest, sha256| digest.chain_update(sha256));
        digest.chain_update(device.to_lowercase()).finalize().into()
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
