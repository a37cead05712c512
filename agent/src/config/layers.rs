//! How the settings of a device lie over each other.

use std::collections::BTreeMap;

use super::file::{DeviceTable, File, Identity, Settings};
use super::{Label, Limit, Span};
use crate::inventory::{Device, JumpHost, Origin};

/// Settings and identity of one device in force, with where each comes from.
#[derive(Debug, Default)]
pub(super) struct Layered {
    pub(super) settings: Settings,
    pub(super) identity: Identity,
    pub(super) groups: Vec<String>,
    pub(super) origins: BTreeMap<&'static str, Origin>,
}

impl Layered {
    /// Lays defaults, sections, groups, the table and the row of a device over each other.
    pub(super) fn new(
        file: &File,
        table: Option<(&str, &DeviceTable)>,
        row: Option<(&Origin, &Identity, &Settings)>,
    ) -> Self {
        let mut layered = Self::default();
        layered.lay(&Origin::Default, &defaults());
        layered.lay(&Origin::Section("poll"), &poll(file));
        layered.lay(&Origin::Section("ssh"), &ssh(file));
        layered.lay(&Origin::Section("schedule"), &schedule(file));

        if let Some((name, table)) = table {
            layered.identify(&Origin::Table(name.to_owned()), &table.identity);
        }
        if let Some((origin, identity, _)) = row {
            layered.identify(origin, identity);
        }
        layered.groups = chain(file, layered.identity.group.iter().flat_map(|groups| groups.names()));
        for name in layered.groups.clone() {
            if let Some(group) = file.group.get(&name) {
                layered.lay(&Origin::Group(name), &group.settings);
            }
        }
        if let Some((name, table)) = table {
            layered.lay(&Origin::Table(name.to_owned()), &table.settings);
        }
        if let Some((origin, _, settings)) = row {
            layered.lay(origin, settings);
        }
        layered
    }

    fn lay(&mut self, origin: &Origin, layer: &Settings) {
        let origins = &mut self.origins;
        self.settings.take(layer, |key| {
            origins.insert(key, origin.clone());
        });
    }

    fn identify(&mut self, origin: &Origin, layer: &Identity) {
        let Identity { address, group, serial_number } = layer;
        let origins = &mut self.origins;
        let mut came = |key| {
            origins.insert(key, origin.clone());
        };
        if address.is_some() {
            self.identity.address.clone_from(address);
            came("address");
        }
        if group.is_some() {
            self.identity.group.clone_from(group);
            came("group");
        }
        if serial_number.is_some() {
            self.identity.serial_number.clone_from(serial_number);
            came("serial_number");
        }
    }

    /// The device, if its address is known.
    pub(super) fn device(self, name: &str, folder: &std::path::Path) -> Option<Device> {
        let fallback = defaults();
        let Self { settings, identity, groups, origins } = self;
        let text = |label: Option<Label>| label.map(|label| label.as_str().to_owned());
        let credential = text(settings.credential);
        let jump_credential = text(settings.jump_credential).or_else(|| credential.clone());
        let known_hosts = settings.known_hosts.or(fallback.known_hosts)?;
        Some(Device {
            name: name.to_owned(),
            address: identity.address?,
            port: settings.port.or(fallback.port)?,
            netconf_port: settings.netconf_port.or(fallback.netconf_port)?,
            platform: settings.platform.map(|platform| platform.0),
            transport: settings.transport.or(fallback.transport)?,
            groups,
            site: text(settings.site),
            role: text(settings.role),
            environment: text(settings.environment),
            owner: text(settings.owner),
            credential,
            jump: settings.jump.map(|jump| JumpHost {
                user: jump.user,
                address: jump.address,
                port: jump.port,
                credential: jump_credential,
            }),
            smart_account: text(settings.smart_account),
            virtual_account: text(settings.virtual_account),
            expected_licenses: settings.expected_licenses.unwrap_or_default(),
            serial_number: text(identity.serial_number),
            legacy_algorithms: settings.legacy_algorithms.or(fallback.legacy_algorithms)?,
            pipeline: settings.pipeline.or(fallback.pipeline)?,
            deadline: settings.deadline.or(fallback.deadline).map(Limit::duration)?,
            source_address: settings.source_address,
            known_hosts: known_hosts.from_folder(folder),
            host_keys: settings.host_keys.or(fallback.host_keys)?,
            interval: settings.interval.or(fallback.interval).map(Span::duration)?,
            poll_windows: settings.poll_windows.unwrap_or_default(),
            maintenance: settings.maintenance.unwrap_or_default(),
            notes: text(settings.notes),
            origins,
        })
    }
}

/// What is in force if nobody says anything.
pub(super) fn defaults() -> Settings {
    Settings {
        transport: Some(super::Transport::Auto),
        port: Some(super::SSH_PORT),
        netconf_port: Some(super::NETCONF_PORT),
        legacy_algorithms: Some(false),
        pipeline: Some(true),
        deadline: Some(Limit::seconds(300)),
        known_hosts: "known_hosts".parse().ok(),
        host_keys: Some(super::HostKeys::Strict),
        interval: Some(Span::days(1)),
        ..Settings::default()
    }
}

fn poll(file: &File) -> Settings {
    Settings {
        transport: file.poll.transport,
        deadline: file.poll.deadline,
        credential: file.poll.credential.clone(),
        ..Settings::default()
    }
}

fn schedule(file: &File) -> Settings {
    Settings {
        interval: file.schedule.interval,
        poll_windows: file.schedule.poll_windows.clone(),
        maintenance: file.schedule.maintenance.clone(),
        ..Settings::default()
    }
}

fn ssh(file: &File) -> Settings {
    Settings {
        known_hosts: file.ssh.known_hosts.clone(),
        host_keys: file.ssh.host_keys,
        source_address: file.ssh.source_address,
        legacy_algorithms: file.ssh.legacy_algorithms,
        ..Settings::default()
    }
}

/// The groups of a device, each after the one that it inherits from, each once.
fn chain<'n>(file: &'n File, names: impl Iterator<Item = &'n str>) -> Vec<String> {
    let mut chain: Vec<String> = Vec::new();
    for name in names {
        let line: Vec<&str> = ancestors(file, name).take(file.group.len()).collect();
        for name in line.into_iter().rev() {
            // A group that two others inherit from keeps its first, most general place.
            if !chain.iter().any(|known| known == name) {
                chain.push(name.to_owned());
            }
        }
    }
    chain
}

/// A group, the one it inherits from, and so on: without end if they form a circle.
fn ancestors<'n>(file: &'n File, name: &'n str) -> impl Iterator<Item = &'n str> {
    std::iter::successors(Some(name), |name| file.group.get(*name)?.inherits.as_ref().map(Label::as_str))
        .take_while(|name| file.group.contains_key(*name))
}

/// The circle that a group stands in, if it does.
pub(super) fn circle<'n>(file: &'n File, name: &'n str) -> Option<Vec<&'n str>> {
    let mut line = ancestors(file, name);
    let first = line.next()?;
    let mut circle = vec![first];
    for next in line.take(file.group.len()) {
        if next == first {
            return Some(circle);
        }
        circle.push(next);
    }
    None
}
