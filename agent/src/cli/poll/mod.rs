//! `licwatch poll`: the inventory, some of it, or one device that needs no file and no state.

pub(super) mod ad_hoc;
pub(super) mod beside;
mod dry_run;
pub(super) mod present;
mod transcript;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::Semaphore;

use super::config::{ConfigFile, complain};
use super::{Exit, print, runtime};
use crate::clock::SystemClock;
use crate::config::{Config, HostKeys as Unknown, Transport};
use crate::credentials::{Logins, Process};
use crate::deliver::file_drop::FileDrop;
use crate::inventory::{Device, Selection};
use crate::poll::guard::{Guard, Rules};
use crate::poll::{Access, Job, Poller};
use crate::transport::cli::CliLimits;
use crate::transport::netconf::NetconfLimits;
use crate::transport::ssh::{HostKeys, Limits, Policy, RusshEngine};

use ad_hoc::AdHoc;
use beside::Beside;
use present::Presentation;

/// Arguments of `poll`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  licwatch poll                                      every device of the inventory
  licwatch poll core-1 core-2 --json                 two of them, one JSON record per line
  licwatch poll --site hq --role access --drop /srv/drop
  licwatch poll --host 192.0.2.11 -u monitor         one device, without any file; asks for the password
  licwatch poll --host 192.0.2.11 -u monitor --transport ssh --key ~/.ssh/id_ed25519
  licwatch poll --neighbors --drop /srv/drop         and the devices on their links, for `devices unknown`
  licwatch poll --dry-run                            exactly what would be sent, nothing is dialled

Where the agent's store is, its login guard holds here, too, and what is polled is kept there: see `licwatch release`. Its
daemon then carries it to the drop folder of the configuration; --drop DIR publishes at once, wherever DIR is.
Exit code: 0 every device answered, 1 some did not, 2 arguments or configuration, 3 none did.")]
pub(super) struct Args {
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    config: ConfigFile,
    #[command(flatten)]
    ad_hoc: AdHoc,
    /// Print every command and request that would be sent, and dial nothing.
    #[arg(long)]
    dry_run: bool,
    /// One JSON record per line instead of a table.
    #[arg(long)]
    json: bool,
    /// Folder to drop the records in, with a manifest.
    #[arg(long, value_name = "DIR")]
    drop: Option<PathBuf>,
    /// Ask for CDP and LLDP neighbours too, over the CLI; `licwatch devices unknown` finds those not listed.
    #[arg(long)]
    neighbors: bool,
    /// Keep the raw answers beside the dropped records.
    #[arg(long)]
    keep_raw: bool,
    /// Write what is said to and by the devices to this file; secrets are replaced.
    #[arg(long, value_name = "FILE")]
    transcript: Option<PathBuf>,
}

pub(super) fn run(args: &Args) -> Exit {
    plan_and_run(args).unwrap_or_else(|exit| exit)
}

fn plan_and_run(args: &Args) -> Result<Exit, Exit> {
    let config = args.ad_hoc.config(&args.config)?;
    let devices = if args.ad_hoc.is_asked() {
        vec![args.ad_hoc.device(&config)?]
    } else {
        chosen(&config, &args.selection)?
    };
    if devices.is_empty() {
        print::error("the inventory holds no device; add some to devices.csv, or name one with --host");
        return Err(Exit::Usage);
    }
    if args.dry_run {
        return dry_run::show(&devices, args.neighbors || config.poll().neighbors).map(|()| Exit::Done);
    }
    let mut poller = poller(&config);
    let is_ad_hoc = args.ad_hoc.is_asked();
    let beside = beside::guarded(&mut poller, &config, &devices, is_ad_hoc)?;
    let how = presentation(args, &config, beside.filter(|_| !is_ad_hoc))?;
    let jobs = jobs(devices, &config, &args.ad_hoc)?;
    poller.neighbors |= args.neighbors;
    if let Some(path) = &args.transcript {
        poller.transcript = Some(transcript::to_file(path)?);
    }
    if poller.neighbors {
        say_who_tells_none(&jobs);
    }
    let (exit, _) = runtime()?.block_on(present::run(&poller, jobs, &how));
    Ok(exit)
}

/// Neighbours are asked for over the CLI alone.
fn say_who_tells_none(jobs: &[Job]) {
    let netconf = jobs.iter().filter(|job| job.device.transport == Transport::Netconf).count();
    if netconf > 0 {
        print::talk(format_args!(
            "{netconf} of the devices are read by NETCONF alone, which tells no neighbours; use transport auto or ssh"
        ));
    }
}

/// The devices of the inventory that are meant.
pub(super) fn chosen(config: &Config, selection: &Selection) -> Result<Vec<Device>, Exit> {
    let devices = config.devices().map_err(|problems| complain(&problems))?;
    let is_stocked = !devices.is_empty();
    let chosen = selection.choose(devices).map_err(|unknown| {
        for problem in unknown {
            print::error(format_args!("{problem}\n       {}", problem.remedy));
        }
        Exit::Usage
    })?;
    if is_stocked && chosen.is_empty() {
        print::error(
            "no device fits all that was asked for\n       each word fits some device; leave one out",
        );
        return Err(Exit::Usage);
    }
    Ok(chosen)
}

