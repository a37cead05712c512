//! `licwatch.toml`: what the operator decides.
//!
//! The file is strict: an unknown key or a wrong value is an error that points at the line, names the key and says
//! what to do; all mistakes are told at once. No secret stands in it, so it can be shown (`licwatch config show`).
//! It is found by `--config FILE`, else as `./licwatch.toml`, else as `/etc/licwatch/licwatch.toml`; paths in it are
//! relative to its folder. Durations are texts such as `"500ms"`, `"15s"`, `"2m"`, `"1h 30m"`.
//!
//! # Keys
//!
//! | key | holds | default |
//! |---|---|---|
//! | **`[agent]`** | this agent itself | |
//! | `name` | its name in what it delivers | the name of the host |
//! | **`[poll]`** | how devices are polled | |
//! | `sessions` | devices polled at the same time, 1–10000 | 64 |
//! | `handshakes` | SSH handshakes at the same time, 1–10000 | 16 |
//! | `logins_per_second` | credentials shown to devices in any second, over all, 0.01–10000 | 10.0 |
//! | `deadline` | time for one device in all | `"5m"` |
//! | `transport` | `"auto"`, `"netconf"`, `"ssh"` | `"auto"` |
//! | `credential` | the credential of devices that name none | |
//! | `neighbors` | devices are asked for their CDP and LLDP neighbours | `false` |
//! | `limits` | the table `[poll.limits]` | |
//! | **`[poll.limits]`** | how long each stage may take | |
//! | `connect` | TCP connection | `"5s"` |
//! | `handshake` | SSH key exchange | `"15s"` |
//! | `login` | authentication; then again the shell or NETCONF, and its prompt or hello | `"30s"` |
//! | `command` | silence while a command or request is answered | `"30s"` |
//! | `absolute` | one command or request in all | `"2m"` |
//! | **`[ssh]`** | SSH, for all devices | |
//! | `known_hosts` | file of known host keys | `"known_hosts"` |
//! | `host_keys` | unknown host keys: `"strict"`, `"accept-new"` | `"strict"` |
//! | `source_address` | address that connections start from | the system's choice |
//! | `legacy_algorithms` | old algorithms may be used | `false` |
//! | **`[drop]`** | records as files | |
//! | `directory` | folder for records | none is written |
//! | `keep_raw` | raw output is kept beside them | `false` |
//! | **`[store]`** | where what was collected is kept | |
//! | `directory` | folder of the store | `"state"` |
//! | `reserve` | room that must be left on its file system, else polling stops | `"512 MiB"` |
//! | `keep_observations`, `keep_captures` | how long; the newest of each device always stays | `"1100d"`, `"400d"` |
//! | `most` | how large the store may become | `"20 GiB"` |
//! | **`[schedule]`** | when devices are polled by `licwatch run` | |
//! | `interval` | how often | `"1d"` |
//! | `jitter` | by how much polls are spread | `"30m"` |
//! | `poll_windows` | when polls may begin, `["Mon-Fri 20:00-06:00"]` | at any time |
//! | `maintenance` | when nothing is polled | never |
//! | `time_zone` | of windows | `"system"` |
//! | `confirm_after` | how soon a device that changed is polled again | `"15m"` |
//! | `catch_up` | over how long overdue polls are spread at the start | `"30m"` |
//! | `retry` | how soon a device that failed is polled again; doubles | `"5m"` |
//! | `silent_after` | after how long without an answer a device is silent | `"3d"` |
//! | **`[guard]`** | what keeps accounts from being locked out | |
//! | `refusals` | devices that may refuse a credential before it is stopped, 1–1000 | 3 |
//! | `logins_per_second` | with one credential, 0.01–10000 | 10.0 |
//! | **`[clock]`** | what is expected of clocks | |
//! | `jump` | by how much this host's clock may be set while the agent runs | `"5m"` |
//! | `device` | by how much a device's clock may differ before it is told | `"1m"` |
//! | **`[on_change]`** | syslog of devices, for early polls | |
//! | `udp`, `tcp` | address and port to listen at | none |
//! | `gap` | how long after a poll a device is not polled early again | `"10m"` |
//! | `polls_per_minute` | early polls over all devices, 1–10000 | 30 |
//! | **`[run]`** | the daemon itself | |
//! | `stop_within` | time for polls and deliveries to end | `"30s"` |
//! | `log_lines_per_minute` | of one kind, 1–100000 | 60 |
//! | **`[sink.NAME]`** | where records and events are delivered to | |
//! | `kind` | `"file-drop"`, `"http"`, `"syslog"`, `"stdout"`, `"metrics"` | required |
//! | `directory`, `keep_raw`, `gather` | file-drop: folder, raw answers beside the records, time that one drop gathers | required, `false`, `"15m"` |
//! | `url`, `token_file`, `token_credential`, `gzip`, `timeout` | http: where, bearer token, compression, time for one request | required, none, none, `true`, `"30s"` |
//! | `ca_file`, `certificate_file`, `key_file` | http, syslog: the only authorities that are trusted; client certificate and its key | |
//! | `to`, `form`, `facility` | syslog: `"udp://…"`, `"tcp://…"`, `"tls://…"`, `"unix:///…"`; `"rfc5424"` or `"cef"` | required, `"rfc5424"`, 13 |
//! | `file`, `every` | metrics: the file for node_exporter, how often | required, `"1m"` |
//! | `batch_lines`, `most_waiting`, `most_refused` | lines in one batch, waiting before polling stops, kept as refused | 1000 (100 with `keep_raw`), 1000000, 10000 |
//! | `retry`, `retry_most` | how soon a failed delivery is tried again (doubles), and the longest time between | `"5s"`, `"15m"` |
//! | **`[inventory]`** | lists of devices | |
//! | `files` | CSV files, see [`crate::inventory`] | |
//! | **`[credentials.NAME]`** | where the secrets of a login are, see [`crate::credentials`] | |
//! | `user` | who logs in | required |
//! | `password_file` | file with the password | |
//! | `password_credential` | systemd credential with the password | |
//! | `prompt` | the password is asked for | `false` |
//! | `password_env` | environment variable with the password (needs `allow_env`) | |
//! | `password_exec` | program that prints the password, as a list (needs `allow_exec`) | |
//! | `key_file` | private SSH key | |
//! | `key_passphrase_file`, `key_passphrase_credential`, `key_passphrase_prompt` | its passphrase | |
//! | `agent` | keys of the SSH agent may be used | `false` |
//! | `enable_password_file`, `enable_password_credential`, `enable_prompt`, `enable_password_env`, `enable_password_exec` | the enable secret | |
//! | `allow_env`, `allow_exec` | secrets may come from the environment, from programs | `false` |
//! | **`[group.NAME]`** | settings of several devices | |
//! | `inherits` | the group whose settings this one starts from | |
//! | **`[device.NAME]`** | a device | |
//! | `address` | IPv4, IPv6 (with zone) or host name | required, here or in the inventory file |
//! | `group` | one group or a list; later ones win | |
//! | `serial_number` | the serial number it should have | |
//! | **`[group.NAME]`, `[device.NAME]`** | settings | |
//! | `site`, `role`, `environment`, `owner` | where it stands, what for, who is responsible | |
//! | `platform` | `"ios"`, `"ios-xe"`, `"nx-os"`, `"ios-xr"`, `"aireos"`, `"asa"` | recognized |
//! | `transport`, `deadline`, `credential` | as in `[poll]` | `[poll]` |
//! | `port`, `netconf_port` | TCP ports | 22, 830 |
//! | `jump` | jump host, `"[USER@]HOST[:PORT]"` | |
//! | `jump_credential` | what opens the jump host | the device's credential |
//! | `smart_account`, `virtual_account` | the accounts it belongs to | |
//! | `expected_licenses` | what it should hold, `{ network-advantage = 3 }` | |
//! | `pipeline` | commands may be sent ahead of answers | `true` |
//! | `known_hosts`, `host_keys`, `source_address`, `legacy_algorithms` | as in `[ssh]` | `[ssh]` |
//! | `interval`, `poll_windows`, `maintenance` | as in `[schedule]` | `[schedule]` |
//! | `notes` | anything | |
//!
//! # What wins
//!
//! default < `[poll]` and `[ssh]` < the groups of the device, each after the one it inherits from < `[device.NAME]` <
//! the row of the inventory file. `licwatch config show --device NAME` tells where each value comes from.

