//! The login guard's tables: what refused whom, what is stopped, who is logging in, what was shown when. The rules
//! are here, in one transaction each, so that all processes that share a store share them; what they are good for
//! stands in [`crate::poll::guard`].
//!
//! Turns and logins in flight are told by the time since boot: setting the wall clock moves none of them, and another
//! boot has neither.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};

use super::{StoreError, Tx, micros, schema, timestamp};
use crate::events::{self, Event};
use crate::journal::{Actor, Entry, Kind};
use crate::transport::ssh::LoginIdentity;

/// A login that hangs for so long counts no more as one that may be refused, if another device has taken the credential
/// meanwhile. If none has, it counts as long as it may last.
pub const IN_FLIGHT: Duration = Duration::from_secs(5);

/// So many times as many devices may refuse a credential within a day that others take: their login server is another
/// one, and counts for itself.
const TAKEN_BACK: u32 = 3;
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// A turn that reached its owner so late is given up. Until then nobody else has it, beside the time for the answer.
pub(crate) const LATE: Duration = Duration::from_secs(2);

/// How many refusals, and how many credentials shown in how long.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Terms {
    /// So many devices may refuse a credential.
    pub refusals: u32,
    /// Over all credentials; without it there is no limit.
    pub pace: Option<Pace>,
    /// With one credential; without it there is no limit.
    pub pace_of_credential: Option<Pace>,
    /// So long after its turn a credential is answered, or the connection cut.
    pub answered_within: Duration,
}

/// So many credentials at most, in any window of this length.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// How many; never 0.
    pub most: u32,
    /// In how long.
    pub window: Duration,
}

/// When something is asked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Moment {
    /// Which boot.
    pub boot: String,
    /// The time since then.
    pub since_boot: Duration,
}

/// What is stopped until an operator releases it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Stop {
    /// Which thing.
    pub what: Stopped,
    /// Since when, by the wall clock of then.
    pub since: Timestamp,
    /// Why: the device's refusal, or how many there were.
    pub reason: String,
}

/// A thing that can be stopped.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Stopped {
    /// No login to this device with any credential.
    Device(String),
    /// No login with this credential to any device.
    Credential(String),
}

/// The answer to who wants to show a credential.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Admission {
    /// Now.
    Turn {
        /// Its place among the logins in flight.
        place: i64,
        /// The time since boot from which on the turn counts.
        at: Duration,
    },
    /// Not before this time since boot, if nothing is answered until then.
    Later(Duration),
    /// Not yet: all logins that may begin are in flight, or one to the same device is.
    Full,
    /// Not until an operator says so.
    Stopped(Stop),
}

/// A refusal that is to be put on record.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Refusal {
    /// Which login.
    pub login: LoginIdentity,
    /// In the device's words.
    pub reason: String,
    /// Its place among the logins in flight.
    pub place: i64,
    /// When it came.
    pub at: Moment,
}

/// What a refusal led to.
#[derive(Debug, Default)]
pub(crate) struct Consequence {
    device: bool,
    /// The devices that refused the credential.
    credential: Option<Vec<String>>,
}

/// Tables of their own in memory, for who has no store.
pub(crate) fn in_memory() -> Result<Connection, StoreError> {
    let connection = Connection::open_in_memory()?;
    for step in schema::STEPS {
        connection.execute_batch(step)?;
    }
    Ok(connection)
}

/// What stands in the way of a login.
pub fn standing(sql: &Connection, login: &LoginIdentity) -> Result<Option<Stop>, StoreError> {
    let told = |row: &rusqlite::Row<'_>| Ok((timestamp(row.get(0)?), row.get(1)?));
    let device = sql
        .prepare_cached(
            "SELECT refused_at, reason FROM guard_refusals WHERE device = ? ORDER BY refused_at LIMIT 1",
        )?
        .query_row([&login.device], told)
        .optional()?;
    if let Some((since, reason)) = device {
        return Ok(Some(Stop { what: Stopped::Device(login.device.clone()), since, reason }));
    }
    let credential = sql
        .prepare_cached(
            "SELECT stopped_at, coalesce(reason, '') FROM guard_credentials
             WHERE credential = ? AND stopped_at IS NOT NULL",
        )?
        .query_row([&login.credential], told)
        .optional()?;
    let of = |(since, reason)| Stop { what: Stopped::Credential(login.credential.clone()), since, reason };
    Ok(credential.map(of))
}

