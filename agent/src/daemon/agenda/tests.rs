use std::fs;
use std::os::unix::fs::PermissionsExt;

use proptest::prelude::*;

use super::super::Plan;
use super::*;
use crate::credentials::Process;

const HOUR: Duration = Duration::from_secs(3600);

/// The devices of a configuration with this schedule.
fn devices(names: &[&str], schedule: &str) -> Vec<Planned> {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        fs::write(folder.path().join(name), text).unwrap();
        fs::set_permissions(folder.path().join(name), fs::Permissions::from_mode(0o600)).unwrap();
        folder.path().join(name)
    };
    write("password", "secret");
    let tables: String =
        names.iter().map(|name| format!("[device.{name}]\naddress = \"192.0.2.1\"\n")).collect();
    let config = format!(
        "[poll]\ncredential = \"c\"\n[credentials.c]\nuser = \"u\"\npassword_file = \"password\"\n\
         [schedule]\ntime_zone = \"UTC\"\n{schedule}\n{tables}"
    );
    let path = write("licwatch.toml", &config);
    Plan::load(Some(&path), &Process).unwrap_or_else(|problems| panic!("{problems}")).devices
}

fn now(wall: &str, boot: u64) -> Now {
    Now { wall: wall.parse().unwrap(), boot: Duration::from_secs(boot) }
}

fn later(now: Now, wait: Duration) -> Now {
    Now { wall: now.wall + wait, boot: now.boot + wait }
}

fn begun(names: &[&str], schedule: &str, now: Now) -> Agenda {
    let mut agenda = Agenda::default();
    agenda.renew(&devices(names, schedule), &BTreeMap::new(), None, now);
    agenda
}

/// Takes whoever has a turn, and lands it well at once.
fn poll(agenda: &mut Agenda, now: Now) -> Option<String> {
    let turn = agenda.take(now)?;
    let name = turn.planned.job.device.name.clone();
    let history = History {
        begun: now.wall,
        ended: now.wall,
        failures: 0,
        reason: turn.reason,
        ending: Ending::Answered,
        changed: false,
    };
    let due = turn.planned.terms.next(&history, now.wall);
    agenda.landed(&name, history, due, now, HOUR, now);
    Some(name)
}

#[test]
fn who_is_new_has_its_turn_within_the_time_for_catching_up() {
    let start = now("2026-01-02T10:00:00Z", 50);
    let mut agenda = begun(&["a", "b", "c", "d"], "catch_up = \"20m\"", start);
    let mut turns = Vec::new();
    while let Some(turn) = agenda.next_turn() {
        let at = Now { wall: start.wall + (turn - start.boot), boot: turn };
        if turn > start.boot + HOUR {
            break;
        }
        turns.push((poll(&mut agenda, at).unwrap(), (turn - start.boot).as_secs() / 60));
    }
    assert_eq!(turns, [("a".into(), 0), ("b".into(), 5), ("c".into(), 10), ("d".into(), 15)]);
}

#[test]
fn a_wall_clock_that_jumps_moves_no_turn() {
    for jump in [86_400i64, -86_400, 400 * 86_400, 3] {
        let start = now("2026-01-02T10:00:00Z", 50);
        let mut agenda = begun(&["a", "b"], "catch_up = \"0s\"", start);
        while poll(&mut agenda, start).is_some() {}
        let turns: Vec<_> = agenda.turns.iter().cloned().collect();
        let moment = later(start, Duration::from_secs(5));
        assert!(agenda.look_at_clock(moment).is_empty());
        let jumped = Now { wall: moment.wall + SignedDuration::from_secs(jump), ..moment };
        let replanned = agenda.look_at_clock(jumped);
        assert_eq!(agenda.turns.iter().cloned().collect::<Vec<_>>(), turns);
        assert!(agenda.take(jumped).is_none(), "nobody fires");
        for (name, due) in replanned {
            let boot = turns.iter().find(|(_, other)| *other == name).unwrap().0;
            assert_eq!(jumped.boot_at(due.at), boot, "people are told the turn that it has");
        }
        assert!(agenda.look_at_clock(jumped).is_empty(), "once");
    }
}

