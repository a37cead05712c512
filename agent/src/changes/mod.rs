//! What changed on a device from one record to the next. Pure: two lines in, events out.
//!
//! # What is compared
//!
//! Only what **both** records state. A part that the newer one does not state has not changed: the poll may have been
//! partial, or another way was asked. `licenses` that is absent says nothing; `licenses: []` says that there are none.
//!
//! * A **licence** is known by its entitlement tag, else by name, entitlement and term. Rows of one licence count
//!   together. Names that the device cut (`...`) fit what they begin. Where the two records rest on other licence
//!   commands, licences that are not in use are left out of what was added and removed: not every command lists them.
//! * A **member** is known by its serial number. One that is gone and one that came, of the same role, place or PID, are
//!   one that was swapped. A list of UDIs from commands that name fewer of them removes none.
//! * A **module** is known by its slot (`NAME:`). Chassis are members, not modules. Inventories that do not come from the
//!   same commands name slots otherwise and are not compared.
//! * Clocks, push times, report counters and what is left of periods move by themselves and are no changes.
//!
//! A poll that failed changes nothing. Since a partial record hides what it does not state, compare with what
//! [`carry`] keeps of all records before, not with the last one alone.

mod carried;
mod chassis;
mod licences;
mod matching;
mod state;
mod told;
mod view;

pub use carried::carry;

use crate::events::Event;
use told::Told;
use view::Record;

/// So many events of one comparison are told one by one; the rest are counted in one more.
pub const MOST: usize = 200;

/// What changed between two records of one device, each a line of JSON in the form `licwatch/device-record/1`. A line in
/// another form tells nothing.
pub fn between(device: &str, before: &str, after: &str) -> Vec<Event> {
    let (Some(before), Some(after)) = (Record::read(before), Record::read(after)) else {
        return Vec::new();
    };
    changes(device, &before, &after)
}

fn changes(device: &str, before: &Record, after: &Record) -> Vec<Event> {
    if before.failed || after.failed {
        return Vec::new();
    }
    let mut told = Told::of(device, after.observation);
    state::compare(before, after, &mut told);
    licences::compare(before, after, &mut told);
    chassis::members(before, after, &mut told);
    chassis::modules(before, after, &mut told);
    told.finish()
}

#[cfg(test)]
mod tests;
