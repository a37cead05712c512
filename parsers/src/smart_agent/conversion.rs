//! `License Conversion:`, how far older licences have become Smart ones, and `show license data conversion`.
//!
//! ```text
//! License Conversion:
//!   Automatic Conversion Enabled: False
//!   Status: Not started
//!   Last Data Push: <none>
//!   Last File Export: <none>
//! ```
//! `show license data conversion` ends in the string that is carried to CSSM; it says nothing that the record holds.
//! No capture of it is public: that form rests on scripts that look for `conversion_string`.
//! Captures: `testdata/captures/ios-xe/show_license_all/agent-6.3.txt`,
//! `testdata/captures/ios-xe/show_license_data_conversion/isr4451.txt`

use super::Reading;
use super::section::Section;
use super::status::word_and_time;
use super::udi;
use crate::record::stated;
use crate::text::{pair, timestamp};
use crate::wording::switch;

pub(super) fn read<'a>(section: &mut Section<'_, 'a>, reading: &mut Reading<'_, 'a>) {
    while let Some(line) = section.next() {
        let conversion = &mut reading.record.licensing.conversion;
        let known = match pair(line.trimmed()) {
            Some(("Automatic Conversion Enabled", value)) => {
                conversion.automatic_enabled = switch(value);
                conversion.automatic_enabled.is_some()
            }
            Some(("Status", value)) => {
                let stated = stated(value).map(word_and_time);
                conversion.status_text = stated.as_ref().map(|(word, _)| (*word).into());
                conversion.since = stated.and_then(|(_, since)| since);
                true
            }
            Some(("Last Data Push", value)) => {
                conversion.last_data_push = timestamp(value);
                true
            }
            Some(("Last File Export", value)) => {
                conversion.last_file_export = timestamp(value);
                true
            }
            Some(("conversion_string", _)) => true,
            _ if udi::lone(line.trimmed()).is_some() => udi::read(line.trimmed(), reading),
            _ => false,
        };
        if !known {
            section.unclaimed(line);
        }
    }
}
