//! The store and its journal: whether others could read them, whether they are whole, whether there is room.
//!
//! Nothing is written, and the daemon may run meanwhile: it goes on writing while a reader holds its own snapshot.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Finding;
use crate::config::{Config, SinkKind};
use crate::daemon::disk::{FileSystem, Probe};
use crate::store::integrity::{OpenToOthers, Structure, open_to_others, structure, within};
use crate::store::releases::{self, OwnClock};
use crate::store::{self, StoreError, journal, presence, recent};

/// Looking through a large store ends after so long, for each of its two parts.
const LIMIT: Duration = Duration::from_secs(60);
/// The first schema that keeps what the own clock said.
const OWN_CLOCK: u32 = 2;
/// So many of SQLite's complaints are shown.
const TOLD: usize = 5;

/// What was found, and what the store knows of the own clock.
pub(super) struct Looked {
    pub(super) findings: Vec<Finding>,
    pub(super) clock: OwnClock,
}

pub(super) fn look(config: &Config) -> Looked {
    let folder = config.store_directory();
    let name = folder.display().to_string();
    let is_there = presence::is_there(&folder);
    let mut findings = vec![room(&folder, config, matches!(is_there, Ok(true)))];
    findings.extend(modes(&folder));
    let content = match is_there {
        Ok(true) => content(&folder, &name),
        Ok(false) => {
            let text = "there is none yet; `licwatch run` begins it";
            Ok(Looked { findings: vec![Finding::good("store", &name, text)], clock: OwnClock::default() })
        }
        Err(error) => Err(error),
    };
    let clock = match content {
        Ok(content) => {
            findings.extend(content.findings);
            content.clock
        }
        Err(error) => {
            findings.push(unreadable("store", &name, &error));
            OwnClock::default()
        }
    };
    Looked { findings, clock }
}

/// The folders that drops of the configuration go to, by what names them.
pub(super) fn drop_folders(config: &Config) -> Vec<(String, PathBuf)> {
    let own = config.drop_directory().map(|folder| ("[drop]".to_owned(), folder));
    let sinks = config.sink_tables().filter(|(_, table)| table.kind == Some(SinkKind::FileDrop));
    let sinks = sinks.filter_map(|(name, table)| {
        let folder = table.directory.as_ref()?.from_folder(config.folder());
        Some((format!("[sink.{name}]"), folder))
    });
    own.into_iter().chain(sinks).collect()
}

/// Whether the daemon would poll, with so much room.
fn room(folder: &Path, config: &Config, exists: bool) -> Finding {
    let name = folder.display().to_string();
    // A store that is yet to be begun lies where its folder will be.
    let there = folder.ancestors().find(|folder| folder.exists()).unwrap_or(Path::new("."));
    match FileSystem.free(there) {
        Err(error) => Finding::bad("disk", name, error.to_string(), "see [store] directory"),
        Ok(free) if free < config.store().reserve.bytes() => {
            let text = format!(
                "{} MiB are free, the reserve is {}: nothing is polled",
                free >> 20,
                config.store().reserve
            );
            let remedy = "make room, or set [store] reserve";
            if exists {
                Finding::bad("disk", name, text, remedy)
            } else {
                Finding::doubtful("disk", name, text, remedy)
            }
        }
        Ok(free) => Finding::good("disk", name, format!("{} MiB are free", free >> 20)),
    }
}

/// What others may look into or change.
fn modes(folder: &Path) -> Vec<Finding> {
    let open = match open_to_others(folder) {
        Ok(open) => open,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Vec::new(),
        Err(error) => {
            let text = format!("this user may not look into it: {error}");
            return vec![Finding::bad("store", folder.display().to_string(), text, RIGHT_USER)];
        }
    };
    let finding = |open: OpenToOthers| {
        let path = open.path.display().to_string();
        let text = format!("others may use it (mode {:04o})", open.mode);
        let remedy = format!("chmod {:o} {path}", open.should);
        Finding::bad("store", path, text, remedy)
    };
    open.into_iter().map(finding).collect()
}

