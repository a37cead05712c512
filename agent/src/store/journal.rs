//! The journal's table.

use rusqlite::{Connection, OptionalExtension, params};

use super::{StoreError, Tx};
use crate::journal::{Entry, GENESIS, seal};

/// Where the chain ends.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct End {
    /// The number of the last entry; 0 for an empty journal.
    pub seq: u64,
    /// Its hash.
    pub hash: String,
}

/// Where the chain ends now.
pub fn end(connection: &Connection) -> Result<End, StoreError> {
    let last = connection
        .prepare_cached("SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1")?
        .query_row([], |row| Ok(End { seq: row.get(0)?, hash: row.get(1)? }))
        .optional()?;
    Ok(last.unwrap_or_else(|| End { seq: 0, hash: GENESIS.to_owned() }))
}

impl Tx<'_> {
    /// Appends an entry to the journal, in the transaction that it tells of.
    pub fn account(&mut self, entry: &Entry) -> Result<End, StoreError> {
        // Another process may have written since the last transaction: the end is read each time.
        let End { seq, hash: prev } = end(self.sql())?;
        let seq = seq + 1;
        let line = entry.line(seq, self.now(), self.agent());
        let hash = seal(&prev, &line);
        self.sql()
            .prepare_cached("INSERT INTO journal (seq, entry, prev, hash) VALUES (?, ?, ?, ?)")?
            .execute(params![seq, line, prev, hash])?;
        Ok(End { seq, hash })
    }
}
