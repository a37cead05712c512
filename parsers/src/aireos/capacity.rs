//! `show license capacity`: how many access points the licences allow, and how many have joined.
//!
//! ```text
//! Licensed Feature    Max Count         Current Count     Remaining Count
//! -----------------------------------------------------------------------
//! AP Count            2000              1999              1
//! ```
//! The table does not show by which kind of licence the controller counts.
//! Captures: `testdata/captures/aireos/show_license_capacity/`.

use crate::record::{DeviceRecord, License};
use crate::text::Cursor;

/// Reads the table.
pub fn read<'a>(cursor: &mut Cursor<'a>, record: &mut DeviceRecord<'a>) {
    while let Some(line) = cursor.next() {
        let text = line.trimmed();
        if let Some(license) = row(text) {
            record.licenses_mut().push(license);
        } else if !is_head(text) {
            cursor.unclaimed(line);
        }
    }
}

/// `Licensed Feature    Max Count         Current Count     Remaining Count`
pub(super) fn is_head(text: &str) -> bool {
    text.starts_with("Licensed Feature") && text.contains("Max Count")
}

/// A name that may have several words, and the three numbers behind it.
fn row(text: &str) -> Option<License<'_>> {
    let (text, remaining) = last_number(text)?;
    let (text, current) = last_number(text)?;
    let (name, max) = last_number(text)?;
    (!name.is_empty()).then(|| License {
        name: Some(name.into()),
        count: Some(current),
        max_count: Some(max),
        remaining_count: Some(remaining),
        ..License::default()
    })
}

fn last_number(text: &str) -> Option<(&str, u64)> {
    let (before, number) = text.rsplit_once(char::is_whitespace)?;
    Some((before.trim_end(), number.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_ends_in_three_numbers() {
        let license = row("AP Count            1500              1219              281").unwrap();
        assert_eq!(license.name.as_deref(), Some("AP Count"));
        assert_eq!(
            (license.max_count, license.count, license.remaining_count),
            (Some(1500), Some(1219), Some(281))
        );
        for line in ["AP Count 1500 1219", "1500 1219 281", "AP Count 1500 1219 many", "AP Count", ""] {
            assert_eq!(row(line), None, "{line}");
        }
    }
}
