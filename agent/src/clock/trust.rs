//! Whether the host's wall clock can be believed.
//!
//! Every record, journal entry and drop carries its time, and deadlines are counted by it: polls under a wrong clock
//! would be evidence of nothing. So it is compared with what cannot be set:
//!
//! | it is refused when | and believed again when |
//! |---|---|
//! | it is earlier than this program's source | it is not |
//! | at the start, it is earlier than when it was last believed by more than `[clock] jump` | it is not, or an operator releases it |
//! | while the agent runs, it was set by more than `[clock] jump` within a day | it agrees again with the time that has passed, or an operator releases it |
//!
//! The time that has passed is [`Clock::since_boot`](super::Clock::since_boot): it goes on while the host sleeps, so
//! that sleep is no jump, and Linux lets a clock discipline stretch both clocks alike, so that slewing is none either.
//! How long nobody looked does not matter. At the start a clock may be later by any time: the agent was not running.
//! When it was last believed is kept by the store, and no wrong clock moves that: a clock that was ahead for a while
//! makes no later start refuse the right one.
//!
//! That the system calls its clock synchronized does not lift a refusal: who can lead the host's time source astray
//! would lead us along. A host whose clock was rightly set by much, as after a virtual machine was paused, needs the
//! operator once: `licwatch release clock`.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;

/// Steps of the clock are counted together for so long.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// When this program's source was made: a right clock says more.
pub fn built() -> Timestamp {
    // The build script writes a number.
    env!("LICWATCH_BUILT").parse().ok().and_then(|made| Timestamp::from_second(made).ok()).unwrap_or_default()
}

/// Why the clock is not believed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Doubt {
    /// It says a time before this program was made.
    BeforeBuild {
        /// What it says.
        now: Timestamp,
        /// When the source was made.
        built: Timestamp,
    },
    /// It says a time before what was already done.
    BeforeStore {
        /// What it says.
        now: Timestamp,
        /// What it said when it was last believed.
        newest: Timestamp,
    },
    /// It was set.
    Jumped {
        /// What it says.
        now: Timestamp,
        /// What it would say by the time that has passed.
        expected: Timestamp,
    },
}

impl Doubt {
    /// What a person does about it.
    pub fn remedy(self) -> &'static str {
        match self {
            Self::BeforeBuild { .. } => "set this host's clock",
            Self::BeforeStore { .. } | Self::Jumped { .. } => {
                "set this host's clock; if it is right now, `licwatch release clock`"
            }
        }
    }
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::BeforeBuild { now, built } => {
                write!(f, "the clock says {}, before this program was made ({})", shown(now), shown(built))
            }
            Self::BeforeStore { now, newest } => {
                write!(
                    f,
                    "the clock says {}, but it was {} already when the agent last ran",
                    shown(now),
                    shown(newest)
                )
            }
            Self::Jumped { now, expected } => {
                let way = if now > expected { "forward" } else { "back" };
                let by = span(millis(now) - millis(expected));
                write!(f, "the clock was set {way} by {by}, from {} to {}", shown(expected), shown(now))
            }
        }
    }
}

/// What the clocks say at one instant.
#[derive(Clone, Copy, Debug)]
pub struct Sight {
    /// The wall clock.
    pub now: Timestamp,
    /// The time since the host started.
    pub since_boot: Duration,
    /// When an operator released the clock last.
    pub released: Option<Timestamp>,
}

/// What became of the trust.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Change {
    /// The clock is not believed from now on, or for another reason than before.
    Refused(Doubt),
    /// It is believed again.
    Believed {
        /// Whether an operator said so; else it is right by itself.
        released: bool,
    },
}

/// The trust in the clock.
#[derive(Clone, Debug)]
pub struct Trust {
    built: Timestamp,
    /// By how much it may be set.
    jump: Duration,
    /// What the clock said when it was last believed before the start.
    newest: Option<Timestamp>,
    /// A sight that was believed.
    anchor: Option<Sight>,
    /// The last one that was.
    last: Option<Sight>,
    refused: Option<Refused>,
}

#[derive(Clone, Copy, Debug)]
struct Refused {
    doubt: Doubt,
    /// The release that was there already.
    released: Option<Timestamp>,
}

impl Refused {
    /// Whether an operator released the clock since.
    fn newly(&self, sight: Sight) -> bool {
        sight.released.is_some() && sight.released != self.released
    }
}

