//! How fast logins may follow each other, so that a poll of many devices does not look like an attack to their
//! AAA server, nor become one.

use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

/// Spaces logins evenly.
#[derive(Debug)]
pub struct Pace {
    gap: Duration,
    next: Mutex<Option<Instant>>,
}

impl Pace {
    /// At most this many logins in a second; what is no positive number sets no limit.
    pub fn per_second(logins: f64) -> Self {
        let gap = if logins > 0.0 {
            Duration::try_from_secs_f64(logins.recip()).unwrap_or_default()
        } else {
            Duration::ZERO
        };
        Self { gap, next: Mutex::new(None) }
    }

    /// Waits for the next login's turn. Turns are given in the order of asking.
    pub async fn turn(&self) {
        if self.gap.is_zero() {
            return;
        }
        let mut next = self.next.lock().await;
        let turn = next.map_or_else(Instant::now, |at| at.max(Instant::now()));
        *next = Some(turn + self.gap);
        drop(next);
        tokio::time::sleep_until(turn).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn no_second_holds_more_logins_than_allowed() {
        let pace = Pace::per_second(5.0);
        let begun = Instant::now();
        let mut turns = Vec::new();
        for _ in 0..12 {
            pace.turn().await;
            turns.push(begun.elapsed());
        }
        for (earlier, later) in turns.iter().zip(turns.iter().skip(5)) {
            assert!(*later - *earlier >= Duration::from_secs(1), "{turns:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_cap_nobody_waits() {
        let pace = Pace::per_second(0.0);
        let begun = Instant::now();
        for _ in 0..100 {
            pace.turn().await;
        }
        assert_eq!(begun.elapsed(), Duration::ZERO);
    }
}