mod calendar;
mod check;
mod credential;
mod decode;
mod devices;
mod file;
mod init;
mod layers;
mod problem;
mod schema;
mod service;
mod show;
mod sink;
mod source;
pub(crate) mod spelling;
pub(crate) mod value;
mod window;

use std::collections::BTreeMap;
use std::io::Read;
use std::num::NonZeroU16;
use std::path::{Path, PathBuf};

pub use calendar::{Calendar, Opening};
pub use credential::CredentialTable;
pub use file::{Groups, Identity, Limits, Poll, Settings};
pub use init::{InitError, init};
pub(crate) use problem::Document;
pub use problem::{Place, Problem, Problems};
pub use schema::schema;
pub use service::{ClockSection, GuardSection, OnChange, RunSection, Schedule, SinkTable, StoreSection};
pub use show::{ShownSetting, show, show_device};
pub use sink::{
    ConfiguredSink, DROP, FileDropSettings, HttpSettings, MetricsSettings, Peer, SinkBounds, SinkSettings,
    SyslogSettings, Target, check_url, is_open_to_listeners,
};
pub use value::{
    FilePath, HostKeys, Label, Limit, NotAValue, PlatformName, SinkKind, Size, Span, SyslogForm,
    TimeZoneName, Transport,
};
pub use window::{Window, Windows};

