//! `show license history message`: the messages between the agent and its licence service, by what they are about.
//!
//! ```text
//! Message History (oldest to newest):
//! ====================================================
//! Trust Establishment:
//!   No past history
//!
//! Import Message History (oldest to newest):
//! ====================================================
//! Import POLICY:
//!   No past Import history
//! ```
//! Where there is history, the messages themselves follow, as the JSON or XML that went over the wire. They say
//! nothing about the device that its own outputs do not say better; they are claimed and not read.
//! Captures: `testdata/captures/ios-xe/show_license_history_message`

use super::heading;
use crate::text::Cursor;

/// What messages are about.
const SUBJECTS: [&str; 14] = [
    "Trust Establishment:",
    "Trust Acknowledgement:",
    "Usage Reporting:",
    "Result Polling:",
    "Authorization Request:",
    "Authorization Confirmation:",
    "Authorization Return:",
    "Trust Sync:",
    "Hello Message:",
    "Telemetry Reporting:",
    "Registration:",
    "Deregistration:",
    "ID Certificate Renewal:",
    "Entitlement Request:",
];

/// Claims the subjects below a heading and the messages below each. Messages may hold any words, so that only
/// another list of messages ends one.
pub(super) fn read(cursor: &mut Cursor<'_>) {
    let mut in_subject = false;
    while let Some(line) = cursor.peek() {
        if heading::of(&line) == Some(heading::Heading::History) {
            return;
        }
        cursor.next();
        let text = line.trimmed();
        let subject = SUBJECTS.contains(&text) || text.starts_with("Import ") && text.ends_with(':');
        in_subject |= subject;
        if !in_subject {
            cursor.unclaimed(line);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::record::DeviceRecord;
    use crate::text::Cursor;

    #[test]
    fn messages_are_no_sections_of_their_own() {
        let text = "Message History (oldest to newest):\n=====\nstray\nUsage Reporting:\n  REQUEST: Jan 12 08:47:31 2026 UTC\n\
                    {\"status\":\"OK\"}\nRegistration:\n  Status: REGISTERED\nImport Message History (oldest to newest):\n=====\n\
                    Import AUTH:\n<smartLicense>\n";
        let mut record = DeviceRecord::default();
        let mut cursor = Cursor::new(text, 0);
        super::super::read(&mut cursor, &mut record);
        assert!(record.is_empty(), "{record:?}");
        let unclaimed: Vec<_> = cursor.into_unclaimed().iter().map(|line| line.text).collect();
        assert_eq!(unclaimed, ["stray"]);
    }
}
