//! The schema, step by step. A file of any older step is brought up to date, after a copy of it was kept.

use rusqlite::Connection;

use super::StoreError;

/// Every step, in order: the number of a schema is its place, from 1.
pub(super) const STEPS: &[&str] = &[include_str!("schema/0001.sql"), include_str!("schema/0002.sql")];

/// The schema of this licwatch.
pub(super) const NEWEST: u32 = STEPS.len() as u32;

/// The schema of a file; 0 for an empty one.
pub(super) fn version(connection: &Connection) -> Result<u32, StoreError> {
    Ok(connection.query_row("PRAGMA user_version", [], |row| row.get(0))?)
}

/// Takes the steps that a file lacks, in one transaction.
pub(super) fn upgrade(connection: &mut Connection, from: u32) -> Result<(), StoreError> {
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    for step in STEPS.iter().skip(from as usize) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "user_version", NEWEST)?;
    transaction.commit()?;
    Ok(())
}
