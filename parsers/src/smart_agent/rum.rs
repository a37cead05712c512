//! RUM reports: the counters of `Usage Report Summary:` and the rows of `show license rum id all`.
//!
//! ```text
//! Usage Report Summary:
//! =====================
//! Total: 70,  Purged: 0(0)
//! Total Acknowledged Received: 64,  Waiting for Ack: 0(6)
//! Available to Report: 6  Collecting Data: 2
//!
//! Report Id,          State,    Flag, Feature Name
//! 1629870048          CLOSED     N     network-advantage
//! ```
//! Captures: `testdata/captures/ios-xe/show_license_all`, `…/show_license_rum_id_all`

use nom::bytes::complete::{is_not, tag, take_while1};
use nom::character::complete::{alpha1, multispace0, multispace1, u64};
use nom::combinator::rest;
use nom::sequence::{preceded, terminated};
use nom::{IResult, Parser};

use super::Reading;
use super::section::Section;
use crate::record::{RumReportEntry, stated};
use crate::text::leading_number;

pub(super) fn summary<'a>(section: &mut Section<'_, 'a>, reading: &mut Reading<'_, 'a>) {
    while let Some(line) = section.next() {
        let mut known = true;
        let mut rest = line.trimmed();
        while let Ok((behind, (key, figure))) = counter(rest) {
            rest = behind;
            let reports = &mut reading.record.licensing.rum_reports;
            match key {
                "Total" => reports.total = leading_number(figure),
                "Purged" => reports.purged = leading_number(figure),
                "Total Acknowledged Received" => reports.acknowledged = leading_number(figure),
                "Waiting for Ack" => reports.waiting_for_ack = leading_number(figure),
                "Available to Report" => reports.available_to_report = leading_number(figure),
                "Collecting Data" => reports.collecting = leading_number(figure),
                "Maximum Display" | "In Storage" | "MIA" | "Report Module Status" => {}
                _ => known = false,
            }
        }
        if !known || !rest.trim().is_empty() {
            section.unclaimed(line);
        }
    }
}

/// `Purged: 0(0)`, with the comma or blanks that part it from the next counter.
fn counter(input: &str) -> IResult<&str, (&str, &str)> {
    let key = terminated(is_not(":,"), (tag(":"), multispace0)).map(str::trim);
    let figure = take_while1(|c: char| !c.is_whitespace() && c != ',');
    let (input, pair) = (preceded(multispace0, key), figure).parse(input)?;
    let (input, _) = multispace0(input.trim_start_matches(','))?;
    Ok((input, pair))
}

/// A row of `show license rum id all`, or the table's head.
pub(super) fn list_row<'a>(text: &'a str, reading: &mut Reading<'_, 'a>) -> bool {
    if text.starts_with("Report Id,") {
        return true;
    }
    let Some(entry) = row(text) else { return false };
    reading.record.licensing.rum_reports.entries.push(entry);
    true
}

/// `1629870048  CLOSED  N  network-advantage`; the identifier is unsigned 64-bit.
pub(super) fn row(text: &str) -> Option<RumReportEntry<'_>> {
    type Columns<'a> = (u64, &'a str, &'a str, &'a str);
    fn grammar(input: &str) -> IResult<&str, Columns<'_>> {
        (terminated(u64, multispace1), terminated(alpha1, multispace1), terminated(alpha1, multispace1), rest)
            .parse(input)
    }
    let (_, (report_id, state, flag, feature)) = grammar(text).ok()?;
    let upper = |word: &str| word.bytes().all(|byte| byte.is_ascii_uppercase());
    (upper(state) && upper(flag) && flag.len() <= 2).then(|| RumReportEntry {
        report_id,
        state: Some(state.into()),
        flag: Some(flag.into()),
        feature: stated(feature).map(Into::into),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_are_parted_by_commas_or_blanks() {
        let (rest, pair) = counter("Total: 0(300),  Purged: 12").unwrap();
        assert_eq!((pair, rest), (("Total", "0(300)"), "Purged: 12"));
        let (rest, pair) = counter("Available to Report: 6  Collecting Data: 2").unwrap();
        assert_eq!((pair, rest), (("Available to Report", "6"), "Collecting Data: 2"));
    }

    #[test]
    fn rows_are_told_from_prose() {
        assert_eq!(row("18446744073709551615  ACK  N  TELEMETRY").unwrap().report_id, u64::MAX);
        assert_eq!(row("5 Virtual Ethernet interfaces"), None);
    }
}
