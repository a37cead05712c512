use std::collections::VecDeque;

use super::*;
use crate::store::guard::{Admission, accept, admit, answered, in_memory};
use crate::transport::ssh::LoginIdentity;

/// Two in a second, half a second apart.
const TWO: Terms = Terms {
    refusals: u32::MAX,
    pace: Some(Pace { most: 2, window: Duration::from_secs(1) }),
    pace_of_credential: None,
    answered_within: Duration::from_secs(8),
};

fn login(credential: &str, device: &str) -> LoginIdentity {
    LoginIdentity { credential: credential.into(), device: device.into() }
}

fn at(millis: u64) -> Moment {
    Moment { boot: "one".into(), since_boot: Duration::from_millis(millis) }
}

/// The place of a turn that there is.
#[track_caller]
fn turn(sql: &Connection, device: &str, terms: &Terms, at: &Moment) -> i64 {
    match admit(sql, &login("network", device), None, terms, at).unwrap() {
        Admission::Turn { place, .. } => place,
        other => panic!("{other:?}"),
    }
}

/// The milliseconds since boot when there may be a turn.
#[track_caller]
fn later(sql: &Connection, device: &str, terms: &Terms, at: &Moment) -> u128 {
    match admit(sql, &login("network", device), None, terms, at).unwrap() {
        Admission::Later(at) => at.as_millis(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_turn_counts_until_a_window_after_its_answer() {
    let sql = in_memory().unwrap();
    let first = turn(&sql, "a", &TWO, &at(10_000));
    assert_eq!(later(&sql, "b", &TWO, &at(10_100)), 10_500, "turns are spaced");
    let second = turn(&sql, "b", &TWO, &at(10_500));
    // Neither is answered; the device of one may look at any time.
    assert!(later(&sql, "c", &TWO, &at(12_000)) > 20_000);
    answered(&sql, second, &at(12_000)).unwrap();
    assert_eq!(later(&sql, "c", &TWO, &at(12_300)), 13_000);
    accept(&sql, "network", first, &at(12_400)).unwrap();
    assert_eq!(later(&sql, "c", &TWO, &at(12_999)), 13_000);
    turn(&sql, "c", &TWO, &at(13_000));
    // What was answered first makes room first, and only once.
    assert_eq!(later(&sql, "d", &TWO, &at(13_450)), 13_500);
    turn(&sql, "d", &TWO, &at(13_500));
    assert!(later(&sql, "e", &TWO, &at(14_500)) > 20_000);
}

#[test]
fn an_answer_that_is_told_twice_ends_the_turn_once() {
    let sql = in_memory().unwrap();
    let place = turn(&sql, "a", &TWO, &at(10_000));
    turn(&sql, "b", &TWO, &at(10_500));
    answered(&sql, place, &at(10_600)).unwrap();
    accept(&sql, "network", place, &at(11_400)).unwrap();
    assert_eq!(later(&sql, "c", &TWO, &at(11_500)), 11_600);
}

#[test]
fn turns_of_a_killed_process_end_when_nobody_could_wait_any_more() {
    let sql = in_memory().unwrap();
    turn(&sql, "a", &TWO, &at(10_000));
    turn(&sql, "b", &TWO, &at(10_500));
    // Its turn, a late start, eight seconds for the answer, and the window.
    assert_eq!(later(&sql, "c", &TWO, &at(11_000)), 10_000 + 2_000 + 8_000 + 1_000);
    turn(&sql, "c", &TWO, &at(21_000));
    // After another start of the host nobody is in flight and no turn is taken.
    let booted = Moment { boot: "two".into(), since_boot: Duration::from_millis(300) };
    turn(&sql, "a", &TWO, &booted);
}

#[test]
fn a_login_that_goes_on_takes_a_turn_for_each_credential_and_keeps_its_place() {
    let sql = in_memory().unwrap();
    let terms = Terms { refusals: 1, ..TWO };
    let place = turn(&sql, "a", &terms, &at(10_000));
    let again = |held, millis| admit(&sql, &login("network", "a"), Some(held), &terms, &at(millis)).unwrap();
    // Asking again answers what was shown before; the turns are spaced all the same.
    assert_eq!(again(place, 10_100), Admission::Later(Duration::from_millis(10_500)));
    assert_eq!(again(place, 10_500), Admission::Turn { place, at: Duration::from_millis(10_500) });
    assert_eq!(again(place, 11_000), Admission::Later(Duration::from_millis(11_100)));
    // It may still be refused, and there shall be no second one.
    let other = admit(&sql, &login("network", "b"), None, &terms, &at(11_100)).unwrap();
    assert_eq!(other, Admission::Full);
    // Its place is too old to count; when it goes on it is let in as anybody.
    let other = turn(&sql, "b", &terms, &at(20_501));
    assert_eq!(again(place, 22_000), Admission::Full);
    accept(&sql, "network", other, &at(22_000)).unwrap();
    assert_eq!(again(place, 22_000), Admission::Turn { place, at: Duration::from_secs(22) });
}

#[test]
fn a_credential_has_a_window_of_its_own() {
    let sql = in_memory().unwrap();
    let pace = |most| Some(Pace { most, window: Duration::from_secs(1) });
    let terms = Terms { pace: pace(1000), pace_of_credential: pace(1), ..TWO };
    let place = turn(&sql, "a", &terms, &at(10_000));
    let other = admit(&sql, &login("other", "b"), None, &terms, &at(10_100)).unwrap();
    assert!(matches!(other, Admission::Turn { .. }), "{other:?}");
    accept(&sql, "network", place, &at(10_700)).unwrap();
    assert_eq!(later(&sql, "c", &terms, &at(11_200)), 11_700);
}

#[test]
fn what_is_over_leaves_nothing_behind() {
    let sql = in_memory().unwrap();
    for number in 0..100 {
        let now = at(10_000 + 600 * number);
        let place = turn(&sql, "a", &TWO, &now);
        accept(&sql, "network", place, &now).unwrap();
    }
    let kept: u32 = sql.query_row("SELECT count(*) FROM guard_shown", [], |row| row.get(0)).unwrap();
    assert_eq!(kept, 2);
    let free = Terms { pace: None, ..TWO };
    turn(&sql, "a", &free, &at(90_000));
    let kept: u32 = sql.query_row("SELECT count(*) FROM guard_shown", [], |row| row.get(0)).unwrap();
    assert_eq!(kept, 2, "without a cap nothing is counted");
}

/// Devices look at a credential at any time between its turn and its answer; whichever they choose, no window holds more.
#[test]
fn no_window_holds_more_than_the_cap_whenever_devices_look() {
    let sql = in_memory().unwrap();
    let terms = Terms { pace: Some(Pace { most: 5, window: Duration::from_secs(1) }), ..TWO };
    // xorshift: the same each time.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    };
    let (mut seen, mut open, mut now) = (Vec::new(), VecDeque::new(), 10_000);
    for number in 0..2_000_u64 {
        now += random(40);
        while let Some(place) = open.iter().position(|(_, answer)| *answer <= now) {
            let (place, answer) = open.remove(place).unwrap();
            answered(&sql, place, &at(answer)).unwrap();
        }
        let identity = login("network", &format!("device-{number}"));
        if let Admission::Turn { place, .. } = admit(&sql, &identity, None, &terms, &at(now)).unwrap() {
            let answer = now + random(3_000);
            seen.push(now + random(answer - now + 1));
            open.push_back((place, answer));
        }
    }
    seen.sort_unstable();
    assert!(seen.len() > 50, "{}", seen.len());
    let most =
        seen.iter().map(|from| seen.iter().filter(|at| (*from..from + 1_000).contains(at)).count()).max();
    assert!(most <= Some(5), "{most:?}");
}
