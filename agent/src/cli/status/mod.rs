//! `licwatch status`: how every device stands, read from the store beside the daemon or without one.

mod judge;
mod object;
mod running;
mod show;

use std::collections::BTreeMap;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};

use super::config::ConfigFile;
use super::poll::chosen;
use super::{Exit, print};
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::daemon::refusal::{self, Refusal};
use crate::inventory::{Device, Selection};
use crate::store::StoreError;
use crate::store::status::{self, Braked, History, Known, Sink, Stops};

use judge::{Standing, Terms};
use running::Running;

/// Observations and events of one device that are shown.
const SHOWN: u32 = 20;

/// Arguments of `status`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  licwatch status                                    every device: last seen, state, next deadline, next poll
  licwatch status core-1                             one device with its history
  licwatch status --due 30                           what lapses within 30 days, the soonest first
  licwatch status --problems --site hq               what needs somebody's eye, at one site
  licwatch status --json | jq -r 'select(.kind == \"device\" and .findings != []) | .name'

It reads the store and writes nothing, whether `licwatch run` runs or not.

  silent   no answer for longer than [schedule] silent_after        locked   logins are stopped, see `licwatch release`
  overdue  its poll was due more than an hour ago                   lapsed   its deadline is past
  slow     its last poll took more than half of its deadline, or three times as long as it usually does

Exit code: 0 done, 1 a device is silent, locked, overdue or lapsed, a credential is stopped or a sink refused lines,
2 arguments or configuration, 3 there is no store, or it cannot be read.")]
pub(super) struct Args {
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    config: ConfigFile,
    /// Only devices whose next deadline is at most so many days away, the soonest first.
    #[arg(long, value_name = "DAYS")]
    due: Option<u16>,
    /// Only devices of which there is something to know: findings and notes.
    #[arg(long)]
    problems: bool,
    /// Devices too that are in the store and no longer in the inventory.
    #[arg(long)]
    all: bool,
    /// One JSON object per line: one of kind "agent", then one of kind "device" each.
    #[arg(long)]
    json: bool,
}

/// What is read of the store.
#[derive(Debug)]
struct Read {
    known: Vec<Known>,
    stops: Stops,
    sinks: Vec<Sink>,
    brakes: Vec<Braked>,
    history: Option<History>,
}

/// How the agent as a whole is.
#[derive(Debug)]
struct Agent {
    running: Option<Running>,
    stops: Stops,
    sinks: Vec<Sink>,
    brakes: Vec<Braked>,
    /// What the daemon that runs cannot tell by the store.
    refusal: Option<Refusal>,
    /// Polls that are due now, of the devices that are shown.
    polls_due: usize,
    /// When the next poll after now is due.
    next_poll: Option<Timestamp>,
}

impl Agent {
    /// What is a finding by itself: it needs somebody, whatever the devices say.
    fn has_findings(&self) -> bool {
        !self.stops.credentials.is_empty() || self.sinks.iter().any(|sink| sink.refused > 0)
    }
}

pub(super) fn run(args: &Args) -> Exit {
    plan_and_run(args, &SystemClock::new()).unwrap_or_else(|exit| exit)
}

fn plan_and_run(args: &Args, clock: &dyn Clock) -> Result<Exit, Exit> {
    let config = args.config.load()?;
    let folder = config.store_directory();
    let mut selection = args.selection.clone();
    let known = status::read(&folder, status::devices).map_err(unreadable)?;
    let kept_only = take_unlisted(args.all, &mut selection, &config, &known)?;
    let devices = if kept_only.is_some() { Vec::new() } else { chosen(&config, &selection)? };
    let one = args.selection.names.len() == 1 && only_names(&args.selection);
    let now = clock.now();

    let name = args.selection.names.first().cloned().unwrap_or_default();
    let read = read(&folder, one.then_some(name.as_str())).map_err(unreadable)?;
    let terms = Terms {
        now,
        silent_after: span(config.schedule().silent_after.duration()),
        clock: span(config.clock().device.duration()),
    };
    let unlisted = match kept_only {
        Some(names) => Unlisted::These(names),
        None if args.all && only_names(&args.selection) && args.selection.names.is_empty() => Unlisted::All,
        None => Unlisted::None,
    };
    let Read { known, stops, sinks, brakes, history } = read;
    let mut rows = standings(&devices, known, &stops, &unlisted, &terms);
    if let (Some(history), Some(row)) = (&history, rows.first_mut()) {
        row.take_usual(history);
    }
    let due = |row: &Standing| row.due_at();
    let running = running::of(&folder);
    let agent = Agent {
        running,
        refusal: running.and_then(|_| refusal::told(&folder)),
        polls_due: rows.iter().filter_map(due).filter(|at| *at <= now).count(),
        next_poll: rows.iter().filter_map(due).filter(|at| *at > now).min(),
        stops,
        sinks,
        brakes,
    };
    if let Some(days) = args.due {
        rows.retain(|row| row.days_left.is_some_and(|left| left <= i64::from(days)));
        rows.sort_by_key(|row| row.lapses_at);
    }
    if args.problems {
        rows.retain(Standing::needs_an_eye);
    }
    let bad = agent.has_findings() || rows.iter().any(|row| !row.findings.is_empty());
    if args.json {
        object::print(&agent, &rows, history.as_ref(), &terms)?;
    } else {
        show::print(&agent, &rows, history.as_ref(), &terms)?;
    }
    Ok(if bad { Exit::Findings } else { Exit::Done })
}

