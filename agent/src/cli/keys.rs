//! `licwatch keys`: the host keys of devices. The first trust in a key is a person's act.

use std::io::{self, BufRead, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::config::NETCONF_PORT;
use crate::inventory::Address;
use crate::transport::ssh::known_hosts::{self, HostName, KnownHostsError, Marker, Standing, Trusted};
use crate::transport::ssh::{Auth, Engine, HostKeys, Limits, OfferedKey, Policy, RusshEngine, Target};

use super::config::ConfigFile;
use super::operator::operator;
use super::poll::agent_name;
use super::{Exit, print, runtime, table};
use crate::clock::SystemClock;
use crate::events::{self, Event};
use crate::journal::{self, Entry};
use crate::store::{Store, StoreError};

/// Arguments of `keys`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, clap::Subcommand)]
enum Act {
    /// Asks a device for its host key, shows the fingerprint, and puts it on record once you agree.
    #[command(after_help = "\
Compare the fingerprint with what the device itself shows:
  IOS, IOS XE   show ip ssh        (or the label of the console session)
  OpenSSH       ssh-keygen -lf known_hosts

Examples:
  licwatch keys trust 192.0.2.11
  licwatch keys trust 192.0.2.11 --port 830
  licwatch keys trust 192.0.2.11 --fingerprint SHA256:…      without asking, for scripts")]
    Trust(TrustArgs),
    /// Lists the keys on record.
    List {
        /// Only the keys of this host.
        host: Option<String>,
        /// One JSON object per line.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        file: KnownHostsFile,
    },
    /// Takes a host's keys off the record, after its key was changed for a good reason.
    Forget {
        /// The host, or `[host]:port`.
        host: String,
        #[command(flatten)]
        file: KnownHostsFile,
    },
}

#[derive(Debug, clap::Args)]
struct TrustArgs {
    /// Address of the device.
    host: Address,
    /// Its SSH port; 830 is asked too where nothing else is said and it answers.
    #[arg(long)]
    port: Option<u16>,
    /// The fingerprint that the device must show; nobody is asked then.
    #[arg(long, value_name = "SHA256:…")]
    fingerprint: Option<String>,
    /// Old algorithms may be used.
    #[arg(long)]
    legacy_algorithms: bool,
    #[command(flatten)]
    file: KnownHostsFile,
}

/// Which `known_hosts` file is meant.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct KnownHostsFile {
    /// File of host keys [default: the configuration's, else ~/.ssh/known_hosts].
    #[arg(long, value_name = "FILE")]
    pub(super) known_hosts: Option<PathBuf>,
    #[command(flatten)]
    pub(super) config: ConfigFile,
}

impl KnownHostsFile {
    /// The file that is meant.
    pub(super) fn path(&self) -> Result<PathBuf, Exit> {
        if let Some(path) = &self.known_hosts {
            return Ok(path.clone());
        }
        if let Some(config) = self.config.load_if_any()? {
            return Ok(config.known_hosts());
        }
        match std::env::home_dir() {
            Some(home) => Ok(home.join(".ssh/known_hosts")),
            None => {
                print::error("this user has no home folder; name a file with --known-hosts");
                Err(Exit::Usage)
            }
        }
    }
}

impl KnownHostsFile {
    /// The store of the configuration, if there is one. It is opened before anything is done: what its journal cannot
    /// tell of is not begun.
    fn store(&self) -> Result<Option<Store>, Exit> {
        let Some(config) = self.config.load_if_any()? else { return Ok(None) };
        let clock = Arc::new(SystemClock::new());
        match Store::open_existing(&config.store_directory(), &agent_name(&config), clock) {
            Ok(store) => Ok(Some(store)),
            Err(StoreError::Absent { .. }) => Ok(None),
            Err(error) => {
                print::error(format_args!("nothing was done, for the journal cannot be written: {error}"));
                Err(Exit::Nothing)
            }
        }
    }
}

