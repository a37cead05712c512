//! What is in force: the configuration, its devices, and what opens them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::listen::ListenError;
use super::reload::Recorded;
use crate::config::{self, Config, ConfiguredSink, HostKeys as Unknown, Problem, Problems};
use crate::credentials::{Credential, Logins, SecretSource, Surroundings};
use crate::inventory::Device;
use crate::poll::schedule::Terms;
use crate::poll::{Access, Job};
use crate::store::outbox::{Gone, SinkSpec, Wants};
use crate::store::{StoreError, Tx};
use crate::transport::ssh::{HostKeys, Policy};

/// What the files say. No secret was read for it.
#[derive(Debug)]
pub struct Draft {
    /// The configuration.
    pub config: Config,
    devices: Vec<Device>,
}

/// A configuration that the daemon can run with. Every secret was read once, when it was loaded.
#[derive(Debug)]
pub struct Plan {
    /// The configuration.
    pub config: Config,
    /// Its devices, in the order of the inventory.
    pub devices: Vec<Planned>,
}

/// A device of a plan.
#[derive(Clone, Debug)]
pub struct Planned {
    /// The device and what opens it.
    pub job: Job,
    /// When it is polled.
    pub terms: Arc<Terms>,
    /// By how much its clock may differ.
    pub clock_limit: Duration,
}

impl Draft {
    /// Finds the configuration as [`config::load_found`] does, and reads it with its inventory and windows. The operator
    /// is told of everything that is wrong with them at once.
    pub fn read(asked: Option<&Path>) -> Result<Self, Problems> {
        let config = config::load_found(asked)?;
        let devices = config.devices().map_err(|problems| problems.passing_but_of(&name(&config)))?;
        Ok(Self { config, devices })
    }

    /// The files that it stands in.
    pub fn files(&self) -> Vec<PathBuf> {
        self.config.path().map(PathBuf::from).into_iter().chain(self.config.inventory_files()).collect()
    }

    /// Reads the secrets that it needs, each once. The operator is told of all that cannot be read, and of whatever
    /// else keeps a daemon from running with it.
    pub fn resolve(self, surroundings: &dyn Surroundings) -> Result<Plan, Problems> {
        let Self { config, devices } = self;
        let file = name(&config);
        let mut problems = Problems::default();
        if devices.is_empty() {
            let message = "there is no device to poll";
            let none = Problem::of_file(&file, message, "add devices to the inventory file");
            let written_by_others = config.inventory_files().next().is_some();
            problems.push(Problem { may_pass: written_by_others, ..none });
        }
        let on_change = config.on_change();
        for (protocol, address) in [("udp", on_change.udp), ("tcp", on_change.tcp)] {
            if let Some(error) = address.and_then(|address| ListenError::of_every(protocol, address)) {
                problems.push(Problem::of_file(&file, error.to_string(), "name one address of this host"));
            }
        }
        let mut wanted = config.credentials_of(&devices);
        wanted.retain(|credential| {
            let asks = asks(credential);
            if asks {
                let message =
                    format!("credential {} is asked for, and nobody sits before a daemon", credential.name);
                let remedy = "give password_file or password_credential in place of a prompt";
                problems.push(Problem::of_file(&file, message, remedy));
            }
            !asks
        });
        let logins = Logins::resolve(wanted, surroundings);
        for (name, error) in logins.failures() {
            let problem = Problem::of_file(&file, format!("credential {name}: {error}"), error.remedy());
            problems.push(Problem { may_pass: error.may_pass(), ..problem });
        }
        let lenient = devices.iter().filter(|device| device.host_keys == Unknown::AcceptNew).count();
        if lenient > 0 {
            tracing::warn!(
                devices = lenient,
                "Unknown host keys are refused by the daemon, although accept-new is configured."
            );
        }
        let devices = planned(devices, &config, &logins);
        problems.into_result(Plan { config, devices })
    }
}

impl Plan {
    /// [`Draft::read`] and [`Draft::resolve`]. Nothing is in force where anything is wrong.
    pub fn load(asked: Option<&Path>, surroundings: &dyn Surroundings) -> Result<Self, Problems> {
        Draft::read(asked)?.resolve(surroundings)
    }
}

impl Recorded for Plan {
    /// Which devices there are, and which sinks, so that what is collected from here on is queued for them.
    fn record(&self, tx: &mut Tx<'_>) -> Result<Vec<Gone>, StoreError> {
        let names: Vec<String> = self.devices.iter().map(|planned| planned.job.device.name.clone()).collect();
        tx.list_devices(&names)?;
        let specs: Vec<SinkSpec> = self.config.sinks().iter().filter_map(spec).collect();
        Ok(tx.configure_sinks(&specs)?.gone)
    }
}

fn spec(sink: &ConfiguredSink) -> Option<SinkSpec> {
    let wants = match sink.wants()? {
        "events" => Wants::Events,
        _ => Wants::Records,
    };
    Some(SinkSpec { name: sink.name.clone(), kind: sink.kind(), wants })
}

/// The configuration's file, as its problems name it.
fn name(config: &Config) -> String {
    config.path().map_or_else(String::new, |path| path.display().to_string())
}

/// Whether somebody would have to type a part of it.
fn asks(credential: &Credential) -> bool {
    let passphrase = credential.key.as_ref().and_then(|key| key.passphrase.as_ref());
    let sources = [credential.password.as_ref(), passphrase, credential.enable.as_ref()];
    sources.into_iter().flatten().any(|source| matches!(source, SecretSource::Prompt))
}

/// Devices with what opens them. One without a login was told of as a problem.
fn planned(devices: Vec<Device>, config: &Config, logins: &Logins) -> Vec<Planned> {
    let mut accesses: BTreeMap<String, Access> = BTreeMap::new();
    let mut access = |name: Option<&String>| {
        let name = name?;
        let login = logins.login(name)?.ok()?;
        Some(accesses.entry(name.clone()).or_insert_with(|| Access::from(login)).clone())
    };
    let mut key_files: BTreeMap<PathBuf, Arc<HostKeys>> = BTreeMap::new();
    let devices = devices.into_iter().filter_map(|device| {
        let opened = access(device.credential.as_ref())?;
        let jump = device.jump.as_ref().and_then(|jump| jump.credential.as_ref());
        let host_keys = key_files
            .entry(device.known_hosts.clone())
            .or_insert_with(|| Arc::new(HostKeys::new(&device.known_hosts, Policy::Strict)));
        let terms = Arc::new(Terms::of(&device, config.schedule()));
        let host_keys = Arc::clone(host_keys);
        let clock_limit = config.clock().device.duration();
        let job = Job { access: opened, jump_access: access(jump), host_keys, device };
        Some(Planned { job, terms, clock_limit })
    });
    devices.collect()
}
