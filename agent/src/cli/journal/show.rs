//! `journal show`.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::super::{Exit, print, table};
use super::{ShowArgs, typed_moment, unusable};
use crate::clock::{Clock, SystemClock};
use crate::journal::{Kept, Kind};
use crate::store;

/// What is shown of one entry's particulars, in characters.
const WIDEST: usize = 300;

/// What is wanted.
struct Filter<'f> {
    since: Option<Timestamp>,
    kinds: &'f [Kind],
    device: Option<&'f str>,
}

impl Filter<'_> {
    fn lets(&self, entry: &Value) -> bool {
        let text = |name: &str| entry.get(name).and_then(Value::as_str);
        let at = || text("at").and_then(|at| at.parse::<Timestamp>().ok());
        let device = |name: &str| {
            let is_it = |value: &Value| value.as_str().is_some_and(|it| it.eq_ignore_ascii_case(name));
            let several = entry.get("devices").and_then(Value::as_array);
            entry.get("device").is_some_and(is_it) || several.is_some_and(|all| all.iter().any(is_it))
        };
        self.since.is_none_or(|since| at().is_some_and(|at| at >= since))
            && (self.kinds.is_empty() || self.kinds.iter().any(|kind| text("kind") == Some(kind.word())))
            && self.device.is_none_or(device)
    }
}

pub(super) fn show(args: &ShowArgs) -> Result<Exit, Exit> {
    let now = SystemClock::new().now();
    let since = args.since.as_deref().map(|since| typed_moment(since, now)).transpose()?;
    let config = args.config.load()?;
    let connection = store::journal::read_only(&config.store_directory()).map_err(unusable)?;
    let filter = Filter { since, kinds: &args.kind, device: args.device.as_deref() };
    let wanted = |kept: &Kept<'_>| {
        let entry: Value = serde_json::from_slice(kept.entry).unwrap_or_default();
        filter.lets(&entry).then_some(entry)
    };
    if args.json && args.limit == 0 {
        let mut end = Ok(());
        let all = store::journal::each(&connection, |kept| {
            if wanted(&kept).is_some() {
                end = print::line(&line(&kept));
            }
            end.is_ok()
        });
        all.map_err(unusable)?;
        return end.map(|()| Exit::Done);
    }
    let mut found = Vec::new();
    let newest = store::journal::each_from_the_end(&connection, |kept| {
        if let Some(entry) = wanted(&kept) {
            found.push(if args.json {
                Shown::Line(line(&kept))
            } else {
                Shown::Cells(cells(kept.seq, &entry))
            });
        }
        args.limit == 0 || found.len() < args.limit
    });
    newest.map_err(unusable)?;
    let mut table = table::table(["entry", "at", "who", "what", "particulars"]);
    for shown in found.into_iter().rev() {
        match shown {
            Shown::Line(line) => print::line(&line)?,
            Shown::Cells(cells) => drop(table.add_row(cells)),
        }
    }
    if !args.json {
        print::data(format_args!("{table}\n"))?;
    }
    Ok(Exit::Done)
}

enum Shown {
    Line(String),
    Cells([String; 5]),
}

/// The entry byte for byte, with its hash.
fn line(kept: &Kept<'_>) -> String {
    #[derive(Serialize)]
    struct Line<'l> {
        schema: &'static str,
        hash: &'l str,
        entry: Box<RawValue>,
    }
    let text = String::from_utf8_lossy(kept.entry).into_owned();
    // Bytes that are no JSON any more stand there as a text.
    let quoted = Value::from(text.as_str()).to_string();
    let entry = RawValue::from_string(text).or_else(|_| RawValue::from_string(quoted)).unwrap_or_default();
    let line = Line { schema: "licwatch/journal-entry/1", hash: kept.hash, entry };
    serde_json::to_string(&line).unwrap_or_default()
}

fn cells(seq: i64, entry: &Value) -> [String; 5] {
    let text = |name: &str| entry.get(name).and_then(Value::as_str).unwrap_or("?").to_owned();
    let at = text("at")
        .parse::<Timestamp>()
        .map_or_else(|_| text("at"), |at| at.strftime("%Y-%m-%d %H:%M:%SZ").to_string());
    [seq.to_string(), at, text("actor"), text("kind"), particulars(entry.as_object())]
}

/// `device core-1, outcome complete`
fn particulars(entry: Option<&Map<String, Value>>) -> String {
    const OF_ALL: [&str; 5] = ["seq", "at", "agent", "actor", "kind"];
    let told = entry.into_iter().flatten().filter(|(name, _)| !OF_ALL.contains(&name.as_str()));
    let words: Vec<_> = told
        .map(|(name, value)| match value {
            Value::String(text) => format!("{name} {text}"),
            other => format!("{name} {other}"),
        })
        .collect();
    let words = words.join(", ");
    match words.char_indices().nth(WIDEST) {
        Some((end, _)) => format!("{}…", words.get(..end).unwrap_or_default()),
        None => words,
    }
}
