//! Lines of a key and a value with dots between: `Product Version.................................. 8.10.185.0`.

/// Key and value, both trimmed; the value may be empty.
pub(super) fn leader(text: &str) -> Option<(&str, &str)> {
    let (key, value) = text.split_once("..")?;
    let key = key.trim();
    (!key.is_empty()).then_some((key, value.trim_start_matches('.').trim()))
}

#[cfg(test)]
mod tests {
    use super::leader;

    #[test]
    fn a_key_may_hold_a_dot_and_a_value_may_be_empty() {
        assert_eq!(
            leader("State of 802.11b Network......... Enabled"),
            Some(("State of 802.11b Network", "Enabled"))
        );
        assert_eq!(leader("IP Address.......... 10.40.0.9 "), Some(("IP Address", "10.40.0.9")));
        assert_eq!(leader("System Location............"), Some(("System Location", "")));
        for line in ["........ x", "RAID Volume Status", "Version 8.10.185.0", ""] {
            assert_eq!(leader(line), None, "{line}");
        }
    }
}
