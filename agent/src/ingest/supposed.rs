//! What a dry run would have kept so far, beside what the store holds: nothing of it is written.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use crate::store::ingest::{Carried, KnownHead};

/// What is supposed to have been kept.
#[derive(Debug, Default)]
pub(super) struct Supposed {
    drops: Vec<Carried>,
    heads: BTreeMap<String, KnownHead>,
    lines: BTreeMap<Uuid, [u8; 32]>,
    outputs: BTreeSet<[u8; 32]>,
}

impl Supposed {
    /// A drop was taken in.
    pub(super) fn take_drop(
        &mut self,
        drop: &Carried,
        head: Option<KnownHead>,
        lines: impl Iterator<Item = (Uuid, [u8; 32])>,
    ) {
        self.drops.push(drop.clone());
        self.heads.extend(head.map(|head| (drop.agent.clone(), head)));
        self.lines.extend(lines);
    }

    /// A device's output was taken in; false if it was before.
    pub(super) fn take_output(&mut self, digest: [u8; 32]) -> bool {
        self.outputs.insert(digest)
    }

    /// Whether a device's output was taken in.
    pub(super) fn holds_output(&self, digest: &[u8; 32]) -> bool {
        self.outputs.contains(digest)
    }

    /// Whether this very drop was taken in.
    pub(super) fn holds(&self, drop: &Carried) -> bool {
        self.drops.contains(drop)
    }

    /// Another drop of the same number.
    pub(super) fn other_of_number<'s>(&'s self, drop: &'s Carried) -> Option<&'s Carried> {
        self.of(&drop.agent, &drop.sink)
            .find(|other| other.sequence == drop.sequence && other.manifest != drop.manifest)
    }

    /// The numbers of an agent's sink, each with the one that it follows where that is told.
    pub(super) fn numbers(&self, agent: &str, sink: &str) -> Vec<(u64, Option<u64>)> {
        self.of(agent, sink).map(|drop| (drop.sequence, drop.follows)).collect()
    }

    /// The newest head of an agent.
    pub(super) fn head(&self, agent: &str) -> Option<&KnownHead> {
        self.heads.get(agent)
    }

    /// The SHA-256 of the line of an observation.
    pub(super) fn line(&self, id: Uuid) -> Option<[u8; 32]> {
        self.lines.get(&id).copied()
    }

    fn of<'s>(&'s self, agent: &'s str, sink: &'s str) -> impl Iterator<Item = &'s Carried> {
        self.drops.iter().filter(move |drop| drop.agent == agent && drop.sink == sink)
    }
}
