//! `licwatch journal`.

use super::config::ConfigFile;
use super::{Exit, print};

/// Arguments of `journal`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    config: ConfigFile,
}

pub(super) fn run(args: &Args) -> Exit {
    match args.config.load() {
        Ok(_) => {
            print::error("not built yet");
            Exit::Nothing
        }
        Err(exit) => exit,
    }
}
