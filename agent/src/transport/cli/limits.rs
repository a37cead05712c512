//! How long a session waits and how much it takes.

use std::time::Duration;

/// Every limit of a CLI session. A device that crosses one fails alone.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct CliLimits {
    /// From the open shell to a learned prompt, and for the whole enable dialogue.
    pub prompt: Duration,
    /// Silence after which a prompt, a pager or a question at the very end is believed.
    pub quiet: Duration,
    /// Silence after which a line that says nothing is nudged with RETURN, and after which an answer without
    /// its echo is believed.
    pub nudge: Duration,
    /// Longest silence inside one answer; data starts it anew.
    pub inactivity: Duration,
    /// Longest time for one answer, silent or not.
    pub command: Duration,
    /// Longest wait for the device to hang up.
    pub close: Duration,
    /// Largest answer.
    pub answer_bytes: usize,
    /// Most that one session may send us.
    pub session_bytes: usize,
    /// Most pages of one answer where the pager could not be turned off.
    pub pages: usize,
    /// Most bytes of commands that wait in the device's line buffer, which is small (256 bytes on old IOS).
    pub in_flight_bytes: usize,
}

impl Default for CliLimits {
    fn default() -> Self {
        Self {
            prompt: Duration::from_secs(20),
            quiet: Duration::from_millis(100),
            nudge: Duration::from_millis(1500),
            inactivity: Duration::from_secs(30),
            command: Duration::from_secs(300),
            close: Duration::from_secs(2),
            answer_bytes: 8 << 20,
            session_bytes: 64 << 20,
            pages: 500,
            in_flight_bytes: 192,
        }
    }
}
