//! When a delivery that failed is tried again.

use std::time::Duration;

use sha2::{Digest, Sha256};

/// Jitter takes away at most this share of a wait.
const SPREAD: u32 = 4;

/// The wait after so many failures in a row: `retry`, then twice as long each time, up to `most`. It is shortened by up
/// to a quarter, otherwise for each sink and each time, so that agents that lost one receiver do not come back as one.
/// What the receiver asks for holds where it is longer, up to `most` too.
pub(super) fn wait(
    retry: Duration,
    most: Duration,
    failures: u64,
    asked: Option<Duration>,
    salt: &str,
) -> Duration {
    let doublings = u32::try_from(failures.saturating_sub(1)).unwrap_or(u32::MAX);
    let factor = 1_u32.checked_shl(doublings).unwrap_or(u32::MAX);
    let whole = retry.saturating_mul(factor).min(most);
    let digest = Sha256::new().chain_update(salt).chain_update(failures.to_be_bytes()).finalize();
    let lot = u32::from(digest.first().copied().unwrap_or_default());
    let shortened = whole.saturating_sub((whole / SPREAD).saturating_mul(lot) / 255);
    shortened.max(asked.unwrap_or_default()).min(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RETRY: Duration = Duration::from_secs(5);
    const MOST: Duration = Duration::from_secs(900);

    #[test]
    fn waits_double_up_to_the_most() {
        let mut whole = RETRY;
        for failures in 1..200 {
            let wait = wait(RETRY, MOST, failures, None, "collector");
            assert!(wait <= whole && wait >= whole * 3 / 4, "{failures}: {wait:?} of {whole:?}");
            whole = (whole * 2).min(MOST);
        }
    }

    #[test]
    fn agents_come_back_at_different_times() {
        let waits: std::collections::BTreeSet<_> =
            (0..20).map(|agent| wait(RETRY, MOST, 9, None, &format!("agent {agent}"))).collect();
        assert!(waits.len() > 10, "{waits:?}");
    }

    #[test]
    fn what_the_receiver_asks_for_holds_up_to_the_most() {
        let asked = |seconds| wait(RETRY, MOST, 1, Some(Duration::from_secs(seconds)), "");
        assert_eq!(asked(60), Duration::from_secs(60));
        assert_eq!(asked(86_400), MOST);
        assert!(asked(0) >= RETRY * 3 / 4);
    }
}
