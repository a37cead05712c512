//! What a device answered, byte for byte.

use std::time::Instant;

use licwatch_parsers::recognize;
use licwatch_parsers::text::Cleaned;

use super::command::ReadCommand;
use super::syslog::is_syslog;
use crate::transport::Failure;

/// One command's answer.
#[derive(Clone, Eq, PartialEq)]
pub struct Answer {
    /// The command.
    pub command: ReadCommand,
    /// Everything that came between the prompt it was typed at and the end of the next prompt, as it came: the
    /// echo, the output and that prompt. Answers that follow each other leave no byte out.
    pub raw: Vec<u8>,
    /// The device's words, if it refused the command. The session goes on.
    pub refused: Option<String>,
    /// When the device could begin to answer.
    pub started: Instant,
    /// When the last byte came.
    pub finished: Instant,
}

/// What a run of commands came to.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// The finished answers, in the order of the commands.
    pub answers: Vec<Answer>,
    /// Why there are no more.
    pub failure: Option<Failure>,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answer")
            .field("command", &self.command.line())
            .field("bytes", &self.raw.len())
            .field("refused", &self.refused)
            .finish_non_exhaustive()
    }
}

/// An answer that is longer is no refusal.
const LONGEST_REFUSAL: usize = 4096;

/// The line with which a device refuses a read command, if the answer is nothing else.
pub(super) fn refusal(raw: &[u8]) -> Option<String> {
    if raw.len() > LONGEST_REFUSAL {
        return None;
    }
    recognize::refusal(Cleaned::new(raw).body()).map(str::to_owned)
}

/// The line with which a device refuses a setting of the session. Settings print nothing, so any complaint is one.
pub(super) fn setting_refusal(raw: &[u8]) -> Option<String> {
    const COMPLAINTS: [&str; 5] = ["%", "ERROR", "Error", "Incorrect", "Command authorization failed"];
    if let refused @ Some(_) = refusal(raw) {
        return refused;
    }
    let cleaned = Cleaned::new(raw.get(..LONGEST_REFUSAL).unwrap_or(raw));
    let mut lines = cleaned.body().lines().map(str::trim);
    lines
        .find(|line| COMPLAINTS.iter().any(|words| line.starts_with(words)) && !is_syslog(line.as_bytes()))
        .map(str::to_owned)
}

/// The level that `show privilege` or `show curpriv` states.
///
/// ```text
/// Current privilege level is 15
/// Current privilege level : 15
/// Current privilege level: -1            NX-OS, which has roles in place of levels: no level
/// ```
pub(super) fn privilege_level(raw: &[u8]) -> Option<u8> {
    let cleaned = Cleaned::new(raw.get(..LONGEST_REFUSAL).unwrap_or(raw));
    let line = cleaned.body().lines().find(|line| line.contains("privilege level"))?.trim();
    line.rsplit([' ', ':']).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_the_whole_answer() {
        let refused = |raw: &[u8]| refusal(raw).is_some();
        assert!(refused(
            b"show license all\r\n            ^\r\n% Invalid input detected at '^' marker.\r\n\r\nR1#"
        ));
        assert!(refused(b"show license all\r\nCommand authorization failed.\r\n\r\nR1#"));
        assert!(refused(
            b"show clock\r\n          ^\r\nERROR: % Invalid input detected at '^' marker.\r\nfw1# "
        ));
        assert!(refused(b"show version\r\n% Permission denied for the role\r\nn9k# "));
        assert!(refused(b"show x\r\n        ^\r\n% Invalid command at '^' marker.\r\nn9k# "));
        assert!(refused(b"show x\r\n% This command is not authorized\r\nRP/0/RP0/CPU0:xr#"));
        assert!(refused(
            b"show x\r\n\r\nIncorrect usage.  Use the '?' or <TAB> key to list commands.\r\n\r\n(WLC) >"
        ));
        assert!(!refused(b"show version\r\nCisco IOS Software\r\nR1#"));
        let long =
            [b"show version\r\n".to_vec(), b"a line\r\n".repeat(9), b"% Invalid input\r\nR1#".to_vec()];
        assert!(!refused(&long.concat()));
    }

    #[test]
    fn a_setting_is_refused_by_any_complaint_but_not_by_syslog() {
        assert_eq!(setting_refusal(b"terminal length 0\r\nR1#"), None);
        assert_eq!(
            setting_refusal(
                b"terminal length 0\r\n*Mar  1 00:00:01: %SYS-5-CONFIG_I: x\r\n%SYS-5-RESTART: y\r\nR1#"
            ),
            None
        );
        assert_eq!(
            setting_refusal(b"terminal length 0\r\n% Authorization denied by server\r\nR1#").as_deref(),
            Some("% Authorization denied by server")
        );
    }

    #[test]
    fn privilege_levels_are_numbers() {
        assert_eq!(privilege_level(b"show privilege\r\nCurrent privilege level is 15\r\nR1#"), Some(15));
        let asa = b"show curpriv\r\nUsername : enable_1\r\nCurrent privilege level : 1\r\nCurrent Mode/s : P_UNPR\r\nfw1> ";
        assert_eq!(privilege_level(asa), Some(1));
        let nx_os = b"show privilege\r\nUser name: monitor\r\nCurrent privilege level: -1\r\nFeature privilege: Disabled\r\nn9k# ";
        assert_eq!(privilege_level(nx_os), None);
        assert_eq!(privilege_level(b"show privilege\r\n% Invalid input\r\nR1#"), None);
    }
}
