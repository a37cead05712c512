//! `licwatch ingest`: what people carry here enters the store.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use serde_json::{Value, json};

use super::config::ConfigFile;
use super::journal::moment;
use super::operator::operator;
use super::poll::agent_name;
use super::{Exit, print, table};
use crate::clock::{Clock, SystemClock};
use crate::config::{Label, value};
use crate::ingest::{
    Carrier, Found, IngestError, Missing, PassedOver, Taken, Terms, find, missing, take, try_out,
};
use crate::store::{Store, StoreError};

/// Arguments of `ingest`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
What is taken in:
  a file                saved output of one device
  a folder              all files in it: saved output of one device
  a recorded session    what `licwatch devices record` made; its digests are checked
  a manifest            one drop of another agent: sizes, SHA-256 and every line are checked
  a folder of drops     each by its manifest

All of a device's output or of a drop is taken in, or nothing. Lines that were taken in before are told and dropped;
so is the same output of a device, unless --at tells another time. Drops that are missing are told until they come.
Devices of other agents go by AGENT/NAME. The key that signs an agent's first drop is told and remembered: another key,
or a drop that nobody signed, is refused afterwards. No link in a folder is followed; what is not taken in is told.

Examples:
  licwatch ingest edge-7/ --device edge-7 --by 'A. Person' --at 2026-11-20T14:00:00Z
  licwatch ingest /media/stick/drops --by 'courier 4' --dry-run
  licwatch ingest /media/stick/drops --by 'courier 4' --json

Exit: 0 all was taken in, 1 something was found (a damaged or missing drop, a file that was left), 2 usage or configuration, 3 nothing could
be done.")]
pub(super) struct Args {
    #[command(flatten)]
    config: ConfigFile,
    /// Saved output, recorded sessions, manifests, folders of them.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The device that saved output is of [default: the host name in it].
    #[arg(long, value_name = "NAME", value_parser = device)]
    device: Option<String>,
    /// Who carried it here.
    #[arg(long, value_name = "NAME", value_parser = carrier)]
    by: String,
    /// When it was saved [default: what a recorded session or the device's clock in it tells].
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// A new key of another agent, after you asked who runs it.
    #[arg(long, value_name = "KEY")]
    accept_key: Option<String>,
    /// Takes drops that nobody signed of agents whose key is known, after you asked who made them.
    #[arg(long)]
    unsigned: bool,
    /// Checks everything and says what would be done; nothing is kept.
    #[arg(long)]
    dry_run: bool,
    /// One JSON object per device or drop.
    #[arg(long)]
    json: bool,
}

fn device(text: &str) -> Result<String, String> {
    value::device_name(text).map(|()| text.to_owned()).map_err(|wrong| wrong.to_string())
}

fn carrier(text: &str) -> Result<String, String> {
    Label::from_str(text).map(|label| label.to_string()).map_err(|wrong| wrong.to_string())
}

pub(super) fn run(args: &Args) -> Exit {
    ingest(args).unwrap_or_else(|exit| exit)
}

fn ingest(args: &Args) -> Result<Exit, Exit> {
    let clock = Arc::new(SystemClock::new());
    let at = match &args.at {
        None => None,
        Some(text) => Some(moment(text, clock.now()).filter(|at| *at <= clock.now()).ok_or_else(|| {
            print::error(format_args!(
                "{text:?} is no time in the past; give 2026-11-20T14:00:00Z, 2026-11-20 or 2d"
            ));
            Exit::Usage
        })?),
    };
    let config = args.config.load()?;
    let inventory = config.devices().map_err(|problems| super::config::complain(&problems))?;
    let terms = Terms {
        carrier: Carrier { actor: operator(), by: args.by.clone(), at },
        device: args.device.clone(),
        accept_key: args.accept_key.clone(),
        unsigned: args.unsigned,
        inventory,
        now: clock.now(),
    };
    let (folder, agent) = (config.store_directory(), agent_name(&config));
    // Where there is no store yet, a dry run leaves none.
    let begun = args.dry_run.then(tempfile::tempdir).transpose().map_err(|error| {
        print::error(format_args!("no temporary folder for a dry run: {error}"));
        Exit::Nothing
    })?;
    let store = match (&begun, Store::open_existing(&folder, &agent, Arc::clone(&clock) as Arc<dyn Clock>)) {
        (Some(begun), Err(StoreError::Absent { .. })) => Store::open(begun.path(), &agent, clock),
        (None, Err(StoreError::Absent { .. })) => Store::open(&folder, &agent, clock),
        (_, opened) => opened,
    };
    let store = store.map_err(|error| {
        print::error(error);
        Exit::Nothing
    })?;
    let mut told = Told::new(args);
    if args.dry_run {
        let (mut all, mut passed_over) = (Vec::new(), Vec::new());
        for path in &args.paths {
            match find(path) {
                Ok(holding) => {
                    all.extend(holding.found);
                    passed_over.extend(holding.passed_over);
                }
                Err(error) => told.refused(&path.display().to_string(), &error)?,
            }
        }
        let tried = try_out(&store, &all, &terms).map_err(|error| {
            print::error(error);
            Exit::Nothing
        })?;
        for (found, tried) in all.iter().zip(tried.taken) {
            told.tell(found, tried)?;
        }
        told.passed_over(&passed_over)?;
        return told.end(&tried.missing);
    }
    for path in &args.paths {
        match find(path) {
            Ok(holding) => {
                for found in holding.found {
                    told.tell(&found, take(&store, &found, &terms))?;
                }
                told.passed_over(&holding.passed_over)?;
            }
            Err(error) => told.refused(&path.display().to_string(), &error)?,
        }
    }
    let missing = store.read_blocking(|connection| missing(connection, &told.taken)).map_err(|error| {
        print::error(error);
        Exit::Nothing
    })?;
    told.end(&missing)
}

