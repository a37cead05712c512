use super::judge::{Finding, age, clock_words};
use super::*;
use crate::store::status::{Answer, Newest, Next, Observed, Shown, Stop};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn terms() -> Terms {
    Terms {
        now: at("2027-03-01T12:00:00Z"),
        silent_after: SignedDuration::from_hours(72),
        clock: SignedDuration::from_mins(1),
    }
}

/// The one device of an inventory, `core-1`.
fn inventory() -> Vec<Device> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("licwatch.toml");
    let text = "[credentials.network]\nuser = \"monitor\"\nprompt = true\n\n[device.core-1]\naddress = \"192.0.2.1\"\n\
                credential = \"network\"\ndeadline = \"1m\"\n";
    std::fs::write(&file, text).unwrap();
    crate::config::load(&file).unwrap().devices().unwrap()
}

/// A device that answered an hour ago and is due in 23.
fn well() -> Known {
    Known {
        id: 1,
        name: "Core-1".to_owned(),
        listed: true,
        first_seen: at("2027-01-01T00:00:00Z"),
        answered_at: Some(at("2027-03-01T11:00:00Z")),
        silent: false,
        newest: Some(Newest {
            polled_at: Some(at("2027-03-01T11:00:00Z")),
            outcome: Some("complete".to_owned()),
            duration_ms: Some(800),
            answer: Some(Answer {
                offset_ms: Some(1200),
                summary: Shown { compliance: "ok".to_owned(), ..Shown::default() },
            }),
            ..Newest::default()
        }),
        next: Some(Next { due_at: at("2027-03-02T11:00:00Z"), reason: "interval".to_owned(), failures: 0 }),
    }
}

fn judged(known: Known, stops: &Stops) -> (Vec<Finding>, Vec<String>) {
    let [row] = standings(&inventory(), vec![known], stops, &Unlisted::None, &terms()).try_into().unwrap();
    (row.findings, row.notes)
}

/// What there is to know of a device that is well but for this.
fn but(change: impl FnOnce(&mut Known, &mut Newest)) -> (Vec<Finding>, Vec<String>) {
    let mut known = well();
    let mut newest = known.newest.take().unwrap();
    change(&mut known, &mut newest);
    known.newest = Some(newest);
    judged(known, &Stops::default())
}

fn note(words: &str) -> (Vec<Finding>, Vec<String>) {
    (Vec::new(), vec![words.to_owned()])
}

fn finding(finding: Finding) -> (Vec<Finding>, Vec<String>) {
    (vec![finding], Vec::new())
}

#[test]
fn a_device_that_is_well_needs_nobody() {
    assert_eq!(but(|_, _| ()), (Vec::new(), Vec::new()));
}

#[test]
fn a_silent_device_is_named() {
    let silent = finding(Finding::Silent);
    assert_eq!(but(|known, _| known.answered_at = Some(at("2027-02-26T11:59:59Z"))), silent);
    assert_eq!(but(|known, _| known.silent = true), silent);
    let never = |first: &'static str| {
        but(move |known, _| {
            known.answered_at = None;
            known.first_seen = at(first);
        })
    };
    assert_eq!(never("2027-02-20T00:00:00Z"), silent);
    assert_eq!(never("2027-03-01T00:00:00Z"), (Vec::new(), Vec::new()));
}

#[test]
fn a_locked_device_is_named() {
    let stop = Stop { credential: "network".to_owned(), since: terms().now, reason: "refused".to_owned() };
    let stops = Stops { devices: [("core-1".to_owned(), stop)].into(), credentials: Vec::new() };
    assert_eq!(judged(well(), &stops), finding(Finding::Locked));
}

