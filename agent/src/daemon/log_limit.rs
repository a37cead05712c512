//! A limit on log lines: of each kind (each place in the source, at its level) so many are let through in a minute.
//! When the minute is over, one line says how many of them were held back. Nothing is written more often because a
//! thousand devices fail at once, and nothing is hidden.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

const MINUTE: Duration = Duration::from_secs(60);
/// How often minutes that are over are looked for.
const EVERY: Duration = Duration::from_secs(5);
/// More places than the source has.
const KINDS: usize = 4096;

/// The limit, as a layer of the log. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct LogLimit(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    /// 0 for none.
    most: AtomicU32,
    minutes: Mutex<HashMap<tracing::callsite::Identifier, Minute>>,
}

/// The minute of one kind.
#[derive(Debug)]
struct Minute {
    of: &'static Metadata<'static>,
    begun: Instant,
    written: u32,
    held: u64,
}

/// Lines of one kind that were held back.
#[derive(Clone, Copy, Debug)]
pub struct Held {
    /// What they are.
    of: &'static Metadata<'static>,
    /// How many.
    lines: u64,
}

impl LogLimit {
    /// Lets so many lines of a kind through in a minute from now on; 0 sets no limit.
    pub fn set(&self, most: u32) {
        self.0.most.store(most, Ordering::Relaxed);
    }

    /// Says what was held back, whenever a minute is over, and at `stop`.
    pub async fn run(self, stop: CancellationToken) {
        let mut ticks = tokio::time::interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while !stop.is_cancelled() {
            tokio::select! {
                () = stop.cancelled() => {}
                _ = ticks.tick() => {}
            }
            for held in self.over(stop.is_cancelled()) {
                held.say();
            }
        }
    }

    /// What was held back in minutes that are over, or in all of them.
    fn over(&self, all: bool) -> Vec<Held> {
        let mut minutes = self.0.minutes.lock().unwrap_or_else(PoisonError::into_inner);
        let over = minutes.extract_if(|_, minute| all || minute.begun.elapsed() >= MINUTE);
        let mut held: Vec<_> =
            over.filter(|(_, it)| it.held > 0).map(|(_, it)| Held { of: it.of, lines: it.held }).collect();
        held.sort_by_key(|held| (held.of.file(), held.of.line()));
        held
    }

    fn lets_through(&self, of: &'static Metadata<'static>) -> bool {
        let most = self.0.most.load(Ordering::Relaxed);
        // What is said of lines held back is a line for each kind in a minute at most.
        if most == 0 || of.target() == module_path!() {
            return true;
        }
        let mut minutes = self.0.minutes.lock().unwrap_or_else(PoisonError::into_inner);
        let full = minutes.len() >= KINDS;
        let minute = match minutes.entry(of.callsite()) {
            Entry::Occupied(minute) => minute.into_mut(),
            Entry::Vacant(_) if full => return false,
            Entry::Vacant(new) => new.insert(Minute { of, begun: Instant::now(), written: 0, held: 0 }),
        };
        if minute.written < most {
            minute.written += 1;
            return true;
        }
        minute.held += 1;
        false
    }
}

impl Held {
    fn say(self) {
        let Self { of, lines } = self;
        let (file, line) = (of.file().unwrap_or_default(), of.line().unwrap_or_default());
        tracing::warn!(lines, level = %of.level(), file, line, "More log lines of this kind were held back.");
    }
}

impl<S: Subscriber> Layer<S> for LogLimit {
    fn event_enabled(&self, event: &Event<'_>, _: Context<'_, S>) -> bool {
        self.lets_through(event.metadata())
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};

    use tracing_subscriber::fmt::MakeWriter;
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    /// What was written, for all writers.
    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl Log {
        fn lines(&self) -> Vec<String> {
            let bytes = std::mem::take(&mut *self.0.lock().unwrap());
            String::from_utf8(bytes).unwrap().lines().map(str::to_owned).collect()
        }
    }

    impl Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl<'a> MakeWriter<'a> for Log {
        type Writer = Self;

        fn make_writer(&'a self) -> Self {
            self.clone()
        }
    }

    fn begin(most: u32) -> (LogLimit, Log, tracing::subscriber::DefaultGuard) {
        let (limit, log) = (LogLimit::default(), Log::default());
        limit.set(most);
        let lines = tracing_subscriber::fmt::layer().with_ansi(false).without_time().with_writer(log.clone());
        let guard =
            tracing::subscriber::set_default(tracing_subscriber::registry().with(limit.clone()).with(lines));
        (limit, log, guard)
    }

    fn fail(times: u32) {
        for device in 0..times {
            tracing::warn!(device, "It failed.");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn so_many_of_a_kind_in_a_minute_and_the_rest_is_counted() {
        let (limit, log, _guard) = begin(10);
        fail(1000);
        for _ in 0..3 {
            tracing::error!("Another kind.");
        }
        assert_eq!(log.lines().len(), 13);
        tokio::time::advance(MINUTE - Duration::from_secs(1)).await;
        fail(1);
        assert!(log.lines().is_empty() && limit.over(false).is_empty());
        tokio::time::advance(Duration::from_secs(1)).await;
        let held = limit.over(false);
        assert_eq!(held.iter().map(|held| held.lines).collect::<Vec<_>>(), [991]);
        fail(1);
        assert_eq!(log.lines().len(), 1, "a new minute");
        limit.set(0);
        fail(1000);
        assert_eq!(log.lines().len(), 1000);
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_held_back_is_said_after_a_minute_and_at_the_end() {
        let (limit, log, _guard) = begin(1);
        let stop = CancellationToken::new();
        let running = tokio::spawn(limit.run(stop.clone()));
        fail(5);
        assert_eq!(log.lines().len(), 1);
        tokio::time::sleep(MINUTE + EVERY).await;
        let said = log.lines();
        assert_eq!(said.len(), 1, "{said:#?}");
        assert!(said[0].contains("held back") && said[0].contains("lines=4"), "{said:#?}");
        assert!(said[0].contains("level=WARN") && said[0].contains("log_limit.rs"), "{said:#?}");
        fail(3);
        stop.cancel();
        running.await.unwrap();
        let said = log.lines();
        assert!(said.len() == 2 && said[1].contains("lines=2"), "{said:#?}");
    }
}
