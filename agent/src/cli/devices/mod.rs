//! `licwatch devices`: the inventory listed, imported from what users have, and compared with what polls have seen; and
//! a live session saved as a scrubbed capture.

mod import;
mod list;
mod present;
mod record;
mod unknown;

use super::Exit;

/// Arguments of `devices`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, clap::Subcommand)]
enum Act {
    /// Lists the devices of the inventory, all or some.
    List(list::ListArgs),
    /// Shows one device with its settings in force, and where each comes from.
    Show(list::ShowArgs),
    /// Takes devices from an export into the inventory, once you have seen what changes.
    Import(Box<import::ImportArgs>),
    /// Shows what an import would change, and changes nothing.
    Diff(Box<import::DiffArgs>),
    /// Finds devices that polls have seen and no inventory lists.
    Unknown(unknown::Args),
    /// Saves one poll of one device as a scrubbed capture: a bug report that tells nothing about your site.
    Record(Box<record::Args>),
}

pub(super) fn run(args: &Args) -> Exit {
    let ended = match &args.act {
        Act::List(args) => list::list(args),
        Act::Show(args) => Ok(list::show(args)),
        Act::Import(args) => import::import(args),
        Act::Diff(args) => import::diff(args),
        Act::Unknown(args) => unknown::run(args),
        Act::Record(args) => Ok(record::run(args)),
    };
    ended.unwrap_or_else(|exit| exit)
}
