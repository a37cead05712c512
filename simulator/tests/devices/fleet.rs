//! Many devices in one process.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use licwatch_simulator::{Device, Fleet, Seed};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::client::{Terminal, login};
use crate::fixture::{credentials, only, router, serve, within};
use crate::netconf::{GET, hello};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_hundred_devices_answer_at_once() {
    let devices = (0..300).map(|n| Device::new(router().variant(n)));
    let fleet =
        Fleet::builder().devices(devices).credentials(credentials()).seed(Seed(300)).start().await.unwrap();
    let fleet = std::sync::Arc::new(fleet);
    let mut polls = JoinSet::new();
    for number in 0..300 {
        let fleet = std::sync::Arc::clone(&fleet);
        polls.spawn(async move {
            let device = &fleet.devices()[number];
            assert_eq!(device.host_key(), Seed(300).host_key(number));
            let prompt = format!("{}#", device.hostname());
            let mut shell = Terminal::shell(device).await;
            shell.until(&prompt).await;
            // Every device has its session open at the same time.
            within(device.until(|tally| tally.open_connections == 1)).await;
            for other in fleet.devices() {
                within(other.until(|tally| tally.shells == 1)).await;
            }
            shell.run("terminal length 0", &prompt).await;
            let udi = shell.run("show license udi", &prompt).await;
            assert_eq!(shell.run("show license all", &prompt).await.lines().count(), 60);
            udi
        });
    }
    let udis: BTreeSet<String> = polls.join_all().await.into_iter().collect();
    assert_eq!(udis.len(), 300);
    for device in fleet.devices() {
        let tally = device.tally();
        assert_eq!((tally.connections, tally.login_attempts, tally.violations.len()), (1, 1, 0));
    }
}

#[tokio::test]
async fn netconf_may_have_a_port_of_its_own() {
    let devices = [Device::new(router()), Device::new(router().without_netconf())];
    let fleet = Fleet::builder().devices(devices).from(Ipv4Addr::new(127, 0, 98, 1), 0).netconf_port(0);
    let fleet = fleet.start().await.unwrap();
    let [both, shell_alone] = fleet.devices() else { panic!("two devices") };
    let netconf = both.netconf_address().unwrap();
    assert_ne!(netconf, both.address());
    assert_eq!(netconf.ip(), both.address().ip());
    assert_eq!(shell_alone.netconf_address(), None);
    assert_eq!(fleet.known_hosts().lines().count(), 3);
    assert!(login(both, both.address()).await.netconf().await.is_none());
    assert!(login(both, netconf).await.shell().await.is_none());
    let mut session = login(both, netconf).await.netconf().await.unwrap();
    session.send(hello(&["urn:ietf:params:netconf:base:1.0"])).await;
    session.until("]]>]]>").await;
    session.send(format!("{GET}]]>]]>")).await;
    assert!(session.until("]]>]]>").await.contains("FDO0000X0AA"));
    assert_eq!(both.tally().connections, 3);
}

#[tokio::test]
async fn stopping_closes_listeners_and_sessions() {
    let fleet = serve(Device::new(router())).await;
    let address = only(&fleet).address();
    let mut shell = Terminal::shell(only(&fleet)).await;
    shell.until("router-1#").await;
    within(fleet.stop()).await;
    assert_eq!(shell.rest().await, b"");
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn dropping_stops_too() {
    let fleet = serve(Device::new(router())).await;
    let mut shell = Terminal::shell(only(&fleet)).await;
    shell.until("router-1#").await;
    drop(fleet);
    assert_eq!(shell.rest().await, b"");
}

#[tokio::test]
async fn the_inventory_lists_every_device() {
    let fleet = serve(Device::new(router())).await;
    let port = only(&fleet).address().port();
    assert_eq!(
        fleet.inventory_csv(),
        format!(
            "name,address,port,netconf_port,platform,legacy_algorithms\n\
             router-1,127.0.0.1,{port},{port},ios-xe,false\n"
        )
    );
}
