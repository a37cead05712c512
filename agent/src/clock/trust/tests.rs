use super::*;

const JUMP: Duration = Duration::from_secs(300);
const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A host whose clocks are turned by hand.
struct Host {
    sight: Sight,
    trust: Trust,
}

impl Host {
    fn new(now: &str, newest: Option<&str>) -> Self {
        let trust = Trust::new(time("2026-11-22T00:00:00Z"), JUMP, newest.map(time));
        Self { sight: Sight { now: time(now), since_boot: HOUR, released: None }, trust }
    }

    fn running() -> Self {
        let mut host = Self::new("2027-03-01T12:00:00Z", None);
        assert_eq!(host.look(), None);
        host
    }

    fn look(&mut self) -> Option<Change> {
        self.trust.look(self.sight)
    }

    /// Time passes for both clocks.
    fn pass(&mut self, time: Duration) -> Option<Change> {
        self.sight.now += time;
        self.sight.since_boot += time;
        self.look()
    }

    /// Somebody sets the wall clock.
    fn set(&mut self, seconds: i64) -> Option<Change> {
        self.sight.now += jiff::SignedDuration::from_secs(seconds);
        self.look()
    }

    fn release(&mut self) -> Option<Change> {
        self.sight.released = Some(self.sight.now);
        self.look()
    }
}

const BY_ITSELF: Option<Change> = Some(Change::Believed { released: false });
const BY_OPERATOR: Option<Change> = Some(Change::Believed { released: true });

#[test]
fn a_jump_of_a_day_is_refused_until_the_clock_is_right_again() {
    for day in [86_400, -86_400] {
        let mut host = Host::running();
        host.pass(HOUR);
        let Some(Change::Refused(doubt @ Doubt::Jumped { now, expected })) = host.set(day) else {
            panic!("{day} is refused")
        };
        assert_eq!(now, host.sight.now);
        assert_eq!(expected, time("2027-03-01T13:00:00Z"));
        let way = if day > 0 { "forward" } else { "back" };
        assert!(doubt.to_string().contains(&format!("set {way} by 1 d 0 h")), "{doubt}");
        assert_eq!(host.pass(SECOND), None, "it is told once");
        assert_eq!(host.set(day / 2), None);
        assert_eq!(host.set(-day - day / 2), BY_ITSELF);
        assert_eq!(host.trust.doubt(), None);
        assert!(matches!(host.set(day), Some(Change::Refused(_))), "and again");
    }
}

#[test]
fn what_is_within_the_tolerance_is_no_jump_but_many_such_steps_are() {
    let mut host = Host::running();
    for _ in 0..3 {
        assert_eq!(host.set(100), None);
        host.pass(SECOND);
    }
    assert!(matches!(host.set(100), Some(Change::Refused(Doubt::Jumped { .. }))), "400 s in all");

    // The same steps over days.
    let mut host = Host::running();
    for _ in 0..20 {
        assert_eq!(host.set(100), None);
        assert_eq!(host.pass(12 * HOUR), None);
    }
}

#[test]
fn sleep_gaps_and_slewing_are_no_jumps() {
    let mut host = Host::running();
    assert_eq!(host.pass(40 * 24 * HOUR), None, "asleep, or nobody looked");
    // 500 ppm, the most that Linux slews, even if only one clock followed it.
    for _ in 0..1000 {
        host.sight.now += Duration::from_micros(1_800_000);
        assert_eq!(host.pass(HOUR), None);
    }
}

#[test]
fn an_operator_can_release_a_jump_once() {
    let mut host = Host::running();
    assert_eq!(host.release(), None, "nothing is refused");
    assert!(host.set(-86_400).is_some());
    assert_eq!(host.pass(SECOND), None, "the old release does not count");
    assert_eq!(host.release(), BY_OPERATOR);
    assert_eq!(host.pass(HOUR), None);
    assert!(matches!(host.set(86_400), Some(Change::Refused(_))), "the time of before is a jump now");
}

#[test]
fn a_clock_before_the_source_is_refused_whatever_an_operator_says() {
    let mut host = Host::new("1970-01-01T00:00:10Z", None);
    let refused = host.look();
    assert!(matches!(refused, Some(Change::Refused(Doubt::BeforeBuild { .. }))), "{refused:?}");
    assert_eq!(host.release(), None);
    host.sight.now = time("2027-03-01T12:00:00Z");
    assert_eq!(host.look(), BY_ITSELF);
    assert_eq!(host.pass(HOUR), None);
    host.sight.now = time("1970-01-01T00:00:10Z");
    assert!(matches!(host.look(), Some(Change::Refused(Doubt::BeforeBuild { .. }))));
    host.sight.now = time("2026-12-24T12:00:00Z");
    let other = host.look();
    assert!(matches!(other, Some(Change::Refused(Doubt::Jumped { .. }))), "another reason: {other:?}");
}

#[test]
fn at_the_start_the_store_is_a_witness() {
    let mut host = Host::new("2027-03-01T12:00:00Z", Some("2027-03-01T12:04:59Z"));
    assert_eq!(host.look(), None, "within the tolerance");
    let mut host = Host::new("2027-03-01T12:00:00Z", Some("2026-12-01T00:00:00Z"));
    assert_eq!(host.look(), None, "downtime");

    let begin = || Host::new("2027-03-01T12:00:00Z", Some("2027-03-02T12:00:00Z"));
    let mut host = begin();
    let refused = host.look();
    assert!(matches!(refused, Some(Change::Refused(Doubt::BeforeStore { .. }))), "{refused:?}");
    assert_eq!(host.set(86_400), BY_ITSELF);

    let mut host = begin();
    host.look();
    assert_eq!(host.release(), BY_OPERATOR);
    assert_eq!(host.pass(HOUR), None);
}

#[test]
fn a_release_holds_for_a_start_soon_after_it_and_no_later() {
    let mut host = Host::new("2027-03-01T12:00:00Z", Some("2027-06-01T00:00:00Z"));
    host.sight.released = Some(time("2027-03-01T11:00:00Z"));
    assert_eq!(host.look(), None);
    for stale in ["2027-02-01T00:00:00Z", "2027-05-01T00:00:00Z"] {
        let mut host = Host::new("2027-03-01T12:00:00Z", Some("2027-06-01T00:00:00Z"));
        host.sight.released = Some(time(stale));
        assert!(matches!(host.look(), Some(Change::Refused(_))), "{stale}");
    }
}

#[test]
fn the_source_has_a_date() {
    assert!(built() >= time("2026-11-01T00:00:00Z"), "{}", built());
}
