//! `licwatch devices`: the registry.

mod record;

use super::Exit;

/// Arguments of `devices`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, clap::Subcommand)]
enum Act {
    /// Saves one poll of one device as a scrubbed capture: a bug report that tells nothing about your site.
    Record(Box<record::Args>),
}

pub(super) fn run(args: &Args) -> Exit {
    match &args.act {
        Act::Record(args) => record::run(args),
    }
}
