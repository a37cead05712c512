//! When a device is polled next: a pure function of its settings, of what became of its last poll, and of the time.
//!
//! | reason | due |
//! |---|---|
//! | `interval` | the interval after the last poll began, give or take half of the jitter |
//! | `retry` | after a failure: `retry`, twice as long after each further one, at most the interval; up to a quarter sooner, so that devices that failed together do not come back together |
//! | `confirm` | once, `confirm_after` a poll that showed a change |
//! | `early` | at once, as the device itself reported a change |
//! | `catch_up` | what is overdue after the agent was down, each in its turn within `catch_up` |
//!
//! Whatever falls outside the poll windows or into maintenance moves to the next opening, and is spread there over
//! `catch_up`, so that the minute in which it opens is like any other. Nothing here is left to chance: spreads come
//! from the device's name and the time of its last poll.

mod spread;

use std::time::Duration;

use jiff::Timestamp;

use crate::config::{self, Calendar, Opening};
use crate::inventory::Device;
use crate::observation::{Observation, Outcome};
pub use crate::store::schedule::{Due, Reason};
use crate::transport::Kind;
use spread::{after, between, place};

/// No device is polled more often than this, whatever is configured.
const SHORTEST: Duration = Duration::from_secs(1);

/// The terms on which a device is polled.
#[derive(Clone, Debug, PartialEq)]
pub struct Terms {
    /// The device's name; spreads come from it.
    pub name: String,
    /// How often.
    pub interval: Duration,
    /// By how much polls are spread around their time.
    pub jitter: Duration,
    /// How soon a change is confirmed; zero for not at all.
    pub confirm_after: Duration,
    /// Over how long what comes together is spread.
    pub catch_up: Duration,
    /// How soon a failure is tried again.
    pub retry: Duration,
    /// When polls may begin.
    pub calendar: Calendar,
}

/// What became of a device's last poll.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct History {
    /// When it began.
    pub begun: Timestamp,
    /// When it ended.
    pub ended: Timestamp,
    /// Failures in a row, this one included.
    pub failures: u32,
    /// Why it was made.
    pub reason: Reason,
    /// How it ended.
    pub ending: Ending,
    /// Whether it showed a change.
    pub changed: bool,
}

/// How a poll ended, as far as the next one depends on it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Ending {
    /// The device told what it had to tell; what it lacks, a person must allow.
    Answered,
    /// It may do better soon.
    Failed,
    /// It will not do better before a person acts, and each try costs a login.
    Hopeless,
    /// We were told to stop.
    Interrupted,
}

impl Ending {
    /// How a poll ended.
    pub fn of(observation: &Observation) -> Self {
        let Some(failure) = &observation.error else { return Self::Answered };
        let passing = matches!(failure.kind, Kind::Timeout | Kind::Closed | Kind::Garbage | Kind::PromptLost);
        match (failure.kind, observation.outcome) {
            (Kind::Interrupted, _) => Self::Interrupted,
            (Kind::AuthenticationFailed | Kind::CredentialUnavailable, Outcome::Failed) => Self::Hopeless,
            (_, Outcome::Failed) => Self::Failed,
            (_, Outcome::Partial) if passing => Self::Failed,
            _ => Self::Answered,
        }
    }
}

impl Terms {
    /// The terms of a device.
    pub fn of(device: &Device, schedule: &config::Schedule) -> Self {
        Self {
            name: device.name.clone(),
            interval: device.interval.max(SHORTEST),
            jitter: schedule.jitter.duration(),
            confirm_after: schedule.confirm_after.duration(),
            catch_up: schedule.catch_up.duration(),
            retry: schedule.retry.duration().max(SHORTEST),
            calendar: Calendar::new(
                device.poll_windows.clone(),
                device.maintenance.clone(),
                schedule.time_zone.zone(),
            ),
        }
    }

