//! The licence levels that `show version` prints, in five shapes, and `show license right-to-use` in a sixth.
//!
//! ```text
//! License Level: network-advantage              License Level: entservices   Type: Permanent
//! License Type: Perpetual                       Next reboot license Level: entservices
//! Next reload license Level: network-advantage
//! Addon License Level: dna-advantage            AIR License Level: AIR DNA Advantage
//! Next reload addon license Level: …            Next reload AIR license Level: AIR DNA Advantage
//! ```
//! The other shapes are tables, which [`table`] reads.
//! Captures: `testdata/captures/ios/show_version/`, `testdata/captures/ios-xe/show_version/`.

mod table;

use crate::record::{BootLevel, stated};
use crate::text::pair;

pub(super) use table::{is_title, table};

/// Reads a `Key: value` line about a level; false if it is about something else.
pub(super) fn level<'a>(text: &'a str, levels: &mut BootLevel<'a>) -> bool {
    let Some((key, value)) = pair(text) else { return false };
    // Catalyst 4500 prints the type on the same line.
    let value = value.split_once("Type:").map_or(value, |(level, _)| level);
    let value = stated(value);
    let is = |known: &str| key.eq_ignore_ascii_case(known);
    if is("License Level") {
        levels.current = value.map(Into::into);
    } else if is("Next reload license Level")
        || is("Next reboot license Level")
        || is("Next reboot licensing Level")
    {
        levels.next_reboot = value.map(Into::into);
    } else if is("Addon License Level") {
        levels.addon_current = value.map(Into::into);
    } else if is("Next reload addon license Level") {
        levels.addon_next_reboot = value.map(Into::into);
    } else if is("AIR License Level") || is("Cisco Wireless License Level") {
        levels.addon_current = levels.addon_current.take().or(value.map(Into::into));
    } else if is("Next reload AIR license Level") || is("Next reload Cisco Wireless License Level") {
        levels.addon_next_reboot = levels.addon_next_reboot.take().or(value.map(Into::into));
    } else {
        return is("License Type") || is("Addon License Type") || is("License Mode");
    }
    true
}

/// `network-advantage+dna-advantage Subscription`: the level, and the add-on without its type.
pub(super) fn base_and_addon(value: &str) -> (Option<&str>, Option<&str>) {
    match value.split_once('+') {
        Some((base, addon)) => (stated(base), addon.split_whitespace().next()),
        None => (stated(value), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_line_by_line() {
        let mut levels = BootLevel::default();
        for line in [
            "License Level: entservices   Type: Permanent",
            "Next reboot license Level: ipbase",
            "AIR License Level: AIR DNA Advantage",
            "Next reload AIR license Level: AIR DNA Essentials",
            "License Type: Smart License is permanent",
        ] {
            assert!(level(line, &mut levels), "{line}");
        }
        assert_eq!(
            levels,
            BootLevel {
                current: Some("entservices".into()),
                next_reboot: Some("ipbase".into()),
                addon_current: Some("AIR DNA Advantage".into()),
                addon_next_reboot: Some("AIR DNA Essentials".into()),
            }
        );
        assert!(!level("License Notice: none", &mut levels));
    }

    #[test]
    fn a_level_may_carry_its_addon() {
        assert_eq!(
            base_and_addon(" network-advantage+dna-advantage Subscription"),
            (Some("network-advantage"), Some("dna-advantage"))
        );
        assert_eq!(base_and_addon("ipservices"), (Some("ipservices"), None));
    }
}
