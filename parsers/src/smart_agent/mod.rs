//! The Smart Agent's output: one grammar for every platform that carries the agent (IOS XE, IOS XR, NX-OS, ASA)
//! and every command that shows it, since each command prints some of the same sections.
//!
//! A section begins with a known heading at the left margin; within it lines are read by their key, never by their
//! column, because indentation differs from agent to agent. Agents 1.6 to 6.3 are read: Smart Licensing Using Policy
//! (IOS XE 17.3.2 and later), classic Smart Licensing, and Specific or Permanent License Reservation.
//!
//! ```text
//! Smart Licensing Using Policy:
//!   Status: ENABLED
//!
//! Account Information:
//!   Smart Account: Harbour Logistics As of Jan 10 20:31:32 2022 UTC
//! ```
//! Captures: `testdata/captures/ios-xe/show_license_*`

mod authorizations;
mod conversion;
mod enforcement;
pub mod eventlog;
mod heading;
mod history;
mod model;
mod places;
mod policy;
mod reporting;
mod rum;
mod section;
mod settings;
mod status;
mod summary;
mod terms;
mod trust;
mod udi;
mod usage;

use crate::command::Command;
use crate::diagnose;
use crate::record::{DeviceRecord, Diagnostic, Severity};
use crate::text::{Cursor, Line};

use heading::Heading;
use model::Evidence;
use places::Places;
use section::Section;

/// Reads any output of the Smart Agent.
pub fn read<'a>(cursor: &mut Cursor<'a>, record: &mut DeviceRecord<'a>) {
    let mut reading = Reading { record, evidence: Evidence::default(), places: Places::default() };
    while let Some(line) = cursor.next() {
        if let Some(heading) = heading::of(&line) {
            reading.section(heading, line, cursor);
        } else {
            reading.loose_line(line, cursor);
        }
    }
    reading.finish();
}

/// Whether an output is the Smart Agent's, where PAK licensing answers to the same command.
pub fn speaks(body: &str) -> bool {
    Cursor::new(body, 0).take(60).any(|line| {
        heading::of(&line).is_some()
            || usage::block_name(&line).is_some()
            || line.trimmed().starts_with("Smart Licensing is ")
            || udi::lone(line.trimmed()).is_some()
    })
}

/// Which command printed an output of the Smart Agent.
pub fn recognize(body: &str) -> Option<Command> {
    let mut lines = Cursor::new(body, 0).filter(|line| !line.is_blank() && !line.is_rule());
    let first = lines.next()?;
    match heading::of(&first) {
        Some(Heading::TechSupport) => return Some(Command::ShowLicenseTechSupport),
        // Some agents print no title above their technical support.
        Some(Heading::Title) if lines.any(|line| only_in_tech_support(&line)) => {
            return Some(Command::ShowLicenseTechSupport);
        }
        Some(Heading::Title) => return Some(Command::ShowLicenseAll),
        Some(Heading::Internals) => return Some(Command::ShowLicenseTechSupport),
        Some(Heading::RumList) => return Some(Command::ShowLicenseRumIdAll),
        Some(Heading::RumDetail) => return Some(Command::ShowLicenseRumIdDetail),
        Some(Heading::History) => return Some(Command::ShowLicenseHistoryMessage),
        Some(Heading::ReservationInfo) => return Some(Command::ShowLicenseReservation),
        Some(Heading::Conversion) => return Some(Command::ShowLicenseDataConversion),
        Some(Heading::OverallStatus | Heading::Authorizations | Heading::DeviceAuthorizations) => {
            let reserves = |line: Line<'_>| line.trimmed().starts_with("Reservation status:");
            return Some(if lines.any(reserves) {
                Command::ShowLicenseReservation
            } else {
                Command::ShowLicenseAuthorization
            });
        }
        _ => {}
    }
    if authorizations::enabled(first.trimmed()).is_some() {
        return Some(Command::ShowLicenseReservation);
    }
    if udi::lone(first.trimmed()).is_some() {
        return Some(Command::ShowLicenseUdi);
    }
    if rum::row(first.trimmed()).is_some() {
        return Some(Command::ShowLicenseRumIdAll);
    }
    let mut known = heading::of(&first).is_some() || first.trimmed().starts_with("Smart Licensing is ");
    for line in std::iter::once(first).chain(lines) {
        if summary::is_table_head(line.trimmed()) {
            return Some(Command::ShowLicenseSummary);
        }
        if usage::block_name(&line).is_some() || usage::says_none(line.trimmed()) {
            return Some(Command::ShowLicenseUsage);
        }
        known |= heading::of(&line).is_some();
    }
    known.then_some(Command::ShowLicenseStatus)
}

/// The PID of the first UDI that an output names. It tells which platform carries the agent.
pub(crate) fn device_pid(body: &str) -> Option<&str> {
    body.lines().filter_map(|line| udi::lone_pid(line.trim())).next()
}

