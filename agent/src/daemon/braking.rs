//! A brake with its account: that it was put and lifted stands in the journal and is told to those who watch, as soon
//! as that can be written.

use std::collections::VecDeque;

use jiff::Timestamp;

use crate::brakes::{Brake, Brakes};
use crate::events::{Event, Kind};
use crate::journal::{self, Actor, Entry};
use crate::store::Store;

/// So many notes wait for a store that cannot be written to; of more, the oldest are left out.
const OWED: usize = 32;

/// One reason for not polling, and who is told of it.
#[derive(Debug)]
pub(super) struct Braking {
    store: Store,
    brakes: Brakes,
    brake: Brake,
    /// The events of its being put and lifted.
    kinds: (Kind, Kind),
    owed: VecDeque<Note>,
    left_out: u64,
}

/// What is still to be written.
#[derive(Clone, Debug)]
struct Note {
    in_force: bool,
    why: String,
    at: Timestamp,
}

impl Braking {
    pub(super) fn new(store: Store, brakes: Brakes, brake: Brake, kinds: (Kind, Kind)) -> Self {
        Self { store, brakes, brake, kinds, owed: VecDeque::new(), left_out: 0 }
    }

    pub(super) fn store(&self) -> &Store {
        &self.store
    }

    /// Stops polling for this reason, or says another word about it; polling is stopped when this returns, whether
    /// it can be written or not.
    pub(super) async fn put(&mut self, why: String, at: Timestamp) {
        if self.brakes.put(self.brake, &why) {
            tracing::error!(brake = self.brake.word(), why, "Polling stops.");
            self.owe(Note { in_force: true, why, at });
        }
        self.settle().await;
    }

    /// Lets polling go on, as far as this reason goes.
    pub(super) async fn lift(&mut self, why: String, at: Timestamp) {
        if self.brakes.lift(self.brake) {
            tracing::warn!(brake = self.brake.word(), why, "Polling goes on.");
            self.owe(Note { in_force: false, why, at });
        }
        self.settle().await;
    }

    /// Writes what could not be written before.
    pub(super) async fn settle(&mut self) {
        while let Some(note) = self.owed.front().cloned() {
            let (brake, left_out) = (self.brake.word(), self.left_out);
            let kind = if note.in_force { self.kinds.0 } else { self.kinds.1 };
            let written = self.store.write(move |tx| {
                let state = if note.in_force { "in force" } else { "lifted" };
                let entry = Entry::new(Actor::Daemon, journal::Kind::Braked)
                    .with("brake", brake)
                    .with("state", state)
                    .with("noticed_at", note.at.to_string())
                    .with("why", note.why.as_str());
                let entry = if left_out > 0 { entry.with("notes_left_out", left_out) } else { entry };
                tx.account(&entry)?;
                let event = Event::new(kind, note.why.as_str()).with("noticed_at", note.at.to_string());
                tx.tell(&event).map(drop)
            });
            if let Err(error) = written.await {
                tracing::warn!(%error, brake, "A brake cannot be accounted for yet.");
                return;
            }
            self.owed.pop_front();
            self.left_out = 0;
        }
    }

    fn owe(&mut self, note: Note) {
        if self.owed.len() == OWED {
            self.owed.pop_front();
            self.left_out += 1;
        }
        self.owed.push_back(note);
    }
}
