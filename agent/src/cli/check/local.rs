//! What can be looked at without touching a device.

use std::collections::BTreeSet;
use std::path::Path;

use jiff::Timestamp;

use super::super::poll::agent_name;
use super::Finding;
use crate::config::{Config, HostKeys, Transport};
use crate::credentials::{Process, check};
use crate::deliver::file_drop::FileDrop;
use crate::inventory::{Address, Device};
use crate::transport::ssh::known_hosts::{self, HostName, KnownHosts};

/// A clock that says less is wrong: this source is younger.
const YOUNGER_THAN: &str = "2026-11-01T00:00:00Z";
/// With less room than this a drop of a large inventory may not fit.
const ROOM: u64 = 256 << 20;

pub(super) fn look(config: &Config, devices: &[Device]) -> Vec<Finding> {
    let mut findings = vec![inventory(config, devices), clock(Timestamp::now())];
    findings.extend(names(devices));
    findings.extend(credentials(config));
    findings.extend(drop_folder(config));
    findings.extend(host_keys(devices));
    findings
}

fn inventory(config: &Config, devices: &[Device]) -> Finding {
    let file = config.path().map_or_else(String::new, |path| path.display().to_string());
    match devices.len() {
        0 => Finding::bad("inventory", file, "it holds no device", "add devices to devices.csv"),
        count => Finding::good("inventory", file, format!("{count} devices")),
    }
}

fn clock(now: Timestamp) -> Finding {
    let text = now.strftime("%Y-%m-%d %H:%M:%SZ").to_string();
    if YOUNGER_THAN.parse().is_ok_and(|oldest: Timestamp| now < oldest) {
        let remedy = "set this host's clock: records and drops carry its time";
        return Finding::bad(
            "clock",
            "this host",
            format!("it says {text}, before this program was made"),
            remedy,
        );
    }
    Finding::good("clock", "this host", text)
}

/// Names need a name server; addresses do not.
fn names(devices: &[Device]) -> Option<Finding> {
    let named: Vec<_> = devices
        .iter()
        .filter(|device| matches!(device.address, Address::Name(_)))
        .map(|it| it.name.as_str())
        .collect();
    (!named.is_empty()).then(|| {
        let text = format!("{} of {} devices are given by name: {}", named.len(), devices.len(), few(&named));
        Finding::doubtful(
            "name server",
            "internal DNS",
            text,
            "give addresses where a poll must not depend on DNS",
        )
    })
}

fn credentials(config: &Config) -> Vec<Finding> {
    config
        .credentials()
        .flat_map(|credential| {
            let problems = check(credential, &Process);
            if problems.is_empty() {
                return vec![Finding::good("credential", &credential.name, "can be read")];
            }
            let bad = |problem: &crate::credentials::CredentialError| {
                Finding::bad("credential", &credential.name, problem.to_string(), problem.remedy())
            };
            problems.iter().map(bad).collect()
        })
        .collect()
}

fn drop_folder(config: &Config) -> Option<Finding> {
    let folder = config.drop_directory()?;
    let name = folder.display().to_string();
    Some(match FileDrop::open(&folder, &agent_name(config)) {
        Err(problem) => Finding::bad("drop folder", name, problem.to_string(), "see [drop] directory"),
        Ok(_) => match room(&folder) {
            Some(bytes) if bytes < ROOM => {
                let text = format!("only {} MiB are free", bytes >> 20);
                Finding::doubtful("drop folder", name, text, "make room before the next poll")
            }
            Some(bytes) => {
                Finding::good("drop folder", name, format!("can be written to, {} MiB free", bytes >> 20))
            }
            None => Finding::good("drop folder", name, "can be written to"),
        },
    })
}

/// Bytes that an ordinary user may still write there.
fn room(folder: &Path) -> Option<u64> {
    let space = rustix::fs::statvfs(folder).ok()?;
    space.f_bavail.checked_mul(space.f_frsize)
}

/// Devices whose key nobody has trusted yet.
fn host_keys(devices: &[Device]) -> Vec<Finding> {
    let files: BTreeSet<_> = devices.iter().map(|device| &device.known_hosts).collect();
    files
        .into_iter()
        .map(|path| {
            let name = path.display().to_string();
            let known = match known_hosts::load(path) {
                Ok(known) => known,
                Err(problem) => {
                    return Finding::bad("host keys", name, problem.to_string(), "see [ssh] known_hosts");
                }
            };
            let mine = || devices.iter().filter(|device| device.known_hosts == *path);
            let unknown: Vec<_> = mine()
                .filter(|device| device.host_keys == HostKeys::Strict && !is_known(&known, device))
                .map(|device| device.name.as_str())
                .collect();
            if unknown.is_empty() {
                return Finding::good("host keys", name, format!("{} devices are known", mine().count()));
            }
            let text = format!("no key on record for {} devices: {}", unknown.len(), few(&unknown));
            Finding::bad("host keys", name, text, "licwatch keys trust ADDRESS, for each of them")
        })
        .collect()
}

fn is_known(known: &KnownHosts, device: &Device) -> bool {
    let port = match device.transport {
        Transport::Netconf => device.netconf_port,
        Transport::Auto | Transport::Ssh => device.port,
    };
    !known.key_types(&HostName::new(&device.address.to_string(), port.get())).is_empty()
}

/// The first few names of many.
fn few(names: &[&str]) -> String {
    const SHOWN: usize = 5;
    let shown = names.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN { format!("{shown} …") } else { shown }
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;

    #[test]
    fn a_clock_before_this_source_is_wrong() {
        assert_eq!(clock("2020-01-01T00:00:00Z".parse().unwrap()).state, State::Bad);
        assert_eq!(clock("2027-01-01T00:00:00Z".parse().unwrap()).state, State::Good);
    }

    #[test]
    fn long_lists_are_cut() {
        assert_eq!(few(&["a", "b"]), "a, b");
        assert_eq!(few(&["a", "b", "c", "d", "e", "f"]), "a, b, c, d, e …");
    }
}
