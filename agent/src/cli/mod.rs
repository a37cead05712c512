//! The command line: arguments → plan → run → exit code. Data goes to stdout, talk to stderr.

mod completions;
mod config;
mod exit;
mod man;
mod parse;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub use exit::Exit;

/// Licence agent for Cisco networks that are closed to the internet.
#[derive(Debug, Parser)]
#[command(name = "licwatch", version, propagate_version = true, arg_required_else_help = true)]
pub struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Parse saved output offline: recognizes platform and command, prints one record per file.
    Parse(parse::Args),
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
        Verb::Parse(args) => parse::run(&args),
        Verb::Config(args) => config::run(&args),
        Verb::Completions(args) => completions::run(&args),
        Verb::Man(args) => man::run(&args),
    };
    exit.into()
}
