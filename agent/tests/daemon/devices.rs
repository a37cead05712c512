//! Devices that misbehave.

use licwatch_simulator::Fault;

use crate::kept::{entries, observations};
use crate::polling::{router, scheduled, silent};
use crate::running::Daemon;

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
