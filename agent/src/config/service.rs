//! The sections of `licwatch.toml` that the daemon needs. As in [`super::file`], the documentation of a field is what
//! the operator reads.

use std::net::SocketAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::value::{FilePath, Label, Limit, SinkKind, Size, Span, SyslogForm, TimeZoneName};
use super::window::Windows;

/// Where what was collected is kept.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub struct StoreSection {
    /// The folder of the store; "state" beside this file if not given. It belongs to the agent's user alone (mode 0700).
    pub directory: Option<FilePath>,
    /// The room that must be left on its file system; polling stops when there is less, as a size such as "512 MiB".
    pub reserve: Size,
    /// How long observations are kept, as a time such as "3 years"; the newest of each device always stays.
    pub keep_observations: Span,
    /// How long raw captures are kept, as a time such as "400 days"; those of the newest observation always stay.
    pub keep_captures: Span,
    /// How large the store may become before the oldest captures, then observations, go, as a size such as "20 GiB".
    pub most: Size,
}

impl Default for StoreSection {
    fn default() -> Self {
        Self {
            directory: None,
            reserve: Size::mebibytes(512),
            keep_observations: Span::days(1100),
            keep_captures: Span::days(400),
            most: Size::mebibytes(20 << 10),
        }
    }
}

/// When devices are polled by `licwatch run`.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub struct Schedule {
    /// How often a device is polled, as a time such as "1 day".
    pub interval: Option<Span>,
    /// By how much polls are spread around their time, as a time such as "30m"; never more than a tenth of the interval.
    pub jitter: Span,
    /// When polls may begin, as a list such as ["Mon-Fri 20:00-06:00", "Sat,Sun"]; at any time if not given.
    pub poll_windows: Option<Windows>,
    /// When nothing is polled, as a list such as ["Sun 02:00-05:00"].
    pub maintenance: Option<Windows>,
    /// The time zone of windows, such as "Europe/Oslo"; "system" is the host's.
    pub time_zone: TimeZoneName,
    /// How soon a device that changed is polled again, as a time such as "15m"; "0s" for not at all.
    pub confirm_after: Span,
    /// Over how long polls that are overdue are spread when the agent starts, as a time such as "30m".
    pub catch_up: Span,
    /// How soon a device that failed is polled again, as a time such as "5m"; twice as long after each further failure.
    pub retry: Span,
    /// After how long without an answer a device counts as silent, as a time such as "3 days".
    pub silent_after: Span,
}

impl Default for Schedule {
    fn default() -> Self {
        Self {
            interval: None,
            jitter: Span::minutes(30),
            poll_windows: None,
            maintenance: None,
            time_zone: TimeZoneName::default(),
            confirm_after: Span::minutes(15),
            catch_up: Span::minutes(30),
            retry: Span::minutes(5),
            silent_after: Span::days(3),
        }
    }
}

/// What keeps accounts from being locked out.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub struct GuardSection {
    /// How many devices may refuse a credential before it is used no more, 1 to 1000, until an operator releases it.
    #[schemars(range(min = 1, max = 1000))]
    pub refusals: u32,
    /// Times that one credential is shown in any second, from 0.01 to 10000; that of `[poll]` holds besides.
    #[schemars(range(min = 0.01, max = 10000.0))]
    pub logins_per_second: f64,
}

impl Default for GuardSection {
    fn default() -> Self {
        Self { refusals: 3, logins_per_second: 10.0 }
    }
}

/// What is expected of clocks.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub struct ClockSection {
    /// By how much this host's clock may be set while the agent runs, as a time such as "5m"; after more nothing is polled.
    pub jump: Span,
    /// By how much a device's clock may differ before it is told, as a time such as "1m".
    pub device: Span,
}

impl Default for ClockSection {
    fn default() -> Self {
        Self { jump: Span::minutes(5), device: Span::minutes(1) }
    }
}

