//! A syslog message, as far as it tells that a device should be looked at.
//!
//! Devices write many forms, and relays wrap them again, so that none is insisted on: RFC 5424, RFC 3164, and what
//! Cisco makes of them.
//!
//! ```text
//! <189>000123: *Nov 22 10:00:00.123 UTC: %SYS-5-CONFIG_I: Configured from console by admin on vty0
//! <189>45: edge-1: Nov 22 10:00:00: %SMART_LIC-6-REPORTING_REQUIRED: A Usage report …
//! <189>1 2026-11-22T10:00:00Z core-1 - - - - %SYS-5-RELOAD: Reload requested by admin
//! <189>: 2026 Nov 22 10:00:00 UTC: %VSHD-5-VSHD_SYSLOG_CONFIG_I: Configured from vty by admin on 192.0.2.9@pts/0
//! <149>2647599: xr-1 RP/0/RSP1/CPU0:Nov 22 10:00:00.941 UTC: config[1051]: %MGBL-SYS-5-CONFIG_I : Configured …
//! <165>Nov 22 2026 10:00:00 fw-1 : %ASA-5-111010: User 'admin', running 'CLI' from IP 192.0.2.9, executed …
//! ```
//! What matters is `%FACILITY-SEVERITY-MNEMONIC`. What stands before it may name the sender, word by word.

use super::watched::Watched;

/// A longer one is cut; what tells of it stands in its beginning.
pub(super) const LONGEST: usize = 8 << 10;
/// So many words before the code may name the sender.
const WORDS: usize = 24;
/// So many codes are looked at in one message: ASA puts those of Smart Licensing behind its own.
const CODES: usize = 4;
/// No facility or mnemonic is longer.
const LONGEST_CODE: usize = 64;

/// A message that is worth a look.
#[derive(Debug)]
pub(super) struct Heard<'m> {
    /// `SYS-5-CONFIG_I`: letters, digits, `-` and `_` alone.
    pub(super) code: &'m str,
    /// What it tells.
    pub(super) watched: &'static Watched,
    /// What stands before it.
    header: &'m [u8],
}

impl<'m> Heard<'m> {
    /// Looks for a watched code in a message.
    pub(super) fn of(message: &'m [u8]) -> Option<Self> {
        let message = message.get(..LONGEST).unwrap_or(message);
        memchr::memchr_iter(b'%', message).take(CODES).find_map(|at| {
            let (header, from) = message.split_at_checked(at)?;
            let (code, text) = code(from.get(1..)?)?;
            let (facility, rest) = split_severity(code)?;
            let watched = Watched::of(facility, rest, text)?;
            Some(Self { code, watched, header })
        })
    }

    /// The words before the code, without the marks that Cisco puts around them.
    pub(super) fn words(&self) -> impl Iterator<Item = &'m str> {
        let header = self.header;
        let words = header.split(|byte| byte.is_ascii_whitespace() || matches!(byte, b'<' | b'>'));
        let mark = |c: char| matches!(c, ':' | '*' | '.' | '[' | ']' | ',');
        let words = words.filter_map(|word| std::str::from_utf8(word).ok());
        words.map(move |word| word.trim_matches(mark)).filter(|word| !word.is_empty()).take(WORDS)
    }
}

/// `SYS-5-CONFIG_I: Configured …` or, as IOS XR writes, `MGBL-SYS-5-CONFIG_I : Configured …`
fn code(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let end = bytes.iter().position(|byte| !part(byte)).unwrap_or(bytes.len());
    if end > LONGEST_CODE {
        return None;
    }
    let (code, text) = bytes.split_at_checked(end)?;
    std::str::from_utf8(code).ok().map(|code| (code, text))
}

