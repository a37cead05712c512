//! `Trust Code Installed:`, in the three shapes that agents print.
//!
//! ```text
//! Trust Code Installed: Apr 20 13:26:18 2021 UTC
//!
//! Trust Code Installed:
//!   Active: PID:C9300-24UX,SN:FOC2411X0A1
//!     INSTALLED on Oct 14 11:37:52 2021 UTC
//!
//! Trust Code Installed:    Trust Code Type: CSSM
//!   Active: PID:C9350-48T,SN:FOC2820X0A7
//!     INSTALLED on Apr 23 15:28:43 2025 IST    Valid on Apr 23 15:23:40 2025 IST
//!     Expired on Apr 25 02:55:41 2033 IST
//! ```
//! Captures: `testdata/captures/ios-xe/show_license_all/c8000v.txt`, `…/c9300-stack.txt`, `…/agent-6.3.txt`

use super::Reading;
use super::section::Section;
use super::udi;
use crate::record::{TrustCode, stated};
use crate::text::{Line, pair, timestamp};

pub(super) fn read<'a>(heading: Line<'a>, section: &mut Section<'_, 'a>, reading: &mut Reading<'_, 'a>) {
    let codes = &mut reading.record.licensing.trust_codes;
    let value = heading.trimmed().split_once(':').map_or("", |(_, value)| value).trim();
    if !value.is_empty() && !value.starts_with("Trust Code Type:") {
        let installed_on = installed(value).or_else(|| timestamp(value));
        codes.extend(installed_on.map(|at| TrustCode { installed_on: Some(at), ..TrustCode::default() }));
    }

    let mut member = None;
    while let Some(line) = section.next() {
        let text = line.trimmed();
        if let Some(udi) = udi::member(text) {
            member = Some(udi);
        } else if let Some(installed_on) = installed(text) {
            let udi = member.take().unwrap_or_default();
            codes.push(TrustCode {
                role: udi.role,
                pid: udi.pid,
                serial_number: udi.serial_number,
                installed_on: Some(installed_on),
            });
        } else if !is_detail(text) {
            section.unclaimed(line);
        }
    }
}

/// `INSTALLED on <time>`, with a second fact behind it in newer agents.
fn installed(text: &str) -> Option<crate::record::Timestamp<'_>> {
    let time = text.strip_prefix("INSTALLED on ")?;
    timestamp(time.split_once("   ").map_or(time, |(time, _)| time))
}

fn is_detail(text: &str) -> bool {
    const STATES: [&str; 5] = ["NOT INSTALLED", "INSTALLED", "Expired on ", "Valid on ", "Expires on "];
    let known_pair = pair(text).is_some_and(|(key, _)| matches!(key, "Trust Code Type" | "Attributes"));
    known_pair || stated(text).is_none() || STATES.iter().any(|state| text.starts_with(state))
}
