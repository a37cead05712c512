//! What one value alone cannot tell: names that refer to nothing, groups in a circle, limits that do not fit.

use std::collections::BTreeMap;
use std::path::Path;

use super::file::{File, Settings};
use super::problem::Problems;
use super::source::Source;
use super::value::{Label, device_name};
use super::{layers, spelling};
use crate::credentials::Credential;

/// Checks a file as a whole; yields its credentials.
pub(super) fn check(
    file: &File,
    source: &Source,
    folder: &Path,
    problems: &mut Problems,
) -> BTreeMap<String, Credential> {
    let mut checker = Checker { file, source, problems };
    checker.poll();
    checker.groups();
    checker.devices();
    checker.credentials(folder)
}

struct Checker<'c> {
    file: &'c File,
    source: &'c Source,
    problems: &'c mut Problems,
}

impl Checker<'_> {
    fn poll(&mut self) {
        let poll = &self.file.poll;
        for (key, count) in [("sessions", poll.sessions), ("handshakes", poll.handshakes)] {
            if !(1..=10_000).contains(&count) {
                self.at_value(
                    &["poll", key],
                    "must be from 1 to 10000",
                    "choose how many at a time; 64 is usual",
                );
            }
        }
        if !(0.01..=10_000.0).contains(&poll.logins_per_second) {
            let remedy = "choose what the login server bears; 10 is usual";
            self.at_value(&["poll", "logins_per_second"], "must be from 0.01 to 10000", remedy);
        }
        let limits = &poll.limits;
        if limits.command > limits.absolute {
            let key = if self.source.states(&["poll", "limits", "command"]) { "command" } else { "absolute" };
            let says = format!(
                "does not fit: command is \"{}\", longer than absolute, \"{}\"",
                limits.command, limits.absolute
            );
            self.at_value(&["poll", "limits", key], &says, "let absolute, the whole time, be the longer one");
        }
        self.credential(&["poll", "credential"], poll.credential.as_ref());
    }

    fn groups(&mut self) {
        for (name, group) in &self.file.group {
            let path = ["group", name.as_str()];
            self.name(&path, name.parse::<Label>().map(drop));
            self.settings(&path, &group.settings);
            let Some(parent) = group.inherits.as_ref().map(Label::as_str) else { continue };
            let path = ["group", name.as_str(), "inherits"];
            if !self.file.group.contains_key(parent) {
                self.no_group(&path, parent);
            } else if let Some(circle) = layers::circle(self.file, name)
                // Each circle is told once, at the first of its groups.
                && circle.iter().min() == Some(&name.as_str())
            {
                let chain = circle.iter().chain([&name.as_str()]).copied().collect::<Vec<_>>().join(" → ");
                let message = format!("groups inherit from each other in a circle: {chain}");
                self.problems.push(self.source.at_value(&path, message, "remove inherits from one of them"));
            }
        }
    }

    fn devices(&mut self) {
        let mut seen: BTreeMap<String, &str> = BTreeMap::new();
        for (name, device) in &self.file.device {
            let path = ["device", name.as_str()];
            self.name(&path, device_name(name));
            if let Some(other) = seen.insert(name.to_lowercase(), name) {
                let message = format!("devices \"{other}\" and \"{name}\" differ in capitals alone");
                self.problems.push(self.source.at_key(&path, message, "give each device a name of its own"));
            }
            for group in device.identity.group.iter().flat_map(|groups| groups.names()) {
                if !self.file.group.contains_key(group) {
                    self.no_group(&["device", name, "group"], group);
                }
            }
            self.settings(&path, &device.settings);
        }
    }

    fn settings(&mut self, path: &[&str; 2], settings: &Settings) {
        let [section, name] = *path;
        self.credential(&[section, name, "credential"], settings.credential.as_ref());
        self.credential(&[section, name, "jump_credential"], settings.jump_credential.as_ref());
        for license in settings.expected_licenses.iter().flat_map(BTreeMap::keys) {
            self.name(&[section, name, "expected_licenses"], license.parse::<Label>().map(drop));
        }
    }

    fn credentials(&mut self, folder: &Path) -> BTreeMap<String, Credential> {
        let mut credentials = BTreeMap::new();
        for (name, table) in &self.file.credentials {
            self.name(&["credentials", name], name.parse::<Label>().map(drop));
            match table.credential(name, folder) {
                Ok(credential) => {
                    credentials.insert(name.clone(), credential);
                }
                Err(mistakes) => {
                    for mistake in mistakes {
                        let path: Vec<_> = ["credentials", name].into_iter().chain(mistake.key).collect();
                        self.problems.push(self.source.at_key(&path, mistake.message, mistake.remedy));
                    }
                }
            }
        }
        credentials
    }

    fn credential(&mut self, path: &[&str], name: Option<&Label>) {
        if let Some(name) = name.map(Label::as_str)
            && !self.file.credentials.contains_key(name)
        {
            let (message, remedy) = no_credential(self.file, name);
            self.problems.push(self.source.at_value(path, message, remedy));
        }
    }

    fn no_group(&mut self, path: &[&str], name: &str) {
        let (message, remedy) = no_group(self.file, name);
        self.problems.push(self.source.at_value(path, message, remedy));
    }

    fn name(&mut self, path: &[&str], read: Result<(), super::NotAValue>) {
        if let Err(error) = read {
            let message = format!("a name here {error}");
            self.problems.push(self.source.at_key(path, message, "choose another name"));
        }
    }

    fn at_value(&mut self, path: &[&str], predicate: &str, remedy: &str) {
        let message = format!("`{}` {predicate}", path.join("."));
        self.problems.push(self.source.at_value(path, message, remedy));
    }
}

/// Message and remedy for a group that is not there.
pub(super) fn no_group(file: &File, name: &str) -> (String, String) {
    let there = file.group.keys().map(String::as_str);
    (format!("there is no group \"{name}\""), remedy("group", name, there))
}

/// Message and remedy for a credential that is not there.
pub(super) fn no_credential(file: &File, name: &str) -> (String, String) {
    let there = file.credentials.keys().map(String::as_str);
    (format!("there is no credential \"{name}\""), remedy("credentials", name, there))
}

fn remedy<'f>(section: &str, name: &str, there: impl Iterator<Item = &'f str> + Clone) -> String {
    let near = spelling::did_you_mean(name, there.clone());
    let listed = spelling::listed(there);
    let listed = if listed.is_empty() { String::new() } else { format!("There are {listed}. ") };
    format!("{near}{listed}Add [{section}.{name}] to licwatch.toml if it is missing")
}
