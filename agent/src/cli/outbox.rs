//! `licwatch outbox`: what waits to be delivered, what was refused, and what a person does about it.

mod acts;
mod list;

use std::path::PathBuf;
use std::sync::Arc;

use super::config::ConfigFile;
use super::poll::agent_name;
use super::{Exit, print};
use crate::clock::SystemClock;
use crate::config::Config;
use crate::store::{Store, StoreError};

/// Arguments of `outbox`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  licwatch outbox list                                     how every sink fares
  licwatch outbox list --sink siem --refused               the lines that siem refused, and why
  licwatch outbox retry siem                               try now, do not wait
  licwatch outbox retry siem 4711 4712                     put two refused lines back to the queue
  licwatch outbox export siem /media/stick --refused       the refused lines as a drop; they stay
  licwatch outbox discard siem --all --reason 'siem is gone'

Exit code: 0 done, 1 a sink fails or refused lines (list), 2 arguments or configuration, 3 nothing could be done.")]
pub(super) struct Args {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, clap::Subcommand)]
enum Act {
    /// How every sink fares: what waits, what it refused, why it fails, when it is tried again.
    List(list::Args),
    /// Puts refused lines back to the queue; without numbers, tries the sink now.
    Retry(acts::RetryArgs),
    /// Writes lines as a drop into a folder, to carry them by hand. They stay in the outbox.
    Export(acts::ExportArgs),
    /// Removes lines for good. It is a person's act, with a reason, and stands in the journal.
    Discard(acts::DiscardArgs),
}

pub(super) fn run(args: &Args) -> Exit {
    let ended = match &args.act {
        Act::List(args) => list::run(args),
        Act::Retry(args) => acts::retry(args),
        Act::Export(args) => acts::export(args),
        Act::Discard(args) => acts::discard(args),
    };
    ended.unwrap_or_else(|exit| exit)
}

/// The store of a configuration, and the agent's name.
fn open(config: &ConfigFile) -> Result<(Store, String), Exit> {
    let config: Config = config.load()?;
    let agent = agent_name(&config);
    let folder: PathBuf = config.store_directory();
    let store = Store::open_existing(&folder, &agent, Arc::new(SystemClock::new()))
        .map_err(|error| refused(&error))?;
    Ok((store, agent))
}

/// Says why the store did not do it.
fn refused(error: &StoreError) -> Exit {
    print::error(error);
    match error {
        StoreError::Refused(_) => Exit::Usage,
        _ => Exit::Nothing,
    }
}