/// What is kept in a store whose daemon carries it to the configured drop folder is not published there by us: who
/// reads the folder would take it for a second poll.
fn presentation(args: &Args, config: &Config, store: Option<Beside>) -> Result<Presentation, Exit> {
    let agent = agent_name(config);
    let configured = config.drop_directory().filter(|_| args.drop.is_none());
    let fed = match (&store, &configured) {
        (Some(store), Some(_)) => store.feeds_drop().map_err(|problem| {
            print::error(problem);
            Exit::Usage
        })?,
        _ => false,
    };
    if let (true, Some(folder)) = (fed, &configured) {
        if args.keep_raw && !config.keep_raw() {
            print::error(
                "--keep-raw keeps raw answers beside a drop, and the daemon makes this one; name a folder with --drop",
            );
            return Err(Exit::Usage);
        }
        print::talk(format_args!(
            "records are kept in the store; `licwatch run` publishes them in {}, --drop DIR does at once",
            folder.display()
        ));
        return Ok(Presentation { json: args.json, drop: None, keep_raw: false, store });
    }
    let folder = args.drop.clone().or(configured);
    let drop = folder.map(|folder| FileDrop::open(folder, &agent)).transpose().map_err(|problem| {
        print::error(problem);
        Exit::Usage
    })?;
    let drop = match (drop, &store) {
        (Some(drop), Some(store)) => Some(drop.signed(store.key())),
        (drop, _) => drop,
    };
    let keep_raw = args.keep_raw || config.keep_raw();
    if keep_raw && drop.is_none() {
        print::error("--keep-raw keeps raw answers beside a drop; name its folder with --drop");
        return Err(Exit::Usage);
    }
    Ok(Presentation { json: args.json, drop, keep_raw, store })
}

/// Devices with what opens them. Every secret is read now, once, before any device is dialled.
pub(super) fn jobs(devices: Vec<Device>, config: &Config, ad_hoc: &AdHoc) -> Result<Vec<Job>, Exit> {
    let own = ad_hoc.access(&devices)?;
    let credential_of = |device: &Device| device.credential.clone();
    let jump_credential_of = |device: &Device| device.jump.as_ref().and_then(|jump| jump.credential.clone());
    let wanted =
        devices.iter().flat_map(|device| [credential_of(device), jump_credential_of(device)]).flatten();
    let wanted: Vec<_> = wanted.filter_map(|name| config.credential(&name)).collect();
    let logins = if own.is_none() { Logins::resolve(wanted, &Process) } else { Logins::default() };
    let mut wrong = false;
    for (name, problem) in logins.failures() {
        print::error(format_args!("credential {name}: {problem}\n       {}", problem.remedy()));
        wrong = true;
    }

    let mut accesses: BTreeMap<String, Access> = BTreeMap::new();
    let mut access = |name: Option<String>| {
        let name = name?;
        let login = logins.login(&name)?.ok()?;
        Some(accesses.entry(name).or_insert_with(|| Access::from(login)).clone())
    };
    let mut key_files: BTreeMap<(PathBuf, bool), Arc<HostKeys>> = BTreeMap::new();
    let mut jobs = Vec::new();
    for mut device in devices {
        if own.is_some() {
            // It is opened by what was typed, and by nothing of the configuration's.
            device.credential = None;
        }
        let Some(opened) = own.clone().or_else(|| access(credential_of(&device))) else {
            if device.credential.is_none() {
                print::error(format_args!(
                    "{} has no credential\n       name one in its row, its group, or [poll] credential",
                    device.name
                ));
            }
            wrong = true;
            continue;
        };
        let accept_new = device.host_keys == Unknown::AcceptNew;
        let policy = if accept_new { Policy::AcceptNew } else { Policy::Strict };
        let host_keys = key_files
            .entry((device.known_hosts.clone(), accept_new))
            .or_insert_with(|| Arc::new(HostKeys::new(&device.known_hosts, policy)));
        jobs.push(Job {
            access: opened,
            jump_access: access(jump_credential_of(&device)),
            host_keys: Arc::clone(host_keys),
            device,
        });
    }
    if wrong { Err(Exit::Usage) } else { Ok(jobs) }
}

/// A poller with the limits of the configuration, and a login guard of its own.
pub(super) fn poller(config: &Config) -> Poller {
    let poll = config.poll();
    let limits = &poll.limits;
    let (login, command, absolute) =
        (limits.login.duration(), limits.command.duration(), limits.absolute.duration());
    let clock = Arc::new(SystemClock::new());
    Poller {
        agent: agent_name(config),
        engine: Arc::new(RusshEngine),
        ssh: Limits {
            connect: limits.connect.duration(),
            handshake: limits.handshake.duration(),
            login,
            channel: login,
            handshakes: Arc::new(Semaphore::new(poll.handshakes as usize)),
            ..Limits::default()
        },
        cli: CliLimits { prompt: login, inactivity: command, command: absolute, ..CliLimits::default() },
        netconf: NetconfLimits {
            hello: login,
            inactivity: command,
            reply: absolute,
            ..NetconfLimits::default()
        },
        sessions: Arc::new(Semaphore::new(poll.sessions as usize)),
        logins: Arc::new(Guard::alone(clock.clone(), Rules::from(config))),
        ways: None,
        neighbors: poll.neighbors,
        clock,
        transcript: None,
    }
}

/// The agent's name: the configuration's, else the host's.
pub(super) fn agent_name(config: &Config) -> String {
    let host = || rustix::system::uname().nodename().to_string_lossy().into_owned();
    config.agent_name().map_or_else(host, str::to_owned)
}