use crate::credentials::Credential;
use file::File;
use source::Source;

/// Everything that is wrong with the configuration, with file, line and column.
pub type ConfigError = Problems;

/// The port of SSH.
pub const SSH_PORT: NonZeroU16 = NonZeroU16::new(22).expect("22 is not zero");
/// The port of NETCONF over SSH, RFC 6242.
pub const NETCONF_PORT: NonZeroU16 = NonZeroU16::new(830).expect("830 is not zero");

/// Where the configuration is if nobody says.
const USUAL: [&str; 2] = ["licwatch.toml", "/etc/licwatch/licwatch.toml"];
/// Larger files are refused.
const LARGEST_CONFIG: u64 = 1 << 20;
pub(crate) const LARGEST_INVENTORY: u64 = 16 << 20;

/// The configuration in force.
#[derive(Clone, Debug)]
pub struct Config {
    path: Option<PathBuf>,
    folder: PathBuf,
    file: File,
    source: Source,
    credentials: BTreeMap<String, Credential>,
    sinks: Vec<ConfiguredSink>,
}

/// The configuration file to use: the one that is asked for, else the first of the usual ones that is there.
pub fn discover(asked: Option<&Path>) -> Option<PathBuf> {
    match asked {
        Some(path) => Some(path.to_owned()),
        None => USUAL.iter().map(PathBuf::from).find(|path| path.exists()),
    }
}

/// Finds the configuration as [`discover`] does and reads it.
pub fn load_found(asked: Option<&Path>) -> Result<Config, ConfigError> {
    match discover(asked) {
        Some(path) => load(&path),
        None => Err(Problem::of_file(
            USUAL.join(" or "),
            "there is no configuration",
            "write one with `licwatch config init`, or name one by --config FILE",
        )
        .into()),
    }
}

/// Reads and checks a configuration file.
pub fn load(path: &Path) -> Result<Config, ConfigError> {
    let name = path.display().to_string();
    let bytes = bytes_of(path, &name, LARGEST_CONFIG)?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let line = 1 + error.as_bytes().iter().take(valid).filter(|byte| **byte == b'\n').count();
        Problem::of_file(&name, format!("line {line} is not UTF-8"), "save the file as UTF-8")
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let folder = path.parent().unwrap_or(Path::new(""));
    Config::read(Some(path), folder, name, text)
}

impl Default for Config {
    /// What is in force without any file.
    fn default() -> Self {
        let (file, source, _) = decode::decode("no file".into(), "");
        Self {
            path: None,
            folder: PathBuf::new(),
            file,
            source,
            credentials: BTreeMap::new(),
            sinks: Vec::new(),
        }
    }
}

