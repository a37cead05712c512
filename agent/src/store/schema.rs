//! The schema, step by step. A file of any older step is brought up to date, after a copy of it was kept.

use std::path::Path;

use jiff::Timestamp;
use rusqlite::{Connection, TransactionBehavior};

use super::{StoreError, Tx, backup};
use crate::journal::{Actor, Entry, Kind};

/// Every step, in order: the number of a schema is its place, from 1.
pub(super) const STEPS: &[&str] = &[
    include_str!("schema/0001.sql"),
    include_str!("schema/0002.sql"),
    include_str!("schema/0003.sql"),
    include_str!("schema/0004.sql"),
    include_str!("schema/0005.sql"),
];

/// The schema of this licwatch.
pub(crate) const NEWEST: u32 = STEPS.len() as u32;

/// What the file says in its head that it is: "licw".
const APPLICATION: u32 = 0x6c69_6377;

/// What an upgrade needs to know.
pub(super) struct Upgrade<'u> {
    pub(super) folder: &'u Path,
    pub(super) file: &'u Path,
    pub(super) agent: &'u str,
    pub(super) now: Timestamp,
    pub(super) steps: &'u [&'u str],
}

impl Upgrade<'_> {
    /// Takes the steps that a file lacks, in one transaction.
    pub(super) fn take(&self, connection: &mut Connection) -> Result<(), StoreError> {
        let newest = self.steps.len() as u32;
        if self.version(connection)? == newest {
            return Ok(());
        }
        // Nobody writes from here on; another process that began at the same time has taken the steps already.
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let found = self.version(&transaction)?;
        if found == newest {
            return Ok(());
        }
        let kept = match found {
            0 => None,
            _ => Some(backup::keep(self.folder, self.file, found, self.now)?),
        };
        for step in self.steps.iter().skip(found as usize) {
            transaction.execute_batch(step)?;
        }
        transaction.pragma_update(None, "application_id", APPLICATION)?;
        transaction.pragma_update(None, "user_version", newest)?;
        if let Some(kept) = kept {
            Tx::new(&transaction, self.agent, self.now).account(
                &Entry::new(Actor::Daemon, Kind::Upgraded)
                    .with("from", found)
                    .with("to", newest)
                    .with("backup", kept),
            )?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// The schema of a file; 0 for an empty one. What is no store of ours, or a newer one, is refused.
    fn version(&self, connection: &Connection) -> Result<u32, StoreError> {
        let number = |pragma: &str| connection.pragma_query_value(None, pragma, |row| row.get::<_, u32>(0));
        let (found, application) = (number("user_version")?, number("application_id")?);
        let known = self.steps.len() as u32;
        let tables: u32 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        let damaged = |what: &str| StoreError::Damaged { file: self.file.to_owned(), what: what.to_owned() };
        match (found, application, tables) {
            (0, 0, 0) => Ok(0),
            (_, APPLICATION, 0) => Err(damaged("it has no tables")),
            (0, ..) => Err(damaged("it has tables, but does not say of which schema")),
            (_, other, _) if other != APPLICATION => Err(damaged("it is no store of licwatch")),
            _ if found > known => Err(StoreError::Newer { file: self.file.to_owned(), found, known }),
            _ => Ok(found),
        }
    }
}
