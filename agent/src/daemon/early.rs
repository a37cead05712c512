//! How many devices may be polled early in a minute.

use std::collections::VecDeque;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

/// Gives out turns; no minute holds more of them than allowed.
#[derive(Debug, Default)]
pub(super) struct EarlyTurns {
    /// The newest turns, by the time since the host started; as many as a minute may hold.
    given: VecDeque<Duration>,
}

impl EarlyTurns {
    /// The next turn.
    pub(super) fn next(&mut self, per_minute: u32, now: Duration) -> Duration {
        let per_minute = per_minute.max(1) as usize;
        while self.given.len() > per_minute {
            self.given.pop_front();
        }
        let full = self.given.len() == per_minute;
        let oldest = if full { self.given.pop_front() } else { None };
        let turn = oldest.map_or(now, |oldest| now.max(oldest + MINUTE));
        self.given.push_back(turn);
        turn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_minute_holds_more_turns_than_allowed() {
        let mut turns = EarlyTurns::default();
        let given: Vec<_> = (0..50).map(|second| turns.next(7, Duration::from_secs(second))).collect();
        assert!(
            given.iter().zip(given.iter().skip(7)).all(|(one, later)| *later - *one >= MINUTE),
            "{given:?}"
        );
        assert_eq!(given[6], Duration::from_secs(6), "the first do not wait");
        // A reload that allows fewer holds at once.
        let next = turns.next(2, Duration::from_secs(50));
        assert!(next >= given[48] + MINUTE);
    }
}
