//! Which device is polled next. Nothing here waits, polls or writes: it is told the time and what happened.
//!
//! Turns are kept by the time since the host started, which nobody can set. The wall clock decides when a turn is
//! planned, and once more, when it has come, whether windows admit it. So a wall clock that jumps makes no device fire
//! and none starve: turns stay where they are, and the times that people see are told anew. Whoever tells the agenda the
//! time tells it both clocks; what it knows in wall time is moved first if the wall clock was set since.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::plan::Planned;
use crate::clock::Clock;
use crate::poll::schedule::{Due, Ending, History, Reason};
use crate::store::schedule::Standing;

/// A wall clock that moved by less is not taken for set.
const STEP: SignedDuration = SignedDuration::from_secs(1);

/// Both clocks at one instant.
#[derive(Clone, Copy, Debug)]
pub(super) struct Now {
    /// The wall clock.
    pub(super) wall: Timestamp,
    /// The time since the host started.
    pub(super) boot: Duration,
}

impl Now {
    /// Reads them.
    pub(super) fn of(clock: &dyn Clock) -> Self {
        Self { wall: clock.now(), boot: clock.since_boot() }
    }

    /// The time since the start when the wall clock will show this, if nobody sets it.
    fn boot_at(self, wall: Timestamp) -> Duration {
        let ahead = wall.duration_since(self.wall);
        if ahead.is_negative() {
            self.boot.saturating_sub(ahead.unsigned_abs())
        } else {
            self.boot.saturating_add(ahead.unsigned_abs())
        }
    }

    /// What the wall clock showed when the host started, had nobody set it since.
    fn origin(self) -> Timestamp {
        self.wall_at(Duration::ZERO)
    }

    /// What the wall clock shows then, or would have shown, had nobody set it.
    pub(super) fn wall_at(self, boot: Duration) -> Timestamp {
        let signed = |span: Duration| SignedDuration::try_from(span).unwrap_or(SignedDuration::MAX);
        let ahead = signed(boot).saturating_sub(signed(self.boot));
        let end = if ahead.is_negative() { Timestamp::MIN } else { Timestamp::MAX };
        self.wall.checked_add(ahead).unwrap_or(end)
    }
}

/// Changed plans, to be kept where people see them.
pub(super) type Replanned = Vec<(String, Due)>;

/// A device's poll that shall begin now.
#[derive(Debug)]
pub(super) struct Turn {
    /// The device.
    pub(super) planned: Planned,
    /// Why it is polled.
    pub(super) reason: Reason,
    /// Failures in a row before this poll.
    pub(super) failures: u32,
}

/// Every device and its turn.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    entries: BTreeMap<String, Entry>,
    /// The turns of all that are not being polled.
    turns: BTreeSet<(Duration, String)>,
    /// What the wall clock showed when the host started, as both clocks say.
    origin: Option<Timestamp>,
    /// The wall clock was set, and people have not been told the new times.
    set: bool,
}

#[derive(Debug)]
struct Entry {
    planned: Planned,
    due: Due,
    boot: Duration,
    history: Option<History>,
    /// It is being polled, and has no turn.
    busy: bool,
    /// It left the plan while it was polled.
    gone: bool,
    /// It reported a change while it was polled.
    reported: bool,
    /// Its terms changed while it was polled.
    other_terms: bool,
}

impl Agenda {
    /// Takes over the devices of a plan. What is known already keeps its turn if its terms are the same; what is new
    /// goes on where the store says it stood, and what is overdue gets turns spread over `width`. What is no longer
    /// in the plan is forgotten, or when its poll ends.
    pub(super) fn renew(
        &mut self,
        devices: &[Planned],
        standings: &BTreeMap<String, Standing>,
        width: Option<Duration>,
        now: Now,
    ) -> Replanned {
        self.follow(now);
        let mut old = std::mem::take(&mut self.entries);
        self.turns.clear();
        let mut overdue = Vec::new();
        let mut replanned = Vec::new();
        for planned in devices {
            let name = planned.job.device.name.clone();
            let same = |entry: &Entry| entry.planned.terms == planned.terms;
            let standing = standings.get(&name.to_lowercase());
            let (entry, due) = match old.remove(&name) {
                Some(entry) if entry.busy || same(&entry) => {
                    let (due, other_terms) = (Some(entry.due), !same(&entry));
                    (Entry { planned: planned.clone(), gone: false, other_terms, ..entry }, due)
                }
                Some(entry) => {
                    let due = match (&entry.history, entry.due.reason) {
                        (Some(history), Reason::Interval) => Some(planned.terms.next(history, now.wall)),
                        _ => planned.terms.resume(entry.due, now.wall),
                    };
                    replanned.extend(due.map(|due| (name.clone(), due)));
                    (Entry { planned: planned.clone(), ..entry }, due.filter(|due| due.at > now.wall))
                }
                None => {
                    let due =
                        standing.map_or(Due { at: Timestamp::MIN, reason: Reason::CatchUp }, |it| it.due);
                    let history = standing.and_then(history);
                    let entry = Entry::new(planned.clone(), due, history);
                    (entry, planned.terms.resume(due, now.wall))
                }
            };
            match due {
                Some(due) => self.enter(name, entry, due, now),
                None => overdue.push((name, entry)),
            }
        }
        for (name, entry) in old.into_iter().filter(|(_, entry)| entry.busy) {
            self.entries.insert(name, Entry { gone: true, ..entry });
        }
        overdue.sort_by(|(one, first), (other, second)| (first.due.at, one).cmp(&(second.due.at, other)));
        let turns = overdue.len();
        for (turn, (name, entry)) in overdue.into_iter().enumerate() {
            let width = width.unwrap_or(entry.planned.terms.catch_up);
            let due = entry.planned.terms.catch_up(turn, turns, width, now.wall);
            replanned.push((name.clone(), due));
            self.enter(name, entry, due, now);
        }
        replanned
    }

