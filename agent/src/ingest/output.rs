//! A device's saved output enters the store: judged against what is known, and then kept as one observation.

use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::saved::Saved;
use super::supposed::Supposed;
use super::{Finding, IngestError, Taken, Terms};
use crate::events::{self, Event};
use crate::journal::{Entry, Kind};
use crate::store::ingest::output_taken;
use crate::store::{Kept, Ready, Tx, devices};

/// The output of one device, as it is to be kept.
#[derive(Debug)]
pub(super) struct ReadyOutput {
    /// Where it lies, what it is, and what is to be said of it.
    pub(super) told: Taken,
    pub(super) ready: Ready,
    pub(super) digest: [u8; 32],
    /// Each file's name and digest.
    pub(super) files: Vec<(String, String)>,
}

impl ReadyOutput {
    /// Reads saved output: files of one device. What no grammar knows of several is left out.
    pub(super) fn files(
        path: &Path,
        files: &[PathBuf],
        agent: &str,
        terms: &Terms,
    ) -> Result<Self, IngestError> {
        let (saved, left_out) = Saved::files(path, files)?;
        let mut ready = saved.ready(agent, terms)?;
        ready.told.findings.extend(left_out.into_iter().map(|name| Finding {
            kind: "left_out",
            text: format!("no grammar knows anything in {name}: it was left out, and nothing of it is kept"),
            remedy: "see with `licwatch parse` what it is, and move it away if it is no output".to_owned(),
        }));
        Ok(ready)
    }

    /// Reads the folder of a recorded session, and checks its digests.
    pub(super) fn session(folder: &Path, agent: &str, terms: &Terms) -> Result<Self, IngestError> {
        Saved::session(folder)?.ready(agent, terms)
    }

    /// Says what [`ReadyOutput::take`] would do, and supposes that it was done.
    pub(super) fn try_out(
        &self,
        connection: &Connection,
        supposed: &mut Supposed,
    ) -> Result<Taken, IngestError> {
        let mut taken = self.told.clone();
        if let Some(at) = output_taken(connection, &self.digest)? {
            self.repeat(&mut taken, &format!("at {at}"));
        } else if supposed.holds_output(&self.digest) {
            self.repeat(&mut taken, "before, as they were named twice");
        } else {
            supposed.take_output(self.digest);
            let collected = self.ready.collected();
            let device = devices::counts_for(connection, &collected.device, &collected.serial_numbers)?;
            let device = device.unwrap_or_else(|| collected.device.clone());
            taken.count(&self.ready, &device);
            taken.device = Some(device);
        }
        Ok(taken)
    }

    /// Takes it in.
    pub(super) fn take(&self, tx: &mut Tx<'_>, terms: &Terms) -> Result<Taken, IngestError> {
        let mut taken = self.told.clone();
        if let Some(at) = output_taken(tx.sql(), &self.digest)? {
            self.repeat(&mut taken, &format!("at {at}"));
            return Ok(taken);
        }
        let (collected, by) = (self.ready.collected(), terms.carrier.by.as_str());
        let Kept::New { device, .. } = tx.collect_ready(&self.ready)? else { return Ok(taken) };
        let device = devices::name(tx.sql(), device)?;
        taken.count(&self.ready, &device);
        tx.remember_output(&self.digest, collected.id)?;
        let files =
            self.files.iter().map(|(name, sha256)| serde_json::json!({"name": name, "sha256": sha256}));
        let entry = Entry::new(terms.carrier.actor.clone(), Kind::Imported)
            .with("what", taken.what)
            .with("device", device.as_str())
            .with("observation", collected.id.to_string())
            .with("saved_at", collected.polled_at.to_string())
            .with("carried_by", by)
            .with("files", files.collect::<Vec<_>>());
        tx.account(&entry)?;
        let message = format!("Saved output of {device} was taken in, carried by {by}.");
        let mut event = Event::new(events::Kind::Imported, message).of(&device).with("carried_by", by);
        event.observation = Some(collected.id);
        tx.tell(&event)?;
        taken.device = Some(device);
        Ok(taken)
    }

    fn repeat(&self, taken: &mut Taken, when: &str) {
        taken.repeated = 1;
        taken.device = Some(self.ready.collected().device.clone());
        taken.notes.push(format!(
            "the same files were taken in {when}; if they were saved anew, say when with --at TIME"
        ));
    }
}
