//! `devices unknown`: what polls have seen and nobody listed.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use csv::Writer;

use crate::cli::config::{ConfigFile, complain};
use crate::cli::{Exit, print, table};
use crate::config::Config;
use crate::inventory::unknown::{Kind, Records, Report, Unknown, report};

/// Arguments of `devices unknown`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Neighbours are known where devices were polled with --neighbors. They say of themselves what they like, so
nothing is taken: look at the list, then import what is yours.

Examples:
  licwatch poll --neighbors --json > seen.ndjson
  licwatch devices unknown seen.ndjson
  licwatch devices unknown                              every drop in the configured folder
  licwatch devices unknown seen.ndjson --csv > new.csv
  licwatch devices import --from csv new.csv

Exit code: 0 everything that was seen is listed, 1 something is not, 2 a file or an argument is wrong.")]
pub(super) struct Args {
    /// Records of polls, one JSON object per line; `-` is standard input [default: the drops of the configuration].
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    config: ConfigFile,
    /// One JSON object.
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// A table that `devices import --from csv` takes.
    #[arg(long)]
    csv: bool,
}

pub(super) fn run(args: &Args) -> Result<Exit, Exit> {
    let config = args.config.load_if_any()?;
    let listed = match &config {
        Some(config) => config.devices().map_err(|problems| complain(&problems))?,
        None => {
            print::talk("there is no configuration: everything but the polled devices counts as not listed");
            Vec::new()
        }
    };
    let files = if args.files.is_empty() { drops(config.as_ref())? } else { args.files.clone() };
    let mut records = Records::default();
    for file in &files {
        read(&mut records, file)?;
    }
    let found = report(&records, &listed);
    if args.json {
        print::data(format_args!("{:#}\n", serde_json::json!(found)))?;
    } else if args.csv {
        print::data(as_csv(&found.unknown)?)?;
    } else {
        print::data(as_table(&found.unknown))?;
    }
    explain(&records, &found);
    let clean = found.unknown.is_empty() && found.findings.is_empty();
    Ok(if clean { Exit::Done } else { Exit::Findings })
}

fn read(records: &mut Records, file: &Path) -> Result<(), Exit> {
    let name = file.display().to_string();
    let read = if file.as_os_str() == "-" {
        records.read("standard input", io::stdin().lock())
    } else {
        match File::open(file) {
            Ok(opened) => records.read(&name, BufReader::new(opened)),
            Err(error) => {
                print::error(format_args!(
                    "{name} cannot be opened: {error}\n       see that the path is right"
                ));
                return Err(Exit::Usage);
            }
        }
    };
    read.map_err(|error| {
        print::error(error);
        Exit::Usage
    })
}

/// The records in the drop folder of the configuration.
fn drops(config: Option<&Config>) -> Result<Vec<PathBuf>, Exit> {
    let refused = |why: String| {
        print::error(format_args!("{why}\n       name files of records, or `-` for standard input"));
        Exit::Usage
    };
    let folder = config.and_then(Config::drop_directory);
    let folder =
        folder.ok_or_else(|| refused("no file is named, and no drop folder is configured".to_owned()))?;
    let entries = std::fs::read_dir(&folder)
        .map_err(|error| refused(format!("the drop folder {} cannot be read: {error}", folder.display())))?;
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "ndjson") && path.is_file())
        .collect();
    files.sort();
    if files.is_empty() {
        return Err(refused(format!("there are no records in the drop folder {}", folder.display())));
    }
    Ok(files)
}

fn as_table(unknown: &[Unknown]) -> String {
    let mut table =
        table::table(["kind", "device", "address", "platform", "model", "serial", "version", "seen by"]);
    for device in unknown {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        table.add_row([
            if device.kind == Kind::Neighbor { "neighbour".to_owned() } else { "member".to_owned() },
            device.name.clone(),
            text(&device.address),
            device.platform.unwrap_or_default().to_owned(),
            text(&device.model),
            text(&device.serial_number),
            text(&device.software_version),
            seen_by(device),
        ]);
    }
    if unknown.is_empty() { "everything that was seen is listed\n".to_owned() } else { format!("{table}\n") }
}

fn seen_by(device: &Unknown) -> String {
    device.seen_by.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// Rows for those that have an address; members, which have none, as comments.
fn as_csv(unknown: &[Unknown]) -> Result<String, Exit> {
    let mut comments = String::new();
    let mut writer = Writer::from_writer(Vec::new());
    let mut write = |row: [&str; 5]| {
        // Writing to memory fails only where there is none.
        writer.write_record(row).map_err(|_| Exit::Nothing)
    };
    write(["name", "address", "platform", "serial_number", "notes"])?;
    for device in unknown {
        let model = device.model.as_deref().unwrap_or_default();
        let serial = device.serial_number.as_deref().unwrap_or_default();
        match (&device.address, device.kind) {
            (Some(address), Kind::Neighbor) => {
                // The words of a neighbour come last: no cell may begin with what a spreadsheet takes for a formula.
                let notes = format!("seen by {}: {model}", seen_by(device));
                let notes: String = notes.trim_end_matches([' ', ':']).chars().take(240).collect();
                let serial = Some(serial).filter(|serial| serial.starts_with(char::is_alphanumeric));
                let platform = device.platform.unwrap_or_default();
                write([&device.name, address, platform, serial.unwrap_or_default(), &notes])?;
            }
            (None, Kind::Neighbor) => {
                comments.push_str(&format!(
                    "# {} tells no address: {model}, seen by {}\n",
                    device.name,
                    seen_by(device)
                ));
            }
            (_, Kind::Member) => {
                comments.push_str(&format!("# {serial} {model} is a member behind {}\n", device.name));
            }
        }
    }
    let rows = writer.into_inner().map_err(|_| Exit::Nothing)?;
    Ok(format!("{}{comments}", String::from_utf8_lossy(&rows)))
}

fn explain(records: &Records, found: &Report) {
    for finding in &found.findings {
        print::talk(format_args!("warning: {}", finding.message));
    }
    if !found.not_offered.is_empty() {
        let kinds: Vec<_> =
            found.not_offered.iter().map(|(reason, count)| format!("{count} × {reason}")).collect();
        print::talk(format_args!("not offered: {}", kinds.join(", ")));
    }
    if records.left_out > 0 {
        print::talk(format_args!("{} neighbours were too many to be looked at", records.left_out));
    }
    print::talk(format_args!(
        "{} polled devices, {} of which told of neighbours{}",
        records.devices(),
        records.with_neighbors(),
        if records.with_neighbors() == 0 { "; poll them with --neighbors" } else { "" }
    ));
}