    /// The time since the host started at which somebody has a turn.
    pub(super) fn next_turn(&self) -> Option<Duration> {
        self.turns.first().map(|(boot, _)| *boot)
    }

    /// The device that has waited longest for its turn, if windows admit it now. It has none until it
    /// [landed](Self::landed).
    pub(super) fn take(&mut self, now: Now) -> Option<Turn> {
        self.follow(now);
        loop {
            let (boot, name) = self.turns.first()?;
            if *boot > now.boot {
                return None;
            }
            let name = name.clone();
            self.turns.pop_first();
            let entry = self.entries.get_mut(&name)?;
            if entry.planned.terms.calendar.is_open(now.wall) {
                entry.busy = true;
                let failures = entry.history.map_or(0, |history| history.failures);
                return Some(Turn { planned: entry.planned.clone(), reason: entry.due.reason, failures });
            }
            // Windows closed while it waited for a place, or the clock was set.
            entry.due = entry.planned.terms.held(entry.due, now.wall);
            // Later than now in any case, so that this ends.
            entry.boot = now.boot_at(entry.due.at).max(now.boot + Duration::from_secs(1));
            self.turns.insert((entry.boot, name));
        }
    }

    /// A poll ended, and the device is due again; all of it was told by the clocks as they stood at `then`. A device that
    /// left the plan is forgotten now. The new plan, if it is another than `due`.
    pub(super) fn landed(
        &mut self,
        name: &str,
        history: History,
        due: Due,
        then: Now,
        gap: Duration,
        now: Now,
    ) -> Option<Due> {
        self.follow(now);
        let entry = self.entries.get_mut(name)?;
        entry.busy = false;
        if entry.gone {
            self.entries.remove(name);
            return None;
        }
        let moved = now.origin().duration_since(then.origin());
        let (history, due, was_set) = if moved.abs() < STEP {
            (history, due, false)
        } else {
            let due = Due { at: now.wall_at(then.boot_at(due.at)), ..due };
            (set_by(history, moved), due, true)
        };
        let reported = std::mem::take(&mut entry.reported);
        let other =
            std::mem::take(&mut entry.other_terms).then(|| entry.planned.terms.next(&history, now.wall));
        (entry.history, entry.due) = (Some(history), other.unwrap_or(due));
        entry.boot = now.boot_at(entry.due.at);
        self.turns.insert((entry.boot, name.to_owned()));
        let early = if reported { self.early(name, now.boot + gap, now) } else { None };
        early.or(other).or(was_set.then_some(due))
    }

    /// A poll came to nothing that could be kept, through a fault of ours. Where the device stands now.
    pub(super) fn crashed(&mut self, name: &str, now: Now) -> Option<Standing> {
        let entry = self.entries.get(name)?;
        let history = History {
            begun: now.wall,
            ended: now.wall,
            failures: entry.history.map_or(0, |history| history.failures).saturating_add(1),
            reason: entry.due.reason,
            ending: Ending::Failed,
            changed: false,
        };
        let due = entry.planned.terms.next(&history, now.wall);
        let other = self.landed(name, history, due, now, Duration::ZERO, now);
        Some(Standing {
            begun: Some(history.begun),
            ended: Some(history.ended),
            due: other.unwrap_or(due),
            failures: history.failures,
        })
    }

    /// Gives a device that reported a change a turn at `earliest`, or as soon after it as windows admit. Nothing
    /// changes if it has an earlier one. The new plan, if it is one.
    pub(super) fn early(&mut self, name: &str, earliest: Duration, now: Now) -> Option<Due> {
        self.follow(now);
        let entry = self.entries.get_mut(name)?;
        if entry.busy {
            entry.reported = true;
            return None;
        }
        let due = entry.planned.terms.early(now.wall_at(earliest), now.wall);
        let boot = now.boot_at(due.at);
        if boot >= entry.boot {
            return None;
        }
        self.turns.remove(&(entry.boot, name.to_owned()));
        (entry.due, entry.boot) = (due, boot);
        self.turns.insert((boot, name.to_owned()));
        Some(due)
    }

    /// Whether a device would be polled early: it is in the plan, and has no early turn yet.
    pub(super) fn wants_early(&self, name: &str) -> bool {
        self.entries.get(name).is_some_and(|entry| !entry.gone && entry.due.reason != Reason::Early)
    }

