use super::*;

const TERMS: Terms = Terms { refusals: 3, gap: Duration::from_secs(1), gap_of_credential: Duration::ZERO };

fn login(device: &str) -> LoginIdentity {
    LoginIdentity { credential: "network".into(), device: device.into() }
}

fn at(seconds: u64) -> Moment {
    Moment { boot: "one".into(), since_boot: Duration::from_secs(seconds) }
}

#[track_caller]
fn turn(sql: &Connection, device: &str, terms: &Terms, moment: &Moment) -> (i64, u64) {
    match admit(sql, &login(device), terms, moment).unwrap() {
        Admission::Turn { place, at } => (place, at.as_secs()),
        other => panic!("{other:?}"),
    }
}

fn refusal(device: &str, place: i64) -> Refusal {
    Refusal { login: login(device), reason: "no".into(), place }
}

#[test]
fn logins_in_flight_may_be_refused_until_they_are_old() {
    let sql = in_memory().unwrap();
    let free = Terms { gap: Duration::ZERO, ..TERMS };
    for device in ["a", "b", "c"] {
        turn(&sql, device, &free, &at(100));
    }
    assert_eq!(admit(&sql, &login("d"), &free, &at(105)).unwrap(), Admission::Full);
    // They hang: three more may try, and no fourth.
    for device in ["d", "e", "f"] {
        turn(&sql, device, &free, &at(106));
    }
    assert_eq!(admit(&sql, &login("g"), &free, &at(106)).unwrap(), Admission::Full);
}

#[test]
fn a_device_has_one_login_in_flight_with_whatever_credential() {
    let sql = in_memory().unwrap();
    let (place, _) = turn(&sql, "core-1", &TERMS, &at(0));
    let other = LoginIdentity { credential: "other".into(), device: "CORE-1".into() };
    assert_eq!(admit(&sql, &other, &TERMS, &at(1)).unwrap(), Admission::Full);
    accept(&sql, "network", place).unwrap();
    assert!(matches!(admit(&sql, &other, &TERMS, &at(1)).unwrap(), Admission::Turn { .. }));
}

#[test]
fn turns_are_a_gap_apart_and_begin_anew_with_the_host() {
    let sql = in_memory().unwrap();
    let many = Terms { refusals: 100, ..TERMS };
    let turns = ["a", "b", "c"].map(|device| turn(&sql, device, &many, &at(50)).1);
    assert_eq!(turns, [50, 51, 52]);
    let (place, of_d) = turn(&sql, "d", &many, &at(60));
    assert_eq!(of_d, 60);
    assert_eq!(postpone(&sql, place, "network", &many, &at(60)).unwrap().as_secs(), 61);
    // After another start of the host nobody is in flight and no turn is taken.
    let booted = Moment { boot: "two".into(), since_boot: Duration::from_secs(3) };
    assert_eq!(turn(&sql, "a", &Terms { refusals: 1, ..TERMS }, &booted).1, 3);
}

#[test]
fn refusals_of_distinct_devices_stop_a_credential_and_an_accepted_login_takes_them_back() {
    let sql = in_memory().unwrap();
    let free = Terms { gap: Duration::ZERO, ..TERMS };
    let refused = |device: &str| {
        let place = turn(&sql, device, &free, &at(0)).0;
        refuse(&sql, &refusal(device, place), 3, Timestamp::UNIX_EPOCH).unwrap()
    };
    assert!(refused("a").device && refused("b").credential.is_none());
    // The same device again, by a process that was admitted before: it is one device.
    let again = refuse(&sql, &refusal("b", -1), 3, Timestamp::UNIX_EPOCH).unwrap();
    assert!(!again.device && again.credential.is_none());
    let place = turn(&sql, "well", &free, &at(0)).0;
    accept(&sql, "network", place).unwrap();
    assert!(refused("c").credential.is_none() && refused("d").credential.is_none());
    assert_eq!(refused("e").credential.unwrap(), ["c", "d", "e"]);
    let stop = standing(&sql, &login("well")).unwrap().unwrap();
    assert_eq!(stop.what, Stopped::Credential("network".into()));
    assert!(matches!(admit(&sql, &login("well"), &free, &at(0)).unwrap(), Admission::Stopped(_)));
    let device = LoginIdentity { credential: "other".into(), device: "A".into() };
    assert_eq!(standing(&sql, &device).unwrap().unwrap().what, Stopped::Device("A".into()));
}

#[test]
fn a_limit_that_was_lowered_lets_one_try_at_a_time() {
    let sql = in_memory().unwrap();
    let free = Terms { gap: Duration::ZERO, ..TERMS };
    for device in ["a", "b"] {
        let place = turn(&sql, device, &free, &at(0)).0;
        refuse(&sql, &refusal(device, place), 3, Timestamp::UNIX_EPOCH).unwrap();
    }
    let one = Terms { refusals: 1, ..free };
    turn(&sql, "c", &one, &at(0));
    assert_eq!(admit(&sql, &login("d"), &one, &at(0)).unwrap(), Admission::Full);
}
