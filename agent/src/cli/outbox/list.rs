//! `licwatch outbox list`.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::config::ConfigFile;
use super::super::{Exit, print, table};
use crate::store::outbox::{self, FAILING, Listed, Place, SinkState};

/// Arguments of `outbox list`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Only this sink.
    #[arg(long, value_name = "NAME")]
    sink: Option<String>,
    /// The lines that were refused, too, with their numbers and reasons.
    #[arg(long)]
    refused: bool,
    /// The lines that wait, too, with their numbers.
    #[arg(long)]
    waiting: bool,
    /// Lines of each sink that are shown at most, from the oldest on.
    #[arg(long, value_name = "COUNT", default_value_t = 1_000)]
    most: usize,
    /// As one JSON object, form licwatch/outbox/1.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigFile,
}

/// A sink with the lines that were asked for.
struct Shown {
    state: SinkState,
    waiting: Vec<Listed>,
    refused: Vec<Listed>,
}

pub(super) fn run(args: &Args) -> Result<Exit, Exit> {
    let (store, _) = super::open(&args.config)?;
    let shown = store.read_blocking(|connection| {
        let mut shown = Vec::new();
        for state in outbox::states(connection)? {
            if args.sink.as_ref().is_some_and(|name| *name != state.name) {
                continue;
            }
            let lines = |wanted: bool, place| match wanted {
                true => outbox::list(connection, &state.name, state.wants, place, args.most),
                false => Ok(Vec::new()),
            };
            let waiting = lines(args.waiting, Place::Waiting)?;
            let refused = lines(args.refused, Place::Refused)?;
            shown.push(Shown { state, waiting, refused });
        }
        Ok(shown)
    });
    let shown = shown.map_err(|error| super::refused(&error))?;
    if let (Some(name), true) = (&args.sink, shown.is_empty()) {
        print::error(format_args!("there is no sink \"{name}\"; `licwatch outbox list` shows them"));
        return Err(Exit::Usage);
    }
    if args.json {
        let sinks: Vec<Value> = shown.iter().map(as_json).collect();
        print::line(&json!({ "schema": "licwatch/outbox/1", "sinks": sinks }).to_string())?;
    } else {
        as_table(&shown)?;
    }
    let ails = |shown: &Shown| shown.state.failures >= FAILING || shown.state.refused > 0;
    Ok(if shown.iter().any(ails) { Exit::Findings } else { Exit::Done })
}

fn as_json(shown: &Shown) -> Value {
    let state = &shown.state;
    let line = |line: &Listed| {
        json!({
            "number": line.seq, "id": line.id, "device": line.device, "queued_at": line.queued_at,
            "refused_at": line.refused_at, "reason": line.reason,
        })
    };
    json!({
        "name": state.name, "kind": state.kind, "wants": state.wants.word(), "configured": state.active,
        "waiting": state.waiting, "oldest": state.oldest, "refused": state.refused,
        "delivered": state.delivered, "delivered_at": state.delivered_at,
        "failures": state.failures, "failed_at": state.failed_at,
        "problem": state.problem, "next_try": state.next_try,
        "batch_begun": state.begun.as_ref().map(|begun| json!({
            "sequence": begun.sequence, "key": begun.key, "lines": begun.lines, "at": begun.at,
        })),
        "waiting_lines": shown.waiting.iter().map(line).collect::<Vec<_>>(),
        "refused_lines": shown.refused.iter().map(line).collect::<Vec<_>>(),
    })
}

fn as_table(shown: &[Shown]) -> Result<(), Exit> {
    if shown.is_empty() {
        print::talk("no sink is configured; see [drop] and [sink.NAME]");
        return Ok(());
    }
    let mut sinks = table::table([
        "sink",
        "kind",
        "waiting",
        "oldest",
        "refused",
        "last delivery",
        "next try",
        "problem",
    ]);
    for Shown { state, .. } in shown {
        let next = match (&state.problem, state.next_try) {
            _ if !state.active => "not configured".to_owned(),
            (Some(_), Some(at)) => time(Some(at)),
            (Some(_), None) => "now".to_owned(),
            (None, _) => String::new(),
        };
        sinks.add_row([
            state.name.clone(),
            state.kind.clone(),
            state.waiting.to_string(),
            time(state.oldest),
            state.refused.to_string(),
            time(state.delivered_at),
            next,
            state.problem.clone().unwrap_or_default(),
        ]);
    }
    print::data(format_args!("{sinks}\n"))?;
    for Shown { state, waiting, refused } in shown {
        for (lines, what) in [(waiting, "waiting for"), (refused, "refused by")] {
            if lines.is_empty() {
                continue;
            }
            let mut table = table::table(["number", "device", "id", "queued", "refused", "reason"]);
            for line in lines {
                table.add_row([
                    line.seq.to_string(),
                    line.device.clone().unwrap_or_default(),
                    line.id.clone().unwrap_or_else(|| "no longer in the store".to_owned()),
                    time(Some(line.queued_at)),
                    time(line.refused_at),
                    line.reason.clone().unwrap_or_default(),
                ]);
            }
            print::data(format_args!("\n{what} {}\n{table}\n", state.name))?;
        }
    }
    Ok(())
}

/// To the second, in UTC.
fn time(at: Option<Timestamp>) -> String {
    at.map(|at| at.strftime("%Y-%m-%d %H:%M:%SZ").to_string()).unwrap_or_default()
}
