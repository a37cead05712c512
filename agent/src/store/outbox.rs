//! What waits for its sinks, what they refused, and how far each has come.
//!
//! A line waits in `outbox` by its number until its sink has taken it, or has refused it for good: then it lies in
//! `dead_letters` under the same number. Numbers rise and are never given twice, so that those of one sink are its order.
//! A batch is begun on disk before it is sent: until it is acknowledged, the same lines go out under the same key.
//!
//! `sinks.sequence` counts batches that were taken, or may have been: one that was refused as a whole gives its number
//! to the next.

mod batches;
mod letters;
mod lines;
mod sinks;

use rusqlite::params;

pub use batches::{Acknowledged, Begun, Letter};
pub use letters::{Changed, Which, last_number};
pub use lines::{Line, Listed, Page, Place, Reach, list, page};
pub use sinks::{Configured, FAILING, Gone, SinkSpec, SinkState, Wants, state, states};

use super::{StoreError, Tx, micros};

impl Tx<'_> {
    /// Queues an observation (`records`) or an event (`events`), by its number, for every sink that wants such.
    pub(super) fn queue(&mut self, what: &str, item: i64) -> Result<(), StoreError> {
        let queued = self
            .sql()
            .prepare_cached(
                "INSERT INTO outbox (sink, item, queued_at)
                 SELECT name, ?1, ?2 FROM sinks WHERE active AND wants = ?3",
            )?
            .execute(params![item, micros(self.now()), what])?;
        if queued > 0 {
            self.wake_delivery();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
