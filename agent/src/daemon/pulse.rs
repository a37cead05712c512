//! The life signs of the daemon's parts: the service manager's watchdog is fed only while each part that has a [`Beat`]
//! shows some.
//!
//! These are the parts that wake by themselves: the scheduler, the watches of clock and disks, the listener, the report
//! of how it stands. Each touches its beat at least as often as it has promised. Others wait for an order, for a
//! receiver or for an hour to pass, and nobody can tell such waiting from death: what they wait for has limits. Time is the
//! runtime's, which stands still while the host sleeps: nobody is dead for having slept.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// A part that wakes every few seconds, and may have to wait for the store or a disk then, shows life this often.
pub const ALIVE: Duration = Duration::from_secs(5 * 60);

/// Whether the parts live. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Pulse(Arc<Mutex<Parts>>);

#[derive(Debug, Default)]
struct Parts {
    next: u64,
    parts: BTreeMap<u64, Part>,
}

#[derive(Debug)]
struct Part {
    name: &'static str,
    within: Duration,
    touched: Instant,
}

/// One part's sign of life. A part that ends by itself is no longer expected to show any; one that panics stays dead.
#[derive(Debug)]
pub struct Beat {
    pulse: Pulse,
    number: u64,
}

impl Pulse {
    /// A part that will touch its beat at least so often; it begins alive.
    pub fn part(&self, name: &'static str, within: Duration) -> Beat {
        let mut parts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let number = parts.next;
        parts.next += 1;
        parts.parts.insert(number, Part { name, within, touched: Instant::now() });
        Beat { pulse: self.clone(), number }
    }

    /// The parts that have shown no life for longer than they promised, and for how long.
    pub fn stalled(&self) -> Vec<(&'static str, Duration)> {
        let parts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let late = |part: &Part| part.touched.elapsed() > part.within;
        parts
            .parts
            .values()
            .filter(|part| late(part))
            .map(|part| (part.name, part.touched.elapsed()))
            .collect()
    }
}

impl Beat {
    /// Shows life.
    pub fn touch(&self) {
        let mut parts = self.pulse.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(part) = parts.parts.get_mut(&self.number) {
            part.touched = Instant::now();
        }
    }
}

impl Drop for Beat {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let mut parts = self.pulse.0.lock().unwrap_or_else(PoisonError::into_inner);
            parts.parts.remove(&self.number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_part_that_shows_no_life_is_named_and_one_that_ended_is_not() {
        let pulse = Pulse::default();
        let scheduler = pulse.part("scheduler", Duration::from_secs(10));
        let delivery = pulse.part("delivery", Duration::from_secs(60));
        tokio::time::advance(Duration::from_secs(11)).await;
        assert_eq!(pulse.stalled(), [("scheduler", Duration::from_secs(11))]);
        scheduler.touch();
        assert_eq!(pulse.stalled(), []);
        tokio::time::advance(Duration::from_secs(61)).await;
        delivery.touch();
        drop(scheduler);
        assert_eq!(pulse.stalled(), []);
    }

    #[tokio::test(start_paused = true)]
    async fn a_part_that_panicked_stays_dead() {
        let pulse = Pulse::default();
        let beat = pulse.part("delivery", Duration::from_secs(60));
        let ended = tokio::spawn(async move {
            let _beat = beat;
            panic!("a fault of ours");
        });
        assert!(ended.await.unwrap_err().is_panic());
        tokio::time::advance(Duration::from_secs(61)).await;
        assert_eq!(pulse.stalled().len(), 1);
    }
}
