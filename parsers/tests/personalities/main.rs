//! The simulated devices, each of which says one thing in all of its captures, whatever it is asked and however.
//!
//! What each of them is was read in its captures by eye. Each device is asked as a poll asks it, and once for
//! everything there is: the merged record must state the facts, and nothing in it may contradict.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "clippy.toml allows these in tests, but does not see that helpers of a test file are part of them"
)]

mod facts;
mod other_platforms;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use jiff::civil::DateTime;
use jiff::{Timestamp, ToSpan};
use licwatch_parsers::Command::{self, *};
use licwatch_parsers::record::{DeviceRecord, InventoryItem, merge};
use licwatch_parsers::text::Cleaned;
use licwatch_parsers::{Hints, parse};
use serde_json::Value;

use facts::{CLI, Licence, NETCONF, OF_IOS, Personality};
use other_platforms::{OF_OTHER_PLATFORMS, PRODUCT_NAMES};

/// Every simulated device.
fn personalities() -> impl Iterator<Item = &'static Personality> {
    OF_IOS.iter().chain(OF_OTHER_PLATFORMS)
}

#[test]
fn every_way_to_ask_states_the_same_facts() {
    for device in personalities() {
        let captures = Captures::of(device);
        let all = captures.commands();
        assert!(all.len() >= 4, "{}: {all:?}", device.id);
        device.check(&captures, &all, device.licences);
        for (asked, licences) in device.asked {
            device.check(&captures, asked, licences);
        }
        // One capture after the other, none says anything that the device is not.
        for command in all {
            let record = captures.ask(&[command]);
            let product = PRODUCT_NAMES.iter().find(|(id, _)| *id == device.id && command == ShowVersion);
            let stated = [
                (&record.device.model, Some(product.map_or(device.model, |(_, name)| *name))),
                (&record.device.serial_number, Some(device.serial_number)),
                (&record.device.software_version, Some(device.software_version)),
                (&record.licensing.agent_version, device.agent_version),
            ];
            for (found, wanted) in stated {
                assert!(found.is_none() || found.as_deref() == wanted, "{} {command}: {found:?}", device.id);
            }
        }
    }
}

impl Personality {
    /// Merges what the device answers and compares it with what the device is.
    fn check(&self, captures: &Captures, asked: &[Command], licences: &[Licence]) {
        let place = format!("{} asked {asked:?}", self.id);
        let record = captures.ask(asked);
        for diagnostic in &record.diagnostics {
            // NETCONF alone says what it cannot tell; nothing else may be remarked on.
            let expected = diagnostic.code == "not_over_netconf" && asked == NETCONF;
            assert!(expected, "{place}: {diagnostic:?}");
        }
        let names_itself = |command: &Command| match command {
            ShowVersion | ShowSysinfo => true,
            NetconfGet => self.id == "xr8000",
            _ => false,
        };
        let hostname = asked.iter().any(names_itself).then_some(self.hostname);
        assert_eq!(record.device.hostname.as_deref(), hostname, "{place}");
        assert_eq!(record.device.platform.unwrap().to_string(), self.platform, "{place}");
        assert_eq!(record.device.model.as_deref(), Some(self.model), "{place}");
        assert_eq!(record.device.serial_number.as_deref(), Some(self.serial_number), "{place}");
        assert_eq!(record.device.software_version.as_deref(), Some(self.software_version), "{place}");
        assert_eq!(record.licensing.agent_version.as_deref(), self.agent_version, "{place}");
        assert_eq!(record.licensing.model.unwrap().to_string(), self.licensing, "{place}");
        assert!(!record.device.inventory.is_empty(), "{place}");
        // What AireOS has in place of `show clock` is not asked.
        assert_eq!(record.device.clock.is_some(), self.platform != "aireos", "{place}");

        let tags = asked.contains(&NetconfGet) || asked.contains(&ShowLicenseTechSupport);
        let mut wanted: Vec<Licence> = licences.to_vec();
        if !tags {
            wanted.iter_mut().for_each(|(.., tag)| *tag = None);
        }
        let mut found: Vec<_> = record
            .licenses
            .iter()
            .flatten()
            .map(|license| {
                assert!(!license.truncated, "{place}: {license:?}");
                assert_ne!(license.name.as_deref(), Some(""), "{place}: {license:?}");
                let name = license.name.as_deref().unwrap_or_default();
                (name, license.entitlement.as_deref(), license.count, license.entitlement_tag.as_deref())
            })
            .collect();
        wanted.sort_unstable();
        found.sort_unstable();
        assert_eq!(found, wanted, "{place}");
    }
}

#[test]
fn a_stack_names_its_members_and_their_codes() {
    let captures = Captures::of(&OF_IOS[0]);
    let record = captures.ask(CLI);
    let members = [("active", "FOC2411X0A1"), ("standby", "FOC2411X0B2"), ("member", "FOC2411X0C3")];
    let udis = record.device.udis.iter().map(|udi| (udi.role.as_deref(), udi.serial_number.as_deref()));
    let codes = record.licensing.trust_codes.iter();
    let codes = codes.map(|code| (code.role.as_deref(), code.serial_number.as_deref()));
    let wanted = members.map(|(role, serial_number)| (Some(role), Some(serial_number)));
    assert!(udis.eq(wanted) && codes.eq(wanted), "{record:?}");
    for (_, serial_number) in members {
        let is_switch = |item: &&InventoryItem<'_>| {
            item.serial_number.as_deref() == Some(serial_number)
                && item.name.as_deref().is_some_and(|name| name.starts_with("Switch "))
        };
        assert_eq!(record.device.inventory.iter().filter(is_switch).count(), 1, "{serial_number}");
    }
}

