//! Reading one `[sink.NAME]`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{
    ConfiguredSink, DROP, FileDropSettings, GATHER, HttpSettings, MetricsSettings, SinkBounds, SinkSettings,
    SyslogSettings, Target, check_url, is_open_to_listeners,
};
use crate::config::problem::{Problem, Problems};
use crate::config::service::SinkTable;
use crate::config::source::Source;
use crate::config::value::{FilePath, Limit, SinkKind, Span, SyslogForm};
use crate::credentials::SecretSource;

/// How often metrics are written if nobody says.
const EVERY: Span = Span::minutes(1);
/// How long one request may take if nobody says.
const TIMEOUT: Limit = Limit::seconds(30);
/// Log audit.
const FACILITY: u8 = 13;

/// The keys that not every kind has, with the kinds that have them.
const OWN: [(&str, &[SinkKind]); 16] = [
    ("directory", &[SinkKind::FileDrop]),
    ("keep_raw", &[SinkKind::FileDrop]),
    ("gather", &[SinkKind::FileDrop]),
    ("url", &[SinkKind::Http]),
    ("token_file", &[SinkKind::Http]),
    ("token_credential", &[SinkKind::Http]),
    ("gzip", &[SinkKind::Http]),
    ("timeout", &[SinkKind::Http]),
    ("ca_file", &[SinkKind::Http, SinkKind::Syslog]),
    ("certificate_file", &[SinkKind::Http, SinkKind::Syslog]),
    ("key_file", &[SinkKind::Http, SinkKind::Syslog]),
    ("to", &[SinkKind::Syslog]),
    ("form", &[SinkKind::Syslog]),
    ("facility", &[SinkKind::Syslog]),
    ("file", &[SinkKind::Metrics]),
    ("every", &[SinkKind::Metrics]),
];
/// The keys of what is delivered in batches, which metrics are not.
const BATCHED: [&str; 5] = ["batch_lines", "most_waiting", "most_refused", "retry", "retry_most"];

/// One table, with what is wrong with it told on the way.
pub(super) struct Reader<'r> {
    pub(super) name: &'r str,
    pub(super) table: &'r SinkTable,
    pub(super) source: &'r Source,
    pub(super) folder: &'r Path,
    pub(super) problems: &'r mut Problems,
    /// Whether anything was.
    pub(super) wrong: bool,
}

