//! Devices that polls have seen and no inventory lists: neighbours, members of stacks, peers of HA pairs.
//!
//! The records are those that `poll --json` prints and a drop holds. Of a device that was polled several times, the
//! latest record counts. What a neighbour says of itself is not proven: it is offered, never taken.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead, Read};

use licwatch_parsers::record::Platform;
use serde::{Deserialize, Serialize};

use super::import::{Finding, Guess, guess};
use super::{Address, Device};
use crate::config::value::device_name;

/// Longer lines are refused; a record of a large chassis has some hundred kilobytes.
const LONGEST_LINE: usize = 32 << 20;
/// More records are refused.
const MOST_RECORDS: usize = 1_000_000;
/// More neighbours of all devices are counted, not looked at.
const MOST_NEIGHBORS: usize = 500_000;

/// What is of use of a record.
#[derive(Debug, Default, Deserialize)]
struct Record {
    #[serde(default)]
    device: Seen,
    #[serde(default)]
    neighbors: Vec<Neighbor>,
    #[serde(default)]
    observation: Observation,
}

#[derive(Debug, Default, Deserialize)]
struct Seen {
    hostname: Option<String>,
    serial_number: Option<String>,
    model: Option<String>,
    platform: Option<String>,
    #[serde(default)]
    udis: Vec<Udi>,
}

#[derive(Debug, Default, Deserialize)]
struct Udi {
    role: Option<String>,
    pid: Option<String>,
    serial_number: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
struct Observation {
    #[serde(default)]
    device: String,
    #[serde(default)]
    address: String,
    #[serde(default)]
    polled_at: String,
}

#[derive(Debug, Default, Deserialize)]
struct Neighbor {
    protocol: Option<String>,
    device_id: Option<String>,
    system_name: Option<String>,
    serial_number: Option<String>,
    #[serde(default)]
    management_addresses: Vec<String>,
    #[serde(default)]
    addresses: Vec<String>,
    platform: Option<String>,
    software: Option<String>,
    software_version: Option<String>,
    #[serde(default)]
    capabilities: Vec<String>,
    local_interface: Option<String>,
}

/// The latest record of each device.
#[derive(Debug, Default)]
pub struct Records {
    latest: BTreeMap<String, Record>,
    neighbors: usize,
    /// Neighbours that were too many to be looked at.
    pub left_out: usize,
}

/// Why a file of records could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordsError {
    /// The file system's word, for the operator.
    #[error("{file} cannot be read: {reason}; see that the path is right and that this user may read it")]
    Unreadable {
        /// The file.
        file: String,
        /// What the system says.
        reason: io::Error,
    },
    /// It is no file of records, or a damaged one.
    #[error("{file}:{line}: {what}; name what `licwatch poll --json` printed or a drop's .ndjson")]
    NoRecord {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What stands there instead.
        what: &'static str,
    },
}

impl Records {
    /// Takes the records of a file in.
    pub fn read(&mut self, file: &str, mut from: impl BufRead) -> Result<(), RecordsError> {
        let mut line = Vec::new();
        for number in 1.. {
            line.clear();
            let limit = LONGEST_LINE as u64 + 1;
            let read = from.by_ref().take(limit).read_until(b'\n', &mut line);
            if read.map_err(|reason| RecordsError::Unreadable { file: file.to_owned(), reason })? == 0 {
                break;
            }
            let wrong = |what| RecordsError::NoRecord { file: file.to_owned(), line: number, what };
            if line.len() > LONGEST_LINE || number > MOST_RECORDS {
                return Err(wrong("this is longer than any record"));
            }
            if line.trim_ascii().is_empty() {
                continue;
            }
            let record: Record =
                serde_json::from_slice(&line).map_err(|_| wrong("this line is no device record"))?;
            if record.observation.device.is_empty() {
                return Err(wrong("this record does not say which device was polled"));
            }
            self.take(record);
        }
        Ok(())
    }

