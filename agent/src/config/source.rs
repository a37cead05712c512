//! The text of `licwatch.toml` with the place of every key, so that each mistake can be pointed at.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::problem::{Document, Problem};
use super::schema::Known;

/// The dotted path of a key, such as `["poll", "limits", "connect"]`.
pub(super) type KeyPath = Vec<String>;

/// The text with its places.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(super) document: Document,
    places: BTreeMap<KeyPath, Place>,
}

#[derive(Clone, Debug)]
struct Place {
    key: Range<usize>,
    value: Range<usize>,
}

impl Source {
    pub(super) fn new(name: String, text: String) -> Self {
        Self { document: Document::new(name, text), places: BTreeMap::new() }
    }

    /// Remembers where the keys of `table` stand, and hides what may be a secret. `known` is what the schema says
    /// of the table.
    pub(super) fn index(&mut self, table: &DeTable<'_>, known: Known<'_>) {
        let mut hidden = Vec::new();
        self.index_table(&[], table, Some(known), &mut hidden);
        self.document.hide_all(hidden);
    }

    fn index_table(
        &mut self,
        path: &[String],
        table: &DeTable<'_>,
        known: Option<Known<'_>>,
        hidden: &mut Vec<Range<usize>>,
    ) {
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            let path: KeyPath = path.iter().cloned().chain([name.to_owned()]).collect();
            let known = known.and_then(|known| known.key(name));
            let in_credentials = path.first().is_some_and(|section| section == "credentials");
            if may_be_secret(value.get_ref(), known, in_credentials) {
                hidden.push(value.span());
            }
            if let Some(table) = value.get_ref().as_table() {
                self.index_table(&path, table, known, hidden);
            }
            self.places.insert(path, Place { key: key.span(), value: value.span() });
        }
    }

    /// Hides all but the values of keys that are known, line by line, where the text could not be understood.
    pub(super) fn hide_by_lines(&mut self, known: &BTreeSet<&str>) {
        let mut hidden = Vec::new();
        let mut start = 0;
        for line in self.document.text().split_inclusive('\n') {
            if let Some(from) = secret_from(line, known) {
                hidden.push(start + from..start + line.len());
            }
            start += line.len();
        }
        self.document.hide_all(hidden);
    }

    /// Whether the file states this key.
    pub(crate) fn states(&self, path: &[&str]) -> bool {
        self.place(path).is_some()
    }

    /// A mistake in the value of a key.
    pub(crate) fn at_value(
        &self,
        path: &[&str],
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Problem {
        self.problem(path, |place| place.value.clone(), message, remedy)
    }

    /// A mistake of a key or a table as a whole.
    pub(crate) fn at_key(
        &self,
        path: &[&str],
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Problem {
        self.problem(path, |place| place.key.clone(), message, remedy)
    }

    fn problem(
        &self,
        path: &[&str],
        span: impl Fn(&Place) -> Range<usize>,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Problem {
        // A key that is not stated is missing from the nearest table that is.
        let stated = (1..=path.len()).rev().find_map(|length| self.place(path.get(..length)?));
        match stated {
            Some(place) => self.document.problem(span(place), message, remedy),
            None => Problem::of_file(self.document.name(), message, remedy),
        }
    }

    fn place(&self, path: &[&str]) -> Option<&Place> {
        let path: KeyPath = path.iter().map(|&key| key.to_owned()).collect();
        self.places.get(&path)
    }
}

/// Whether to hide a value: the operator may have written a secret where only a reference belongs.
fn may_be_secret(value: &DeValue<'_>, known: Option<Known<'_>>, in_credentials: bool) -> bool {
    let Some(known) = known else {
        // The keys of a table are looked at one by one.
        return !value.is_table();
    };
    match value {
        DeValue::Table(_) | DeValue::Boolean(_) => false,
        DeValue::String(text) => {
            (in_credentials && !known.is_text())
                || text.split_once('@').is_some_and(|(user, _)| user.contains(':'))
        }
        // Arguments of programs are hidden even where they belong.
        _ => in_credentials,
    }
}

/// From where on a line may hold a secret: only lines that state keys which are known, and headers, do not.
fn secret_from(line: &str, known: &BTreeSet<&str>) -> Option<usize> {
    let key = |text: &str| {
        let text = text.trim_end_matches([' ', '\t', '"', '\'']);
        text.rsplit(|c: char| !(c.is_alphanumeric() || "_-".contains(c)))
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    let shown = |key: &str| known.contains(key) && !key.ends_with("_exec");
    let Some(equals) = line.find('=') else {
        let text = line.trim();
        let header = text.starts_with('[') && !text.contains(['"', '\'', ',']);
        let first = text.split_whitespace().next().unwrap_or_default();
        return (!text.is_empty() && !header && !shown(first)).then_some(0);
    };
    let mut keys: Vec<_> = line.split('=').map(key).collect();
    keys.pop();
    (!keys.iter().all(|key| shown(key)) || line.contains('@')).then_some(equals + 1)
}
