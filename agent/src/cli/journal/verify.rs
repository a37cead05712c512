//! `journal verify`.

use std::fs::File;
use std::io::{IsTerminal, Read};
use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use super::super::{Exit, print};
use super::{VerifyArgs, unusable};
use crate::journal::{Anchor, Broken, HEAD_FILE, Head, Place, Verified, verify_export};
use crate::store;
use crate::store::journal::HeadError;

/// Shorter journals are verified before anybody could read a bar.
const SHOWN_FROM: u64 = 50_000;

pub(super) fn verify(args: &VerifyArgs) -> Result<Exit, Exit> {
    let mut anchors = Vec::new();
    for path in &args.head {
        anchors.push(head_of(path)?);
    }
    let (place, verified) = match &args.export {
        Some(folder) => (folder.clone(), exported(folder, anchors.clone())?),
        None => {
            let folder = args.config.load()?.store_directory();
            // The head that lies in the store's own folder: against a store put back alone.
            let damage = match store::journal::newest_head(&folder) {
                Ok(newest) => {
                    anchors.extend(newest);
                    None
                }
                Err(HeadError::Damaged { why, .. }) => Some(Broken::Beside { file: HEAD_FILE, why }),
                // Where there is no store, that is what is told.
                Err(problem) => {
                    store::journal::read_only(&folder).map_err(unusable)?;
                    print::error(problem);
                    return Err(Exit::Nothing);
                }
            };
            let verified = match (kept(&folder, anchors.clone())?, damage) {
                (Ok(_), Some(broken)) => Err(Place { broken, at: None }),
                (verified, _) => verified,
            };
            (folder, verified)
        }
    };
    tell(args.json, &place, &anchors, verified)
}

fn head_of(path: &Path) -> Result<Anchor, Exit> {
    let mut text = Vec::new();
    let name = path.display().to_string();
    let read = File::open(path).and_then(|file| file.take(64 << 20).read_to_end(&mut text));
    read.map_err(|error| {
        print::error(format_args!("cannot read {name}: {error}"));
        Exit::Usage
    })?;
    let head = Head::within(&text).map_err(|error| {
        print::error(format_args!("{name}: {error}"));
        Exit::Usage
    })?;
    Ok(Anchor { name, head })
}

fn exported(folder: &Path, anchors: Vec<Anchor>) -> Result<Result<Verified, Place>, Exit> {
    let size = std::fs::metadata(folder.join("journal.ndjson")).map_or(0, |it| it.len());
    let bar = bar(if size > 16 << 20 { size } else { 0 }, "{bar:40} {bytes}/{total_bytes}");
    let verified = verify_export(folder, anchors, &mut |bytes| bar.set_position(bytes));
    bar.finish_and_clear();
    verified.map_err(|error| {
        print::error(error);
        Exit::Nothing
    })
}

fn kept(folder: &Path, anchors: Vec<Anchor>) -> Result<Result<Verified, Place>, Exit> {
    let connection = store::journal::read_only(folder).map_err(unusable)?;
    // One snapshot, while the daemon goes on.
    let snapshot = connection.unchecked_transaction().map_err(|error| unusable(error.into()))?;
    let end = store::journal::end(&snapshot).map_err(unusable)?.seq;
    let bar = bar(if end > SHOWN_FROM { end } else { 0 }, "{bar:40} {pos}/{len} entries");
    let verified = store::journal::verify(&snapshot, anchors, &mut |seq| bar.set_position(seq));
    bar.finish_and_clear();
    Ok(verified.map_err(unusable)?.map_err(|broken| Place { broken, at: None }))
}

/// A bar on a terminal; nothing where there is little to do.
fn bar(length: u64, form: &str) -> ProgressBar {
    if length == 0 || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template(form).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(length).with_style(style)
}

fn tell(
    as_json: bool,
    place: &Path,
    anchors: &[Anchor],
    verified: Result<Verified, Place>,
) -> Result<Exit, Exit> {
    let heads = anchors.iter().map(|it| json!({"file": it.name, "seq": it.head.seq, "at": it.head.at}));
    let mut told = json!({
        "schema": "licwatch/journal-verify/1", "journal": place.display().to_string(),
        "heads": heads.collect::<Vec<Value>>(), "verified": verified.is_ok(),
    });
    let add = |told: &mut Value, more: Value| {
        if let (Some(told), Value::Object(more)) = (told.as_object_mut(), more) {
            told.extend(more);
        }
    };
    let exit = match verified {
        Ok(verified) => {
            let Verified { entries, hash, begun, ended, public_key } = verified;
            add(
                &mut told,
                json!({"entries": entries, "hash": hash, "begun": begun, "ended": ended,
                       "public_key": public_key.to_string()}),
            );
            if !as_json {
                print::data(format_args!(
                    "{}: {entries} entries verify, from {begun} to {ended}\n  hash {hash}\n  key  {public_key}\n",
                    place.display()
                ))?;
                for Anchor { name, head } in anchors {
                    print::data(format_args!(
                        "  head {name}: entry {} is the one that was signed\n",
                        head.seq
                    ))?;
                }
                if anchors.is_empty() {
                    print::talk(
                        "Whose key it is, and whether a later tail is missing, only a head from outside tells: --head FILE.",
                    );
                }
            }
            Exit::Done
        }
        Err(Place { broken, at }) => {
            let mut finding =
                json!({"kind": broken.word(), "entry": broken.seq(), "text": broken.to_string()});
            add(&mut finding, at.map_or(Value::Null, |(line, byte)| json!({"line": line, "byte": byte})));
            add(&mut told, json!({"finding": finding}));
            let at = at.map_or_else(String::new, |(line, byte)| {
                format!(" (line {line} of journal.ndjson, at byte {byte})")
            });
            print::error(format_args!("{}: {broken}{at}", place.display()));
            print::talk(
                "       What stands before it can be relied on, what stands there and behind it cannot. Keep all of \
                 it as it is, tell the security officer, and compare with an older export or a backup.",
            );
            Exit::Findings
        }
    };
    if as_json {
        print::line(&told.to_string())?;
    }
    Ok(exit)
}
