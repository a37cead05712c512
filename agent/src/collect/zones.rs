//! What the zone names of a device mean, told by its own clock.
//!
//! A zone name such as `PDT`, `est` or `pacific` is the administrator's own and says nothing by itself. But the device
//! shows its clock with the same name in the same poll, and the agent knows what time it was then: the difference is
//! the zone's offset, as whole quarters of an hour, and what is left over is how far the device's clock is off.
//!
//! ```text
//! show clock          13:14:52.500 PDT Wed Jul 1 2026
//! agent, at that time 2026-07-01T20:14:50Z                 difference -6:59:57.5 = PDT is UTC-7, the clock 2.5 s ahead
//! Next ACK deadline:  Aug 30 19:03:00 2026 PDT             = 2026-08-31T02:03:00Z, resolved by device_clock
//! ```
//!
//! * Nothing is resolved where the left-over is more than [`MOST_OFF`], as it could belong to either of two quarters, or
//!   where the offset is more than [`FARTHEST`]: that clock is wrong.
//! * Two readings of one name that disagree resolve nothing: one of them was taken while summer time began, or the clock
//!   was set.
//! * Only times with the *same* name (in whatever case) are resolved. What `PST` is cannot be told by `PDT`.
//! * A clock that is wrong by about a whole quarter cannot be told from another zone. The times come out right all the
//!   same: a device acts by its own clock.

use std::collections::BTreeMap;

use jiff::tz::{Offset, TimeZone};
use licwatch_parsers::record::{DeviceRecord, ResolvedBy, Timestamp};
use licwatch_parsers::text::civil_time;

/// Zones are apart by this many milliseconds, or a multiple.
const QUARTER: i64 = 15 * 60 * 1000;
/// A clock that is further from a quarter, in milliseconds, tells no zone.
const MOST_OFF: i64 = 5 * 60 * 1000;
/// No place on Earth is further from UTC, in milliseconds.
const FARTHEST: i64 = 14 * 60 * 60 * 1000;

/// What a reading of a clock tells.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Reading {
    /// Seconds east of UTC.
    east: i32,
    /// How far the clock is ahead, in milliseconds.
    ahead_ms: i64,
}

/// The zone names that a device's clock was shown with, in small letters; `None` for one that its readings do not tell.
#[derive(Debug, Default)]
pub(super) struct Zones(BTreeMap<String, Option<Offset>>);

impl Zones {
    /// Reads the clock of a record that was captured at `at` by the agent's clock, and tells how far it is ahead.
    pub(super) fn learn(&mut self, record: &mut DeviceRecord<'_>, at: jiff::Timestamp) {
        let Some(clock) = &mut record.device.clock else { return };
        let Some((zone, civil)) = ambiguous(&clock.time) else { return };
        let Ok(as_if_utc) = civil.to_zoned(TimeZone::UTC) else { return };
        let reading = reading(as_if_utc.timestamp().as_millisecond() - at.as_millisecond());
        clock.offset_seconds = reading.map(|it| it.ahead_ms as f64 / 1000.0);
        let offset = reading.and_then(|it| Offset::from_seconds(it.east).ok());
        let known = self.0.entry(zone).or_insert(offset);
        if *known != offset {
            *known = None;
        }
    }

    /// Resolves every time of the record whose zone name is known by now.
    pub(super) fn resolve(&self, record: &mut DeviceRecord<'_>) {
        if self.0.values().all(Option::is_none) {
            return;
        }
        record.for_each_timestamp_mut(|time| {
            let Some((zone, civil)) = ambiguous(time) else { return };
            let Some(Some(offset)) = self.0.get(&zone) else { return };
            if let Ok(zoned) = civil.to_zoned(TimeZone::fixed(*offset)) {
                time.utc = Some(zoned.timestamp());
                time.resolved_by = Some(ResolvedBy::DeviceClock);
            }
        });
    }
}

/// The zone name, in small letters, and the civil time of a time that its words do not resolve.
fn ambiguous(time: &Timestamp<'_>) -> Option<(String, jiff::civil::DateTime)> {
    if time.utc.is_some() {
        return None;
    }
    let (civil, zone) = civil_time(&time.text)?;
    (!zone.is_empty()).then(|| (zone.to_lowercase(), civil))
}

/// The zone of a clock that reads, in milliseconds, so much more than UTC.
fn reading(difference_ms: i64) -> Option<Reading> {
    let quarters = (difference_ms + QUARTER / 2).div_euclid(QUARTER);
    let east_ms = quarters * QUARTER;
    let ahead_ms = difference_ms - east_ms;
    if ahead_ms.abs() > MOST_OFF || east_ms.abs() > FARTHEST {
        return None;
    }
    Some(Reading { east: i32::try_from(east_ms / 1000).ok()?, ahead_ms })
}

#[cfg(test)]
mod tests {
    use licwatch_parsers::Command;
    use licwatch_parsers::text::timestamp;

    use super::*;
    use crate::capture::{Capture, Origin};
    use crate::collect::with_record;
    use crate::observation::Summary;

