//! What every sink does, and in what it is handed lines.

use std::time::Duration;

use jiff::Timestamp;

use crate::store::outbox::Line;
use crate::transport::ssh::BoxFuture;

/// Where one sink's lines go.
pub trait Sink: Send + Sync {
    /// Delivers a batch as it was begun; a repeat of a batch has the same `key`, `sequence`, lines and `begun_at`.
    ///
    /// The caller sets the time limit and drops the future then; whatever was taken until there is offered again.
    fn deliver<'a>(&'a self, batch: &'a Batch) -> BoxFuture<'a, Result<Receipt, Refusal>>;

    /// How long lines wait for others before a batch that is not full is begun.
    fn gather(&self) -> Duration {
        Duration::ZERO
    }

    /// Whether the lines of its batches must carry their captures.
    fn keeps_raw(&self) -> bool {
        false
    }
}

/// Lines that are delivered together.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The sink's name in the configuration.
    pub sink: String,
    /// Rises by one from batch to batch of a sink, from 1.
    pub sequence: u64,
    /// The number of the batch before it, where those between were given up and never come.
    pub follows: Option<u64>,
    /// Names this batch, and no other, at the receiver.
    pub key: String,
    /// When it was begun, by the agent's clock.
    pub begun_at: Timestamp,
    /// The lines, in the order in which they were collected.
    pub lines: Vec<Line>,
    /// The newest signed head of the journal, for sinks that carry it.
    pub head: Option<serde_json::Value>,
}

/// What became of a batch that was taken.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Receipt {
    /// Places in the batch that were refused for good, with the reason; all others were taken.
    pub refused: Vec<(usize, String)>,
    /// For the journal: the path, the host.
    pub note: String,
}

/// Why a batch was not taken. No secret stands in a reason.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Refusal {
    /// Nothing was taken; the same batch is tried again.
    Later {
        /// What happened, and what to do.
        reason: String,
        /// How long the receiver wants to be left alone.
        after: Option<Duration>,
    },
    /// The batch as a whole is refused for good: it is halved until the line is found.
    Batch {
        /// What the receiver says.
        reason: String,
    },
}
