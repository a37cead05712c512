//! `licwatch parse`: saved output in, records out. Touches no network and no state.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use licwatch_parsers::recognize::recognize;
use licwatch_parsers::record::{DeviceRecord, Platform, merge};
use licwatch_parsers::text::Cleaned;
use licwatch_parsers::{Command, Hints, parse};

use super::{Exit, print, table};
use crate::capture::{Capture, Origin};
use crate::recording::Session;

/// A saved output larger than this is refused; the largest real ones have a few hundred kilobytes.
const LARGEST: u64 = 256 << 20;

/// Arguments of `parse`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  licwatch parse show_license_all.txt            platform and command are recognized
  ssh edge-1 'show license all' | licwatch parse - --json
  licwatch parse --merge version.txt license.txt one record of one device
  licwatch parse captures/edge-1/                a folder is one device
  licwatch parse case-7/                         what `licwatch devices record --out case-7` kept

Lines that no grammar knows stand in the record's diagnostics; they do not change the exit code.")]
pub(super) struct Args {
    /// Saved output of one command each; a folder is one device; `-` is standard input.
    #[arg(required = true, value_name = "FILE")]
    paths: Vec<PathBuf>,
    /// Operating system of the device, where it is not recognized.
    #[arg(long, value_name = "PLATFORM", value_parser = platform)]
    platform: Option<Platform>,
    /// Command that the output belongs to, as typed or in full.
    #[arg(long, value_name = "COMMAND", value_parser = command)]
    command: Option<Command>,
    /// One JSON record per line.
    #[arg(long)]
    json: bool,
    /// All files are of one device: one record.
    #[arg(long)]
    merge: bool,
}

fn platform(word: &str) -> Result<Platform, String> {
    Platform::from_word(word).ok_or_else(|| {
        let known: Vec<_> = Platform::ALL.iter().map(|platform| platform.word()).collect();
        format!("one of {}", known.join(", "))
    })
}

fn command(typed: &str) -> Result<Command, String> {
    Command::typed(typed).ok_or_else(|| {
        let known: Vec<_> = Command::ALL.iter().map(|command| command.spelling()).collect();
        format!("no grammar reads its output; known are: {}", known.join(", "))
    })
}

/// What belongs to one record.
struct Group {
    name: String,
    /// The operating system, where a recorded session tells it.
    platform: Option<Platform>,
    /// Each with the command that it answers, where a recorded session tells it.
    files: Vec<(PathBuf, Option<Command>)>,
}

pub(super) fn run(args: &Args) -> Exit {
    let hints = Hints { platform: args.platform, command: args.command };
    let mut exit = Exit::Done;
    for group in groups(args) {
        let printed = match group.and_then(|group| read(&group).map(|captures| (group, captures))) {
            Ok((group, captures)) => {
                let hints = Hints { platform: hints.platform.or(group.platform), ..hints };
                show(&group.name, &captures, hints, args.json)
            }
            Err(problem) => {
                print::error(problem);
                exit = Exit::Usage;
                continue;
            }
        };
        if let Err(end) = printed {
            return end;
        }
    }
    exit
}

/// Which files make one record: each alone, a folder's together, or all of them.
fn groups(args: &Args) -> Vec<Result<Group, String>> {
    let expanded = args.paths.iter().map(|path| {
        let name = path.display().to_string();
        if !path.is_dir() {
            return Ok(Group { name, platform: None, files: vec![(path.clone(), None)] });
        }
        Ok(match Session::listed_in(path).map_err(|problem| problem.to_string())? {
            Some(listed) => Group { name, platform: listed.platform, files: listed.files },
            None => {
                let files = files_in(path)?.into_iter().map(|file| (file, None)).collect();
                Group { name, platform: None, files }
            }
        })
    });
    if !args.merge {
        return expanded.collect();
    }
    let merged = expanded.collect::<Result<Vec<_>, _>>().map(|groups| Group {
        name: groups.iter().map(|group| group.name.as_str()).collect::<Vec<_>>().join(", "),
        platform: groups.iter().find_map(|group| group.platform),
        files: groups.into_iter().flat_map(|group| group.files).collect(),
    });
    vec![merged]
}

/// The regular files of a folder by name; hidden ones are left out.
fn files_in(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let failed = |error: io::Error| format!("cannot read folder {}: {error}", folder.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if path.is_file() && !hidden {
            files.push(path);
        }
    }
    if files.is_empty() {
        return Err(format!("folder {} holds no files; name a folder with saved output", folder.display()));
    }
    files.sort();
    Ok(files)
}

fn read(group: &Group) -> Result<Vec<Capture>, String> {
    group.files.iter().map(|(path, command)| read_file(path, *command)).collect()
}

fn read_file(path: &Path, command: Option<Command>) -> Result<Capture, String> {
    let failed = |error: io::Error| format!("cannot read {}: {error}", path.display());
    let too_large =
        || Err(format!("{} is larger than {} MiB; is it saved output?", path.display(), LARGEST >> 20));
    let mut raw = Vec::new();
    if path.as_os_str() == "-" {
        io::stdin().lock().take(LARGEST + 1).read_to_end(&mut raw).map_err(failed)?;
    } else {
        let file = File::open(path).map_err(failed)?;
        if file.metadata().is_ok_and(|it| it.len() > LARGEST) {
            return too_large();
        }
        file.take(LARGEST + 1).read_to_end(&mut raw).map_err(failed)?;
    }
    if raw.len() as u64 > LARGEST {
        return too_large();
    }
    Ok(Capture::new(command, Origin::File, raw, None))
}

fn show(name: &str, captures: &[Capture], hints: Hints, json: bool) -> Result<(), Exit> {
    let cleaned: Vec<_> = captures.iter().map(|capture| Cleaned::new(&capture.raw)).collect();
    // What one file shows of the platform goes for all of a device.
    let shown = || cleaned.iter().find_map(|text| recognize(text).platform);
    let platform = hints.platform.or_else(|| if captures.len() > 1 { shown() } else { None });
    let hints = captures.iter().map(|capture| Hints { platform, command: hints.command.or(capture.command) });
    let mut records: Vec<_> = cleaned.iter().zip(hints).map(|(text, hints)| parse(text, hints)).collect();
    for (record, capture) in records.iter_mut().zip(captures) {
        record.sources.iter_mut().for_each(|source| capture.describe(source));
    }
    let record = match records.as_slice() {
        [_] => records.remove(0),
        several => merge(several),
    };
    if json { print_json(&record) } else { print::data(table::record_view(name, &record)) }
}

fn print_json(record: &DeviceRecord<'_>) -> Result<(), Exit> {
    match serde_json::to_string(record) {
        Ok(line) => print::line(&line),
        Err(problem) => {
            print::error(format_args!("the record could not be written as JSON: {problem}"));
            Err(Exit::Nothing)
        }
    }
}
