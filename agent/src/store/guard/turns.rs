//! When credentials are shown: never more than a cap in any window of it, as the devices see it.
//!
//! A turn counts from when it is taken until a window after its credential was answered. In between the device sees the
//! credential, whenever that is; so two that a device, or two devices, see within one window count at the same moment, and
//! no more than the cap do. A turn whose owner was killed, or hears nothing, ends when the connection would have been cut.
//!
//! Beside that turns are spaced evenly, to be easy on the login server.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, params};

use super::{LATE, Moment, Pace, Terms, nanos};
use crate::store::StoreError;

/// The time since boot before which there is no turn, unless something is answered; none if there is one now.
pub(super) fn next(
    sql: &Connection,
    credential: &str,
    terms: &Terms,
    at: &Moment,
) -> Result<Option<Duration>, StoreError> {
    let now = nanos(at.since_boot);
    let mut from = now;
    for (lane, pace, of) in lanes(credential, terms) {
        from = from.max(spaced(sql, &lane, at)?);
        // As many as the cap that ended last: the first of them makes room.
        let ended: Option<i64> = sql
            .prepare_cached(
                "SELECT ended_ns FROM guard_shown WHERE boot = ?1 AND (?2 IS NULL OR credential = ?2)
                 ORDER BY ended_ns DESC LIMIT 1 OFFSET ?3",
            )?
            .query_row(params![at.boot, of, pace.most.saturating_sub(1)], |row| row.get(0))
            .optional()?;
        from = from.max(ended.map_or(now, |ended| ended.saturating_add(nanos(pace.window))));
    }
    Ok((from > now).then(|| Duration::from_nanos(from.unsigned_abs())))
}

/// Takes the turn that there is now.
pub(super) fn take(
    sql: &Connection,
    place: i64,
    credential: &str,
    terms: &Terms,
    at: &Moment,
) -> Result<(), StoreError> {
    let now = nanos(at.since_boot);
    let mut widest = None;
    for (lane, pace, _) in lanes(credential, terms) {
        let gap = nanos(pace.window) / i64::from(pace.most.max(1));
        // Who came a little late for a turn does not make the next one late.
        let turn = Some(spaced(sql, &lane, at)?).filter(|turn| now - turn < gap).unwrap_or(now);
        sql.prepare_cached("INSERT OR REPLACE INTO guard_turns (lane, boot, next_ns) VALUES (?, ?, ?)")?
            .execute(params![lane, at.boot, turn.saturating_add(gap)])?;
        widest = widest.max(Some(pace.window));
    }
    let Some(widest) = widest else { return Ok(()) };
    sql.prepare_cached("DELETE FROM guard_shown WHERE boot <> ? OR ended_ns <= ?")?
        .execute(params![at.boot, now - nanos(widest)])?;
    sql.prepare_cached("INSERT INTO guard_shown (place, credential, boot, ended_ns) VALUES (?, ?, ?, ?)")?
        .execute(params![place, credential, at.boot, nanos(at.since_boot + LATE + terms.answered_within)])?;
    Ok(())
}

/// What a login showed is answered now.
pub(super) fn end(sql: &Connection, place: i64, at: &Moment) -> Result<(), StoreError> {
    sql.prepare_cached(
        "UPDATE guard_shown SET ended_ns = ?1 WHERE place = ?2 AND boot = ?3 AND ended_ns > ?1",
    )?
    .execute(params![nanos(at.since_boot), place, at.boot])?;
    Ok(())
}

/// The lanes that have a cap: their names, the cap, and the credential where it counts alone.
fn lanes<'c>(
    credential: &'c str,
    terms: &Terms,
) -> impl Iterator<Item = (String, Pace, Option<&'c str>)> + use<'c> {
    let all = terms.pace.map(|pace| ("all".to_owned(), pace, None));
    let own =
        terms.pace_of_credential.map(|pace| (format!("credential {credential}"), pace, Some(credential)));
    all.into_iter().chain(own)
}

/// When the next turn of a lane is, as turns are spaced.
fn spaced(sql: &Connection, lane: &str, at: &Moment) -> Result<i64, StoreError> {
    let next = sql
        .prepare_cached("SELECT next_ns FROM guard_turns WHERE lane = ? AND boot = ?")?
        .query_row([lane, &at.boot], |row| row.get(0))
        .optional()?;
    Ok(next.unwrap_or(0))
}

#[cfg(test)]
mod tests;
