//! `licwatch devices record`: one poll of one device, scrubbed, as a folder that may leave the site.

use std::fs::{File, OpenOptions};
use std::io::{self, IsTerminal, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde_json::json;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::super::config::ConfigFile;
use super::super::poll::ad_hoc::AdHoc;
use super::super::{Exit, VERSION, poll, print, runtime, table};
use crate::config::Config;
use crate::inventory::{Device, Selection};
use crate::observation::Outcome;
use crate::poll::{Job, Polled, Poller};
use crate::recording::{Recording, Staging, record, shortened};
use crate::scrub::Key;
use crate::transport;

/// Arguments of `devices record`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Polls one device once, with the commands that `licwatch poll --dry-run` lists, and keeps its answers byte for byte but \
for what tells whose device it is: serial numbers, host and domain names, addresses, accounts, users, contacts, codes, \
keys, communities, certificates are replaced, the same original by the same replacement everywhere. Versions, PIDs, \
licences, dates and counts stay. The list of what was replaced is shown and lies beside the captures: read both before \
they leave.

Examples:
  licwatch devices record core-1 --out case-7              a device of the inventory
  licwatch devices record --host 192.0.2.11 -u monitor --out case-7
  licwatch devices record core-1 --out case-7 --originals review.txt
  licwatch parse case-7                                    what licwatch reads in it
  licwatch demo --replay case-7                            the device again, simulated

Exit code: 0 recorded, 1 recorded but in part or with a doubt, 2 arguments or configuration, 3 nothing was recorded.")]
pub(super) struct Args {
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    config: ConfigFile,
    #[command(flatten)]
    ad_hoc: AdHoc,
    /// The folder to make; it must not exist, or be empty.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Write what was replaced by what to this new file, for your review; it must not leave with the captures.
    #[arg(long, value_name = "FILE")]
    originals: Option<PathBuf>,
    /// One JSON object instead of a table.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> Exit {
    plan_and_run(args).unwrap_or_else(|exit| exit)
}

fn plan_and_run(args: &Args) -> Result<Exit, Exit> {
    if let Some(path) = args.originals.as_ref().filter(|path| is_within(path, &args.out)) {
        print::error(format_args!(
            "{} would leave with the captures\n       name a file outside of {}",
            path.display(),
            args.out.display()
        ));
        return Err(Exit::Usage);
    }
    let config = args.ad_hoc.config(&args.config)?;
    let device = device(args, &config)?;
    let usage = |problem: &dyn std::fmt::Display| {
        print::error(problem);
        Exit::Usage
    };
    let staging = Staging::prepare(&args.out).map_err(|problem| usage(&problem))?;
    let originals = args.originals.as_deref().map(new_file).transpose()?;
    let recorded = poll_and_record(args, &config, device);
    let recording = match recorded {
        Ok(recording) => recording,
        Err(exit) => {
            discard(args.originals.as_deref());
            return Err(exit);
        }
    };
    let folder = match staging.publish(&recording.files) {
        Ok(folder) => folder,
        Err(problem) => {
            discard(args.originals.as_deref());
            print::error(problem);
            return Err(Exit::Nothing);
        }
    };
    if let (Some(file), Some(path)) = (originals, &args.originals) {
        write_originals(file, path, &recording)?;
    }
    show(args, &folder, &recording)?;
    let whole = recording.session.outcome == Outcome::Complete && recording.differences.is_empty();
    Ok(if whole { Exit::Done } else { Exit::Findings })
}

/// The one device that is meant.
fn device(args: &Args, config: &Config) -> Result<Device, Exit> {
    if args.ad_hoc.is_asked() {
        return args.ad_hoc.device(config);
    }
    let mut chosen = poll::chosen(config, &args.selection)?;
    match (chosen.pop(), chosen.len()) {
        (Some(device), 0) => Ok(device),
        (Some(_), others) => {
            print::error(format_args!(
                "{} devices are meant, and one session is recorded at a time\n       name one: licwatch devices record NAME --out DIR",
                others + 1
            ));
            Err(Exit::Usage)
        }
        (None, _) => {
            print::error("the inventory holds no device; add some to devices.csv, or name one with --host");
            Err(Exit::Usage)
        }
    }
}

fn poll_and_record(args: &Args, config: &Config, device: Device) -> Result<Recording, Exit> {
    let mut jobs = poll::jobs(vec![device], config, &args.ad_hoc)?;
    let Some(job) = jobs.pop() else { return Err(Exit::Usage) };
    let mut poller = poll::poller(config);
    poll::beside::guarded(&mut poller, config, std::slice::from_ref(&job.device), args.ad_hoc.is_asked())?;
    // It is a session of its own, which the store does not keep.
    poller.ways = None;
    let polled = runtime()?.block_on(poll_once(&poller, job.clone()));
    let name = &job.device.name;
    let Some(polled) = polled else {
        print::error(format_args!("{name} was not polled"));
        return Err(Exit::Nothing);
    };
    if let Some(error) = &polled.observation.error {
        print::error(format_args!("{name}: {error}\n       {}", error.remedy));
        if error.kind == transport::Kind::Interrupted {
            return Err(Exit::Nothing);
        }
    }
    let recording = record(&polled, &job, random_key()?, VERSION);
    recording.map_err(|problem| {
        print::error(problem);
        Exit::Nothing
    })
}

async fn poll_once(poller: &Poller, job: Job) -> Option<Polled> {
    let stop = CancellationToken::new();
    let interrupted = stop.clone();
    let interrupt = tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            interrupted.cancel();
        }
    });
    let (sender, mut results) = mpsc::channel(1);
    let ((), polled) = tokio::join!(poller.poll(vec![job], sender, stop), results.recv());
    interrupt.abort();
    polled
}

