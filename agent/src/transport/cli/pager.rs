//! Pagers and other questions that wait for a key.

/// What pagers print, in lower case and without blanks at the ends.
const PAGERS: [&str; 8] = [
    "--more--",
    "---- more ----",
    "-- more --",
    "<--- more --->",
    "-------more--------",
    "--more-- or (q)uit",
    "press any key to continue",
    "would you like to display the next 15 entries? (y/n)",
];

/// AireOS asks for this key instead of a blank.
const ENTER: [&str; 2] = ["press enter to continue", "press return to continue"];

/// The key that makes the pager on this line go on, if there is one: nothing else stands on the line but dots,
/// a percentage or a bracket with hints.
///
/// ```text
/// --More--            <--- More --->            --More-- or (q)uit            --More--(12%)
/// ```
pub(super) fn key(line: &[u8]) -> Option<&'static [u8]> {
    let line = line.trim_ascii();
    if line.len() > 100 || line.len() < 8 {
        return None;
    }
    let line = line.to_ascii_lowercase();
    let line = line.strip_suffix(b":").or(line.strip_suffix(b"...")).unwrap_or(&line).trim_ascii_end();
    let bare = line.strip_suffix(b")").and_then(|open| {
        let bracket = open.iter().rposition(|&byte| byte == b'(')?;
        open.get(..bracket).map(<[u8]>::trim_ascii_end)
    });
    let is = |known: &&str| line == known.as_bytes() || bare.is_some_and(|bare| bare == known.as_bytes());
    if PAGERS.iter().any(&is) {
        return Some(if line.ends_with(b"(y/n)") { b"y" } else { b" " });
    }
    ENTER.iter().any(is).then_some(b"\n")
}

/// Whether the line asks for a password and waits.
///
/// ```text
/// Password:           Enter PASSWORD:           Password for enable_15:
/// ```
pub(super) fn asks_password(line: &[u8]) -> bool {
    let line = line.trim_ascii().to_ascii_lowercase();
    let asks = line.ends_with(b"password:") || line.ends_with(b"passcode:");
    let names = line.starts_with(b"password for ") && line.ends_with(b":");
    line.len() <= 64 && (asks || names)
}

/// Whether the line asks for a user name and waits: `User:`, `Username:`, `login as:`.
pub(super) fn asks_user(line: &[u8]) -> bool {
    let line = line.trim_ascii().to_ascii_lowercase();
    [&b"user:"[..], b"username:", b"user name:", b"login:", b"login as:"].contains(&line.as_slice())
}

/// Whether the line offers to save the configuration before it hangs up, as AireOS does.
pub(super) fn asks_yes_or_no(line: &[u8]) -> bool {
    let line = line.trim_ascii().to_ascii_lowercase();
    line.ends_with(b"(y/n)")
        || line.ends_with(b"[y/n]")
        || line.ends_with(b"(y/n):")
        || line.ends_with(b"(y/n)?")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pager_gets_its_key() {
        for (line, want) in [
            (" --More-- ", &b" "[..]),
            ("<--- More --->", b" "),
            ("--More-- or (q)uit", b" "),
            ("--More--(12%)", b" "),
            ("---- More ----", b" "),
            ("-------more--------", b" "),
            ("Press any key to continue...", b" "),
            ("Press Enter to continue...", b"\n"),
            ("Would you like to display the next 15 entries? (y/n)", b"y"),
        ] {
            assert_eq!(key(line.as_bytes()), Some(want), "{line}");
        }
        for line in ["", "more", "see --More-- below", "--More-- than that", "R1#"] {
            assert_eq!(key(line.as_bytes()), None, "{line}");
        }
    }

    #[test]
    fn questions_are_anchored_to_the_whole_line() {
        assert!(asks_password(b"Password: ") && asks_password(b"Enter PASSWORD:"));
        assert!(!asks_password(b"Password: was changed") && !asks_password(b"passwordhost#"));
        assert!(asks_user(b"User:") && !asks_user(b"Last user: admin") && !asks_user(b"superuser:x"));
    }
}
