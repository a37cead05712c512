//! What waits for its sinks.

use rusqlite::params;

use super::{StoreError, Tx, micros};

impl Tx<'_> {
    /// Queues an observation (`records`) or an event (`events`), by its number, for every sink that wants such.
    pub(super) fn queue(&mut self, what: &str, item: i64) -> Result<(), StoreError> {
        self.sql()
            .prepare_cached(
                "INSERT INTO outbox (sink, item, queued_at)
                 SELECT name, ?1, ?2 FROM sinks WHERE active AND wants = ?3",
            )?
            .execute(params![item, micros(self.now()), what])?;
        Ok(())
    }
}
