//! What was done last, as a witness of the time.

use jiff::Timestamp;
use rusqlite::Connection;

use super::{StoreError, releases};

/// What the own clock said when it was last believed. Where no daemon has kept that yet, the newest poll tells. Polls are
/// looked at in any case: a start must not go on to poll where they cannot be read.
pub fn last_believed(connection: &Connection) -> Result<Option<Timestamp>, StoreError> {
    let newest = newest_poll(connection)?;
    Ok(releases::own_clock(connection)?.last_good.or(newest))
}

/// When the newest of the last polls began. More than the very last are looked at: one that was begun under a wrong
/// clock, just before that was noticed, must not hide the others. What was carried by hand tells of other clocks.
pub fn newest_poll(connection: &Connection) -> Result<Option<Timestamp>, StoreError> {
    let newest: Option<i64> = connection
        .prepare_cached(
            "SELECT max(polled_at) FROM (
                 SELECT polled_at FROM observations WHERE carried_by IS NULL ORDER BY seq DESC LIMIT 64)",
        )?
        .query_row([], |row| row.get(0))?;
    Ok(newest.and_then(|micros| Timestamp::from_microsecond(micros).ok()))
}
