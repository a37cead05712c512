//! What people carry here: saved show output, recorded sessions, and the drops of other agents. The way for isolated
//! segments and diodes.
//!
//! * **Saved output** is a file, or a folder that is one device; a folder of `devices record` has its digests checked.
//!   It becomes an observation of this agent, with who carried it. Files that no grammar knows are named and left out.
//! * **A drop** is what its manifest says: every size and SHA-256 must hold, every line must be a record. Its lines keep
//!   their own ids and agents, so that a line that comes twice is kept once; captures come along where the drop has
//!   them. A drop without a manifest is not whole and is refused.
//!
//! One transaction for each device or drop: all of it is taken in, or nothing. It is read, checked and compressed
//! before, since the daemon beside us waits for the store meanwhile. A dry run writes nothing and holds nobody up.
//!
//! No link is followed, but that of a folder that somebody named: what lies on a medium could lead anywhere.
//!
//! # Names
//!
//! Devices of this agent go by their names. A device of another agent goes by `AGENT/NAME`, so that two agents may
//! each have a `core-1`; no name of the inventory has a `/` in it. What that agent took in of a third one and hands on
//! goes by `AGENT/THIRD/NAME`: only AGENT answers for it, and nobody can speak for another. In the name of this agent
//! only its own drops speak. The line itself stays as it came. That one chassis stands under two names is found by its
//! serial number, as for any two names.
//!
//! # Numbers and keys
//!
//! The drops of an agent's sink are numbered without gaps. What is missing between the first and the last that came is
//! told each time until it comes. The key of an agent's journal signs its manifests, and by their digests every file of
//! its drops; the key that its first drop shows is believed and remembered, and no other afterwards.

mod arrival;
mod bounded;
mod drop;
mod error;
mod evidence;
mod find;
mod key;
mod line;
mod manifest;
mod output;
mod saved;
mod supposed;
mod told;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use serde::Serialize;

pub use error::IngestError;
pub use find::{Found, Holding, PassedOver, find};

use drop::ReadyDrop;
use key::Own;
use output::ReadyOutput;
use supposed::Supposed;

use crate::inventory::Device;
use crate::journal::Actor;
use crate::store::{Ready, Store, StoreError, Tx};

/// Who brings it.
#[derive(Clone, Debug)]
pub struct Carrier {
    /// Who is at the command line.
    pub actor: Actor,
    /// Who carried it here.
    pub by: String,
    /// When it was saved; where nobody says, what is carried may tell.
    pub at: Option<Timestamp>,
}

/// What is taken for granted while things are taken in.
#[derive(Clone, Debug)]
pub struct Terms {
    /// Who brings it.
    pub carrier: Carrier,
    /// The device that saved output is of, if somebody says so.
    pub device: Option<String>,
    /// A new key of another agent that somebody has asked about.
    pub accept_key: Option<String>,
    /// Whether drops of agents whose key is known need no signature.
    pub unsigned: bool,
    /// The devices of the inventory.
    pub inventory: Vec<Device>,
    /// The time, by the agent's clock.
    pub now: Timestamp,
}

/// Something that a person must look at.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Finding {
    /// A word for programs.
    pub kind: &'static str,
    /// What was found.
    pub text: String,
    /// What to do.
    pub remedy: String,
}

/// What became of one device's output, or of one drop.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Taken {
    /// Where it lay.
    pub path: PathBuf,
    /// `saved_output`, `recorded_session` or `drop`.
    pub what: &'static str,
    /// The agent that made the drop.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// The sink that it was made by; absent where a person polled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sink: Option<String>,
    /// The drop's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sequence: Option<u64>,
    /// The device that saved output counts for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// Observations that are new here.
    pub observations: u64,
    /// Observations that were here already.
    pub repeated: u64,
    /// Captures that came along.
    pub captures: u64,
    /// Gaps that are closed now, in numbers of drops.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub closed: Vec<(u64, u64)>,
    /// What a person must look at.
    pub findings: Vec<Finding>,
    /// What is worth knowing.
    pub notes: Vec<String>,
}

impl Taken {
    /// Counts an observation, and says so where it counts for a device of another name.
    fn count(&mut self, ready: &Ready, device: &str) {
        self.observations += 1;
        self.captures += ready.answers() as u64;
        let carried_as = &ready.collected().device;
        if !carried_as.eq_ignore_ascii_case(device) {
            self.notes.push(format!("{carried_as} shows the chassis of {device}, and counts for it"));
        }
    }
}

/// Drops that are missing, between others of the same agent and sink.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Missing {
    /// The agent.
    pub agent: String,
    /// Its sink; empty where a person polled.
    pub sink: String,
    /// The first number that is missing.
    pub first: u64,
    /// The last before the next drop that is here.
    pub last: u64,
}

