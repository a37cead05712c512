//! `show license feature`: what the image enforces, whether licensed or not.
//!
//! ```text
//! Feature name             Enforcement  Evaluation  Subscription   Enabled  RightToUse
//! metroipservices          yes          yes         no             no       yes
//! ```
//! Only the name and the enforcement are stated; `Enabled` is no state of a licence.
//! Capture: `testdata/captures/ios/show_license_feature/`.

use crate::record::{DeviceRecord, Enforcement, License, LicensingModel};
use crate::text::Cursor;
use crate::wording::switch;

/// Reads the feature table. Its columns after `Enforcement` differ between releases.
pub fn read<'a>(cursor: &mut Cursor<'a>, record: &mut DeviceRecord<'a>) {
    while let Some(line) = cursor.next() {
        let text = line.trimmed();
        if text.starts_with("Feature name") && text.contains("Enforcement") {
            record.licensing.model = Some(LicensingModel::Pak);
        } else if let Some((name, enforcement)) = row(text) {
            record.licensing.model = Some(LicensingModel::Pak);
            record.licenses_mut().push(License {
                name: Some(name.into()),
                enforcement: Some(enforcement),
                ..License::default()
            });
        } else {
            cursor.unclaimed(line);
        }
    }
}

/// A name and at least two columns of `yes` and `no`, the first of them the enforcement.
fn row(text: &str) -> Option<(&str, Enforcement)> {
    let mut words = text.split_whitespace();
    let name = words.next()?;
    let enforcement = if switch(words.next()?)? { Enforcement::Enforced } else { Enforcement::NotEnforced };
    switch(words.next()?)?;
    words.all(|word| switch(word).is_some()).then_some((name, enforcement))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_a_name_and_flags() {
        assert_eq!(row("1588    yes   yes  no  no"), Some(("1588", Enforcement::Enforced)));
        assert_eq!(row("ipbasek9  no   no   no   yes   no"), Some(("ipbasek9", Enforcement::NotEnforced)));
        for text in ["", "ipbasek9", "ipbasek9 yes", "ipbasek9 maybe no", "ipbasek9 no more features"] {
            assert_eq!(row(text), None, "{text}");
        }
    }
}
