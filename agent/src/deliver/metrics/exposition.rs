//! The figures in the text format of Prometheus.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::Timestamp;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode_registry;
use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;

use crate::brakes::Brake;
use crate::store::figures::Figures;
use crate::store::outbox::SinkState;

/// What is told of one moment.
#[derive(Debug)]
pub(super) struct Moment {
    pub(super) now: Timestamp,
    /// Whether the store could be read; if not, `figures` are left out.
    pub(super) store_read: bool,
    /// Bytes that are free on the file system of the store.
    pub(super) disk_free: Option<u64>,
    pub(super) reasons: BTreeMap<Brake, String>,
    pub(super) polls_in_flight: u64,
    pub(super) figures: Figures,
}

/// The whole file.
pub(super) fn render(moment: Moment) -> Result<String, fmt::Error> {
    let mut registry = Registry::with_prefix("licwatch");
    registry.register_collector(Box::new(moment));
    let mut text = String::new();
    encode_registry(&mut text, &registry)?;
    Ok(of_0_0_4(&text))
}

/// OpenMetrics names a counter without the `_total` of its samples; node_exporter's parser wants one name.
fn of_0_0_4(text: &str) -> String {
    let comment = |line: &str| {
        let (word, rest) = line.strip_prefix("# ")?.split_once(' ')?;
        let (name, rest) = rest.split_once(' ')?;
        Some((word.to_owned(), name.to_owned(), rest.to_owned()))
    };
    let counters: BTreeSet<String> = text
        .lines()
        .filter_map(comment)
        .filter(|(word, _, rest)| word == "TYPE" && rest == "counter")
        .map(|(_, name, _)| name)
        .collect();
    let mut renamed = String::with_capacity(text.len());
    for line in text.lines() {
        match comment(line).filter(|(_, name, _)| counters.contains(name)) {
            Some((word, name, rest)) => renamed.push_str(&format!("# {word} {name}_total {rest}")),
            None => renamed.push_str(line),
        }
        renamed.push('\n');
    }
    renamed
}

/// Writes families of gauges and counters.
struct Writer<'e>(DescriptorEncoder<'e>);

