//! The configuration in force, for people and programs. There is no secret to leave out.

use serde::Serialize;
use serde_json::{Value, json};

use super::file::File;
use super::{Config, Windows, layers};
use crate::inventory::Device;

/// One setting of a device and where it comes from.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ShownSetting {
    /// Its key.
    pub key: &'static str,
    /// Its value.
    pub value: Value,
    /// Where it comes from.
    pub from: String,
}

impl ShownSetting {
    /// The value as a person reads it.
    pub fn text(&self) -> String {
        match &self.value {
            Value::String(text) => text.clone(),
            Value::Array(items) => {
                items.iter().map(|item| item.as_str().unwrap_or_default()).collect::<Vec<_>>().join(", ")
            }
            Value::Object(counts) => {
                counts.iter().map(|(name, count)| format!("{name}={count}")).collect::<Vec<_>>().join("; ")
            }
            other => other.to_string(),
        }
    }
}

/// The configuration with every default filled in, as the TOML that would say the same.
pub fn show(config: &Config) -> toml::Table {
    // Every type of the file has a form in TOML; a test shows each of them.
    toml::Table::try_from(in_force(config)).unwrap_or_default()
}

/// The settings of a device in force; what nobody stated is left out.
pub fn show_device(device: &Device) -> Vec<ShownSetting> {
    let Device {
        name: _,
        address,
        port,
        netconf_port,
        platform,
        transport,
        groups,
        site,
        role,
        environment,
        owner,
        credential,
        jump,
        smart_account,
        virtual_account,
        expected_licenses,
        serial_number,
        legacy_algorithms,
        pipeline,
        deadline,
        source_address,
        known_hosts,
        host_keys,
        interval,
        poll_windows,
        maintenance,
        notes,
        origins,
    } = device;
    let jump_credential = jump.as_ref().and_then(|jump| jump.credential.as_ref());
    let jump = jump.as_ref().map(|jump| {
        let user = jump.user.clone();
        crate::inventory::Jump { user, address: jump.address.clone(), port: jump.port }.to_string()
    });
    let deadline = jiff::SignedDuration::try_from(*deadline).ok().map(|time| format!("{time:#}"));
    let interval = jiff::SignedDuration::try_from(*interval).ok().map(|time| format!("{time:#}"));
    let windows = |windows: &Windows| (!windows.0.is_empty()).then(|| windows.clone());
    let licenses = (!expected_licenses.is_empty()).then_some(expected_licenses);
    [
        ("address", json!(address)),
        ("group", json!((!groups.is_empty()).then_some(groups))),
        ("site", json!(site)),
        ("role", json!(role)),
        ("environment", json!(environment)),
        ("owner", json!(owner)),
        ("platform", json!(platform)),
        ("transport", json!(transport)),
        ("port", json!(port)),
        ("netconf_port", json!(netconf_port)),
        ("credential", json!(credential)),
        ("jump", json!(jump)),
        ("jump_credential", json!(jump_credential)),
        ("deadline", json!(deadline)),
        ("pipeline", json!(pipeline)),
        ("legacy_algorithms", json!(legacy_algorithms)),
        ("source_address", json!(source_address)),
        ("known_hosts", json!(known_hosts)),
        ("host_keys", json!(host_keys)),
        ("interval", json!(interval)),
        ("poll_windows", json!(windows(poll_windows))),
        ("maintenance", json!(windows(maintenance))),
        ("smart_account", json!(smart_account)),
        ("virtual_account", json!(virtual_account)),
        ("expected_licenses", json!(licenses)),
        ("serial_number", json!(serial_number)),
        ("notes", json!(notes)),
    ]
    .into_iter()
    .filter(|(_, value)| !value.is_null())
    .map(|(key, value)| {
        let from = match origins.get(key) {
            Some(origin) => origin.to_string(),
            // What opens the device opens the jump host too, if nothing else is said.
            None if key == "jump_credential" => "credential".into(),
            None => "the command line".into(),
        };
        ShownSetting { key, value, from }
    })
    .collect()
}

fn in_force(config: &Config) -> File {
    let mut file = config.file.clone();
    let defaults = layers::defaults();
    file.poll.transport = file.poll.transport.or(defaults.transport);
    file.poll.deadline = file.poll.deadline.or(defaults.deadline);
    file.schedule.interval = file.schedule.interval.or(defaults.interval);
    file.ssh.known_hosts = file.ssh.known_hosts.or(defaults.known_hosts);
    file.ssh.host_keys = file.ssh.host_keys.or(defaults.host_keys);
    file.ssh.legacy_algorithms = file.ssh.legacy_algorithms.or(defaults.legacy_algorithms);
    file
}
