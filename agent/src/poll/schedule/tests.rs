use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;
use crate::config::Windows;

const DAY: u64 = 86_400;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn windows(texts: &[&str]) -> Windows {
    Windows(texts.iter().map(|text| text.parse().unwrap()).collect())
}

fn calendar(open: &[&str], closed: &[&str], zone: &str) -> Calendar {
    Calendar::new(windows(open), windows(closed), TimeZone::get(zone).unwrap())
}

fn terms(calendar: Calendar) -> Terms {
    Terms {
        name: "core-1".into(),
        interval: Duration::from_secs(DAY),
        jitter: Duration::from_secs(1800),
        confirm_after: Duration::from_secs(900),
        catch_up: Duration::from_secs(1800),
        retry: Duration::from_secs(300),
        calendar,
    }
}

fn polled(begun: Timestamp, ending: Ending, failures: u32) -> History {
    let ended = after(begun, Duration::from_secs(20));
    History { begun, ended, failures, reason: Reason::Interval, ending, changed: false }
}

#[test]
fn a_window_may_go_over_midnight() {
    let nights = calendar(&["Mon-Fri 20:00-06:00"], &[], "UTC");
    // 2026-01-02 is a Friday.
    for (time, open) in [
        ("2026-01-02T19:59:59Z", false),
        ("2026-01-02T20:00:00Z", true),
        ("2026-01-03T05:59:59Z", true),
        ("2026-01-03T06:00:00Z", false),
        ("2026-01-03T21:00:00Z", false),
        ("2026-01-05T05:00:00Z", false),
        ("2026-01-05T20:00:00Z", true),
    ] {
        assert_eq!(nights.is_open(at(time)), open, "{time}");
    }
    let next = nights.opening(at("2026-01-03T06:00:00Z"));
    assert_eq!(next.from, at("2026-01-05T20:00:00Z"));
    assert_eq!(next.until, Some(at("2026-01-06T06:00:00Z")));
}

#[test]
fn maintenance_cuts_windows() {
    let calendar = calendar(&["01:00-05:00"], &["Sun 02:00-03:00"], "UTC");
    // 2026-01-04 is a Sunday.
    let first = calendar.opening(at("2026-01-04T00:00:00Z"));
    assert_eq!((first.from, first.until), (at("2026-01-04T01:00:00Z"), Some(at("2026-01-04T02:00:00Z"))));
    let second = calendar.opening(at("2026-01-04T02:30:00Z"));
    assert_eq!((second.from, second.until), (at("2026-01-04T03:00:00Z"), Some(at("2026-01-04T05:00:00Z"))));
}

#[test]
fn summer_time_takes_and_repeats() {
    // In Oslo 02:00 to 03:00 is left out on 2026-03-29 and comes twice on 2026-10-25.
    let gone = calendar(&["02:15-02:45"], &[], "Europe/Oslo");
    let opening = gone.opening(at("2026-03-28T12:00:00Z"));
    assert_eq!(opening.from, at("2026-03-30T00:15:00Z"), "there is no such time in the night between");
    let twice = gone.opening(at("2026-10-25T00:00:00Z"));
    assert_eq!((twice.from, twice.until), (at("2026-10-25T00:15:00Z"), Some(at("2026-10-25T00:45:00Z"))));
    let again = gone.opening(at("2026-10-25T00:45:00Z"));
    assert_eq!((again.from, again.until), (at("2026-10-25T01:15:00Z"), Some(at("2026-10-25T01:45:00Z"))));
    // Maintenance that begins in the time that is left out begins with the first time that is there.
    let closed = calendar(&[], &["02:30-04:00"], "Europe/Oslo");
    assert!(closed.is_open(at("2026-03-29T00:59:59Z")) && !closed.is_open(at("2026-03-29T01:00:00Z")));
    assert_eq!(closed.opening(at("2026-03-29T01:00:00Z")).from, at("2026-03-29T02:00:00Z"));
}

#[test]
fn windows_that_leave_no_time_are_found() {
    assert!(calendar(&[], &[], "UTC").leaves_time());
    assert!(calendar(&["Mon 02:00-02:01"], &[], "UTC").leaves_time());
    assert!(!calendar(&["Mon 02:00-04:00"], &["Sun 12:00-12:00", "01:00-05:00"], "UTC").leaves_time());
    assert!(!calendar(&[], &["00:00-24:00"], "UTC").leaves_time());
}

