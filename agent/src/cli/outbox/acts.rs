//! `licwatch outbox retry|export|discard`: what a person does with lines. Each is an entry of the journal.

use std::io::{self, BufRead, IsTerminal};
use std::path::PathBuf;

use jiff::Timestamp;

use super::super::config::ConfigFile;
use super::super::operator::operator;
use super::super::{Exit, print};
use super::refused;
use crate::clock::{Clock, SystemClock};
use crate::deliver::file_drop::{Contents, Counts, FileDrop};
use crate::journal::{Entry, Kind};
use crate::store::outbox::{self, Changed, Place, Reach, SinkState, Which};
use crate::store::{Store, StoreError};

/// Lines and bytes of one exported drop, at most.
const DROP_LINES: usize = 10_000;
const DROP_BYTES: usize = 64 << 20;

/// Arguments of `outbox retry`.
#[derive(Debug, clap::Args)]
pub(super) struct RetryArgs {
    /// The sink.
    sink: String,
    /// Numbers of refused lines, as `outbox list --refused` shows them.
    #[arg(value_name = "NUMBER")]
    numbers: Vec<i64>,
    /// All that it refused.
    #[arg(long, conflicts_with = "numbers")]
    all: bool,
    #[command(flatten)]
    config: ConfigFile,
}

/// Arguments of `outbox export`.
#[derive(Debug, clap::Args)]
pub(super) struct ExportArgs {
    /// The sink.
    sink: String,
    /// The folder; nothing in it is overwritten.
    folder: PathBuf,
    /// The lines that it refused instead of those that wait.
    #[arg(long)]
    refused: bool,
    #[command(flatten)]
    config: ConfigFile,
}

/// Arguments of `outbox discard`.
#[derive(Debug, clap::Args)]
pub(super) struct DiscardArgs {
    /// The sink.
    sink: String,
    /// Numbers of lines, as `outbox list --refused` and `--waiting` show them.
    #[arg(value_name = "NUMBER", required_unless_present_any = ["all", "refused"])]
    numbers: Vec<i64>,
    /// All that wait for it and all that it refused.
    #[arg(long, conflicts_with = "numbers")]
    all: bool,
    /// All that it refused.
    #[arg(long, conflicts_with_all = ["numbers", "all"])]
    refused: bool,
    /// Why, for the journal.
    #[arg(long)]
    reason: String,
    /// Nobody is asked.
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    config: ConfigFile,
}

pub(super) fn retry(args: &RetryArgs) -> Result<Exit, Exit> {
    let (store, _) = super::open(&args.config)?;
    known(&store, &args.sink)?;
    let until = store.read_blocking(outbox::last_number).map_err(|error| refused(&error))?;
    let which = if args.all { Which::Refused(until) } else { Which::Numbers(numbers(&args.numbers)) };
    let (sink, actor) = (args.sink.clone(), operator());
    let done = repeat(|| {
        let (sink, which, actor) = (sink.clone(), which.clone(), actor.clone());
        store.write_blocking(move |tx| tx.retry(&sink, &which, &actor))
    })?;
    match done.refused {
        0 => print::talk(format_args!("{sink} is tried now")),
        count => {
            print::talk(format_args!("{count} lines are back in the queue of {sink}, which is tried now"));
        }
    }
    Ok(Exit::Done)
}

pub(super) fn discard(args: &DiscardArgs) -> Result<Exit, Exit> {
    if args.reason.trim().is_empty() {
        print::error("the reason is empty; say for the journal why lines are discarded");
        return Err(Exit::Usage);
    }
    let (store, _) = super::open(&args.config)?;
    let state = known(&store, &args.sink)?;
    let until = store.read_blocking(outbox::last_number).map_err(|error| refused(&error))?;
    let numbers = numbers(&args.numbers);
    let (which, count) = match (args.all, args.refused) {
        (true, _) => (Which::All(until), state.waiting + state.refused),
        (_, true) => (Which::Refused(until), state.refused),
        _ => (Which::Numbers(numbers.clone()), u64::try_from(numbers.len()).unwrap_or(u64::MAX)),
    };
    if count == 0 {
        print::talk(format_args!("{} has no such lines", args.sink));
        return Ok(Exit::Done);
    }
    if !args.yes && !is_agreed(&args.sink, count)? {
        print::talk("nothing was discarded");
        return Ok(Exit::Findings);
    }
    let (sink, reason, actor) = (args.sink.clone(), args.reason.clone(), operator());
    let done = repeat(|| {
        let (sink, which, reason, actor) = (sink.clone(), which.clone(), reason.clone(), actor.clone());
        store.write_blocking(move |tx| tx.discard(&sink, &which, &reason, &actor))
    })?;
    print::talk(format_args!(
        "discarded of {sink}: {} lines that waited, {} that were refused",
        done.waiting, done.refused
    ));
    Ok(Exit::Done)
}

