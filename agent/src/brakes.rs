//! What stops polling as a whole, while it lasts. Delivery goes on.

use std::collections::BTreeMap;

use tokio::sync::watch;

use crate::events::Kind;

/// A reason for not polling.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Brake {
    /// The disk is down to its reserve, or full.
    Disk,
    /// The own clock cannot be trusted.
    Clock,
    /// The outbox of a sink holds as much as it may.
    Outbox,
    /// The store cannot be written to.
    Store,
}

impl Brake {
    /// Every brake.
    pub const ALL: [Self; 4] = [Self::Disk, Self::Clock, Self::Outbox, Self::Store];

    /// The word for it in the journal and in what people are shown.
    pub fn word(self) -> &'static str {
        match self {
            Self::Disk => "disk",
            Self::Clock => "clock",
            Self::Outbox => "outbox",
            Self::Store => "store",
        }
    }

    /// The events that tell of its being put and lifted.
    pub fn kinds(self) -> (Kind, Kind) {
        match self {
            Self::Disk => (Kind::DiskFull, Kind::DiskBack),
            Self::Clock => (Kind::ClockRefused, Kind::ClockTrusted),
            Self::Outbox => (Kind::OutboxFull, Kind::OutboxBack),
            Self::Store => (Kind::StoreRefuses, Kind::StoreTakes),
        }
    }
}

/// The reasons that are in force, each with what a person needs to know. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Brakes(watch::Sender<BTreeMap<Brake, String>>);

impl Brakes {
    /// Puts a reason in force. True if it was not.
    pub fn put(&self, brake: Brake, why: impl Into<String>) -> bool {
        let why = why.into();
        let mut new = false;
        self.0.send_if_modified(|reasons| {
            let before = reasons.insert(brake, why);
            new = before.is_none();
            new
        });
        new
    }

    /// Takes a reason back. True if it was in force.
    pub fn lift(&self, brake: Brake) -> bool {
        let mut was = false;
        self.0.send_if_modified(|reasons| {
            was = reasons.remove(&brake).is_some();
            was
        });
        was
    }

    /// The reasons now.
    pub fn reasons(&self) -> BTreeMap<Brake, String> {
        self.0.borrow().clone()
    }

    /// The reasons, and when one is put or lifted.
    pub fn changes(&self) -> watch::Receiver<BTreeMap<Brake, String>> {
        self.0.subscribe()
    }

    /// Waits until nothing stops polling.
    pub async fn released(&self) {
        let mut reasons = self.0.subscribe();
        // The sender lives as long as `self`.
        let _ = reasons.wait_for(BTreeMap::is_empty).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn polling_goes_on_when_the_last_reason_is_gone() {
        let brakes = Brakes::default();
        brakes.released().await;
        assert!(brakes.put(Brake::Disk, "1 MiB free") && !brakes.put(Brake::Disk, "0 MiB free"));
        assert!(brakes.put(Brake::Clock, "it jumped"));
        assert!(brakes.lift(Brake::Clock) && !brakes.lift(Brake::Clock));
        let waiting = tokio::spawn({
            let brakes = brakes.clone();
            async move { brakes.released().await }
        });
        assert_eq!(brakes.reasons()[&Brake::Disk], "0 MiB free");
        assert!(brakes.lift(Brake::Disk));
        waiting.await.unwrap();
    }
}
