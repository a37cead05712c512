//! What an operator lets be used again: a device, a credential, the own clock.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::guard::{Stop, Stopped};
use super::schedule::{Due, Reason};
use super::{StoreError, Tx, micros, timestamp};
use crate::events::{self, Event};
use crate::journal::{Actor, Entry, Kind};

/// A refusal on record.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Refused {
    /// The device that refused.
    pub device: String,
    /// The credential.
    pub credential: String,
    /// When.
    pub at: Timestamp,
    /// In the device's words.
    pub reason: String,
}

/// Every refusal on record; each stops its device. By device, the oldest first.
pub fn refusals(sql: &Connection) -> Result<Vec<Refused>, StoreError> {
    let mut rows = sql.prepare_cached(
        "SELECT device, credential, refused_at, reason FROM guard_refusals ORDER BY device, refused_at",
    )?;
    let refused = rows.query_map([], |row| {
        let at = timestamp(row.get(2)?);
        Ok(Refused { device: row.get(0)?, credential: row.get(1)?, at, reason: row.get(3)? })
    })?;
    Ok(refused.collect::<Result<_, _>>()?)
}

/// The credentials that are stopped, by name.
pub fn stopped_credentials(sql: &Connection) -> Result<Vec<Stop>, StoreError> {
    let mut rows = sql.prepare_cached(
        "SELECT credential, stopped_at, coalesce(reason, '') FROM guard_credentials
         WHERE stopped_at IS NOT NULL ORDER BY credential",
    )?;
    let stops = rows.query_map([], |row| {
        let what = Stopped::Credential(row.get(0)?);
        Ok(Stop { what, since: timestamp(row.get(1)?), reason: row.get(2)? })
    })?;
    Ok(stops.collect::<Result<_, _>>()?)
}

/// When an operator last said that the own clock is right, and what it was last known to say.
pub fn own_clock(sql: &Connection) -> Result<OwnClock, StoreError> {
    let row = sql
        .prepare_cached("SELECT last_good_us, released_at FROM own_clock WHERE id = 1")?
        .query_row([], |row| Ok((row.get::<_, Option<i64>>(0)?, row.get::<_, Option<i64>>(1)?)))
        .optional()?;
    let (last_good, released_at) = row.unwrap_or_default();
    Ok(OwnClock { last_good: last_good.map(timestamp), released_at: released_at.map(timestamp) })
}

/// The devices that were not polled as a credential was stopped, or they themselves and are no more.
fn kept_out(sql: &Connection) -> Result<Vec<String>, StoreError> {
    let mut rows = sql.prepare_cached(
        "SELECT d.name FROM devices d JOIN newest n ON n.device = d.id
         WHERE d.listed AND NOT EXISTS (SELECT 1 FROM guard_refusals r WHERE r.device = d.name)
           AND iif(json_valid(n.summary), json_extract(n.summary, '$.error.kind'), NULL) = 'login_stopped'",
    )?;
    let names = rows.query_map([], |row| row.get(0))?;
    Ok(names.collect::<Result<_, _>>()?)
}

/// What is kept of the own clock.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct OwnClock {
    /// What it said when it was last known to be right.
    pub last_good: Option<Timestamp>,
    /// What it said when an operator released it.
    pub released_at: Option<Timestamp>,
}

impl Tx<'_> {
    /// Lets a device be logged in to again, soon by the daemon, and tells why it was not. None if nothing stopped it.
    pub fn release_device(&mut self, name: &str, actor: &Actor) -> Result<Option<Stop>, StoreError> {
        let oldest =
            refusals(self.sql())?.into_iter().find(|refused| refused.device.eq_ignore_ascii_case(name));
        let Some(Refused { device, at: since, reason, .. }) = oldest else { return Ok(None) };
        self.sql().prepare_cached("DELETE FROM guard_refusals WHERE device = ?")?.execute([&device])?;
        self.released(
            &Event::new(events::Kind::Released, format!("{device} may be logged in to again")).of(&device),
        )?;
        self.account(&released(actor, "device", &device, since, &reason))?;
        self.hasten(&device)?;
        Ok(Some(Stop { what: Stopped::Device(device), since, reason }))
    }

    /// Lets a credential be used again, soon by the daemon, and tells why it was not. None if nothing stopped it. The
    /// devices that refused it stay stopped.
    pub fn release_credential(&mut self, name: &str, actor: &Actor) -> Result<Option<Stop>, StoreError> {
        let wanted = Stopped::Credential(name.to_owned());
        let Some(stop) = stopped_credentials(self.sql())?.into_iter().find(|stop| stop.what == wanted) else {
            return Ok(None);
        };
        self.sql().prepare_cached("DELETE FROM guard_credentials WHERE credential = ?")?.execute([name])?;
        self.sql()
            .prepare_cached("UPDATE guard_refusals SET counts = 2 WHERE credential = ?")?
            .execute([name])?;
        let event = Event::new(events::Kind::Released, format!("the credential {name} may be used again"));
        self.released(&event.with("credential", name))?;
        self.account(&released(actor, "credential", name, stop.since, &stop.reason))?;
        let due = Due { at: self.now(), reason: Reason::Early };
        let kept_out: Vec<_> = kept_out(self.sql())?.into_iter().map(|device| (device, due)).collect();
        self.replan(&kept_out)?;
        Ok(Some(stop))
    }

    /// An operator says that the own clock is right.
    pub fn release_clock(&mut self, actor: &Actor) -> Result<(), StoreError> {
        let now = self.now();
        self.sql()
            .prepare_cached(
                "INSERT INTO own_clock (id, released_at) VALUES (1, ?)
                 ON CONFLICT DO UPDATE SET released_at = excluded.released_at",
            )?
            .execute(params![micros(now)])?;
        self.released(
            &Event::new(events::Kind::Released, "the agent's own clock is right").with("clock", true),
        )?;
        self.account(&Entry::new(actor.clone(), Kind::Released).with("clock", true))?;
        Ok(())
    }

    /// The own clock said this, and was believed.
    pub fn believe_clock(&mut self, now: Timestamp) -> Result<(), StoreError> {
        self.sql()
            .prepare_cached(
                "INSERT INTO own_clock (id, last_good_us) VALUES (1, ?)
                 ON CONFLICT DO UPDATE SET last_good_us = excluded.last_good_us",
            )?
            .execute(params![micros(now)])?;
        Ok(())
    }

    fn released(&mut self, event: &Event) -> Result<(), StoreError> {
        self.tell(event).map(|_| ())
    }
}

fn released(actor: &Actor, what: &str, name: &str, since: Timestamp, reason: &str) -> Entry {
    Entry::new(actor.clone(), Kind::Released)
        .with(what, name)
        .with("stopped_at", since.to_string())
        .with("reason", reason)
}
