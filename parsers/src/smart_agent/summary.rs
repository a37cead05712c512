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

use nom::bytes::complete::{tag, take_until};
use nom::character::complete::{space0, space1, u64};
use nom::combinator::{rest, verify};
use nom::sequence::{delimited, terminated};
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
        let Ok((_, row)) = row(line.trimmed()) else {
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

fn row(input: &str) -> IResult<&str, Row<'_>> {
    let (input, name) = take_until("(").parse(input)?;
    let (input, entitlement) = delimited(tag("("), take_until(")"), tag(")")).parse(input)?;
    let (input, count) = delimited(space0, u64, space1).parse(input)?;
    let (input, status) = verify(terminated(rest, space0), |status: &str| !status.is_empty()).parse(input)?;
    Ok((input, Row { name: name.trim(), entitlement: entitlement.trim(), count, status: status.trim() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_anchored_on_their_parentheses() {
        let (_, found) =
            row("Router US Export Lic... (DNA_HSEC)                        0 NOT IN USE").unwrap();
        assert_eq!((found.name, found.entitlement), ("Router US Export Lic...", "DNA_HSEC"));
        assert_eq!((found.count, found.status), (0, "NOT IN USE"));
        assert!(row("No licenses in use").is_err());
    }
}
