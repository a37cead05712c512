//! Polling stops while the host's clock cannot be believed; what that means is in [`crate::clock::trust`].

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::Connection;
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use super::pulse::Beat;
use crate::brakes::{Brake, Brakes};
use crate::braking::Braking;
use crate::clock::Clock;
use crate::clock::believed::Believed;
use crate::clock::trust::{Change, Trust};
use crate::store::{Store, StoreError, recent};

/// How often the clocks are compared. Whoever reads [`Believed`] in between compares them, too.
const EVERY: Duration = Duration::from_secs(1);
/// How often it is kept that the clock was right, for the next start.
const KEPT: Duration = Duration::from_secs(60);

/// Reads when an operator released the clock last.
pub type Released = fn(&Connection) -> Result<Option<Timestamp>, StoreError>;

/// Watches the clock.
#[derive(Debug)]
pub struct ClockWatch {
    clock: Arc<Believed>,
    released: Released,
    /// The release that was read last.
    known: Option<Timestamp>,
    braking: Braking,
    /// When it was last kept that the clock was right, by the time since the host started.
    kept: Option<Duration>,
}

impl ClockWatch {
    /// Judges the clock for the first time: when this returns, polling is stopped if the clock is not believed.
    /// `built` is [`crate::clock::trust::built`], `jump` is `[clock] jump`.
    pub async fn begin(
        store: Store,
        brakes: Brakes,
        clock: Arc<Believed>,
        built: Timestamp,
        jump: Duration,
        released: Released,
    ) -> Result<Self, StoreError> {
        let newest = store.read(recent::last_believed).await?;
        let known = store.read(released).await?;
        let braking = Braking::new(store, brakes, Brake::Clock);
        clock.begin(Trust::new(built, jump, newest));
        let mut watch = Self { clock, released, known, braking, kept: None };
        watch.look().await;
        Ok(watch)
    }

