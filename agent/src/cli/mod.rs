//! The command line: arguments → plan → run → exit code. Data goes to stdout, talk to stderr.

mod check;
mod completions;
mod config;
#[cfg(feature = "demo")]
mod demo;
mod exit;
mod keys;
mod man;
mod parse;
mod poll;
mod print;
mod runtime;
mod table;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub use exit::Exit;

use runtime::runtime;

/// Licence agent for Cisco networks that are closed to the internet.
#[derive(Debug, Parser)]
#[command(name = "licwatch", version, propagate_version = true, arg_required_else_help = true)]
pub struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Polls simulated devices on loopback: the whole main job, without a network.
    #[cfg(feature = "demo")]
    Demo(demo::Args),
    /// Polls devices now: the inventory, some of it, or one that needs no file.
    Poll(Box<poll::Args>),
    /// Parse saved output offline: recognizes platform and command, prints one record per file.
    Parse(parse::Args),
    /// The host keys of devices: trust, list, forget.
    Keys(keys::Args),
    /// Looks for what would stand in the way of a poll.
    Check(check::Args),
    /// The configuration: begin one, show it, describe it.
    Config(config::Args),
    /// Prints the completion script of a shell.
    Completions(completions::Args),
    /// Prints the manual page of a verb, or writes all of them.
    Man(man::Args),
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let exit = match cli.verb {
        #[cfg(feature = "demo")]
        Verb::Demo(args) => demo::run(&args),
        Verb::Poll(args) => poll::run(&args),
        Verb::Parse(args) => parse::run(&args),
        Verb::Keys(args) => keys::run(&args),
        Verb::Check(args) => check::run(&args),
        Verb::Config(args) => config::run(&args),
        Verb::Completions(args) => completions::run(&args),
        Verb::Man(args) => man::run(&args),
    };
    exit.into()
}
