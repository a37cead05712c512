//! Devices that report changes.

use std::fs;
use std::net::{Ipv4Addr, UdpSocket};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use licwatch::brakes::Brakes;
use licwatch::clock::Clock;
use licwatch::daemon::listen::{ListenSettings, Listener, Senders};
use licwatch_simulator::Fleet;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::in_process::{Inside, SetClock};
use crate::kept::observations;
use crate::polling::{router, scheduled, with_schedule};
use crate::running::{Daemon, until};
use crate::site::Site;

/// A clock that runs a hundred times as fast.
#[derive(Debug)]
struct FastClock(Instant);

impl Clock for FastClock {
    fn now(&self) -> Timestamp {
        "2026-07-01T18:00:00Z".parse::<Timestamp>().unwrap()
            + SignedDuration::try_from(self.0.elapsed() * 100).unwrap()
    }

    fn since_boot(&self) -> Duration {
        Duration::from_secs(1000) + self.0.elapsed() * 100
    }

    fn boot(&self) -> &str {
        "this test"
    }
}

/// A datagram from a device's address polls that device once it has settled, and no other.
#[test]
fn a_device_that_reports_a_change_by_syslog_is_polled_early() {
    let first = Ipv4Addr::new(127, 84, 11, 1);
    let devices = [("a", router(), "netconf"), ("b", router(), "netconf")];
    let site = Site::on(Fleet::builder().from(first, 0), devices);
    let site = with_schedule(site, "interval = \"1h\"\ncatch_up = \"0s\"\nconfirm_after = \"0s\"");
    site.edit("licwatch.toml", "[group.campus]", "[group.campus]\n\n[on_change]\ngap = \"1s\"\n");
    let inside = Inside::start(&site, SetClock::to("2026-07-01T17:59:56Z"), Brakes::default());
    for device in [0, 1] {
        site.until(device, |tally| tally.logins >= 1 && tally.open_connections == 0);
    }
    let known: Vec<_> =
        inside.plan.borrow().devices.iter().map(|planned| planned.job.device.clone()).collect();
    let (_settings, settings) = watch::channel(Arc::new(ListenSettings {
        udp: Some("127.0.0.1:0".parse().unwrap()),
        tcp: None,
        gap: Duration::from_secs(1),
        polls_per_minute: 30,
        senders: Senders::of(&known),
    }));
    let stop = CancellationToken::new();
    let _ends = stop.clone().drop_guard();
    let clock = Arc::new(FastClock(Instant::now()));
    let (port, mut counts) = site.block_on(async {
        let listener = Listener::bind(settings, inside.early.clone(), clock).await.unwrap();
        let (port, counts) = (listener.addresses().0.unwrap(), listener.counts());
        tokio::spawn(listener.run(stop));
        (port, counts)
    });
    let device = UdpSocket::bind((first, 0)).unwrap();
    device.send_to(b"<189>44: %LINK-3-UPDOWN: Interface Gi0/1, changed state to up", port).unwrap();
    let message =
        "<189>45: *Nov 22 10:00:00.123 UTC: %SYS-5-CONFIG_I: Configured from console by admin on vty0";
    device.send_to(message.as_bytes(), port).unwrap();
    site.until(0, |tally| tally.logins >= 2 && tally.open_connections == 0);
    let counted = site.block_on(async {
        let asked = tokio::time::timeout(Duration::from_secs(60), counts.wait_for(|counts| counts.polls > 0));
        *asked.await.unwrap().unwrap()
    });
    assert_eq!((counted.messages, counted.watched, counted.unknown, counted.polls), (2, 1, 0, 1));
    inside.ends();
    let mut devices: Vec<_> = observations(site.path()).into_iter().map(|kept| kept.device).collect();
    devices.sort_unstable();
    assert_eq!(devices, ["a", "a", "b"]);
}

/// It listens where the configuration says and counts what devices send; what that leads to once a device has settled,
/// half a minute later, is tested with another clock.
#[test]
fn what_devices_send_by_syslog_is_heard() {
    let site = scheduled([("a", router(), "netconf")], "interval = \"1h\"\ncatch_up = \"0s\"");
    let port = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let listen = format!("[on_change]\nudp = \"{port}\"\n\n[group.campus]");
    site.edit("licwatch.toml", "[group.campus]", &listen);
    let mut daemon = Daemon::start(&site, &[]);
    daemon.keeps(1);
    let device = UdpSocket::bind("127.0.0.1:0").unwrap();
    device.send_to(b"<189>44: %LINK-3-UPDOWN: Interface Gi0/1, changed state to up", port).unwrap();
    device.send_to(b"<189>45: %SYS-5-CONFIG_I: Configured from console", port).unwrap();
    // The kernel knows by the port's receive queue whether they were read.
    let entry = format!("0100007F:{:04X}", port.port());
    until("both are read", || {
        let table = fs::read_to_string("/proc/net/udp").unwrap();
        let line = table.lines().find(|line| line.contains(&entry)).unwrap();
        line.split_whitespace().nth(4).unwrap().ends_with(":00000000")
    });
    daemon.signal("-TERM");
    let line = daemon.says(&["Syslog was heard."]);
    assert!(line.contains("messages=2"), "{line}");
    daemon.ends().exits(0);
}