#[test]
fn the_interval_counts_from_the_beginning_of_a_poll() {
    let terms = terms(calendar(&[], &[], "UTC"));
    let begun = at("2026-01-02T10:00:00Z");
    let due = terms.next(&polled(begun, Ending::Answered, 0), at("2026-01-02T10:00:20Z"));
    let wait = between(begun, due.at).as_secs();
    assert!((DAY - 900..=DAY + 900).contains(&wait) && due.reason == Reason::Interval, "{due:?}");
    let hopeless = terms.next(&polled(begun, Ending::Hopeless, 1), at("2026-01-02T10:00:20Z"));
    assert_eq!(hopeless, due, "a refused login is not tried sooner");
}

#[test]
fn failures_back_off_up_to_the_interval() {
    let terms = terms(calendar(&[], &[], "UTC"));
    let begun = at("2026-01-02T10:00:00Z");
    let wait = |failures| {
        let history = polled(begun, Ending::Failed, failures);
        let due = terms.next(&history, history.ended);
        assert_eq!(due.reason, Reason::Retry);
        between(history.ended, due.at).as_secs()
    };
    for (failures, most) in [(1, 300), (2, 600), (3, 1200), (9, 76_800), (10, DAY), (u32::MAX, DAY)] {
        let wait = wait(failures);
        assert!(wait <= most && wait >= most * 3 / 4 - 1, "{failures}: {wait}");
    }
}

#[test]
fn a_change_is_confirmed_once() {
    let terms = terms(calendar(&[], &[], "UTC"));
    let begun = at("2026-01-02T10:00:00Z");
    let first = History { changed: true, ..polled(begun, Ending::Answered, 0) };
    let due = terms.next(&first, first.ended);
    assert_eq!(due, Due { at: after(first.ended, terms.confirm_after), reason: Reason::Confirm });
    let second = History { reason: Reason::Confirm, ..first };
    assert_eq!(terms.next(&second, second.ended).reason, Reason::Interval);
    let never = Terms { confirm_after: Duration::ZERO, ..terms };
    assert_eq!(never.next(&first, first.ended).reason, Reason::Interval);
}

#[test]
fn a_plan_is_resumed_unless_no_plan_could_be_so() {
    let terms = terms(calendar(&[], &[], "UTC"));
    let now = at("2026-01-02T10:00:00Z");
    let planned =
        |hours: u64| Due { at: after(now, Duration::from_secs(hours * 3600)), reason: Reason::Confirm };
    assert_eq!(terms.resume(planned(3), now), Some(planned(3)));
    assert_eq!(terms.resume(Due { at: now, reason: Reason::Interval }, now), None, "it is overdue");
    // The clock stood a month ahead when it was planned.
    let far = terms.resume(planned(30 * 24), now).unwrap();
    assert!(between(now, far.at) <= Duration::from_secs(DAY + 900) && far.reason == Reason::Interval);
    // Over a weekend without windows a plan may lie further off than the interval.
    let terms = Terms { calendar: calendar(&["Mon 20:00-23:00"], &[], "UTC"), ..terms };
    let monday = Due { at: at("2026-01-05T20:17:00Z"), reason: Reason::Interval };
    assert_eq!(terms.resume(monday, now), Some(monday));
}

#[test]
fn who_opens_together_is_spread() {
    let now = at("2026-01-05T12:00:00Z");
    let mut seconds = std::collections::BTreeMap::<i64, u32>::new();
    for device in 0..1000 {
        let calendar = calendar(&["20:00-23:00"], &[], "UTC");
        let terms = Terms { name: format!("device-{device}"), ..terms(calendar) };
        let due = terms.next(&polled(after(now, Duration::from_secs(1)), Ending::Failed, 1), now);
        assert!(due.at >= at("2026-01-05T20:00:00Z") && due.at < at("2026-01-05T20:30:00Z"));
        *seconds.entry(due.at.as_second()).or_default() += 1;
    }
    assert!(seconds.values().all(|count| *count <= 6), "{seconds:?}");
}

fn some_windows() -> impl Strategy<Value = Windows> {
    let days = prop::sample::select(vec!["", "Mon-Fri ", "Sat,Sun ", "Sun ", "Wed-Thu "]);
    let window = (days, 0..48u32, 0..48u32).prop_map(|(days, from, until)| {
        let time = |half: u32| format!("{:02}:{:02}", half / 2, half % 2 * 30);
        format!("{days}{}-{}", time(from), time(until)).parse().unwrap()
    });
    prop::collection::vec(window, 0..3).prop_map(Windows)
}

