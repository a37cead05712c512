//! The devices of the configuration and its inventory files.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::tz::TimeZone;

use super::calendar::Calendar;
use super::check::{no_credential, no_group};
use super::layers::Layered;
use super::problem::Problems;
use super::{Config, LARGEST_INVENTORY, Label, Problem, bytes_of};
use crate::credentials::Credential;
use crate::inventory::{Address, Device, InventoryErrors, Origin, Row, Rows};

/// Devices are not polled more often.
const SHORTEST_INTERVAL: Duration = Duration::from_secs(1);

impl Config {
    /// Every device with its settings in force, in the order of the inventory files, then by name. All mistakes
    /// of all files are told at once.
    pub fn devices(&self) -> Result<Vec<Device>, InventoryErrors> {
        let mut problems = Problems::default();
        let mut files = Vec::new();
        for path in self.inventory_files() {
            let name = path.display().to_string();
            match bytes_of(&path, &name, LARGEST_INVENTORY) {
                Ok(bytes) => {
                    let (rows, wrong) = Rows::read(&name, bytes);
                    problems.append(wrong);
                    files.push(rows);
                }
                Err(problem) => problems.push(problem),
            }
        }

        let mut devices = Vec::new();
        // By name without capitals, where a device was first seen.
        let mut seen: BTreeMap<String, (&str, String)> = BTreeMap::new();
        for (rows, row) in files.iter().flat_map(|rows| rows.rows.iter().map(move |row| (rows, row))) {
            let here = format!("{}:{}", rows.file(), row.line);
            match seen.entry(row.name.to_lowercase()) {
                Entry::Vacant(free) => {
                    free.insert((&row.name, here));
                }
                Entry::Occupied(taken) => {
                    let (name, first) = taken.get();
                    let message =
                        format!("device \"{}\" is there twice: here and as \"{name}\" at {first}", row.name);
                    problems.push(rows.problem(row, "name", message, "give each device a name of its own"));
                }
            }
            self.check_row(rows, row, &mut problems);
            if let Some(device) = self.of_row(rows, row, &mut problems) {
                devices.push(device);
            }
        }
        for name in self.file.device.keys() {
            match seen.get(&name.to_lowercase()) {
                None => devices.extend(self.of_table(name, &mut problems)),
                Some((other, first)) if other != name => {
                    let message = format!("device \"{name}\" is called \"{other}\" at {first}");
                    let remedy = "write the name the same way in both places";
                    problems.push(self.source.at_key(&["device", name], message, remedy));
                }
                // Its row has taken the table in.
                Some(_) => {}
            }
        }
        self.check_times(&devices, &mut problems);
        problems.into_result(devices)
    }

    /// Windows come from several layers: only a device shows whether they leave time for a poll. What is wrong for many
    /// is told once.
    fn check_times(&self, devices: &[Device], problems: &mut Problems) {
        let mut judged: Vec<(&Device, usize, bool)> = Vec::new();
        for device in devices {
            let same = |(other, ..): &&mut (&Device, usize, bool)| {
                (&other.poll_windows, &other.maintenance) == (&device.poll_windows, &device.maintenance)
            };
            match judged.iter_mut().find(same) {
                Some((_, more, _)) => *more += 1,
                None => {
                    let (windows, maintenance) = (device.poll_windows.clone(), device.maintenance.clone());
                    let leaves_time = Calendar::new(windows, maintenance, TimeZone::UTC).leaves_time();
                    judged.push((device, 0, leaves_time));
                }
            }
        }
        let file = self.path.as_ref().map_or_else(String::new, |path| path.display().to_string());
        for (device, more, _) in judged.iter().filter(|(.., leaves_time)| !leaves_time) {
            let others = if *more > 0 { format!(" and {more} more") } else { String::new() };
            let message =
                format!("`poll_windows` and `maintenance` leave no time to poll {}{others}", device.name);
            problems.push(Problem::of_file(
                &file,
                message,
                "leave some minutes of the week in which polls may begin",
            ));
        }
        let hasty = devices.iter().filter(|device| device.interval < SHORTEST_INTERVAL).count();
        if let Some(device) = devices.iter().find(|device| device.interval < SHORTEST_INTERVAL) {
            let others = if hasty > 1 { format!(" and {} more", hasty - 1) } else { String::new() };
            let message = format!("`interval` of {}{others} is shorter than a second", device.name);
            problems.push(Problem::of_file(&file, message, "poll once a day, or as often as you need"));
        }
    }

    /// The credentials that open these devices and their jump hosts, each once, by name.
    pub fn credentials_of(&self, devices: &[Device]) -> Vec<&Credential> {
        let names: BTreeSet<&str> = devices
            .iter()
            .flat_map(|device| [Some(&device.credential), device.jump.as_ref().map(|jump| &jump.credential)])
            .filter_map(|credential| credential?.as_deref())
            .collect();
        names.into_iter().filter_map(|name| self.credential(name)).collect()
    }

    /// A device that no inventory knows, with the settings that hold for all.
    pub fn ad_hoc(&self, name: &str, address: Address) -> Option<Device> {
        let mut layered = Layered::new(&self.file, None, None);
        layered.identity.address = Some(address);
        layered.device(name, &self.folder)
    }

    fn check_row(&self, rows: &Rows, row: &Row, problems: &mut Problems) {
        for group in row.identity.group.iter().flat_map(|groups| groups.names()) {
            if !self.file.group.contains_key(group) {
                let (message, remedy) = no_group(&self.file, group);
                problems.push(rows.problem(row, "group", message, remedy));
            }
        }
        if let Some(name) = row.settings.credential.as_ref().map(Label::as_str)
            && !self.file.credentials.contains_key(name)
        {
            let (message, remedy) = no_credential(&self.file, name);
            problems.push(rows.problem(row, "credential", message, remedy));
        }
    }

    fn of_row(&self, rows: &Rows, row: &Row, problems: &mut Problems) -> Option<Device> {
        let table = self.file.device.get_key_value(&row.name).map(|(name, table)| (name.as_str(), table));
        let origin = Origin::Row { file: rows.file().to_owned(), line: row.line };
        let layered = Layered::new(&self.file, table, Some((&origin, &row.identity, &row.settings)));
        if layered.identity.address.is_none() && !row.states("address") {
            let message = format!("device \"{}\" has no address", row.name);
            problems.push(rows.problem(row, "address", message, "give it an IP address or a host name"));
        }
        if layered.settings.credential.is_none() && !row.states("credential") {
            let (message, remedy) = no_way_in(&row.name);
            problems.push(rows.problem(row, "name", message, remedy));
        }
        layered.device(&row.name, &self.folder)
    }

    fn of_table(&self, name: &str, problems: &mut Problems) -> Option<Device> {
        let table = self.file.device.get(name)?;
        let layered = Layered::new(&self.file, Some((name, table)), None);
        let path = ["device", name];
        if layered.identity.address.is_none() {
            let message = format!("device \"{name}\" has no address, and no inventory file knows it");
            let remedy = "add address = \"…\", an IP address or a host name";
            problems.push(self.source.at_key(&path, message, remedy));
        }
        if layered.settings.credential.is_none() {
            let (message, remedy) = no_way_in(name);
            problems.push(self.source.at_key(&path, message, remedy));
        }
        layered.device(name, &self.folder)
    }
}

fn no_way_in(name: &str) -> (String, &'static str) {
    let remedy = "name one by credential, here, in its group or in [poll]";
    (format!("device \"{name}\" has no credential"), remedy)
}
