//! What a poll has gathered, and the result that it makes.

use std::time::Instant;

use jiff::{SignedDuration, Timestamp};
use licwatch_parsers::Command;
use licwatch_parsers::record::{DeviceRecord, Diagnostic, Platform, SCHEMA, Severity};
use uuid::Uuid;

use super::{Job, Polled};
use crate::capture::{Capture, Origin};
use crate::collect::{plan, with_record};
use crate::observation::{OLD_ALGORITHMS, Observation, Observed, Outcome, Summary, chassis};
use crate::transport::cli::{CliSession, ReadCommand};
use crate::transport::ssh::{Facts, Stream};
use crate::transport::{Failure, Kind, Stage};

/// What a poll has gathered so far; it outlives the poll's deadline.
pub(super) struct Gathered {
    pub(super) captures: Vec<Capture>,
    /// Whether any of them is more than a refusal.
    pub(super) answered: bool,
    /// Whether a command about licences was answered.
    licences_answered: bool,
    /// The ways that answered.
    pub(super) transports: Vec<&'static str>,
    /// What the device's NETCONF hello said that it can do.
    pub(super) capabilities: Vec<String>,
    /// What was learned on the way, for people.
    remarks: Vec<String>,
    /// The commands that were answered, in order, and those of them that the device refused.
    pub(super) asked: Vec<Command>,
    pub(super) refused: Vec<Command>,
    /// Commands that the device refused, with its words.
    refusals: Vec<String>,
    /// Those of them that the user may not run.
    denials: Vec<String>,
    /// Whether the last handshake was an expensive one.
    pub(super) slow: Option<bool>,
    /// Whether it is known from earlier polls that they are.
    pub(super) narrow_lane: bool,
    /// Whether NETCONF was there, if it was tried.
    pub(super) netconf: Option<bool>,
    /// Whether the CLI answered anything.
    pub(super) cli_answered: bool,
    pub(super) wall: WallClock,
}

/// Turns the monotonic times of a session into the agent's time.
#[derive(Clone, Copy)]
pub(super) struct WallClock {
    began: Instant,
    began_at: Timestamp,
}

impl WallClock {
    /// A clock that begins now, at `now` of the agent's clock.
    pub(super) fn begin(now: Timestamp) -> Self {
        Self { began: Instant::now(), began_at: now }
    }

    /// The agent's time at the middle of an exchange.
    pub(super) fn middle(self, started: Instant, finished: Instant) -> Option<Timestamp> {
        let middle = started + finished.saturating_duration_since(started) / 2;
        let since = SignedDuration::try_from(middle.saturating_duration_since(self.began)).ok()?;
        self.began_at.checked_add(since).ok()
    }
}

impl Gathered {
    pub(super) fn new(wall: WallClock) -> Self {
        Self {
            captures: Vec::new(),
            answered: false,
            licences_answered: false,
            transports: Vec::new(),
            capabilities: Vec::new(),
            remarks: Vec::new(),
            asked: Vec::new(),
            refused: Vec::new(),
            refusals: Vec::new(),
            denials: Vec::new(),
            slow: None,
            narrow_lane: false,
            netconf: None,
            cli_answered: false,
            wall,
        }
    }

    /// Keeps what the connection taught.
    pub(super) fn note(&mut self, facts: &Facts) {
        if facts.host_key_recorded {
            self.remarks.push(format!(
                "host key {} was seen for the first time and is on record now",
                facts.host_key
            ));
        }
        self.slow = Some(facts.is_slow() || self.slow == Some(true));
        let legacy = facts.legacy();
        if !legacy.is_empty() {
            self.remarks.push(format!("{OLD_ALGORITHMS}{}", legacy.join(", ")));
        }
    }

    /// Whether the next handshake goes through the narrow lane.
    pub(super) fn is_narrow(&self) -> bool {
        self.slow.unwrap_or(self.narrow_lane)
    }

    /// The platform, as the device has told it so far, or the inventory.
    pub(super) fn platform(&self, job: &Job) -> Option<Platform> {
        let told = with_record(&self.captures, job.device.platform, |record| record.device.platform);
        told.or(job.device.platform)
    }

