//! What becomes of refused logins: how many there are before somebody is stopped, and that stops last.

use std::sync::Arc;
use std::time::Instant;

use jiff::SignedDuration;
use licwatch::poll::guard::{Guard, IN_FLIGHT, Rules};
use licwatch::store::releases;
use licwatch::transport::{Kind, Stage};
use licwatch_simulator::{Device, Fault, Kind as Model, Manners, Personality, Stage as Silent};
use secrecy::SecretString;

use crate::yard::{PATIENCE, THREE, TestClock, Yard, name, poll, poller};

fn router(number: usize) -> Device {
    Device::new(Personality::of(Model::C8000v).variant(number))
}

fn refusing(number: usize) -> Device {
    router(number).fault(Fault::LoginRefused)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_devices_with_a_wrong_password_are_asked_as_often_as_allowed() {
    let yard = Yard::of((0..1000).map(refusing)).await;
    let (poller, store) = yard.process(THREE);
    let begun = Instant::now();
    let polled = poll(&poller, yard.jobs("wrong")).await;
    let took = begun.elapsed();
    let kinds = |kind| polled.iter().filter(|it| it.observation.error.as_ref().unwrap().kind == kind).count();
    assert_eq!((yard.attempts(), polled.len()), (3, 1000));
    assert_eq!((kinds(Kind::AuthenticationFailed), kinds(Kind::LoginStopped)), (3, 997));
    let (refusals, stopped) =
        store.read(|sql| Ok((releases::refusals(sql)?, releases::stopped_credentials(sql)?))).await.unwrap();
    assert_eq!((refusals.len(), stopped.len()), (3, 1));
    assert!(stopped[0].reason.starts_with("3 devices refused it: device-"), "{stopped:?}");
    println!("{took:?} for 1000 devices, {} connections, {} logins", yard.connections(), yard.attempts());
    yard.fleet.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_that_refuses_is_asked_once_however_often_it_is_polled() {
    let yard = Yard::of([refusing(0)]).await;
    let (poller, store) = yard.process(THREE);
    let mut polled = poll(&poller, vec![yard.job(0, "network", "wrong"); 20]).await;
    for _ in 0..980 {
        polled.extend(poll(&poller, yard.jobs("wrong")).await);
    }
    assert_eq!((yard.attempts(), polled.len()), (1, 1000));
    // Those that came while the first was refused had connected; nobody else did.
    assert!(yard.connections() <= 20, "{}", yard.connections());
    let error = polled.last().unwrap().observation.error.clone().unwrap();
    assert_eq!((error.stage, error.kind), (Stage::Login, Kind::LoginStopped));
    assert_eq!(error.remedy, "correct the user or the credential, then `licwatch release device device-0`");
    // Another credential opens it no more than the first.
    let other = poll(&poller, vec![yard.job(0, "other", "right")]).await;
    assert_eq!(other[0].observation.error.clone().unwrap().kind, Kind::LoginStopped);
    assert_eq!(yard.attempts(), 1);
    let told = kinds_of_events(&store).await;
    assert_eq!(told, ["login_refused", "device_stopped"]);
    yard.fleet.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_count_together() {
    let yard = Yard::of((0..40).map(refusing)).await;
    let ((one, store), (other, _)) = (yard.process(THREE), yard.process(THREE));
    let mut jobs = yard.jobs("wrong");
    let rest = jobs.split_off(20);
    let (_, _) = tokio::join!(poll(&one, jobs), poll(&other, rest));
    assert_eq!(yard.attempts(), 3);
    let told = kinds_of_events(&store).await;
    assert_eq!(told.iter().filter(|kind| *kind == "credential_stopped").count(), 1);
    yard.fleet.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_outlives_the_process_that_was_killed_and_a_clock_that_jumps() {
    let yard = Yard::of([refusing(0), router(1)]).await;
    let clock = Arc::new(TestClock::default());
    let (poller, store) = yard.process_by(clock.clone(), THREE);
    // The poll is told of the refusal when it is on disk: nothing that comes later could lose it.
    let before = poll(&poller, vec![yard.job(0, "network", "wrong")]).await;
    assert_eq!(before[0].observation.error.clone().unwrap().kind, Kind::AuthenticationFailed);
    // The file as a kill leaves it: the copy of a database that nobody has closed.
    let killed = tempfile::tempdir().unwrap();
    for file in std::fs::read_dir(yard.folder.path().join("state")).unwrap().map(Result::unwrap) {
        std::fs::copy(file.path(), killed.path().join(file.file_name())).unwrap();
    }
    drop((poller, store));
    for hours in [24, -24] {
        clock.set(SignedDuration::from_hours(hours));
        let store = crate::yard::store(killed.path(), clock.clone());
        let guard = Guard::new(store, clock.clone(), licwatch::journal::Actor::Daemon, THREE);
        let poller = licwatch::poll::Poller { logins: Arc::new(guard), ..crate::yard::poller(clock.clone()) };
        let after = poll(&poller, yard.jobs("right")).await;
        for polled in &after {
            let error = polled.observation.error.as_ref().map(|error| error.kind);
            let stopped = polled.observation.device == name(0);
            assert_eq!(error, stopped.then_some(Kind::LoginStopped), "{hours} h: {:?}", polled.observation);
        }
    }
    assert_eq!(yard.attempts(), 3, "one refused, two accepted on the other device");
    yard.fleet.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn devices_with_an_account_of_their_own_do_not_stop_a_credential_that_others_take() {
    // Two of three refuse; in between others let us in.
    let yard = Yard::of([refusing(0), refusing(1), router(2), refusing(3), refusing(4), router(5)]).await;
    let (poller, store) = yard.process(THREE);
    for job in yard.jobs("right") {
        poll(&poller, vec![job]).await;
    }
    let stopped = store.read(releases::stopped_credentials).await.unwrap();
    assert_eq!((yard.attempts(), stopped.len()), (6, 0));
    assert_eq!(store.read(releases::refusals).await.unwrap().len(), 4);
    yard.fleet.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn devices_that_let_logins_hang_do_not_stop_others_for_long() {
    let silent = |number| router(number).fault(Fault::Silence(Silent::Login));
    let yard = Yard::of([silent(0), silent(1), router(2), silent(3), router(4)]).await;
    let (mut hurried, store) = yard.process(THREE);
    hurried.ssh.login = PATIENCE;
    let begun = Instant::now();
    let hang = |places: &[usize]| {
        let jobs = places.iter().map(|place| yard.job(*place, "network", "right")).collect();
        let hurried = hurried.clone();
        tokio::spawn(async move { poll(&hurried, jobs).await })
    };
    let hold = async |places: u32| {
        let held = || {
            store.read(|sql| {
                Ok(sql.query_row("SELECT count(*) FROM guard_places", [], |row| row.get::<_, u32>(0))?)
            })
        };
        let all_held = async { while held().await.unwrap() < places {} };
        tokio::time::timeout(PATIENCE, all_held).await.unwrap();
    };
    let hung = hang(&[0, 1]);
    hold(2).await;
    // The credential is a good one.
    let (other, _) = yard.process(THREE);
    assert_eq!(poll(&other, vec![yard.job(2, "network", "right")]).await[0].observation.error, None);
    let last = hang(&[3]);
    hold(3).await;
    assert_eq!(poll(&other, vec![yard.job(4, "network", "right")]).await[0].observation.error, None);
    let at = yard.fleet.devices()[4].tally().login_times[0] - begun;
    assert!(at >= IN_FLIGHT && !hung.is_finished() && !last.is_finished(), "{at:?}");
    last.abort();
    hung.abort();
    yard.fleet.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_enable_secret_that_devices_refuse_is_shown_as_often_as_allowed() {
    let low = |number| router(number).manners(Manners { privilege: 1, ..Manners::default() });
    let yard = Yard::of((0..12).map(low)).await;
    let (poller, _) = yard.process(THREE);
    let mut jobs = yard.jobs("right");
    jobs.iter_mut().for_each(|job| job.access.enable = Some(SecretString::from("wrong")));
    let polled = poll(&poller, jobs.clone()).await;
    polled.iter().for_each(|it| assert_ne!(it.observation.error, None));
    let shown: u64 = yard.fleet.devices().iter().map(|live| live.tally().enable_attempts).sum();
    assert_eq!((shown, yard.attempts()), (3, 3));
    yard.fleet.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shell_that_asks_for_the_login_itself_is_asked_once() {
    let controller =
        |number| Device::new(Personality::of(Model::Wlc5520).variant(number)).fault(Fault::LoginRefused);
    let yard = Yard::of((0..6).map(controller)).await;
    let (poller, _) = yard.process(THREE);
    let polled = poll(&poller, yard.jobs("wrong")).await;
    let refused =
        |kind| polled.iter().filter(|it| it.observation.error.as_ref().unwrap().kind == kind).count();
    assert_eq!((refused(Kind::AuthenticationFailed), refused(Kind::LoginStopped)), (3, 3));
    assert_eq!(yard.attempts(), 3);
    yard.fleet.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_store_the_same_rules_hold() {
    let yard = Yard::of((0..30).map(refusing)).await;
    let clock: Arc<dyn licwatch::clock::Clock> = Arc::new(TestClock::default());
    let rules = Rules { refusals: 2, ..Rules::NO_LIMITS };
    let alone =
        licwatch::poll::Poller { logins: Arc::new(Guard::alone(Arc::clone(&clock), rules)), ..poller(clock) };
    poll(&alone, yard.jobs("wrong")).await;
    assert_eq!(yard.attempts(), 2);
    yard.fleet.stop().await;
}

async fn kinds_of_events(store: &licwatch::store::Store) -> Vec<String> {
    let kinds = store.read(|sql| {
        let mut rows = sql.prepare("SELECT kind FROM events ORDER BY seq")?;
        let kinds = rows.query_map([], |row| row.get(0))?;
        Ok(kinds.collect::<Result<_, _>>()?)
    });
    kinds.await.unwrap()
}
