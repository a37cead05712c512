//! Judges what an export holds: which hosts can be taken, what of them fits the inventory, and who is there twice.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use licwatch_parsers::record::Platform;
use serde::Serialize;

use super::found::{Found, Gathered, Skipped};
use super::mapping::Field;
use super::platform::{Guess, guess};
use super::{At, Finding, Format, Import, Known};
use crate::config::spelling;
use crate::config::value::device_name;
use crate::inventory::Address;
use crate::inventory::columns::{COLUMNS, Stated};

/// A device that can be taken: what its row would say.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Candidate {
    /// Its name.
    pub name: String,
    /// Where the export states it.
    pub at: At,
    /// The cells of its row, by column; each can be read by the inventory.
    pub cells: BTreeMap<&'static str, String>,
}

/// A host that carried secrets, by the keys that they stood under.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct CarriedSecret {
    /// The host.
    pub name: String,
    /// Where it stands.
    pub at: At,
    /// The keys, never the values.
    pub keys: BTreeSet<String>,
}

/// Takes what can be taken.
pub(super) fn take(files: Vec<String>, format: Format, gathered: Gathered, known: &Known) -> Import {
    let Gathered { hosts, mapping, skipped, findings, .. } = gathered;
    let mut taking = Taking {
        format,
        known,
        import: Import { files, mapping, skipped, findings, ..Import::default() },
        tally: Tally::default(),
        names: BTreeMap::new(),
    };
    for host in hosts {
        taking.host(&host);
    }
    taking.import.findings.extend(taking.tally.findings(known));
    let twice = twice(&taking.import.candidates);
    taking.import.findings.extend(twice);
    taking.import.findings.sort_by_key(|finding| finding.grade);
    taking.import.skipped.sort_by(|one, other| one.at.cmp(&other.at));
    taking.import
}

struct Taking<'k> {
    format: Format,
    known: &'k Known,
    import: Import,
    tally: Tally,
    /// By name without capitals, which candidate has it.
    names: BTreeMap<String, usize>,
}

/// What is told once for many hosts: words, how many hosts say them, and the first place.
#[derive(Default)]
struct Tally {
    users: BTreeMap<String, (usize, At)>,
    groups: BTreeMap<String, (usize, At)>,
    platforms: BTreeMap<String, (usize, At)>,
    either: Option<(usize, At)>,
    roles: BTreeMap<String, (usize, At)>,
}

fn count(tally: &mut BTreeMap<String, (usize, At)>, word: &str, at: &At) {
    /// An export may have as many words as hosts.
    const MOST_WORDS: usize = 200;
    if let Some((times, _)) = tally.get_mut(word) {
        *times += 1;
    } else if tally.len() < MOST_WORDS {
        tally.insert(word.to_owned(), (1, at.clone()));
    }
}

