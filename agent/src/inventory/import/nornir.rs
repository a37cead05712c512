//! Nornir's SimpleInventory: `hosts.yaml`, `groups.yaml`, `defaults.yaml`, told apart by their names.
//!
//! ```yaml
//! core-1:
//!   hostname: 192.0.2.1
//!   platform: cisco_xe
//!   groups: [hq, core]
//!   data: {site: hq, role: core}
//! ```
//! A host takes what it does not state from its groups, each with the groups that it names itself, the first first, and
//! what none of them states from the defaults.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::found::{Found, Gathered, note_secrets};
use super::mapping::{Field, may_be_secret};
use super::yaml::{self, Node, Value};
use super::{At, Export, Finding};
use crate::config::{Problem, Problems};

/// What a host, a group or the defaults state.
#[derive(Clone, Debug, Default)]
struct Stated {
    fields: BTreeMap<Field, String>,
    secrets: BTreeSet<String>,
}

impl Stated {
    /// Takes what is not stated yet.
    fn inherit(&mut self, from: &Self) {
        for (field, value) in &from.fields {
            self.fields.entry(*field).or_insert_with(|| value.clone());
        }
        note_secrets(&mut self.secrets, from.secrets.iter().map(String::as_str));
    }
}

struct Group {
    at: At,
    own: Stated,
    parents: Vec<String>,
}

pub(super) fn read(exports: &[Export], gathered: &mut Gathered) -> Result<(), Problems> {
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    let mut defaults = Stated::default();
    let mut hosts = Vec::new();
    for export in exports {
        let (root, repeated) = yaml::read(export)?;
        let places = repeated.into_iter().take(100);
        gathered.findings.extend(places.map(|it| {
            let message = format!("\"{}\" stands twice in one map; the last counts", it.key);
            Finding::warning("repeated_key", message, vec![export.at(it.line)])
        }));
        if !matches!(root.value, Value::Map(_) | Value::Null) {
            let remedy = "name hosts.yaml, groups.yaml and defaults.yaml of a SimpleInventory";
            return Err(export.problem(root.line, "this is no map of hosts or groups", remedy).into());
        }
        let stem = export.stem();
        if stem.contains("default") {
            defaults.inherit(&stated(&root, gathered));
        } else if stem.contains("group") {
            for (name, node) in root.members() {
                let parents = parents(node);
                let own = stated(node, gathered);
                groups.insert(name.to_owned(), Group { at: export.at(node.line), own, parents });
            }
        } else {
            for (name, line, node) in root.members_in_lines() {
                if hosts.len() >= super::MOST_HOSTS {
                    let message = format!("there are more than {} hosts", super::MOST_HOSTS);
                    return Err(export.problem(line, message, "import fewer at a time").into());
                }
                hosts.push((name.to_owned(), export.at(line), stated(node, gathered), parents(node)));
            }
        }
    }
    let mut resolved = Resolved { groups: &groups, known: BTreeMap::new() };
    let mut unknown: BTreeMap<String, Vec<At>> = BTreeMap::new();
    for (name, at, mut own, parents) in hosts {
        for parent in &parents {
            match resolved.group(parent)? {
                Some(group) => own.inherit(&group),
                None => unknown.entry(parent.clone()).or_default().push(at.clone()),
            }
        }
        own.inherit(&defaults);
        let mut found = Found::new(name, at);
        for (field, value) in own.fields {
            found.state(field, &value);
        }
        // Without a hostname, Nornir dials the name.
        let name = found.name.clone();
        found.state(Field::Address, &name);
        found.groups = parents;
        found.secrets = own.secrets;
        gathered.hosts.push(found);
    }
    for (group, mut places) in unknown {
        let message = format!("group \"{group}\" is in none of the files; name groups.yaml too");
        places.truncate(10);
        gathered.findings.push(Finding::warning("unknown_group", message, places));
    }
    Ok(())
}

/// Groups with all that they inherit, each worked out once.
struct Resolved<'g> {
    groups: &'g BTreeMap<String, Group>,
    known: BTreeMap<&'g str, Rc<Stated>>,
}