/// Merging takes no offence at times and parts that differ; these captures are of one moment, so they must not.
#[test]
fn times_and_parts_are_the_same_in_every_capture() {
    let mut compared = 0;
    for device in personalities() {
        let captures = Captures::of(device);
        let mut times: BTreeMap<String, Timestamp> = BTreeMap::new();
        let mut parts: BTreeMap<String, InventoryItem<'_>> = BTreeMap::new();
        let records: Vec<_> =
            captures.commands().into_iter().map(|command| (command, captures.ask(&[command]))).collect();
        for (command, record) in &records {
            let place = format!("{} {command}", device.id);
            for (path, time) in times_of(record) {
                if let Some(known) = times.insert(path.clone(), time) {
                    assert_eq!(time, known, "{place}: {path}");
                    compared += 1;
                }
            }
            for item in &record.device.inventory {
                let Some(serial_number) = &item.serial_number else { continue };
                let known = parts.entry(serial_number.to_string()).or_insert_with(|| item.clone());
                assert_eq!((&item.pid, &item.vid), (&known.pid, &known.vid), "{place}: {serial_number}");
            }
        }
    }
    assert!(compared > 40, "{compared}");
}

#[test]
fn clocks_agree_and_what_is_due_is_still_to_come() {
    let mut clocks = Vec::new();
    for device in personalities() {
        let captures = Captures::of(device);
        let times = times_of(&captures.ask(&captures.commands()));
        // AireOS has `show time` in place of `show clock`, which is not asked.
        if device.platform == "aireos" {
            assert!(times.is_empty(), "{}: {times:?}", device.id);
            continue;
        }
        // IOS XR prints a clock without a year above every answer.
        let clock = captures.ask(&[ShowClock]).device.clock;
        let now = instant(&clock.unwrap().time.text);
        clocks.push(now);
        for (path, time) in times {
            let due = ["next", "deadline", "expires"].iter().any(|word| path.contains(word));
            assert_eq!(time > now, due, "{}: {path} is {time}, the clock {now}", device.id);
        }
    }
    let (first, last) = (clocks.iter().min().unwrap(), clocks.iter().max().unwrap());
    assert!(last.duration_since(*first) < jiff::SignedDuration::from_mins(30), "{clocks:?}");
}

/// All times of the licensing part, by the names of the fields that lead to them.
fn times_of(record: &DeviceRecord<'_>) -> Vec<(String, Timestamp)> {
    fn walk(value: &Value, path: &str, times: &mut Vec<(String, Timestamp)>) {
        match value {
            Value::Object(fields) => match fields.get("text") {
                Some(text) => times.push((path.to_owned(), instant(text.as_str().unwrap()))),
                None => fields.iter().for_each(|(name, value)| walk(value, &format!("{path}.{name}"), times)),
            },
            Value::Array(values) => {
                // Codes are told apart by their holder; one without is that of the device.
                for (index, value) in values.iter().enumerate() {
                    walk(value, &format!("{path}[{index}]"), times);
                }
            }
            _ => {}
        }
    }
    let mut times = Vec::new();
    walk(&serde_json::to_value(&record.licensing).unwrap(), "licensing", &mut times);
    times
}

/// The instant of a time as any of these devices prints it; their zones are known here, though not to a parser.
fn instant(text: &str) -> Timestamp {
    if let Ok(time) = text.parse() {
        return time;
    }
    let zone = ["UTC", "CET", "MET"].into_iter().find(|zone| text.contains(zone));
    let zone = zone.unwrap_or_else(|| panic!("{text}"));
    let plain = text.replace(zone, "").split_whitespace().collect::<Vec<_>>().join(" ");
    let forms = ["%b %d %H:%M:%S %Y", "%b %d %Y %H:%M:%S", "%a %b %d %Y %H:%M:%S", "%H:%M:%S%.f %a %b %d %Y"];
    let read = forms.iter().find_map(|form| DateTime::strptime(form, &plain).ok());
    let utc = read.unwrap_or_else(|| panic!("{text}")).in_tz("UTC").unwrap().timestamp();
    if zone == "UTC" { utc } else { utc - 1.hour() }
}

/// What a device prints for each command, and its NETCONF reply.
struct Captures(BTreeMap<Command, Cleaned<'static>>);

impl Captures {
    fn of(device: &Personality) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("testdata");
        let commands = root.join("captures").join(device.platform);
        let mut files: Vec<(Command, PathBuf)> = fs::read_dir(commands)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .map(|folder| {
                let name = folder.file_name().unwrap().to_str().unwrap().replace('_', " ");
                let command = Command::typed(&name).unwrap_or_else(|| panic!("{name} is no command"));
                (command, folder.join(device.id).with_extension("txt"))
            })
            .collect();
        files.push((NetconfGet, root.join("netconf").join(device.id).with_extension("xml")));
        files.retain(|(_, file)| file.is_file());
        let read = |file: &Path| Cleaned::new(fs::read(file).unwrap().leak());
        Self(files.into_iter().map(|(command, file)| (command, read(&file))).collect())
    }

    fn commands(&self) -> Vec<Command> {
        self.0.keys().copied().collect()
    }

    /// The record of what the device answers.
    fn ask(&self, commands: &[Command]) -> DeviceRecord<'_> {
        let records: Vec<_> = commands
            .iter()
            .map(|command| {
                let hints = Hints { command: Some(*command), platform: None };
                parse(self.0.get(command).unwrap_or_else(|| panic!("no capture of {command}")), hints)
            })
            .collect();
        merge(&records)
    }
}
