//! Groups, hosts and their variables, and what a host comes to in the end.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::pattern;
use crate::config::Problem;
use crate::inventory::import::found::{Found, Gathered, Skipped, note_secrets};
use crate::inventory::import::mapping::{Field, may_be_secret};
use crate::inventory::import::{At, Export, MOST_HOSTS};

/// Whose variable it is.
#[derive(Clone, Copy)]
pub(super) enum Owner<'n> {
    Group(&'n str),
    Host(&'n str),
}

/// The variables that an import has use for.
#[derive(Clone, Debug, Default)]
struct Variables {
    fields: BTreeMap<Field, String>,
    secrets: BTreeSet<String>,
}

impl Variables {
    /// Lays others over these.
    fn lay(&mut self, over: &Self) {
        self.fields.extend(over.fields.iter().map(|(field, value)| (*field, value.clone())));
        note_secrets(&mut self.secrets, over.secrets.iter().map(String::as_str));
    }
}

#[derive(Debug, Default)]
struct Group {
    at: Option<At>,
    variables: Variables,
    parents: BTreeSet<String>,
}

#[derive(Debug)]
struct Host {
    name: String,
    at: At,
    variables: Variables,
    groups: BTreeSet<String>,
}

/// All files of an inventory together.
#[derive(Debug, Default)]
pub(super) struct Inventory {
    groups: BTreeMap<String, Group>,
    hosts: Vec<Host>,
    /// Where a host stands in the list.
    places: BTreeMap<String, usize>,
    /// How often a host was named or told something.
    told: usize,
}

impl Inventory {
    /// Makes sure that there is a group.
    pub(super) fn group(&mut self, name: &str, at: At) {
        self.groups.entry(name.to_owned()).or_default().at.get_or_insert(at);
    }

    pub(super) fn child(&mut self, parent: &str, child: &str, at: At) {
        self.group(child, at);
        if let Some(group) = self.groups.get_mut(child) {
            group.parents.insert(parent.to_owned());
        }
    }

    pub(super) fn knows(&self, host: &str) -> bool {
        self.places.contains_key(host)
    }

    /// Puts the hosts of a pattern into a group; yields their names.
    pub(super) fn hosts(
        &mut self,
        pattern: &str,
        group: &str,
        export: &Export,
        line: usize,
        gathered: &mut Gathered,
    ) -> Result<Vec<String>, Problem> {
        let (names, port) = match pattern::hosts(pattern, MOST_HOSTS) {
            Ok(hosts) => hosts,
            Err(reason) => {
                let reason = format!("its pattern cannot be read: {reason}");
                gathered.skipped.push(Skipped::new(pattern, export.at(line), reason));
                return Ok(Vec::new());
            }
        };
        self.told += names.len();
        if self.told > MOST_TOLD {
            let message = "ranges name hosts over and over again, millions of times";
            return Err(export.problem(line, message, "see that it is the right file"));
        }
        for name in &names {
            let place = *self.places.entry(name.clone()).or_insert(self.hosts.len());
            if place == self.hosts.len() {
                if place >= MOST_HOSTS {
                    let message = format!("there are more than {MOST_HOSTS} hosts");
                    return Err(export.problem(line, message, "import fewer at a time"));
                }
                let (variables, groups) = (Variables::default(), BTreeSet::new());
                self.hosts.push(Host { name: name.clone(), at: export.at(line), variables, groups });
            }
            if let Some(host) = self.hosts.get_mut(place) {
                host.groups.insert(group.to_owned());
                if let Some(port) = &port {
                    host.variables.fields.insert(Field::Port, port.clone());
                }
            }
        }
        Ok(names)
    }

    /// Counts variables of hosts that a range named.
    pub(super) fn tell(&mut self, times: usize, export: &Export, line: usize) -> Result<(), Problem> {
        self.told = self.told.saturating_add(times);
        if self.told > MOST_TOLD {
            let message = "hosts of ranges are told variables millions of times";
            return Err(export.problem(line, message, "put the variables into a group"));
        }
        Ok(())
    }

    /// Takes a variable; `None` is a value of several parts.
    pub(super) fn set(&mut self, owner: Owner<'_>, key: &str, value: Option<&str>, gathered: &mut Gathered) {
        let encrypted = value.is_some_and(|value| value.trim_start().starts_with("$ANSIBLE_VAULT"));
        if encrypted || may_be_secret(key) {
            return self.set_vault(owner, key, gathered);
        }
        let (Some(field), Some(value)) = (field_of(key), value) else {
            gathered.met(key, None, "not used");
            return;
        };
        // What Ansible would work out is not known here.
        if value.contains("{{") {
            gathered.met(key, None, "a template, not worked out");
            // Who inherits it has no address that is known, unless a nearer one is stated.
            if field == Field::Address
                && let Some(variables) = self.variables(owner)
            {
                variables.fields.insert(field, TEMPLATE.to_owned());
            }
            return;
        }
        gathered.met(key, Some(field), "by name");
        if let Some(variables) = self.variables(owner) {
            variables.fields.insert(field, value.trim().to_owned());
        }
    }

    /// Takes note of a secret.
    pub(super) fn set_vault(&mut self, owner: Owner<'_>, key: &str, gathered: &mut Gathered) {
        gathered.met(key, None, "secret, never read");
        if let Some(variables) = self.variables(owner) {
            note_secrets(&mut variables.secrets, [key]);
        }
    }

    fn variables(&mut self, owner: Owner<'_>) -> Option<&mut Variables> {
        match owner {
            Owner::Group(name) => self.groups.get_mut(name).map(|group| &mut group.variables),
            Owner::Host(name) => {
                let place = *self.places.get(name)?;
                self.hosts.get_mut(place).map(|host| &mut host.variables)
            }
        }
    }

    /// What every host comes to: the variables of its groups, the most general first, and over them its own.
    pub(super) fn resolve(&self, gathered: &mut Gathered) -> Result<(), Problem> {
        let resolved = self.resolved_groups()?;
        let all = resolved.get("all");
        for host in &self.hosts {
            let mut found = Found::new(host.name.clone(), host.at.clone());
            let mut variables = all.map(|all| all.variables.as_ref().clone()).unwrap_or_default();
            // Of groups equally deep, the last by name wins, as in Ansible.
            let mut groups: Vec<_> =
                host.groups.iter().filter_map(|name| Some((resolved.get(name.as_str())?, name))).collect();
            groups.sort_by_key(|(group, name)| (group.depth, *name));
            for (group, _) in &groups {
                variables.lay(&group.variables);
            }
            variables.lay(&host.variables);
            if variables.fields.get(&Field::Address).is_some_and(|address| address == TEMPLATE) {
                let reason = "its address is a template, which Ansible alone can work out";
                gathered.skipped.push(Skipped::new(&host.name, host.at.clone(), reason));
                continue;
            }
            found.unfit = variables.fields.get(&Field::Connection).and_then(|connection| unfit(connection));
            if variables
                .fields
                .get(&Field::Connection)
                .is_some_and(|connection| connection.ends_with("netconf"))
                && let Some(port) = variables.fields.remove(&Field::Port)
            {
                found.state(Field::NetconfPort, &port);
            }
            for (field, value) in &variables.fields {
                if *field != Field::Connection {
                    found.state(*field, value);
                }
            }
            // Without ansible_host, Ansible dials the name.
            found.state(Field::Address, &host.name);
            found.groups = groups.into_iter().flat_map(|(group, _)| group.line.iter().cloned()).collect();
            found.secrets = variables.secrets;
            gathered.hosts.push(found);
        }
        Ok(())
    }

    /// Groups with what they inherit, parents before children.
    fn resolved_groups(&self) -> Result<BTreeMap<&str, Resolved>, Problem> {
        let mut waiting: BTreeMap<&str, usize> = BTreeMap::new();
        let mut children: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (name, group) in &self.groups {
            waiting.insert(name, group.parents.len());
            for parent in &group.parents {
                children.entry(parent).or_default().push(name);
            }
        }
        if self.groups.len() > MOST_GROUPS {
            let place = self
                .groups
                .values()
                .find_map(|group| group.at.as_ref())
                .map_or_else(String::new, At::to_string);
            let message = format!("there are more than {MOST_GROUPS} groups");
            return Err(Problem::of_file(place, message, "see that it is the right file"));
        }
        let mut ready: Vec<&str> =
            waiting.iter().filter(|(_, parents)| **parents == 0).map(|(name, _)| *name).collect();
        let mut resolved: BTreeMap<&str, Resolved> = BTreeMap::new();
        while let Some(name) = ready.pop() {
            let Some(group) = self.groups.get(name) else { continue };
            let mut parents: Vec<(&Resolved, &String)> = group
                .parents
                .iter()
                .filter_map(|parent| Some((resolved.get(parent.as_str())?, parent)))
                .collect();
            parents.sort_by_key(|(parent, name)| (parent.depth, *name));
            let mut variables = Variables::default();
            let mut line: Vec<String> = Vec::new();
            for (parent, _) in &parents {
                variables.lay(&parent.variables);
                if line.is_empty() {
                    line.clone_from(&parent.line);
                    continue;
                }
                for ancestor in &parent.line {
                    if !line.contains(ancestor) {
                        line.push(ancestor.clone());
                    }
                }
            }
            // A group far down in a long chain is told by its nearest ancestors.
            line.drain(..line.len().saturating_sub(MOST_ANCESTORS));
            line.push(name.to_owned());
            variables.lay(&group.variables);
            let depth = parents.iter().map(|(parent, _)| parent.depth + 1).max().unwrap_or_default();
            resolved.insert(name, Resolved { depth, variables: Rc::new(variables), line });
            for child in children.remove(name).unwrap_or_default() {
                if let Some(parents) = waiting.get_mut(child) {
                    *parents -= 1;
                    if *parents == 0 {
                        ready.push(child);
                    }
                }
            }
        }
        if let Some((name, group)) =
            self.groups.iter().find(|(name, _)| !resolved.contains_key(name.as_str()))
        {
            let message = format!("group \"{name}\" is a child of itself, directly or over others");
            let place = group.at.as_ref().map_or_else(String::new, At::to_string);
            return Err(Problem::of_file(place, message, "take it from the children of one of them"));
        }
        Ok(resolved)
    }
}

/// A group with what it inherits.
struct Resolved {
    depth: usize,
    variables: Rc<Variables>,
    /// Its ancestors and itself.
    line: Vec<String>,
}

const MOST_ANCESTORS: usize = 100;
/// Ranges may name many hosts in few bytes; more work than this is refused.
const MOST_TOLD: usize = 2_000_000;
/// More groups are refused.
const MOST_GROUPS: usize = 20_000;
/// Stands for an address that is not known here.
const TEMPLATE: &str = "{{ }}";

/// Why a host that is reached in this way is no device.
fn unfit(connection: &str) -> Option<String> {
    const OTHERS: [&str; 8] =
        ["local", "winrm", "psrp", "docker", "podman", "chroot", "kubectl", "community.docker.docker"];
    OTHERS
        .contains(&connection)
        .then(|| format!("Ansible reaches it by \"{connection}\": it is no network device"))
}

/// The field of a variable. Ansible's own have their names; of the operator's, those that say what they are.
fn field_of(key: &str) -> Option<Field> {
    match key {
        "ansible_host" | "ansible_ssh_host" => Some(Field::Address),
        "ansible_port" | "ansible_ssh_port" => Some(Field::Port),
        "ansible_user" | "ansible_ssh_user" => Some(Field::User),
        "ansible_network_os" => Some(Field::Platform),
        "ansible_connection" => Some(Field::Connection),
        _ if key.starts_with("ansible_") => None,
        _ => Field::of(key).map(|(field, _)| field).filter(|field| {
            !matches!(
                field,
                Field::Name | Field::Address | Field::Port | Field::Group | Field::User | Field::Platform
            )
        }),
    }
}