impl Trust {
    /// Nothing is believed yet. `newest` is what the clock said when it was last believed before.
    pub fn new(built: Timestamp, jump: Duration, newest: Option<Timestamp>) -> Self {
        Self { built, jump, newest, anchor: None, last: None, refused: None }
    }

    /// Changes by how much the clock may be set.
    pub fn allow(&mut self, jump: Duration) {
        self.jump = jump;
    }

    /// Why the clock is not believed now.
    pub fn doubt(&self) -> Option<Doubt> {
        self.refused.map(|refused| refused.doubt)
    }

    /// Whether [`Trust::look`] would find the clock wrong, or finds it wrong already.
    pub fn is_wrong(&self, sight: Sight) -> bool {
        self.refused.is_some() || self.judge(sight).is_some()
    }

    /// What time it is: what the clock says, or, if that is wrong, what it would say by the time that has passed since
    /// it was last believed. Before it was ever believed there is nothing better than what it says.
    pub fn time(&self, sight: Sight) -> Timestamp {
        let Some(last) = self.last.filter(|_| self.is_wrong(sight)) else { return sight.now };
        let passed = sight.since_boot.saturating_sub(last.since_boot);
        last.now.checked_add(passed).unwrap_or(Timestamp::MAX)
    }

    /// Judges what the clocks say now.
    pub fn look(&mut self, sight: Sight) -> Option<Change> {
        let wrong = self.judge(sight);
        match (self.refused, wrong) {
            (None, None) => {
                self.follow(sight);
                None
            }
            (Some(before), None) => {
                // A release soon before a start is part of what the start is judged by.
                let by_operator = matches!(before.doubt, Doubt::BeforeStore { .. }) && before.newly(sight);
                Some(self.believe(sight, by_operator))
            }
            (None, Some(doubt)) => {
                self.refused = Some(Refused { doubt, released: sight.released });
                Some(Change::Refused(doubt))
            }
            (Some(before), Some(doubt)) => {
                if before.newly(sight) && !matches!(doubt, Doubt::BeforeBuild { .. }) {
                    return Some(self.believe(sight, true));
                }
                self.refused = Some(Refused { doubt, ..before });
                let other = std::mem::discriminant(&doubt) != std::mem::discriminant(&before.doubt);
                other.then_some(Change::Refused(doubt))
            }
        }
    }

    fn believe(&mut self, sight: Sight, released: bool) -> Change {
        self.refused = None;
        if released {
            self.anchor = Some(sight);
        }
        self.follow(sight);
        Change::Believed { released }
    }

    /// Steps that were small enough are forgotten after a day.
    fn follow(&mut self, sight: Sight) {
        let old = |anchor: Sight| sight.since_boot.saturating_sub(anchor.since_boot) >= DAY;
        if self.anchor.is_none_or(old) {
            self.anchor = Some(sight);
        }
        self.last = Some(sight);
    }

    fn judge(&self, sight: Sight) -> Option<Doubt> {
        let now = sight.now;
        if now < self.built {
            return Some(Doubt::BeforeBuild { now, built: self.built });
        }
        let Some(anchor) = self.anchor else { return self.judge_start(sight) };
        let passed = length(sight.since_boot.saturating_sub(anchor.since_boot));
        let expected = millis(anchor.now).saturating_add(passed);
        if (millis(now) - expected).abs() <= length(self.jump) {
            return None;
        }
        Some(Doubt::Jumped { now, expected: Timestamp::from_millisecond(expected).unwrap_or(Timestamp::MAX) })
    }

    fn judge_start(&self, sight: Sight) -> Option<Doubt> {
        let newest = self.newest?;
        let jump = length(self.jump);
        if millis(sight.now) >= millis(newest) - jump {
            return None;
        }
        // Who released this very clock, while no agent ran or before it started again, knows that the store's time
        // is the wrong one.
        let passed = sight.released.map(|released| millis(sight.now) - millis(released));
        if passed.is_some_and(|passed| (-jump..=length(DAY)).contains(&passed)) {
            return None;
        }
        Some(Doubt::BeforeStore { now: sight.now, newest })
    }
}

fn millis(at: Timestamp) -> i64 {
    at.as_millisecond()
}

fn length(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX / 4)
}

fn shown(at: Timestamp) -> impl fmt::Display {
    at.strftime("%Y-%m-%d %H:%M:%SZ")
}

/// A time in milliseconds as people say it, without a sign.
fn span(millis: i64) -> String {
    let seconds = millis.unsigned_abs() / 1000;
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests;
