//! Devices that report changes.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use licwatch::brakes::Brakes;
use licwatch::clock::Clock;
use licwatch::daemon::listen::{ListenSettings, Listener, Senders};
use licwatch_simulator::Fleet;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpSocket;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::in_process::{Inside, SetClock};
use crate::kept::{connect, observations};
use crate::polling::{router, with_schedule};
use crate::running::Daemon;
use crate::site::Site;

/// A clock that runs a hundred times as fast.
#[derive(Debug)]
pub(crate) struct FastClock(pub(crate) Instant);

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

/// A free port of loopback.
fn free_port() -> u16 {
    UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// The daemon listens where the configuration says. Real datagrams and lines from the addresses of devices poll these
/// devices early, each once, and no other: neither one that was polled within the gap, nor one that goes down, nor one
/// that says nothing, nor anybody for a stranger. Devices settle for half a minute, and so long this lasts.
#[test]
fn who_reports_a_change_to_the_daemon_is_polled_early_and_nobody_else() {
    let first = Ipv4Addr::new(127, 84, 12, 1);
    let names = ["by-datagram", "by-line", "is-back", "just-polled", "goes-down", "quiet"];
    let [by_datagram, by_line, is_back, just_polled, goes_down] =
        [1, 2, 3, 4, 5].map(|last| Ipv4Addr::new(127, 84, 12, last));
    let stranger = Ipv4Addr::new(127, 84, 12, 99);
    let site = Site::on(Fleet::builder().from(first, 0), names.map(|name| (name, router(), "netconf")));
    let site = with_schedule(site, "interval = \"1 day\"");
    let [udp, tcp] = [free_port(), free_port()].map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    let listen = format!("[on_change]\nudp = \"{udp}\"\ntcp = \"{tcp}\"\ngap = \"1h\"\n\n[group.campus]");
    site.edit("licwatch.toml", "[group.campus]", &listen);
    site.licwatch(&["run", "--once"]).exits(0);
    // All but one have rested for longer than the gap.
    let rested = "UPDATE schedule SET begun_at = begun_at - 7200000000, ended_at = ended_at - 7200000000
                  WHERE device <> (SELECT id FROM devices WHERE name = 'just-polled')";
    assert_eq!(connect(site.path()).execute(rested, []).unwrap(), 5);

    let mut daemon = Daemon::start(&site, &[]);
    daemon.says(&["The schedule is in force."]);
    let datagram = |from: Ipv4Addr, message: &str| {
        let socket = UdpSocket::bind((from, 0)).unwrap();
        assert_eq!(socket.send_to(message.as_bytes(), udp).unwrap(), message.len());
    };
    let line = |from: Ipv4Addr, message: &str| {
        site.block_on(async {
            let socket = TcpSocket::new_v4().unwrap();
            socket.bind((from, 0).into()).unwrap();
            let mut stream = socket.connect(tcp).await.unwrap();
            stream.write_all(message.as_bytes()).await.unwrap();
            stream.shutdown().await.unwrap();
        });
    };
    datagram(
        stranger,
        "<189>44: *Nov 22 10:00:00.123 UTC: %SYS-5-CONFIG_I: Configured from console by admin",
    );
    datagram(goes_down, "<189>45: *Nov 22 10:00:00.123 UTC: %SYS-5-RELOAD: Reload requested by admin");
    datagram(just_polled, "<190>46: .Nov 22 10:00:00: %SMART_LIC-6-REPORTING_REQUIRED: A Usage report");
    datagram(
        by_datagram,
        "<189>47: *Nov 22 10:00:00.123 UTC: %LINK-3-UPDOWN: Interface Gi0/1, changed state",
    );
    for header in ["<189>48: *Nov 22 10:00:00.123 UTC:", "<189>1 2026-11-22T10:00:00Z some-host - - - -"] {
        datagram(by_datagram, &format!("{header} %SYS-5-CONFIG_I: Configured from console by admin on vty0"));
    }
    let licensing = "%SMART_LIC-5-COMM_RESTORED: Communications with the license authority restored";
    line(by_line, &format!("<190>1 2026-11-22T10:00:00Z some-host - - - - {licensing}\n"));
    // It said that it goes down, and its licensing speaks again before that was waited for.
    let down = "<189>Nov 22 10:00:00 some-host 12: %SYS-5-RELOAD: Reload requested by admin";
    line(is_back, &format!("{down}\n<190>Nov 22 10:01:00 some-host 1: {licensing}\n"));

    let early = daemon.keeps(3);
    daemon.signal("-TERM");
    let said = daemon.ends().exits(0);
    let kept = observations(site.path());
    assert_eq!(kept.len(), names.len() + early.len(), "nobody else was polled");
    let mut devices: Vec<_> = kept[names.len()..].iter().map(|kept| kept.device.as_str()).collect();
    devices.sort_unstable();
    assert_eq!(devices, ["by-datagram", "by-line", "is-back"]);
    let told = |words: &str| -> Vec<&str> { said.err.lines().filter(|line| line.contains(words)).collect() };
    let polled = told("A device is polled early.");
    let mut expected = vec![
        ("by-datagram", "its configuration changed (%SYS-5-CONFIG_I)"),
        ("by-line", "licensing changed (%SMART_LIC-5-COMM_RESTORED)"),
        ("is-back", "it reloads (%SYS-5-RELOAD)"),
        ("just-polled", "licensing changed (%SMART_LIC-6-REPORTING_REQUIRED)"),
    ];
    expected.retain(|(name, why)| !polled.iter().any(|line| line.contains(name) && line.contains(why)));
    assert!(expected.is_empty() && polled.len() == 4, "{expected:?} {polled:#?}");
    // The one that was just polled has its turn when it has rested.
    let rests: (i64, String) = connect(site.path())
        .query_row(
            "SELECT (due_at - ended_at) / 1000000, reason FROM schedule JOIN devices ON id = device
             WHERE name = 'just-polled'",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .unwrap();
    assert!((3599..3660).contains(&rests.0) && rests.1 == "early", "{rests:?}");
    let [counts] = told("Syslog came from senders that no device is known by")[..] else {
        panic!("{}", said.err)
    };
    assert!(["messages=9", "polls=4", "unknown=1"].iter().all(|word| counts.contains(word)), "{counts}");
}
