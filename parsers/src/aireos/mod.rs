//! What AireOS wireless controllers print: dotted leaders, inventory, licence tables.
//!
//! Only `show sysinfo`, `show inventory` and `show license capacity` are read from real captures. The licence lists
//! are written from what Cisco documents: Product Activation Keys as on IOS, the right to use in a form of its own.
//! Captures: `testdata/captures/aireos/`.

pub mod capacity;
pub mod inventory;
mod leader;
pub mod right_to_use;
pub mod sysinfo;

use crate::command::Command;
use crate::grammar::Grammar;
use crate::{ios, smart_agent};

/// The command whose output this is, where only AireOS prints it like this.
pub(crate) fn recognize(body: &str) -> Option<Command> {
    let lines = || body.lines().map(str::trim).filter(|line| !line.is_empty()).take(100);
    let first = lines().next()?;
    let is_all = || lines().any(|line| line.starts_with("License Store:"));
    let of_list = |single| if is_all() { Command::ShowLicenseAll } else { single };
    if capacity::is_head(first) {
        Some(Command::ShowLicenseCapacity)
    } else if sysinfo::is_first(first) {
        Some(Command::ShowSysinfo)
    } else if inventory::is_first(first) {
        Some(Command::ShowInventory)
    } else if lines().take(2).any(right_to_use::opens_licence) {
        Some(of_list(Command::ShowLicenseSummary))
    } else if lines().any(counts_access_points) {
        let detail = first.starts_with("Index:");
        Some(of_list(if detail { Command::ShowLicenseDetail } else { Command::ShowLicenseSummary }))
    } else {
        None
    }
}

/// The grammar of a command that AireOS answers in its own way.
pub(crate) fn grammar(command: Command, body: &str) -> Option<Grammar> {
    use Command as C;
    let is_right_to_use = || body.lines().take(100).any(|line| right_to_use::opens_licence(line.trim()));
    Some(match command {
        C::ShowSysinfo => sysinfo::read,
        C::ShowInventory => inventory::read,
        C::ShowLicenseCapacity => capacity::read,
        C::ShowLicenseSummary | C::ShowLicenseAll | C::ShowLicenseDetail if is_right_to_use() => {
            right_to_use::read
        }
        C::ShowLicenseSummary if !smart_agent::speaks(body) => ios::pak::read,
        _ => return None,
    })
}

/// `Index 4 Feature: base-ap-count`, `StoreIndex: 0 Feature: wplus-ap-count Version: 1.0`
fn counts_access_points(line: &str) -> bool {
    let feature = line.split_once("Feature:").filter(|(index, _)| index.contains("Index"));
    feature.is_some_and(|(_, name)| {
        name.split_whitespace().next().is_some_and(|name| name.ends_with("ap-count"))
    })
}
