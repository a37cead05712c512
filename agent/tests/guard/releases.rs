//! What an operator releases goes, and nothing else.

use licwatch::journal::Actor;
use licwatch::store::guard::Stopped;
use licwatch::store::releases;
use licwatch::transport::Kind;
use licwatch_simulator::{Device, Kind as Model, Personality};

use crate::yard::{THREE, Yard, name, poll};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn exactly_the_released_goes() {
    let routers = (0..5).map(|number| Device::new(Personality::of(Model::C8000v).variant(number)));
    let yard = Yard::of(routers).await;
    let (poller, store) = yard.process(THREE);
    // Three devices are shown a wrong password; that stops them, and the credential.
    poll(&poller, yard.jobs("wrong")[..3].to_vec()).await;
    assert_eq!(yard.attempts(), 3);
    let ann = Actor::Operator("ann".to_owned());

    let by = ann.clone();
    let released = store.write(move |tx| tx.release_device("DEVICE-1", &by)).await.unwrap().unwrap();
    assert_eq!(released.what, Stopped::Device(name(1)));
    assert!(released.reason.contains("refused the login of monitor"), "{released:?}");
    // The credential is stopped still.
    for polled in poll(&poller, yard.jobs("right")).await {
        assert_eq!(polled.observation.error.unwrap().kind, Kind::LoginStopped);
    }
    assert_eq!(yard.attempts(), 3);

    let by = ann.clone();
    store.write(move |tx| tx.release_credential("network", &by)).await.unwrap().unwrap();
    for polled in poll(&poller, yard.jobs("right")).await {
        let error = polled.observation.error.map(|error| error.kind);
        let stays = [name(0), name(2)].contains(&polled.observation.device);
        assert_eq!(error, stays.then_some(Kind::LoginStopped), "{}", polled.observation.device);
    }
    assert_eq!(yard.attempts(), 6);

    // What is not stopped is not released.
    let by = ann.clone();
    let nothing = store
        .write(move |tx| Ok((tx.release_device("device-1", &by)?, tx.release_credential("network", &by)?)));
    assert_eq!(nothing.await.unwrap(), (None, None));
    let clock = store.write(move |tx| tx.release_clock(&ann));
    clock.await.unwrap();
    let own = store.read(releases::own_clock).await.unwrap();
    assert!(own.released_at.is_some() && own.last_good.is_none());
    let journal = store.read(|sql| {
        let mut rows = sql.prepare("SELECT entry FROM journal ORDER BY seq")?;
        let entries = rows.query_map([], |row| row.get::<_, Vec<u8>>(0))?;
        Ok(entries.collect::<Result<Vec<_>, _>>()?)
    });
    let kinds: Vec<(String, String)> = journal
        .await
        .unwrap()
        .iter()
        .map(|entry| serde_json::from_slice::<serde_json::Value>(entry).unwrap())
        .map(|entry| {
            (entry["kind"].as_str().unwrap().to_owned(), entry["actor"].as_str().unwrap().to_owned())
        })
        .collect();
    let stops = kinds.iter().filter(|(kind, actor)| kind == "login_stopped" && actor == "daemon").count();
    let releases = kinds.iter().filter(|(kind, actor)| kind == "released" && actor == "operator ann").count();
    assert_eq!((stops, releases), (4, 3), "{kinds:?}");
    yard.fleet.stop().await;
}