impl Missing {
    /// What it means, and what to do.
    pub fn finding(&self) -> Finding {
        let Self { agent, sink, first, last } = self;
        let of = if sink.is_empty() { agent.clone() } else { format!("{agent}'s sink {sink}") };
        let text = if first == last {
            format!("drop {first} of {of} is missing")
        } else {
            format!("drops {first} to {last} of {of} are missing")
        };
        let remedy = "carry them here and ingest them: the order does not matter, and what was taken in before is dropped";
        Finding { kind: "missing", text, remedy: remedy.to_owned() }
    }
}

/// What is missing of the agents and sinks whose drops were taken in, whenever it should have come.
pub fn missing<'t>(
    connection: &rusqlite::Connection,
    taken: impl IntoIterator<Item = &'t Taken>,
) -> Result<Vec<Missing>, StoreError> {
    missing_beside(connection, &Supposed::default(), taken)
}

fn missing_beside<'t>(
    connection: &rusqlite::Connection,
    supposed: &Supposed,
    taken: impl IntoIterator<Item = &'t Taken>,
) -> Result<Vec<Missing>, StoreError> {
    let of_drops = taken
        .into_iter()
        .filter_map(|taken| Some((taken.agent.clone()?, taken.sink.clone().unwrap_or_default())));
    let mut all = Vec::new();
    for (agent, sink) in of_drops.collect::<BTreeSet<_>>() {
        let beside = supposed.numbers(&agent, &sink);
        for (first, last) in crate::store::ingest::gaps(connection, &agent, &sink, &beside)? {
            all.push(Missing { agent: agent.clone(), sink: sink.clone(), first, last });
        }
    }
    Ok(all)
}

/// What was found, read, checked and made ready: the store was not asked for anything yet.
enum Read {
    Output(Box<ReadyOutput>),
    Drop(Box<ReadyDrop>),
}

impl Read {
    fn of(store: &Store, found: &Found, terms: &Terms) -> Result<Self, IngestError> {
        let agent = store.agent();
        let output = |ready| Self::Output(Box::new(ready));
        match found {
            Found::Drop(path) => {
                ReadyDrop::read(path, Own::of(store), terms).map(|drop| Self::Drop(Box::new(drop)))
            }
            Found::Saved(path, files) => ReadyOutput::files(path, files, agent, terms).map(output),
            Found::Session(path) => ReadyOutput::session(path, agent, terms).map(output),
            Found::Torn(path) => Err(IngestError::NoManifest { path: path.clone() }),
        }
    }

    fn take(&self, tx: &mut Tx<'_>, terms: &Terms) -> Result<Taken, IngestError> {
        match self {
            Self::Output(output) => output.take(tx, terms),
            Self::Drop(drop) => drop.take(tx, terms),
        }
    }

    fn try_out(
        &self,
        connection: &rusqlite::Connection,
        supposed: &mut Supposed,
        terms: &Terms,
    ) -> Result<Taken, IngestError> {
        match self {
            Self::Output(output) => output.try_out(connection, supposed),
            Self::Drop(drop) => drop.try_out(connection, supposed, terms),
        }
    }
}

/// Takes it in: all of it is kept when this returns, or nothing.
pub fn take(store: &Store, found: &Found, terms: &Terms) -> Result<Taken, IngestError> {
    let read = Read::of(store, found, terms)?;
    let (told, terms) = (Arc::new(Mutex::new(None)), terms.clone());
    let tell = Arc::clone(&told);
    let kept = store.write_blocking(move |tx| match read.take(tx, &terms) {
        Ok(taken) => Ok(taken),
        Err(error) => {
            let words = error.to_string();
            *tell.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            Err(StoreError::Refused(words))
        }
    });
    kept.map_err(|error| {
        let told = told.lock().unwrap_or_else(PoisonError::into_inner).take();
        told.unwrap_or(IngestError::Store(error))
    })
}

/// What was tried: what each came to, and what would be missing then.
#[derive(Debug, Default)]
pub struct Tried {
    /// In the order in which they were named.
    pub taken: Vec<Result<Taken, IngestError>>,
    /// What would be missing.
    pub missing: Vec<Missing>,
}

/// What [`take`] would do with all of these, one behind the other. Nothing is written, and nobody is held up.
pub fn try_out(store: &Store, found: &[Found], terms: &Terms) -> Result<Tried, IngestError> {
    let (mut supposed, mut taken) = (Supposed::default(), Vec::new());
    for found in found {
        taken.push(Read::of(store, found, terms).and_then(|read| {
            let tried = store.read_blocking(|connection| Ok(read.try_out(connection, &mut supposed, terms)));
            tried?
        }));
    }
    let missing =
        store.read_blocking(|connection| missing_beside(connection, &supposed, taken.iter().flatten()))?;
    Ok(Tried { taken, missing })
}

#[cfg(test)]
mod tests;
