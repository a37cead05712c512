//! The columns of an inventory file, and how a cell of each is read.

use std::collections::BTreeMap;
use std::str::FromStr;

use crate::config::{Groups, Identity, NotAValue, Settings};

/// What a row says, apart from its name.
#[derive(Clone, Debug, Default)]
pub(super) struct Stated {
    pub(super) identity: Identity,
    pub(super) settings: Settings,
}

/// Reads a cell that is not empty.
type Read = fn(&str, &mut Stated) -> Result<(), NotAValue>;

/// The column of names.
pub(super) const NAME: &str = "name";

/// Every column but the name.
pub(super) const COLUMNS: &[(&str, Read)] = &[
    ("address", |cell, row| set(&mut row.identity.address, cell)),
    ("port", |cell, row| port(&mut row.settings.port, cell)),
    ("netconf_port", |cell, row| port(&mut row.settings.netconf_port, cell)),
    ("platform", |cell, row| set(&mut row.settings.platform, cell)),
    ("transport", |cell, row| set(&mut row.settings.transport, cell)),
    ("group", |cell, row| {
        let names = cell.split(';').map(str::parse).collect::<Result<_, _>>()?;
        row.identity.group = Some(Groups::Several(names));
        Ok(())
    }),
    ("site", |cell, row| set(&mut row.settings.site, cell)),
    ("role", |cell, row| set(&mut row.settings.role, cell)),
    ("environment", |cell, row| set(&mut row.settings.environment, cell)),
    ("owner", |cell, row| set(&mut row.settings.owner, cell)),
    ("credential", |cell, row| set(&mut row.settings.credential, cell)),
    ("jump", |cell, row| set(&mut row.settings.jump, cell)),
    ("smart_account", |cell, row| set(&mut row.settings.smart_account, cell)),
    ("virtual_account", |cell, row| set(&mut row.settings.virtual_account, cell)),
    ("expected_licenses", |cell, row| {
        row.settings.expected_licenses = Some(licenses(cell)?);
        Ok(())
    }),
    ("serial_number", |cell, row| set(&mut row.identity.serial_number, cell)),
    ("legacy_algorithms", |cell, row| {
        row.settings.legacy_algorithms = Some(truth(cell)?);
        Ok(())
    }),
    ("notes", |cell, row| set(&mut row.settings.notes, cell)),
];

fn set<T: FromStr<Err = NotAValue>>(place: &mut Option<T>, cell: &str) -> Result<(), NotAValue> {
    *place = Some(cell.parse()?);
    Ok(())
}

fn port(place: &mut Option<std::num::NonZeroU16>, cell: &str) -> Result<(), NotAValue> {
    let port =
        cell.parse().map_err(|_| NotAValue("must be a port, a whole number from 1 to 65535".into()))?;
    *place = Some(port);
    Ok(())
}

/// Spreadsheets write these words in capitals.
fn truth(cell: &str) -> Result<bool, NotAValue> {
    match cell.to_ascii_lowercase().as_str() {
        "true" | "yes" => Ok(true),
        "false" | "no" => Ok(false),
        _ => Err(NotAValue("must be true or false".into())),
    }
}

/// `network-advantage=3; dna-advantage=3`
fn licenses(cell: &str) -> Result<BTreeMap<String, u32>, NotAValue> {
    let mut licenses = BTreeMap::new();
    for part in cell.split(';').map(str::trim).filter(|part| !part.is_empty()) {
        let wrong = || {
            NotAValue(
                "must be licences with their counts, such as network-advantage=3; dna-advantage=3".into(),
            )
        };
        let (name, count) = part.rsplit_once('=').ok_or_else(wrong)?;
        let name = name.trim();
        let count = count.trim().parse().map_err(|_| wrong())?;
        if name.is_empty() {
            return Err(wrong());
        }
        if licenses.insert(name.to_owned(), count).is_some() {
            return Err(NotAValue(format!("must name each licence once: \"{name}\" stands in it twice")));
        }
    }
    Ok(licenses)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expected_licences() {
        let read = |cell| licenses(cell).map(|found| found.into_iter().collect::<Vec<_>>());
        assert_eq!(
            read("network-advantage=3; dna-advantage = 2;"),
            Ok(vec![("dna-advantage".into(), 2), ("network-advantage".into(), 3)])
        );
        // An entitlement may hold an equals sign; the count is after the last.
        assert_eq!(read("a=b=1"), Ok(vec![("a=b".into(), 1)]));
        for wrong in ["network-advantage", "=3", "a=x", "a=-1", "a=1;a=2", "a=99999999999"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn truth_is_written_in_few_ways() {
        assert_eq!((truth("TRUE"), truth("no")), (Ok(true), Ok(false)));
        assert!(truth("maybe").is_err());
    }
}