impl Taking<'_> {
    fn skip(&mut self, name: &str, at: &At, reason: impl Into<String>) {
        self.import.skipped.push(Skipped::new(name, at.clone(), reason));
    }

    fn warn(&mut self, code: &'static str, message: String, places: Vec<At>) {
        self.import.findings.push(Finding::warning(code, message, places));
    }

    fn host(&mut self, host: &Found) {
        let Found { name, at, .. } = host;
        if !host.secrets.is_empty() {
            let keys = host.secrets.clone();
            self.import.secrets.push(CarriedSecret { name: name.clone(), at: at.clone(), keys });
        }
        if let Some(reason) = &host.unfit {
            return self.skip(name, at, reason.clone());
        }
        if name.is_empty() {
            return self.skip(name, at, "it has no name");
        }
        if let Err(error) = device_name(name) {
            return self.skip(name, at, format!("its name {error}"));
        }
        if let Some(reason) = out_of_service(host).or_else(|| other_maker(host)) {
            return self.skip(name, at, reason);
        }
        let platform = match self.platform(host) {
            Ok(platform) => platform,
            Err(reason) => return self.skip(name, at, reason),
        };
        let Some(address) = host.get(Field::Address) else {
            return self.skip(name, at, "it has no address");
        };
        // Exports write addresses with the length of their network.
        let address = match without_mask(address).parse::<Address>() {
            Ok(address) => address.to_string(),
            Err(error) => return self.skip(name, at, format!("its address {error}")),
        };
        let mut cells = BTreeMap::from([("address", address)]);
        if let Some(platform) = platform {
            cells.insert("platform", platform.word().to_owned());
        }
        self.groups(host, &mut cells);
        self.user(host, &mut cells);
        for (field, value) in &host.fields {
            if !matches!(field, Field::Address | Field::Platform | Field::Group | Field::Credential) {
                self.cell(host, *field, value, &mut cells);
            }
        }
        if let Some(role) = cells.get("role") {
            count(&mut self.tally.roles, role, at);
        }
        self.add(Candidate { name: name.clone(), at: at.clone(), cells });
    }

    /// A cell, if the inventory can read it.
    fn cell(&mut self, host: &Found, field: Field, value: &str, cells: &mut BTreeMap<&'static str, String>) {
        let Some((column, read)) = COLUMNS.iter().find(|(column, _)| *column == field.word()) else { return };
        // A comment of several lines becomes one.
        let value = value
            .split(['\r', '\n'])
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .collect::<Vec<_>>()
            .join("; ");
        match read(&value, &mut Stated::default()) {
            Ok(()) => drop(cells.insert(*column, value)),
            Err(error) => {
                let message = format!("{}: `{column}` {error}; the cell is left empty", host.name);
                self.warn("bad_value", message, vec![host.at.clone()]);
            }
        }
    }

    fn platform(&mut self, host: &Found) -> Result<Option<Platform>, String> {
        let Some(word) = host.get(Field::Platform) else { return Ok(None) };
        match guess(word, matches!(self.format, Format::Csv | Format::Netbox)) {
            Guess::Known(platform) => Ok(Some(platform)),
            Guess::EitherIos => {
                self.tally.either.get_or_insert((0, host.at.clone())).0 += 1;
                Ok(None)
            }
            Guess::Foreign => Err(format!("its platform \"{}\" is not Cisco's", printable(word))),
            Guess::Unknown => {
                count(&mut self.tally.platforms, &printable(word), &host.at);
                Ok(None)
            }
        }
    }

    /// Only groups that licwatch.toml has can stand in the inventory.
    fn groups(&mut self, host: &Found, cells: &mut BTreeMap<&'static str, String>) {
        let mut taken: Vec<&str> = Vec::new();
        for group in &host.groups {
            if self.known.groups.contains(group) {
                if !taken.contains(&group.as_str()) {
                    taken.push(group);
                }
            } else if !matches!(group.as_str(), "all" | "ungrouped") {
                count(&mut self.tally.groups, &printable(group), &host.at);
            }
        }
        if !taken.is_empty() {
            cells.insert("group", taken.join("; "));
        }
    }

    /// Users stand in credentials, not in the inventory.
    fn user(&mut self, host: &Found, cells: &mut BTreeMap<&'static str, String>) {
        if let Some(credential) = host.get(Field::Credential) {
            if self.known.credentials.contains(credential) {
                cells.insert("credential", credential.to_owned());
            } else {
                // Not shown: somebody may have put a secret there.
                let message = format!(
                    "{}: the credential that it names is not in licwatch.toml; the cell is left empty",
                    host.name
                );
                self.warn("unknown_credential", message, vec![host.at.clone()]);
            }
        } else if let Some(user) = host.get(Field::User) {
            match self.known.users.get(user) {
                Some(credential) => drop(cells.insert("credential", credential.clone())),
                None => count(&mut self.tally.users, &printable(user), &host.at),
            }
        }
    }

    /// Takes a candidate, unless another has its name.
    fn add(&mut self, candidate: Candidate) {
        let place = match self.names.entry(candidate.name.to_lowercase()) {
            Entry::Vacant(free) => {
                free.insert(self.import.candidates.len());
                self.import.candidates.push(candidate);
                return;
            }
            Entry::Occupied(taken) => *taken.get(),
        };
        let Some(first) = self.import.candidates.get(place) else { return };
        let places = vec![first.at.clone(), candidate.at.clone()];
        let differing: Vec<String> = candidate
            .cells
            .iter()
            .filter_map(|(column, value)| {
                let other = first.cells.get(column).filter(|other| *other != value)?;
                Some(format!("{column} \"{other}\" and \"{value}\""))
            })
            .collect();
        let (code, message, reason) = if first.name != candidate.name {
            let message = format!("\"{}\" and \"{}\" differ in capitals alone", first.name, candidate.name);
            (
                "names_differ_in_case",
                message,
                format!("its name is that of \"{}\" but for capitals", first.name),
            )
        } else if differing.is_empty() {
            let message = format!("\"{}\" is there twice, saying the same", candidate.name);
            ("duplicate_name", message, format!("it is there already, at {}", first.at))
        } else {
            let message = format!(
                "\"{}\" is there twice and does not say the same: {}",
                candidate.name,
                differing.join(", ")
            );
            ("conflict", message, format!("it is there already, at {}, with other values", first.at))
        };
        let (name, at) = (candidate.name.clone(), candidate.at.clone());
        // What the first does not say, a second that agrees may add.
        if code == "duplicate_name"
            && let Some(first) = self.import.candidates.get_mut(place)
        {
            for (column, value) in candidate.cells {
                first.cells.entry(column).or_insert(value);
            }
        }
        self.warn(code, message, places);
        self.skip(&name, &at, reason);
    }
}

