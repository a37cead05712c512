//! Devices that polls have seen and no inventory lists: neighbours, members of stacks, peers of HA pairs.
//!
//! The records are those that `poll --json` prints and a drop holds. Of a device that was polled several times, the
//! latest record counts. What a neighbour says of itself is not proven: it is offered, never taken.

mod judge;
mod records;

use std::collections::{BTreeMap, BTreeSet};

use licwatch_parsers::record::Platform;
use serde::Serialize;

use super::import::Finding;
use super::{Address, Device};
use crate::config::value::device_name;
use judge::{not_offered, platform};
use records::{Neighbor, Record, Udi};
pub use records::{Records, RecordsError};

/// What kind of device nobody listed.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A device of its own, on a link of another.
    Neighbor,
    /// A member of a stack or a peer of an HA pair, behind the address of a listed device.
    Member,
}

/// A device that is offered.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Unknown {
    /// What it is.
    pub kind: Kind,
    /// The name it goes by; for a member, that of its device.
    pub name: String,
    /// Where it says that it is reached; a member has no address of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Its operating system, as far as its words tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<&'static str>,
    /// Its hardware.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Its serial number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub serial_number: Option<String>,
    /// Its software.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub software_version: Option<String>,
    /// Who sees it, and where: `core-1 TenGigabitEthernet1/1/1 (cdp)`.
    pub seen_by: BTreeSet<String>,
}

/// What the records tell.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// Devices that nobody listed, by name.
    pub unknown: Vec<Unknown>,
    /// Neighbours that are not offered, by the reason, with how many there are.
    pub not_offered: BTreeMap<&'static str, usize>,
    /// Serial numbers under several names.
    pub findings: Vec<Finding>,
}

