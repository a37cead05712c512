//! What becomes of what a poll brought.

use super::*;
use crate::store::newest::Trouble;

/// Two sinks, one that wants records and one that wants events.
fn sinks(store: &Store) {
    let begun = store.write_blocking(|tx| {
        tx.sql().execute_batch(
            "INSERT INTO sinks (name, kind, wants, active) VALUES ('drop', 'file-drop', 'records', 1);
             INSERT INTO sinks (name, kind, wants, active) VALUES ('siem', 'syslog', 'events', 1);
             INSERT INTO sinks (name, kind, wants, active) VALUES ('old', 'http', 'records', 0);",
        )?;
        Ok(())
    });
    begun.unwrap();
}

#[test]
fn a_poll_is_kept_with_all_that_belongs_to_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    sinks(&store);
    let collected = answer("core-1", 0, &["FOC1"]);
    let Kept::New { seq, changes, .. } = collect(&store, &collected) else { panic!() };
    assert!(changes.is_empty());
    drop(store);

    let store = open(folder.path());
    let line = store.read_blocking(|sql| observations::line(sql, seq)).unwrap();
    assert_eq!(line.as_deref(), Some(collected.line.as_str()));
    let kept = store.read_blocking(|sql| raw_of(sql, seq)).unwrap();
    assert_eq!(kept.len(), 2);
    for ((sha256, at, raw), capture) in kept.iter().zip(&collected.captures) {
        assert_eq!((raw, at), (&capture.raw, &capture.at));
        assert_eq!(crate::hex::digits(sha256), capture.sha256);
    }
    assert_eq!(events(&store), [("device_seen".to_owned(), "core-1".to_owned())]);
    assert_eq!(
        texts(&store, "SELECT sink, CAST(item AS TEXT) FROM outbox ORDER BY seq"),
        [("siem".to_owned(), "1".to_owned()), ("drop".to_owned(), seq.to_string())]
    );
    let entry: String = store
        .read_blocking(|sql| {
            let last = "SELECT CAST(entry AS TEXT) FROM journal ORDER BY seq DESC LIMIT 1";
            Ok(sql.query_row(last, [], |row| row.get(0))?)
        })
        .unwrap();
    let entry: serde_json::Value = serde_json::from_str(&entry).unwrap();
    assert_eq!((entry["kind"].as_str(), entry["device"].as_str()), (Some("polled"), Some("core-1")));
    assert_eq!(entry["line_sha256"], crate::capture::sha256(collected.line.as_bytes()));
    let digests: Vec<_> = collected.captures.iter().map(|capture| capture.sha256.as_str()).collect();
    assert_eq!(entry["captures_sha256"], serde_json::json!(digests));
    store.read_blocking(entries).unwrap();
}

#[test]
fn a_repeat_is_told_apart_and_another_content_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let collected = answer("core-1", 0, &["FOC1"]);
    assert!(matches!(collect(&store, &collected), Kept::New { .. }));
    let before = number(&store, "SELECT count(*) FROM journal");
    assert_eq!(collect(&store, &collected), Kept::Repeated);
    let forged = Collected { line: collected.line.replace("1200", "1300"), ..collected };
    let refused = store.write_blocking(move |tx| tx.collect(&forged));
    assert!(matches!(refused, Err(StoreError::Refused(why)) if why.contains("core-1")));
    assert_eq!(number(&store, "SELECT count(*) FROM observations"), 1);
    assert_eq!(number(&store, "SELECT count(*) FROM journal"), before);
}

#[test]
fn a_capture_that_comes_every_day_is_kept_once() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    for days in 0..5 {
        collect(&store, &answer("core-1", days, &["FOC1"]));
    }
    assert_eq!(number(&store, "SELECT count(*) FROM observation_captures"), 10);
    assert_eq!(number(&store, "SELECT count(*) FROM captures"), 6);
    let secret = b"Running Permanent Activation Key: 0x1234 0x5678".to_vec();
    let mut collected = answer("fw-1", 0, &["JMX1"]);
    collected.captures = vec![Capture::new(None, Origin::Ssh, secret, None)];
    collect(&store, &collected);
    assert_eq!(number(&store, "SELECT count(*) FROM captures WHERE sensitive"), 1);
}

#[test]
fn a_failure_leaves_what_the_device_last_told() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Standing::new();
    let store = open_at(folder.path(), &clock);
    let told = answer("core-1", 0, &["FOC1"]);
    collect(&store, &told);
    clock.set(day(1));
    let failed = failure("core-1", 1);
    collect(&store, &failed);
    let Known { newest, answered_at, .. } = known(&store).remove(0);
    assert_eq!((newest.observation, newest.outcome), (failed.id, Outcome::Failed));
    assert_eq!(answered_at, Some(day(0)));
    let trouble = Trouble {
        stage: "connect".to_owned(),
        kind: "timeout".to_owned(),
        text: "no answer".to_owned(),
        remedy: "see the cable".to_owned(),
    };
    assert_eq!(newest.error, Some(trouble));
    let answer = newest.answer.unwrap();
    assert_eq!((answer.observation, answer.summary.platform.as_str()), (told.id, "ios-xe"));
    assert_eq!((newest.duration_ms, newest.transport.as_deref()), (Some(1200), Some("ssh")));
}