/// What `show license all` never prints: usage by handle, and the agent's innards.
fn only_in_tech_support(line: &Line<'_>) -> bool {
    line.text.starts_with("Handle: ") || heading::of(line) == Some(Heading::Internals)
}

/// A reading in progress: the record, and what the output has shown of the licensing model so far.
struct Reading<'r, 'a> {
    record: &'r mut DeviceRecord<'a>,
    evidence: Evidence,
    places: Places<'a>,
}

impl<'a> Reading<'_, 'a> {
    fn section(&mut self, heading: Heading, line: Line<'a>, cursor: &mut Cursor<'a>) {
        let mut section = Section::new(cursor);
        match heading {
            // Their lines are read one by one, as they are where no heading stands above them.
            Heading::Title
            | Heading::TechSupport
            | Heading::LicenseUsage
            | Heading::ProductInformation
            | Heading::AgentVersion
            | Heading::RumList => {}
            Heading::Registration => status::registration(&mut section, self),
            Heading::Authorization => status::authorization(&mut section, self),
            Heading::Utility => settings::utility(&mut section, self),
            Heading::UsingPolicy => settings::using_policy(&mut section, self),
            Heading::Account => settings::account(&mut section, self),
            Heading::Privacy => settings::privacy(&mut section, self),
            Heading::Transport => settings::transport(&mut section, self),
            Heading::Miscellaneous => settings::miscellaneous(&mut section, self),
            Heading::Policy => policy::read(&mut section, self),
            Heading::PolicyV2 => policy::read_v2(&mut section, self),
            Heading::Conversion => conversion::read(&mut section, self),
            Heading::UsageReporting => reporting::read(&mut section, self),
            Heading::TrustCode => trust::read(line, &mut section, self),
            Heading::HaError => self.ha_error(&mut section),
            Heading::DeviceAuthorizations => {
                self.evidence.policy = true;
                authorizations::members(&mut section, self);
            }
            Heading::ReservationInfo | Heading::OverallStatus => authorizations::members(&mut section, self),
            Heading::Authorizations | Heading::SpecifiedReservations => {
                authorizations::licences(&mut section.with_blocks(), self);
            }
            Heading::EnforcementStatus => enforcement::status(&mut section.with_blocks(), self),
            Heading::DeviceEnforcement => enforcement::state(&mut section, self),
            Heading::UsageReportSummary => rum::summary(&mut section, self),
            Heading::Telemetry => settings::telemetry(&mut section),
            Heading::RumDetail => rum::detail(&mut section, self),
            Heading::History => history::read(cursor),
            // What stands there is no part of the record.
            Heading::Skipped => section.pass_over(),
            Heading::Internals => pass_over_internals(cursor),
        }
    }

    /// A line that stands under no heading, or under one that says nothing about its lines.
    fn loose_line(&mut self, line: Line<'a>, cursor: &mut Cursor<'a>) {
        let text = line.trimmed();
        let known = settings::enabled(text, self)
            || self.reservation(text, cursor)
            || summary::read(text, cursor, self)
            || usage::read(&line, cursor, self)
            || udi::read(text, self)
            || rum::list_row(text, self);
        if !known {
            cursor.unclaimed(line);
        }
    }

    /// `License reservation: DISABLED`, where no heading stands above it.
    fn reservation(&mut self, text: &str, cursor: &mut Cursor<'a>) -> bool {
        let Some(enabled) = authorizations::enabled(text) else { return false };
        self.record.licensing.reservation.enabled = Some(enabled);
        authorizations::members(&mut Section::new(cursor), self);
        true
    }

    fn ha_error(&mut self, section: &mut Section<'_, 'a>) {
        for line in section {
            self.record.diagnostics.push(Diagnostic {
                severity: Severity::Warning,
                code: "ha_configuration_error",
                message: diagnose::masked(line.trimmed()),
                source: Some(0),
                line: None,
                column: None,
            });
        }
    }

    fn finish(self) {
        udi::conclude(self.record);
        if self.record.licensing.model.is_none() {
            self.record.licensing.model = self.evidence.model();
        }
    }
}

/// The agent's innards in `show license tech support`: they hold lines that look like headings, and end where
/// the next underlined one stands.
fn pass_over_internals(cursor: &mut Cursor<'_>) {
    while cursor.peek().is_some_and(|line| line.is_blank() || line.is_rule()) {
        cursor.next();
    }
    while let Some(line) = cursor.peek() {
        let underlined = cursor.peek_second().is_some_and(|next| next.is_rule());
        if underlined && heading::of(&line).is_some() || summary_of_reports(&line) {
            return;
        }
        cursor.next();
    }
}

fn summary_of_reports(line: &Line<'_>) -> bool {
    matches!(heading::of(line), Some(Heading::UsageReportSummary | Heading::ReservationInfo))
}