    /// A device that does not let the user run a command has told only a part of what it was asked for.
    pub(super) fn denied(&self, job: &Job) -> Option<Failure> {
        (!self.denials.is_empty()).then(|| {
            Failure::new(
                Stage::Command,
                Kind::CommandRefused,
                format!("{} does not permit the user to run: {}", job.device.name, self.denials.join("; ")),
                "permit them to the user on the AAA server (`poll --dry-run` lists all for a TACACS+ command set) or on \
                 the device",
            )
        })
    }

    /// A device that refused every way to its licences has told nothing that it was asked for.
    pub(super) fn without_licences(&self, job: &Job) -> Option<Failure> {
        let told = self.licences_answered
            || with_record(&self.captures, job.device.platform, |record| record.licenses.is_some());
        (!told && !self.refusals.is_empty()).then(|| {
            Failure::new(
                Stage::Command,
                Kind::CommandRefused,
                format!("{} refused every command about licences: {}", job.device.name, self.refusals.join("; ")),
                "let the user run them (`poll --dry-run` lists all for a TACACS+ command set), or give the enable \
                 secret with --enable-password-file",
            )
        })
    }

    pub(super) async fn run<S: Stream>(
        &mut self,
        session: &mut CliSession<S>,
        commands: &[Command],
    ) -> Option<Failure> {
        let commands: Vec<_> = commands.iter().filter_map(|command| ReadCommand::new(*command)).collect();
        session
            .run_each(&commands, |answer| {
                let at = self.wall.middle(answer.started, answer.finished);
                let command = answer.command.command();
                self.answered |= answer.refused.is_none();
                self.cli_answered = true;
                self.licences_answered |= answer.refused.is_none() && tells_licences(command);
                self.asked.push(command);
                if let Some(words) = answer.refused {
                    let refusal = format!("{}: {words}", answer.command);
                    self.refused.push(command);
                    self.denials.extend(is_denial(&words).then(|| refusal.clone()));
                    self.refusals.push(refusal);
                }
                self.captures.push(Capture::new(Some(command), Origin::Ssh, answer.raw, at));
            })
            .await
    }

    /// Makes the result: the record of whatever was answered, and how it went.
    pub(super) fn conclude(self, agent: &str, job: &Job, failure: Option<Failure>) -> Polled {
        let device = &job.device;
        let Self { captures, answered, transports, capabilities, remarks, wall, refusals, .. } = self;
        let outcome = match failure {
            None => Outcome::Complete,
            Some(_) if answered => Outcome::Partial,
            Some(_) => Outcome::Failed,
        };
        let elapsed = wall.began.elapsed();
        let observation = Observation {
            id: Uuid::now_v7(),
            agent: agent.to_owned(),
            device: device.name.clone(),
            address: device.address.to_string(),
            site: device.site.clone(),
            role: device.role.clone(),
            environment: device.environment.clone(),
            owner: device.owner.clone(),
            polled_at: wall.began_at,
            duration_ms: u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
            transport: match transports.as_slice() {
                [] => device.transport.to_string(),
                ways => ways.join("+"),
            },
            outcome,
            error: failure,
        };
        let mut serial_numbers = Vec::new();
        let mut offset_ms = None;
        let (line, summary, remarks) = with_record(&captures, device.platform, |mut record| {
            for words in remarks {
                record.diagnostics.push(on_the_way(words));
            }
            record.diagnostics.extend(other_serial_number(&record, job));
            record.diagnostics.extend(other_platform(&record, job));
            if answered {
                record.diagnostics.extend(left_open(&record, &refusals));
            }
            serial_numbers = chassis(&record);
            let offset = record.device.clock.as_ref().and_then(|clock| clock.offset_seconds);
            // Clocks are never so far apart that the number would be cut.
            offset_ms = offset.map(|seconds| (seconds * 1000.0).round() as i64);
            let line = serde_json::to_string(&Observed { record: &record, observation: &observation });
            let line = line.unwrap_or_else(|error| unprintable(&observation, &error));
            (line, Summary::of(&record), record.diagnostics.iter().filter_map(remark).collect())
        });
        Polled { observation, line, summary, serial_numbers, offset_ms, captures, capabilities, remarks }
    }
}

