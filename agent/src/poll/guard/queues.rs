//! Who waits for what, in the order of coming.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Beyond this many, queues that nobody waits in are cleared away.
const KEPT: usize = 64;

/// Queues by name. Each lets one pass at a time.
#[derive(Debug, Default)]
pub(super) struct Queues(Mutex<BTreeMap<String, Arc<tokio::sync::Mutex<()>>>>);

impl Queues {
    /// The queue of this name.
    pub(super) fn of(&self, name: &str) -> Arc<tokio::sync::Mutex<()>> {
        let mut queues = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if queues.len() >= KEPT {
            // Whoever waits or holds has a share of it.
            queues.retain(|_, queue| Arc::strong_count(queue) > 1);
        }
        Arc::clone(queues.entry(name.to_owned()).or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queues_that_nobody_waits_in_go() {
        let queues = Queues::default();
        let held = queues.of("held").try_lock_owned().unwrap();
        for number in 0..1000 {
            queues.of(&format!("device-{number}"));
        }
        assert!(queues.0.lock().unwrap().len() <= KEPT);
        assert!(queues.of("held").try_lock().is_err());
        drop(held);
        assert!(queues.of("held").try_lock().is_ok());
    }
}
