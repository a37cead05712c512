//! Licences: added, removed, their figures and states.

use std::collections::BTreeMap;

use serde_json::Value;

use super::matching::{FIGURES, Held, held, matched};
use super::told::{Told, fact_of, words};
use super::view::Record;
use crate::events::Kind;

/// Whether a command lists licences.
fn lists_licences(command: &str) -> bool {
    command == "get" || command.starts_with("show license")
}

pub(super) fn compare(before: &Record, after: &Record, told: &mut Told<'_>) {
    let (Some(older), Some(newer)) = (&before.licenses, &after.licenses) else { return };
    let same_commands = before.asked("licenses", lists_licences) == after.asked("licenses", lists_licences);
    let (older, newer, matched) = matched(held(older), held(newer));
    let names = Names::of(&older, &newer);

    for (one, other, alone) in &matched.pairs {
        if let (Some(one), Some(other), true) = (older.get(*one), newer.get(*other), *alone) {
            figures(one, other, &names, told);
            states(one, other, same_commands, &names, told);
        }
    }
    // Not every command lists what is not in use, and some say no names.
    let tells = |licence: &Held, others: &[Held]| {
        (same_commands || (licence.is_in_use() && !licence.states.is_empty()))
            && licence.can_be_told_from(others)
    };
    for licence in matched.gone.iter().filter_map(|place| older.get(*place)) {
        if tells(licence, &newer) {
            let message =
                format!("{} is gone{}", names.of_licence(licence), counted(licence, ", it counted"));
            told.tell(Kind::LicenceRemoved, message, &facts(licence, "before"));
        }
    }
    for licence in matched.came.iter().filter_map(|place| newer.get(*place)) {
        if tells(licence, &older) {
            let message = format!("{} is new{}", names.of_licence(licence), counted(licence, ","));
            told.tell(Kind::LicenceAdded, message, &facts(licence, "after"));
        }
    }
}

fn figures(one: &Held, other: &Held, names: &Names, told: &mut Told<'_>) {
    for ((figure, older), newer) in FIGURES.iter().zip(one.figures).zip(other.figures) {
        let (Some(older), Some(newer)) = (older, newer) else { continue };
        if older != newer {
            let message = format!("{}: {newer} {figure}, {older} before", names.of_licence(other));
            let [name, entitlement, tag, term] = identity(other);
            let changed = [("figure", Some(Value::from(*figure))), ("before", Some(older.into()))];
            let [figure, before] = changed;
            let facts = [name, entitlement, tag, term, figure, before, ("after", Some(newer.into()))];
            told.tell(Kind::LicenceCount, message, &facts);
        }
    }
}

fn states(one: &Held, other: &Held, same_commands: bool, names: &Names, told: &mut Told<'_>) {
    let plain = |states: &[String]| -> Vec<String> {
        let word = |state: &String| match state.as_str() {
            // NETCONF and the commands have other words for the same state of classic Smart Licensing.
            "authorized" if !same_commands => "in_use".to_owned(),
            _ => state.clone(),
        };
        let mut states: Vec<_> = states.iter().map(word).collect();
        states.dedup();
        states
    };
    if one.states.is_empty() || other.states.is_empty() || plain(&one.states) == plain(&other.states) {
        return;
    }
    let (older, newer) = (one.states.join(", "), other.states.join(", "));
    let spoken = |states: &str| words(&states.replace('_', " "));
    let message = format!("{}: {}, {} before", names.of_licence(other), spoken(&newer), spoken(&older));
    let [name, entitlement, tag, term] = identity(other);
    let changed =
        [name, entitlement, tag, term, ("before", fact_of(Some(&older))), ("after", fact_of(Some(&newer)))];
    told.tell(Kind::LicenceState, message, &changed);
}

fn counted(licence: &Held, how: &str) -> String {
    let [count, ..] = licence.figures;
    count.map(|count| format!("{how} {count}")).unwrap_or_default()
}

type Fact = (&'static str, Option<Value>);

fn identity(licence: &Held) -> [Fact; 4] {
    [
        ("name", fact_of(licence.name.as_ref())),
        ("entitlement", fact_of(licence.entitlement.as_ref())),
        ("entitlement_tag", fact_of(licence.tag.as_ref())),
        ("term", fact_of(licence.term.as_ref())),
    ]
}

/// What it is, and how many there were `before` or are `after`.
fn facts(licence: &Held, when: &'static str) -> [Fact; 6] {
    let [name, entitlement, tag, term] = identity(licence);
    let [count, ..] = licence.figures;
    let states = (!licence.states.is_empty()).then(|| licence.states.join(", "));
    [name, entitlement, tag, term, (when, count.map(Value::from)), ("state", fact_of(states.as_ref()))]
}

/// Which labels say enough: several licences may have one name.
struct Names(BTreeMap<String, usize>);

impl Names {
    fn of(older: &[Held], newer: &[Held]) -> Self {
        let mut most = BTreeMap::new();
        for list in [older, newer] {
            let mut count: BTreeMap<&str, usize> = BTreeMap::new();
            list.iter().for_each(|it| *count.entry(it.label()).or_default() += 1);
            for (label, count) in count {
                let known = most.entry(label.to_owned()).or_default();
                *known = count.max(*known);
            }
        }
        Self(most)
    }

    fn of_licence(&self, licence: &Held) -> String {
        let label = licence.label();
        let shared = self.0.get(label).is_some_and(|count| *count > 1);
        let more = licence.entitlement.as_deref().filter(|it| *it != label).or(licence.term.as_deref());
        match more.filter(|_| shared) {
            Some(more) => format!("{} ({})", words(label), words(more)),
            None => words(label),
        }
    }
}
