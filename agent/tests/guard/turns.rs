//! How fast logins follow each other, as the devices see it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::SignedDuration;
use licwatch::poll::guard::Rules;
use licwatch::transport::{Kind, Stage};
use licwatch_simulator::{Device, Fault, Kind as Model, Manners, Personality};
use secrecy::SecretString;

use crate::yard::{TestClock, Yard, poll};

/// The most that any window of a second held.
fn most_in_a_second(mut times: Vec<Instant>) -> usize {
    times.sort();
    let in_window = |from: &Instant| {
        times.iter().filter(|at| **at >= *from && **at - *from < Duration::from_secs(1)).count()
    };
    times.iter().map(in_window).max().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_second_holds_more_logins_than_the_cap_over_two_processes_and_a_clock_that_jumps() {
    let routers = (0..60).map(|number| Device::new(Personality::of(Model::C8000v).variant(number)));
    let yard = Yard::of(routers).await;
    let rules = Rules { refusals: 1000, logins_per_second: 10.0, ..Rules::NO_LIMITS };
    let clocks = [Arc::new(TestClock::default()), Arc::new(TestClock::default())];
    let (one, _) = yard.process_by(clocks[0].clone(), rules);
    let (other, _) = yard.process_by(clocks[1].clone(), rules);
    let mut jobs = yard.jobs("right");
    let rest = jobs.split_off(30);
    let jumps = async {
        let wall = [(0, 24), (1, -24), (0, -24), (1, 24)];
        for (place, (clock, hours)) in wall.into_iter().enumerate() {
            // When a part of the devices was logged in to.
            yard.fleet.devices()[place * 10].until(|tally| tally.logins > 0).await;
            clocks[clock].set(SignedDuration::from_hours(hours));
        }
    };
    let begun = Instant::now();
    let (one, other, ()) = tokio::join!(poll(&one, jobs), poll(&other, rest), jumps);
    assert!(one.iter().chain(&other).all(|polled| polled.observation.error.is_none()));
    let times: Vec<Instant> = yard.fleet.devices().iter().flat_map(|live| live.tally().login_times).collect();
    let (count, most) = (times.len(), most_in_a_second(times));
    println!("{count} logins in {:?}, at most {most} in a second", begun.elapsed());
    assert_eq!(count, 60);
    assert!(most <= 10, "{most}");
    // They do not wait longer than they must, either.
    assert!(most >= 5, "{most}");
    yard.fleet.stop().await;
}

/// What devices get to see is what counts, however late they look at it: in the shells of AireOS, behind `enable`, and
/// where a login server is slow for a while.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_second_shows_the_devices_more_credentials_than_the_cap_however_long_each_takes() {
    let device = |number: usize| {
        let model = if number % 4 == 1 { Model::Wlc5520 } else { Model::C8000v };
        let privilege = if number % 4 == 3 { 1 } else { 15 };
        let device = Device::new(Personality::of(model).variant(number))
            .manners(Manners { privilege, ..Manners::default() });
        match number {
            0..12 => device.fault(Fault::SlowLogin(Duration::from_millis(1300 - 100 * number as u64))),
            12..16 => device.fault(Fault::Delay(Duration::from_millis(200))),
            _ => device,
        }
    };
    let yard = Yard::of((0..32).map(device)).await;
    let rules = Rules { refusals: 1000, logins_per_second: 5.0, ..Rules::NO_LIMITS };
    let ((one, _), (other, _)) = (yard.process(rules), yard.process(rules));
    let mut jobs = yard.jobs("right");
    jobs.iter_mut().for_each(|job| job.access.enable = Some(SecretString::from("right-enable")));
    let (even, odd): (Vec<_>, Vec<_>) = jobs.into_iter().enumerate().partition(|(number, _)| number % 2 == 0);
    let of = |jobs: Vec<(usize, _)>| jobs.into_iter().map(|(_, job)| job).collect();
    let (even, odd) = tokio::join!(poll(&one, of(even)), poll(&other, of(odd)));
    for polled in even.iter().chain(&odd) {
        assert_eq!(polled.observation.error, None, "{}", polled.observation.device);
    }
    let tallies = yard.fleet.devices().iter().map(|live| live.tally());
    let times: Vec<Instant> = tallies.flat_map(|it| [it.login_times, it.enable_times].concat()).collect();
    let (count, most) = (times.len(), most_in_a_second(times));
    assert_eq!(count, 32 + 8, "one for each, and an enable secret for one in four");
    assert!(most <= 5, "{most} in a second");
    yard.fleet.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_credential_has_a_cap_of_its_own() {
    let routers = (0..12).map(|number| Device::new(Personality::of(Model::C8000v).variant(number)));
    let yard = Yard::of(routers).await;
    let rules = Rules {
        refusals: 1000,
        logins_per_second: 1000.0,
        logins_per_second_of_credential: 3.0,
        ..Rules::NO_LIMITS
    };
    let (poller, _) = yard.process(rules);
    let jobs =
        (0..12).map(|place| yard.job(place, if place < 6 { "one" } else { "other" }, "right")).collect();
    poll(&poller, jobs).await;
    for credential in [0..6, 6..12] {
        let of = &yard.fleet.devices()[credential];
        let times: Vec<Instant> = of.iter().flat_map(|live| live.tally().login_times).collect();
        assert_eq!(times.len(), 6);
        assert!(most_in_a_second(times) <= 3);
    }
    yard.fleet.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deadline_that_ends_a_wait_is_not_the_devices_fault() {
    let routers = (0..2).map(|number| Device::new(Personality::of(Model::C8000v).variant(number)));
    let yard = Yard::of(routers).await;
    let rules = Rules { refusals: 3, logins_per_second: 0.01, ..Rules::NO_LIMITS };
    let (poller, _) = yard.process(rules);
    assert_eq!(poll(&poller, vec![yard.job(0, "network", "right")]).await[0].observation.error, None);
    let mut job = yard.job(1, "network", "right");
    job.device.deadline = Duration::from_secs(5);
    let error = poll(&poller, vec![job]).await[0].observation.error.clone().unwrap();
    assert_eq!((error.stage, error.kind), (Stage::Login, Kind::LoginDeferred), "{error}");
    assert!(error.text.contains("no turn to log in to device-1 came"), "{error}");
    assert_eq!(yard.attempts(), 1);
    yard.fleet.stop().await;
}