impl Reader<'_> {
    /// The sink; what is told on the way makes it void.
    pub(super) fn sink(&mut self, drop_is_there: bool) -> Option<ConfiguredSink> {
        self.check_name(drop_is_there);
        let Some(kind) = self.table.kind else {
            // A value of a wrong form was told already.
            if self.states("kind") {
                return None;
            }
            let message = format!("sink \"{}\" has no kind", self.name);
            let remedy = "add kind = \"file-drop\", \"http\", \"syslog\", \"stdout\" or \"metrics\"";
            self.at_table(message, remedy);
            return None;
        };
        self.check_keys(kind);
        let bounds = self.bounds();
        let settings = match kind {
            SinkKind::FileDrop => self.file_drop().map(SinkSettings::FileDrop),
            SinkKind::Http => self.http().map(SinkSettings::Http),
            SinkKind::Syslog => self.syslog().map(SinkSettings::Syslog),
            SinkKind::Stdout => Some(SinkSettings::Stdout),
            SinkKind::Metrics => self.metrics().map(SinkSettings::Metrics),
        };
        Some(ConfiguredSink { name: self.name.to_owned(), settings: settings?, bounds })
    }

    fn check_name(&mut self, drop_is_there: bool) {
        const LONGEST: usize = 64;
        let plain = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
        if self.name.is_empty() || self.name.len() > LONGEST || !self.name.chars().all(plain) {
            let message = format!("the name of a sink is 1 to {LONGEST} of A-Z, a-z, 0-9, _ and -");
            self.at_table(message, "choose another name");
        }
        if self.name == DROP && drop_is_there {
            let message = format!("there are two sinks \"{DROP}\": this one and that of [drop] directory");
            self.at_table(message, "give this one another name, or remove directory from [drop]");
        }
    }

    fn check_keys(&mut self, kind: SinkKind) {
        for (key, kinds) in OWN {
            if !kinds.contains(&kind) && self.states(key) {
                let kinds: Vec<_> = kinds.iter().map(|kind| format!("\"{kind}\"")).collect();
                let belongs = format!("belongs to kind {}", kinds.join(" and "));
                self.not_of(key, &belongs, kind);
            }
        }
        for key in BATCHED {
            if kind == SinkKind::Metrics && self.states(key) {
                self.not_of(key, "belongs to kinds that are delivered to in batches", kind);
            }
        }
    }

    fn not_of(&mut self, key: &'static str, belongs: &str, kind: SinkKind) {
        let message = format!("`sink.{}.{key}` {belongs}, this sink is of kind \"{kind}\"", self.name);
        let path = ["sink", self.name, key];
        self.tell(self.source.at_key(&path, message, "remove it, or change kind"));
    }

    fn bounds(&mut self) -> SinkBounds {
        let usual = SinkBounds::usual(self.table.keep_raw);
        let table = self.table;
        let lines = self.count("batch_lines", table.batch_lines, 1..=100_000);
        let waiting = self.count("most_waiting", table.most_waiting, 1..=u32::MAX);
        let refused = self.count("most_refused", table.most_refused, 1..=u32::MAX);
        let retry = self.span("retry", table.retry, Duration::from_millis(100)).unwrap_or(usual.retry);
        // Whoever asks for a long first wait need not name the longest, too.
        let most = self.span("retry_most", table.retry_most, Duration::from_millis(100));
        let retry_most = most.unwrap_or(usual.retry_most.max(retry));
        if retry > retry_most {
            self.at_value("retry_most", "must not be shorter than retry", "let it be the longer one");
        }
        SinkBounds {
            batch_lines: lines.unwrap_or(usual.batch_lines),
            most_waiting: waiting.unwrap_or(usual.most_waiting),
            most_refused: refused.unwrap_or(usual.most_refused),
            retry,
            retry_most,
        }
    }

    fn file_drop(&mut self) -> Option<FileDropSettings> {
        let directory = self.path(self.table.directory.as_ref());
        let directory = self.required("directory", directory, "the folder that drops are published in");
        let gather = self.table.gather.unwrap_or(GATHER).duration();
        Some(FileDropSettings { directory: directory?, keep_raw: self.table.keep_raw, gather })
    }

    fn http(&mut self) -> Option<HttpSettings> {
        let table = self.table;
        let url = table.url.as_ref().map(|url| url.as_str().to_owned());
        let url =
            self.required("url", url, "where batches are posted, such as https://192.0.2.20:8443/records");
        match url.as_deref().map(check_url) {
            Some(Ok(url)) => {
                self.authorities(url.scheme() == "https", "url", "https");
                if is_open_to_listeners(&url) {
                    self.no_token_in_clear();
                }
            }
            Some(Err(predicate)) => self.at_value("url", &predicate, "name the collector's URL"),
            None => {}
        }
        let token_file = self.path(table.token_file.as_ref()).map(SecretSource::File);
        let token_credential = table.token_credential.as_ref();
        let token_credential = token_credential.map(|name| SecretSource::Systemd(name.as_str().to_owned()));
        if token_file.is_some() && token_credential.is_some() {
            let message = "the token comes from both `token_file` and `token_credential`";
            let path = ["sink", self.name, "token_credential"];
            let remedy = "keep the one that is meant and remove the other";
            self.tell(self.source.at_key(&path, message, remedy));
        }
        Some(HttpSettings {
            url: url?,
            token: token_file.or(token_credential),
            ca_file: self.path(table.ca_file.as_ref()),
            certificate_file: self.path(table.certificate_file.as_ref()),
            key_file: self.path(table.key_file.as_ref()),
            gzip: table.gzip.unwrap_or(true),
            timeout: table.timeout.unwrap_or(TIMEOUT).duration(),
        })
    }

    /// A token would cross the network readable for everybody.
    fn no_token_in_clear(&mut self) {
        for key in ["token_file", "token_credential"] {
            if self.states(key) {
                let message =
                    format!("sink \"{}\" would send its token in clear: `url` is of http", self.name);
                let path = ["sink", self.name, key];
                let remedy = "let url begin with \"https://\" and name ca_file, or remove the token";
                self.tell(self.source.at_key(&path, message, remedy));
            }
        }
    }

    fn syslog(&mut self) -> Option<SyslogSettings> {
        let table = self.table;
        let to = table.to.as_ref().map(|to| to.as_str().to_owned());
        let to = self.required("to", to, "where, such as \"udp://192.0.2.30:514\" or \"unix:///dev/log\"");
        let target = to.and_then(|to| match Target::read(&to) {
            Ok(target) => Some(target),
            Err(predicate) => {
                self.at_value("to", &predicate, "name the syslog receiver");
                None
            }
        });
        if let Some(target) = &target {
            self.authorities(matches!(target, Target::Tls(_)), "to", "tls");
        }
        let facility = table.facility.unwrap_or(FACILITY);
        if facility > 23 {
            self.at_value(
                "facility",
                "must be from 0 to 23",
                "13 is log audit, 16 to 23 are local0 to local7",
            );
        }
        Some(SyslogSettings {
            target: target?,
            form: table.form.unwrap_or(SyslogForm::Rfc5424),
            facility,
            ca_file: self.path(table.ca_file.as_ref()),
            certificate_file: self.path(table.certificate_file.as_ref()),
            key_file: self.path(table.key_file.as_ref()),
        })
    }

    /// Whether certificates are named where they are used, and only there.
    fn authorities(&mut self, is_tls: bool, key: &'static str, scheme: &str) {
        const FILES: [&str; 3] = ["ca_file", "certificate_file", "key_file"];
        if !is_tls {
            let stated: Vec<_> = FILES.into_iter().filter(|file| self.states(file)).collect();
            for file in stated {
                let message =
                    format!("`sink.{}.{file}` is for {scheme} alone, and `{key}` does not use it", self.name);
                let path = ["sink", self.name, file];
                let remedy = format!("let {key} begin with \"{scheme}://\", or remove {file}");
                self.tell(self.source.at_key(&path, message, remedy));
            }
            return;
        }
        if !self.states("ca_file") {
            let message = format!("sink \"{}\" trusts no authority: {scheme} needs ca_file", self.name);
            self.at_table(message, "add ca_file = \"…\", the PEM file of the authorities that the receiver's certificate comes from");
        }
        for (given, missing) in [("certificate_file", "key_file"), ("key_file", "certificate_file")] {
            if self.states(given) && !self.states(missing) {
                let message = format!("`sink.{}.{given}` is given, but no {missing}", self.name);
                let path = ["sink", self.name, given];
                let remedy = format!("add {missing}, or remove {given}");
                self.tell(self.source.at_key(&path, message, remedy));
            }
        }
    }

    fn metrics(&mut self) -> Option<MetricsSettings> {
        let file = self.path(self.table.file.as_ref());
        let file = self.required("file", file, "the file that node_exporter reads, ending in .prom");
        if file.as_ref().is_some_and(|file| file.extension().is_none_or(|ending| ending != "prom")) {
            let remedy = "node_exporter reads files of this ending alone";
            self.at_value("file", "must end in .prom", remedy);
        }
        let every = self.span("every", self.table.every, Duration::from_secs(1));
        Some(MetricsSettings { file: file?, every: every.unwrap_or(EVERY.duration()) })
    }

    fn required<T>(&mut self, key: &'static str, value: Option<T>, what: &str) -> Option<T> {
        // A value of a wrong form was told already.
        if value.is_none() && !self.states(key) {
            let message = format!("sink \"{}\" has no {key}", self.name);
            self.at_table(message, &format!("add {key} = \"…\", {what}"));
        }
        value
    }

    fn count(
        &mut self,
        key: &'static str,
        value: Option<u32>,
        allowed: std::ops::RangeInclusive<u32>,
    ) -> Option<u32> {
        if value.is_some_and(|value| !allowed.contains(&value)) {
            let predicate = match *allowed.end() {
                u32::MAX => format!("must be at least {}", allowed.start()),
                most => format!("must be from {} to {most}", allowed.start()),
            };
            self.at_value(key, &predicate, "choose a number of lines");
        }
        value
    }

    fn span(&mut self, key: &'static str, value: Option<Span>, least: Duration) -> Option<Duration> {
        let value = value?.duration();
        if value < least {
            let predicate = format!("must be at least {} ms", least.as_millis());
            self.at_value(key, &predicate, "choose a longer time");
        }
        Some(value)
    }

    fn path(&self, path: Option<&FilePath>) -> Option<PathBuf> {
        path.map(|path| path.from_folder(self.folder))
    }

    fn states(&self, key: &str) -> bool {
        self.source.states(&["sink", self.name, key])
    }

    fn at_table(&mut self, message: String, remedy: &str) {
        self.tell(self.source.at_key(&["sink", self.name], message, remedy));
    }

    fn at_value(&mut self, key: &'static str, predicate: &str, remedy: &str) {
        let message = format!("`sink.{}.{key}` {predicate}", self.name);
        self.tell(self.source.at_value(&["sink", self.name, key], message, remedy));
    }

    fn tell(&mut self, problem: Problem) {
        self.wrong = true;
        self.problems.push(problem);
    }
}