impl<'g> Resolved<'g> {
    fn group(&mut self, name: &str) -> Result<Option<Rc<Stated>>, Problem> {
        let Some((name, _)) = self.groups.get_key_value(name) else { return Ok(None) };
        // Depth first without recursion: a chain of groups may be long.
        let mut path: Vec<(&'g str, usize)> = vec![(name, 0)];
        let mut open: BTreeSet<&'g str> = BTreeSet::from([name.as_str()]);
        while let Some((current, next)) = path.last_mut() {
            let current: &'g str = current;
            let Some(group) = self.groups.get(current) else { break };
            if self.known.contains_key(current) {
                open.remove(current);
                path.pop();
                continue;
            }
            let Some(parent) = group.parents.get(*next) else {
                let mut stated = group.own.clone();
                for parent in &group.parents {
                    if let Some(parent) = self.known.get(parent.as_str()) {
                        stated.inherit(parent);
                    }
                }
                self.known.insert(current, Rc::new(stated));
                continue;
            };
            *next += 1;
            let Some((parent, _)) = self.groups.get_key_value(parent) else { continue };
            if self.known.contains_key(parent.as_str()) {
                continue;
            }
            if !open.insert(parent) {
                let message = format!("group \"{parent}\" is a group of itself, over \"{current}\"");
                let remedy = "take it from the groups of one of them";
                return Err(Problem::of_file(group.at.to_string(), message, remedy));
            }
            path.push((parent, 0));
        }
        Ok(self.known.get(name.as_str()).map(Rc::clone))
    }
}

fn parents(node: &Node) -> Vec<String> {
    node.member("groups").into_iter().flat_map(Node::texts).map(str::to_owned).collect()
}

fn stated(node: &Node, gathered: &mut Gathered) -> Stated {
    let mut stated = Stated::default();
    for (key, value) in node.members() {
        match key {
            "groups" => {}
            "data" => {
                for (key, value) in value.members() {
                    let field = Field::of(key).map(|(field, _)| field).filter(|field| {
                        !matches!(
                            field,
                            Field::Name | Field::Address | Field::Port | Field::Group | Field::User
                        )
                    });
                    state(&mut stated, key, field, value, gathered);
                }
            }
            "connection_options" => {
                gathered.met(key, None, "not used");
                for (_, options) in value.members() {
                    carried(options, &mut stated, 0);
                }
            }
            "hostname" => state(&mut stated, key, Some(Field::Address), value, gathered),
            "username" => state(&mut stated, key, Some(Field::User), value, gathered),
            "port" => state(&mut stated, key, Some(Field::Port), value, gathered),
            "platform" => state(&mut stated, key, Some(Field::Platform), value, gathered),
            _ => state(&mut stated, key, None, value, gathered),
        }
    }
    stated
}

fn state(stated: &mut Stated, key: &str, field: Option<Field>, value: &Node, gathered: &mut Gathered) {
    if may_be_secret(key) || matches!(value.value, Value::Vault) {
        if !matches!(value.value, Value::Null) {
            gathered.met(key, None, "secret, never read");
            note_secrets(&mut stated.secrets, [key]);
        }
        return;
    }
    match (field, value.text()) {
        (Some(field), Some(text)) => {
            gathered.met(key, Some(field), "by name");
            stated.fields.insert(field, text.trim().to_owned());
        }
        _ if matches!(value.value, Value::Null) => {}
        _ => {
            gathered.met(key, None, "not used");
            carried(value, stated, 0);
        }
    }
}

/// Notes the keys of secrets in what is not used.
fn carried(node: &Node, stated: &mut Stated, depth: usize) {
    const DEEPEST: usize = 16;
    for (key, value) in node.members() {
        match value.value {
            Value::Map(_) if depth < DEEPEST => carried(value, stated, depth + 1),
            Value::Text(_) | Value::Vault if may_be_secret(key) => {
                note_secrets(&mut stated.secrets, [key]);
            }
            _ => {}
        }
    }
}
