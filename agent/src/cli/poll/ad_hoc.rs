//! One device from the command line: no file, no state.

use std::num::NonZeroU16;
use std::path::PathBuf;

use super::super::config::ConfigFile;
use super::super::{Exit, print};
use crate::config::{Config, HostKeys, Limit, PlatformName, Transport};
use crate::credentials::{Credential, KeySource, Process, SecretSource, resolve};
use crate::inventory::{Address, Device, Jump, JumpHost};
use crate::poll::Access;

/// The options that describe one device.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "One device from the command line")]
pub(in crate::cli) struct AdHoc {
    /// Poll this address: IPv4, IPv6 (with zone) or a name.
    #[arg(long, value_name = "ADDR", conflicts_with_all = ["names", "sites", "roles", "groups", "environments"])]
    host: Option<Address>,
    /// TCP port of the transport; with `auto`, of SSH [default: 22, NETCONF 830].
    #[arg(long, requires = "host")]
    port: Option<NonZeroU16>,
    /// How it is read: auto, netconf or ssh.
    #[arg(long, requires = "host")]
    transport: Option<Transport>,
    /// Its operating system, where it is not recognized.
    #[arg(long, requires = "host")]
    platform: Option<PlatformName>,
    /// Who logs in.
    #[arg(short, long, requires = "host", value_name = "USER")]
    user: Option<String>,
    /// File with the password, readable by its owner alone; without it, a key or an agent the password is asked for.
    #[arg(long, requires = "host", value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Private key.
    #[arg(long, requires = "host", value_name = "FILE")]
    key: Option<PathBuf>,
    /// Use the keys of the SSH agent.
    #[arg(long, requires = "host")]
    agent: bool,
    /// File with the enable secret.
    #[arg(long, requires = "host", value_name = "FILE")]
    enable_password_file: Option<PathBuf>,
    /// Go through this host, with the same credential.
    #[arg(long, requires = "host", value_name = "USER@HOST[:PORT]")]
    jump: Option<Jump>,
    /// File of host keys [default: the configuration's, else ~/.ssh/known_hosts].
    #[arg(long, requires = "host", value_name = "FILE")]
    known_hosts: Option<PathBuf>,
    /// What becomes of unknown host keys: strict or accept-new.
    #[arg(long, requires = "host")]
    host_keys: Option<HostKeys>,
    /// Old algorithms may be used; each use is shown.
    #[arg(long, requires = "host")]
    legacy_algorithms: bool,
    /// The time it may take in all, such as 90s.
    #[arg(long, requires = "host", value_name = "TIME")]
    deadline: Option<Limit>,
}

impl AdHoc {
    /// Whether a device was described.
    pub(in crate::cli) fn is_asked(&self) -> bool {
        self.host.is_some()
    }

    /// The configuration, which a device that was described can do without.
    pub(in crate::cli) fn config(&self, file: &ConfigFile) -> Result<Config, Exit> {
        match file.load_if_any()? {
            Some(config) => Ok(config),
            None if self.is_asked() => Ok(Config::default()),
            // Says where a configuration is looked for.
            None => file.load(),
        }
    }

    /// The device, with what the configuration says for all devices where nothing else is said.
    pub(in crate::cli) fn device(&self, config: &Config) -> Result<Device, Exit> {
        let refused = || {
            print::error("name the device with --host ADDR");
            Exit::Usage
        };
        let address = self.host.clone().ok_or_else(refused)?;
        let name = address.to_string();
        let mut device = config.ad_hoc(&name, address).ok_or_else(refused)?;
        device.transport = self.transport.unwrap_or(device.transport);
        if let Some(port) = self.port {
            match device.transport {
                Transport::Netconf => device.netconf_port = port,
                Transport::Auto | Transport::Ssh => device.port = port,
            }
        }
        device.platform = self.platform.map(|platform| platform.0).or(device.platform);
        device.jump = self.jump.clone().map(|jump| JumpHost {
            user: jump.user,
            address: jump.address,
            port: jump.port,
            credential: None,
        });
        if let Some(path) = &self.known_hosts {
            device.known_hosts.clone_from(path);
        } else if config.path().is_none() {
            device.known_hosts = std::env::home_dir().unwrap_or_default().join(".ssh/known_hosts");
        }
        device.host_keys = self.host_keys.unwrap_or(device.host_keys);
        device.legacy_algorithms |= self.legacy_algorithms;
        device.deadline = self.deadline.map_or(device.deadline, Limit::duration);
        Ok(device)
    }

    /// What opens the device: from the options, or from the configuration where they say nothing.
    pub(super) fn access(&self, devices: &[Device]) -> Result<Option<Access>, Exit> {
        let (Some(host), Some(device)) = (&self.host, devices.first()) else { return Ok(None) };
        let Some(user) = &self.user else {
            if device.credential.is_some() {
                return Ok(None);
            }
            print::error(format_args!("who logs in on {host}? Name the user with -u USER"));
            return Err(Exit::Usage);
        };
        let has_key = self.key.is_some() || self.agent;
        let password = match &self.password_file {
            Some(path) => Some(SecretSource::File(path.clone())),
            None if has_key => None,
            None => Some(SecretSource::Prompt),
        };
        let credential = Credential {
            name: format!("{user}@{host}"),
            user: user.clone(),
            password,
            key: self.key.clone().map(|path| KeySource { path, passphrase: None }),
            agent: self.agent,
            enable: self.enable_password_file.clone().map(SecretSource::File),
        };
        match resolve(&credential, &Process) {
            Ok(login) => Ok(Some(Access::from(&login))),
            Err(problem) => {
                print::error(format_args!("{problem}\n       {}", problem.remedy()));
                Err(Exit::Usage)
            }
        }
    }
}