impl Writer<'_> {
    fn gauge(&mut self, name: &str, help: &str, value: f64) -> fmt::Result {
        self.0.encode_descriptor(name, help, None, MetricType::Gauge)?.encode_gauge(&value)
    }

    /// One series for each set of labels. A family without series is not written.
    fn gauges<const N: usize>(
        &mut self,
        name: &str,
        help: &str,
        series: impl IntoIterator<Item = ([(&'static str, String); N], f64)>,
    ) -> fmt::Result {
        let mut series = series.into_iter().peekable();
        if series.peek().is_none() {
            return Ok(());
        }
        let mut family = self.0.encode_descriptor(name, help, None, MetricType::Gauge)?;
        for (labels, value) in series {
            family.encode_family(&labels)?.encode_gauge(&value)?;
        }
        Ok(())
    }

    fn counters<const N: usize>(
        &mut self,
        name: &str,
        help: &str,
        series: impl IntoIterator<Item = ([(&'static str, String); N], u64)>,
    ) -> fmt::Result {
        let mut series = series.into_iter().peekable();
        if series.peek().is_none() {
            return Ok(());
        }
        let mut family = self.0.encode_descriptor(name, help, None, MetricType::Counter)?;
        for (labels, value) in series {
            family.encode_family(&labels)?.encode_counter::<NoLabelSet, _, u64>(&value, None)?;
        }
        Ok(())
    }
}

/// Counts are far below what a float holds exactly.
#[expect(clippy::cast_precision_loss, reason = "counts and bytes below 2^53")]
fn number(count: u64) -> f64 {
    count as f64
}

fn truth(holds: bool) -> f64 {
    if holds { 1.0 } else { 0.0 }
}

/// Seconds since 1970.
fn seconds(at: Timestamp) -> f64 {
    at.as_duration().as_secs_f64()
}

impl Collector for Moment {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut write = Writer(encoder);
        let version = [("version", env!("CARGO_PKG_VERSION").to_owned())];
        write.gauges("build_info", "The version of licwatch that runs", [(version, 1.0)])?;
        write.gauge("last_write_timestamp_seconds", "When this file was written", seconds(self.now))?;
        write.gauge("polls_in_flight", "Polls that are being made", number(self.polls_in_flight))?;
        let brakes = Brake::ALL
            .map(|brake| ([("brake", brake.word().to_owned())], truth(self.reasons.contains_key(&brake))));
        write.gauges("brake", "Whether this stops polling as a whole", brakes)?;
        let trusted = truth(!self.reasons.contains_key(&Brake::Clock));
        write.gauge("clock_trusted", "Whether this host's clock is trusted", trusted)?;
        if let Some(free) = self.disk_free {
            write.gauge("disk_free_bytes", "Room on the file system of the store", number(free))?;
        }
        write.gauge("store_readable", "Whether the store could be read", truth(self.store_read))?;
        if self.store_read {
            devices(&mut write, &self.figures)?;
            sinks(&mut write, &self.figures.sinks)?;
            write.gauge("store_bytes", "Size of the store", number(self.figures.store_bytes))?;
            let entries = number(self.figures.journal_entries);
            write.gauge("journal_entries", "Entries of the journal", entries)?;
        }
        Ok(())
    }
}

fn devices(write: &mut Writer<'_>, figures: &Figures) -> fmt::Result {
    let outcomes = figures.outcomes.iter();
    let outcomes = outcomes.map(|(outcome, count)| ([("outcome", outcome.clone())], number(*count)));
    write.gauges("devices", "Devices of the inventory by the outcome of their newest poll", outcomes)?;
    let silent = "Devices that have not answered for longer than they may";
    write.gauge("devices_silent", silent, number(figures.silent))?;
    let stopped = "Devices that no more logins are made to until an operator releases them";
    write.gauge("devices_stopped", stopped, number(figures.stopped_devices))?;
    let stopped = "Credentials that are used no more until an operator releases them";
    write.gauge("credentials_stopped", stopped, number(figures.stopped_credentials))?;
    let answered = figures.answered.iter();
    let answered = answered.map(|(device, at)| ([("device", device.clone())], seconds(*at)));
    write.gauges("device_answered_timestamp_seconds", "When the device last answered", answered)?;
    let left_out = "Devices that have no series of their own, because there are too many";
    write.gauge("device_series_left_out", left_out, number(figures.left_out))
}

fn sinks(write: &mut Writer<'_>, sinks: &[SinkState]) -> fmt::Result {
    let labels = |sink: &SinkState| [("sink", sink.name.clone()), ("kind", sink.kind.clone())];
    let each =
        |value: fn(&SinkState) -> u64| sinks.iter().map(move |sink| (labels(sink), number(value(sink))));
    let times = |value: fn(&SinkState) -> Option<Timestamp>| {
        sinks.iter().filter_map(move |sink| Some((labels(sink), seconds(value(sink)?))))
    };
    let configured = "Whether the configuration names the sink; what is left for one that it does not name waits for an operator";
    let named = sinks.iter().map(|sink| (labels(sink), truth(sink.active)));
    write.gauges("sink_configured", configured, named)?;
    write.gauges("sink_waiting_lines", "Lines that wait for the sink", each(|sink| sink.waiting))?;
    let oldest = "When the oldest line that waits for the sink was queued; absent if none waits";
    write.gauges("sink_oldest_waiting_timestamp_seconds", oldest, times(|sink| sink.oldest))?;
    let refused = "Lines that the sink refused for good and that are kept as dead letters";
    write.gauges("sink_refused_lines", refused, each(|sink| sink.refused))?;
    let delivered = sinks.iter().map(|sink| (labels(sink), sink.delivered));
    write.counters("sink_delivered_lines", "Lines that the sink took", delivered)?;
    let last = "When the sink took the last line; absent if it never did";
    write.gauges("sink_delivered_timestamp_seconds", last, times(|sink| sink.delivered_at))?;
    write.gauges("sink_failures", "Deliveries to the sink that failed in a row", each(|sink| sink.failures))
}