/// Who is in the records and not in the inventory.
pub fn report(records: &Records, listed: &[Device]) -> Report {
    let known = Known::of(records, listed);
    let mut report = Report { findings: serials_under_two_names(records), ..Report::default() };
    let mut offered: BTreeMap<String, Unknown> = BTreeMap::new();
    let mut refused: BTreeSet<(&'static str, String)> = BTreeSet::new();
    for (seer, record) in &records.latest {
        for neighbor in &record.neighbors {
            let Some(name) = neighbor.system_name.as_deref().or(neighbor.device_id.as_deref()) else {
                continue;
            };
            if known.knows(neighbor) {
                continue;
            }
            if let Some(reason) = not_offered(neighbor) {
                refused.insert((reason, name.to_lowercase()));
                continue;
            }
            let seen = seen_by(seer, neighbor);
            let unknown = offered.entry(short(name)).or_insert_with(|| Unknown::of(name, neighbor));
            unknown.add(neighbor, seen);
        }
        for udi in &record.device.udis {
            report.unknown.extend(member(seer, record, udi, &known));
        }
    }
    for (reason, _) in refused {
        *report.not_offered.entry(reason).or_default() += 1;
    }
    report.unknown.splice(0..0, offered.into_values());
    report
}

impl Unknown {
    fn of(name: &str, neighbor: &Neighbor) -> Self {
        Self {
            kind: Kind::Neighbor,
            name: usable_name(name, neighbor),
            address: None,
            platform: platform(neighbor).map(Platform::word),
            model: None,
            serial_number: None,
            software_version: None,
            seen_by: BTreeSet::new(),
        }
    }

    /// What one more sight of it tells.
    fn add(&mut self, neighbor: &Neighbor, seen: String) {
        const MOST_SEEN: usize = 16;
        let fill = |place: &mut Option<String>, value: &Option<String>| {
            if place.is_none() {
                *place = value.as_deref().map(printable);
            }
        };
        // A management address is better than that of the link.
        let addresses = neighbor.management_addresses.iter().chain(&neighbor.addresses);
        let address =
            addresses.filter_map(|text| text.parse::<Address>().ok()).find(|address| !link_local(address));
        if self.address.is_none() {
            self.address = address.map(|address| address.to_string());
        }
        self.platform = self.platform.or_else(|| platform(neighbor).map(Platform::word));
        fill(&mut self.model, &neighbor.platform);
        fill(&mut self.serial_number, &neighbor.serial_number);
        fill(&mut self.software_version, &neighbor.software_version);
        if self.seen_by.len() < MOST_SEEN {
            self.seen_by.insert(seen);
        }
    }
}

/// What is listed or polled, in every word that a neighbour may use for it.
struct Known {
    names: BTreeSet<String>,
    addresses: BTreeSet<String>,
    serials: BTreeSet<String>,
    /// Serial numbers that a row of the inventory states.
    listed_serials: BTreeSet<String>,
}

impl Known {
    fn of(records: &Records, listed: &[Device]) -> Self {
        let mut known = Self {
            names: BTreeSet::new(),
            addresses: BTreeSet::new(),
            serials: BTreeSet::new(),
            listed_serials: BTreeSet::new(),
        };
        for device in listed {
            known.names.insert(short(&device.name));
            known.addresses.insert(device.address.to_string().to_lowercase());
            if let Address::Name(name) = &device.address {
                known.names.insert(short(name));
            }
            known.listed_serials.extend(device.serial_number.as_deref().map(str::to_uppercase));
        }
        known.serials.clone_from(&known.listed_serials);
        for (name, record) in &records.latest {
            // What was polled without being listed is known all the same: an ad-hoc poll.
            known.names.insert(short(name));
            known.names.extend(record.device.hostname.as_deref().map(short));
            known.addresses.insert(record.observation.address.to_lowercase());
            let own = std::iter::once(&record.device.serial_number);
            let serials = own.chain(record.device.udis.iter().map(|udi| &udi.serial_number));
            known.serials.extend(serials.flatten().map(|serial| serial.to_uppercase()));
        }
        known
    }

    fn knows(&self, neighbor: &Neighbor) -> bool {
        let named = [&neighbor.system_name, &neighbor.device_id]
            .into_iter()
            .flatten()
            .any(|name| self.names.contains(&short(name)));
        let addresses = neighbor.management_addresses.iter().chain(&neighbor.addresses);
        let addressed = || {
            addresses
                .filter_map(|text| text.parse::<Address>().ok())
                .any(|address| self.addresses.contains(&address.to_string().to_lowercase()))
        };
        let numbered = || {
            neighbor
                .serial_number
                .as_deref()
                .is_some_and(|serial| self.serials.contains(&serial.to_uppercase()))
        };
        named || addressed() || numbered()
    }
}

/// A chassis behind a device's address that is not the device itself.
fn member(name: &str, record: &Record, udi: &Udi, known: &Known) -> Option<Unknown> {
    let serial = udi.serial_number.as_deref()?;
    let own = record.device.serial_number.as_deref() == Some(serial);
    if own || known.listed_serials.contains(&serial.to_uppercase()) {
        return None;
    }
    let role = udi.role.as_deref().unwrap_or("member");
    Some(Unknown {
        kind: Kind::Member,
        name: printable(name),
        address: None,
        platform: record.device.platform.as_deref().and_then(Platform::from_word).map(Platform::word),
        model: udi.pid.as_deref().or(record.device.model.as_deref()).map(printable),
        serial_number: Some(printable(serial)),
        software_version: None,
        seen_by: BTreeSet::from([format!("{} ({})", printable(name), printable(role))]),
    })
}

/// One chassis that answers under two names: a device that is listed twice, or that was moved.
fn serials_under_two_names(records: &Records) -> Vec<Finding> {
    let mut names: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for (name, record) in &records.latest {
        let own = std::iter::once(&record.device.serial_number);
        for serial in own.chain(record.device.udis.iter().map(|udi| &udi.serial_number)).flatten() {
            names.entry(serial.to_uppercase()).or_default().insert(name);
        }
    }
    let several = names.into_iter().filter(|(_, names)| names.len() > 1);
    several
        .map(|(serial, names)| {
            let names = names.into_iter().map(printable).collect::<Vec<_>>().join(", ");
            let message =
                format!("serial number {} answers under several names: {names}", printable(&serial));
            Finding::warning("same_serial_number", message, Vec::new())
        })
        .collect()
}

fn seen_by(seer: &str, neighbor: &Neighbor) -> String {
    let interface = neighbor.local_interface.as_deref().unwrap_or_default();
    let protocol = neighbor.protocol.as_deref().unwrap_or("?");
    let text = format!("{} {} ({})", printable(seer), printable(interface), printable(protocol));
    text.replace("  ", " ")
}

/// The first label of a host name, in small letters: with and without its domain it is one device.
fn short(name: &str) -> String {
    let is_address = name.parse::<std::net::IpAddr>().is_ok();
    let label = if is_address { name } else { name.split('.').next().unwrap_or(name) };
    label.to_lowercase()
}

/// A name that the inventory takes: without the domain, and without what cannot stand in one.
fn usable_name(name: &str, neighbor: &Neighbor) -> String {
    let label = name.split('.').next().unwrap_or(name);
    let candidates = [label, neighbor.device_id.as_deref().unwrap_or_default()];
    // A row that begins with another character is a comment or, to a spreadsheet, a formula.
    let is_plain = |name: &&str| name.starts_with(char::is_alphanumeric) && device_name(name).is_ok();
    let usable = candidates.into_iter().find(is_plain);
    usable.map_or_else(
        || {
            let plain: String =
                label.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).take(100).collect();
            format!("x{plain}")
        },
        str::to_owned,
    )
}

/// Words of a device, to be shown.
fn printable(text: &str) -> String {
    text.chars().take(120).filter(|c| !c.is_control()).collect()
}

fn link_local(address: &Address) -> bool {
    match address {
        Address::Ip(std::net::IpAddr::V6(ip)) => ip.is_unicast_link_local(),
        Address::Ip(std::net::IpAddr::V4(ip)) => ip.is_link_local() || ip.is_unspecified(),
        Address::Zoned(..) => true,
        Address::Name(_) => false,
    }
}

#[cfg(test)]
mod tests;
