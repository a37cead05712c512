//! What can be looked at without touching a device.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;

use super::super::poll::agent_name;
use super::store::{self, Looked};
use super::{Finding, few, sinks};
use crate::clock::trust::{self, Sight, Trust};
use crate::clock::{self, Clock};
use crate::config::{Config, HostKeys, Transport};
use crate::credentials::{Process, check};
use crate::daemon::disk::{FileSystem, Probe};
use crate::deliver::file_drop::FileDrop;
use crate::inventory::Device;
use crate::store::releases::OwnClock;
use crate::transport::ssh::known_hosts::{self, HostName, KnownHosts};

pub(super) fn look(config: &Config, devices: &[Device]) -> Vec<Finding> {
    let Looked { findings: stored, clock: known } = store::look(config);
    let clock = clock(clock::SystemClock::new().now(), known, config.clock().jump.duration());
    let mut findings = vec![inventory(config, devices), clock];
    findings.extend(credentials(config));
    findings.extend(stored);
    findings.extend(drop_folders(config));
    findings.extend(sinks::look(config));
    findings.extend(host_keys(devices));
    findings.extend(listening(config));
    findings
}

fn inventory(config: &Config, devices: &[Device]) -> Finding {
    let file = config.path().map_or_else(String::new, |path| path.display().to_string());
    match devices.len() {
        0 => Finding::bad("inventory", file, "it holds no device", "add devices to devices.csv"),
        count => Finding::good("inventory", file, format!("{count} devices")),
    }
}

/// The clock as the daemon would judge it when it starts.
fn clock(now: Timestamp, known: OwnClock, jump: Duration) -> Finding {
    let mut trust = Trust::new(trust::built(), jump, known.last_good);
    trust.look(Sight { now, since_boot: Duration::ZERO, released: known.released_at });
    match trust.doubt() {
        Some(doubt) => Finding::bad("clock", "this host", doubt.to_string(), doubt.remedy()),
        None => Finding::good("clock", "this host", now.strftime("%Y-%m-%d %H:%M:%SZ").to_string()),
    }
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

/// Addresses that the daemon would not listen at.
fn listening(config: &Config) -> Vec<Finding> {
    let on_change = config.on_change();
    let addresses = [("udp", on_change.udp), ("tcp", on_change.tcp)];
    let every = addresses.into_iter().filter_map(|(protocol, address)| {
        let address = address.filter(|address| address.ip().to_canonical().is_unspecified())?;
        let text = "every address of this host would be listened at";
        Some(Finding::bad(
            "syslog",
            address.to_string(),
            text,
            format!("name one address in [on_change] {protocol}"),
        ))
    });
    every.collect()
}

/// Every folder that drops go to.
fn drop_folders(config: &Config) -> Vec<Finding> {
    let reserve = config.store().reserve.bytes();
    let look = |(key, folder): (String, PathBuf)| {
        let name = folder.display().to_string();
        if let Err(problem) = FileDrop::open(&folder, &agent_name(config)) {
            return Finding::bad("drop folder", name, problem.to_string(), format!("see {key} directory"));
        }
        match FileSystem.free(&folder) {
            Ok(free) if free < reserve => {
                let text = format!("only {} MiB are free; what does not fit waits in the outbox", free >> 20);
                Finding::doubtful("drop folder", name, text, "make room")
            }
            Ok(free) => {
                Finding::good("drop folder", name, format!("can be written to, {} MiB free", free >> 20))
            }
            Err(_) => Finding::good("drop folder", name, "can be written to"),
        }
    };
    store::drop_folders(config).into_iter().map(look).collect()
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

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;

    #[test]
    fn the_clock_is_compared_with_the_source_and_the_store() {
        let at = |text: Option<&str>| text.map(|text| text.parse().unwrap());
        let judged = |now: &str, last_good: Option<&str>, released: Option<&str>| {
            let known = OwnClock { last_good: at(last_good), released_at: at(released) };
            clock(now.parse().unwrap(), known, Duration::from_secs(300))
        };
        assert_eq!(judged("2020-01-01T00:00:00Z", None, None).state, State::Bad);
        assert_eq!(judged("2027-01-01T00:00:00Z", Some("2027-01-01T00:04:00Z"), None).state, State::Good);
        let behind = judged("2027-01-01T00:00:00Z", Some("2027-01-02T00:00:00Z"), None);
        assert!(behind.state == State::Bad && behind.text.contains("it was 2027-01-02"), "{}", behind.text);
        let released = Some("2027-01-01T00:00:00Z");
        assert_eq!(
            judged("2027-01-01T00:01:00Z", Some("2027-01-02T00:00:00Z"), released).state,
            State::Good,
            "the daemon would start"
        );
    }
}
