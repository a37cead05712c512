//! `licwatch release`: what the agent stopped may be used again. It is a person's act, and on record.

use std::io::{self, BufRead, IsTerminal};
use std::sync::Arc;

use serde_json::json;

use super::config::ConfigFile;
use super::operator::operator;
use super::poll::agent_name;
use super::{Exit, print, table};
use crate::clock::SystemClock;
use crate::journal::Actor;
use crate::store::guard::{Stop, Stopped};
use crate::store::releases::{self, Refused};
use crate::store::{Store, StoreError};

/// Arguments of `release`.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    arg_required_else_help = true,
    after_help = "\
A device that refused a login is logged in to no more, a credential that several devices refused ([guard] refusals) is
used no more, until it is released here. Releasing a credential releases none of the devices that refused it.

Examples:
  licwatch release --list                      what is stopped, since when and why
  licwatch release device core-1 edge-7        they may be logged in to again
  licwatch release credential network --yes    without asking
  licwatch release clock                       the host's clock is right, whatever the agent thinks of it

Exit code: 0 released or listed, 1 something was not stopped or not agreed to, 2 arguments or configuration,
3 the store could not be used."
)]
pub(super) struct Args {
    /// Show what is stopped.
    #[arg(long)]
    list: bool,
    /// As JSON.
    #[arg(long, requires = "list")]
    json: bool,
    #[command(flatten)]
    config: ConfigFile,
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Devices that refused a login.
    Device {
        /// Their names in the inventory; the address of a jump host or an ad-hoc device.
        #[arg(required = true, value_name = "NAME")]
        names: Vec<String>,
        #[command(flatten)]
        how: How,
    },
    /// Credentials that several devices refused.
    Credential {
        /// Their names in the configuration; `user:NAME` for a login that was typed.
        #[arg(required = true, value_name = "NAME")]
        names: Vec<String>,
        #[command(flatten)]
        how: How,
    },
    /// The host's own clock, which the agent did not trust.
    Clock {
        #[command(flatten)]
        how: How,
    },
}

#[derive(Debug, clap::Args)]
struct How {
    /// Do not ask.
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    config: ConfigFile,
}

pub(super) fn run(args: &Args) -> Exit {
    let ended = match &args.what {
        None => list(args),
        Some(What::Device { names, how }) => release(how, names, Tables::device),
        Some(What::Credential { names, how }) => release(how, names, Tables::credential),
        Some(What::Clock { how }) => release_clock(how),
    };
    ended.unwrap_or_else(|exit| exit)
}

/// What is stopped.
struct Tables {
    refusals: Vec<Refused>,
    credentials: Vec<Stop>,
}

impl Tables {
    fn read(store: &Store) -> Result<Self, Exit> {
        let read = store.read_blocking(|sql| {
            Ok(Self { refusals: releases::refusals(sql)?, credentials: releases::stopped_credentials(sql)? })
        });
        read.map_err(|problem| refused(&problem))
    }

    fn device(&self, name: &str) -> Option<Stop> {
        let of = |refused: &&Refused| refused.device.eq_ignore_ascii_case(name);
        let Refused { device, credential, at, reason } = self.refusals.iter().find(of)?;
        let reason = format!("with the credential {credential}: {reason}");
        Some(Stop { what: Stopped::Device(device.clone()), since: *at, reason })
    }

    fn credential(&self, name: &str) -> Option<Stop> {
        self.credentials.iter().find(|stop| stop.what == Stopped::Credential(name.to_owned())).cloned()
    }
}

fn open(file: &ConfigFile) -> Result<Store, Exit> {
    let config = file.load()?;
    let opened =
        Store::open_existing(&config.store_directory(), &agent_name(&config), Arc::new(SystemClock::new()));
    opened.map_err(|problem| refused(&problem))
}

