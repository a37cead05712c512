//! What is told of how a device was read.

use super::*;
use crate::changes;

/// A poll that failed in a way, or lacks a part for it.
fn troubled(device: &str, days: i64, outcome: Outcome, kind: &str) -> Collected {
    let failed = failure(device, days);
    Collected {
        outcome,
        line: failed.line.replace(r#""kind":"timeout""#, &format!(r#""kind":"{kind}""#)),
        ..failed
    }
}

/// The words of the events from one on.
fn told(store: &Store, from: usize) -> Vec<String> {
    events(store).into_iter().skip(from).map(|(kind, _)| kind).collect()
}

#[test]
fn a_failure_that_concerns_security_is_told_once_while_it_lasts() {
    for kind in ["host_key_unknown", "host_key_changed", "host_key_revoked", "privilege_too_low"] {
        let folder = tempfile::tempdir().unwrap();
        let clock = Standing::new();
        let store = open_at(folder.path(), &clock);
        let mut days = 0;
        let mut poll = |collected: fn(i64, &str) -> Collected| {
            clock.set(day(days));
            collect(&store, &collected(days, kind));
            days += 1;
        };
        let trouble = |days, kind: &str| troubled("core-1", days, Outcome::Failed, kind);
        poll(trouble);
        poll(trouble);
        assert_eq!(told(&store, 0), [kind]);
        poll(|days, _| troubled("core-1", days, Outcome::Failed, "timeout"));
        poll(trouble);
        assert_eq!(told(&store, 0), [kind, kind]);
        poll(|days, _| answer("core-1", days, &[]));
        poll(|days, kind| troubled("core-1", days, Outcome::Partial, kind));
        assert_eq!(told(&store, 2), ["device_seen", kind]);
        let fact = "SELECT json_extract(event, '$.facts.address'), json_extract(event, '$.facts.remedy') FROM events LIMIT 1";
        assert_eq!(texts(&store, fact), [("192.0.2.1".to_owned(), "see the cable".to_owned())]);
    }
}

#[test]
fn what_was_seen_before_the_newest_alarms_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Standing::new();
    let store = open_at(folder.path(), &clock);
    clock.set(day(9));
    collect(&store, &answer("core-1", 9, &[]));
    collect(&store, &troubled("core-1", 3, Outcome::Failed, "host_key_changed"));
    assert_eq!(told(&store, 0), ["device_seen"]);
}

#[test]
fn old_algorithms_are_told_when_they_are_newly_used() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Standing::new();
    let store = open_at(folder.path(), &clock);
    let uses = ["ssh-rsa", "ssh-rsa", "ssh-rsa, hmac-sha1", "", "ssh-rsa"];
    for (days, old) in (0..).zip(uses) {
        clock.set(day(days));
        let mut collected = answer("core-1", days, &[]);
        collected.summary.old_algorithms = old.to_owned();
        collect(&store, &collected);
    }
    let told =
        texts(&store, "SELECT kind, json_extract(event, '$.facts.algorithms') FROM events WHERE seq > 1");
    let told: Vec<_> = told.iter().map(|(kind, old)| (kind.as_str(), old.as_str())).collect();
    let kind = "old_algorithms";
    assert_eq!(told, [(kind, "ssh-rsa"), (kind, "ssh-rsa, hmac-sha1"), (kind, "ssh-rsa")]);
}

#[test]
fn a_devices_clock_is_told_when_it_goes_off_and_when_it_is_back() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Standing::new();
    let store = open_at(folder.path(), &clock);
    let offsets = [Some(100), Some(-90_000), None, Some(-95_000), Some(0)];
    let mut last = None;
    for (days, offset_ms) in (0..).zip(offsets) {
        clock.set(day(days));
        let collected = Collected { offset_ms, ..answer("core-1", days, &[]) };
        last = Some(collected.id);
        let watch = move |tx: &mut Tx<'_>| {
            let kept = tx.collect(&collected)?;
            tx.watch_clock(&kept, &collected, Duration::from_secs(60))?;
            // A repeat tells nothing twice.
            let again = tx.collect(&collected)?;
            tx.watch_clock(&again, &collected, Duration::from_secs(60))
        };
        store.write_blocking(watch).unwrap();
    }
    assert_eq!(told(&store, 1), ["device_clock_off", "device_clock_right"]);
    let right = texts(&store, "SELECT observation, kind FROM events WHERE kind = 'device_clock_right'");
    assert_eq!(right, [(last.unwrap().to_string(), "device_clock_right".to_owned())]);
}

/// An answer with these members in its line beside the observation.
fn saying(days: i64, outcome: Outcome, members: &str) -> Collected {
    let answer = answer("core-1", days, &[]);
    let line = answer.line.replacen(r#","observation""#, &format!(r#",{members},"observation""#), 1);
    assert_ne!(line, answer.line);
    Collected { line, outcome, ..answer }
}

#[test]
fn a_part_of_an_answer_hides_no_change() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Standing::new();
    let mut store = open_at(folder.path(), &clock);
    let sources = r#""sources":[{"command":"show license all"}]"#;
    let all = format!(
        r#"{sources},"device":{{"software_version":"17.9.4"}},"licenses":[{{"name":"a","status":"in_use"}}]"#
    );
    let part = r#""sources":[{"command":"show version"}],"device":{"software_version":"17.9.4"}"#;
    let gone = format!(r#"{sources},"licenses":[]"#);
    collect(&store, &saying(0, Outcome::Complete, &all));
    clock.set(day(1));
    let hides = saying(1, Outcome::Partial, part);
    collect(&store, &hides);
    // What is known outlives the process.
    drop(store);
    store = open_at(folder.path(), &clock);
    clock.set(day(2));
    let without = saying(2, Outcome::Complete, &gone);
    assert!(changes::between("core-1", &hides.line, &without.line).is_empty(), "the last one hides it");
    let Kept::New { changes, .. } = collect(&store, &without) else { panic!() };
    assert_eq!(changes, [crate::events::Kind::LicenceRemoved]);
    clock.set(day(3));
    let Kept::New { changes, .. } = collect(&store, &saying(3, Outcome::Complete, &gone)) else { panic!() };
    assert_eq!(changes, []);
}

#[test]
fn where_an_older_licwatch_kept_the_last_answer_it_is_compared_with() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Standing::new();
    let store = open_at(folder.path(), &clock);
    let version = |days, version: &str| {
        saying(days, Outcome::Complete, &format!(r#""device":{{"software_version":"{version}"}}"#))
    };
    collect(&store, &version(0, "17.9.4"));
    store.write_blocking(|tx| Ok(tx.sql().execute("UPDATE newest SET known = NULL", [])?)).unwrap();
    clock.set(day(1));
    collect(&store, &version(1, "17.12.1"));
    assert_eq!(told(&store, 1), ["version_changed"]);
    // What was damaged is compared with no more, and the next answer is.
    store.write_blocking(|tx| Ok(tx.sql().execute("UPDATE newest SET known = x'00'", [])?)).unwrap();
    clock.set(day(2));
    collect(&store, &version(2, "17.12.2"));
    clock.set(day(3));
    collect(&store, &version(3, "17.12.3"));
    assert_eq!(told(&store, 1), ["version_changed", "version_changed"]);
}