/// Randomness comes in here.
fn random_key() -> Result<Key, Exit> {
    let mut bytes = [0; 32];
    File::open("/dev/urandom").and_then(|mut source| source.read_exact(&mut bytes)).map_err(|error| {
        print::error(format_args!("the system gives no random numbers: /dev/urandom: {error}"));
        Exit::Nothing
    })?;
    Ok(Key::new(bytes))
}

/// Whether a path lies in a folder that may not exist yet.
fn is_within(path: &Path, folder: &Path) -> bool {
    let whole = |path: &Path| {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        // What exists of it may be reached by links.
        let found = path.ancestors().find_map(|above| Some((above, above.canonicalize().ok()?)));
        match found {
            Some((above, real)) => real.join(path.strip_prefix(above).unwrap_or(Path::new(""))),
            None => path,
        }
    };
    whole(path).starts_with(whole(folder))
}

fn new_file(path: &Path) -> Result<File, Exit> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(|error| {
        print::error(format_args!("cannot begin the list {}: {error}; name a new file", path.display()));
        Exit::Usage
    })
}

/// Takes back the file that was begun before anything was known.
fn discard(path: Option<&Path>) {
    if let Some(path) = path
        && let Err(error) = std::fs::remove_file(path)
    {
        tracing::warn!(%error, path = %path.display(), "An empty list of originals is left.");
    }
}

fn write_originals(mut file: File, path: &Path, recording: &Recording) -> Result<(), Exit> {
    let mut text = String::from("kind\toriginal\treplacement\n");
    for it in &recording.originals {
        let original = it.original.as_deref().unwrap_or(HIDDEN);
        text.push_str(&format!(
            "{}\t{}\t{}\n",
            it.kind.words(),
            one_line(original),
            one_line(&it.replacement)
        ));
    }
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    written.map_err(|error: io::Error| {
        print::error(format_args!("cannot write {}: {error}; the captures are whole", path.display()));
        Exit::Findings
    })
}

/// Shown to nobody, not even for review.
const HIDDEN: &str = "(secret)";

fn one_line(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

fn show(args: &Args, folder: &Path, recording: &Recording) -> Result<(), Exit> {
    let session = &recording.session;
    if args.json {
        let summary = json!({
            "folder": folder, "session": session, "replaced": recording.replaced, "differences": recording.differences,
        });
        print::line(&summary.to_string())?;
    } else {
        print::data(format_args!("{}\n", replaced_table(recording)))?;
    }
    for field in &recording.differences {
        print::talk(format_args!(
            "{field}: replacing originals changed what licwatch reads here; compare before you send it"
        ));
    }
    let commands: Vec<_> = session.captures.iter().map(|capture| capture.command.as_str()).collect();
    print::talk(format_args!("recorded   {} in {}", commands.join(", "), folder.display()));
    if let Some(path) = &args.originals {
        print::talk(format_args!("originals  {}: keep it here", path.display()));
    }
    print::talk("before it leaves, read the list above and the captures; what is not listed is still there");
    Ok(())
}

/// What was replaced; with the originals only where nobody but the person at the terminal reads it.
fn replaced_table(recording: &Recording) -> comfy_table::Table {
    let review = io::stdout().is_terminal();
    let mut shown = match review {
        true => table::table(["kind", "original", "replacement", "times", "files"]),
        false => table::table(["kind", "replacement", "times", "files"]),
    };
    for (it, original) in recording.replaced.iter().zip(&recording.originals) {
        let mut row = vec![it.kind.words().to_owned()];
        if review {
            row.push(shortened(original.original.as_deref().unwrap_or(HIDDEN)));
        }
        row.extend([shortened(&it.replacement), it.times.to_string(), it.files.join(", ")]);
        shown.add_row(row);
    }
    shown
}
