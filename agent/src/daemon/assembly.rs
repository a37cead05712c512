//! The parts beside the scheduler, put together.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use tokio::sync::{Notify, mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use super::clock_watch::ClockWatch;
use super::disk::{DiskWatch, FileSystem};
use super::listen::Listener;
use super::lock::Lock;
use super::log_limit::LogLimit;
use super::notify::{Notifier, Status};
use super::pulse::ALIVE;
use super::reload::Reloader;
use super::settings::{Makers, Settings};
use super::vitals::Vitals;
use super::{DELIVERY, DaemonError, Early, Part, Plan, refusal};
use crate::brakes::Brakes;
use crate::clock::believed::Believed;
use crate::clock::{Clock, trust};
use crate::config::MetricsSettings;
use crate::deliver::Delivery;
use crate::deliver::metrics::{FileTurn, Live, Metrics};
use crate::store::{Store, releases, retention};

/// So often old observations and captures are looked for.
const RETENTION: Duration = Duration::from_secs(60 * 60);

/// What the parts are put together from.
pub struct Assembly {
    /// What is kept.
    pub store: Store,
    /// That this daemon alone uses it.
    pub lock: Arc<Lock>,
    /// How another configuration takes the place of the one in force.
    pub reloader: Reloader<Plan>,
    /// Told when that is wanted.
    pub reload: Arc<Notify>,
    /// What sinks are made with.
    pub makers: Makers,
    /// What stops polling as a whole.
    pub brakes: Brakes,
    /// The clocks; they are judged as soon as the parts are made.
    pub clock: Arc<Believed>,
    /// How many connections that bring syslog may be open.
    pub connections: usize,
    /// Takes reports of changes to the scheduler.
    pub early: mpsc::Sender<Early>,
    /// The service manager.
    pub notifier: Notifier,
    /// How much is logged.
    pub log_limit: LogLimit,
    /// What the daemon is doing.
    pub vitals: Vitals,
    /// When nothing more is collected: delivery ends then, once every sink is drained.
    pub drain: CancellationToken,
}

impl Assembly {
    /// Makes every part. When this returns, polling is stopped if the disk or the clock want it so.
    pub async fn parts(self) -> Result<Vec<Part>, DaemonError> {
        let Self {
            store,
            lock,
            reloader,
            reload,
            makers,
            brakes,
            clock: believed,
            connections,
            early,
            notifier,
            log_limit,
            vitals,
            drain,
        } = self;
        let clock: Arc<dyn Clock> = Arc::clone(&believed) as _;
        let plans = reloader.plans();
        let settings = Settings::begin(makers, log_limit.clone(), plans.clone());
        let (disk_settings, jump) = (settings.disk(), settings.jump());
        let now = Arc::clone(&disk_settings.borrow());
        let disk =
            DiskWatch::begin(store.clone(), brakes.clone(), Arc::clone(&clock), Arc::new(FileSystem), &now)
                .await;
        let allowed = *jump.borrow();
        let clock_watch =
            ClockWatch::begin(store.clone(), brakes.clone(), believed, trust::built(), allowed, |sql| {
                Ok(releases::own_clock(sql)?.released_at)
            })
            .await?;
        let listener = Listener::bind(settings.listen(), early, Arc::clone(&clock))
            .await?
            .holding(connections)
            .beating(vitals.pulse.part("the listener", ALIVE));
        let stop_within = plans.borrow().config.run().stop_within.duration();
        let delivery = Delivery::new(
            store.clone(),
            Arc::clone(&clock),
            settings.destinations(),
            brakes.clone(),
            // It must be over before the daemon gives its parts up, which it does at four fifths.
            stop_within * 3 / 5,
        )
        .until(drain);
        let (status, lines) = watch::channel(Status::default());
        let live = Live {
            brakes: brakes.clone(),
            polls_in_flight: Arc::new({
                let vitals = vitals.clone();
                move || vitals.now().in_flight as u64
            }),
        };
        let metrics = metering(settings.metrics(), store.clone(), Arc::clone(&clock), live);
        let retaining = retain(store.clone(), Arc::clone(&clock), plans);
        let refusals = brakes.changes();
        let pulse = vitals.pulse.clone();
        let disk_beat = pulse.part("the disk watch", ALIVE);
        let clock_beat = pulse.part("the clock watch", ALIVE);
        Ok(vec![
            Part::new("the settings", |stop| settings.run(stop)),
            Part::new("the disk watch", |stop| disk.run(disk_settings, disk_beat, stop)),
            Part::new("the clock watch", |stop| clock_watch.run(jump, clock_beat, stop)),
            Part::new("the listener", |stop| listener.run(stop)),
            Part::new(DELIVERY, |stop| delivery.run(stop)),
            Part::new("metrics", metrics),
            Part::new("retention", retaining),
            Part::new("the reloader", {
                let notifier = notifier.clone();
                |stop| reloader.run(reload, notifier, stop)
            }),
            Part::new("the word on the store", |stop| refusal::follow(lock, refusals, clock, stop)),
            Part::new("the log limit", |stop| log_limit.run(stop)),
            Part::new("the report", |stop| vitals.report(store, brakes, status, stop)),
            Part::new("the service manager", |stop| async move {
                // Without one there is nothing to do.
                notifier.run(lines, pulse, TimeZone::system(), stop.clone()).await;
                stop.cancelled().await;
            }),
        ])
    }
}

/// Writes every file of metrics that the configuration names.
fn metering(
    mut wanted: watch::Receiver<Vec<MetricsSettings>>,
    store: Store,
    clock: Arc<dyn Clock>,
    live: Live,
) -> impl FnOnce(CancellationToken) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>> + Send {
    move |stop| {
        Box::pin(async move {
            let mut turns: BTreeMap<PathBuf, FileTurn> = BTreeMap::new();
            while !stop.is_cancelled() {
                let round = stop.child_token();
                let mut files = JoinSet::new();
                turns.retain(|_, turn| turn.is_in_use());
                for settings in wanted.borrow_and_update().clone() {
                    let turn = turns.entry(settings.file.clone()).or_default().clone();
                    let metrics = Metrics::new(settings, store.clone(), Arc::clone(&clock), live.clone());
                    files.spawn(metrics.in_turn(turn).run(round.clone()));
                }
                tokio::select! {
                    () = stop.cancelled() => {}
                    changed = wanted.changed() => if changed.is_err() {
                        stop.cancelled().await;
                    },
                }
                round.cancel();
                while files.join_next().await.is_some() {}
            }
        })
    }
}

/// Deletes, every hour, what may not stay.
fn retain(
    store: Store,
    clock: Arc<dyn Clock>,
    plans: watch::Receiver<Arc<Plan>>,
) -> impl FnOnce(CancellationToken) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>> + Send {
    move |stop| {
        Box::pin(async move {
            let mut ticks = tokio::time::interval(RETENTION);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                tokio::select! {
                    () = stop.cancelled() => return,
                    _ = ticks.tick() => {}
                }
                let limits = retention::Limits::from(plans.borrow().config.store());
                match store.retain(limits, clock.now(), &stop).await {
                    Ok(gone) if gone.still_too_large => {
                        tracing::warn!(
                            "The store is larger than [store] most, and everything in it must stay."
                        );
                    }
                    Ok(gone) => tracing::debug!(?gone, "What may not stay was looked for."),
                    Err(error) => {
                        tracing::warn!(%error, "What may not stay could not be deleted; it is tried again in an hour.");
                    }
                }
            }
        })
    }
}
