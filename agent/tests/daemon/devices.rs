//! Devices that misbehave, and devices that report changes.

use std::net::{Ipv4Addr, UdpSocket};

use licwatch_simulator::{Fault, Fleet};

use crate::kept::{entries, observations};
use crate::polling::{router, scheduled, silent, with_schedule};
use crate::running::Daemon;
use crate::site::Site;

/// Silent, byte by byte, resetting, with another host key, refusing: each is told with how far it came and what
/// happened, again and again; the others keep their second, and the one that refuses sees one login.
#[test]
fn each_faulty_device_is_told_as_what_it_is_and_delays_nobody() {
    let faulty = |fault| router().fault(fault);
    let site = scheduled(
        [
            ("well-1", router(), "ssh"),
            ("well-2", router(), "netconf"),
            ("silent", silent(), "ssh"),
            ("dribbling", faulty(Fault::OneByteAtATime), "netconf"),
            ("resetting", faulty(Fault::ResetMidAnswer).spare(1), "ssh"),
            ("changed", faulty(Fault::HostKeyChanged), "ssh"),
            ("refusing", faulty(Fault::LoginRefused), "ssh"),
        ],
        "interval = \"1s\"\njitter = \"0s\"\ncatch_up = \"0s\"\nretry = \"1s\"",
    );
    site.edit("licwatch.toml", "command = \"60s\"", "command = \"2s\"");
    let daemon = Daemon::start(&site, &[]);
    // The silent one is asked, given up and asked again; the others come round meanwhile.
    site.until(2, |tally| tally.logins >= 3);
    for well in [0, 1] {
        site.until(well, |tally| tally.logins >= 6);
    }
    for ill in [3, 4] {
        site.until(ill, |tally| tally.logins >= 2);
    }
    site.until(5, |tally| tally.connections >= 2);
    daemon.signal("-TERM");
    daemon.ends().exits(0);
    let kept = observations(site.path());
    let told = |device: &str| {
        let of = kept.iter().filter(move |kept| kept.device == device);
        let error = |kept: &crate::kept::Kept| {
            let error = &kept.record["observation"]["error"];
            let text = |name: &str| error[name].as_str().unwrap_or("-").to_owned();
            format!("{} {} {}", kept.outcome, text("stage"), text("kind"))
        };
        // The last may have been interrupted.
        of.map(error).filter(|told| !told.ends_with("interrupted")).collect::<Vec<_>>()
    };
    let all = |device: &str, least: usize, expected: &str| {
        let told = told(device);
        assert!(told.len() >= least && told.iter().all(|told| told == expected), "{device}: {told:?}");
    };
    all("well-1", 5, "complete - -");
    all("well-2", 5, "complete - -");
    all("silent", 2, "partial command timeout");
    all("dribbling", 1, "complete - -");
    all("resetting", 1, "partial command closed");
    all("changed", 1, "failed host_key host_key_changed");
    assert_eq!(told("refusing")[0], "failed login authentication_failed");
    assert_eq!(site.devices()[6].tally().login_attempts, 1, "it is not asked again until somebody says so");
    for well in ["well-1", "well-2"] {
        let times: Vec<_> =
            kept.iter().filter(|kept| kept.device == well).map(|kept| kept.polled_at).collect();
        let gaps = times.windows(2).map(|pair| pair[1].duration_since(pair[0]).as_millis());
        let late = gaps.clone().filter(|gap| *gap > 3000).count();
        assert!(late == 0, "{well}: {:?}", gaps.collect::<Vec<_>>());
    }
    let stopped = entries(site.path(), "login_stopped");
    assert!(stopped.iter().any(|entry| entry["device"] == "refusing"), "{stopped:?}");
    site.is_left_alone();
}

/// A datagram from a device's address polls that device early and no other.
#[test]
fn a_device_that_reports_a_change_by_syslog_is_polled_early() {
    let first = Ipv4Addr::new(127, 84, 11, 1);
    let devices = [("a", router(), "netconf"), ("b", router(), "netconf")];
    let site = with_schedule(
        Site::on(Fleet::builder().from(first, 0), devices),
        "interval = \"1h\"\ncatch_up = \"0s\"\nconfirm_after = \"0s\"",
    );
    let port = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let listen = format!("[on_change]\nudp = \"{port}\"\ngap = \"1s\"\n\n[group.campus]");
    site.edit("licwatch.toml", "[group.campus]", &listen);
    let mut daemon = Daemon::start(&site, &[]);
    daemon.keeps(2);
    let device = UdpSocket::bind((first, 0)).unwrap();
    let message =
        "<189>45: *Nov 22 10:00:00.123 UTC: %SYS-5-CONFIG_I: Configured from console by admin on vty0";
    device.send_to(b"<189>44: %LINK-3-UPDOWN: Interface Gi0/1, changed state to up", port).unwrap();
    device.send_to(message.as_bytes(), port).unwrap();
    let line = daemon.says(&["A device is polled early.", "device=a"]);
    assert!(line.contains("SYS-5-CONFIG_I"), "{line}");
    daemon.keeps(1);
    daemon.signal("-TERM");
    daemon.ends().exits(0);
    let mut devices: Vec<_> = observations(site.path()).into_iter().map(|kept| kept.device).collect();
    devices.sort_unstable();
    assert_eq!(devices, ["a", "a", "b"]);
}
