//! Ansible's YAML inventories, and the JSON that `ansible-inventory --list` prints, which is YAML too.
//!
//! ```yaml
//! all:
//!   children:
//!     access:
//!       hosts:
//!         sw[01:10]:
//!       vars:
//!         ansible_network_os: cisco.ios.ios
//! ```

use super::model::{Inventory, Owner};
use crate::config::Problem;
use crate::inventory::import::found::Gathered;
use crate::inventory::import::yaml::{self, Node, Value};
use crate::inventory::import::{Export, Finding};

pub(super) fn read(
    export: &Export,
    inventory: &mut Inventory,
    gathered: &mut Gathered,
) -> Result<(), Problem> {
    let (root, repeated) = yaml::read(export)?;
    gathered.findings.extend(repeated.into_iter().take(100).map(|it| {
        let message = format!("\"{}\" stands twice in one map; the last counts", it.key);
        Finding::warning("repeated_key", message, vec![export.at(it.line)])
    }));
    match root.value {
        Value::Map(_) => {}
        Value::Null => return Ok(()),
        _ => {
            let remedy = "an inventory begins with its groups, such as \"all:\"";
            return Err(export.problem(root.line, "this is no map of groups", remedy));
        }
    }
    // Groups in groups are read from a list, so that their depth is the tree's own.
    let mut open: Vec<(&str, &Node)> = root.members().filter(|(name, _)| *name != "_meta").collect();
    open.reverse();
    while let Some((name, node)) = open.pop() {
        inventory.group(name, export.at(node.line));
        for (key, value) in node.members() {
            match key {
                "hosts" => hosts(value, name, export, inventory, gathered)?,
                "vars" => variables(value, Owner::Group(name), inventory, gathered),
                "children" => {
                    for child in texts_of_list(value) {
                        inventory.child(name, child, export.at(value.line));
                    }
                    let from = open.len();
                    for (child, node) in value.members() {
                        inventory.child(name, child, export.at(node.line));
                        open.push((child, node));
                    }
                    open.get_mut(from..).unwrap_or_default().reverse();
                }
                _ => gathered.findings.push(Finding::note(
                    "unknown_key",
                    format!(
                        "\"{key}\" in group \"{name}\" is neither hosts, vars nor children; it was not read"
                    ),
                    vec![export.at(value.line)],
                )),
            }
        }
    }
    // The variables of hosts stand apart in what `ansible-inventory --list` prints.
    if let Some(hosts) = root.member("_meta").and_then(|meta| meta.member("hostvars")) {
        for (host, node) in hosts.members() {
            if inventory.knows(host) {
                variables(node, Owner::Host(host), inventory, gathered);
            }
        }
    }
    Ok(())
}

fn texts_of_list(node: &Node) -> impl Iterator<Item = &str> {
    node.texts().filter(|_| matches!(node.value, Value::List(_)))
}

fn hosts(
    node: &Node,
    group: &str,
    export: &Export,
    inventory: &mut Inventory,
    gathered: &mut Gathered,
) -> Result<(), Problem> {
    for pattern in texts_of_list(node) {
        inventory.hosts(pattern, group, export, node.line, gathered)?;
    }
    for (pattern, line, node) in node.members_in_lines() {
        let names = inventory.hosts(pattern, group, export, line, gathered)?;
        inventory.tell(names.len().saturating_mul(node.members().count()), export, line)?;
        for name in &names {
            variables(node, Owner::Host(name), inventory, gathered);
        }
    }
    Ok(())
}

fn variables(node: &Node, owner: Owner<'_>, inventory: &mut Inventory, gathered: &mut Gathered) {
    for (key, value) in node.members() {
        match &value.value {
            Value::Text(text) => inventory.set(owner, key, Some(text), gathered),
            Value::Vault => inventory.set_vault(owner, key, gathered),
            Value::List(_) | Value::Map(_) => inventory.set(owner, key, None, gathered),
            Value::Null => {}
        }
    }
}