    /// The name in the plan of a device that is named in any capitals.
    pub(super) fn name(&self, name: &str) -> Option<&str> {
        let (name, _) = self
            .entries
            .get_key_value(name)
            .or_else(|| self.entries.iter().find(|(known, _)| known.to_lowercase() == name.to_lowercase()))?;
        Some(name)
    }

    /// When a device was last polled, by the time since the host started.
    pub(super) fn ended(&mut self, name: &str, now: Now) -> Option<Duration> {
        self.follow(now);
        let history = self.entries.get(name)?.history?;
        Some(now.boot_at(history.ended))
    }

    /// Spreads what is overdue since polling was stopped over `width`, or over what a start spreads it.
    pub(super) fn resume(&mut self, held: Duration, now: Now) -> Replanned {
        self.follow(now);
        let waiting = self.turns.range(..(now.boot, String::new()));
        let waiting: Vec<String> = waiting.map(|(_, name)| name.clone()).collect();
        let turns = waiting.len();
        let mut replanned = Vec::new();
        for (turn, name) in waiting.into_iter().enumerate() {
            let Some(entry) = self.entries.get_mut(&name) else { continue };
            let terms = Arc::clone(&entry.planned.terms);
            let due = terms.catch_up(turn, turns, held.min(terms.catch_up), now.wall);
            self.turns.remove(&(entry.boot, name.clone()));
            (entry.due, entry.boot) = (Due { reason: entry.due.reason, ..due }, now.boot_at(due.at));
            self.turns.insert((entry.boot, name.clone()));
            replanned.push((name, entry.due));
        }
        replanned
    }

    /// Looks whether the wall clock was set. Turns stay where they are, and windows are asked when they have come: a
    /// device whose only window is a weekly one must not lose it to a clock that was wrong for an hour. The times of all
    /// plans are others then.
    pub(super) fn look_at_clock(&mut self, now: Now) -> Replanned {
        self.follow(now);
        if !std::mem::take(&mut self.set) {
            return Vec::new();
        }
        let waiting = self.entries.iter().filter(|(_, entry)| !entry.busy);
        waiting.map(|(name, entry)| (name.clone(), entry.due)).collect()
    }

    /// Moves every wall time with the wall clock, if that was set.
    fn follow(&mut self, now: Now) {
        let origin = now.origin();
        let moved = self.origin.map_or(SignedDuration::ZERO, |before| origin.duration_since(before));
        self.origin = Some(origin);
        if moved.abs() < STEP {
            return;
        }
        tracing::warn!(seconds = moved.as_secs(), "The wall clock was set; the schedule keeps its turns.");
        self.set = true;
        for entry in self.entries.values_mut() {
            entry.history = entry.history.map(|history| set_by(history, moved));
            entry.due.at = if entry.busy { moved_by(entry.due.at, moved) } else { now.wall_at(entry.boot) };
        }
    }

    /// Takes away every turn that has not come, for a round that is made once. The devices are told.
    pub(super) fn only_now(&mut self, now: Now) -> Vec<String> {
        let later = self.turns.split_off(&(now.boot + Duration::from_nanos(1), String::new()));
        later.into_iter().map(|(_, name)| name).collect()
    }

    /// Forgets a device's next turn.
    pub(super) fn rest(&mut self, name: &str) {
        if let Some(entry) = self.entries.get(name) {
            self.turns.remove(&(entry.boot, name.to_owned()));
        }
    }

    fn enter(&mut self, name: String, entry: Entry, due: Due, now: Now) {
        let boot =
            if due == entry.due && entry.boot > Duration::ZERO { entry.boot } else { now.boot_at(due.at) };
        if !entry.busy {
            self.turns.insert((boot, name.clone()));
        }
        self.entries.insert(name, Entry { due, boot, ..entry });
    }
}

impl Entry {
    fn new(planned: Planned, due: Due, history: Option<History>) -> Self {
        Self {
            planned,
            due,
            boot: Duration::ZERO,
            history,
            busy: false,
            gone: false,
            reported: false,
            other_terms: false,
        }
    }
}

/// A last poll, by a wall clock that was set since.
fn set_by(history: History, moved: SignedDuration) -> History {
    let (begun, ended) = (moved_by(history.begun, moved), moved_by(history.ended, moved));
    History { begun, ended, ..history }
}

fn moved_by(at: Timestamp, moved: SignedDuration) -> Timestamp {
    let end = if moved.is_negative() { Timestamp::MIN } else { Timestamp::MAX };
    at.checked_add(moved).unwrap_or(end)
}

/// What the store remembers of the last poll.
fn history(standing: &Standing) -> Option<History> {
    Some(History {
        begun: standing.begun?,
        ended: standing.ended?,
        failures: standing.failures,
        reason: standing.due.reason,
        // A refused login waits for its interval, and must not be tried sooner because it failed.
        ending: if standing.due.reason == Reason::Retry { Ending::Failed } else { Ending::Answered },
        changed: false,
    })
}

#[cfg(test)]
mod tests;
