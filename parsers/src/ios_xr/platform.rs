//! `show license platform summary` and `… detail`: what IOS XR counts under its flexible consumption model, and whether
//! the subscription to new releases (Software Innovation Access, SIA) is kept.
//!
//! ```text
//! Collection: LAST: Mon Mar 02 2026 08:13:37 UTC
//!             NEXT: Mon Mar 02 2026 09:13:37 UTC
//! Reporting:  LAST: Sun Mar 01 2026 20:13:37 UTC
//!             NEXT: Mon Mar 02 2026 20:13:37 UTC
//! **********************************IMPORTANT************************************
//! SIA Status: Out of Compliance(Remaining Grace Period: 41 days, 7 hours)
//!             SW Upgrades will be blocked when the SIA grace period expires
//! *******************************************************************************
//!                                                                    Count
//! Feature/Area     Entitlement                                     Last Next
//! ============ =================================================== ==== ====
//! FCM 2 Core/E Core and Edge Advantage RTU per 100G for Cisco 8000    12   14
//! ```
//! Both texts are clipped to the width of their column without a sign of it, and fill it up to the next one: only the
//! rule says where one ends. The detailed form adds its parameters and, below a licence, its count in every location
//! (documentation only). Neither says which licensing model is in force: classic Smart Licensing before 24.1, the policy
//! since.
//! Captures: `testdata/captures/ios-xr/show_license_platform_summary/`, `…_detail/`.

use std::ops::Range;

use crate::diagnose;
use crate::record::{DeviceRecord, License, SiaStatus, Timestamp, stated};
use crate::text::{Cursor, Line, pair, seconds, timestamp};

/// Whether an output begins with this line.
pub(super) fn begins(text: &str) -> bool {
    text.starts_with("Collection:") && text.contains("LAST:")
}

/// Whether only the detailed form prints such a line.
pub(super) fn is_detail(text: &str) -> bool {
    text.starts_with("Parameters:")
}

/// Reads either form.
pub(super) fn read<'a>(cursor: &mut Cursor<'a>, record: &mut DeviceRecord<'a>) {
    let mut place = Place::Nowhere;
    let mut columns: Option<Columns> = None;
    while let Some(line) = cursor.next() {
        let text = line.trimmed();
        if text.is_empty() {
            continue;
        }
        if let Some(found) = Columns::of(line.text) {
            // A table without rows says that nothing is counted.
            record.licenses_mut();
            columns = Some(found);
            place = Place::Table;
        } else if is_head(text) {
            place = Place::Nowhere;
        } else if let Some(begun) = Place::begun_by(text) {
            place = begun;
            let value = text.split_once(':').map_or("", |(_, value)| value);
            statement(place, value, &line, record, cursor);
        } else if place == Place::Table {
            row(line, columns.as_ref(), record, cursor);
        } else if line.is_rule() {
            place = Place::Nowhere;
        } else if text.trim_matches('*') == "IMPORTANT" {
            place = Place::Banner;
        } else {
            statement(place, text, &line, record, cursor);
        }
    }
}

/// What the lines are about that say nothing of it themselves.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Place {
    Nowhere,
    Collection,
    Reporting,
    Parameters,
    Banner,
    /// Behind the compliance, where the device says what follows from it.
    Compliance,
    Table,
}

impl Place {
    fn begun_by(text: &str) -> Option<Self> {
        Some(match pair(text)?.0 {
            "Collection" => Self::Collection,
            "Reporting" => Self::Reporting,
            "Parameters" => Self::Parameters,
            // The name that is said to stand there in later releases.
            "SIA Status" | "Upgrade License Status" => Self::Compliance,
            _ => return None,
        })
    }
}

/// Reads the line that begins a place, or one that follows there.
fn statement<'a>(
    place: Place,
    text: &'a str,
    line: &Line<'a>,
    record: &mut DeviceRecord<'a>,
    cursor: &mut Cursor<'a>,
) {
    let licensing = &mut record.licensing;
    let begins = line.trimmed().len() > text.len();
    let known = match place {
        Place::Collection | Place::Reporting => {
            let window = if place == Place::Collection {
                &mut licensing.collection
            } else {
                &mut licensing.reporting_window
            };
            moment(text)
                .map(|(next, at)| *(if next { &mut window.next } else { &mut window.last }) = at)
                .is_some()
        }
        Place::Parameters => pair(text).is_some(),
        Place::Compliance if begins => {
            compliance(text, record);
            true
        }
        Place::Banner | Place::Compliance => diagnose::device_warning(text, record),
        Place::Nowhere | Place::Table => false,
    };
    if !known {
        cursor.unclaimed(*line);
    }
}