#[test]
fn an_overdue_poll_and_a_past_deadline_are_findings() {
    let due = |due: &'static str| {
        but(move |known, _| {
            known.next = Some(Next { due_at: at(due), reason: "interval".to_owned(), failures: 0 });
        })
    };
    assert_eq!(due("2027-03-01T10:59:59Z"), finding(Finding::Overdue));
    assert_eq!(due("2027-03-01T11:00:01Z"), (Vec::new(), Vec::new()));
    let lapses = |lapses_at: Option<Timestamp>, deadline: &str| {
        let deadline = deadline.to_owned();
        but(move |_, newest| {
            let shown = &mut newest.answer.as_mut().unwrap().summary;
            (shown.lapses_at, shown.deadline) = (lapses_at, deadline);
        })
    };
    assert_eq!(lapses(Some(at("2027-03-01T11:59:59Z")), "x"), finding(Finding::Lapsed));
    assert_eq!(lapses(None, "2027-02-28 CET ACK"), finding(Finding::Lapsed));
    assert_eq!(lapses(None, "2027-03-02 ACK"), (Vec::new(), Vec::new()));
    assert_eq!(lapses(None, "some day ACK"), (Vec::new(), Vec::new()));
}

#[test]
fn what_is_worth_knowing_is_noted() {
    let failed = but(|known, newest| {
        newest.outcome = Some("failed".to_owned());
        newest.error =
            Some(crate::store::status::Trouble { stage: "login".to_owned(), ..Default::default() });
        known.next.as_mut().unwrap().failures = 3;
    });
    assert_eq!(failed, note("failed 3 times: login"));
    assert_eq!(but(|_, newest| newest.outcome = Some("partial".to_owned())), note("answered in part"));
    assert_eq!(but(|_, newest| newest.duration_ms = Some(31_000)), note("slow"));
    assert_eq!(but(|_, newest| newest.duration_ms = Some(29_000)), (Vec::new(), Vec::new()));
    let answer = |change: fn(&mut Answer)| but(move |_, newest| change(newest.answer.as_mut().unwrap()));
    assert_eq!(answer(|it| it.offset_ms = Some(-90_000)), note("clock 1m 30s behind"));
    assert_eq!(
        answer(|it| it.summary.compliance = "out of compliance".to_owned()),
        note("out of compliance")
    );
    assert_eq!(answer(|it| it.summary.old_algorithms = "ssh-rsa".to_owned()), note("old algorithms"));
}

#[test]
fn a_poll_that_takes_longer_than_usual_is_slow() {
    let observed = |duration_ms, outcome: &str| Observed {
        polled_at: terms().now,
        outcome: outcome.to_owned(),
        carried_by: None,
        duration_ms: Some(duration_ms),
        error: None,
    };
    let slow = |last: u64, before: u64| {
        let mut known = well();
        known.newest.as_mut().unwrap().duration_ms = Some(last);
        let rows = standings(&inventory(), vec![known], &Stops::default(), &Unlisted::None, &terms());
        let [mut row] = rows.try_into().unwrap();
        let observations =
            vec![observed(last, "complete"), observed(before, "complete"), observed(1, "failed")];
        row.take_usual(&History { observations, ..History::default() });
        row.notes
    };
    assert_eq!(slow(12_000, 3_000), ["slow"]);
    assert_eq!(slow(8_000, 3_000), [""; 0]);
    // Nobody minds four seconds instead of one.
    assert_eq!(slow(4_000, 1_000), [""; 0]);
}

#[test]
fn devices_that_one_side_alone_knows_are_told() {
    let unlisted = Known { id: 2, name: "gone-1".to_owned(), listed: false, ..well() };
    let rows = |which: &Unlisted| {
        let rows = standings(&inventory(), vec![unlisted.clone()], &Stops::default(), which, &terms());
        rows.into_iter().map(|row| (row.name, row.notes.join(","))).collect::<Vec<_>>()
    };
    let never = ("core-1".to_owned(), "never polled".to_owned());
    let gone = ("gone-1".to_owned(), "not in the inventory".to_owned());
    assert_eq!(rows(&Unlisted::None), std::slice::from_ref(&never));
    assert_eq!(rows(&Unlisted::All), [never, gone]);
}

#[test]
fn durations_are_told_by_their_two_largest_units() {
    for (seconds, words) in
        [(0, "0s"), (59, "59s"), (60, "1m"), (3_725, "1h 2m"), (90_000, "1d 1h"), (86_460, "1d"), (-5, "0s")]
    {
        assert_eq!(age(SignedDuration::from_secs(seconds)), words);
    }
    assert_eq!(clock_words(400), "in time");
    assert_eq!(clock_words(200_000), "3m 20s ahead");
    assert_eq!(clock_words(-2_000), "2s behind");
}
