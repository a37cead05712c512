//! RUM reports: the counters of `Usage Report Summary:`, the rows of `show license rum id all` and one report in
//! detail, `show license rum id <n> detail`.
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
//! ```text
//! Smart Licensing Usage Report Detail:
//! ====================================
//! Report Id: 1634211151
//!   Metric Name: ENTITLEMENT
//!   Feature Name: dna-advantage
//!   Metric Value: regid.2017-05.com.cisco.c9300_dna_advantage,1.0_4117…
//!   UDI: PID:C9300-24UX,SN:FOC2411X0A1
//!   Previous Report Id: 0,    Next Report Id: 1634211155
//!   State: ACK,      State Change Reason: ACKED
//!   Start Time: Oct 14 11:32:40 2021 UTC,      End Time: Oct 14 11:32:48 2021 UTC
//!   Storage State: DELETED
//! ```
//! Captures: `testdata/captures/ios-xe/show_license_all`, `…/show_license_rum_id_all`, `…/show_license_rum_id_detail`

use nom::bytes::complete::{is_not, tag, take_while1};
use nom::character::complete::{alpha1, multispace0, multispace1, u64};
use nom::combinator::rest;
use nom::sequence::{preceded, terminated};
use nom::{IResult, Parser};

use super::Reading;
use super::section::Section;
use super::udi;
use crate::record::{RumReportEntry, stated};
use crate::text::{leading_number, pair, timestamp};

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

/// One report in detail. Two facts may share a line, with a comma and blanks between them.
pub(super) fn detail<'a>(section: &mut Section<'_, 'a>, reading: &mut Reading<'_, 'a>) {
    let mut report: Option<RumReportEntry<'a>> = None;
    while let Some(line) = section.next() {
        let text = line.trimmed();
        let report_id = text.strip_prefix("Report Id:").and_then(leading_number);
        if let Some(report_id) = report_id {
            let opened = RumReportEntry { report_id, ..RumReportEntry::default() };
            reading.record.licensing.rum_reports.entries.extend(report.replace(opened));
            continue;
        }
        let known = report.as_mut().is_some_and(|report| match text.split_once(",  ") {
            Some((one, another)) => fact(one, report) && fact(another, report),
            None => fact(text, report),
        });
        if !known {
            section.unclaimed(line);
        }
    }
    reading.record.licensing.rum_reports.entries.extend(report);
}

fn fact<'a>(text: &'a str, report: &mut RumReportEntry<'a>) -> bool {
    let Some((key, value)) = pair(text) else { return false };
    let words = || stated(value).map(Into::into);
    // 0 stands for none.
    let other_report = || leading_number(value).filter(|id| *id != 0);
    match key {
        "Metric Name" => report.metric = words(),
        "Feature Name" => report.feature = words(),
        "Metric Value" => report.entitlement_tag = words(),
        "UDI" => {
            let Some(udi) = udi::lone(text) else { return stated(value).is_none() };
            (report.pid, report.serial_number) = (udi.pid, udi.serial_number);
        }
        "Previous Report Id" => report.previous_report_id = other_report(),
        "Next Report Id" => report.next_report_id = other_report(),
        "State" => report.state = words(),
        "Flag" => report.flag = words(),
        "State Change Reason" | "Close Reason" => report.state_reason = words(),
        "Start Time" => report.started = timestamp(value),
        "End Time" => report.ended = timestamp(value),
        "Storage State" => report.storage_state = words(),
        "Transaction ID" | "Transaction Message" => {}
        _ => return false,
    }
    true
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
        ..RumReportEntry::default()
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
