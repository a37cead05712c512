use super::*;

const FREE: Terms =
    Terms { refusals: 3, pace: None, pace_of_credential: None, answered_within: Duration::from_secs(8) };

fn login(device: &str) -> LoginIdentity {
    LoginIdentity { credential: "network".into(), device: device.into() }
}

fn at(seconds: u64) -> Moment {
    Moment { boot: "one".into(), since_boot: Duration::from_secs(seconds) }
}

#[track_caller]
fn turn(sql: &Connection, device: &str, terms: &Terms, moment: &Moment) -> (i64, u64) {
    match admit(sql, &login(device), None, terms, moment).unwrap() {
        Admission::Turn { place, at } => (place, at.as_secs()),
        other => panic!("{other:?}"),
    }
}

fn refusal(device: &str, place: i64) -> Refusal {
    Refusal { login: login(device), reason: "no".into(), place, at: at(0) }
}

#[test]
fn logins_in_flight_may_be_refused_until_they_are_old() {
    let sql = in_memory().unwrap();
    for device in ["a", "b", "c"] {
        turn(&sql, device, &FREE, &at(100));
    }
    // They hang. A slow login server may refuse them yet, until nobody waits any more.
    assert_eq!(admit(&sql, &login("d"), None, &FREE, &at(110)).unwrap(), Admission::Full);
    for device in ["d", "e", "f"] {
        turn(&sql, device, &FREE, &at(111));
    }
    assert_eq!(admit(&sql, &login("g"), None, &FREE, &at(111)).unwrap(), Admission::Full);
}

#[test]
fn logins_that_hang_stop_nobody_once_another_device_takes_the_credential() {
    let sql = in_memory().unwrap();
    for device in ["a", "b"] {
        turn(&sql, device, &FREE, &at(100));
    }
    let (good, _) = turn(&sql, "good", &FREE, &at(100));
    accept(&sql, "network", good, &at(101)).unwrap();
    turn(&sql, "c", &FREE, &at(102));
    assert_eq!(admit(&sql, &login("d"), None, &FREE, &at(105)).unwrap(), Admission::Full);
    // `a` and `b` are old, and the credential is a good one; `c` counts still.
    turn(&sql, "d", &FREE, &at(106));
    turn(&sql, "e", &FREE, &at(106));
    assert_eq!(admit(&sql, &login("f"), None, &FREE, &at(106)).unwrap(), Admission::Full);
    // A device that hangs has one login in flight all the same.
    let other = LoginIdentity { credential: "other".into(), device: "a".into() };
    assert_eq!(admit(&sql, &other, None, &FREE, &at(106)).unwrap(), Admission::Full);
}

#[test]
fn a_device_has_one_login_in_flight_with_whatever_credential() {
    let sql = in_memory().unwrap();
    let (place, _) = turn(&sql, "core-1", &FREE, &at(0));
    let other = LoginIdentity { credential: "other".into(), device: "CORE-1".into() };
    assert_eq!(admit(&sql, &other, None, &FREE, &at(1)).unwrap(), Admission::Full);
    accept(&sql, "network", place, &at(0)).unwrap();
    assert!(matches!(admit(&sql, &other, None, &FREE, &at(1)).unwrap(), Admission::Turn { .. }));
}

#[test]
fn refusals_of_distinct_devices_stop_a_credential_and_an_accepted_login_takes_them_back() {
    let sql = in_memory().unwrap();
    let refused = |device: &str| {
        let place = turn(&sql, device, &FREE, &at(0)).0;
        refuse(&sql, &refusal(device, place), 3, Timestamp::UNIX_EPOCH).unwrap()
    };
    assert!(refused("a").device && refused("b").credential.is_none());
    // The same device again, by a process that was admitted before: it is one device.
    let again = refuse(&sql, &refusal("b", -1), 3, Timestamp::UNIX_EPOCH).unwrap();
    assert!(!again.device && again.credential.is_none());
    let place = turn(&sql, "well", &FREE, &at(0)).0;
    accept(&sql, "network", place, &at(0)).unwrap();
    assert!(refused("c").credential.is_none() && refused("d").credential.is_none());
    assert_eq!(refused("e").credential.unwrap(), ["c", "d", "e"]);
    let stop = standing(&sql, &login("well")).unwrap().unwrap();
    assert_eq!(stop.what, Stopped::Credential("network".into()));
    assert!(matches!(admit(&sql, &login("well"), None, &FREE, &at(0)).unwrap(), Admission::Stopped(_)));
    let device = LoginIdentity { credential: "other".into(), device: "A".into() };
    assert_eq!(standing(&sql, &device).unwrap().unwrap().what, Stopped::Device("A".into()));
}

#[test]
fn a_limit_that_was_lowered_lets_one_try_at_a_time() {
    let sql = in_memory().unwrap();
    for device in ["a", "b"] {
        let place = turn(&sql, device, &FREE, &at(0)).0;
        refuse(&sql, &refusal(device, place), 3, Timestamp::UNIX_EPOCH).unwrap();
    }
    let one = Terms { refusals: 1, ..FREE };
    turn(&sql, "c", &one, &at(0));
    assert_eq!(admit(&sql, &login("d"), None, &one, &at(0)).unwrap(), Admission::Full);
}

#[test]
fn a_credential_that_many_refuse_in_a_day_is_stopped_though_others_take_it() {
    let sql = in_memory().unwrap();
    let now = Timestamp::UNIX_EPOCH;
    let refused = |device: &str, now| {
        let place = turn(&sql, device, &FREE, &at(0)).0;
        let stopped = refuse(&sql, &refusal(device, place), 3, now).unwrap().credential;
        let place = turn(&sql, "good", &FREE, &at(0)).0;
        accept(&sql, "network", place, &at(0)).unwrap();
        stopped
    };
    // One a long time ago, eight within a day.
    for (number, hours) in [-30, 0, 1, 2, 3, 4, 5, 6, 7].into_iter().enumerate() {
        assert_eq!(refused(&number.to_string(), now + SignedDuration::from_hours(hours)), None);
    }
    let place = turn(&sql, "last", &FREE, &at(0)).0;
    let last = refuse(&sql, &refusal("last", place), 3, now + SignedDuration::from_hours(8)).unwrap();
    assert_eq!(last.credential.map(|devices| devices.len()), Some(9));
    assert!(matches!(standing(&sql, &login("other")).unwrap(), Some(Stop { .. })));
}
