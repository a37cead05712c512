//! What people carry here: saved show output, recorded sessions, and the drops of other agents. The way for isolated
//! segments and diodes.
//!
//! * **Saved output** is a file, or a folder that is one device; a folder of `devices record` has its digests checked.
//!   It becomes an observation of this agent, with who carried it.
//! * **A drop** is what its manifest says: every size and SHA-256 must hold, every line must be a record. Its lines keep
//!   their own ids and agents, so that a line that comes twice is kept once; captures come along where the drop has
//!   them. A drop without a manifest is not whole and is refused.
//!
//! One transaction for each device or drop: all of it is taken in, or nothing.
//!
//! # Names
//!
//! Devices of this agent go by their names. A device of another agent goes by `AGENT/NAME`, so that two agents may
//! each have a `core-1`; no name of the inventory has a `/` in it. The line itself stays as it came. That one chassis
//! stands under two names is found by its serial number, as for any two names.
//!
//! # Numbers and keys
//!
//! The drops of an agent's sink are numbered without gaps. What is missing between the first and the last that came is
//! told each time until it comes. An agent whose journal's head was once seen signed by a key is held to that key.

mod bounded;
mod drop;
mod error;
mod find;
mod manifest;
mod saved;
mod told;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use serde::Serialize;

pub use error::IngestError;
pub use find::{Found, find};

use drop::CheckedDrop;
use saved::Saved;

use crate::inventory::Device;
use crate::journal::Actor;
use crate::store::{Store, StoreError, Tx};

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
    /// The devices of the inventory.
    pub inventory: Vec<Device>,
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
    /// The device, of saved output.
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
    let of_drops = taken
        .into_iter()
        .filter_map(|taken| Some((taken.agent.clone()?, taken.sink.clone().unwrap_or_default())));
    let mut all = Vec::new();
    for (agent, sink) in of_drops.collect::<BTreeSet<_>>() {
        for (first, last) in crate::store::ingest::gaps(connection, &agent, &sink)? {
            all.push(Missing { agent: agent.clone(), sink: sink.clone(), first, last });
        }
    }
    Ok(all)
}

/// What was found, read and checked.
enum Read {
    Saved(Saved),
    Drop(Box<CheckedDrop>),
}

impl Read {
    fn of(found: &Found) -> Result<Self, IngestError> {
        match found {
            Found::Drop(path) => CheckedDrop::check(path).map(|checked| Self::Drop(Box::new(checked))),
            Found::Saved(path, files) => Saved::files(path, files).map(Self::Saved),
            Found::Session(path) => Saved::session(path).map(Self::Saved),
            Found::Torn(path) => Err(IngestError::NoManifest { path: path.clone() }),
        }
    }

    fn take(&self, tx: &mut Tx<'_>, terms: &Terms) -> Result<Taken, IngestError> {
        match self {
            Self::Saved(saved) => saved.take(tx, terms),
            Self::Drop(checked) => checked.take(tx, terms),
        }
    }
}

/// Takes it in: all of it is kept when this returns, or nothing.
pub fn take(store: &Store, found: &Found, terms: &Terms) -> Result<Taken, IngestError> {
    let read = Read::of(found)?;
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

/// What [`take`] would do with all of these, one behind the other. Nothing is kept.
pub fn try_out(store: &Store, found: &[Found], terms: &Terms) -> Result<Tried, IngestError> {
    let read: Vec<_> = found.iter().map(Read::of).collect();
    let (told, terms) = (Arc::new(Mutex::new(Tried::default())), terms.clone());
    let tell = Arc::clone(&told);
    let tried = store.write_blocking(move |tx| {
        let mut told = tell.lock().unwrap_or_else(PoisonError::into_inner);
        for read in read {
            tx.sql().execute_batch("SAVEPOINT tried")?;
            let taken = read.and_then(|read| read.take(tx, &terms));
            if taken.is_err() {
                tx.sql().execute_batch("ROLLBACK TO tried")?;
            }
            tx.sql().execute_batch("RELEASE tried")?;
            told.taken.push(taken);
        }
        told.missing = missing(tx.sql(), told.taken.iter().flatten())?;
        // What fails is taken back.
        Err::<(), _>(StoreError::Refused(TRIED.to_owned()))
    });
    match tried {
        Err(StoreError::Refused(words)) if words == TRIED => {
            Ok(std::mem::take(&mut *told.lock().unwrap_or_else(PoisonError::into_inner)))
        }
        Err(error) => Err(error.into()),
        Ok(()) => Ok(Tried::default()),
    }
}

const TRIED: &str = "it was only tried";

#[cfg(test)]
mod tests;
