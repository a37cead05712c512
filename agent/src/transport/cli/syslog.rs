//! Messages that a device prints into any session while it logs to terminals.
//!
//! ```text
//! *Mar  1 00:12:34.567: %SYS-5-CONFIG_I: Configured from console by vty0 (192.0.2.7)
//! RP/0/RP0/CPU0:Jul  2 13:48:07.272 : SSHD_[65]: %SECURITY-SSHD-6-INFO_SUCCESS : Successfully authenticated
//! %ASA-5-111008: User 'enable_15' executed the 'enable' command.
//! ```

/// Whether a line is such a message: it holds `%FACILITY-severity-MNEMONIC:`.
pub(super) fn is_syslog(line: &[u8]) -> bool {
    line.split(|&byte| byte == b'%').skip(1).any(is_mnemonic)
}

fn is_mnemonic(text: &[u8]) -> bool {
    let name =
        |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-' | b'/');
    let end = text.iter().position(|byte| !name(byte)).unwrap_or(text.len());
    let (words, rest) = text.split_at_checked(end).unwrap_or_default();
    let severity = |word: &&[u8]| matches!(word, [b'0'..=b'7']);
    let mut words = words.split(|&byte| byte == b'-');
    let facility = words.next().is_some_and(|word| !word.is_empty());
    facility && words.any(|word| severity(&word)) && rest.trim_ascii_start().starts_with(b":")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_told_from_refusals() {
        for line in [
            "*Mar  1 00:12:34.567: %SYS-5-CONFIG_I: Configured from console by vty0",
            "RP/0/RP0/CPU0:Jul  2 13:48:07.272 : SSHD_[65]: %SECURITY-SSHD-6-INFO_SUCCESS : ok",
            "%ASA-5-111008: User 'enable_15' executed",
        ] {
            assert!(is_syslog(line.as_bytes()), "{line}");
        }
        for line in ["% Invalid input detected at '^' marker.", "CPU 5%-6 busy", "100%", "%-5-X: y", ""] {
            assert!(!is_syslog(line.as_bytes()), "{line}");
        }
    }
}