/// A poll that ended well, by the clocks of `then`, and when its device is due again.
fn ended_well(turn: &Turn, begun: Duration, then: Now) -> (History, Due) {
    let (begun, ended) = (then.wall_at(begun), then.wall);
    let history =
        History { begun, ended, failures: 0, reason: turn.reason, ending: Ending::Answered, changed: false };
    (history, turn.planned.terms.next(&history, then.wall))
}

#[test]
fn a_clock_that_is_set_while_a_device_is_polled_moves_no_turn() {
    const SCHEDULE: &str = "catch_up = \"0s\"\njitter = \"0s\"\ninterval = \"2h\"";
    for days in [1, -1, 400] {
        let (start, jump) = (now("2026-01-02T10:00:00Z", 50), SignedDuration::from_hours(24 * days));
        let set = |now: Now| Now { wall: now.wall + jump, ..now };
        let landed = |then: &dyn Fn(Now) -> Now| {
            let mut agenda = begun(&["a"], SCHEDULE, start);
            let turn = agenda.take(start).unwrap();
            let end = later(start, Duration::from_secs(20));
            let (history, due) = ended_well(&turn, start.boot, then(end));
            let told = agenda.landed("a", history, due, then(end), HOUR, set(end));
            let told = told.into_iter().chain(agenda.look_at_clock(set(end)).into_iter().map(|(_, due)| due));
            assert_eq!(agenda.next_turn(), Some(start.boot + 2 * HOUR), "{days} days");
            let due = Due { at: start.wall + jump + 2 * HOUR, reason: Reason::Interval };
            assert!(told.clone().count() > 0 && told.clone().all(|told| told == due), "{days} days");
            assert_eq!(agenda.ended("a", set(end)), Some(end.boot));
            // A reload with other terms counts from the poll that was made.
            agenda.renew(&devices(&["a"], &SCHEDULE.replace("2h", "3h")), &BTreeMap::new(), None, set(end));
            assert_eq!(agenda.next_turn(), Some(start.boot + 3 * HOUR), "{days} days");
        };
        // Before it was kept, and between that and its landing.
        landed(&set);
        landed(&|now| now);
    }
}

#[test]
fn nobody_has_to_look_at_the_clock_before_a_device_is_polled_early_or_the_plan_is_another() {
    let start = now("2026-01-02T10:00:00Z", 50);
    for days in [1, -1] {
        let mut agenda = begun(&["a"], "catch_up = \"0s\"\njitter = \"0s\"\ninterval = \"6h\"", start);
        poll(&mut agenda, start).unwrap();
        let jumped = Now { wall: start.wall + SignedDuration::from_hours(24 * days), ..later(start, HOUR) };
        assert_eq!(agenda.ended("a", jumped), Some(start.boot));
        let shorter = devices(&["a"], "catch_up = \"0s\"\njitter = \"0s\"\ninterval = \"4h\"");
        agenda.renew(&shorter, &BTreeMap::new(), None, jumped);
        assert_eq!(agenda.next_turn(), Some(start.boot + 4 * HOUR));
        let due = agenda.early("a", jumped.boot + HOUR, jumped).unwrap();
        assert_eq!((due.at, agenda.next_turn()), (jumped.wall + HOUR, Some(jumped.boot + HOUR)));
        assert_eq!(agenda.look_at_clock(jumped), [("a".to_owned(), due)]);
    }
}

#[test]
fn a_clock_that_was_wrong_for_an_hour_costs_no_weekly_window() {
    // A Friday; the window opens in ten hours.
    let start = now("2026-01-02T10:00:00Z", 50);
    let schedule = "catch_up = \"0s\"\npoll_windows = [\"Fri 20:00-23:00\"]";
    let mut agenda = begun(&["a"], schedule, start);
    let turn = agenda.next_turn();
    assert_eq!(turn, Some(start.boot + 10 * HOUR));
    for days in [1, -1] {
        let wrong = Now { wall: start.wall + SignedDuration::from_hours(24 * days), ..later(start, HOUR) };
        assert_eq!(agenda.look_at_clock(wrong).len(), 1);
        assert_eq!(agenda.look_at_clock(later(start, 2 * HOUR)).len(), 1);
        assert_eq!(agenda.next_turn(), turn, "{days} days");
    }
    assert!(agenda.take(later(start, 10 * HOUR)).is_some());
}

