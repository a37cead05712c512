//! Which device it is. A device has an id of its own that outlives its name and its chassis.
//!
//! A name that is known stays itself. Where there is none, any chassis serial number that it shares tells the device:
//!
//! * a name that the inventory lists and that has shown nothing yet takes the place of a name that it lists no more, if
//!   the same chassis answers (`renamed`);
//! * a new name that the inventory does not list (output carried by hand) is the one device whose chassis it shows.
//!
//! Devices of other agents (`branch/edge-1`) go by their names alone: how they are called is for their agent to say.
//!
//! Nothing else is merged: one chassis under two names (`serial_under_two_names`), or a name that shows no chassis that
//! it showed before (`other_chassis`), is told once and left to a person. A name of ours that the inventory lists no more
//! is not held against one that it lists.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use super::{Collected, StoreError, Tx, micros};
use crate::events::{Event, Kind};
use crate::observation::Outcome;

/// A device that was known or is now.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) id: i64,
    pub(super) uuid: String,
    pub(super) name: String,
    pub(super) listed: bool,
}

impl Known {
    fn of(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self { id: row.get(0)?, uuid: row.get(1)?, name: row.get(2)?, listed: row.get(3)? })
    }
}

impl Tx<'_> {
    /// Takes over which names the inventory has now: new ones are made known, all others count as listed no more.
    /// A chassis that thereby stands under two listed names is told.
    pub fn list_devices(&mut self, names: &[String]) -> Result<(), StoreError> {
        let names_json = serde_json::Value::from(names).to_string();
        let before: BTreeSet<i64> = {
            let mut query =
                self.sql().prepare_cached("SELECT id FROM devices WHERE listed OR instr(name, '/') > 0")?;
            query.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?
        };
        self.sql()
            .prepare_cached(
                "UPDATE devices SET listed = now.listed FROM
                   (SELECT id, name COLLATE NOCASE IN (SELECT value FROM json_each(?)) AS listed FROM devices) AS now
                 WHERE devices.id = now.id AND devices.listed <> now.listed",
            )?
            .execute([names_json])?;
        for name in names {
            if self.by_name(name)?.is_none() {
                self.mint(name, true)?;
            }
        }
        let shared: Vec<(String, i64, String, i64, String)> = {
            let mut query = self.sql().prepare_cached(
                "SELECT a.serial_number, d.id, d.name, e.id, e.name
                 FROM serials a JOIN serials b ON b.serial_number = a.serial_number AND b.device > a.device
                 JOIN devices d ON d.id = a.device JOIN devices e ON e.id = b.device
                 WHERE a.shown AND b.shown
                   AND (d.listed OR instr(d.name, '/') > 0) AND (e.listed OR instr(e.name, '/') > 0)",
            )?;
            let rows = query
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)))?;
            rows.collect::<Result<_, _>>()?
        };
        for (serial, one, name, other, other_name) in shared {
            if !before.contains(&one) || !before.contains(&other) {
                self.tell(&shared_serial(&name, &other_name, &serial))?;
            }
        }
        Ok(())
    }

    /// The device of a name.
    pub(super) fn by_name(&self, name: &str) -> Result<Option<Known>, StoreError> {
        by_name(self.sql(), name)
    }

    fn mint(&mut self, name: &str, listed: bool) -> Result<Known, StoreError> {
        let uuid = Uuid::now_v7().to_string();
        self.sql()
            .prepare_cached("INSERT INTO devices (uuid, name, listed, first_seen) VALUES (?, ?, ?, ?)")?
            .execute(params![uuid, name, listed, micros(self.now())])?;
        Ok(Known { id: self.sql().last_insert_rowid(), uuid, name: name.to_owned(), listed })
    }

    /// The device that an observation is of; it is minted at first sight.
    pub(super) fn identify(&mut self, collected: &Collected) -> Result<Known, StoreError> {
        let named = self.by_name(&collected.device)?;
        // What a poll dials stands in the inventory; what somebody carries here may not.
        let listed = named.as_ref().map_or(collected.carried_by.is_none(), |known| known.listed);
        if listed {
            let fresh = match &named {
                Some(known) => self.serials(known.id)?.is_empty(),
                None => true,
            };
            let owners = if fresh { owners(self.sql(), &collected.serial_numbers)? } else { Vec::new() };
            if let Some(before) = owners.into_iter().find(|owner| !owner.listed) {
                return self.rename(before, &collected.device, named, collected.id);
            }
        } else if named.is_none()
            && let Some(owner) = owner(self.sql(), &collected.device, &collected.serial_numbers)?
        {
            return Ok(owner);
        }
        match named {
            Some(known) => Ok(known),
            None => self.mint(&collected.device, listed),
        }
    }

    /// Every serial number that a device has shown, with whether its newest answer did.
    fn serials(&self, device: i64) -> Result<Vec<(String, bool)>, StoreError> {
        let mut query =
            self.sql().prepare_cached("SELECT serial_number, shown FROM serials WHERE device = ?")?;
        let rows = query.query_map([device], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Gives a device the name that it is listed under now. What failed under that name before the device first
    /// answered is the device's too.
    fn rename(
        &mut self,
        before: Known,
        name: &str,
        placeholder: Option<Known>,
        observation: Uuid,
    ) -> Result<Known, StoreError> {
        let sql = self.sql();
        if let Some(placeholder) = placeholder {
            for table in ["observations", "events", "holds"] {
                sql.prepare_cached(&format!("UPDATE {table} SET device = ? WHERE device = ?"))?
                    .execute([before.id, placeholder.id])?;
            }
            sql.prepare_cached("DELETE FROM newest WHERE device = ?")?.execute([placeholder.id])?;
            sql.prepare_cached(
                "DELETE FROM schedule WHERE device = ?1 AND EXISTS (SELECT 1 FROM schedule WHERE device = ?2)",
            )?
            .execute([before.id, placeholder.id])?;
            sql.prepare_cached("UPDATE schedule SET device = ? WHERE device = ?")?
                .execute([before.id, placeholder.id])?;
            let gone = sql.prepare_cached("DELETE FROM devices WHERE id = ?")?.execute([placeholder.id]);
            if gone.is_err() {
                // Somebody still refers to it: it must only not stand in the name's way.
                let aside = format!("{name} ({})", placeholder.uuid);
                sql.prepare_cached("UPDATE devices SET name = ?, listed = 0 WHERE id = ?")?
                    .execute(params![aside, placeholder.id])?;
            }
        }
        sql.prepare_cached("UPDATE devices SET name = ?, listed = 1 WHERE id = ?")?
            .execute(params![name, before.id])?;
        let mut event = Event::new(Kind::Renamed, format!("{} is listed as {name} now.", before.name))
            .of(name)
            .with("before", before.name.as_str())
            .with("device_id", before.uuid.as_str());
        event.observation = Some(observation);
        self.tell(&event)?;
        Ok(Known { name: name.to_owned(), listed: true, ..before })
    }

    /// Takes over the serial numbers of an answer, and tells what does not fit. An answer from before the newest one
    /// adds to what the device has shown, and says nothing of now.
    pub(super) fn show_serials(
        &mut self,
        device: &Known,
        collected: &Collected,
        is_newest: bool,
    ) -> Result<(), StoreError> {
        let shown = &collected.serial_numbers;
        if shown.is_empty() {
            return Ok(());
        }
        let before: Vec<String> =
            self.serials(device.id)?.into_iter().filter_map(|(serial, now)| now.then_some(serial)).collect();
        let is_shown = |serial: &str| shown.iter().any(|other| other.eq_ignore_ascii_case(serial));
        let other = is_newest && !before.is_empty() && !before.iter().any(|serial| is_shown(serial));
        // A part of an answer may leave out members of a stack.
        if is_newest && (other || collected.outcome == Outcome::Complete) {
            self.sql()
                .prepare_cached("UPDATE serials SET shown = 0 WHERE device = ? AND shown")?
                .execute([device.id])?;
        }
        for serial in shown {
            self.sql()
                .prepare_cached(
                    "INSERT INTO serials (serial_number, device, first_seen, last_seen, shown) VALUES (?1, ?2, ?3, ?3, ?4)
                     ON CONFLICT DO UPDATE SET first_seen = min(first_seen, ?3), last_seen = max(last_seen, ?3),
                       shown = max(shown, ?4)",
                )?
                .execute(params![serial, device.id, micros(collected.polled_at), is_newest])?;
        }
        if !is_newest {
            return Ok(());
        }
        if other {
            let message = format!(
                "{} shows {} and none of what it showed before ({}).",
                device.name,
                shown.join(", "),
                before.join(", ")
            );
            let event = Event::new(Kind::OtherChassis, message)
                .with("before", before.clone())
                .with("after", shown.clone());
            self.tell_of(device, collected, event)?;
        }
        for serial in shown {
            let new = !before.iter().any(|known| known.eq_ignore_ascii_case(serial));
            for name in if new { self.others(serial, device)? } else { Vec::new() } {
                self.tell_of(device, collected, shared_serial(&device.name, &name, serial))?;
            }
        }
        Ok(())
    }

    /// The other names whose newest answer showed a serial number.
    fn others(&self, serial: &str, device: &Known) -> Result<Vec<String>, StoreError> {
        let mut query = self.sql().prepare_cached(
            "SELECT name FROM serials JOIN devices ON id = device
             WHERE serial_number = ? AND shown AND device <> ? AND (listed OR instr(name, '/') > 0 OR NOT ?)",
        )?;
        let names = query.query_map(params![serial, device.id, device.listed], |row| row.get(0))?;
        Ok(names.collect::<Result<_, _>>()?)
    }

    /// Tells an event that an observation of a device showed.
    pub(super) fn tell_of(
        &mut self,
        device: &Known,
        collected: &Collected,
        event: Event,
    ) -> Result<(), StoreError> {
        let event = Event { device: Some(device.name.clone()), observation: Some(collected.id), ..event };
        self.tell(&event).map(drop)
    }
}

/// The device that output carried here under a name counts for; nothing where it would be a new one.
pub fn counts_for(
    connection: &Connection,
    name: &str,
    serials: &[String],
) -> Result<Option<String>, StoreError> {
    let known = match by_name(connection, name)? {
        Some(known) => Some(known),
        None => owner(connection, name, serials)?,
    };
    Ok(known.map(|known| known.name))
}

/// The name of a device, by its number.
pub fn name(connection: &Connection, device: i64) -> Result<String, StoreError> {
    let mut query = connection.prepare_cached("SELECT name FROM devices WHERE id = ?")?;
    Ok(query.query_row([device], |row| row.get(0))?)
}

fn by_name(connection: &Connection, name: &str) -> Result<Option<Known>, StoreError> {
    Ok(connection
        .prepare_cached("SELECT id, uuid, name, listed FROM devices WHERE name = ?")?
        .query_row([name], Known::of)
        .optional()?)
}

/// The device whose chassis a new name shows that the inventory does not list: a listed one before all others. Where
/// there are several, none of them is meant.
fn owner(connection: &Connection, name: &str, serials: &[String]) -> Result<Option<Known>, StoreError> {
    if is_foreign(name) {
        return Ok(None);
    }
    let mut owners = owners(connection, serials)?;
    if owners.iter().any(|owner| owner.listed) {
        owners.retain(|owner| owner.listed);
    }
    let first = owners.pop();
    Ok(first.filter(|_| owners.is_empty()))
}

/// Our devices that have shown these serial numbers, by the order of the numbers, the latest first.
fn owners(connection: &Connection, serials: &[String]) -> Result<Vec<Known>, StoreError> {
    let mut query = connection.prepare_cached(
        "SELECT id, uuid, name, listed FROM serials JOIN devices ON id = device
         WHERE serial_number = ? ORDER BY shown DESC, last_seen DESC",
    )?;
    let mut owners: Vec<Known> = Vec::new();
    for serial in serials {
        for owner in query.query_map([serial], Known::of)? {
            let owner = owner?;
            // What another agent polls is that agent's device, though it may be the very chassis that is polled here.
            if !is_foreign(&owner.name) && !owners.iter().any(|known| known.id == owner.id) {
                owners.push(owner);
            }
        }
    }
    Ok(owners)
}

/// Whether a device is another agent's, by its name as [`crate::ingest`] gives it (`branch/edge-1`). No name of the
/// inventory has a `/`.
fn is_foreign(name: &str) -> bool {
    name.contains('/')
}

fn shared_serial(name: &str, other: &str, serial: &str) -> Event {
    Event::new(Kind::SharedSerial, format!("{name} and {other} both show serial number {serial}."))
        .of(name)
        .with("serial_number", serial)
        .with("names", vec![name, other])
}
