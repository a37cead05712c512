//! Serves simulated devices until Ctrl-C, for trying licwatch or any other client against them:
//!
//! ```text
//! cargo run -p licwatch-simulator --example simulate -- --devices 12 --base 127.0.77.1 --port 2222
//! ```
//!
//! `known_hosts`, `devices.csv`, and the password in a file that only its owner can read, are put into a folder.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::net::Ipv4Addr;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use licwatch_simulator::{Clock, Credentials, Device, Fleet, Kind, Manners, Personality, Seed};

/// Serves simulated Cisco devices on loopback.
#[derive(Debug, Parser)]
#[command(name = "simulate")]
struct Options {
    /// How many devices; their kinds take turns.
    #[arg(long, default_value_t = 16)]
    devices: usize,
    /// The address of the first device; the others follow.
    #[arg(long, default_value_t = Ipv4Addr::new(127, 0, 77, 1))]
    base: Ipv4Addr,
    /// The port of the command line at each address; 0 lets the system choose.
    #[arg(long, default_value_t = 2222)]
    port: u16,
    /// A port for NETCONF alone; without it NETCONF shares the other one.
    #[arg(long)]
    netconf_port: Option<u16>,
    /// Only devices of this kind, by its name: c9300-stack, isr-g2, n9k, asr9k, wlc5520, asa5516 …
    #[arg(long)]
    kind: Option<String>,
    /// Devices of the kinds isr-g2 and c3850 have old algorithms, banners and a user at privilege 1.
    #[arg(long)]
    old_manners: bool,
    /// The user who may log in.
    #[arg(long, default_value = "licwatch")]
    user: String,
    /// Takes the password from the first line of this file; without it, the password is random.
    #[arg(long)]
    password_file: Option<PathBuf>,
    /// What the host keys are derived from.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Where to put known_hosts, devices.csv and password; a new folder in the system's temporary folder if not given.
    #[arg(long)]
    folder: Option<PathBuf>,
    /// Stops after so many seconds.
    #[arg(long)]
    seconds: Option<u64>,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.downcast_ref::<io::Error>().is_some_and(is_broken_pipe) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("simulate: {error}");
            ExitCode::from(2)
        }
    }
}

async fn run(options: &Options) -> Result<(), Box<dyn std::error::Error>> {
    let credentials = match &options.password_file {
        Some(file) => {
            let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
            Credentials::new(&options.user, text.lines().next().unwrap_or_default())
        }
        None => {
            let random = Credentials::random();
            Credentials::new(&options.user, random.password())
        }
    };
    let mut builder = Fleet::builder()
        .devices(devices(options)?)
        .from(options.base, options.port)
        .credentials(credentials.clone())
        .seed(Seed(options.seed));
    if let Some(port) = options.netconf_port {
        builder = builder.netconf_port(port);
    }
    let fleet = builder.start().await?;
    let folder = folder(options)?;
    publish(&folder, &fleet, &credentials).map_err(|error| format!("{}: {error}", folder.display()))?;
    print_table(&fleet, &folder)?;
    let limit = async {
        match options.seconds {
            Some(seconds) => tokio::time::sleep(Duration::from_secs(seconds)).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted?,
        () = limit => {}
    }
    fleet.stop().await;
    Ok(())
}

/// The devices, their kinds in turn, each another variant of its kind.
fn devices(options: &Options) -> Result<Vec<Device>, String> {
    let kinds = match &options.kind {
        None => Kind::ALL.to_vec(),
        Some(id) => vec![Kind::from_id(id).ok_or_else(|| format!("there is no kind {id:?}; see --help"))?],
    };
    let originals: Vec<Personality> = kinds.iter().map(|kind| Personality::of(*kind)).collect();
    let device = |number: usize| {
        let (turn, which) = (number / kinds.len(), number % kinds.len());
        let (kind, original) = (kinds.get(which)?, originals.get(which)?);
        let old = options.old_manners && matches!(kind, Kind::IsrG2 | Kind::C3850);
        let manners = if old { Manners::old() } else { Manners::of(kind.platform()) };
        Some(
            Device::new(original.variant(turn))
                .manners(manners)
                .clock(Clock::Running(jiff::SignedDuration::ZERO)),
        )
    };
    Ok((0..options.devices).filter_map(device).collect())
}

/// The folder to publish in. One in the system's temporary folder must be new: nobody else may have made it.
fn folder(options: &Options) -> Result<PathBuf, String> {
    let ours = || std::env::temp_dir().join(format!("licwatch-simulator-{}", std::process::id()));
    let folder = options.folder.clone().unwrap_or_else(ours);
    let created = fs::DirBuilder::new().recursive(options.folder.is_some()).mode(0o700).create(&folder);
    created.map_err(|error| format!("cannot create {}: {error}", folder.display()))?;
    Ok(folder)
}

/// Puts what a client needs into the folder.
fn publish(folder: &Path, fleet: &Fleet, credentials: &Credentials) -> io::Result<()> {
    fs::write(folder.join("known_hosts"), fleet.known_hosts())?;
    fs::write(folder.join("devices.csv"), fleet.inventory_csv())?;
    let password = folder.join("password");
    match fs::remove_file(&password) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&password)?;
    writeln!(file, "{}", credentials.password())
}

fn print_table(fleet: &Fleet, folder: &Path) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{:<22} {:<22} {:<12} {:<16} user", "command line", "netconf", "kind", "host name")?;
    for device in fleet.devices() {
        writeln!(
            out,
            "{:<22} {:<22} {:<12} {:<16} {}",
            device.address().to_string(),
            device.netconf_address().map_or("-".to_owned(), |address| address.to_string()),
            device.personality().id(),
            device.hostname(),
            device.credentials().user()
        )?;
    }
    for file in ["known_hosts", "devices.csv", "password"] {
        writeln!(out, "{}", folder.join(file).display())?;
    }
    out.flush()
}

fn is_broken_pipe(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::BrokenPipe
}
