use super::*;
use crate::clock::SystemClock;
use crate::store::releases;
use crate::transport::Kind;

fn login(device: &str) -> LoginIdentity {
    LoginIdentity { credential: "network".into(), device: device.into() }
}

async fn sql(store: &Store, text: &'static str) {
    store.write(move |tx| Ok(tx.sql().execute_batch(text)?)).await.unwrap();
}

#[tokio::test]
async fn nobody_logs_in_while_a_refusal_is_not_on_record() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(SystemClock::new());
    let store = Store::open(folder.path(), "agent", clock.clone()).unwrap();
    let guard = Guard::new(store.clone(), clock, Actor::Daemon, Rules { refusals: 3, ..Rules::NO_LIMITS });
    let permit = guard.admit(&login("core-1")).await.unwrap();
    sql(&store, "ALTER TABLE guard_refusals RENAME TO elsewhere").await;
    permit.refused("no".into()).await;
    for device in ["core-1", "edge-1"] {
        let failure = guard.look(&login(device)).await.unwrap_err();
        assert_eq!(failure.kind, Kind::LoginDeferred, "{failure}");
        assert!(guard.admit(&login(device)).await.is_err());
    }
    sql(&store, "ALTER TABLE elsewhere RENAME TO guard_refusals").await;
    assert_eq!(guard.look(&login("core-1")).await.unwrap_err().kind, Kind::LoginStopped);
    assert_eq!(store.read(releases::refusals).await.unwrap().len(), 1);
    guard.admit(&login("edge-1")).await.unwrap().accepted().await;
}

#[tokio::test]
async fn a_place_that_becomes_free_is_taken_by_whoever_waits() {
    let rules = Rules { refusals: 1, ..Rules::NO_LIMITS };
    let guard = Guard::alone(Arc::new(SystemClock::new()), rules);
    let first = guard.admit(&login("a")).await.unwrap();
    let waiting = tokio::spawn({
        let guard = guard.clone();
        async move { guard.admit(&login("b")).await.map(|_| ()) }
    });
    tokio::task::yield_now().await;
    assert!(!waiting.is_finished());
    first.accepted().await;
    waiting.await.unwrap().unwrap();
}

#[tokio::test]
async fn who_waits_is_told_that_the_credential_was_stopped_meanwhile() {
    let rules = Rules { refusals: 1, ..Rules::NO_LIMITS };
    let guard = Guard::alone(Arc::new(SystemClock::new()), rules);
    let first = guard.admit(&login("a")).await.unwrap();
    let waiting = tokio::spawn({
        let guard = guard.clone();
        async move { guard.admit(&login("b")).await.err().unwrap() }
    });
    tokio::task::yield_now().await;
    first.refused("no".into()).await;
    let failure = waiting.await.unwrap();
    assert_eq!(failure.kind, Kind::LoginStopped);
    assert_eq!(failure.remedy, "correct the credential, then `licwatch release credential network`");
}