/// `MGBL-SYS`, `CONFIG_I`: what stands before and after the severity, one digit from 0 to 7.
fn split_severity(code: &str) -> Option<(&str, &str)> {
    let mut at = 0;
    for part in code.split('-') {
        let after = at + part.len() + 1;
        // The facility comes first, and a mnemonic follows.
        if at > 0 && matches!(part.as_bytes(), [b'0'..=b'7']) {
            let facility = code.get(..at - 1)?;
            return code.get(after..).filter(|mnemonic| !mnemonic.is_empty()).map(|it| (facility, it));
        }
        at = after;
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn heard(message: &str) -> Option<(&str, &'static str)> {
        Heard::of(message.as_bytes()).map(|heard| (heard.code, heard.watched.means))
    }

    #[test]
    fn every_form_that_devices_write_is_understood() {
        for (message, code, means) in [
            (
                "<189>000123: *Nov 22 10:00:00.123 UTC: %SYS-5-CONFIG_I: Configured from console by admin on vty0",
                "SYS-5-CONFIG_I",
                "its configuration changed",
            ),
            (
                "*Mar  1 18:46:11: %SYS-5-CONFIG_I: Configured from console",
                "SYS-5-CONFIG_I",
                "its configuration changed",
            ),
            ("00:00:46: %SYS-5-RESTART: System restarted --", "SYS-5-RESTART", "it started"),
            ("%SYS-SW2-5-RELOAD: Reload requested", "SYS-SW2-5-RELOAD", "it reloads"),
            (
                "<190>45: .Nov 22 10:00:00: %SMART_LIC-6-REPORTING_REQUIRED: A Usage report acknowledgement",
                "SMART_LIC-6-REPORTING_REQUIRED",
                "licensing changed",
            ),
            (
                "<189>: 2026 Nov 22 10:00:00 UTC: %VSHD-5-VSHD_SYSLOG_CONFIG_I: Configured from vty by admin on console0",
                "VSHD-5-VSHD_SYSLOG_CONFIG_I",
                "its configuration changed",
            ),
            (
                "2026 Nov 22 10:00:00 n9k %LICMGR-2-LOG_LIC_MISSING_WARNING: x",
                "LICMGR-2-LOG_LIC_MISSING_WARNING",
                "licensing changed",
            ),
            (
                "<149>2647599: xr-1 RP/0/RSP1/CPU0:Nov 22 10:00:00.941 UTC: config[1051]: %MGBL-SYS-5-CONFIG_I : Configured",
                "MGBL-SYS-5-CONFIG_I",
                "its configuration changed",
            ),
            (
                "x: %LICENSE-SMART_LIC-3-COMM_FAILED : Communications failure",
                "LICENSE-SMART_LIC-3-COMM_FAILED",
                "licensing changed",
            ),
            (
                "<165>Nov 22 2026 10:00:00 fw-1 : %ASA-5-111010: User 'admin', running 'CLI', executed 'hostname x'",
                "ASA-5-111010",
                "its configuration changed",
            ),
            (
                "<165>:Nov 22 10:00:00 UTC: %ASA-5-111008: User 'a' executed the 'write memory' command.",
                "ASA-5-111008",
                "its configuration changed",
            ),
            ("%ASA-4-444304: %SMART_LIC-4-REPORTING: x", "ASA-4-444304", "licensing changed"),
            (
                "%ASA-5-999999: %SMART_LIC-3-COMM_FAILED: behind another code",
                "SMART_LIC-3-COMM_FAILED",
                "licensing changed",
            ),
            (
                "<189>1 2026-11-22T10:00:00.003Z core-1 - - - [x@9 y=\"50% of\"] %STACKMGR-5-SWITCH_ADDED: Switch 1",
                "STACKMGR-5-SWITCH_ADDED",
                "its stack members changed",
            ),
            (
                "*Nov 19 14:53:27.502: %IOSXE_OIR-6-INSCARD: Card (fp) inserted in slot F0",
                "IOSXE_OIR-6-INSCARD",
                "its modules changed",
            ),
            (
                "*Dec  7 22:58:58: %OIR-SP-6-REMCARD: Card removed from slot 1",
                "OIR-SP-6-REMCARD",
                "its modules changed",
            ),
            (
                "Nov 1 14:07:58 n7k %MODULE-5-MOD_OK: Module 1 is online",
                "MODULE-5-MOD_OK",
                "its modules changed",
            ),
            (
                "%DMI-5-CONFIG_I: R0/0: dmiauthd: Configured from NETCONF/RESTCONF by admin",
                "DMI-5-CONFIG_I",
                "its configuration changed",
            ),
        ] {
            assert_eq!(heard(message), Some((code, means)), "{message}");
        }
    }

    #[test]
    fn what_our_own_polls_cause_and_what_tells_nothing_is_not_heard() {
        for message in [
            "",
            "%",
            "%-5-",
            "%SYS-5-",
            "%SYS-9-CONFIG_I: no severity",
            "100% of %d and %SYS",
            "<189>45: %SEC_LOGIN-5-LOGIN_SUCCESS: Login Success [user: licwatch] [Source: 192.0.2.9]",
            "<189>45: %SYS-6-LOGOUT: User licwatch has exited tty session 3(192.0.2.9)",
            "%DMI-5-AUTH_PASSED: R0/0: dmiauthd: User 'licwatch' authenticated successfully",
            "%ASA-5-111008: User 'licwatch' executed the 'terminal pager 0' command.",
            "%ASA-5-111008: User 'licwatch' executed the 'enable' command.",
            "%ASA-7-111009: User 'licwatch' executed cmd: show version",
            "%LINK-3-UPDOWN: Interface GigabitEthernet0/1, changed state to up",
        ] {
            assert_eq!(heard(message), None, "{message}");
        }
    }

    #[test]
    fn the_words_before_the_code_may_name_the_sender() {
        let words =
            |message: &'static str| Heard::of(message.as_bytes()).unwrap().words().collect::<Vec<_>>();
        let rfc5424 = words("<189>1 2026-11-22T10:00:00Z core-1.example - - - - %SYS-5-RESTART: x core-2");
        assert_eq!(rfc5424[..4], ["189", "1", "2026-11-22T10:00:00Z", "core-1.example"]);
        assert!(!rfc5424.contains(&"core-2"));
        assert!(words("<189>45: edge-1: *Nov 22 10:00:00.123: %SYS-5-RESTART: x").contains(&"edge-1"));
        assert!(words("<165>Nov 22 2026 10:00:00 fw-1 : %ASA-5-111010: x").contains(&"fw-1"));
        assert!(
            words("<149>2647599: xr-1 RP/0/RSP1/CPU0:Nov 22 10:00 UTC: %MGBL-SYS-5-CONFIG_I : x")
                .contains(&"xr-1")
        );
    }

    #[test]
    fn a_code_that_is_cut_or_endless_is_none() {
        let long = format!("%{}-5-CONFIG_I: x", "A".repeat(LONGEST_CODE));
        assert_eq!(heard(&long), None);
        let late = format!("{}%SYS-5-CONFIG_I: x", " ".repeat(LONGEST));
        assert_eq!(heard(&late), None);
    }

    proptest! {
        #[test]
        fn no_bytes_do_harm(bytes in proptest::collection::vec(any::<u8>(), 0..512)) {
            if let Some(heard) = Heard::of(&bytes) {
                prop_assert!(heard.code.len() <= LONGEST_CODE && heard.words().count() <= WORDS);
            }
        }

        #[test]
        fn nor_do_pieces_of_messages(
            pieces in proptest::collection::vec(
                prop_oneof![
                    Just("%SYS-5-"), Just("CONFIG_I"), Just(":"), Just(" "), Just("<189>"), Just("%"), Just("-"),
                    Just("SMART_LIC-3-X"), Just("\u{fffd}"), Just("*"), Just("\0"), Just("ASA-5-111008"), Just("'write"),
                ],
                0..64,
            )
        ) {
            let message = pieces.concat();
            if let Some(heard) = Heard::of(message.as_bytes()) {
                prop_assert!(heard.code.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
            }
        }
    }
}