pub(super) fn run(args: &Args) -> Exit {
    let ended = match &args.act {
        Act::Trust(args) => trust(args),
        Act::List { host, json, file } => list(host.as_deref(), *json, file),
        Act::Forget { host, file } => forget(host, file),
    };
    ended.unwrap_or_else(|exit| exit)
}

fn trust(args: &TrustArgs) -> Result<Exit, Exit> {
    let path = args.file.path()?;
    let store = args.file.store()?;
    let offered = scan(args, &path)?;
    let mut exit = Exit::Done;
    for key in offered {
        let known = known_hosts::load(&path).map_err(refused)?;
        print::talk(format_args!("{} shows the {} key", key.name, key.key.algorithm()));
        print::talk(format_args!("  {}", key.fingerprint));
        match known.standing(&key.name, &key.key) {
            Standing::Known => print::talk("  it is on record already"),
            Standing::Revoked { line } => {
                print::error(format_args!("it is revoked in line {line} of {}", path.display()));
                exit = Exit::Findings;
            }
            Standing::Changed { known } => {
                for known in known {
                    let at = format!("line {} of {}", known.line, path.display());
                    print::error(format_args!("another key is on record, {} in {at}", known.fingerprint));
                }
                print::talk(format_args!(
                    "       find out why it changed; then `licwatch keys forget '{}'` and trust it anew",
                    key.name
                ));
                exit = Exit::Findings;
            }
            Standing::Unknown { .. } => {
                if !is_agreed(args, &key)? {
                    print::talk("  not trusted; nothing was written");
                    exit = Exit::Findings;
                } else if known_hosts::trust(&path, &key.name, &key.key).map_err(refused)? == Trusted::Added {
                    print::talk(format_args!("  on record in {}", path.display()));
                    let message = format!("The host key {} of {} is trusted.", key.fingerprint, key.name);
                    let told = told(&path, &key.name.to_string(), &key.fingerprint);
                    account(
                        store.as_ref(),
                        journal::Kind::KeyTrusted,
                        events::Kind::KeyTrusted,
                        &message,
                        told,
                    )?;
                }
            }
        }
    }
    Ok(exit)
}

/// The keys that the device shows, on the port that was named, or on those of SSH and NETCONF.
fn scan(args: &TrustArgs, path: &Path) -> Result<Vec<OfferedKey>, Exit> {
    let host_keys = Arc::new(HostKeys::new(path, Policy::Strict));
    let target = |port| Target {
        port,
        legacy_algorithms: args.legacy_algorithms,
        ..Target::new(args.host.clone(), "", Auth::default(), Arc::clone(&host_keys))
    };
    let ports = args.port.map_or_else(|| vec![22, NETCONF_PORT.get()], |port| vec![port]);
    let limits = Limits::default();
    runtime()?.block_on(async {
        let mut keys = Vec::new();
        let mut failures = Vec::new();
        for port in ports {
            match RusshEngine.scan(&target(port), &limits).await {
                Ok(key) => keys.push(key),
                Err(failure) => failures.push(failure),
            }
        }
        if keys.is_empty() {
            for failure in failures {
                print::error(format_args!("{failure}\n       {}", failure.remedy));
            }
            return Err(Exit::Nothing);
        }
        Ok(keys)
    })
}

/// Whether the key may be trusted: by the fingerprint that was given, or by the person at the terminal.
fn is_agreed(args: &TrustArgs, key: &OfferedKey) -> Result<bool, Exit> {
    if let Some(expected) = &args.fingerprint {
        let agreed = *expected == key.fingerprint;
        if !agreed {
            print::error(format_args!("the fingerprint is not {expected}"));
        }
        return Ok(agreed);
    }
    if !io::stdin().is_terminal() {
        print::error("nobody can be asked; give the fingerprint that is expected with --fingerprint");
        return Err(Exit::Usage);
    }
    print::talk("  Is this the device's key? Type yes to trust it:");
    let mut answer = String::new();
    // Nothing read is no agreement.
    let _ = io::stdin().lock().read_line(&mut answer);
    Ok(answer.trim().eq_ignore_ascii_case("yes"))
}

