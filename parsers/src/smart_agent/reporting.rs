//! `Usage Reporting:`, when the device reports and what it still waits for.
//!
//! ```text
//! Usage Reporting:
//!   Last ACK received: Jan 10 20:32:26 2022 UTC
//!   Next ACK deadline: Apr 10 20:32:26 2022 UTC
//!   Reporting push interval: 30  days State(4) InPolicy(90)
//!   Next ACK push check: <none>
//! ```
//! Capture: `testdata/captures/ios-xe/show_license_all/c9300-stack.txt`

use super::Reading;
use super::section::Section;
use crate::text::{leading_number, pair, timestamp};

pub(super) fn read<'a>(section: &mut Section<'_, 'a>, reading: &mut Reading<'_, 'a>) {
    while let Some(line) = section.next() {
        let reporting = &mut reading.record.licensing.reporting;
        match pair(line.trimmed()) {
            Some(("Last ACK received", value)) => reporting.last_ack_received = timestamp(value),
            Some(("Next ACK deadline", value)) => reporting.next_ack_deadline = timestamp(value),
            Some(("Reporting push interval", value)) => {
                reporting.push_interval_days =
                    leading_number(value).and_then(|days| u32::try_from(days).ok());
            }
            Some(("Next ACK push check", value)) => reporting.next_ack_push_check = timestamp(value),
            Some(("Next report push", value)) => reporting.next_report_push = timestamp(value),
            Some(("Last report push", value)) => reporting.last_report_push = timestamp(value),
            Some(("Last report file write", value)) => reporting.last_report_file_write = timestamp(value),
            _ => section.unclaimed(line),
        }
    }
}
