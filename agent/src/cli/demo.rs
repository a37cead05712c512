//! `licwatch demo`: the whole main job against simulated devices inside this process.

use std::collections::BTreeMap;
use std::fs;
use std::num::NonZeroU16;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::SignedDuration;
use licwatch_simulator::{Clock, Device as Simulated, Fleet, Kind, LiveDevice, Personality};
use secrecy::SecretString;

use super::poll::present::{self, Finished, Presentation};
use super::{Exit, poll, print, runtime};
use crate::config::{Config, Transport};
use crate::credentials::Login;
use crate::deliver::file_drop::{FileDrop, Published};
use crate::inventory::{Address, Device};
use crate::poll::guard::{Guard, Rules};
use crate::poll::{Access, Job};
use crate::transport::ssh::{HostKeys, Policy};

/// Arguments of `demo`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Starts simulated devices of every platform and every licensing generation on loopback, polls them over SSH and \
NETCONF as `licwatch poll` would, with their host keys verified, and publishes a drop. Nothing outside this machine is \
touched.

Examples:
  licwatch demo
  licwatch demo --replay case-7    the device that `licwatch devices record --out case-7` kept, simulated")]
pub(super) struct Args {
    /// Folder to drop the records in [default: a new one for temporary files, which is kept].
    #[arg(long, value_name = "DIR")]
    drop: Option<PathBuf>,
    /// One JSON record per line instead of a table.
    #[arg(long)]
    json: bool,
    /// How many devices; the sixteen kinds and the ways to reach them take turns.
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..=2000))]
    devices: u16,
    /// Simulate the devices whose captures lie in these folders instead.
    #[arg(long, value_name = "DIR", num_args = 1.., conflicts_with = "devices")]
    replay: Vec<PathBuf>,
}

pub(super) fn run(args: &Args) -> Exit {
    plan_and_run(args).unwrap_or_else(|exit| exit)
}

fn plan_and_run(args: &Args) -> Result<Exit, Exit> {
    let simulated = match args.replay.as_slice() {
        [] => (0..usize::from(args.devices)).map(simulated).collect(),
        folders => folders.iter().map(|folder| replayed(folder)).collect::<Result<Vec<_>, _>>()?,
    };
    let place = tempfile::Builder::new().prefix("licwatch-demo-").tempdir().map_err(|error| {
        print::error(format_args!("no folder for temporary files: {error}"));
        Exit::Nothing
    })?;
    let folder = args.drop.clone().unwrap_or_else(|| place.path().to_owned());
    let drop = FileDrop::open(&folder, "demo").map_err(|problem| {
        print::error(problem);
        Exit::Usage
    })?;
    let how = Presentation { json: args.json, drop: Some(drop), keep_raw: true, store: None };

    let (exit, published) =
        runtime()?.block_on(poll_simulated(simulated, !args.replay.is_empty(), place.path(), &how))?;
    if args.drop.is_none() {
        // The drop is what the demo leaves; its folder stays.
        let _ = place.keep();
    }
    if let Some(published) = &published {
        show_manifest(published);
    }
    Ok(exit)
}

