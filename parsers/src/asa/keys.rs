//! Lines about activation keys, which are known and never read.
//!
//! ```text
//! Running Permanent Activation Key: 0x1f2e3d4c 0x5b6a7988 0x00112233 0x44556677 0x8899aabb
//! The flash permanent activation key is the SAME as the running permanent key.
//! Active Timebased Activation Key:
//! 0x1f2e3d4c 0x5b6a7988 0x00112233 0x44556677 0x8899aabb
//! Botnet Traffic Filter        : Enabled    112 days
//! ```
//! Captures: `testdata/captures/asa/show_version/asa5516.txt`, `…/show_activation-key/wrapped.txt`.

/// What a line says about keys.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum KeyLine {
    /// A key, or that there is none.
    Key,
    /// Above the keys that hold for a time; below each of them stands what it grants.
    TimeBased,
    /// The key in the flash is another than the one in force, or none, or grants more than the platform has.
    Warning,
}

/// What a line says about keys, if it is about them.
pub(super) fn about(text: &str) -> Option<KeyLine> {
    if is_key(text) {
        return Some(KeyLine::Key);
    }
    let words = text.to_ascii_lowercase().replace('-', " ");
    if !words.contains("activation key") && !words.contains("temporary key") {
        return None;
    }
    Some(match words.split_once(':') {
        Some((before, _)) if before.ends_with("activation key feature") => KeyLine::Warning,
        Some((before, "")) if before.contains("not valid") => KeyLine::Warning,
        Some((_, "")) => KeyLine::TimeBased,
        Some(_) => KeyLine::Key,
        None if words.contains("different") || words.contains("after the next reload") => KeyLine::Warning,
        None => KeyLine::Key,
    })
}

/// Whether a line is about a key, and not only about what one grants.
pub(super) fn is_key_line(text: &str) -> bool {
    about(text).is_some_and(|line| line != KeyLine::Warning)
}

/// A key on a line of its own, or the rest of one that was wrapped or cut. Who publishes an output masks its keys in
/// many ways.
fn is_key(text: &str) -> bool {
    let mut words = text.split_whitespace().filter(|word| !matches!(*word, "0" | "0x")).peekable();
    words.peek().is_some() && words.all(|word| word.starts_with("0x"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_about_keys_is_known() {
        for (text, want) in [
            ("Running Permanent Activation Key: 0x1f2e3d4c 0x5b6a7988", Some(KeyLine::Key)),
            ("Running Activation Key: 0x1f2e3d4c 0x5b6a7988", Some(KeyLine::Key)),
            ("Flash Permanent Activation Key: 0x1f2e3d4c", Some(KeyLine::Key)),
            ("Active Timebased Activation Key:", Some(KeyLine::TimeBased)),
            ("Inactive Timebased Activation Key:", Some(KeyLine::TimeBased)),
            ("0x1f2e3d4c 0x5b6a7988 0x00112233", Some(KeyLine::Key)),
            ("0x8899aabb", Some(KeyLine::Key)),
            (
                "The flash permanent activation key is the SAME as the running permanent key.",
                Some(KeyLine::Key),
            ),
            ("The flash activation key is DIFFERENT from the running key.", Some(KeyLine::Warning)),
            (
                "The Running Activation Key feature: 2 security contexts exceed the limit",
                Some(KeyLine::Warning),
            ),
            ("The Running Activation Key is not valid, using default settings:", Some(KeyLine::Warning)),
            ("No active temporary key.", Some(KeyLine::Key)),
            ("Key version         : A", None),
            ("Cluster             : Disabled       perpetual", None),
            ("", None),
        ] {
            assert_eq!(about(text), want, "{text}");
        }
    }
}