impl Config {
    fn read(path: Option<&Path>, folder: &Path, name: String, text: &str) -> Result<Self, ConfigError> {
        let (file, source, mut problems) = decode::decode(name, text);
        let credentials = check::check(&file, &source, folder, &mut problems);
        let sinks = sink::sinks(&file, &source, folder, &mut problems);
        let path = path.map(Path::to_owned);
        problems.into_result(Self { path, folder: folder.to_owned(), file, source, credentials, sinks })
    }

    /// The file that it was read from.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// The name of this agent, if the operator gave one.
    pub fn agent_name(&self) -> Option<&str> {
        self.file.agent.name.as_ref().map(Label::as_str)
    }

    /// How many devices, handshakes and logins at a time, and how long each stage may take.
    pub fn poll(&self) -> &Poll {
        &self.file.poll
    }

    /// The folder of the store.
    pub fn store_directory(&self) -> PathBuf {
        match &self.file.store.directory {
            Some(path) => path.from_folder(&self.folder),
            None => self.folder.join("state"),
        }
    }

    /// What is kept, and how much of it.
    pub fn store(&self) -> &StoreSection {
        &self.file.store
    }

    /// When devices are polled.
    pub fn schedule(&self) -> &Schedule {
        &self.file.schedule
    }

    /// What keeps accounts from being locked out.
    pub fn guard(&self) -> &GuardSection {
        &self.file.guard
    }

    /// What is expected of clocks.
    pub fn clock(&self) -> &ClockSection {
        &self.file.clock
    }

    /// Syslog of devices.
    pub fn on_change(&self) -> &OnChange {
        &self.file.on_change
    }

    /// The daemon itself.
    pub fn run(&self) -> &RunSection {
        &self.file.run
    }

    /// The tables of the sinks, by name.
    pub fn sink_tables(&self) -> impl Iterator<Item = (&str, &SinkTable)> {
        self.file.sink.iter().map(|(name, table)| (name.as_str(), table))
    }

    /// The sinks in force, that of `[drop]` first, then by name.
    pub fn sinks(&self) -> Vec<ConfiguredSink> {
        self.sinks.clone()
    }

    /// The folder that paths of the file are relative to.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The folder that records are written to.
    pub fn drop_directory(&self) -> Option<PathBuf> {
        self.file.drop.directory.as_ref().map(|path| path.from_folder(&self.folder))
    }

    /// Whether raw output is kept beside the records.
    pub fn keep_raw(&self) -> bool {
        self.file.drop.keep_raw
    }

    /// The file of known host keys that holds for all devices.
    pub fn known_hosts(&self) -> PathBuf {
        match &self.file.ssh.known_hosts {
            Some(path) => path.from_folder(&self.folder),
            None => self.folder.join("known_hosts"),
        }
    }

    /// The inventory files.
    pub fn inventory_files(&self) -> impl Iterator<Item = PathBuf> {
        self.file.inventory.files.iter().map(|path| path.from_folder(&self.folder))
    }

    /// The names of the groups.
    pub fn groups(&self) -> impl Iterator<Item = &str> {
        self.file.group.keys().map(String::as_str)
    }

    /// The names of the devices that have a table of their own.
    pub fn device_tables(&self) -> impl Iterator<Item = &str> {
        self.file.device.keys().map(String::as_str)
    }

    /// A credential by its name.
    pub fn credential(&self, name: &str) -> Option<&Credential> {
        self.credentials.get(name)
    }

    /// Every credential, by name.
    pub fn credentials(&self) -> impl Iterator<Item = &Credential> {
        self.credentials.values()
    }
}

/// The bytes of a file that an operator names, up to a limit.
pub(crate) fn bytes_of(path: &Path, name: &str, limit: u64) -> Result<Vec<u8>, Problem> {
    let unreadable = |error: std::io::Error| {
        let (message, may_pass) = match error.kind() {
            std::io::ErrorKind::NotFound => ("there is no such file".into(), false),
            std::io::ErrorKind::PermissionDenied => ("this user may not read it".into(), false),
            _ => (format!("it cannot be read: {error}"), true),
        };
        let remedy = "see that the path is right and that this user may read the file";
        Problem { may_pass, ..Problem::of_file(name, message, remedy) }
    };
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > limit {
        let message = format!("it is larger than {} MiB", limit >> 20);
        return Err(Problem::of_file(name, message, "see that it is the right file"));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests;
