//! What there is to know of a device: findings that somebody must see to, and notes.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::inventory::Device;
use crate::store::status::{History, Known, Next, Shown, Stop, Trouble};

/// So long after its time a poll is not yet overdue: windows, pools and restarts move it a little.
const OVERDUE: SignedDuration = SignedDuration::from_hours(1);
/// A poll that takes so many times as long as usual is slow.
const UNUSUAL: u64 = 3;
/// A poll of less than this is never slow, in milliseconds.
const QUICK_MS: u64 = 5_000;

/// What is held against a device.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    pub(super) now: Timestamp,
    pub(super) silent_after: SignedDuration,
    pub(super) clock: SignedDuration,
}

/// What somebody must see to.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Finding {
    Silent,
    Locked,
    Overdue,
    Lapsed,
}

impl Finding {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Silent => "silent",
            Self::Locked => "locked",
            Self::Overdue => "overdue",
            Self::Lapsed => "lapsed",
        }
    }
}

/// A device and what there is to know of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Standing {
    pub(super) name: String,
    pub(super) site: Option<String>,
    pub(super) role: Option<String>,
    pub(super) owner: Option<String>,
    /// Whether the inventory lists it.
    pub(super) listed: bool,
    /// When it was last polled, and how that went.
    pub(super) seen_at: Option<Timestamp>,
    pub(super) outcome: Option<String>,
    pub(super) transport: Option<String>,
    pub(super) duration_ms: Option<u64>,
    pub(super) carried_by: Option<String>,
    pub(super) error: Option<Trouble>,
    /// When it last answered, and what.
    pub(super) answered_at: Option<Timestamp>,
    pub(super) shown: Shown,
    pub(super) clock_ms: Option<i64>,
    pub(super) lapses_at: Option<Timestamp>,
    /// Whole days until then, rounded down; negative when it is past.
    pub(super) days_left: Option<i64>,
    pub(super) next: Option<Next>,
    /// Since when it has been silent.
    pub(super) silent_since: Option<Timestamp>,
    pub(super) locked: Option<Stop>,
    pub(super) findings: Vec<Finding>,
    /// What is worth knowing besides, in words.
    pub(super) notes: Vec<String>,
    deadline_ms: Option<u64>,
}

impl Standing {
    /// How a device stands, from what the inventory and the store have of it.
    pub(super) fn of(
        name: &str,
        device: Option<&Device>,
        known: Option<Known>,
        locked: Option<&Stop>,
        terms: &Terms,
    ) -> Self {
        let mut it = Self {
            name: name.to_owned(),
            site: device.and_then(|it| it.site.clone()),
            role: device.and_then(|it| it.role.clone()),
            owner: device.and_then(|it| it.owner.clone()),
            listed: device.is_some(),
            locked: locked.cloned(),
            deadline_ms: device.map(|it| millis(it.deadline)),
            ..Self::default()
        };
        match known {
            Some(known) => it.take(known, terms),
            None => it.notes.push("never polled".to_owned()),
        }
        it.judge(terms);
        it
    }

    fn take(&mut self, known: Known, terms: &Terms) {
        self.answered_at = known.answered_at;
        self.next = known.next.filter(|_| self.listed);
        if let Some(newest) = known.newest {
            self.seen_at = newest.polled_at.or(known.answered_at);
            self.outcome = newest.outcome;
            self.transport = newest.transport;
            self.duration_ms = newest.duration_ms;
            self.carried_by = newest.carried_by;
            self.error = newest.error;
            let answer = newest.answer.unwrap_or_default();
            self.clock_ms = answer.offset_ms;
            self.shown = answer.summary;
            self.lapses_at = self.shown.lapses_at.or_else(|| day_of(&self.shown.deadline));
        } else {
            self.notes.push("never polled".to_owned());
        }
        // A device that never answered has been silent since it was first heard of.
        let since = known.answered_at.unwrap_or(known.first_seen);
        if self.listed && (known.silent || terms.now.duration_since(since) > terms.silent_after) {
            self.silent_since = Some(since);
        }
    }

