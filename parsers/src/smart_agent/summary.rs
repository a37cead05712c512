//! The usage table of `show license summary`.
//!
//! ```text
//! License Usage:
//!   License                 Entitlement Tag               Count Status
//!   -----------------------------------------------------------------------------
//!   network-advantage       (C9300-24 Network Advan...)       2 IN USE
//!                           (C9200L-NW-E-48)                  1 EVAL MODE
//! ```
//! Columns move between releases, so that the parentheses are the anchor. Long names end in `...`.
//! Captures: `testdata/captures/ios-xe/show_license_summary`

use nom::bytes::complete::{is_not, tag};
use nom::character::complete::{space0, space1, u64};
use nom::combinator::{rest, verify};
use nom::sequence::delimited;
use nom::{IResult, Parser};

use super::Reading;
use super::heading;
use super::usage;
use crate::record::{License, LicenseStatus, stated};
use crate::text::{Cursor, Line};

/// Whether a line is the head of the table.
pub(super) fn is_table_head(text: &str) -> bool {
    text.starts_with("License") && text.contains("Entitlement") && text.ends_with("Status")
}

/// Reads the table that a head line opens.
pub(super) fn read<'a>(text: &str, cursor: &mut Cursor<'a>, reading: &mut Reading<'_, 'a>) -> bool {
    if !is_table_head(text) {
        return false;
    }
    while let Some(line) = cursor.peek().filter(|line| !ends(line)) {
        cursor.next();
        let Some(row) = row(line.trimmed()) else {
            // A line of the log may stand between two rows.
            cursor.unclaimed(line);
            continue;
        };
        let truncated = [row.name, row.entitlement].iter().any(|text| text.ends_with("..."));
        let mut license = License {
            name: stated(row.name).map(Into::into),
            entitlement: stated(row.entitlement).map(Into::into),
            count: Some(row.count),
            truncated,
            ..License::default()
        };
        usage::status(row.status, &mut license, reading);
        reading.evidence.policy |=
            matches!(license.status, Some(LicenseStatus::InUse | LicenseStatus::NotInUse));
        reading.record.licenses_mut().push(license);
    }
    true
}

/// Whether a line can no longer belong to the table.
fn ends(line: &Line<'_>) -> bool {
    heading::of(line).is_some() || usage::says_none(line.trimmed())
}

struct Row<'a> {
    name: &'a str,
    entitlement: &'a str,
    count: u64,
    status: &'a str,
}

/// A row of the table. A name may hold parentheses of its own: the entitlement's are those that the count follows.
fn row(text: &str) -> Option<Row<'_>> {
    text.match_indices('(').find_map(|(at, _)| {
        let (name, behind) = text.split_at_checked(at)?;
        let (_, (entitlement, count, status)) = behind_name(behind).ok()?;
        Some(Row { name: name.trim(), entitlement: entitlement.trim(), count, status: status.trim() })
    })
}

/// `(DNA_HSEC)     0 NOT IN USE`
fn behind_name(input: &str) -> IResult<&str, (&str, u64, &str)> {
    let entitlement = delimited(tag("("), is_not("()"), tag(")"));
    let count = delimited(space0, u64, space1);
    let status = verify(rest, |status: &str| !status.trim().is_empty());
    (entitlement, count, status).parse(input)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_anchored_on_their_parentheses() {
        let found = row("Router US Export Lic... (DNA_HSEC)                        0 NOT IN USE").unwrap();
        assert_eq!((found.name, found.entitlement), ("Router US Export Lic...", "DNA_HSEC"));
        assert_eq!((found.count, found.status), (0, "NOT IN USE"));
        let found = row("CUBE (SIP) Trunk        (CUBE_T_STD)          3 IN USE").unwrap();
        assert_eq!((found.name, found.entitlement, found.count), ("CUBE (SIP) Trunk", "CUBE_T_STD", 3));
        for line in ["No licenses in use", "(x) 3", "() 3 IN USE", "((((", "a (b) c"] {
            assert!(row(line).is_none(), "{line}");
        }
    }
}
