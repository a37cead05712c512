//! `show license eventlog`: what happened in the agent.
//!
//! ```text
//! **** Event Log ****
//!
//! 2021-11-17 03:31:32.920 UTC SAEVT_ENDPOINT_USAGE count="0" entitlementTag="regid.2018-06.com.cisco.…,1.0_e724…"
//! ```
//! Every line is an event with its time. What they lead to stands in the other outputs; they are claimed and not
//! read.
//! Captures: `testdata/captures/ios-xe/show_license_eventlog`

use nom::Parser;
use nom::bytes::complete::{tag, take_while, take_while1};
use nom::character::complete::{char, digit1, space1};
use nom::combinator::recognize;

use crate::record::DeviceRecord;
use crate::text::Cursor;

/// Claims the events.
pub fn read<'a>(cursor: &mut Cursor<'a>, _: &mut DeviceRecord<'a>) {
    while let Some(line) = cursor.next() {
        if !is_known(line.trimmed()) {
            cursor.unclaimed(line);
        }
    }
}

/// Whether an output begins like an event log.
pub(crate) fn begins(first: &str) -> bool {
    is_known(first)
}

fn is_known(text: &str) -> bool {
    let title = text.trim_matches('*').trim();
    title == "Event Log" || title == "No EventLog Found." || is_event(text)
}

/// `2021-11-17 03:31:32.920 UTC SAEVT_INIT …`
fn is_event(text: &str) -> bool {
    let word = || take_while1::<_, &str, ()>(|c: char| !c.is_whitespace());
    let date = recognize((digit1, char('-'), digit1, char('-'), digit1));
    let name =
        (tag("SAEVT_"), take_while(|c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_'));
    (date, space1, word(), space1, word(), space1, name).parse(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_told_by_their_names() {
        assert!(is_event("2026-01-11 03:31:32.920 UTC SAEVT_INIT_START version=\"5.8.4\""));
        for line in ["2026-01-11 03:31:32.920 UTC %SYS-5-RESTART", "SAEVT_INIT", "2026-01-11 SAEVT_INIT", ""]
        {
            assert!(!is_event(line), "{line}");
        }
        assert!(begins("**** Event Log ****") && begins("No EventLog Found."));
    }
}
