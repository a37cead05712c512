//! The files that sinks need: authorities, certificates, keys and tokens. Nothing is dialled.

use std::sync::Arc;

use super::super::poll::agent_name;
use super::Finding;
use crate::clock::SystemClock;
use crate::config::{Config, HttpSettings, SinkSettings, Target, check_url, is_open_to_listeners};
use crate::credentials::Process;
use crate::deliver::http::HttpSink;
use crate::deliver::syslog::SyslogSink;

pub(super) fn look(config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    for sink in config.sinks() {
        let (place, checked) = match &sink.settings {
            SinkSettings::Http(settings) => {
                findings.extend(listeners(&sink.name, settings));
                let clock = Arc::new(SystemClock::new());
                let made = HttpSink::new(settings.clone(), &agent_name(config), Arc::new(Process), clock);
                (settings.url.clone(), made.and_then(|made| made.check()))
            }
            SinkSettings::Syslog(settings) if matches!(settings.target, Target::Tls(_)) => {
                (settings.target.to_string(), SyslogSink::new(settings, "").check())
            }
            // They need none; folders of drops are looked at by themselves.
            SinkSettings::Syslog(_)
            | SinkSettings::FileDrop(_)
            | SinkSettings::Stdout
            | SinkSettings::Metrics(_) => continue,
        };
        findings.push(match checked {
            Ok(()) => Finding::good("sink", &sink.name, format!("what {place} needs can be read")),
            Err(problem) => Finding::bad("sink", &sink.name, problem, format!("see [sink.{}]", sink.name)),
        });
    }
    findings
}

/// Whether others could read what is sent. A token is not sent so: the configuration would be refused.
fn listeners(name: &str, settings: &HttpSettings) -> Option<Finding> {
    let url = check_url(&settings.url).ok().filter(is_open_to_listeners)?;
    let remedy = format!("use https, and give [sink.{name}] ca_file");
    Some(Finding::doubtful("sink", name, format!("the records can be read on their way to {url}"), remedy))
}
