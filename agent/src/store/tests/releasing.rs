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