    /// Compares the clocks until `stop`; `jump` is the newest `[clock] jump`.
    pub async fn run(mut self, mut jump: watch::Receiver<Duration>, beat: Beat, stop: CancellationToken) {
        let mut ticks = tokio::time::interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = ticks.tick() => {}
            }
            self.clock.allow(*jump.borrow_and_update());
            self.look().await;
            beat.touch();
        }
    }

    /// Compares the clocks once.
    pub async fn look(&mut self) {
        if self.clock.is_wrong() {
            // A release that was there before the refusal is not one of it, so that it is read before it is judged.
            match self.braking.store().read(self.released).await {
                Ok(released) => self.known = released,
                Err(error) => tracing::warn!(%error, "Whether the clock was released cannot be read."),
            }
        }
        match self.clock.look(self.known) {
            Some(Change::Refused(doubt)) => {
                self.braking.put(format!("{doubt}; {}", doubt.remedy()), self.clock.now()).await;
            }
            Some(Change::Believed { released }) => {
                // What was kept may be of another time.
                self.kept = None;
                let why =
                    if released { "an operator released the clock" } else { "the clock is right again" };
                self.braking.lift(why.to_owned(), self.clock.now()).await;
            }
            None => self.braking.settle().await,
        }
        self.keep().await;
    }

    /// Keeps, now and then, that the clock is right.
    async fn keep(&mut self) {
        let passed = self.kept.map(|kept| self.clock.since_boot().saturating_sub(kept));
        if passed.is_some_and(|passed| passed < KEPT) || self.clock.is_wrong() {
            return;
        }
        self.kept = Some(self.clock.since_boot());
        let now = self.clock.now();
        if let Err(error) = self.braking.store().write(move |tx| tx.believe_clock(now)).await {
            tracing::warn!(%error, "That the clock is right cannot be kept for the next start.");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::OnceLock;

    use jiff::SignedDuration;

    use super::*;
    use crate::clock::manual::Manual;
    use crate::daemon::pulse::{ALIVE, Pulse};

    /// What stands in the journal of brakes and among the events.
    async fn account(store: &Store) -> (Vec<String>, Vec<String>) {
        let texts = |sql: &'static str| {
            store.read(move |connection| {
                let mut rows = connection.prepare(sql)?;
                let texts = rows.query_map([], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
                Ok(texts)
            })
        };
        let journal =
            "SELECT CAST(entry AS TEXT) FROM journal WHERE entry ->> '$.kind' = 'braked' ORDER BY seq";
        (texts(journal).await.unwrap(), texts("SELECT kind FROM events ORDER BY seq").await.unwrap())
    }

    fn believed(clock: &Arc<Manual>) -> Arc<Believed> {
        Arc::new(Believed::new(Arc::clone(clock) as Arc<dyn Clock>))
    }

    /// A poll of a device that began then.
    async fn keep(store: &Store, id: &'static str, at: &str, carried: Option<&'static str>) {
        let at: Timestamp = at.parse().unwrap();
        let kept = store.write(move |tx| {
            tx.sql().execute_batch(
                "INSERT OR IGNORE INTO devices (id, uuid, name, first_seen) VALUES (1, 'u', 'core-1', 0)",
            )?;
            tx.sql().execute(
                "INSERT INTO observations (id, device, polled_at, outcome, carried_by, line_sha256, line)
                 VALUES (?, 1, ?, 'complete', ?, x'00', x'00')",
                rusqlite::params![id, at.as_microsecond(), carried],
            )?;
            Ok(())
        });
        kept.await.unwrap();
    }

    fn never(_: &Connection) -> Result<Option<Timestamp>, StoreError> {
        Ok(None)
    }

    #[tokio::test]
    async fn a_jump_stops_polling_at_once_and_is_accounted_for_once() {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(Manual::at("2027-03-01T12:00:00Z"));
        let store = Store::open(folder.path(), "test-agent", Arc::clone(&clock) as Arc<dyn Clock>).unwrap();
        let brakes = Brakes::default();
        let (built, jump) = ("2026-11-22T00:00:00Z".parse().unwrap(), Duration::from_secs(300));
        let mut watch =
            ClockWatch::begin(store.clone(), brakes.clone(), believed(&clock), built, jump, never)
                .await
                .unwrap();
        assert!(brakes.reasons().is_empty());
        for day in [SignedDuration::from_hours(24), SignedDuration::from_hours(-24)] {
            clock.pass(Duration::from_secs(5));
            clock.set(day);
            watch.look().await;
            clock.pass(Duration::from_secs(1));
            watch.look().await;
            let why = brakes.reasons()[&Brake::Clock].clone();
            assert!(why.contains("by 1 d 0 h") && why.contains("licwatch release clock"), "{why}");
            clock.set(-day);
            watch.look().await;
            brakes.released().await;
        }
        let (journal, events) = account(&store).await;
        assert_eq!(journal.len(), 4);
        assert!(journal[0].contains(r#""brake":"clock","#) && journal[0].contains(r#""state":"in force""#));
        assert!(journal[1].contains(r#""state":"lifted""#));
        assert!(journal[1].contains(r#""why":"the clock is right again""#), "{}", journal[1]);
        assert_eq!(events, ["clock_refused", "clock_trusted"].repeat(2));
    }

    #[tokio::test(start_paused = true)]
    async fn the_watch_sees_a_release_and_a_wider_tolerance() {
        static RELEASED: OnceLock<Timestamp> = OnceLock::new();
        fn released(_: &Connection) -> Result<Option<Timestamp>, StoreError> {
            Ok(RELEASED.get().copied())
        }
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(Manual::at("2027-03-01T12:00:00Z"));
        let store = Store::open(folder.path(), "test-agent", Arc::clone(&clock) as Arc<dyn Clock>).unwrap();
        let brakes = Brakes::default();
        let built = "2026-11-22T00:00:00Z".parse().unwrap();
        let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
        let begin =
            ClockWatch::begin(store.clone(), brakes.clone(), believed(&clock), built, minutes(5), released);
        let watch = begin.await.unwrap();
        let (jump, jumps) = watch::channel(minutes(5));
        let stop = CancellationToken::new();
        let running =
            tokio::spawn(watch.run(jumps, Pulse::default().part("the clock watch", ALIVE), stop.clone()));
        let limit = |until: bool| {
            let brakes = brakes.clone();
            async move {
                let reached = async {
                    while brakes.reasons().contains_key(&Brake::Clock) != until {
                        tokio::time::sleep(Duration::from_millis(100)).await;
                    }
                };
                tokio::time::timeout(minutes(10), reached).await.unwrap();
            }
        };
        clock.set(SignedDuration::from_mins(7));
        limit(true).await;
        jump.send(minutes(8)).unwrap();
        limit(false).await;
        clock.set(SignedDuration::from_hours(24));
        limit(true).await;
        RELEASED.set(clock.now()).unwrap();
        limit(false).await;
        stop.cancel();
        running.await.unwrap();
        let (journal, _) = account(&store).await;
        assert!(journal[3].contains("an operator released the clock"), "{journal:#?}");
    }

    #[tokio::test]
    async fn the_newest_poll_in_the_store_is_a_witness_and_what_was_carried_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(Manual::at("2027-03-01T12:00:00Z"));
        let store = Store::open(folder.path(), "test-agent", Arc::clone(&clock) as Arc<dyn Clock>).unwrap();
        let built = "2026-11-22T00:00:00Z".parse().unwrap();
        let brakes = Brakes::default();
        let jump = Duration::from_secs(300);
        // What it believes must not count for the next look at the store.
        let begin = async || {
            let begun =
                ClockWatch::begin(store.clone(), brakes.clone(), believed(&clock), built, jump, never);
            let watch = begun.await.unwrap();
            store.write(|tx| Ok(tx.sql().execute("DELETE FROM own_clock", [])?)).await.unwrap();
            watch
        };
        keep(&store, "carried", "2028-01-01T00:00:00Z", Some("operator ann")).await;
        begin().await;
        assert!(brakes.reasons().is_empty());
        keep(&store, "future", "2027-03-02T12:00:00Z", None).await;
        keep(&store, "last", "2027-03-01T11:00:00Z", None).await;
        let mut watch = begin().await;
        assert!(brakes.reasons()[&Brake::Clock].contains("it was 2027-03-02 12:00:00Z already"));
        clock.set(SignedDuration::from_hours(24));
        watch.look().await;
        assert!(brakes.reasons().is_empty());
    }

    #[tokio::test]
    async fn what_was_believed_last_is_the_witness_at_the_next_start_and_a_wrong_clock_moves_it_not() {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(Manual::at("2027-03-01T12:00:00Z"));
        let store = Store::open(folder.path(), "test-agent", Arc::clone(&clock) as Arc<dyn Clock>).unwrap();
        let (built, jump) = ("2026-11-22T00:00:00Z".parse().unwrap(), Duration::from_secs(300));
        let day = SignedDuration::from_hours(24);
        let start = async || {
            let brakes = Brakes::default();
            let released: Released = |sql| Ok(crate::store::releases::own_clock(sql)?.released_at);
            let begun =
                ClockWatch::begin(store.clone(), brakes.clone(), believed(&clock), built, jump, released);
            (begun.await.unwrap(), brakes)
        };
        let last_good = || store.read_blocking(|sql| Ok(crate::store::releases::own_clock(sql)?.last_good));

        let (mut watch, brakes) = start().await;
        assert_eq!(last_good().unwrap(), Some(clock.now()));
        clock.pass(Duration::from_secs(59));
        watch.look().await;
        assert_eq!(last_good().unwrap().unwrap() + Duration::from_secs(59), clock.now(), "not every second");
        clock.pass(Duration::from_secs(1));
        watch.look().await;
        let right = clock.now();
        assert_eq!(last_good().unwrap(), Some(right));

        clock.set(day);
        for _ in 0..3 {
            clock.pass(Duration::from_secs(60));
            watch.look().await;
        }
        assert!(brakes.reasons().contains_key(&Brake::Clock));
        assert_eq!(last_good().unwrap(), Some(right), "a wrong clock is no witness");
        // Somebody polled by hand meanwhile.
        keep(&store, "by hand", "2027-03-02T12:01:00Z", None).await;
        clock.set(-day);
        let (_, brakes) = start().await;
        assert!(brakes.reasons().is_empty(), "a restart under the right clock: {:?}", brakes.reasons());

        // An operator's word outlives any number of starts.
        clock.set(-30 * day);
        let (mut watch, brakes) = start().await;
        let why = brakes.reasons()[&Brake::Clock].clone();
        assert!(why.contains("when the agent last ran") && why.contains("`licwatch release clock`"), "{why}");
        let operator = crate::journal::Actor::Operator("ann".to_owned());
        store.write(move |tx| tx.release_clock(&operator)).await.unwrap();
        watch.look().await;
        assert!(brakes.reasons().is_empty());
        clock.pass(Duration::from_secs(3 * 24 * 3600));
        let (_, brakes) = start().await;
        assert!(brakes.reasons().is_empty(), "{:?}", brakes.reasons());
    }
}
