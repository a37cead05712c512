//! Right-to-use licences of Catalyst 3650, 3850, 4500 and early 9000: `show license right-to-use …`.
//!
//! ```text
//!   License Name    Type     Count   Period left
//! -----------------------------------------------
//!   ipservices   permanent   N/A     Lifetime
//! -----------------------------------------------
//!
//! License Level In Use: ipservices
//! License Level on Reboot: ipservices
//! ```
//! The plain, `default` and `usage` forms begin with a slot column; `usage` tells use and agreement apart:
//! ```text
//! Slot#  License Name    Type     usage-duration(y:m:d)  In-Use   EULA
//! -----------------------------------------------------------------------
//! 1      ipservices    permanent     0 :3 :29            yes      yes
//! ```
//! `detail` prints blocks of attributes as PAK licensing does, `eula` a table and the text of the agreement.
//! Captures: `testdata/captures/ios-xe/show_license_right-to-use*/`. Cisco documents `summary`, `usage` and `detail` in the
//! Catalyst 3850 System Management Command Reference.

mod columns;

use super::attribute::attribute;
use super::boilerplate::is_column_rule;
use super::boot_level;
use crate::record::{DeviceRecord, License, LicensingModel, stated};
use crate::text::{Cursor, pair};

use columns::{Columns, word};

/// Reads right-to-use licences, one per row or block.
pub fn read<'a>(cursor: &mut Cursor<'a>, record: &mut DeviceRecord<'a>) {
    let mut columns = None;
    while let Some(line) = cursor.next() {
        let text = line.trimmed();
        if let Some(found) = Columns::of(text) {
            columns = Some(found);
            record.licensing.model = Some(LicensingModel::Rtu);
        } else if text.starts_with("PLEASE READ THE FOLLOWING TERMS") {
            // The agreement itself, to the end.
            while cursor.next().is_some() {}
        } else if let Some(start) = block(text) {
            record.licensing.model = Some(LicensingModel::Rtu);
            open(start, record);
        } else if let Some(license) = columns.and_then(|columns| columns.row(text)) {
            record.licenses_mut().push(license);
        } else if !level(text, record)
            && !in_block(text, record)
            && !is_capacity(text)
            && !is_column_rule(text)
        {
            cursor.unclaimed(line);
        }
    }
}

/// Whether an output is an agreement, which `eula adder`, `evaluation` and `permanent` print alike.
pub fn is_agreement(body: &str) -> bool {
    let first = body.lines().map(str::trim).find(|line| !line.is_empty());
    first.is_some_and(|first| first.starts_with("Feature name") && first.ends_with("EULA Accepted"))
}

/// What a line tells about a block of attributes.
#[derive(Clone, Copy)]
struct Block<'a> {
    /// It starts with its index: `Index 1:  License Name: apcount`, `Index 1`.
    indexed: bool,
    /// Its name stands here, behind the index or on a line of its own: `License Name       : ipservices`.
    name: Option<&'a str>,
}

fn block(text: &str) -> Option<Block<'_>> {
    let Some(rest) = text.strip_prefix("Index ") else {
        return license_name(text).map(|name| Block { indexed: false, name: Some(name) });
    };
    let (number, rest) = word(rest)?;
    number.trim_end_matches(':').parse::<u32>().ok()?;
    Some(Block { indexed: true, name: license_name(rest) })
}

fn license_name(text: &str) -> Option<&str> {
    let (key, name) = pair(text)?;
    key.eq_ignore_ascii_case("License Name").then(|| stated(name))?
}

/// Opens a block, or names the one that its index has opened.
fn open<'a>(block: Block<'a>, record: &mut DeviceRecord<'a>) {
    let name = block.name.map(Into::into);
    let licenses = record.licenses_mut();
    match licenses.last_mut() {
        Some(last) if !block.indexed && *last == License::default() => last.name = name,
        _ => licenses.push(License { name, ..License::default() }),
    }
}

/// An attribute of the block that is open.
fn in_block<'a>(text: &'a str, record: &mut DeviceRecord<'a>) -> bool {
    record
        .licenses
        .as_mut()
        .and_then(|licenses| licenses.last_mut())
        .is_some_and(|license| attribute(license, text))
}

