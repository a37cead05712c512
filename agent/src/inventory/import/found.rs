//! What importers gather: hosts in the words of the export, before anything is judged.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Display};
use std::sync::Arc;

use serde::{Serialize, Serializer};

use super::Finding;
use super::mapping::{Field, Mapped};

/// A place in a file of the operator's.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct At {
    /// The file, as the operator named it.
    pub file: Arc<str>,
    /// Line, from 1.
    pub line: usize,
}

impl Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

impl Serialize for At {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A host that was left out.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Skipped {
    /// Its name, as far as it has one.
    pub name: String,
    /// Where it stands.
    pub at: At,
    /// Why.
    pub reason: String,
}

impl Skipped {
    /// What stands where a name belongs may be `password=…`: nothing behind an equals sign is kept.
    pub(super) fn new(name: &str, at: At, reason: impl Into<String>) -> Self {
        let shown = name.split('=').next().unwrap_or_default();
        let mut shown: String = shown.chars().take(128).filter(|c| !c.is_control()).collect();
        if shown.len() < name.len() {
            shown.push('…');
        }
        Self { name: shown, at, reason: reason.into() }
    }
}

/// A host in the export's words.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) name: String,
    pub(super) at: At,
    /// What is stated, each field at most once.
    pub(super) fields: Vec<(Field, String)>,
    pub(super) groups: Vec<String>,
    /// Keys that carried secrets.
    pub(super) secrets: BTreeSet<String>,
    /// Why it is no device to poll, if the export says so.
    pub(super) unfit: Option<String>,
}

impl Found {
    pub(super) fn new(name: impl Into<String>, at: At) -> Self {
        Self {
            name: name.into(),
            at,
            fields: Vec::new(),
            groups: Vec::new(),
            secrets: BTreeSet::new(),
            unfit: None,
        }
    }

    pub(super) fn get(&self, field: Field) -> Option<&str> {
        self.fields.iter().find(|(known, _)| *known == field).map(|(_, value)| value.as_str())
    }

    /// States a field, unless it is stated or the value is empty.
    pub(super) fn state(&mut self, field: Field, value: &str) {
        let value = value.trim();
        if !value.is_empty() && self.get(field).is_none() {
            self.fields.push((field, value.to_owned()));
        }
    }
}

/// What all files of an export gave.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub(super) hosts: Vec<Found>,
    pub(super) mapping: Vec<Mapped>,
    pub(super) skipped: Vec<Skipped>,
    pub(super) findings: Vec<Finding>,
    /// Where a key stands in the mapping.
    met: BTreeMap<(String, &'static str), usize>,
}

/// More keys of secrets than this are not named one by one.
const MOST_SECRETS: usize = 16;

/// Takes note of keys of secrets, as many as a report has room for.
pub(super) fn note_secrets<'k>(secrets: &mut BTreeSet<String>, keys: impl IntoIterator<Item = &'k str>) {
    for key in keys {
        if secrets.len() >= MOST_SECRETS {
            return;
        }
        secrets.insert(key.chars().take(80).filter(|c| !c.is_control()).collect());
    }
}

impl Gathered {
    /// Counts a value that was met under a key of the export.
    pub(super) fn met(&mut self, source: &str, field: Option<Field>, why: &'static str) {
        self.met_often(source, field, why, 1);
    }

    pub(super) fn met_often(&mut self, source: &str, field: Option<Field>, why: &'static str, values: usize) {
        /// An export may use as many keys as it has hosts; the rest are counted together.
        const MOST_KEYS: usize = 500;
        let source: String = source.chars().take(80).filter(|c| !c.is_control()).collect();
        let place = self.met.get(&(source.clone(), why)).copied();
        if let Some(known) = place.and_then(|place| self.mapping.get_mut(place)) {
            known.values += values;
        } else if self.mapping.len() < MOST_KEYS {
            self.met.insert((source.clone(), why), self.mapping.len());
            self.mapping.push(Mapped { source, field: field.map(Field::word), why, values });
        } else if let Some(last) = self.mapping.last_mut() {
            *last =
                Mapped {
                    source: "…".into(), field: None, why: "further keys", values: last.values + values
                };
        }
    }
}
