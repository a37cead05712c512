//! Several captures of one device, one record.
//!
//! Every field is taken from the capture that knows it best and states it; the next one fills what it leaves
//! out. Which one knows best is said here and nowhere else ([`Part::order`]):
//!
//! | part of the record | first, then … | last |
//! |---|---|---|
//! | host name, platform, software version, boot level | `show version`, `show sysinfo` | NETCONF |
//! | UDIs, model, serial number | `show license udi`, `… all`, `… tech support`, `… status`, `… authorization`, NETCONF, `show inventory`, `… host-id` | `show version`; then any other |
//! | inventory | `show inventory`, NETCONF | any other |
//! | throughput | `show platform hardware throughput …`, `show version` | any other |
//! | clock | `show clock`, NETCONF | the banner above any other output |
//! | licensing: model, registration, authorization, transport, policy, reporting, trust … | `show license all`, `… tech support`, `… status`, `… authorization`, `… usage`, `… summary` | NETCONF |
//! | licences: name, count, status, enforcement … | `show license all`, `… tech support`, `… usage`, `… summary`, `… authorization`, `… detail`, `show license` | NETCONF |
//! | licences: entitlement tag | NETCONF, whose tags are whole | `show license tech support` |
//!
//! Commands that a row does not name stand between its two columns, in the order given. Three things go before
//! precedence: a time resolved to UTC before the same one unresolved, a UDI list with roles before one without,
//! and a PID before model words. A prompt that cuts a long host name, and the one that AireOS comes with, give way
//! to the whole name, and a UDI that names another part than the chassis gives the chassis the word (ISR 3945).
//!
//! Captures that contradict each other give a `conflict` diagnostic that names both, and which was kept: above all a
//! device that answers NETCONF and the command line with two states of things. A licence that one of these two lists
//! in use and the other does not is kept and told. Times and report counters move between two commands and are no
//! contradiction. Values are shown cut, and conflicts beyond a hundred are counted.

mod disagreements;
mod facts;
mod identity;
mod joined;
mod licenses;

use std::borrow::Cow;

use super::{DeviceRecord, Diagnostic, Severity};
use crate::command::Command;
use facts::Fact;

/// Makes one record of several about one device. Sources are kept in order, and diagnostics with them.
///
/// ```
/// # use licwatch_parsers::{Hints, parse, record::merge, text::Cleaned};
/// let clock = Cleaned::new(b"core-1#show clock\n11:43:15.743 UTC Wed Nov 17 2021\ncore-1#");
/// let udi = Cleaned::new(b"core-1#show license udi\nUDI: PID:C9300-24UX,SN:FOC0000X0AA\ncore-1#");
/// let record = merge(&[parse(&clock, Hints::default()), parse(&udi, Hints::default())]);
/// assert_eq!(record.device.hostname.as_deref(), Some("core-1"));
/// assert_eq!(record.sources.len(), 2);
/// ```
pub fn merge<'a>(records: &[DeviceRecord<'a>]) -> DeviceRecord<'a> {
    let mut merging = Merging { records, remarks: Vec::new(), hidden: None };
    let mut merged = DeviceRecord::default();
    identity::device(&mut merging, &mut merged.device);
    joined::licensing(&mut merging, &mut merged.licensing);
    merged.licenses = licenses::join(&mut merging);
    for record in records {
        let shift = merged.sources.len();
        merged.sources.extend(record.sources.iter().cloned());
        merged.diagnostics.extend(record.diagnostics.iter().filter(|found| !merging.answers(found)).map(
            |diagnostic| Diagnostic {
                source: diagnostic.source.filter(|_| !record.sources.is_empty()).map(|source| source + shift),
                ..diagnostic.clone()
            },
        ));
    }
    merging.count_hidden();
    merged.diagnostics.append(&mut merging.remarks);
    merged
}

/// More conflicts than this are counted: these are two devices, or an attack.
const MOST_CONFLICTS: usize = 100;
/// So many characters of a value are shown.
const SHOWN: usize = 80;

/// The parts of the record that have an order of their own.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Part {
    Software,
    Identity,
    Inventory,
    Throughput,
    Clock,
    Licensing,
    Licenses,
}

impl Part {
    /// The commands that know this part best, best first.
    fn order(self) -> &'static [Command] {
        use Command as C;
        match self {
            Self::Software => &[C::ShowVersion, C::ShowSysinfo],
            Self::Identity => &[
                C::ShowLicenseUdi,
                C::ShowLicenseAll,
                C::ShowLicenseTechSupport,
                C::ShowLicenseStatus,
                C::ShowLicenseAuthorization,
                C::NetconfGet,
                C::ShowInventory,
                C::ShowInventoryAll,
                C::ShowLicenseHostId,
                C::ShowVersion,
            ],
            Self::Inventory => &[C::ShowInventory, C::ShowInventoryAll, C::NetconfGet],
            Self::Throughput => &[
                C::ShowPlatformHardwareThroughputLevel,
                C::ShowPlatformHardwareThroughputCrypto,
                C::ShowVersion,
            ],
            Self::Clock => &[C::ShowClock, C::NetconfGet],
            Self::Licensing => &[
                C::ShowLicenseAll,
                C::ShowLicenseTechSupport,
                C::ShowLicenseStatus,
                C::ShowLicenseAuthorization,
                C::ShowLicenseUsage,
                C::ShowLicenseSummary,
            ],
            Self::Licenses => &[
                C::ShowLicenseAll,
                C::ShowLicenseTechSupport,
                C::ShowLicenseUsage,
                C::ShowLicenseSummary,
                C::ShowLicenseAuthorization,
                C::ShowLicenseDetail,
                C::ShowLicense,
            ],
        }
    }

    /// The place of a record in that order; NETCONF is last where it is not named.
    fn rank(self, record: &DeviceRecord<'_>) -> usize {
        let order = self.order();
        let of = |command: Option<Command>| match order.iter().position(|known| Some(*known) == command) {
            Some(rank) => rank,
            None if command == Some(Command::NetconfGet) => usize::MAX,
            None => order.len(),
        };
        commands(record).map(of).min().unwrap_or(order.len())
    }
}