/// `LAST: Mon Mar 02 2026 08:13:37 UTC`: whether it is the next one, and when.
fn moment(text: &str) -> Option<(bool, Option<Timestamp<'_>>)> {
    let (key, value) = pair(text)?;
    match key {
        "LAST" => Some((false, timestamp(value))),
        "NEXT" => Some((true, timestamp(value))),
        _ => None,
    }
}

/// `In Compliance`, `Out of Compliance(Grace Period Expired)`, `Out of Compliance(Remaining Grace Period: 41 days, 7 hours)`
fn compliance<'a>(words: &'a str, record: &mut DeviceRecord<'a>) {
    let Some(words) = stated(words) else { return };
    let (status, grace) = words.split_once('(').unwrap_or((words, ""));
    let status = status.trim();
    let is = |known: &str| status.eq_ignore_ascii_case(known);
    record.licensing.sia_status = Some(if is("In Compliance") {
        SiaStatus::InCompliance
    } else if is("Out of Compliance") {
        SiaStatus::OutOfCompliance
    } else {
        SiaStatus::Other
    });
    record.licensing.sia_status_text = Some(words.into());
    record.licensing.sia_grace_remaining_seconds = match grace.strip_prefix("Remaining Grace Period:") {
        Some(remaining) => seconds(remaining),
        None => grace.starts_with("Grace Period Expired").then_some(0),
    };
}

/// `Feature/Area     Entitlement                                     Last Next`, and `Count` above it.
fn is_head(text: &str) -> bool {
    text == "Count" || (text.starts_with("Feature/Area") && text.contains("Entitlement"))
}

/// Where the columns of a table stand, in bytes: a rule of `=` for each.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Columns {
    area: Range<usize>,
    entitlement: Range<usize>,
    last: Range<usize>,
}

impl Columns {
    fn of(rule: &str) -> Option<Self> {
        if !rule.contains("=== ") || !rule.bytes().all(|byte| matches!(byte, b'=' | b' ')) {
            return None;
        }
        let mut parts = rule.split(' ').filter(|part| !part.is_empty()).map(|part| {
            let start = part.as_ptr().addr() - rule.as_ptr().addr();
            start..start + part.len()
        });
        let columns = Self { area: parts.next()?, entitlement: parts.next()?, last: parts.next()? };
        // `Next`
        parts.next().map(|_| columns)
    }

    /// The licence of a row.
    fn license<'a>(&self, row: &'a str) -> Option<License<'a>> {
        let area = row.get(self.area.clone())?;
        let entitlement = row.get(self.entitlement.clone())?;
        let counts = row.get(self.entitlement.end..)?;
        let (count, count_next) = self.counts(counts)?;
        let license = License {
            area: stated(area).map(Into::into),
            entitlement: stated(entitlement).map(Into::into),
            count,
            count_next,
            ..License::default()
        };
        license.entitlement.is_some().then_some(license)
    }

    /// `   12   14`; where only one number stands, its place says which it is.
    fn counts(&self, text: &str) -> Option<(Option<u64>, Option<u64>)> {
        let number = |word: &str| if word == "-" { Some(None) } else { word.parse().ok().map(Some) };
        let mut words = text.split_whitespace();
        let (first, second) = (number(words.next()?)?, words.next());
        if words.next().is_some() {
            return None;
        }
        match second {
            Some(second) => Some((first, number(second)?)),
            None if self.entitlement.end + (text.len() - text.trim_start().len()) >= self.last.end => {
                Some((None, first))
            }
            // The rest of the row was cut off, or two numbers stand so close that nobody can tell them apart.
            None => None,
        }
    }
}

fn row<'a>(
    line: Line<'a>,
    columns: Option<&Columns>,
    record: &mut DeviceRecord<'a>,
    cursor: &mut Cursor<'a>,
) {
    if let Some(license) = columns.and_then(|columns| columns.license(line.text)) {
        record.licenses_mut().push(license);
    } else if !is_location(line.trimmed()) {
        cursor.unclaimed(line);
    }
}

/// `0/RP0/CPU0    12   14`: a part of the licence above, which counts it already.
fn is_location(text: &str) -> bool {
    let mut words = text.split_whitespace();
    let node = words.next().unwrap_or_default();
    let is_node = node.starts_with(|c: char| c.is_ascii_digit()) && node.contains('/');
    let mut numbers = words.peekable();
    is_node && numbers.peek().is_some() && numbers.all(|word| word.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests;
