//! The records of polls, as far as they tell who was seen.

use std::collections::BTreeMap;
use std::io::{self, BufRead, Read};

use serde::Deserialize;

/// Longer lines are refused; a record of a large chassis has some hundred kilobytes.
const LONGEST_LINE: usize = 32 << 20;
/// More records are refused.
const MOST_RECORDS: usize = 1_000_000;
/// More neighbours of all devices are counted, not looked at.
const MOST_NEIGHBORS: usize = 500_000;

/// What is of use of a record.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Record {
    #[serde(default)]
    pub(super) device: Seen,
    #[serde(default)]
    pub(super) neighbors: Vec<Neighbor>,
    #[serde(default)]
    pub(super) observation: Observation,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Seen {
    pub(super) hostname: Option<String>,
    pub(super) serial_number: Option<String>,
    pub(super) model: Option<String>,
    pub(super) platform: Option<String>,
    #[serde(default)]
    pub(super) udis: Vec<Udi>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Udi {
    pub(super) role: Option<String>,
    pub(super) pid: Option<String>,
    pub(super) serial_number: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Observation {
    #[serde(default)]
    pub(super) device: String,
    #[serde(default)]
    pub(super) address: String,
    #[serde(default)]
    pub(super) polled_at: String,
    #[serde(default)]
    outcome: String,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Neighbor {
    pub(super) protocol: Option<String>,
    pub(super) device_id: Option<String>,
    pub(super) system_name: Option<String>,
    pub(super) serial_number: Option<String>,
    #[serde(default)]
    pub(super) management_addresses: Vec<String>,
    #[serde(default)]
    pub(super) addresses: Vec<String>,
    pub(super) platform: Option<String>,
    pub(super) software: Option<String>,
    pub(super) software_version: Option<String>,
    #[serde(default)]
    pub(super) capabilities: Vec<String>,
    pub(super) local_interface: Option<String>,
}

/// The latest record of each device.
#[derive(Debug, Default)]
pub struct Records {
    pub(super) latest: BTreeMap<String, Record>,
    neighbors: usize,
    /// Neighbours that were too many to be looked at.
    pub left_out: usize,
}

/// Why a file of records could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordsError {
    /// The file system's word, for the operator.
    #[error("{file} cannot be read: {reason}; see that the path is right and that this user may read it")]
    Unreadable {
        /// The file.
        file: String,
        /// What the system says.
        reason: io::Error,
    },
    /// It is no file of records, or a damaged one.
    #[error("{file}:{line}: {what}; name what `licwatch poll --json` printed or a drop's .ndjson")]
    NoRecord {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What stands there instead.
        what: &'static str,
    },
}

impl Records {
    /// Takes the records of a file in.
    pub fn read(&mut self, file: &str, mut from: impl BufRead) -> Result<(), RecordsError> {
        let mut line = Vec::new();
        for number in 1.. {
            line.clear();
            let limit = LONGEST_LINE as u64 + 1;
            let read = from.by_ref().take(limit).read_until(b'\n', &mut line);
            if read.map_err(|reason| RecordsError::Unreadable { file: file.to_owned(), reason })? == 0 {
                break;
            }
            let wrong = |what| RecordsError::NoRecord { file: file.to_owned(), line: number, what };
            if line.len() > LONGEST_LINE {
                return Err(wrong("this is longer than any record"));
            }
            if number > MOST_RECORDS {
                return Err(wrong("these are more records than can be looked at"));
            }
            if line.trim_ascii().is_empty() {
                continue;
            }
            let record: Record =
                serde_json::from_slice(&line).map_err(|_| wrong("this line is no device record"))?;
            if record.observation.device.is_empty() {
                return Err(wrong("this record does not say which device was polled"));
            }
            self.take(record);
        }
        Ok(())
    }

    fn take(&mut self, mut record: Record) {
        let room = MOST_NEIGHBORS.saturating_sub(self.neighbors);
        self.left_out += record.neighbors.len().saturating_sub(room);
        record.neighbors.truncate(room);
        self.neighbors += record.neighbors.len();
        // A device that did not answer is as it was when it last did. Times are of one form: the later is the greater
        // text.
        let age =
            |record: &Record| (record.observation.outcome != "failed", record.observation.polled_at.clone());
        let name = record.observation.device.clone();
        if self.latest.get(&name).is_none_or(|latest| age(&record) >= age(latest)) {
            self.latest.insert(name, record);
        }
    }

    /// How many devices there are records of.
    pub fn devices(&self) -> usize {
        self.latest.len()
    }

    /// How many of them told of neighbours.
    pub fn with_neighbors(&self) -> usize {
        self.latest.values().filter(|record| !record.neighbors.is_empty()).count()
    }
}