    fn judge(&mut self, terms: &Terms) {
        const DAY: i64 = 24 * 60 * 60;
        self.days_left = self.lapses_at.map(|at| at.duration_since(terms.now).as_secs().div_euclid(DAY));
        let late = |next: &Next| terms.now.duration_since(next.due_at) > OVERDUE;
        let findings = [
            (self.silent_since.is_some(), Finding::Silent),
            (self.listed && self.locked.is_some(), Finding::Locked),
            (self.next.as_ref().is_some_and(late), Finding::Overdue),
            (self.lapses_at.is_some_and(|at| at < terms.now), Finding::Lapsed),
        ];
        self.findings = findings.into_iter().filter(|(is, _)| *is).map(|(_, finding)| finding).collect();

        if !self.listed {
            self.notes.push("not in the inventory".to_owned());
        }
        match self.outcome.as_deref() {
            Some("failed") => {
                let stage = self.error.as_ref().map_or("poll", |error| error.stage.as_str());
                let times = self.next.as_ref().map_or(0, |next| next.failures);
                let times = if times > 1 { format!(" {times} times") } else { String::new() };
                self.notes.push(format!("failed{times}: {stage}"));
            }
            Some("partial") => self.notes.push("answered in part".to_owned()),
            _ => {}
        }
        if !matches!(self.shown.compliance.as_str(), "" | "ok") {
            self.notes.push(self.shown.compliance.clone());
        }
        if self.is_slow_for(self.deadline_ms.map(|most| most / 2)) {
            self.notes.push("slow".to_owned());
        }
        if let Some(ahead) = self.clock_ms
            && SignedDuration::from_millis(ahead).unsigned_abs() > terms.clock.unsigned_abs()
        {
            self.notes.push(format!("clock {}", clock_words(ahead)));
        }
        if !self.shown.old_algorithms.is_empty() {
            self.notes.push("old algorithms".to_owned());
        }
    }

    fn is_slow_for(&self, most: Option<u64>) -> bool {
        let answered = matches!(self.outcome.as_deref(), Some("complete" | "partial"));
        answered
            && matches!((self.duration_ms, most), (Some(took), Some(most)) if took > most && took > QUICK_MS)
    }

    /// Holds the last poll against how long polls of the device usually take.
    pub(super) fn take_usual(&mut self, history: &History) {
        let before = history.observations.iter().skip(1);
        let mut durations: Vec<u64> =
            before.filter(|it| it.outcome == "complete").filter_map(|it| it.duration_ms).collect();
        durations.sort_unstable();
        let usual = durations.get(durations.len() / 2).copied();
        let slow = "slow".to_owned();
        if self.is_slow_for(usual.map(|usual| usual.saturating_mul(UNUSUAL))) && !self.notes.contains(&slow) {
            self.notes.push(slow);
        }
    }

    /// Whether there is anything to know of it.
    pub(super) fn needs_an_eye(&self) -> bool {
        !self.findings.is_empty() || !self.notes.is_empty()
    }

    /// When it is polled next.
    pub(super) fn due_at(&self) -> Option<Timestamp> {
        self.next.as_ref().map(|next| next.due_at)
    }

    /// Findings and notes in words, findings first.
    pub(super) fn words(&self) -> String {
        let findings = self.findings.iter().map(|finding| finding.word());
        findings.chain(self.notes.iter().map(String::as_str)).collect::<Vec<_>>().join(", ")
    }
}

/// `3m 20s ahead`, `12s behind`, `in time`.
pub(super) fn clock_words(ahead_ms: i64) -> String {
    let off = SignedDuration::from_millis(ahead_ms);
    if off.as_secs() == 0 {
        return "in time".to_owned();
    }
    let way = if off.is_negative() { "behind" } else { "ahead" };
    format!("{} {way}", age(off.abs()))
}

/// The two largest units of a duration: `2d 4h`, `35s`.
pub(super) fn age(duration: SignedDuration) -> String {
    let seconds = duration.as_secs().max(0);
    let units = [("d", 86_400, i64::MAX), ("h", 3_600, 24), ("m", 60, 60), ("s", 1, 60)];
    let counts = units.map(|(unit, size, within)| (unit, seconds / size % within));
    let mut from = counts.iter().skip_while(|(_, count)| *count == 0);
    let Some((unit, count)) = from.next() else { return "0s".to_owned() };
    match from.next() {
        Some((next, more)) if *more > 0 => format!("{count}{unit} {more}{next}"),
        _ => format!("{count}{unit}"),
    }
}

/// The day that a deadline begins with, `2027-03-06 ACK`.
fn day_of(deadline: &str) -> Option<Timestamp> {
    let day: jiff::civil::Date = deadline.split(' ').next()?.parse().ok()?;
    Some(day.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