/// Asks for a turn to show a credential now, and takes a place among the logins in flight with it. `held` is the place
/// of a login that goes on: what it showed before is answered.
pub(crate) fn admit(
    sql: &Connection,
    login: &LoginIdentity,
    held: Option<i64>,
    terms: &Terms,
    at: &Moment,
) -> Result<Admission, StoreError> {
    if let Some(place) = held {
        answered(sql, place, at)?;
    }
    if let Some(stop) = standing(sql, login)? {
        return Ok(Admission::Stopped(stop));
    }
    let before = |span: Duration| nanos(at.since_boot.saturating_sub(span));
    sql.prepare_cached("DELETE FROM guard_places WHERE boot <> ? OR begins_ns < ?")?
        .execute(params![at.boot, before(LATE + terms.answered_within)])?;
    let (at_device, with_credential): (bool, u32) = sql
        .prepare_cached(
            "SELECT coalesce(max(device = ?1), 0),
                    count(DISTINCT CASE WHEN credential = ?2 AND NOT (vouched AND begins_ns < ?4) THEN device END)
             FROM guard_places WHERE id IS NOT ?3",
        )?
        .query_row(params![login.device, login.credential, held, before(IN_FLIGHT)], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    let refused: u32 = sql
        .prepare_cached("SELECT count(*) FROM guard_refusals WHERE credential = ? AND counts = 1")?
        .query_row([&login.credential], |row| row.get(0))?;
    // Whoever is in flight may be refused. With none in flight one may always try: the count is below the limit, or
    // the credential would be stopped, unless the limit was lowered since.
    if at_device || (with_credential > 0 && refused + with_credential >= terms.refusals) {
        return Ok(Admission::Full);
    }
    if let Some(later) = turns::next(sql, &login.credential, terms, at)? {
        return Ok(Admission::Later(later));
    }
    // The place of a login that goes on may be too old to be there.
    sql.prepare_cached(
        "INSERT OR REPLACE INTO guard_places (id, credential, device, boot, begins_ns) VALUES (?, ?, ?, ?, ?)",
    )?
    .execute(params![held, login.credential, login.device, at.boot, nanos(at.since_boot)])?;
    let place = sql.last_insert_rowid();
    turns::take(sql, place, &login.credential, terms, at)?;
    Ok(Admission::Turn { place, at: at.since_boot })
}

/// What a login showed last is answered; the login goes on.
pub(crate) fn answered(sql: &Connection, place: i64, at: &Moment) -> Result<(), StoreError> {
    turns::end(sql, place, at)
}

/// A device took the credential: what others refused was their own matter and counts no more towards stopping it.
pub(crate) fn accept(sql: &Connection, credential: &str, place: i64, at: &Moment) -> Result<(), StoreError> {
    leave(sql, place, at)?;
    sql.prepare_cached("UPDATE guard_places SET vouched = 1 WHERE credential = ?")?.execute([credential])?;
    sql.prepare_cached("UPDATE guard_refusals SET counts = 0 WHERE credential = ? AND counts = 1")?
        .execute([credential])?;
    Ok(())
}

/// A login is over.
fn leave(sql: &Connection, place: i64, at: &Moment) -> Result<(), StoreError> {
    sql.prepare_cached("DELETE FROM guard_places WHERE id = ?")?.execute([place])?;
    answered(sql, place, at)
}

/// A device refused the credential.
pub(crate) fn refuse(
    sql: &Connection,
    refusal: &Refusal,
    refusals: u32,
    now: Timestamp,
) -> Result<Consequence, StoreError> {
    let Refusal { login: LoginIdentity { credential, device }, reason, place, at } = refusal;
    leave(sql, *place, at)?;
    let mut consequence = Consequence::default();
    let known: bool = sql
        .prepare_cached("SELECT count(*) > 0 FROM guard_refusals WHERE device = ?")?
        .query_row([device], |row| row.get(0))?;
    consequence.device = !known;
    sql.prepare_cached(
        "INSERT INTO guard_refusals (credential, device, refused_at, reason) VALUES (?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET refused_at = excluded.refused_at, reason = excluded.reason, counts = 1",
    )?
    .execute(params![credential, device, micros(now), reason])?;
    let mut devices = refusing(sql, credential, false, now)?;
    if devices.len() < refusals as usize {
        devices = refusing(sql, credential, true, now)?;
        if devices.len() < refusals.saturating_mul(TAKEN_BACK) as usize {
            return Ok(consequence);
        }
    }
    let stopped = sql
        .prepare_cached(
            "INSERT INTO guard_credentials (credential, stopped_at, reason) VALUES (?, ?, ?)
             ON CONFLICT DO UPDATE SET stopped_at = excluded.stopped_at, reason = excluded.reason
             WHERE stopped_at IS NULL",
        )?
        .execute(params![credential, micros(now), reason_of(&devices)])?;
    consequence.credential = (stopped > 0).then_some(devices);
    Ok(consequence)
}

/// The devices whose refusals count towards stopping a credential; or those of the last day, with those that an accepted
/// login took back, but not those that an operator has seen.
fn refusing(
    sql: &Connection,
    credential: &str,
    taken_back: bool,
    now: Timestamp,
) -> Result<Vec<String>, StoreError> {
    let since = now.checked_sub(DAY).unwrap_or(Timestamp::MIN);
    let mut rows = sql.prepare_cached(
        "SELECT device FROM guard_refusals
         WHERE credential = ?1 AND (counts = 1 OR (?2 AND counts = 0 AND refused_at > ?3)) ORDER BY device",
    )?;
    let devices = rows.query_map(params![credential, taken_back, micros(since)], |row| row.get(0))?;
    Ok(devices.collect::<Result<_, _>>()?)
}

/// `3 devices refused it: core-1, core-2, edge-7`
fn reason_of(devices: &[String]) -> String {
    let named: Vec<&str> = devices.iter().map(String::as_str).take(10).collect();
    let more = if devices.len() > named.len() { ", …" } else { "" };
    format!("{} devices refused it: {}{more}", devices.len(), named.join(", "))
}

fn nanos(time: Duration) -> i64 {
    i64::try_from(time.as_nanos()).unwrap_or(i64::MAX)
}

impl Tx<'_> {
    /// Puts a refusal on record, and tells what it led to.
    pub(crate) fn login_refused(
        &mut self,
        refusal: &Refusal,
        refusals: u32,
        actor: &Actor,
    ) -> Result<(), StoreError> {
        let now = self.now();
        let consequence = refuse(self.sql(), refusal, refusals, now)?;
        let Refusal { login: LoginIdentity { credential, device }, reason, .. } = refusal;
        let event = |kind, message: String| Event::new(kind, message).with("credential", credential.as_str());
        let refused = format!("{device} refused the credential {credential}: {reason}");
        self.tell(&event(events::Kind::LoginRefused, refused).of(device))?;
        if consequence.device {
            let message = format!("no more logins to {device} until it is released: {reason}");
            self.tell(&event(events::Kind::DeviceStopped, message).of(device))?;
            self.account(
                &Entry::new(actor.clone(), Kind::Stopping)
                    .with("device", device.as_str())
                    .with("credential", credential.as_str())
                    .with("reason", reason.as_str()),
            )?;
        }
        if let Some(devices) = consequence.credential {
            let reason = reason_of(&devices);
            let message =
                format!("no more logins with the credential {credential} until it is released: {reason}");
            self.tell(&event(events::Kind::CredentialStopped, message).with("devices", devices))?;
            self.account(
                &Entry::new(actor.clone(), Kind::Stopping)
                    .with("credential", credential.as_str())
                    .with("reason", reason),
            )?;
        }
        Ok(())
    }
}

mod turns;

#[cfg(test)]
mod tests;