    fn clock_at(text: &str, at: &str) -> Capture {
        let raw = format!("{text}\n").into_bytes();
        Capture::new(Some(Command::ShowClock), Origin::Ssh, raw, at.parse().ok())
    }

    /// A device whose deadline is in `zone`.
    fn usage(zone: &str, at: &str) -> Capture {
        let raw = format!(
            "Usage Reporting:\n  Last ACK received: <none>\n  Next ACK deadline: Aug 30 19:03:00 2026 {zone}\n"
        );
        Capture::new(Some(Command::ShowLicenseStatus), Origin::Ssh, raw.into_bytes(), at.parse().ok())
    }

    /// The deadline in UTC and how far the clock is ahead, in the record of a poll.
    fn polled(captures: &[Capture]) -> (Option<String>, Option<f64>) {
        with_record(captures, None, |record| {
            let deadline = record.licensing.reporting.next_ack_deadline.expect("it is stated");
            assert_eq!(deadline.utc.is_some(), deadline.resolved_by == Some(ResolvedBy::DeviceClock));
            let ahead = record.device.clock.and_then(|clock| clock.offset_seconds);
            (deadline.utc.map(|utc| utc.to_string()), ahead)
        })
    }

    #[test]
    fn a_clock_of_the_same_poll_tells_what_a_zone_means() {
        let at = "2026-07-01T20:14:50Z";
        for (zone, clock, utc, ahead) in [
            ("PDT", "13:14:52.500 PDT Wed Jul 1 2026", "2026-08-31T02:03:00Z", 2.5),
            ("pdt", "*13:14:50.000 PDT Wed Jul 1 2026", "2026-08-31T02:03:00Z", 0.0),
            ("IST", "01:44:40.000 IST Thu Jul 2 2026", "2026-08-30T13:33:00Z", -10.0),
            ("pacific", "20:19:50.000 pacific Wed Jul 1 2026", "2026-08-30T19:03:00Z", 300.0),
            ("NPT", "02:00:50.000 NPT Thu Jul 2 2026", "2026-08-30T13:18:00Z", 60.0),
        ] {
            let found = polled(&[usage(zone, at), clock_at(clock, at)]);
            assert_eq!(found, (Some(utc.to_owned()), Some(ahead)), "{clock}");
        }
    }

    #[test]
    fn what_a_clock_cannot_tell_stays_unresolved() {
        let at = "2026-07-01T20:14:50Z";
        for (why, clock) in [
            ("another name", "12:14:50.000 PST Wed Jul 1 2026"),
            ("between two quarters", "13:21:00.000 PDT Wed Jul 1 2026"),
            ("no zone is that far", "13:14:50.000 PDT Thu Jul 2 2026"),
            ("years off", "13:14:50.000 PDT Wed Jul 1 2020"),
            ("its own time is known, PDT is not", "20:14:50.000 UTC Wed Jul 1 2026"),
        ] {
            assert_eq!(polled(&[usage("PDT", at), clock_at(clock, at)]).0, None, "{why}");
        }
        let no_time = Capture { at: None, ..clock_at("13:14:50.000 PDT Wed Jul 1 2026", at) };
        assert_eq!(polled(&[usage("PDT", at), no_time]), (None, None));
    }

    #[test]
    fn readings_that_disagree_resolve_nothing() {
        let captures = [
            usage("CET", "2026-10-25T00:59:59Z"),
            clock_at("02:59:59.000 CET Sun Oct 25 2026", "2026-10-25T00:59:59Z"),
            clock_at("02:00:01.000 CET Sun Oct 25 2026", "2026-10-25T01:00:01Z"),
        ];
        assert_eq!(polled(&captures).0, None);
    }

    #[test]
    fn a_resolved_deadline_is_shown_as_its_day_in_utc() {
        let at = "2026-07-01T20:14:50Z";
        let shown =
            |captures: &[Capture]| with_record(captures, None, |record| Summary::of(&record).deadline);
        assert_eq!(shown(&[usage("PDT", at)]), "2026-08-30 PDT ACK");
        let clock = clock_at("13:14:50.000 PDT Wed Jul 1 2026", at);
        assert_eq!(shown(&[usage("PDT", at), clock]), "2026-08-31 ACK");
    }

    #[test]
    fn the_reading_itself_is_resolved_too_and_utc_is_left_as_it_is() {
        let mut record = DeviceRecord::default();
        record.licensing.registration.expires = timestamp("Nov 04 08:55:22 2027 UTC");
        let before = record.clone();
        let mut zones = Zones::default();
        zones.0.insert("pdt".to_owned(), Offset::from_seconds(-7 * 3600).ok());
        zones.resolve(&mut record);
        assert_eq!(record, before);
        let at = "2026-07-01T20:14:50Z";
        let resolved = with_record(&[clock_at("13:14:50.000 PDT Wed Jul 1 2026", at)], None, |record| {
            record.device.clock.and_then(|clock| clock.time.utc).map(|utc| utc.to_string())
        });
        assert_eq!(resolved.as_deref(), Some("2026-07-01T20:14:50Z"));
    }
}
