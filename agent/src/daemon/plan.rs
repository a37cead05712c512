//! What is in force: the configuration, its devices, and what opens them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::config::{self, Config, HostKeys as Unknown, Problem, Problems};
use crate::credentials::{Credential, Logins, SecretSource, Surroundings};
use crate::inventory::Device;
use crate::poll::schedule::Terms;
use crate::poll::{Access, Job};
use crate::transport::ssh::{HostKeys, Policy};

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

impl Plan {
    /// Finds the configuration as [`config::load_found`] does, and reads it with inventory, credentials and windows.
    /// The operator is told of everything that is wrong at once, and nothing is in force then.
    pub fn load(asked: Option<&Path>, surroundings: &dyn Surroundings) -> Result<Self, Problems> {
        let config = config::load_found(asked)?;
        Self::of(config, surroundings)
    }

    /// [`Plan::load`] of a configuration that was read.
    pub fn of(config: Config, surroundings: &dyn Surroundings) -> Result<Self, Problems> {
        let devices = config.devices()?;
        let file = config.path().map_or_else(String::new, |path| path.display().to_string());
        let mut problems = Problems::default();
        let mut wrong = |message: String, remedy: &str| {
            problems.push(Problem::of_file(&file, message, remedy));
        };
        if devices.is_empty() {
            wrong("there is no device to poll".to_owned(), "add devices to the inventory file");
        }
        let mut wanted = config.credentials_of(&devices);
        wanted.retain(|credential| {
            let asks = asks(credential);
            if asks {
                let message =
                    format!("credential {} is asked for, and nobody sits before a daemon", credential.name);
                wrong(message, "give password_file or password_credential in place of a prompt");
            }
            !asks
        });
        let logins = Logins::resolve(wanted, surroundings);
        for (name, problem) in logins.failures() {
            wrong(format!("credential {name}: {problem}"), &problem.remedy());
        }
        let lenient = devices.iter().filter(|device| device.host_keys == Unknown::AcceptNew).count();
        if lenient > 0 {
            tracing::warn!(
                devices = lenient,
                "Unknown host keys are refused by the daemon, although accept-new is configured."
            );
        }
        let devices = planned(devices, &config, &logins);
        problems.into_result(Self { config, devices })
    }
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