const RIGHT_USER: &str = "run it as the agent's user";

fn unreadable(subject: &'static str, name: &str, error: &StoreError) -> Finding {
    let remedy = match error {
        StoreError::Damaged { .. } => "stop the agent and restore a backup",
        StoreError::Newer { .. } => "use the newer licwatch",
        _ => "see that this user may read it",
    };
    Finding::bad(subject, name, error.to_string(), remedy)
}

fn content(folder: &Path, name: &str) -> Result<Looked, StoreError> {
    let file = folder.join(store::FILE);
    let missing = store::cut_off(&file);
    if let Some(what) = missing.map_err(|reason| presence::unusable(folder, reason))? {
        return Err(StoreError::Damaged { file, what });
    }
    let (schema, whole, clock) = presence::read(folder, |connection| {
        let schema: u32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        if schema == 0 || schema > store::NEWEST_SCHEMA {
            return Ok((schema, Structure::Unfinished, OwnClock::default()));
        }
        let whole = structure(connection, LIMIT)?;
        // What is broken need not be readable.
        let clock = if matches!(whole, Structure::Broken(_)) {
            OwnClock::default()
        } else if schema < OWN_CLOCK {
            OwnClock { last_good: recent::newest_poll(connection)?, ..OwnClock::default() }
        } else {
            OwnClock { last_good: recent::last_believed(connection)?, ..releases::own_clock(connection)? }
        };
        Ok((schema, whole, clock))
    })?;
    if schema > store::NEWEST_SCHEMA {
        return Err(StoreError::Newer { file, found: schema, known: store::NEWEST_SCHEMA });
    }
    if schema == 0 {
        let text = "it is empty; `licwatch run` begins it";
        return Ok(Looked { findings: vec![Finding::good("store", name, text)], clock: OwnClock::default() });
    }
    let mut findings = match whole {
        Structure::Sound => {
            let text = format!("schema {schema}, its pages and indexes are in order");
            vec![Finding::good("store", name, text)]
        }
        Structure::Unfinished => {
            let text = format!("nothing was wrong within {} s, the rest was not looked at", LIMIT.as_secs());
            vec![Finding::doubtful("store", name, text, "")]
        }
        Structure::Broken(problems) => {
            let remedy = "stop the agent and restore a backup";
            let finding = |problem| Finding::bad("store", name, problem, remedy);
            problems.into_iter().take(TOLD).map(finding).collect()
        }
    };
    findings.extend(chain(folder, name));
    Ok(Looked { findings, clock })
}

/// Whether every entry of the journal follows from the one before it, up to the newest head that was signed.
fn chain(folder: &Path, name: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    // Before the entries: a head is never ahead of what was committed then.
    let newest = journal::newest_head(folder).unwrap_or_else(|problem| {
        let remedy = "see who changed it; the agent writes it anew";
        findings.push(Finding::doubtful("journal", name, problem, remedy));
        None
    });
    let verified = presence::read(folder, |connection| {
        let anchors = newest.iter().cloned().collect();
        within(connection, LIMIT, |connection| journal::verify(connection, anchors, &mut |_| {}))
    });
    findings.push(match verified {
        Ok(Some(Ok(verified))) => {
            let text = format!("{} entries, each follows from the one before", verified.entries);
            Finding::good("journal", name, text)
        }
        Ok(Some(Err(broken))) => {
            let remedy =
                "keep the store as it is, tell the security officer, and see `licwatch journal verify`";
            Finding::bad("journal", name, broken.to_string(), remedy)
        }
        Ok(None) => {
            let text = format!("nothing was wrong within {} s, the rest was not looked at", LIMIT.as_secs());
            Finding::doubtful("journal", name, text, "licwatch journal verify")
        }
        Err(error) => unreadable("journal", name, &error),
    });
    findings
}
