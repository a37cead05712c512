//! The time that the ages of what is kept are counted from.
//!
//! What retention deletes is gone, so no clock is believed for it at once. The reckoning is a time of its own, kept in
//! the store. It follows the clock where that is at most a week ahead of it. Where the clock is farther ahead, as after a
//! start with a wrong clock or after a long rest, it goes twice as fast as the agent runs until it has caught up, or an
//! operator says that the clock is right (`licwatch release clock`). So a wrong clock that was believed for a day makes
//! ages a day too great, and not more; and it never stands before a clock that is believed.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};

use super::{StoreError, Tx, micros, recent, releases, timestamp};

/// A rest of so long is nothing that needs to be caught up with.
const REST: SignedDuration = SignedDuration::from_hours(7 * 24);
/// The reckoning goes so many times as fast as the agent runs while it is behind.
const PACE: u32 = 2;

/// Where the reckoning stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Reckoning {
    /// Ages are counted from here.
    pub at: Timestamp,
    /// Whether the clock is so far ahead that it is not believed yet.
    pub is_behind: bool,
}

impl Tx<'_> {
    /// Goes on with the reckoning under a clock that is believed and says `now`. `ran` is how long the agent has run
    /// under it since this was asked last; nothing at the start.
    pub fn reckon(&mut self, now: Timestamp, ran: Duration) -> Result<Reckoning, StoreError> {
        let before = match kept(self.sql())? {
            Some(before) => before,
            // A store of an older licwatch, or a new one: its polls tell of the time.
            None => recent::newest_poll(self.sql())?.unwrap_or(now),
        };
        let released = releases::own_clock(self.sql())?.released_at.filter(|released| *released <= now);
        let before = released.map_or(before, |released| released.max(before));
        let is_behind = now.duration_since(before) > REST;
        let at = if is_behind { before.checked_add(ran * PACE).map_or(now, |at| at.min(now)) } else { now };
        self.sql()
            .prepare_cached(
                "INSERT INTO own_clock (id, reckoned_at) VALUES (1, ?)
                 ON CONFLICT DO UPDATE SET reckoned_at = excluded.reckoned_at",
            )?
            .execute(params![micros(at)])?;
        Ok(Reckoning { at, is_behind })
    }
}

/// Where it stood when it was last asked for.
fn kept(sql: &Connection) -> Result<Option<Timestamp>, StoreError> {
    let kept: Option<Option<i64>> = sql
        .prepare_cached("SELECT reckoned_at FROM own_clock WHERE id = 1")?
        .query_row([], |row| row.get(0))
        .optional()?;
    Ok(kept.flatten().map(timestamp))
}
