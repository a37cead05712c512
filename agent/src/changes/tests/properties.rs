use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::*;

/// Every record of `testdata`, as a line.
fn records() -> Vec<(String, String)> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|kind| kind == "json") {
                found.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata");
    let mut paths = Vec::new();
    for folder in ["captures", "netconf"] {
        walk(&root.join(folder), &mut paths);
    }
    paths.sort();
    let named = paths.into_iter().filter_map(|path| {
        let mut value: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let record = value.as_object_mut()?;
        (record.contains_key("device")
            || record.contains_key("licenses")
            || record.contains_key("licensing"))
        .then(|| record.insert("schema".to_owned(), "licwatch/device-record/1".into()));
        Some((path.display().to_string(), value.to_string()))
    });
    let named: Vec<_> = named.collect();
    assert!(named.len() > 200, "{} records", named.len());
    named
}

#[test]
fn a_record_has_not_changed_from_itself() {
    for (name, line) in records() {
        assert_eq!(told(&line, &line), [], "{name}");
        assert_eq!(told(&line, &carry(None, &line)), [], "{name} as it is carried on");
        assert_eq!(told(&carry(None, &line), &line), [], "{name} against what is carried on");
    }
}

/// What an event is when it is told the other way round.
fn turned_round(event: &Event) -> Option<(Kind, String, [Value; 4])> {
    let kind = match event.kind {
        Kind::LicenceAdded => Kind::LicenceRemoved,
        Kind::LicenceRemoved => Kind::LicenceAdded,
        Kind::MemberAdded => Kind::MemberRemoved,
        Kind::MemberRemoved => Kind::MemberAdded,
        Kind::ModuleAdded => Kind::ModuleRemoved,
        Kind::ModuleRemoved => Kind::ModuleAdded,
        // A level that is no longer pending is no event.
        Kind::LevelPending => return None,
        same => same,
    };
    told_of(event).map(|(_, what, [before, after, pid_before, pid_after])| {
        (kind, what, [after, before, pid_after, pid_before])
    })
}

fn told_of(event: &Event) -> Option<(Kind, String, [Value; 4])> {
    let fact = |name: &str| event.facts.get(name).cloned().unwrap_or_default();
    let what = ["of", "slot", "serial_number", "figure"].map(|name| fact(name).to_string()).join(" ");
    let values = [fact("before"), fact("after"), fact("pid_before"), fact("pid_after")];
    (event.kind != Kind::LevelPending).then_some((event.kind, what, values))
}

#[test]
fn every_pair_of_records_says_the_same_both_ways() {
    let records = records();
    let read: Vec<_> =
        records.iter().map(|(name, line)| (name, Record::read(line).unwrap_or_default())).collect();
    let (mut pairs, mut events) = (0, 0);
    for (place, (one_name, one)) in read.iter().enumerate() {
        for (other_name, other) in read.iter().skip(place) {
            let there = changes("x", one, other);
            let back = changes("x", other, one);
            assert!(there.len() <= MOST + 1 && there.iter().all(|event| event.message.len() < 1000));
            pairs += 1;
            events += there.len();
            if there.len() > MOST {
                continue;
            }
            let text = |found: Vec<(Kind, String, [Value; 4])>| {
                let mut found: Vec<_> = found.iter().map(|it| format!("{it:?}")).collect();
                found.sort();
                found
            };
            let there = text(there.iter().filter_map(told_of).collect());
            let back = text(back.iter().filter_map(turned_round).collect());
            assert_eq!(there, back, "{one_name} and {other_name}");
        }
    }
    assert!(pairs > 20_000 && events > 20_000, "{pairs} pairs, {events} events");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever stands in a line, it makes no panic and no flood.
    #[test]
    fn any_lists_are_compared(
        before in prop::collection::vec(licence(), 0..12),
        after in prop::collection::vec(licence(), 0..12),
        same_commands: bool,
    ) {
        let before = usual(json!({ "licenses": before }));
        let commands: &[&str] = if same_commands {
            &["show license all", "show inventory", "show version"]
        } else {
            &["show license summary"]
        };
        let after = record(commands, json!({ "licenses": after }));
        prop_assert_eq!(told(&before, &before), []);
        prop_assert!(told(&before, &after).len() <= MOST + 1);
    }
}

fn licence() -> impl Strategy<Value = Value> {
    let word = || prop::option::of(prop::sample::select(vec!["a", "ab", "a...", "b", "", "..."]));
    let state = prop::option::of(prop::sample::select(vec!["in_use", "not_in_use", "authorized", "other"]));
    (word(), word(), word(), word(), state, prop::option::of(0..3u64), any::<bool>()).prop_map(
        |(name, entitlement, tag, term, status, count, truncated)| {
            json!({
                "name": name, "entitlement": entitlement, "entitlement_tag": tag, "term": term,
                "status": status, "count": count, "truncated": truncated,
            })
        },
    )
}