/// `License Level In Use: network-advantage+dna-advantage Subscription`
fn level<'a>(text: &'a str, record: &mut DeviceRecord<'a>) -> bool {
    let Some((key, value)) = pair(text) else { return false };
    let levels = &mut record.device.boot_level;
    let (base, addon) = boot_level::base_and_addon(value);
    match key {
        "License Level In Use" => {
            levels.current = base.map(Into::into);
            levels.addon_current = addon.map(Into::into);
        }
        "License Level on Reboot" => {
            levels.next_reboot = base.map(Into::into);
            levels.addon_next_reboot = addon.map(Into::into);
        }
        _ => return false,
    }
    record.licensing.model = Some(LicensingModel::Rtu);
    true
}

/// Sums over the access-point rows, and the like.
fn is_capacity(text: &str) -> bool {
    const CAPACITY: [&str; 5] = [
        "Evaluation AP-Count:",
        "Total AP Count Licenses:",
        "AP Count Licenses In-use:",
        "AP Count Licenses Remaining:",
        "Number of license mismatch",
    ];
    CAPACITY.iter().any(|start| text.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Expiry, LicenseStatus, Term};

    fn parsed(text: &str) -> (DeviceRecord<'_>, Vec<&str>) {
        let mut record = DeviceRecord::default();
        let mut cursor = Cursor::new(text, 0);
        read(&mut cursor, &mut record);
        assert_eq!(record.licensing.model, Some(LicensingModel::Rtu));
        (record, cursor.into_unclaimed().iter().map(|line| line.text).collect())
    }

    #[test]
    fn a_summary_has_licences_levels_and_sums() {
        let (record, unclaimed) = parsed(
            "  License Name    Type     Count   Period left \n-----\n\
             \x20 ipservices   permanent   N/A     Lifetime \n\
             \x20 apcount      evaluation  50      82 days\n-----\n\n\
             License Level In Use: ipservices\nLicense Level on Reboot: ipbase\n\n\
             Evaluation AP-Count: Enabled\nTotal AP Count Licenses: 50\nnews\n",
        );
        assert_eq!(unclaimed, ["news"]);
        let licenses = record.licenses.unwrap();
        assert_eq!((licenses[0].expires.clone(), licenses[0].count), (Some(Expiry::NEVER), None));
        assert_eq!((licenses[1].period_left_seconds, licenses[1].count), (Some(82 * 86_400), Some(50)));
        assert_eq!(record.device.boot_level.current.as_deref(), Some("ipservices"));
        assert_eq!(record.device.boot_level.next_reboot.as_deref(), Some("ipbase"));
    }

    #[test]
    fn usage_tells_use_and_agreement() {
        let (record, unclaimed) = parsed(
            "Slot#  License Name    Type     usage-duration(y:m:d)  In-Use   EULA\n-----\n\
             1      ipservices    permanent     0 :3 :29            yes      yes\n\
             1      apcount       adder         0 :0 :0             no       no\n\
             1      apcount       adder         0 :0 :0             perhaps  no\n",
        );
        assert_eq!(unclaimed.len(), 1);
        let states: Vec<_> = record
            .licenses
            .unwrap()
            .iter()
            .map(|one| (one.status.unwrap(), one.eula_accepted.unwrap(), one.term.unwrap()))
            .collect();
        assert_eq!(
            states,
            [(LicenseStatus::InUse, true, Term::Permanent), (LicenseStatus::NotInUse, false, Term::Other)]
        );
    }

    #[test]
    fn details_come_in_blocks() {
        let (record, unclaimed) = parsed(
            "Index 1:  License Name: lanbase\n          Period left: Lifetime\n          License Type: permanent\n\
             \x20         License State: Active, In use\n          License Location: Slot 1\n\
             Index 2\n        License Name       : apcount\n        License Count      : 40\n",
        );
        assert!(unclaimed.is_empty(), "{unclaimed:?}");
        let licenses = record.licenses.unwrap();
        assert_eq!(licenses.len(), 2);
        assert_eq!(
            (licenses[0].name.as_deref(), licenses[0].status),
            (Some("lanbase"), Some(LicenseStatus::InUse))
        );
        assert_eq!((licenses[1].name.as_deref(), licenses[1].count), (Some("apcount"), Some(40)));
    }

    #[test]
    fn the_agreement_is_a_table_and_prose() {
        let (record, unclaimed) = parsed(
            "Feature name             EULA Accepted\n------------             -------------\n\
             ipservices               Yes\napcount                  No\n\n\
             PLEASE READ THE FOLLOWING TERMS CAREFULLY. INSTALLING THE LICENSE OR\nLICENSE KEY no\n",
        );
        assert!(unclaimed.is_empty(), "{unclaimed:?}");
        let accepted: Vec<_> = record.licenses.unwrap().iter().map(|one| one.eula_accepted).collect();
        assert_eq!(accepted, [Some(true), Some(false)]);
    }
}