#[test]
fn windows_that_close_while_a_device_waits_hold_it() {
    let start = now("2026-01-02T10:00:00Z", 50);
    let schedule = "catch_up = \"0s\"\nmaintenance = [\"10:30-12:00\"]";
    let mut agenda = begun(&["a"], schedule, start);
    let closed = later(start, Duration::from_secs(31 * 60));
    assert!(agenda.take(closed).is_none());
    let turn = agenda.next_turn().unwrap();
    assert_eq!(closed.wall_at(turn), "2026-01-02T12:00:00Z".parse().unwrap());
    assert!(agenda.take(later(start, Duration::from_secs(2 * 3600))).is_some());
}

#[test]
fn a_reload_keeps_the_turns_of_the_same_terms() {
    let start = now("2026-01-02T10:00:00Z", 50);
    let mut agenda = begun(&["a", "b", "gone"], "catch_up = \"0s\"", start);
    while poll(&mut agenda, start).is_some() {}
    let before: BTreeMap<_, _> = agenda.turns.iter().map(|(turn, name)| (name.clone(), *turn)).collect();
    let moment = later(start, HOUR);
    agenda.renew(&devices(&["a", "b", "new"], "catch_up = \"0s\""), &BTreeMap::new(), None, moment);
    let after: BTreeMap<_, _> = agenda.turns.iter().map(|(turn, name)| (name.clone(), *turn)).collect();
    assert_eq!((after["a"], after["b"]), (before["a"], before["b"]));
    assert_eq!((after["new"], after.len()), (moment.boot, 3));

    // Two hours instead of a day: the poll of an hour ago counts.
    let shorter = devices(&["a"], "catch_up = \"0s\"\njitter = \"0s\"\ninterval = \"2h\"");
    agenda.renew(&shorter, &BTreeMap::new(), None, moment);
    assert_eq!(agenda.next_turn(), Some(moment.boot + HOUR));
}

#[test]
fn a_device_that_left_is_forgotten_when_its_poll_ends() {
    let start = now("2026-01-02T10:00:00Z", 50);
    let mut agenda = begun(&["a", "b"], "catch_up = \"0s\"", start);
    let turn = agenda.take(start).unwrap();
    assert_eq!(turn.planned.job.device.name, "a");
    agenda.renew(&devices(&["b"], "catch_up = \"0s\""), &BTreeMap::new(), None, start);
    // It comes back while it is still polled: it is not polled beside itself.
    agenda.renew(&devices(&["a", "b"], "catch_up = \"0s\""), &BTreeMap::new(), None, start);
    assert_eq!(agenda.take(start).unwrap().planned.job.device.name, "b");
    assert!(agenda.take(start).is_none());
    agenda.renew(&devices(&["b"], "catch_up = \"0s\""), &BTreeMap::new(), None, start);
    agenda.crashed("a", start);
    assert!(agenda.name("a").is_none() && agenda.name("B") == Some("b"));
}

#[test]
fn what_was_held_back_is_spread_over_no_longer_than_it_was_held() {
    let start = now("2026-01-02T10:00:00Z", 50);
    // Their turns are 0, 15, 30 and 45 seconds from now.
    let mut agenda = begun(&["a", "b", "c", "d"], "catch_up = \"1m\"", start);
    let held = Duration::from_secs(52);
    let released = later(start, held);
    let turns: Vec<_> = agenda.resume(held, released).into_iter().map(|(_, due)| due.at).collect();
    let expected: Vec<_> = (0..4).map(|turn| released.wall + SignedDuration::from_secs(turn * 13)).collect();
    assert_eq!(turns, expected);
}