fn list(host: Option<&str>, json: bool, file: &KnownHostsFile) -> Result<Exit, Exit> {
    let path = file.path()?;
    let known = known_hosts::load(&path).map_err(refused)?;
    let name = host.map(HostName::typed);
    let entries = known.entries().filter(|entry| name.as_ref().is_none_or(|name| entry.concerns(name)));
    let mut table = table::table(["line", "host", "type", "fingerprint", "note"]);
    let mut count = 0_usize;
    for entry in entries {
        count += 1;
        let key = entry.known();
        let note = match entry.marker {
            Marker::Trusted => "",
            Marker::Revoked => "revoked",
            Marker::CertAuthority => "certificate authority, not used",
        };
        if json {
            let line = serde_json::json!({
                "line": key.line, "host": entry.hosts, "type": key.algorithm,
                "fingerprint": key.fingerprint, "revoked": entry.marker == Marker::Revoked,
            });
            print::line(&line.to_string())?;
        }
        table.add_row([&key.line.to_string(), &entry.hosts, &key.algorithm, &key.fingerprint, note]);
    }
    if !json {
        print::data(format_args!("{table}\n"))?;
        print::talk(format_args!("{count} keys in {}", path.display()));
    }
    for line in known.unreadable() {
        print::talk(format_args!("line {line} holds neither a key nor a comment"));
    }
    Ok(Exit::Done)
}

fn forget(host: &str, file: &KnownHostsFile) -> Result<Exit, Exit> {
    let path = file.path()?;
    let store = file.store()?;
    let forgotten = known_hosts::forget(&path, &HostName::typed(host)).map_err(refused)?;
    for entry in &forgotten.removed {
        let fingerprint = entry.known().fingerprint;
        print::talk(format_args!("forgotten: {} {fingerprint}", entry.hosts));
        let message = format!("The host key {fingerprint} of {} is forgotten.", entry.hosts);
        let told = told(&path, &entry.hosts, &fingerprint);
        account(store.as_ref(), journal::Kind::KeyForgotten, events::Kind::KeyForgotten, &message, told)?;
    }
    for entry in &forgotten.kept {
        print::talk(format_args!("kept in line {}: {} (a pattern, or revoked)", entry.line, entry.hosts));
    }
    if forgotten.removed.is_empty() {
        print::error(format_args!("{} holds no key for {host} alone", path.display()));
        return Ok(Exit::Findings);
    }
    Ok(Exit::Done)
}

/// What is told of a key: its host, its fingerprint, the file.
fn told(file: &Path, host: &str, fingerprint: &str) -> [(&'static str, String); 3] {
    let file = file.display().to_string();
    [("host", host.to_owned()), ("fingerprint", fingerprint.to_owned()), ("file", file)]
}

/// Tells the journal and those who watch. Without a store there is nobody to tell.
fn account(
    store: Option<&Store>,
    kind: journal::Kind,
    event: events::Kind,
    message: &str,
    told: [(&'static str, String); 3],
) -> Result<(), Exit> {
    let Some(store) = store else { return Ok(()) };
    let mut entry = Entry::new(operator(), kind);
    let mut event = Event::new(event, message).with("actor", operator().to_string());
    for (name, value) in told {
        entry = entry.with(name, value.as_str());
        event = event.with(name, value);
    }
    let kept = store.write_blocking(move |tx| {
        tx.account(&entry)?;
        tx.tell(&event)
    });
    kept.map(drop).map_err(|error| {
        print::error(format_args!("it was done, and the journal does not tell of it: {error}"));
        Exit::Findings
    })
}

fn refused(error: KnownHostsError) -> Exit {
    print::error(error);
    Exit::Nothing
}