/// Enough of a value to know it by.
fn excerpt(value: &str) -> Cow<'_, str> {
    match value.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", value.get(..end).unwrap_or_default()).into(),
        None => value.into(),
    }
}

/// The commands that a record was read from.
fn commands(record: &DeviceRecord<'_>) -> impl Iterator<Item = Option<Command>> {
    record.sources.iter().map(|source| source.command.as_deref().and_then(Command::typed))
}

/// The records that are merged, and what there is to say about it.
struct Merging<'r, 'a> {
    records: &'r [DeviceRecord<'a>],
    remarks: Vec<Diagnostic<'a>>,
    /// How many conflicts were not shown, and the record of the first.
    hidden: Option<(usize, usize)>,
}

impl<'r, 'a> Merging<'r, 'a> {
    /// Record numbers, the one that knows best first.
    fn ordered(&self, part: Part) -> Vec<usize> {
        let mut ordered: Vec<usize> = (0..self.records.len()).collect();
        ordered.sort_by_key(|&at| self.record(at).map(|record| part.rank(record)));
        ordered
    }

    fn record(&self, at: usize) -> Option<&'r DeviceRecord<'a>> {
        self.records.get(at)
    }

    /// What the records state, the one that knows best first.
    fn stated<T>(
        &self,
        part: Part,
        get: impl Fn(&'r DeviceRecord<'a>) -> Option<T>,
    ) -> impl Iterator<Item = (usize, T)> {
        self.ordered(part)
            .into_iter()
            .filter_map(move |at| Some((at, get(self.record(at)?)?)))
            .collect::<Vec<_>>()
            .into_iter()
    }

    /// The fact that is kept. Others that do not agree with it are conflicts.
    fn choose<T: Fact>(
        &mut self,
        part: Part,
        name: &str,
        get: impl Fn(&'r DeviceRecord<'a>) -> Option<T>,
    ) -> Option<T> {
        let mut stated = self.stated(part, get);
        let (mut from, mut kept) = stated.next()?;
        let others: Vec<_> = stated.collect();
        for (at, other) in &others {
            if other.agrees(&kept) && other.detail() > kept.detail() {
                (from, kept) = (*at, other.clone());
            }
        }
        for (at, other) in &others {
            if !other.agrees(&kept) {
                self.conflict(name, (from, &kept.shown()), (*at, &other.shown()));
            }
        }
        Some(kept)
    }

    fn conflict(&mut self, name: &str, kept: (usize, &str), other: (usize, &str)) {
        self.contradiction(other.0, |merging| {
            format!(
                "{}: {} states {}, {} states {}; the first is kept",
                excerpt(name),
                merging.title(kept.0),
                excerpt(kept.1),
                merging.title(other.0),
                excerpt(other.1)
            )
        });
    }

    /// A licence that one record lists in use and another one, which lists all, does not.
    fn one_sided(&mut self, license: &str, lists: usize, lists_not: usize) {
        self.contradiction(lists, |merging| {
            let (one, other) = (merging.title(lists), merging.title(lists_not));
            format!("licence {}: {one} lists it in use, {other} does not; it is kept", excerpt(license))
        });
    }

    fn contradiction(&mut self, at: usize, message: impl FnOnce(&Self) -> String) {
        if self.remarks.len() >= MOST_CONFLICTS {
            let (hidden, _) = self.hidden.get_or_insert((0, at));
            *hidden += 1;
            return;
        }
        let message = message(self);
        self.remark("conflict", message, at);
    }

    fn count_hidden(&mut self) {
        if let Some((hidden, at)) = self.hidden {
            self.remark("conflict", format!("and {hidden} more contradictions"), at);
        }
    }

    fn too_many(&mut self, at: usize, licenses: usize, others: usize) {
        let message = format!(
            "the {licenses} licences of {} were not joined with {others} others: too many for one device",
            self.title(at)
        );
        self.remark("not_joined", message, at);
    }

    fn remark(&mut self, code: &'static str, message: String, at: usize) {
        let source = self.first_source(at);
        let (severity, message) = (Severity::Warning, message.into());
        self.remarks.push(Diagnostic { severity, code, message, source, line: None, column: None });
    }

    /// How people know a record: its command and the number of its source.
    fn title(&self, at: usize) -> String {
        let source = self.record(at).and_then(|record| record.sources.first());
        let command = source.and_then(|source| source.command.as_deref());
        match (command, self.first_source(at)) {
            (Some(command), Some(number)) => format!("\"{command}\" (source {number})"),
            (None, Some(number)) => format!("source {number}"),
            (_, None) => format!("record {at}"),
        }
    }

    /// The number of a record's first source in the merged record.
    fn first_source(&self, at: usize) -> Option<usize> {
        self.record(at).filter(|record| !record.sources.is_empty())?;
        Some(self.records.iter().take(at).map(|record| record.sources.len()).sum())
    }

    /// Whether another record answers a diagnostic: what NETCONF does not tell, the command line told.
    fn answers(&self, diagnostic: &Diagnostic<'_>) -> bool {
        let tells =
            |command| matches!(command, Some(Command::ShowLicenseAll | Command::ShowLicenseTechSupport));
        diagnostic.code == "not_over_netconf"
            && self.records.iter().any(|record| commands(record).any(tells) && !record.is_empty())
    }
}

#[cfg(test)]
mod tests;
