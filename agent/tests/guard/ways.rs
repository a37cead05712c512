//! The way that worked is remembered.

use licwatch::config::Transport;
use licwatch::store::ways;
use licwatch_simulator::{Device, Fault, Kind as Model, Manners, Personality};

use crate::yard::{THREE, Yard, poll};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_without_netconf_is_asked_over_the_cli_at_once() {
    let faulty = Device::new(Personality::of(Model::C8000v)).fault(Fault::SubsystemMissing);
    let yard = Yard::of([faulty, Device::new(Personality::of(Model::C8000v).variant(1))]).await;
    let (poller, store) = yard.process(THREE);
    let mut jobs = yard.jobs("right");
    jobs.iter_mut().for_each(|job| job.device.transport = Transport::Auto);
    for polled in poll(&poller, jobs.clone()).await {
        assert_eq!(polled.observation.error, None);
    }
    let [missing, there] = [0, 1].map(|place| yard.fleet.devices()[place].tally().connections);
    assert_eq!((missing, there), (2, 2), "both ways were tried");
    poll(&poller, jobs.clone()).await;
    let [missing, there] = [0, 1].map(|place| yard.fleet.devices()[place].tally().connections);
    assert_eq!((missing, there), (3, 4), "NETCONF is not tried where it was not");
    // At another port it may be.
    let at = store.read(|sql| ways::of(sql, "Device-0")).await.unwrap().missed.unwrap();
    assert_eq!(at.port, jobs[0].device.netconf_port.get());
    assert!(at.version.is_some());
    jobs[0].device.netconf_port = jobs[0].device.port;
    poll(&poller, vec![jobs[0].clone()]).await;
    assert_eq!(yard.fleet.devices()[0].tally().connections, 5);
    yard.fleet.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_expensive_key_exchange_is_remembered_and_no_way_when_the_network_is_to_blame() {
    let old = Device::new(Personality::of(Model::IsrG2))
        .manners(Manners { old_algorithms: true, ..Manners::default() });
    let yard = Yard::of([old]).await;
    let (poller, store) = yard.process(THREE);
    let mut job = yard.job(0, "network", "right");
    job.device.legacy_algorithms = true;
    poll(&poller, vec![job.clone()]).await;
    assert!(store.read(|sql| ways::of(sql, "device-0")).await.unwrap().narrow_lane);

    job.device.transport = Transport::Auto;
    job.device.platform = None;
    job.device.name = "gone".to_owned();
    // Nobody listens at either port.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().try_into().unwrap();
    drop(listener);
    (job.device.port, job.device.netconf_port) = (port, port);
    let polled = poll(&poller, vec![job]).await;
    assert!(polled[0].observation.error.is_some());
    assert_eq!(store.read(|sql| ways::of(sql, "gone")).await.unwrap(), ways::Way::default());
    yard.fleet.stop().await;
}
