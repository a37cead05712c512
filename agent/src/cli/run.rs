//! `licwatch run`.

use super::config::ConfigFile;
use super::{Exit, print};
use crate::daemon::log_limit::LogLimit;

/// Arguments of `run`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    config: ConfigFile,
}

pub(super) fn run(args: &Args, _log_limit: &LogLimit) -> Exit {
    match args.config.load() {
        Ok(_) => {
            print::error("not built yet");
            Exit::Nothing
        }
        Err(exit) => exit,
    }
}
