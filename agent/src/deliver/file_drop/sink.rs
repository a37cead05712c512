//! A daemon's drops: one for each batch of the outbox.
//!
//! A drop is named by its batch, not by what lies in the folder: the gateway empties it. So a batch that is repeated
//! after a crash finds the files of its first try and goes on where that ended; what stands under its names with
//! other bytes is never replaced, and the batch waits until somebody moves it away.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::{Contents, Counts, DropError, FileDrop, Manifest, manifest, plain_name, publish};
use crate::config::FileDropSettings;
use crate::deliver::{Batch, Receipt, Refusal, Sink};
use crate::transport::ssh::BoxFuture;

/// Whose turn it is to write drops into a folder: a try that was given up ends before the next one begins, whatever
/// sink makes it. Clones are of the same folder.
#[derive(Clone, Debug, Default)]
pub struct FolderTurn {
    /// Says whether leftovers of earlier runs were removed.
    swept: Arc<Mutex<bool>>,
}

impl FolderTurn {
    /// Waits for it, and has it until what this gives is dropped.
    pub(crate) async fn take(&self) -> OwnedMutexGuard<bool> {
        Arc::clone(&self.swept).lock_owned().await
    }

    /// Whether a sink, or a try of one, still has it.
    pub fn is_in_use(&self) -> bool {
        Arc::strong_count(&self.swept) > 1
    }
}

/// The sink of kind `file-drop`. A batch counts as taken when its manifest is on disk.
#[derive(Debug)]
pub struct DropSink {
    drop: FileDrop,
    keep_raw: bool,
    gather: Duration,
    started: Timestamp,
    /// Held while files are written.
    turn: FolderTurn,
}

impl DropSink {
    /// A sink for the drops of an agent. Half-written files from before `started` are removed with the first batch.
    pub fn new(settings: &FileDropSettings, agent: &str, started: Timestamp) -> Self {
        Self::in_turn(settings, agent, started, FolderTurn::default())
    }

    /// The same, where other sinks write into the folder, or did.
    pub fn in_turn(settings: &FileDropSettings, agent: &str, started: Timestamp, turn: FolderTurn) -> Self {
        Self {
            drop: FileDrop { folder: settings.directory.clone(), agent: plain_name(agent) },
            keep_raw: settings.keep_raw,
            gather: settings.gather,
            started,
            turn,
        }
    }
}

impl Sink for DropSink {
    fn deliver<'a>(&'a self, batch: &'a Batch) -> BoxFuture<'a, Result<Receipt, Refusal>> {
        Box::pin(async move {
            let mut swept = self.turn.take().await;
            let (drop, started) = (self.drop.clone(), self.started);
            let mut batch = batch.clone();
            if !self.keep_raw {
                batch.lines.iter_mut().for_each(|line| line.captures.clear());
            }
            let published = tokio::task::spawn_blocking(move || {
                publish::expect(&drop.folder)?;
                if !*swept {
                    let count = publish::sweep(&drop.folder, &drop.agent, started)?;
                    if count > 0 {
                        let folder = drop.folder.display();
                        tracing::info!(%folder, count, "Removed half-written files of an earlier run.");
                    }
                    *swept = true;
                }
                drop.publish_batch(&batch)
            });
            match published.await {
                Ok(Ok(note)) => Ok(Receipt { refused: Vec::new(), note }),
                Ok(Err(error)) => Err(Refusal::Later { reason: error.for_daemon(), after: None }),
                // It was cancelled because the process is stopping.
                Err(error) => {
                    Err(Refusal::Later { reason: format!("writing was stopped: {error}"), after: None })
                }
            }
        })
    }

    fn gather(&self) -> Duration {
        self.gather
    }

    fn keeps_raw(&self) -> bool {
        self.keep_raw
    }
}

/// The little of a record that a manifest and paths need.
#[derive(Default, Deserialize)]
struct Told<'l> {
    #[serde(borrow, default)]
    observation: About<'l>,
}

#[derive(Default, Deserialize)]
struct About<'l> {
    #[serde(borrow, default)]
    device: std::borrow::Cow<'l, str>,
    #[serde(borrow, default)]
    outcome: std::borrow::Cow<'l, str>,
}

impl FileDrop {
    /// Sees to it that a batch stands in the folder as a whole drop; yields the name of its manifest.
    fn publish_batch(&self, batch: &Batch) -> Result<String, DropError> {
        let stem = self.stem(batch.begun_at, batch.sequence);
        let told: Vec<Told<'_>> =
            batch.lines.iter().map(|line| serde_json::from_str(&line.text).unwrap_or_default()).collect();
        let contents = Contents {
            lines: batch.lines.iter().map(|line| line.text.as_str()).collect(),
            counts: counts(&told),
            captures: told
                .iter()
                .zip(&batch.lines)
                .map(|(told, line)| (told.observation.device.as_ref(), line.captures.as_slice()))
                .collect(),
        };
        let records = contents.records();
        let records_path = self.folder.join(format!("{stem}.ndjson"));
        let raw = contents.raw(&stem);
        let raw_path = self.folder.join(format!("{stem}.raw"));
        let raw_paths = raw.paths.clone();
        let manifest = Manifest {
            schema: manifest::SCHEMA,
            agent: self.agent.clone(),
            created: batch.begun_at,
            sink: Some(batch.sink.clone()),
            sequence: batch.sequence,
            devices: contents.counts,
            files: contents.files(&stem, &records, raw),
            journal_head: batch.head.clone(),
        };
        let manifest_name = format!("{stem}.manifest.json");
        let manifest_path = self.folder.join(&manifest_name);
        if self.is_published(&manifest_path, &manifest)? {
            return Ok(manifest_name);
        }
        for last in [false, false, true] {
            publish::establish(&self.folder, &self.agent, &records_path, records.as_bytes())?;
            if !raw_paths.is_empty() {
                publish::establish_folder(&self.folder, &self.agent, &raw_path, &raw_paths)?;
            }
            // A manifest without its files would tell of a drop that nobody can take.
            if fs::symlink_metadata(&records_path).is_ok() {
                break;
            }
            if last {
                return Err(DropError::Taken { path: records_path });
            }
        }
        publish::establish(&self.folder, &self.agent, &manifest_path, &manifest.bytes()?)?;
        Ok(manifest_name)
    }

    /// Whether the manifest of this drop stands there already; what it names may have been taken since. The journal's
    /// head may have been another when it was written.
    fn is_published(&self, path: &std::path::Path, manifest: &Manifest) -> Result<bool, DropError> {
        let bytes = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
            // What stands there is told when the manifest is to be established.
            Err(error) if error.kind() == std::io::ErrorKind::IsADirectory => return Ok(false),
            Err(error) => return Err(DropError::at(path, error)),
        };
        let Ok(mut found) = serde_json::from_slice::<Value>(&bytes) else { return Ok(false) };
        let mut ours = serde_json::to_value(manifest).map_err(|error| DropError::Encode { error })?;
        for manifest in [&mut found, &mut ours] {
            if let Some(members) = manifest.as_object_mut() {
                members.remove("journal_head");
            }
        }
        Ok(found == ours)
    }
}

fn counts(told: &[Told<'_>]) -> Counts {
    let with = |outcome: &str| told.iter().filter(|told| told.observation.outcome == outcome).count() as u64;
    Counts {
        polled: told.len() as u64,
        complete: with("complete"),
        partial: with("partial"),
        failed: with("failed"),
    }
}

#[cfg(test)]
mod tests;