fn list(args: &Args) -> Result<Exit, Exit> {
    let store = open(&args.config)?;
    let Tables { refusals, credentials } = Tables::read(&store)?;
    if args.json {
        let devices = refusals.iter().map(|refused| {
            json!({
                "device": refused.device, "credential": refused.credential,
                "since": refused.at, "reason": refused.reason,
            })
        });
        let credentials = credentials
            .iter()
            .map(|stop| json!({ "credential": name(stop), "since": stop.since, "reason": stop.reason }));
        let stopped = json!({
            "schema": "licwatch/release/1",
            "devices": devices.collect::<Vec<_>>(),
            "credentials": credentials.collect::<Vec<_>>(),
        });
        print::line(&stopped.to_string())?;
        return Ok(Exit::Done);
    }
    if refusals.is_empty() && credentials.is_empty() {
        print::talk("nothing is stopped");
        return Ok(Exit::Done);
    }
    let mut table = table::table(["stopped", "name", "since", "why"]);
    for stop in &credentials {
        table.add_row(["credential", name(stop), &stop.since.to_string(), &stop.reason]);
    }
    for refused in &refusals {
        let why = format!("with the credential {}: {}", refused.credential, refused.reason);
        table.add_row(["device", &refused.device, &refused.at.to_string(), &why]);
    }
    print::data(format_args!("{table}\n"))?;
    Ok(Exit::Done)
}

fn release(how: &How, names: &[String], find: fn(&Tables, &str) -> Option<Stop>) -> Result<Exit, Exit> {
    let store = open(&how.config)?;
    let tables = Tables::read(&store)?;
    let mut exit = Exit::Done;
    let mut stops: Vec<Stop> = Vec::new();
    for wanted in names {
        match find(&tables, wanted) {
            Some(stop) if !stops.contains(&stop) => stops.push(stop),
            Some(_) => {}
            None => {
                print::error(format_args!("{wanted} is not stopped\n       see `licwatch release --list`"));
                exit = Exit::Findings;
            }
        }
    }
    for stop in &stops {
        print::talk(format_args!("{} is stopped since {}: {}", name(stop), stop.since, stop.reason));
    }
    if stops.is_empty() || !is_agreed(how)? {
        return Ok(Exit::Findings);
    }
    let actor = operator();
    for stop in stops {
        let released = store.write_blocking({
            let (stop, actor) = (stop.clone(), actor.clone());
            move |tx| match &stop.what {
                Stopped::Device(name) => tx.release_device(name, &actor),
                Stopped::Credential(name) => tx.release_credential(name, &actor),
            }
        });
        match released.map_err(|problem| refused(&problem))? {
            Some(_) => print::data(format_args!("released: {}\n", name(&stop)))?,
            // Somebody else was faster.
            None => print::talk(format_args!("{} was released meanwhile", name(&stop))),
        }
        say_who_stays(&tables, &stop);
    }
    Ok(exit)
}

/// A credential that is released opens none of the devices that refused it.
fn say_who_stays(tables: &Tables, stop: &Stop) {
    let Stopped::Credential(credential) = &stop.what else { return };
    let of = |refused: &&Refused| refused.credential == *credential;
    let devices: Vec<&str> =
        tables.refusals.iter().filter(of).map(|refused| refused.device.as_str()).collect();
    if !devices.is_empty() {
        print::talk(format_args!(
            "the devices that refused it stay stopped: licwatch release device {}",
            devices.join(" ")
        ));
    }
}

fn release_clock(how: &How) -> Result<Exit, Exit> {
    let store = open(&how.config)?;
    print::talk(format_args!("the host's clock says {}", crate::clock::Clock::now(&SystemClock::new())));
    if !is_agreed(how)? {
        return Ok(Exit::Findings);
    }
    let actor: Actor = operator();
    store.write_blocking(move |tx| tx.release_clock(&actor)).map_err(|problem| refused(&problem))?;
    print::data("released: clock\n")?;
    Ok(Exit::Done)
}

fn is_agreed(how: &How) -> Result<bool, Exit> {
    if how.yes {
        return Ok(true);
    }
    if !io::stdin().is_terminal() {
        print::error("nobody can be asked; agree with --yes");
        return Err(Exit::Usage);
    }
    print::talk("Type yes to release:");
    let mut answer = String::new();
    // Nothing read is no agreement.
    let _ = io::stdin().lock().read_line(&mut answer);
    let agreed = answer.trim().eq_ignore_ascii_case("yes");
    if !agreed {
        print::talk("nothing was released");
    }
    Ok(agreed)
}

fn name(stop: &Stop) -> &str {
    match &stop.what {
        Stopped::Device(name) | Stopped::Credential(name) => name,
    }
}

/// A store that is missing or closed to this user is a matter of the configuration.
fn refused(problem: &StoreError) -> Exit {
    print::error(problem);
    match problem {
        StoreError::Absent { .. } | StoreError::Folder { .. } | StoreError::Newer { .. } => Exit::Usage,
        _ => Exit::Nothing,
    }
}
