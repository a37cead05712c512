//! Polls come back, and nobody waits for a slow device.

use licwatch_simulator::{Device, Fault, Kind, Personality, Stage};

use crate::kept::{entries, observations};
use crate::running::Daemon;
use crate::site::Site;

pub(crate) fn router() -> Device {
    Device::new(Personality::of(Kind::C8000v))
}

/// A router that is asked and never answers.
pub(crate) fn silent() -> Device {
    router().fault(Fault::Silence(Stage::Answer)).spare(1)
}

/// A site whose schedule is this.
pub(crate) fn scheduled<'a>(
    devices: impl IntoIterator<Item = (&'a str, Device, &'a str)>,
    schedule: &str,
) -> Site {
    with_schedule(Site::of(devices), schedule)
}

/// The site, with this schedule.
pub(crate) fn with_schedule(site: Site, schedule: &str) -> Site {
    site.edit("licwatch.toml", "[group.campus]", &format!("[group.campus]\n\n[schedule]\n{schedule}"));
    site
}

#[test]
fn polls_come_back_and_a_silent_device_delays_nobody() {
    let site = scheduled(
        [("well", router(), "ssh"), ("silent", silent(), "ssh"), ("also-well", router(), "netconf")],
        "interval = \"1s\"\ncatch_up = \"1s\"",
    );
    site.edit("licwatch.toml", "[poll]", "[poll]\nsessions = 2");
    let daemon = Daemon::start(&site, &[]);
    site.until(1, |tally| tally.commands.iter().any(|line| line == "show inventory"));
    for device in [0, 2] {
        let before = site.devices()[device].tally().logins;
        site.until(device, |tally| tally.logins >= before + 3);
    }
    let held = site.devices()[1].tally();
    assert_eq!((held.logins, held.open_connections), (1, 1), "it is still asked, and asked once");
    for device in [0, 2] {
        assert_eq!(site.devices()[device].tally().peak_connections, 1, "a device is polled once at a time");
    }
    daemon.signal("-TERM");
    daemon.ends().exits(0);
    let kept = observations(site.path());
    assert!(kept.iter().filter(|kept| kept.device == "well").count() >= 3);
    let gaps: Vec<_> = kept.iter().filter(|kept| kept.device == "well").map(|kept| kept.polled_at).collect();
    assert!(gaps.windows(2).all(|pair| pair[1].duration_since(pair[0]).as_millis() >= 900), "{gaps:?}");
    let ended = entries(site.path(), "cycle_ended");
    // Others may have been interrupted, too.
    let named = ended[0]["not_complete"].as_array().unwrap();
    assert!(named.iter().any(|it| it["device"] == "silent" && it["kind"] == "interrupted"), "{named:?}");
    site.is_left_alone();
}
