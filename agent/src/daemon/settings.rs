//! What the parts need of the plan in force, and how each is told when another takes its place.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::Plan;
use super::disk::DiskSettings;
use super::listen::{ListenSettings, Senders};
use super::log_limit::LogLimit;
use crate::clock::Clock;
use crate::config::{Config, ConfiguredSink, MetricsSettings, SinkSettings};
use crate::credentials::Surroundings;
use crate::deliver::file_drop::{DropSink, FolderTurn};
use crate::deliver::http::HttpSink;
use crate::deliver::stdout::StdoutSink;
use crate::deliver::syslog::SyslogSink;
use crate::deliver::{Destination, Pace, Sink};

/// What sinks are made with.
#[derive(Clone)]
pub struct Makers {
    /// The name of the agent in what it delivers.
    pub agent: String,
    /// The name of the host in syslog.
    pub host: String,
    /// Where secrets of sinks are read from.
    pub surroundings: Arc<dyn Surroundings>,
    /// The clocks.
    pub clock: Arc<dyn Clock>,
    /// When the daemon started.
    pub started: Timestamp,
}

/// What every part follows.
pub struct Settings {
    makers: Makers,
    /// By folder: they outlive the sinks that a reload makes anew.
    turns: BTreeMap<PathBuf, FolderTurn>,
    log_limit: LogLimit,
    plans: watch::Receiver<Arc<Plan>>,
    destinations: watch::Sender<Arc<Vec<Destination>>>,
    metrics: watch::Sender<Vec<MetricsSettings>>,
    disk: watch::Sender<Arc<DiskSettings>>,
    listen: watch::Sender<Arc<ListenSettings>>,
    jump: watch::Sender<Duration>,
}

impl Settings {
    /// What follows from the plan in force, which the store knows already.
    pub fn begin(makers: Makers, log_limit: LogLimit, mut plans: watch::Receiver<Arc<Plan>>) -> Self {
        let plan = Arc::clone(&plans.borrow_and_update());
        log_limit.set(plan.config.run().log_lines_per_minute);
        let mut turns = BTreeMap::new();
        Self {
            destinations: watch::Sender::new(Arc::new(destinations(&plan.config, &makers, &mut turns, &[]))),
            metrics: watch::Sender::new(metrics(&plan.config)),
            disk: watch::Sender::new(Arc::new(disk(&plan.config))),
            listen: watch::Sender::new(Arc::new(listen(&plan))),
            jump: watch::Sender::new(plan.config.clock().jump.duration()),
            makers,
            turns,
            log_limit,
            plans,
        }
    }

    /// Where records and events go.
    pub fn destinations(&self) -> watch::Receiver<Arc<Vec<Destination>>> {
        self.destinations.subscribe()
    }

    /// The files of metrics.
    pub fn metrics(&self) -> watch::Receiver<Vec<MetricsSettings>> {
        self.metrics.subscribe()
    }

    /// How much room is needed, and where.
    pub fn disk(&self) -> watch::Receiver<Arc<DiskSettings>> {
        self.disk.subscribe()
    }

    /// Where devices' syslog is listened to.
    pub fn listen(&self) -> watch::Receiver<Arc<ListenSettings>> {
        self.listen.subscribe()
    }

    /// By how much the clock may jump.
    pub fn jump(&self) -> watch::Receiver<Duration> {
        self.jump.subscribe()
    }

    /// Tells the parts of every new plan until `stop`.
    pub async fn run(mut self, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                changed = self.plans.changed() => if changed.is_err() {
                    stop.cancelled().await;
                    return;
                },
            }
            self.follow();
        }
    }

    /// Tells the parts of the newest plan.
    fn follow(&mut self) {
        let plan = Arc::clone(&self.plans.borrow_and_update());
        self.log_limit.set(plan.config.run().log_lines_per_minute);
        let before = Arc::clone(&self.destinations.borrow());
        let now = destinations(&plan.config, &self.makers, &mut self.turns, &before);
        self.destinations.send_replace(Arc::new(now));
        self.metrics.send_replace(metrics(&plan.config));
        self.disk.send_replace(Arc::new(disk(&plan.config)));
        self.listen.send_replace(Arc::new(listen(&plan)));
        self.jump.send_replace(plan.config.clock().jump.duration());
    }
}

/// The sinks of a configuration. Standard output goes on as it was: there is one, and it may be in the middle of a line.
fn destinations(
    config: &Config,
    makers: &Makers,
    turns: &mut BTreeMap<PathBuf, FolderTurn>,
    before: &[Destination],
) -> Vec<Destination> {
    let made = config.sinks().into_iter().filter_map(|configured| {
        let name = configured.name.clone();
        let known = || before.iter().find(|destination| destination.name == name);
        let sink: Arc<dyn Sink> = match &configured.settings {
            SinkSettings::FileDrop(settings) => {
                let turn = turns.entry(settings.directory.clone()).or_default().clone();
                Arc::new(DropSink::in_turn(settings, &makers.agent, makers.started, turn))
            }
            SinkSettings::Syslog(settings) => Arc::new(SyslogSink::new(settings, &makers.host)),
            SinkSettings::Stdout => match known() {
                Some(known) => Arc::clone(&known.sink),
                None => Arc::new(StdoutSink::new().map_err(|error| unmade(&name, &error.to_string())).ok()?),
            },
            SinkSettings::Http(settings) => {
                let surroundings = Arc::clone(&makers.surroundings);
                let clock = Arc::clone(&makers.clock);
                let sink = HttpSink::new(settings.clone(), &makers.agent, surroundings, clock);
                Arc::new(sink.map_err(|error| unmade(&name, &error)).ok()?)
            }
            SinkSettings::Metrics(_) => return None,
        };
        let bounds = configured.bounds;
        let pace = Pace {
            batch_lines: bounds.batch_lines as usize,
            most_waiting: bounds.most_waiting.into(),
            most_refused: bounds.most_refused.into(),
            retry: bounds.retry,
            retry_most: bounds.retry_most,
            ..Pace::default()
        };
        Some(Destination { name, sink, pace })
    });
    let made = made.collect();
    turns.retain(|_, turn| turn.is_in_use());
    made
}

/// Its lines wait in the outbox until the sink can be made.
fn unmade(sink: &str, error: &str) {
    tracing::error!(sink, error, "A sink cannot be used; what is meant for it waits.");
}

fn metrics(config: &Config) -> Vec<MetricsSettings> {
    let of = |sink: ConfiguredSink| match sink.settings {
        SinkSettings::Metrics(settings) => Some(settings),
        _ => None,
    };
    config.sinks().into_iter().filter_map(of).collect()
}

fn disk(config: &Config) -> DiskSettings {
    let folder = |sink: ConfiguredSink| match sink.settings {
        SinkSettings::FileDrop(settings) => Some(settings.directory),
        _ => None,
    };
    DiskSettings {
        reserve: config.store().reserve.bytes(),
        drops: config.sinks().into_iter().filter_map(folder).collect(),
    }
}

fn listen(plan: &Plan) -> ListenSettings {
    let settings = plan.config.on_change();
    let devices: Vec<_> = plan.devices.iter().map(|planned| planned.job.device.clone()).collect();
    ListenSettings {
        udp: settings.udp,
        tcp: settings.tcp,
        gap: settings.gap.duration(),
        polls_per_minute: settings.polls_per_minute,
        senders: Senders::of(&devices),
    }
}

#[cfg(test)]
mod tests;
