//! The words that both protocols use: versions in free text, capabilities, names with serial numbers.

use crate::record::{Capability, stated};

/// A value, unless the neighbour did not advertise it.
pub(super) fn advertised(text: &str) -> Option<&str> {
    let text = text.trim();
    let plain = text.strip_prefix('-').map_or(text, str::trim_start);
    stated(text).filter(|_| !plain.eq_ignore_ascii_case("not advertised"))
}

/// The version in a line of a neighbour's software.
///
/// ```text
/// Cisco IOS Software [Cupertino], Catalyst L3 Switch Software (CAT9K_IOSXE), Version 17.9.5, RELEASE SOFTWARE (fc1)
/// Cisco Nexus Operating System (NX-OS) Software 9.3(8)
/// 7.9.2, 8000
/// ```
pub(super) fn version(line: &str) -> Option<&str> {
    let behind = |words: &str| line.find(words).and_then(|at| line.get(at + words.len()..));
    let rest = behind("Version").or_else(|| behind("(NX-OS) Software")).unwrap_or(line);
    let rest = rest.trim_start_matches(':').trim_start();
    let end = rest.find(|c: char| c == ',' || c == '[' || c.is_whitespace()).unwrap_or(rest.len());
    rest.get(..end).filter(|version| version.starts_with(|c: char| c.is_ascii_digit()))
}

/// `core-1.example(FDO2411X0AA)` as name and serial number.
pub(super) fn name_and_serial(text: &str) -> (&str, Option<&str>) {
    let serial = |text: &str| {
        (8..=20).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
            && text.bytes().any(|byte| byte.is_ascii_digit())
    };
    match text.strip_suffix(')').and_then(|text| text.rsplit_once('(')) {
        Some((name, number)) if !name.is_empty() && serial(number) => (name, Some(number)),
        _ => (text, None),
    }
}

/// CDP's capabilities, which are words: `Router Switch IGMP Filtering Supports-STP-Dispute`.
pub(super) fn capability_words(text: &str) -> Vec<Capability> {
    let mut words = text.split([' ', ',']).filter(|word| !word.is_empty()).peekable();
    let mut found = Vec::new();
    while let Some(word) = words.next() {
        // Some are of several words, the last of which tell nothing more.
        let rest: &[&str] = match word {
            "IGMP" => &["Filtering"],
            "Two-port" => &["Mac", "MAC", "Relay"],
            "CVTA" => &["phone", "port"],
            _ => &[],
        };
        while words.next_if(|word| rest.contains(word)).is_some() {}
        add(
            &mut found,
            match word.to_ascii_lowercase().as_str() {
                "router" => Capability::Router,
                "switch" => Capability::Switch,
                "trans-bridge" | "source-route-bridge" | "bridge" => Capability::Bridge,
                "host" => Capability::Host,
                "igmp" => Capability::Igmp,
                "repeater" => Capability::Repeater,
                "phone" => Capability::Phone,
                _ => Capability::Other,
            },
        );
    }
    found
}

/// LLDP's capabilities, which are letters: `B, R`.
pub(super) fn capability_letters(text: &str) -> Vec<Capability> {
    let mut found = Vec::new();
    for letter in text.split([' ', ',']).filter(|letter| !letter.is_empty()) {
        add(
            &mut found,
            match letter {
                "R" => Capability::Router,
                "B" => Capability::Bridge,
                "T" => Capability::Phone,
                "C" => Capability::DocsisCableDevice,
                "W" => Capability::WlanAccessPoint,
                "P" => Capability::Repeater,
                "S" => Capability::Host,
                _ => Capability::Other,
            },
        );
    }
    found
}

/// A neighbour may repeat a word as often as its packet has room.
fn add(found: &mut Vec<Capability>, capability: Capability) {
    if !found.contains(&capability) {
        found.push(capability);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_stand_in_many_sentences() {
        for (line, wanted) in [
            (
                "Cisco IOS Software, C3560 Software (C3560-X), Version 12.2(55)SE9, RELEASE",
                Some("12.2(55)SE9"),
            ),
            ("Cisco Nexus Operating System (NX-OS) Software, Version 7.3(5)N1(1)", Some("7.3(5)N1(1)")),
            ("Cisco Nexus Operating System (NX-OS) Software 10.2(5)", Some("10.2(5)")),
            ("Cisco IOS XR Software, Version 6.5.3[Default]", Some("6.5.3")),
            ("Cisco AP Software, ap1g6a-k9w8 Version: 17.9.4.27", Some("17.9.4.27")),
            ("7.10.2, 8000", Some("7.10.2")),
            ("Manufacturer's Name: Cisco Systems Inc.  Product Name: Cisco Controller", None),
            ("", None),
        ] {
            assert_eq!(version(line), wanted, "{line}");
        }
    }

    #[test]
    fn only_a_serial_number_is_taken_from_a_name() {
        assert_eq!(
            name_and_serial("dc1-leaf-2.example(FDO25380K1M)"),
            ("dc1-leaf-2.example", Some("FDO25380K1M"))
        );
        for name in ["core-1", "lab(old)", "lab(OLDSWITCH)", "(FDO25380K1M)", "a)"] {
            assert_eq!(name_and_serial(name), (name, None));
        }
    }

    #[test]
    fn capabilities_of_several_words_are_one() {
        use Capability as C;
        assert_eq!(
            capability_words("Router Switch IGMP Filtering Supports-STP-Dispute"),
            [C::Router, C::Switch, C::Igmp, C::Other]
        );
        assert_eq!(capability_words("Switch CVTA phone port "), [C::Switch, C::Other]);
        assert_eq!(capability_words("Host Phone Two-port Mac Relay"), [C::Host, C::Phone, C::Other]);
        assert_eq!(capability_letters("B, W,R,B"), [C::Bridge, C::WlanAccessPoint, C::Router]);
    }
}