#[test]
fn a_report_during_a_poll_counts_after_it() {
    let start = now("2026-01-02T10:00:00Z", 50);
    let mut agenda = begun(&["a"], "catch_up = \"0s\"", start);
    let turn = agenda.take(start).unwrap();
    assert!(agenda.early("a", start.boot, start).is_none());
    let history = History {
        begun: start.wall,
        ended: start.wall,
        failures: 0,
        reason: turn.reason,
        ending: Ending::Answered,
        changed: false,
    };
    let due = turn.planned.terms.next(&history, start.wall);
    let early = agenda.landed("a", history, due, start, HOUR, start).unwrap();
    assert_eq!(early, Due { at: start.wall + HOUR, reason: Reason::Early });
    assert!(!agenda.wants_early("a"));
}

proptest! {
    /// Whatever happens, every device that is not being polled has exactly one turn, and one that is has none.
    #[test]
    fn everybody_has_one_turn(acts in prop::collection::vec((0..8u8, 0..7200u64, -100_000i64..100_000), 1..60)) {
        let both = [
            devices(&["a", "b", "c"], "catch_up = \"10m\"\ninterval = \"1h\""),
            devices(&["b", "c", "d"], "catch_up = \"10m\"\ninterval = \"2h\"\nmaintenance = [\"11:00-13:00\"]"),
        ];
        let mut now = now("2026-01-02T10:00:00Z", 50);
        let mut agenda = Agenda::default();
        agenda.renew(&both[0], &BTreeMap::new(), None, now);
        let mut flying: Vec<(String, Turn)> = Vec::new();
        for (act, wait, jump) in acts {
            match act {
                0 => now = later(now, Duration::from_secs(wait)),
                1 => {
                    if let Some(turn) = agenda.take(now) {
                        prop_assert!(turn.planned.terms.calendar.is_open(now.wall));
                        let name = turn.planned.job.device.name.clone();
                        prop_assert!(flying.iter().all(|(other, _)| *other != name), "{} is polled twice", name);
                        flying.push((name, turn));
                    }
                }
                2 if !flying.is_empty() => {
                    let (name, _) = flying.swap_remove(wait as usize % flying.len());
                    agenda.crashed(&name, now);
                }
                3 => {
                    agenda.renew(&both[wait as usize % 2], &BTreeMap::new(), None, now);
                }
                4 => {
                    agenda.early(["a", "b", "c", "d"][wait as usize % 4], now.boot + Duration::from_secs(wait), now);
                }
                5 => {
                    agenda.resume(Duration::from_secs(wait), now);
                }
                6 => {
                    now.wall += SignedDuration::from_secs(jump);
                    agenda.look_at_clock(now);
                }
                7 if !flying.is_empty() => {
                    let (name, turn) = flying.swap_remove(wait as usize % flying.len());
                    let (history, due) = ended_well(&turn, now.boot.saturating_sub(Duration::from_secs(wait)), now);
                    let then = now;
                    now.wall += SignedDuration::from_secs(jump);
                    agenda.landed(&name, history, due, then, HOUR, now);
                }
                _ => {}
            }
            let waiting: Vec<_> = agenda.turns.iter().map(|(_, name)| name.as_str()).collect();
            let idle: Vec<_> =
                agenda.entries.iter().filter(|(_, entry)| !entry.busy).map(|(name, _)| name.as_str()).collect();
            let mut sorted = waiting.clone();
            sorted.sort_unstable();
            prop_assert_eq!(sorted, idle);
            let busy = agenda.entries.iter().filter(|(_, entry)| entry.busy).count();
            prop_assert_eq!(busy, flying.len());
            for (boot, name) in &agenda.turns {
                prop_assert_eq!(agenda.entries[name].boot, *boot);
                // Nobody starves: an interval, its jitter, and the longest maintenance with what is spread behind it.
                prop_assert!(*boot <= now.boot + HOUR * 5, "{} waits for {:?}", name, *boot - now.boot);
            }
        }
    }
}