/// Which devices are shown that the inventory does not list.
#[derive(Debug)]
enum Unlisted {
    None,
    All,
    These(Vec<String>),
}

/// With `--all`, names that only the store knows: they are shown alone or with others of their kind.
fn take_unlisted(
    all: bool,
    selection: &mut Selection,
    config: &Config,
    known: &[Known],
) -> Result<Option<Vec<String>>, Exit> {
    if !all || selection.names.is_empty() {
        return Ok(None);
    }
    let listed = config.devices().map_err(|problems| super::config::complain(&problems))?;
    let in_inventory = |name: &str| listed.iter().any(|device| device.name.eq_ignore_ascii_case(name));
    let is_unlisted =
        |name: &String| !in_inventory(name) && known.iter().any(|it| it.name.eq_ignore_ascii_case(name));
    if !selection.names.iter().all(is_unlisted) {
        return Ok(None);
    }
    Ok(Some(std::mem::take(&mut selection.names)))
}

fn only_names(selection: &Selection) -> bool {
    let Selection { names: _, sites, roles, groups, environments } = selection;
    [sites, roles, groups, environments].iter().all(|words| words.is_empty())
}

/// Everything in one snapshot; the history of one device.
fn read(folder: &Path, one: Option<&str>) -> Result<Read, StoreError> {
    status::read(folder, |connection| {
        let known = status::devices(connection)?;
        let one = one.and_then(|name| known.iter().find(|it| it.name.eq_ignore_ascii_case(name)));
        Ok(Read {
            history: one.map(|it| status::history(connection, it.id, SHOWN)).transpose()?,
            stops: status::stops(connection)?,
            sinks: status::sinks(connection)?,
            brakes: status::brakes(connection)?,
            known,
        })
    })
}

/// The devices of the inventory, in its order, and then those that only the store knows.
fn standings(
    devices: &[Device],
    known: Vec<Known>,
    stops: &Stops,
    unlisted: &Unlisted,
    terms: &Terms,
) -> Vec<Standing> {
    let mut known: BTreeMap<String, Known> =
        known.into_iter().map(|it| (it.name.to_lowercase(), it)).collect();
    let mut rows = Vec::with_capacity(devices.len());
    for device in devices {
        let name = device.name.to_lowercase();
        let it = known.remove(&name);
        rows.push(Standing::of(&device.name, Some(device), it, stops.devices.get(&name), terms));
    }
    let shown = |it: &Known| match unlisted {
        Unlisted::None => false,
        Unlisted::All => !it.listed,
        Unlisted::These(names) => names.iter().any(|name| name.eq_ignore_ascii_case(&it.name)),
    };
    for (name, it) in known.into_iter().filter(|(_, it)| shown(it)) {
        let title = it.name.clone();
        rows.push(Standing::of(&title, None, Some(it), stops.devices.get(&name), terms));
    }
    rows
}

fn unreadable(error: StoreError) -> Exit {
    print::error(error);
    Exit::Nothing
}

/// As jiff counts it; a span that is too long to be one is endless.
fn span(duration: std::time::Duration) -> SignedDuration {
    SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX)
}

#[cfg(test)]
mod tests;
