//! Ansible inventories, in INI, YAML, or as `ansible-inventory --list` prints them. Nothing is run, no plugin is asked and
//! no `group_vars` folder is looked for: the files that are named are all there is.

mod ini;
mod model;
mod pattern;
mod tree;

use super::Export;
use super::found::Gathered;
use crate::config::Problems;
use model::Inventory;

pub(super) fn read(exports: &[Export], gathered: &mut Gathered) -> Result<(), Problems> {
    let mut inventory = Inventory::default();
    for export in exports {
        if is_tree(export) {
            tree::read(export, &mut inventory, gathered)?;
        } else {
            ini::read(export, &mut inventory, gathered)?;
        }
    }
    Ok(inventory.resolve(gathered)?)
}

/// YAML by its name, or by its first line that says anything: `---`, `{`, or a key with nothing behind it.
fn is_tree(export: &Export) -> bool {
    match export.path.extension().and_then(|ending| ending.to_str()).map(str::to_lowercase).as_deref() {
        Some("yml" | "yaml" | "json") => return true,
        Some("ini" | "cfg") => return false,
        _ => {}
    }
    let says = |line: &&str| !line.is_empty() && !line.starts_with(['#', ';']);
    let first = export.text().lines().map(str::trim_end).find(says).unwrap_or_default();
    first.starts_with("---")
        || first.starts_with('{')
        || first.starts_with("$ANSIBLE_VAULT")
        || (first.ends_with(':') && !first.contains(['[', ' ']))
}
