//! When polls may begin, on a clock that summer time sets.

use jiff::civil::{DateTime, Time};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Span, Timestamp, ToSpan};

use super::{Window, Windows};

/// So far ahead an opening is looked for at a time: windows come back every week, and summer time may take one away.
const AHEAD: i64 = 16;
/// So often it is looked further ahead.
const LOOKS: usize = 4;

/// The windows of a device in their time zone. A time lies in a window if the clock on the wall says so: what summer
/// time leaves out is no part of it, and what it repeats is part of it twice.
#[derive(Clone, Debug, PartialEq)]
pub struct Calendar {
    windows: Windows,
    maintenance: Windows,
    zone: TimeZone,
}

/// A time in which polls may begin, without a break.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Opening {
    /// Its first instant, or the one that was asked for.
    pub from: Timestamp,
    /// The instant that is no longer part of it; nothing if it does not end soon.
    pub until: Option<Timestamp>,
}

impl Calendar {
    /// Polls may begin in `windows`, at any time if there are none, but not in `maintenance`.
    pub fn new(windows: Windows, maintenance: Windows, zone: TimeZone) -> Self {
        Self { windows, maintenance, zone }
    }

    /// Whether a poll may begin at a time.
    pub fn is_open(&self, at: Timestamp) -> bool {
        if self.is_always_open() {
            return true;
        }
        self.shows_open(self.zone.to_datetime(at))
    }

    /// The time in which polls may begin that contains `at`, or else the next one.
    pub fn opening(&self, at: Timestamp) -> Opening {
        if self.is_always_open() {
            return Opening { from: at, until: None };
        }
        let mut look = at;
        for _ in 0..LOOKS {
            let until = later(look, AHEAD.days());
            let edges = self.edges(look, until);
            let mut edges = std::iter::once(look).chain(edges);
            if let Some(from) = edges.find(|edge| self.is_open(*edge)) {
                return Opening { from, until: edges.find(|edge| !self.is_open(*edge)) };
            }
            look = until;
        }
        // Only windows that leave no time come here, and such a configuration is refused; it is looked again then.
        Opening { from: look, until: None }
    }

    /// Whether there is a minute in an ordinary week in which polls may begin.
    pub fn leaves_time(&self) -> bool {
        let monday = jiff::civil::date(2024, 1, 1).at(0, 0, 0, 0);
        let mut minutes = monday.series(1.minute()).take(7 * 24 * 60);
        self.is_always_open() || minutes.any(|minute| self.shows_open(minute))
    }

    fn is_always_open(&self) -> bool {
        self.windows.0.is_empty() && self.maintenance.0.is_empty()
    }

    fn shows_open(&self, wall: DateTime) -> bool {
        let lies_in = |windows: &Windows| windows.0.iter().any(|window| contains(window, wall));
        (self.windows.0.is_empty() || lies_in(&self.windows)) && !lies_in(&self.maintenance)
    }

    /// Every instant in between at which it may open or close, in order.
    fn edges(&self, after: Timestamp, until: Timestamp) -> Vec<Timestamp> {
        let times: Vec<Time> = [&self.windows, &self.maintenance]
            .iter()
            .flat_map(|windows| &windows.0)
            .flat_map(|window| [window.from, window.until])
            .collect();
        let first = self.zone.to_datetime(after).date();
        let changes = self.zone.following(after).map(|change| change.timestamp());
        let mut edges: Vec<Timestamp> = changes.take_while(|change| *change <= until).collect();
        for day in first.series(1.day()).take(AHEAD as usize + 1) {
            for time in &times {
                edges.extend(self.instants(day.to_datetime(*time)));
            }
        }
        edges.retain(|edge| *edge > after && *edge <= until);
        edges.sort_unstable();
        edges.dedup();
        edges
    }

    /// The instants at which the clock on the wall shows a time: none, one or two.
    fn instants(&self, wall: DateTime) -> impl Iterator<Item = Timestamp> {
        let offsets = match self.zone.to_ambiguous_timestamp(wall).offset() {
            AmbiguousOffset::Unambiguous { offset } => [Some(offset), None],
            AmbiguousOffset::Gap { .. } => [None, None],
            AmbiguousOffset::Fold { before, after } => [Some(before), Some(after)],
        };
        offsets.into_iter().flatten().filter_map(move |offset| offset.to_timestamp(wall).ok())
    }
}

/// Whether a window that comes back every week contains a time.
fn contains(window: &Window, wall: DateTime) -> bool {
    let (date, time) = (wall.date(), wall.time());
    let over_midnight = window.until <= window.from;
    let today =
        window.begins_on(date.weekday()) && time >= window.from && (over_midnight || time < window.until);
    let since_yesterday = over_midnight && window.begins_on(date.weekday().previous()) && time < window.until;
    today || since_yesterday
}

/// A time so much later, or the last one there is.
fn later(at: Timestamp, span: Span) -> Timestamp {
    // Days have 24 hours in UTC.
    at.to_zoned(TimeZone::UTC).checked_add(span).map_or(Timestamp::MAX, |zoned| zoned.timestamp())
}
