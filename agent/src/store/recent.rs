//! What was done last, as a witness of the time.

use jiff::Timestamp;
use rusqlite::Connection;

use super::StoreError;

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