/// Whether the answer to a command tells which licences there are, not only whose they are.
fn tells_licences(command: Command) -> bool {
    let of_the_device = [Command::ShowLicenseUdi, Command::ShowLicenseHostId];
    command.spelling().starts_with("show license") && !of_the_device.contains(&command)
}

/// What the record says about itself that a person should know.
fn remark(diagnostic: &Diagnostic<'_>) -> Option<String> {
    (diagnostic.severity != Severity::Info).then(|| diagnostic.message.to_string())
}

/// The inventory expects a serial number that no chassis of the device has: another device answers there, or the
/// hardware was replaced.
fn other_serial_number(record: &DeviceRecord<'_>, job: &Job) -> Option<Diagnostic<'static>> {
    let expected = job.device.serial_number.as_deref()?;
    let found = record.device.serial_number.as_deref()?;
    // Spreadsheets have them in small letters, too.
    let is_it = |serial: &str| serial.eq_ignore_ascii_case(expected);
    let mut members = record.device.udis.iter().filter_map(|udi| udi.serial_number.as_deref());
    let known = is_it(found) || members.any(is_it);
    (!known).then(|| Diagnostic {
        code: "unexpected_serial_number",
        ..on_the_way(format!("the inventory expects serial number {expected}, the device says {found}"))
    })
}

/// The inventory states another platform than the device.
fn other_platform(record: &DeviceRecord<'_>, job: &Job) -> Option<Diagnostic<'static>> {
    let (expected, found) = (job.device.platform?, record.device.platform?);
    let of_ios = |platform| matches!(platform, Platform::Ios | Platform::IosXe);
    let same = expected == found || (of_ios(expected) && of_ios(found));
    (!same).then(|| Diagnostic {
        code: "unexpected_platform",
        ..on_the_way(format!("the inventory expects the platform {expected}, the device is {found}"))
    })
}

/// What the device was asked for and did not tell, whatever way it was asked.
fn left_open(record: &DeviceRecord<'_>, refusals: &[String]) -> Option<Diagnostic<'static>> {
    let open = plan::left_open(record);
    if open.is_empty() {
        return None;
    }
    let mut words = format!("the device did not tell {}", open.join(", "));
    if !refusals.is_empty() {
        words.push_str(&format!("; it refused {}", refusals.join("; ")));
    }
    Some(Diagnostic { code: "left_open", ..on_the_way(words) })
}

/// Whether these are the words with which a device refuses what the user may not run.
///
/// ```text
/// Command authorization failed.               % Authorization failed.        Authorization Failed. No sufficient privileges.
/// % Permission denied for the role            % This command is not authorized
/// Error: AAA authorization failed for command:show license all
/// ```
fn is_denial(words: &str) -> bool {
    let words = words.to_ascii_lowercase();
    ["authorization failed", "permission denied", "not authorized"]
        .iter()
        .any(|denial| words.contains(denial))
}

fn on_the_way(words: String) -> Diagnostic<'static> {
    Diagnostic {
        severity: Severity::Warning,
        code: "transport",
        message: words.into(),
        source: None,
        line: None,
        column: None,
    }
}

/// A record that cannot be written is our own fault; the device's line must come all the same.
fn unprintable(observation: &Observation, error: &serde_json::Error) -> String {
    let message = format!("the record could not be written as JSON: {error}");
    serde_json::json!({
        "schema": SCHEMA,
        "diagnostics": [{"severity": "error", "code": "unprintable", "message": message}],
        "observation": {"id": observation.id, "device": observation.device, "outcome": "failed"},
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whose_licences_they_are_does_not_tell_them() {
        for command in [Command::ShowLicenseUsage, Command::ShowLicenseAll, Command::ShowLicense] {
            assert!(tells_licences(command), "{command}");
        }
        for command in [Command::ShowLicenseHostId, Command::ShowLicenseUdi, Command::ShowVersion] {
            assert!(!tells_licences(command), "{command}");
        }
    }
}
