//! `licwatch check`: what would stand in the way of a poll, before it does.

mod local;
mod network;
mod online;
mod sinks;
mod store;

use comfy_table::{Cell, Color};
use serde::Serialize;

use super::config::ConfigFile;
use super::{Exit, print, runtime, table};
use crate::inventory::Selection;
use network::Peers;

/// Arguments of `check`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Reads the configuration, the inventory, the credentials, the host keys, the store with its journal, the drop folders and \
the certificates and tokens of sinks; \
looks at this host's clock, disk, routes and name servers; and asks each device for its host key. Nobody is logged in \
anywhere, the store is not changed, and the daemon may run meanwhile.

Examples:
  licwatch check --offline        touches no device and asks no name server
  licwatch check --site hq        reaches the devices of one site
  licwatch check --json           one finding per line

Exit code: 0 all is well, 1 something is not, 2 the configuration cannot be read.")]
pub(super) struct Args {
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    config: ConfigFile,
    /// Touch no device, and ask no name server.
    #[arg(long)]
    offline: bool,
    /// One JSON object per line.
    #[arg(long)]
    json: bool,
}

/// What was looked at, and how it is.
#[derive(Clone, Debug, Serialize)]
struct Finding {
    /// `credential`, `host key`, `drop folder` …
    subject: &'static str,
    /// Which of them.
    name: String,
    state: State,
    /// What is wrong, or what is good.
    text: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "String::is_empty")]
    remedy: String,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Good,
    /// It works, but somebody should know.
    Doubtful,
    Bad,
}

impl Finding {
    fn good(subject: &'static str, name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { subject, name: name.into(), state: State::Good, text: text.into(), remedy: String::new() }
    }

    fn doubtful(
        subject: &'static str,
        name: impl Into<String>,
        text: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { state: State::Doubtful, ..Self::bad(subject, name, text, remedy) }
    }

    fn bad(
        subject: &'static str,
        name: impl Into<String>,
        text: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { subject, name: name.into(), state: State::Bad, text: text.into(), remedy: remedy.into() }
    }
}

pub(super) fn run(args: &Args) -> Exit {
    check(args).unwrap_or_else(|exit| exit)
}

fn check(args: &Args) -> Result<Exit, Exit> {
    let config = args.config.load()?;
    let devices = super::poll::chosen(&config, &args.selection)?;
    let mut findings = local::look(&config, &devices);
    let peers = Peers::of(&config, &devices);
    findings.extend(peers.local());
    if !args.offline {
        let runtime = runtime()?;
        findings.extend(runtime.block_on(peers.resolved()));
        findings.extend(runtime.block_on(online::look(&config, &devices)));
        // A name server that does not answer holds a thread up; nobody waits for it.
        runtime.shutdown_background();
    }
    if args.json {
        for finding in &findings {
            if let Ok(line) = serde_json::to_string(finding) {
                print::line(&line)?;
            }
        }
    } else {
        show(&findings)?;
    }
    let bad = findings.iter().any(|finding| finding.state == State::Bad);
    Ok(if bad { Exit::Findings } else { Exit::Done })
}

/// Good ones are counted, the others shown in full.
fn show(findings: &[Finding]) -> Result<(), Exit> {
    let mut table = table::table(["", "what", "which", "finding", "what to do"]);
    for finding in findings {
        let mark = match finding.state {
            State::Good => Cell::new("ok").fg(Color::Green),
            State::Doubtful => Cell::new("note").fg(Color::Yellow),
            State::Bad => Cell::new("bad").fg(Color::Red),
        };
        let rest = [finding.subject, &finding.name, &finding.text, &finding.remedy];
        table.add_row(std::iter::once(mark).chain(rest.map(Cell::new)));
    }
    let count = |state| findings.iter().filter(|finding| finding.state == state).count();
    print::data(format_args!("{table}\n"))?;
    print::talk(format_args!(
        "{} good, {} to note, {} bad",
        count(State::Good),
        count(State::Doubtful),
        count(State::Bad)
    ));
    Ok(())
}

/// The first few names of many.
fn few(names: &[&str]) -> String {
    const SHOWN: usize = 5;
    let shown = names.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN { format!("{shown} …") } else { shown }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_are_cut() {
        assert_eq!(few(&["a", "b"]), "a, b");
        assert_eq!(few(&["a", "b", "c", "d", "e", "f"]), "a, b, c, d, e …");
    }
}
