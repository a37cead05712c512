//! The table of events.

use rusqlite::{OptionalExtension, params};
use uuid::Uuid;

use super::{StoreError, Tx, micros};
use crate::events::Event;

impl Tx<'_> {
    /// Keeps an event and queues it for every sink that wants events.
    pub fn tell(&mut self, event: &Event) -> Result<Uuid, StoreError> {
        let id = Uuid::now_v7();
        let now = self.now();
        let line = event.line(id, now, self.agent());
        let device: Option<i64> = match &event.device {
            Some(name) => self
                .sql()
                .prepare_cached("SELECT id FROM devices WHERE name = ?")?
                .query_row([name], |row| row.get(0))
                .optional()?,
            None => None,
        };
        self.sql()
            .prepare_cached(
                "INSERT INTO events (id, at, kind, device, observation, event) VALUES (?, ?, ?, ?, ?, ?)",
            )?
            .execute(params![
                id.to_string(),
                micros(now),
                event.kind.word(),
                device,
                event.observation.map(|id| id.to_string()),
                line
            ])?;
        let seq = self.sql().last_insert_rowid();
        self.queue("events", seq)?;
        Ok(id)
    }
}