async fn poll_simulated(
    devices: Vec<Simulated>,
    replay: bool,
    folder: &Path,
    how: &Presentation,
) -> Result<Finished, Exit> {
    let count = devices.len();
    let failed = |problem: String| {
        print::error(problem);
        Exit::Nothing
    };
    let fleet = Fleet::builder()
        .devices(devices)
        .netconf_port(0)
        .start()
        .await
        .map_err(|error| failed(format!("the simulated devices could not be started: {error}")))?;
    let known_hosts = folder.join("known_hosts");
    fs::write(&known_hosts, fleet.known_hosts())
        .map_err(|error| failed(format!("cannot write {}: {error}", known_hosts.display())))?;
    match replay {
        true => print::talk(format_args!(
            "{count} recorded {} up on loopback\n",
            if count == 1 { "device is" } else { "devices are" }
        )),
        false => print::talk(format_args!(
            "{count} simulated devices of {} kinds are up on loopback\n",
            Kind::ALL.len()
        )),
    }

    let host_keys = Arc::new(HostKeys::new(known_hosts, Policy::Strict));
    let config = Config::default();
    let mut jobs: Vec<_> = fleet
        .devices()
        .iter()
        .enumerate()
        .filter_map(|(number, live)| {
            // In every other turn the platform is given, as an inventory does; else the poll finds it out.
            let turn = number / Kind::ALL.len();
            let (transport, told) = if replay {
                (by_every_way(live), true)
            } else {
                (in_turn(turn, live), turn.is_multiple_of(2))
            };
            let mut job = job(transport, live, &config, &host_keys)?;
            job.device.platform = told.then(|| live.personality().platform());
            Some(job)
        })
        .collect();
    unique_names(&mut jobs);
    let mut poller = poll::poller(&config);
    // Nobody's login server has to be spared here.
    poller.logins = Arc::new(Guard::alone(Arc::clone(&poller.clock), Rules::NO_LIMITS));
    let finished = present::run(&poller, jobs, how).await;
    fleet.stop().await;
    Ok(finished)
}

/// The kinds take turns; after each turn the devices are others of the same kind.
fn simulated(number: usize) -> Simulated {
    let kind = Kind::ALL.get(number % Kind::ALL.len()).copied().unwrap_or(Kind::C9300Stack);
    let personality = Personality::of(kind).variant(number / Kind::ALL.len());
    // Most clocks are right; one in five is some minutes off, as in life.
    let ahead = if number % 5 == 3 { SignedDuration::from_secs(-247) } else { SignedDuration::ZERO };
    Simulated::new(personality).clock(Clock::Running(ahead))
}

/// The device whose captures lie in a folder.
fn replayed(folder: &Path) -> Result<Simulated, Exit> {
    Personality::from_folder(folder).map(Simulated::new).map_err(|problem| {
        print::error(problem);
        Exit::Usage
    })
}

/// First by both ways where the device has them, then each way alone, where it tells licences.
fn in_turn(turn: usize, live: &LiveDevice) -> Transport {
    let tells_licences = || live.personality().capabilities().iter().any(|uri| uri.contains("license"));
    match turn % 3 {
        0 if live.netconf_address().is_some() => Transport::Auto,
        2 if live.netconf_address().is_some() && tells_licences() => Transport::Netconf,
        _ => Transport::Ssh,
    }
}

/// As far as the recording goes.
fn by_every_way(live: &LiveDevice) -> Transport {
    match live.netconf_address() {
        Some(_) if live.personality().commands().next().is_none() => Transport::Netconf,
        Some(_) => Transport::Auto,
        None => Transport::Ssh,
    }
}

/// How a simulated device is polled.
fn job(transport: Transport, live: &LiveDevice, config: &Config, host_keys: &Arc<HostKeys>) -> Option<Job> {
    let address = live.address();
    let credentials = live.credentials();
    let device = Device {
        port: NonZeroU16::new(address.port())?,
        netconf_port: NonZeroU16::new(live.netconf_address().map_or(1, |address| address.port()))?,
        transport,
        site: Some("demo".to_owned()),
        ..config.ad_hoc(&live.hostname(), Address::Ip(address.ip()))?
    };
    let login = Login {
        user: credentials.user().to_owned(),
        password: Some(SecretString::from(credentials.password())),
        key: None,
        agent: false,
        enable: Some(SecretString::from(credentials.enable_secret())),
    };
    Some(Job { device, access: Access::from(&login), jump_access: None, host_keys: Arc::clone(host_keys) })
}

/// Names must tell devices apart, also where two variants share a host name.
fn unique_names(jobs: &mut [Job]) {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for job in jobs {
        let count = seen.entry(job.device.name.clone()).or_default();
        *count += 1;
        if *count > 1 {
            job.device.name.push_str(&format!("-{count}"));
        }
    }
}

fn show_manifest(published: &Published) {
    if let Ok(manifest) = fs::read_to_string(&published.manifest) {
        let head: Vec<_> = manifest.lines().take(24).collect();
        print::talk(format_args!("\n{}\n  …", head.join("\n")));
    }
}