/// What is told of everything, and how it ends.
struct Told<'a> {
    args: &'a Args,
    table: comfy_table::Table,
    exit: Exit,
    taken: Vec<Taken>,
}

impl<'a> Told<'a> {
    fn new(args: &'a Args) -> Self {
        let table = table::table(["from", "what", "new", "known", "captures", "result"]);
        Self { args, table, exit: Exit::Done, taken: Vec::new() }
    }

    fn tell(&mut self, found: &Found, taken: Result<Taken, IngestError>) -> Result<(), Exit> {
        let path = found.path().display().to_string();
        let taken = match taken {
            Ok(taken) => taken,
            Err(error) => return self.refused(&path, &error),
        };
        for finding in &taken.findings {
            self.worse(Exit::Findings);
            print::error(format_args!("{path}: {}\n       {}", finding.text, finding.remedy));
        }
        for note in &taken.notes {
            print::talk(format_args!("{path}: {note}"));
        }
        for (first, last) in &taken.closed {
            print::talk(format_args!("{path}: nothing is missing any more from {first} to {last}"));
        }
        let result = match (taken.observations, self.args.dry_run) {
            (0, _) => "known",
            (_, true) => "would be taken in",
            (_, false) => "taken in",
        };
        if self.args.json {
            let mut line = serde_json::to_value(&taken).unwrap_or_default();
            self.line(&mut line, result)?;
        }
        let what = match (&taken.agent, taken.sequence, &taken.device) {
            (Some(agent), Some(sequence), _) => format!("drop {sequence} of {agent}"),
            (_, _, Some(device)) => device.clone(),
            _ => taken.what.to_owned(),
        };
        let counts = [taken.observations, taken.repeated, taken.captures].map(|count| count.to_string());
        let [new, known, captures] = counts;
        self.table.add_row([path, what, new, known, captures, result.to_owned()]);
        if taken.agent.is_some() {
            self.taken.push(taken);
        }
        Ok(())
    }

    fn passed_over(&mut self, all: &[PassedOver]) -> Result<(), Exit> {
        for passed_over in all {
            let (path, finding) = (passed_over.path.display().to_string(), passed_over.finding());
            self.worse(Exit::Findings);
            print::error(format_args!("{path}: {}\n       {}", finding.text, finding.remedy));
            if self.args.json {
                self.line(&mut json!({"path": path, "findings": [finding]}), "passed over")?;
            }
            self.table.add_row([path.as_str(), "", "", "", "", "passed over"]);
        }
        Ok(())
    }

    fn refused(&mut self, path: &str, error: &IngestError) -> Result<(), Exit> {
        print::error(format_args!("{path}: {error}"));
        self.worse(match error {
            IngestError::Store(StoreError::Refused(_)) => Exit::Findings,
            IngestError::Store(_) => Exit::Nothing,
            error if error.is_finding() => Exit::Findings,
            _ => Exit::Usage,
        });
        if self.args.json {
            let finding = json!({"kind": error.word(), "text": error.to_string()});
            self.line(&mut json!({"path": path, "findings": [finding]}), "refused")?;
        }
        self.table.add_row([path, "", "", "", "", "refused"]);
        Ok(())
    }

    fn line(&self, line: &mut Value, result: &str) -> Result<(), Exit> {
        if let Some(line) = line.as_object_mut() {
            line.insert("schema".to_owned(), "licwatch/ingest/1".into());
            line.insert("result".to_owned(), result.replace(' ', "_").into());
            line.insert("dry_run".to_owned(), self.args.dry_run.into());
        }
        print::line(&line.to_string())
    }

    /// Nothing done is worse than a usage error, that is worse than findings.
    fn worse(&mut self, exit: Exit) {
        let rank = |exit: Exit| match exit {
            Exit::Done => 0,
            Exit::Findings => 1,
            Exit::Usage => 2,
            Exit::Nothing => 3,
        };
        if rank(exit) > rank(self.exit) {
            self.exit = exit;
        }
    }

    fn end(mut self, missing: &[Missing]) -> Result<Exit, Exit> {
        for missing in missing {
            let finding = missing.finding();
            self.worse(Exit::Findings);
            print::error(format_args!("{}\n       {}", finding.text, finding.remedy));
            if self.args.json {
                let mut line = serde_json::to_value(missing).unwrap_or_default();
                self.line(&mut line, "missing")?;
            }
        }
        if !self.args.json {
            print::data(format_args!("{}\n", self.table))?;
        }
        if self.args.dry_run {
            print::talk("A dry run: nothing was kept.");
        }
        Ok(self.exit)
    }
}