    /// When the device is due after a poll. It is never before `now`.
    pub fn next(&self, history: &History, now: Timestamp) -> Due {
        // A clock that was set back must not keep a device waiting for what it calls the future.
        let (begun, ended) = (history.begun.min(now), history.ended.min(now));
        let place = place(&self.name, history.begun);
        let due = match history.ending {
            Ending::Interrupted => Due { at: now, reason: Reason::CatchUp },
            Ending::Failed => {
                Due { at: after(ended, self.backoff(history.failures, place)), reason: Reason::Retry }
            }
            Ending::Answered if self.confirms(history) => {
                Due { at: after(ended, self.confirm_after), reason: Reason::Confirm }
            }
            Ending::Answered | Ending::Hopeless => {
                let least = self.interval.saturating_sub(self.widest_jitter() / 2);
                let wait = least + self.widest_jitter().mul_f64(place);
                Due { at: after(begun, wait), reason: Reason::Interval }
            }
        };
        self.admitted(Due { at: due.at.max(now), ..due }, place)
    }

    /// When a device that nobody has polled yet, or that was overdue, has its turn: the `turn`-th of `turns` within
    /// `width`, from 0.
    pub fn catch_up(&self, turn: usize, turns: usize, width: Duration, now: Timestamp) -> Due {
        let opening = self.calendar.opening(now);
        let width = opening.until.map_or(width, |until| width.min(between(opening.from, until)));
        let share = if turns == 0 { 0.0 } else { turn.min(turns - 1) as f64 / turns as f64 };
        Due { at: within(opening, width.mul_f64(share)), reason: Reason::CatchUp }
    }

    /// When a device that reported a change is polled, not before `earliest`.
    pub fn early(&self, earliest: Timestamp, now: Timestamp) -> Due {
        let at = earliest.max(now);
        self.admitted(Due { at, reason: Reason::Early }, place(&self.name, at))
    }

    /// What was planned before the agent was stopped, if it can still be held. Nothing if it is overdue. What lies
    /// further off than any plan can, because clock or configuration were another, is planned anew.
    pub fn resume(&self, planned: Due, now: Timestamp) -> Option<Due> {
        if planned.at <= now {
            return None;
        }
        let latest = after(now, self.interval + self.widest_jitter() / 2);
        let furthest = after(self.calendar.opening(latest).from, self.catch_up);
        let due = if planned.at > furthest { Due { at: latest, reason: Reason::Interval } } else { planned };
        Some(self.admitted(due, place(&self.name, planned.at)))
    }

    /// What was due and may not begin now, because windows closed while it waited.
    pub fn held(&self, due: Due, now: Timestamp) -> Due {
        self.admitted(Due { at: due.at.max(now), ..due }, place(&self.name, due.at))
    }

    /// The time by which polls are spread: never more than a tenth of the interval.
    fn widest_jitter(&self) -> Duration {
        self.jitter.min(self.interval / 10)
    }

    fn confirms(&self, history: &History) -> bool {
        history.changed
            && history.reason != Reason::Confirm
            && !self.confirm_after.is_zero()
            && self.confirm_after < self.interval
    }

    /// How long a device is left alone after so many failures in a row.
    fn backoff(&self, failures: u32, place: f64) -> Duration {
        let doublings = failures.saturating_sub(1).min(20);
        let wait = self.retry.saturating_mul(1 << doublings).min(self.interval);
        wait.saturating_sub((wait / 4).min(self.interval / 10).mul_f64(place))
    }

    /// A due time as windows and maintenance admit it.
    fn admitted(&self, due: Due, place: f64) -> Due {
        let opening = self.calendar.opening(due.at);
        if opening.from <= due.at {
            return due;
        }
        let width =
            opening.until.map_or(self.catch_up, |until| self.catch_up.min(between(opening.from, until)));
        Due { at: within(opening, width.mul_f64(place)), ..due }
    }
}

/// A time behind the beginning of an opening and before its end.
fn within(opening: Opening, wait: Duration) -> Timestamp {
    let at = after(opening.from, wait);
    match opening.until {
        Some(until) if at >= until => opening.from,
        _ => at,
    }
}

#[cfg(test)]
mod tests;