impl Tally {
    fn findings(self, known: &Known) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (word, (hosts, at)) in self.platforms {
            let message = format!(
                "nobody knows the platform \"{word}\" of {}; it is left empty, and a poll recognizes it",
                counted(hosts)
            );
            findings.push(Finding::warning("unknown_platform", message, vec![at]));
        }
        if let Some((hosts, at)) = self.either {
            let message = format!(
                "\"ios\" means IOS or IOS XE there: the platform of {} is left empty, and a poll recognizes it",
                counted(hosts)
            );
            findings.push(Finding::note("platform_left_open", message, vec![at]));
        }
        for (group, (hosts, at)) in self.groups {
            let near = spelling::did_you_mean(&group, known.groups.iter().map(String::as_str));
            let message = format!(
                "group \"{group}\" of {} is not in licwatch.toml and not taken; {near}add [group.{group}] there if it should be",
                counted(hosts)
            );
            findings.push(Finding::note("group_not_taken", message, vec![at]));
        }
        for (user, (hosts, at)) in self.users {
            let message = format!(
                "user \"{user}\" of {} is that of no one credential in licwatch.toml; name a credential there",
                counted(hosts)
            );
            findings.push(Finding::note("user_not_taken", message, vec![at]));
        }
        // In an inventory without roles, every one is new.
        for (role, (hosts, at)) in
            self.roles.into_iter().filter(|(role, _)| !known.roles.is_empty() && !known.roles.contains(role))
        {
            let near = spelling::did_you_mean(&role, known.roles.iter().map(String::as_str));
            let message = format!(
                "no device listed has the role \"{role}\", which {} would have; {near}",
                counted(hosts)
            );
            let message = message.trim_end_matches([' ', ';']).to_owned();
            findings.push(if near.is_empty() {
                Finding::note("new_role", message, vec![at])
            } else {
                Finding::warning("unknown_role", message, vec![at])
            });
        }
        findings
    }
}

/// Addresses and serial numbers that several candidates have.
fn twice(candidates: &[Candidate]) -> Vec<Finding> {
    type Key<'c> = (&'static str, String, Option<&'c str>);
    let mut seen: BTreeMap<Key<'_>, Vec<&Candidate>> = BTreeMap::new();
    for candidate in candidates {
        let cell = |column| candidate.cells.get(column).map(String::as_str);
        if let Some(address) = cell("address") {
            // Behind one address, ports tell devices apart.
            seen.entry(("address", address.to_lowercase(), cell("port"))).or_default().push(candidate);
        }
        if let Some(serial) = cell("serial_number") {
            seen.entry(("serial_number", serial.to_uppercase(), None)).or_default().push(candidate);
        }
    }
    seen.into_iter()
        .filter(|(_, of)| of.len() > 1)
        .map(|((column, value, _), of)| {
            let names = spelling::listed(of.iter().map(|candidate| candidate.name.as_str()));
            let places = of.iter().take(10).map(|candidate| candidate.at.clone()).collect();
            if column == "address" {
                Finding::warning(
                    "same_address",
                    format!("address {value} is that of several devices: {names}"),
                    places,
                )
            } else {
                let message = format!("serial number {value} stands under several names: {names}");
                Finding::warning("same_serial_number", message, places)
            }
        })
        .collect()
}

/// NetBox says whether a device is in service. One that is offline or failed should be there.
fn out_of_service(host: &Found) -> Option<String> {
    let status = host.get(Field::Status)?;
    let plain = status.to_lowercase();
    ["decommissioning", "decommissioned", "inventory", "planned", "retired"]
        .contains(&plain.as_str())
        .then(|| format!("its status is \"{plain}\""))
}

fn other_maker(host: &Found) -> Option<String> {
    let maker = host.get(Field::Manufacturer)?;
    (!maker.to_lowercase().contains("cisco"))
        .then(|| format!("its manufacturer is \"{}\", not Cisco", printable(maker)))
}

/// `192.0.2.1/24` without the length; a list of several gives its first.
fn without_mask(address: &str) -> &str {
    let first = address.split([',', ' ']).next().unwrap_or(address);
    match first.split_once('/') {
        Some((address, length)) if length.bytes().all(|byte| byte.is_ascii_digit()) => address,
        _ => first,
    }
}

/// A word of the export that is shown to people.
fn printable(word: &str) -> String {
    word.chars().take(80).filter(|c| !c.is_control()).collect()
}

fn counted(hosts: usize) -> String {
    if hosts == 1 { "1 host".to_owned() } else { format!("{hosts} hosts") }
}
