//! `licwatch completions`: the script that lets a shell complete the command line.

use clap::CommandFactory;
use clap_complete::Shell;

use super::{Cli, Exit, print};

/// Arguments of `completions`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The shell, such as bash: `licwatch completions bash > /etc/bash_completion.d/licwatch`.
    shell: Shell,
}

pub(super) fn run(args: &Args) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "licwatch", &mut script);
    print::all(String::from_utf8_lossy(&script))
}
