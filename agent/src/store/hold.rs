//! Legal holds: what may not be deleted, whatever retention says.

use jiff::Timestamp;
use rusqlite::{Connection, params};
use serde::Serialize;

use super::{StoreError, Tx, micros, timestamp};
use crate::journal::{Actor, Entry, Kind};

/// A hold that stands.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Hold {
    /// Its number, for lifting it.
    pub number: i64,
    /// The device; none for every device, also those to come.
    pub device: Option<String>,
    /// Since when.
    pub set_at: Timestamp,
    /// By whom.
    pub set_by: String,
    /// Why.
    pub reason: String,
}

/// Every hold that stands, by number.
pub fn all(connection: &Connection) -> Result<Vec<Hold>, StoreError> {
    let mut query = connection.prepare_cached(
        "SELECT h.id, d.name, h.set_at, h.set_by, h.reason
         FROM holds h LEFT JOIN devices d ON d.id = h.device ORDER BY h.id",
    )?;
    let holds = query.query_map([], |row| {
        Ok(Hold {
            number: row.get(0)?,
            device: row.get(1)?,
            set_at: timestamp(row.get(2)?),
            set_by: row.get(3)?,
            reason: row.get(4)?,
        })
    })?;
    Ok(holds.collect::<Result<_, _>>()?)
}

impl Tx<'_> {
    /// Holds what is kept of these devices, and what will come of them; of every device where none is named. Holds of
    /// one device add up: each is lifted by itself. A name that the store does not know is refused.
    pub fn hold(
        &mut self,
        names: Option<&[String]>,
        reason: &str,
        actor: &Actor,
    ) -> Result<Vec<Hold>, StoreError> {
        let devices: Vec<Option<(i64, String)>> = match names {
            None => vec![None],
            Some(names) => {
                let known = names.iter().map(|name| match self.by_name(name)? {
                    Some(known) => Ok(Some((known.id, known.name))),
                    None => Err(StoreError::Refused(format!(
                        "the store knows no device \"{name}\"; `licwatch status` lists those it knows"
                    ))),
                });
                known.collect::<Result<_, _>>()?
            }
        };
        let mut holds = Vec::new();
        for device in devices {
            let (id, name) = device.unzip();
            let set_by = actor.to_string();
            self.sql()
                .prepare_cached("INSERT INTO holds (device, set_at, set_by, reason) VALUES (?, ?, ?, ?)")?
                .execute(params![id, micros(self.now()), set_by, reason])?;
            let number = self.sql().last_insert_rowid();
            self.account(&held(actor, "set", number, name.as_deref(), reason))?;
            holds.push(Hold { number, device: name, set_at: self.now(), set_by, reason: reason.to_owned() });
        }
        Ok(holds)
    }

    /// Lifts holds by their numbers, all of them or, where one does not stand, none.
    pub fn lift(&mut self, numbers: &[i64], reason: &str, actor: &Actor) -> Result<Vec<Hold>, StoreError> {
        let mut lifted: Vec<Hold> = Vec::new();
        for number in numbers {
            let Some(hold) = all(self.sql())?.into_iter().find(|hold| hold.number == *number) else {
                return Err(StoreError::Refused(format!(
                    "there is no hold {number}; `licwatch hold list` shows those that stand"
                )));
            };
            self.sql().prepare_cached("DELETE FROM holds WHERE id = ?")?.execute([number])?;
            self.account(&held(actor, "lifted", *number, hold.device.as_deref(), reason))?;
            lifted.push(hold);
        }
        Ok(lifted)
    }
}

fn held(actor: &Actor, act: &str, number: i64, device: Option<&str>, reason: &str) -> Entry {
    Entry::new(actor.clone(), Kind::Held)
        .with("act", act)
        .with("hold", number)
        .with("device", device.unwrap_or("every device"))
        .with("reason", reason)
}