/// Syslog of devices, so that one that reports a change is polled early.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub struct OnChange {
    /// The address and port to listen at by UDP, such as "192.0.2.10:5514".
    pub udp: Option<SocketAddr>,
    /// The address and port to listen at by TCP, such as "192.0.2.10:5514".
    pub tcp: Option<SocketAddr>,
    /// How long after a poll a device is not polled early again, as a time such as "10m".
    pub gap: Span,
    /// How many early polls may begin in a minute over all devices, 1 to 10000.
    #[schemars(range(min = 1, max = 10000))]
    pub polls_per_minute: u32,
}

impl Default for OnChange {
    fn default() -> Self {
        Self { udp: None, tcp: None, gap: Span::minutes(10), polls_per_minute: 30 }
    }
}

/// The daemon itself.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub struct RunSection {
    /// How long polls and deliveries may take to end when the agent stops, as a duration such as "30s".
    pub stop_within: Limit,
    /// How many log lines of one kind may be written in a minute, 1 to 100000; the rest are counted.
    #[schemars(range(min = 1, max = 100_000))]
    pub log_lines_per_minute: u32,
}

impl Default for RunSection {
    fn default() -> Self {
        Self { stop_within: Limit::seconds(30), log_lines_per_minute: 60 }
    }
}

/// A place that records or events are delivered to. Which keys it may have depends on its kind.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub struct SinkTable {
    /// What it is: "file-drop", "http", "syslog", "stdout" or "metrics".
    pub kind: Option<SinkKind>,
    /// file-drop: the folder, which must exist.
    pub directory: Option<FilePath>,
    /// file-drop: whether the raw output of devices is kept beside the records, true or false.
    pub keep_raw: bool,
    /// file-drop: how long records are gathered for one drop, as a time such as "15m", which it is if not given.
    pub gather: Option<Span>,
    /// http: where batches are posted, such as "https://192.0.2.20:8443/records".
    pub url: Option<Label>,
    /// http: the file whose one line is the bearer token; readable by its owner alone (mode 0600).
    pub token_file: Option<FilePath>,
    /// http: the name of the systemd credential that holds the bearer token.
    pub token_credential: Option<Label>,
    /// http, syslog: the PEM file of the certificate authorities that are trusted; no other is.
    pub ca_file: Option<FilePath>,
    /// http, syslog: the PEM file of the client certificate.
    pub certificate_file: Option<FilePath>,
    /// http, syslog: the PEM file of the client certificate's key; readable by its owner alone (mode 0600).
    pub key_file: Option<FilePath>,
    /// http: whether batches are sent compressed, true or false.
    pub gzip: Option<bool>,
    /// http: how long one request may take, as a duration such as "30s".
    pub timeout: Option<Limit>,
    /// syslog: where, such as "udp://192.0.2.30:514", "tcp://…", "tls://log.example:6514" or "unix:///dev/log".
    pub to: Option<Label>,
    /// syslog: the form, "rfc5424" or "cef".
    pub form: Option<SyslogForm>,
    /// syslog: the facility, 0 to 23; 13 (log audit) if not given.
    #[schemars(range(max = 23))]
    pub facility: Option<u8>,
    /// metrics: the file, ending in .prom, that node_exporter's textfile collector reads.
    pub file: Option<FilePath>,
    /// metrics: how often it is written, as a time such as "1m".
    pub every: Option<Span>,
    /// Lines in one batch at most, 1 to 100000; 1000 if not given, 100 where keep_raw is true.
    #[schemars(range(min = 1, max = 100_000))]
    pub batch_lines: Option<u32>,
    /// Lines that may wait before polling stops, at least 1; 1000000 if not given.
    #[schemars(range(min = 1))]
    pub most_waiting: Option<u32>,
    /// Refused lines that are kept before the sink stops, at least 1; 10000 if not given.
    #[schemars(range(min = 1))]
    pub most_refused: Option<u32>,
    /// How soon a delivery that failed is tried again, as a time such as "5s"; twice as long after each further failure.
    pub retry: Option<Span>,
    /// The longest time between two tries, as a time such as "15m".
    pub retry_most: Option<Span>,
}
