//! What taking an import would change, before anything is changed.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::Rows;
use super::import::{At, Candidate, Finding};

/// A device that the inventory lists, by the cells of its row.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// Where its row stands.
    pub at: At,
    /// The cells that state something, by column, as they are written.
    #[serde(skip)]
    pub cells: BTreeMap<&'static str, String>,
}

/// One cell that would change.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Change {
    /// The column.
    pub column: &'static str,
    /// What the inventory states; nothing if the cell is empty.
    pub old: Option<String>,
    /// What it would state.
    pub new: String,
}

/// A listed device with the cells that would change.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Changed {
    /// Its name.
    pub name: String,
    /// Where its row stands.
    pub at: At,
    /// Where the export states it.
    pub from: At,
    /// The cells.
    pub changes: Vec<Change>,
}

/// Everything that would change.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Changes {
    /// Devices that are not listed yet.
    pub added: Vec<Candidate>,
    /// Listed devices of which the export says something else or more.
    pub changed: Vec<Changed>,
    /// How many listed devices the export agrees with.
    pub unchanged: usize,
    /// Listed devices that the export does not have.
    pub missing: Vec<Listed>,
    /// What stands in the way of some.
    pub findings: Vec<Finding>,
}

impl Changes {
    /// Whether nothing would change.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.changed.is_empty()
    }
}

impl Listed {
    /// The rows of an inventory file.
    pub(crate) fn of(rows: &Rows) -> Vec<Self> {
        let file: std::sync::Arc<str> = rows.file().into();
        let at = |line| At { file: file.clone(), line };
        rows.rows
            .iter()
            .map(|row| Self { name: row.name.clone(), at: at(row.line), cells: rows.cells_of(row) })
            .collect()
    }
}

/// Compares candidates with the devices that are listed. Devices of `tables` stand in licwatch.toml and are left to the
/// operator.
pub fn changes(listed: &[Listed], tables: &BTreeSet<String>, candidates: Vec<Candidate>) -> Changes {
    let names: BTreeMap<String, &Listed> =
        listed.iter().map(|device| (device.name.to_lowercase(), device)).collect();
    let tables: BTreeMap<String, &String> = tables.iter().map(|name| (name.to_lowercase(), name)).collect();
    let holders = Holders::of(listed);
    let mut met = BTreeSet::new();
    let mut found = Changes::default();
    for candidate in candidates {
        let key = candidate.name.to_lowercase();
        found.findings.extend(holders.others(&candidate));
        match (names.get(&key), tables.get(&key)) {
            (Some(device), _) => {
                met.insert(key);
                if device.name != candidate.name {
                    let message = format!(
                        "\"{}\" is listed as \"{}\"; the row keeps its name",
                        candidate.name, device.name
                    );
                    let places = vec![device.at.clone(), candidate.at.clone()];
                    found.findings.push(Finding::warning("names_differ_in_case", message, places));
                }
                let changes = differences(device, &candidate);
                if changes.is_empty() {
                    found.unchanged += 1;
                } else {
                    let (name, at) = (device.name.clone(), device.at.clone());
                    found.changed.push(Changed { name, at, from: candidate.at, changes });
                }
            }
            (None, Some(table)) => {
                let message = format!(
                    "\"{}\" stands in licwatch.toml as [device.{table}], which is left to you",
                    candidate.name
                );
                found.findings.push(Finding::note("in_configuration", message, vec![candidate.at]));
                found.unchanged += 1;
            }
            (None, None) => found.added.push(candidate),
        }
    }
    found.missing =
        listed.iter().filter(|device| !met.contains(&device.name.to_lowercase())).cloned().collect();
    found
}

/// Who has an address or a serial number in the inventory.
struct Holders<'l> {
    by: BTreeMap<(&'static str, String), &'l Listed>,
}

const TELLING: [(&str, &str, &str); 2] =
    [("address", "same_address", "address"), ("serial_number", "same_serial_number", "serial number")];

impl<'l> Holders<'l> {
    fn of(listed: &'l [Listed]) -> Self {
        let mut by = BTreeMap::new();
        for device in listed {
            for (column, ..) in TELLING {
                if let Some(value) = device.cells.get(column) {
                    by.entry((column, value.to_lowercase())).or_insert(device);
                }
            }
        }
        Self { by }
    }

    /// A listed device of another name that has what this candidate has.
    fn others(&self, candidate: &Candidate) -> Vec<Finding> {
        let other = |(column, code, words): (&'static str, &'static str, &str)| {
            let value = candidate.cells.get(column)?;
            let holder = self.by.get(&(column, value.to_lowercase()))?;
            let another_port = column == "address" && holder.cells.get("port") != candidate.cells.get("port");
            if holder.name.to_lowercase() == candidate.name.to_lowercase() || another_port {
                return None;
            }
            let message = format!(
                "{words} {value} of \"{}\" is that of \"{}\", which is listed",
                candidate.name, holder.name
            );
            Some(Finding::warning(code, message, vec![holder.at.clone(), candidate.at.clone()]))
        };
        TELLING.into_iter().filter_map(other).collect()
    }
}

fn differences(device: &Listed, candidate: &Candidate) -> Vec<Change> {
    let mut changes = Vec::new();
    for (column, new) in &candidate.cells {
        let old = device.cells.get(column);
        let new = match old {
            Some(old) if *column == "group" => with_groups(old, new),
            _ => new.clone(),
        };
        let same = old.is_some_and(|old| match *column {
            // 2001:DB8::1 is 2001:db8::1, and names have no capitals.
            "address" => {
                old.eq_ignore_ascii_case(&new)
                    || old.parse::<std::net::IpAddr>().ok() == new.parse().ok()
                        && old.parse::<std::net::IpAddr>().is_ok()
            }
            _ => *old == new,
        });
        if !same {
            changes.push(Change { column, old: old.cloned(), new });
        }
    }
    changes
}

/// Groups are added to those that somebody gave the device, never taken from it.
fn with_groups(old: &str, new: &str) -> String {
    let names = |text: &str| {
        text.split(';').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect::<Vec<_>>()
    };
    let had = names(old);
    let added: Vec<String> = names(new).into_iter().filter(|name| !had.contains(name)).collect();
    if added.is_empty() {
        old.to_owned()
    } else {
        had.into_iter().chain(added).collect::<Vec<_>>().join("; ")
    }
}
