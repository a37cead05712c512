//! The command line: arguments → plan → run → exit code. Data goes to stdout, talk to stderr.

mod check;
mod completions;
mod config;
mod core_dump;
#[cfg(feature = "demo")]
mod demo;
mod devices;
mod exchange_table;
mod exit;
mod hold;
mod ingest;
mod journal;
mod keys;
mod man;
mod operator;
mod outbox;
mod parse;
mod poll;
mod print;
mod release;
mod run;
mod runtime;
mod status;
mod table;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

pub use exit::Exit;

use crate::daemon::log_limit::LogLimit;
use runtime::runtime;

/// Licence agent for Cisco networks that are closed to the internet.
#[derive(Debug, Parser)]
#[command(name = "licwatch", version = VERSION, propagate_version = true, arg_required_else_help = true)]
pub struct Cli {
    /// Say more of what happens, on stderr; twice for details. LICWATCH_LOG takes a filter instead.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,
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
    /// Runs the daemon: polls by schedule, delivers, and can be left alone.
    Run(run::Args),
    /// The state of every device: last seen, deadlines, what is silent, slow or locked out.
    Status(status::Args),
    /// Parse saved output offline: recognizes platform and command, prints one record per file.
    Parse(parse::Args),
    /// Takes saved output and other agents' drops into the store, as carried by hand.
    Ingest(ingest::Args),
    /// The account of everything done: show it, verify it, export it.
    Journal(journal::Args),
    /// What waits to be delivered and what was refused: list, retry, export, discard.
    Outbox(outbox::Args),
    /// Lets a credential, a device or the clock be used again that was stopped.
    Release(release::Args),
    /// Legal holds: what may not be deleted however old it is.
    Hold(hold::Args),
    /// The host keys of devices: trust, list, forget.
    Keys(keys::Args),
    /// Looks for what would stand in the way of a poll.
    Check(check::Args),
    /// The inventory: list it, import it from what you have, find devices that nobody listed; record a session.
    Devices(devices::Args),
    /// The configuration: begin one, show it, describe it.
    Config(config::Args),
    /// Prints the completion script of a shell.
    Completions(completions::Args),
    /// Prints the manual page of a verb, or writes all of them.
    Man(man::Args),
}

/// The version with the commit it was built from.
const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (", env!("LICWATCH_COMMIT"), ")");

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let log_limit = log(cli.verbose, matches!(cli.verb, Verb::Run(_)));
    core_dump::forgo();
    let exit = match cli.verb {
        #[cfg(feature = "demo")]
        Verb::Demo(args) => demo::run(&args),
        Verb::Poll(args) => poll::run(&args),
        Verb::Run(args) => run::run(&args, &log_limit),
        Verb::Status(args) => status::run(&args),
        Verb::Parse(args) => parse::run(&args),
        Verb::Ingest(args) => ingest::run(&args),
        Verb::Journal(args) => journal::run(&args),
        Verb::Outbox(args) => outbox::run(&args),
        Verb::Release(args) => release::run(&args),
        Verb::Devices(args) => devices::run(&args),
        Verb::Hold(args) => hold::run(&args),
        Verb::Keys(args) => keys::run(&args),
        Verb::Check(args) => check::run(&args),
        Verb::Config(args) => config::run(&args),
        Verb::Completions(args) => completions::run(&args),
        Verb::Man(args) => man::run(&args),
    };
    exit.into()
}

/// Sends logs to stderr. Libraries are heard only where somebody looks for a fault of theirs. A daemon says what it
/// does unasked; the journal of systemd has the time of each line and wants no colours. How many lines may be written
/// is not limited yet: that is for who runs long.
fn log(verbose: u8, daemon: bool) -> LogLimit {
    let level = match verbose.saturating_add(u8::from(daemon)) {
        0 => "licwatch=warn",
        1 => "licwatch=info",
        2 => "licwatch=debug",
        _ => "debug",
    };
    let filter = EnvFilter::try_from_env("LICWATCH_LOG").unwrap_or_else(|_| EnvFilter::new(level));
    let limit = LogLimit::default();
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_target(false);
    let all = tracing_subscriber::registry().with(filter).with(limit.clone());
    if std::env::var_os("JOURNAL_STREAM").is_some() {
        all.with(lines.with_ansi(false).without_time()).init();
    } else {
        let colour = anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never;
        all.with(lines.with_ansi(colour)).init();
    }
    limit
}
