//! A brake with its account: that it was put and lifted stands in the journal and is told to those who watch, as soon
//! as that can be written. All brakes are accounted for here, in one form.

use std::collections::VecDeque;

use jiff::Timestamp;

use crate::brakes::{Brake, Brakes};
use crate::events::Event;
use crate::journal::{self, Actor, Entry};
use crate::store::{Store, StoreError, Tx, status};

/// So many notes wait for a store that cannot be written to; of more, the oldest are left out.
const OWED: usize = 32;

/// One reason for not polling, and who is told of it.
#[derive(Debug)]
pub(crate) struct Braking {
    store: Store,
    brakes: Brakes,
    brake: Brake,
    /// Whether what was told before this process began is known to be so still, or was taken back.
    looked: bool,
    owed: VecDeque<Note>,
    left_out: u64,
}

/// What is still to be written.
#[derive(Clone, Debug)]
struct Note {
    in_force: bool,
    why: String,
    /// Nothing for the time at which it is written.
    at: Option<Timestamp>,
}

impl Braking {
    pub(crate) fn new(store: Store, brakes: Brakes, brake: Brake) -> Self {
        Self { store, brakes, brake, looked: false, owed: VecDeque::new(), left_out: 0 }
    }

    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    /// Stops polling for this reason, or says another word about it; polling is stopped when this returns, whether
    /// it can be written or not.
    pub(crate) async fn put(&mut self, why: String, at: Timestamp) {
        self.put_unwritten(why, at);
        self.settle().await;
    }

    /// The same for whoever knows that it cannot be written now.
    pub(crate) fn put_unwritten(&mut self, why: String, at: Timestamp) {
        if self.brakes.put(self.brake, &why) {
            tracing::error!(brake = self.brake.word(), why, "Polling stops.");
            self.owe(Note { in_force: true, why, at: Some(at) });
        }
    }

    /// Lets polling go on, as far as this reason goes.
    pub(crate) async fn lift(&mut self, why: String, at: Timestamp) {
        if self.brakes.lift(self.brake) {
            tracing::warn!(brake = self.brake.word(), why, "Polling goes on.");
            self.owe(Note { in_force: false, why, at: Some(at) });
        }
        self.settle().await;
    }

    /// Writes what could not be written before, all of it together.
    pub(crate) async fn settle(&mut self) {
        self.take_back().await;
        if self.owed.is_empty() {
            return;
        }
        let (brake, notes, left_out) = (self.brake, self.owed.clone(), self.left_out);
        let written = self.store.write(move |tx| {
            let mut left_out = (left_out > 0).then_some(left_out);
            notes.iter().try_for_each(|note| write(tx, brake, note, left_out.take()))
        });
        match written.await {
            Ok(()) => {
                self.owed.clear();
                self.left_out = 0;
            }
            Err(error) => {
                tracing::warn!(%error, brake = brake.word(), "A brake cannot be accounted for yet.");
            }
        }
    }

    /// An agent that was stopped while the brake was in force never told that it is not any more, and those who watch
    /// believe it for ever.
    async fn take_back(&mut self) {
        if self.looked {
            return;
        }
        if !self.brakes.reasons().contains_key(&self.brake) && self.owed.is_empty() {
            let told = match self.store.read(status::brakes).await {
                Ok(told) => told,
                Err(error) => {
                    tracing::debug!(%error, "What was told of a brake cannot be read yet.");
                    return;
                }
            };
            let (put, _) = self.brake.kinds();
            if told.iter().any(|it| it.kind == put) {
                let why = "the agent began anew, and it is not so any more".to_owned();
                tracing::info!(brake = self.brake.word(), "What stopped polling before the start is over.");
                self.owe(Note { in_force: false, why, at: None });
            }
        }
        self.looked = true;
    }

    fn owe(&mut self, note: Note) {
        if self.owed.len() == OWED {
            self.owed.pop_front();
            self.left_out += 1;
        }
        self.owed.push_back(note);
    }
}

fn write(tx: &mut Tx<'_>, brake: Brake, note: &Note, left_out: Option<u64>) -> Result<(), StoreError> {
    let Note { in_force, why, at } = note;
    let (put, lifted) = brake.kinds();
    let (state, kind) = if *in_force { ("in force", put) } else { ("lifted", lifted) };
    let noticed_at = at.unwrap_or_else(|| tx.now()).to_string();
    let entry = Entry::new(Actor::Daemon, journal::Kind::Braked)
        .with("brake", brake.word())
        .with("state", state)
        .with("noticed_at", noticed_at.as_str())
        .with("why", why.as_str());
    let entry = match left_out {
        Some(left_out) => entry.with("notes_left_out", left_out),
        None => entry,
    };
    tx.account(&entry)?;
    tx.tell(&Event::new(kind, why.as_str()).with("noticed_at", noticed_at)).map(drop)
}

#[cfg(test)]
mod tests;
