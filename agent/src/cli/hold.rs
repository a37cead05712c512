//! `licwatch hold`: legal holds, what retention may not delete.

use std::sync::Arc;

use serde_json::json;

use super::config::ConfigFile;
use super::operator::operator;
use super::poll::agent_name;
use super::{Exit, print, table};
use crate::clock::SystemClock;
use crate::store::hold::{self, Hold};
use crate::store::{Store, StoreError};

/// Arguments of `hold`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, clap::Subcommand)]
enum Act {
    /// Holds what is kept of devices, and what will come of them.
    #[command(after_help = "\
Examples:
  licwatch hold set core-1 core-2 --reason 'audit 2027-014'
  licwatch hold set --all --reason 'audit 2027-014'          also devices to come

Exit: 0 set, 2 a name is unknown, 3 nothing could be done.")]
    Set {
        /// Names of devices that the store knows.
        #[arg(required_unless_present = "all", conflicts_with = "all")]
        names: Vec<String>,
        /// Every device, also those to come.
        #[arg(long)]
        all: bool,
        /// Why, for the journal.
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        config: ConfigFile,
    },
    /// Lifts holds by their numbers; what no other hold covers may be deleted when its time has come.
    #[command(after_help = "\
Examples:
  licwatch hold list
  licwatch hold lift 3 4 --reason 'audit closed'

Exit: 0 lifted, 2 a number is unknown (none is lifted then), 3 nothing could be done.")]
    Lift {
        /// Numbers of holds, as `hold list` shows them.
        #[arg(required = true)]
        numbers: Vec<i64>,
        /// Why, for the journal.
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        config: ConfigFile,
    },
    /// Lists the holds that stand.
    #[command(after_help = "\
Examples:
  licwatch hold list
  licwatch hold list --json | jq '.holds[].device'

Exit: 0 listed, 3 nothing could be done.")]
    List {
        /// As JSON, form `licwatch/holds/1`.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        config: ConfigFile,
    },
}

pub(super) fn run(args: &Args) -> Exit {
    let ended = match &args.act {
        Act::Set { names, all, reason, config } => set(names, *all, reason, config),
        Act::Lift { numbers, reason, config } => lift(numbers, reason, config),
        Act::List { json, config } => list(*json, config),
    };
    ended.unwrap_or_else(|exit| exit)
}

fn set(names: &[String], all: bool, reason: &str, config: &ConfigFile) -> Result<Exit, Exit> {
    let (reason, names) = (stated(reason)?, (!all).then(|| names.to_vec()));
    let store = open(config)?;
    let set = store.write_blocking(move |tx| tx.hold(names.as_deref(), &reason, &operator()));
    for hold in set.map_err(refused)? {
        print::talk(format_args!("hold {} is set on {}", hold.number, whom(&hold)));
    }
    Ok(Exit::Done)
}

fn lift(numbers: &[i64], reason: &str, config: &ConfigFile) -> Result<Exit, Exit> {
    let (reason, numbers) = (stated(reason)?, numbers.to_vec());
    let store = open(config)?;
    let lifted = store.write_blocking(move |tx| tx.lift(&numbers, &reason, &operator()));
    for hold in lifted.map_err(refused)? {
        print::talk(format_args!("hold {} is lifted from {}", hold.number, whom(&hold)));
    }
    Ok(Exit::Done)
}

fn list(json: bool, config: &ConfigFile) -> Result<Exit, Exit> {
    let holds = open(config)?.read_blocking(hold::all).map_err(refused)?;
    if json {
        return Ok(print::all(format_args!(
            "{:#}\n",
            json!({ "schema": "licwatch/holds/1", "holds": holds })
        )));
    }
    let mut table = table::table(["hold", "device", "since", "by", "reason"]);
    for hold in &holds {
        let device = hold.device.as_deref().unwrap_or("every device");
        let since = format!("{:.0}", hold.set_at);
        table.add_row([&hold.number.to_string(), device, &since, &hold.set_by, &hold.reason]);
    }
    let count = holds.len();
    print::data(format_args!("{table}\n{count} {}\n", if count == 1 { "hold" } else { "holds" }))?;
    Ok(Exit::Done)
}

/// A reason that says something.
fn stated(reason: &str) -> Result<String, Exit> {
    let reason = reason.trim();
    if reason.is_empty() {
        print::error("--reason is empty; the journal shall tell why");
        return Err(Exit::Usage);
    }
    Ok(reason.to_owned())
}

fn whom(hold: &Hold) -> &str {
    hold.device.as_deref().unwrap_or("every device, also those to come")
}

fn open(config: &ConfigFile) -> Result<Store, Exit> {
    let config = config.load()?;
    let clock = Arc::new(SystemClock::new());
    Store::open_existing(&config.store_directory(), &agent_name(&config), clock).map_err(refused)
}

fn refused(error: StoreError) -> Exit {
    match error {
        StoreError::Refused(why) => {
            print::error(why);
            Exit::Usage
        }
        error => {
            print::error(error);
            Exit::Nothing
        }
    }
}
