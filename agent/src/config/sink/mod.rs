//! `[sink.NAME]` and `[drop]`: where records and events are delivered to, checked and with every default filled in.

mod http;
mod reader;
mod syslog;

use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use super::file::File;
use super::problem::Problems;
use super::source::Source;
use super::value::{SinkKind, Span};
pub use http::{HttpSettings, check_url, is_open_to_listeners};
use reader::Reader;
pub use syslog::{Peer, SyslogSettings, Target};

/// The name of the sink that `[drop] directory` makes.
pub const DROP: &str = "drop";
/// How long records are gathered for one drop if nobody says.
const GATHER: Span = Span::minutes(15);

/// One sink in force.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ConfiguredSink {
    /// Its name: `drop` for that of `[drop]`.
    pub name: String,
    /// What it is, and what it needs.
    pub settings: SinkSettings,
    /// What all sinks have.
    pub bounds: SinkBounds,
}

/// What a sink is, and what such a one needs.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum SinkSettings {
    /// Files in a folder, with a manifest.
    FileDrop(FileDropSettings),
    /// A collector, by HTTP.
    Http(HttpSettings),
    /// Events, by syslog.
    Syslog(SyslogSettings),
    /// Records, on standard output.
    Stdout,
    /// A file for node_exporter. Nothing is queued for it.
    Metrics(MetricsSettings),
}

/// A folder for drops.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FileDropSettings {
    /// The folder.
    pub directory: PathBuf,
    /// Whether the raw output of devices is kept beside the records.
    pub keep_raw: bool,
    /// How long records are gathered for one drop.
    pub gather: Duration,
}

/// A file of metrics.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MetricsSettings {
    /// The file, ending in `.prom`.
    pub file: PathBuf,
    /// How often it is written.
    pub every: Duration,
}

/// How much a sink may hold up, and when it is tried again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SinkBounds {
    /// Lines in one batch at most.
    pub batch_lines: u32,
    /// Lines that may wait before polling stops.
    pub most_waiting: u32,
    /// Refused lines that are kept before the sink stops.
    pub most_refused: u32,
    /// How soon a delivery that failed is tried again; twice as long after each further failure.
    pub retry: Duration,
    /// The longest time between two tries.
    pub retry_most: Duration,
}

impl Default for SinkBounds {
    fn default() -> Self {
        Self {
            batch_lines: 1000,
            most_waiting: 1_000_000,
            most_refused: 10_000,
            retry: Duration::from_secs(5),
            retry_most: Duration::from_secs(15 * 60),
        }
    }
}

impl SinkBounds {
    /// What holds if nobody says. Raw answers are held in memory with their batch, so that fewer make one.
    fn usual(keep_raw: bool) -> Self {
        let usual = Self::default();
        Self { batch_lines: if keep_raw { 100 } else { usual.batch_lines }, ..usual }
    }
}

impl ConfiguredSink {
    /// Its kind, as the configuration and the store name it.
    pub fn kind(&self) -> SinkKind {
        match self.settings {
            SinkSettings::FileDrop(_) => SinkKind::FileDrop,
            SinkSettings::Http(_) => SinkKind::Http,
            SinkSettings::Syslog(_) => SinkKind::Syslog,
            SinkSettings::Stdout => SinkKind::Stdout,
            SinkSettings::Metrics(_) => SinkKind::Metrics,
        }
    }

    /// What is queued for it, in the store's words: `records`, `events`, or nothing.
    pub fn wants(&self) -> Option<&'static str> {
        match self.settings {
            SinkSettings::FileDrop(_) | SinkSettings::Http(_) | SinkSettings::Stdout => Some("records"),
            SinkSettings::Syslog(_) => Some("events"),
            SinkSettings::Metrics(_) => None,
        }
    }

    /// What no other sink may write to.
    fn place(&self) -> Option<PathBuf> {
        match &self.settings {
            SinkSettings::FileDrop(drop) => Some(plain(&drop.directory)),
            SinkSettings::Metrics(metrics) => Some(plain(&metrics.file)),
            SinkSettings::Stdout => Some("standard output".into()),
            SinkSettings::Http(_) | SinkSettings::Syslog(_) => None,
        }
    }
}

/// Checks the sinks of a file; yields those that are right, that of `[drop]` first, then by name.
pub(super) fn sinks(
    file: &File,
    source: &Source,
    folder: &Path,
    problems: &mut Problems,
) -> Vec<ConfiguredSink> {
    let mut sinks: Vec<ConfiguredSink> = Vec::new();
    if let Some(directory) = &file.drop.directory {
        let directory = directory.from_folder(folder);
        let gather = GATHER.duration();
        let keep_raw = file.drop.keep_raw;
        let settings = FileDropSettings { directory, keep_raw, gather };
        sinks.push(ConfiguredSink {
            name: DROP.to_owned(),
            settings: SinkSettings::FileDrop(settings),
            bounds: SinkBounds::usual(keep_raw),
        });
    }
    for (name, table) in &file.sink {
        let mut reader = Reader { name, table, source, folder, problems, wrong: false };
        let sink = reader.sink(file.drop.directory.is_some());
        let Some(sink) = sink.filter(|_| !reader.wrong) else { continue };
        let place = sink.place();
        if let Some(other) = sinks.iter().find(|other| place.is_some() && other.place() == place) {
            let (key, what) = match sink.settings {
                SinkSettings::Metrics(_) => ("file", "file"),
                SinkSettings::Stdout => ("kind", "standard output"),
                _ => ("directory", "folder"),
            };
            let message = format!("sinks \"{}\" and \"{name}\" have one {what}", other.name);
            let remedy = format!("give each sink a {what} of its own, or remove one of them");
            let remedy = if key == "kind" { "remove one of them".to_owned() } else { remedy };
            problems.push(source.at_value(&["sink", name, key], message, remedy));
            continue;
        }
        sinks.push(sink);
    }
    sinks
}

/// The path without `.` and `..`, to compare. Links are not followed: nothing is read while a file is checked.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if plain.file_name().is_some() => {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    plain
}