#[test]
fn what_is_carried_here_late_is_no_news() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Standing::new();
    let store = open_at(folder.path(), &clock);
    clock.set(day(10));
    let newest = answer("core-1", 10, &["FOC1"]);
    collect(&store, &newest);
    let old = Collected { carried_by: Some("anna".to_owned()), ..answer("core-1", 3, &["FOC9"]) };
    collect(&store, &old);
    let standing = known(&store).remove(0);
    assert_eq!(standing.newest.observation, newest.id);
    assert_eq!(standing.answered_at, Some(day(10)));
    assert_eq!(events(&store).len(), 1, "device_seen alone: {:?}", events(&store));
    assert_eq!(number(&store, "SELECT count(*) FROM observations"), 2);
}

#[test]
fn what_a_wrong_clock_saw_does_not_stay_the_newest() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Standing::new();
    let store = open_at(folder.path(), &clock);
    collect(&store, &answer("core-1", 4000, &["FOC1"]));
    let right = answer("core-1", 0, &["FOC1"]);
    collect(&store, &right);
    let standing = known(&store).remove(0);
    assert_eq!(standing.newest.observation, right.id);
    assert_eq!(standing.answered_at, Some(day(0)));
}

#[test]
fn bytes_that_have_changed_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    for device in ["core-1", "core-2"] {
        collect(&store, &answer(device, 0, &[]));
    }
    let sound = integrity::contents(&store, |_| std::ops::ControlFlow::Continue(())).unwrap();
    assert_eq!((sound.progress.done, sound.progress.of, sound.problems.len()), (6, 6, 0));
    store
        .write_blocking(|tx| {
            let other = packed::pack(b"another line")?;
            tx.sql().execute("UPDATE observations SET line = ? WHERE seq = 2", [other])?;
            tx.sql().execute("UPDATE captures SET zstd = x'28b52ffd' WHERE rowid = 1", [])?;
            Ok(())
        })
        .unwrap();
    let found = integrity::contents(&store, |_| std::ops::ControlFlow::Continue(())).unwrap();
    assert_eq!(found.problems.len(), 2, "{found:?}");
    assert!(found.problems[0].contains("observation number 2"), "{found:?}");
    // A device whose last answer was damaged is polled on.
    assert!(matches!(collect(&store, &answer("core-2", 1, &[])), Kept::New { .. }));
    let ended = integrity::contents(&store, |_| std::ops::ControlFlow::Break(())).unwrap();
    assert!(ended.progress.done < ended.progress.of);
}

#[test]
fn a_damaged_summary_gives_up_nothing_that_stands_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Standing::new();
    let store = open_at(folder.path(), &clock);
    let with = |days: i64, version: &str| {
        let mut collected = answer("core-1", days, &["FOC1"]);
        let device = format!(r#"{{"device":{{"software_version":"{version}"}},"schema""#);
        collected.line = collected.line.replacen(r#"{"schema""#, &device, 1);
        collected
    };
    collect(&store, &with(0, "17.9.4"));
    clock.set(day(8));
    let silent = |tx: &mut Tx<'_>| tx.find_silent(day(8), Duration::from_secs(7 * 24 * 3600));
    assert_eq!(store.write_blocking(silent).unwrap(), ["core-1"]);
    let damage = || {
        let damage = |tx: &mut Tx<'_>| Ok(tx.sql().execute("UPDATE newest SET summary = '{'", [])?);
        assert_eq!(store.write_blocking(damage).unwrap(), 1);
    };
    damage();
    collect(&store, &failure("core-1", 8));
    let Known { newest, answered_at, silent_since, .. } = known(&store).remove(0);
    assert_eq!((answered_at, silent_since), (Some(day(0)), Some(day(8))));
    assert_eq!(newest.outcome, Outcome::Failed);
    damage();
    // What is older than the newest stays so.
    collect(&store, &with(-1, "17.6.1"));
    assert_eq!(texts(&store, "SELECT summary, '' FROM newest"), [("{".to_owned(), String::new())]);
    clock.set(day(9));
    let Kept::New { changes, .. } = collect(&store, &with(9, "17.12.1")) else { panic!() };
    assert_eq!(changes, [crate::events::Kind::Version]);
    let told: Vec<_> = events(&store).into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(told, ["device_seen", "went_silent", "came_back", "version_changed"]);
    assert_eq!(known(&store)[0].answered_at, Some(day(9)));
}

#[tokio::test]
async fn what_was_packed_before_is_kept_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let collected = answer("core-1", 0, &["FOC1"]);
    let packed = Ready::of(collected.clone()).await.unwrap();
    let again = packed.clone();
    let kept = store.write(move |tx| tx.collect_ready(&packed)).await.unwrap();
    let Kept::New { seq, .. } = kept else { panic!() };
    assert_eq!(store.write(move |tx| tx.collect_ready(&again)).await.unwrap(), Kept::Repeated);
    let line = store.read(move |sql| observations::line(sql, seq)).await.unwrap();
    assert_eq!(line.as_deref(), Some(collected.line.as_str()));
    let raw = store.read(move |sql| raw_of(sql, seq)).await.unwrap();
    let raw: Vec<_> = raw.into_iter().map(|(_, _, raw)| raw).collect();
    let said: Vec<_> = collected.captures.into_iter().map(|capture| capture.raw).collect();
    assert_eq!(raw, said);
}