fn some_calendar() -> impl Strategy<Value = Calendar> {
    const ZONES: &[&str] =
        &["UTC", "Europe/Oslo", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"];
    (some_windows(), some_windows(), prop::sample::select(ZONES))
        .prop_map(|(open, closed, zone)| Calendar::new(open, closed, TimeZone::get(zone).unwrap()))
        .prop_filter("it leaves time", Calendar::leaves_time)
}

/// Any second of two years, with all changes of summer time in them.
fn some_time() -> impl Strategy<Value = Timestamp> {
    (1_767_225_600i64..1_830_297_600).prop_map(|second| Timestamp::from_second(second).unwrap())
}

fn some_ending() -> impl Strategy<Value = Ending> {
    prop::sample::select(vec![Ending::Answered, Ending::Failed, Ending::Hopeless, Ending::Interrupted])
}

prop_compose! {
    fn some_terms()(
        calendar in some_calendar(),
        interval in 1..10 * DAY,
        jitter in 0..DAY,
        confirm_after in 0..DAY,
        catch_up in 0..DAY,
        retry in 1..DAY,
        name in "[a-z]{1,8}",
    ) -> Terms {
        let span = Duration::from_secs;
        Terms {
            name, calendar,
            interval: span(interval), jitter: span(jitter), confirm_after: span(confirm_after),
            catch_up: span(catch_up), retry: span(retry),
        }
    }
}

proptest! {
    #[test]
    fn a_due_time_is_admitted_and_neither_past_nor_far(
        terms in some_terms(),
        now in some_time(),
        // A clock that was set back leaves polls in the future.
        began in -3_000_000i64..20_000,
        ending in some_ending(),
        failures in 0..40u32,
        changed: bool,
    ) {
        let begun = Timestamp::from_second(now.as_second() + began).unwrap();
        let history = History { failures, changed, ..polled(begun, ending, failures) };
        let due = terms.next(&history, now);
        prop_assert!(terms.calendar.is_open(due.at), "{:?}", due);
        prop_assert!(due.at >= now);
        // No later than the interval with half of its jitter, or as soon after that as it opens.
        let latest = after(now, terms.interval + terms.widest_jitter() / 2);
        let opening = terms.calendar.opening(latest);
        prop_assert!(due.at <= after(opening.from, terms.catch_up), "{:?} {:?}", due, opening);
        prop_assert_eq!(due, terms.next(&history, now), "nothing is left to chance");
        // What was planned is what is resumed.
        if due.at > now {
            prop_assert_eq!(terms.resume(due, now).unwrap().at, due.at);
        }
        let early = terms.early(begun, now);
        prop_assert!(terms.calendar.is_open(early.at) && early.at >= now);
    }

    #[test]
    fn jitter_stays_within_a_tenth_of_the_interval(terms in some_terms(), now in some_time()) {
        let terms = Terms { calendar: calendar(&[], &[], "UTC"), ..terms };
        let due = terms.next(&polled(now, Ending::Answered, 0), now);
        let spread = between(now, due.at).abs_diff(terms.interval);
        prop_assert!(spread <= terms.interval / 20 && spread <= terms.jitter / 2);
    }

    #[test]
    fn an_opening_holds_from_its_beginning_to_its_end(calendar in some_calendar(), time in some_time()) {
        let opening = calendar.opening(time);
        prop_assert!(opening.from >= time && calendar.is_open(opening.from));
        let minutes = |from: Timestamp, until: Timestamp| {
            (from.as_second()..until.as_second()).step_by(60).map(|second| Timestamp::from_second(second).unwrap())
        };
        prop_assert!(minutes(time, opening.from).all(|minute| !calendar.is_open(minute)));
        let end = opening.until.unwrap_or(after(opening.from, Duration::from_secs(DAY)));
        prop_assert!(minutes(opening.from, end).all(|minute| calendar.is_open(minute)));
        if let Some(until) = opening.until {
            prop_assert!(!calendar.is_open(until));
        }
    }

    #[test]
    fn catching_up_is_even(devices in 1..800usize, width in 0..7200u64, now in some_time()) {
        let terms = terms(calendar(&[], &[], "UTC"));
        let mut seconds = std::collections::BTreeMap::<i64, usize>::new();
        for turn in 0..devices {
            let due = terms.catch_up(turn, devices, Duration::from_secs(width), now);
            prop_assert!(due.at >= now && due.at <= after(now, Duration::from_secs(width)));
            *seconds.entry(due.at.as_second()).or_default() += 1;
        }
        let most = devices.div_ceil(usize::try_from(width).unwrap().max(1)) + 1;
        prop_assert!(seconds.values().all(|count| *count <= most), "{} > {}", seconds.values().max().unwrap(), most);
    }

    #[test]
    fn a_turn_is_admitted(terms in some_terms(), turn in 0..50usize, now in some_time()) {
        let due = terms.catch_up(turn, 50, terms.catch_up, now);
        prop_assert!(due.at >= now && terms.calendar.is_open(due.at));
    }
}