pub(super) fn export(args: &ExportArgs) -> Result<Exit, Exit> {
    let (store, agent) = super::open(&args.config)?;
    let state = known(&store, &args.sink)?;
    let place = if args.refused { Place::Refused } else { Place::Waiting };
    let count = if args.refused { state.refused } else { state.waiting };
    if count == 0 {
        print::talk(format_args!("{} has no such lines; nothing was written", args.sink));
        return Ok(Exit::Done);
    }
    let drop = FileDrop::open(&args.folder, &agent).map_err(|error| {
        print::error(&error);
        Exit::Nothing
    })?;
    let drop = drop.signed(store.key());
    // What comes while it is written belongs to the next export.
    let until = store.read_blocking(outbox::last_number).map_err(|error| refused(&error))?;
    let (mut after, mut damaged, mut written) = (0, 0, 0);
    loop {
        let reach = Reach { after, until, lines: DROP_LINES, bytes: DROP_BYTES, raw: false };
        let page =
            store.read_blocking(|connection| outbox::page(connection, &args.sink, state.wants, place, reach));
        let page = page.map_err(|error| refused(&error))?;
        let lines = page.lines.iter().map(|line| line.seq);
        let Some(last) = lines.chain(page.damaged.iter().map(|letter| letter.seq)).max() else { break };
        after = last;
        for letter in &page.damaged {
            damaged += 1;
            print::error(format_args!("line {} is not written: {}", letter.seq, letter.reason));
        }
        if page.lines.is_empty() {
            continue;
        }
        let [complete, partial, failed] = page.outcomes;
        let counts = Counts { polled: complete + partial + failed, complete, partial, failed };
        let contents = Contents {
            lines: page.lines.iter().map(|line| line.text.as_str()).collect(),
            counts,
            ..Contents::default()
        };
        let published = drop.publish(now(), &contents).map_err(|error| {
            print::error(&error);
            Exit::Nothing
        })?;
        written += page.lines.len();
        let entry = Entry::new(operator(), Kind::OutboxChanged)
            .with("act", "export")
            .with("sink", args.sink.as_str())
            .with("refused", args.refused)
            .with("lines", page.lines.len())
            .with("file", published.records.display().to_string())
            .with("sha256", published.contents.files.first().map(|file| file.sha256.clone()));
        store.write_blocking(move |tx| tx.account(&entry)).map_err(|error| refused(&error))?;
        print::line(&published.manifest.display().to_string())?;
    }
    print::talk(format_args!("{written} lines of {} were written; they stay in the outbox", args.sink));
    Ok(if damaged > 0 { Exit::Findings } else { Exit::Done })
}

/// Repeats an act until all of it is done; each transaction is short, since the daemon waits meanwhile.
fn repeat(mut act: impl FnMut() -> Result<Changed, StoreError>) -> Result<Changed, Exit> {
    let mut sum = Changed::default();
    loop {
        let done = act().map_err(|error| refused(&error))?;
        sum.waiting += done.waiting;
        sum.refused += done.refused;
        if !done.is_cut {
            return Ok(sum);
        }
    }
}

fn known(store: &Store, sink: &str) -> Result<SinkState, Exit> {
    let state = store.read_blocking(|connection| outbox::state(connection, sink));
    state.map_err(|error| refused(&error))?.ok_or_else(|| {
        print::error(format_args!("there is no sink \"{sink}\"; `licwatch outbox list` shows them"));
        Exit::Usage
    })
}

/// Each number once.
fn numbers(named: &[i64]) -> Vec<i64> {
    let named: std::collections::BTreeSet<i64> = named.iter().copied().collect();
    named.into_iter().collect()
}

fn is_agreed(sink: &str, count: u64) -> Result<bool, Exit> {
    if !io::stdin().is_terminal() {
        print::error("nobody can be asked; say --yes if the lines shall be discarded");
        return Err(Exit::Usage);
    }
    print::talk(format_args!("{count} lines of {sink} will be gone for good. Type yes to discard them:"));
    let mut answer = String::new();
    // Nothing read is no agreement.
    let _ = io::stdin().lock().read_line(&mut answer);
    Ok(answer.trim().eq_ignore_ascii_case("yes"))
}

fn now() -> Timestamp {
    SystemClock::new().now()
}
