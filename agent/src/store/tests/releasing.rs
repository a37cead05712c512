//! What an operator releases.

use super::super::schedule::{Standing as Turn, hastened, standings};
use super::*;
use crate::poll::schedule::{Due, Reason};

#[test]
fn a_released_device_is_due_at_once_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Standing::new();
    let store = open_at(folder.path(), &clock);
    let tomorrow = Turn {
        begun: Some(day(0)),
        ended: Some(day(0)),
        due: Due { at: day(1), reason: Reason::Interval },
        failures: 1,
    };
    let stopped = store.write_blocking(move |tx| {
        for name in ["core-1", "core-2", "core-3"] {
            tx.collect(&answer(name, 0, &[]))?;
            tx.schedule(name, &tomorrow)?;
        }
        let sql = "INSERT INTO guard_refusals (credential, device, refused_at, reason)
                   VALUES ('network', ?, 0, 'refused'), ('old', ?, 1, 'refused')";
        tx.sql().execute(sql, ["core-1", "core-1"])?;
        Ok(tx.sql().execute(sql, ["core-2", "core-2"])?)
    });
    stopped.unwrap();
    let now = day(0) + 2.hours();
    clock.set(now);
    let release = |name: &'static str| {
        let ann = Actor::Operator("ann".to_owned());
        store.write_blocking(move |tx| tx.release_device(name, &ann)).unwrap()
    };
    // Its refusals of both credentials are gone; nobody stopped the third.
    assert!(release("CORE-1").is_some() && release("core-1").is_none() && release("core-3").is_none());
    assert_eq!(store.read_blocking(hastened).unwrap(), ["core-1"]);
    let at_once = Turn { due: Due { at: now, reason: Reason::Early }, ..tomorrow };
    let kept = store.read_blocking(standings).unwrap();
    assert_eq!([kept["core-1"], kept["core-2"], kept["core-3"]], [at_once, tomorrow, tomorrow]);
}

#[test]
fn devices_that_a_stopped_credential_kept_out_are_due_at_once_when_it_is_released() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Standing::new();
    let store = open_at(folder.path(), &clock);
    let tomorrow = Turn {
        begun: Some(day(0)),
        ended: Some(day(0)),
        due: Due { at: day(1), reason: Reason::Retry },
        failures: 3,
    };
    let stopped = store.write_blocking(move |tx| {
        tx.list_devices(&["core-1", "core-2", "core-3"].map(str::to_owned))?;
        for name in ["core-1", "core-2"] {
            let mut kept_out = failure(name, 0);
            let error = r#"{"stage":"login","kind":"login_stopped","text":"t","remedy":"r"}"#;
            kept_out.line = format!(r#"{{"observation":{{"error":{error}}}}}"#);
            tx.collect(&kept_out)?;
        }
        tx.collect(&failure("core-3", 0))?;
        for name in ["core-1", "core-2", "core-3"] {
            tx.schedule(name, &tomorrow)?;
        }
        let sql = "INSERT INTO guard_refusals (credential, device, refused_at, reason)
                   VALUES ('network', 'core-2', 0, 'refused')";
        tx.sql().execute(sql, [])?;
        let sql = "INSERT INTO guard_credentials (credential, stopped_at, reason) VALUES ('network', 0, 'r')";
        Ok(tx.sql().execute(sql, [])?)
    });
    stopped.unwrap();
    let ann = Actor::Operator("ann".to_owned());
    let released = store.write_blocking(move |tx| tx.release_credential("network", &ann)).unwrap();
    assert!(released.is_some());
    // The second refused it itself, and the third failed for another reason.
    assert_eq!(store.read_blocking(hastened).unwrap(), ["core-1"]);
}