    fn take(&mut self, mut record: Record) {
        let room = MOST_NEIGHBORS.saturating_sub(self.neighbors);
        self.left_out += record.neighbors.len().saturating_sub(room);
        record.neighbors.truncate(room);
        self.neighbors += record.neighbors.len();
        let latest = self.latest.entry(record.observation.device.clone()).or_default();
        // Times of one form, so that the later one is the greater text.
        if record.observation.polled_at >= latest.observation.polled_at {
            *latest = record;
        }
    }

    /// How many devices there are records of.
    pub fn devices(&self) -> usize {
        self.latest.len()
    }

    /// How many of them told of neighbours.
    pub fn with_neighbors(&self) -> usize {
        self.latest.values().filter(|record| !record.neighbors.is_empty()).count()
    }
}

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

/// Why a neighbour is no device to poll for licences.
fn not_offered(neighbor: &Neighbor) -> Option<&'static str> {
    let model = neighbor.platform.as_deref().unwrap_or_default().to_uppercase();
    let software = neighbor.software.as_deref().unwrap_or_default();
    let does = |what: &str| neighbor.capabilities.iter().any(|capability| capability == what);
    let starts = |starts: &[&str]| starts.iter().any(|start| model.starts_with(start));
    // A controller is asked for its access points, and says little of what it does.
    if starts(&["AIR-CT", "C9800", "WLC"]) || software.contains("Cisco Controller") {
        return None;
    }
    if does("phone") || model.starts_with("IP PHONE") {
        return Some("telephone");
    }
    let is_access_point = does("wlan_access_point")
        || starts(&["AIR-", "C910", "C911", "C912", "C913", "C916", "C917", "CW91"])
        || software.contains("AP Software")
        || software.contains("K9W8")
        || software.contains("k9w8");
    if is_access_point && !(does("router") && does("switch")) {
        return Some("access point");
    }
    if !(does("router") || does("switch") || does("bridge")) {
        return Some("neither router nor switch");
    }
    let by_cisco = software.contains("Cisco")
        || starts(&["N3K", "N5K", "N7K", "N9K", "DS-C", "WS-C", "ASR", "ISR", "NCS"]);
    // IOS XR says nothing but `7.10.2, 8000`.
    let terse = platform(neighbor).is_some();
    if by_cisco || terse { None } else { Some("another maker's") }
}

/// The operating system in a neighbour's words.
fn platform(neighbor: &Neighbor) -> Option<Platform> {
    let software = neighbor.software.as_deref().unwrap_or_default();
    let model = neighbor.platform.as_deref().unwrap_or_default();
    let says = |words: &str| software.contains(words);
    if says("IOS XR") || says("IOS-XR") || is_terse_xr(software) {
        Some(Platform::IosXr)
    } else if says("NX-OS") || model.starts_with("N9K") || model.starts_with("N5K") {
        Some(Platform::NxOs)
    } else if says("IOS-XE") || says("IOS XE") || says("IOSXE") || says("_IOSD-") || says("IOS Software [") {
        Some(Platform::IosXe)
    } else if says("Cisco IOS Software") || says("IOS (tm)") || says("Internetwork Operating System") {
        Some(Platform::Ios)
    } else if says("Adaptive Security Appliance") {
        Some(Platform::Asa)
    } else if says("Cisco Controller") {
        Some(Platform::AireOs)
    } else {
        match guess(model, false) {
            Guess::Known(platform) => Some(platform),
            _ => None,
        }
    }
}

/// `7.10.2, 8000`, `7.9.2, NCS-5500`
fn is_terse_xr(software: &str) -> bool {
    software.split_once(", ").is_some_and(|(version, family)| {
        version.split('.').count() == 3
            && version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
            && (family == "8000" || family.starts_with("NCS") || family.starts_with("ASR"))
    })
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
    let usable = candidates.into_iter().find(|name| device_name(name).is_ok());
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
