//! `poll --dry-run`: what it lists is what a device receives.

use std::collections::BTreeSet;
use std::fs;

use licwatch_parsers::record::Platform;
use licwatch_simulator::{Device, Kind, Manners, Personality};

use crate::site::Site;

/// The commands that are listed, in order: those asked first, and those that may follow.
struct Listed {
    settings: Vec<String>,
    first: Vec<String>,
    gaps: Vec<String>,
}

/// Reads the part of the list that stands under a heading of the CLI.
fn listed(text: &str) -> Listed {
    let mut parts = [Vec::new(), Vec::new(), Vec::new()];
    let mut part = None;
    for line in text.lines() {
        match line.trim() {
            "session settings, as far as the device takes them:" => part = Some(0),
            "commands:" => part = Some(1),
            "where these leave a gap, some of:" => part = Some(2),
            command => {
                if let Some(part) = part.filter(|_| line.starts_with("    ")) {
                    parts[part].push(command.to_owned());
                }
            }
        }
    }
    let [settings, first, gaps] = parts;
    Listed { settings, first, gaps }
}

#[test]
fn a_device_receives_exactly_what_is_listed() {
    for kind in Kind::ALL {
        // At level 1 the session has to ask for privilege too, where there are levels.
        let levels = matches!(kind.platform(), Platform::Ios | Platform::IosXe | Platform::Asa);
        let low = Manners { privilege: if levels { 1 } else { 15 }, ..Manners::of(kind.platform()) };
        let cells = format!("ssh,,,,,,{}", kind.platform());
        let device = Device::new(Personality::of(kind)).manners(low);
        let site = Site::of([("device", device, cells.as_str())]);
        let said = site.licwatch(&["poll", "--dry-run"]).exits(0);
        assert!(said.out.starts_with("# device (127.0.0.1)\n") && said.err.is_empty(), "{said:?}");
        assert_eq!(site.devices()[0].tally().connections, 0, "nothing is dialled");
        let listed = listed(&said.out);

        site.licwatch(&["poll"]).exits(0);
        let received = site.devices()[0].tally().commands;
        let (settings, asked): (Vec<_>, Vec<_>) =
            received.into_iter().partition(|line| listed.settings.contains(line));
        assert_eq!(asked[..listed.first.len()], listed.first, "{kind:?}");
        let rest = &asked[listed.first.len()..];
        assert!(rest.iter().all(|line| listed.gaps.contains(line)), "{kind:?} received {rest:?}");
        // Every setting that is listed was sent, and in that order at first; the level is asked for again after enable.
        let sent: BTreeSet<_> = settings.iter().collect();
        assert_eq!(sent, listed.settings.iter().collect(), "{kind:?}");
        let beginning = listed.settings.len().min(3);
        assert_eq!(settings[..beginning], listed.settings[..beginning], "{kind:?}");
    }
}

#[test]
fn a_device_of_unknown_platform_receives_nothing_that_is_not_listed() {
    let site = Site::of(Kind::ALL.map(|kind| (kind.id(), Device::new(Personality::of(kind)), "ssh")));
    let said = site.licwatch(&["poll", "--dry-run"]).exits(0);
    let listed = listed(said.out.split("\n\n").next().unwrap());
    site.licwatch(&["poll"]).exits(0);
    for device in site.devices() {
        let mut received = device.tally().commands;
        received.retain(|line| {
            ![&listed.settings, &listed.first, &listed.gaps].into_iter().any(|listed| listed.contains(line))
        });
        // RETURN may be sent at any time; it is no line.
        assert_eq!(received, [""; 0], "{}", device.hostname());
    }
}

#[test]
fn a_netconf_device_receives_the_request_that_is_listed() {
    let site = Site::of([("device", Device::new(Personality::of(Kind::C8000v)), "netconf")]);
    let listed = site.licwatch(&["poll", "--dry-run"]).exits(0).out;
    assert!(!listed.contains("show "), "{listed}");
    site.licwatch(&["poll", "--transcript", "said.txt"]).exits(0);
    let tally = site.devices()[0].tally();
    assert_eq!(
        (tally.requests.as_slice(), tally.commands.len()),
        (&["get".to_owned(), "close-session".into()][..], 0)
    );

    let transcript = fs::read_to_string(site.path().join("said.txt")).unwrap();
    let sent: String = transcript.lines().filter_map(|line| line.strip_prefix("device > ")).collect();
    let sent = sent.replace("\\\"", "\"").replace("\\n", "\n");
    // Every element of the filter that was sent is listed.
    let filter = |text: &str| {
        let (_, behind) = text.split_once("<filter").unwrap_or_else(|| panic!("no filter in {text}"));
        let (within, _) = behind.split_once("</filter>").unwrap();
        within.split('<').map(|tag| tag.trim().to_owned()).collect::<BTreeSet<_>>()
    };
    assert!(filter(&sent).is_subset(&filter(&listed)), "{sent}\n{listed}");
    assert!(listed.contains("close-session") && sent.contains("close-session"));
}

#[test]
fn devices_that_are_sent_the_same_are_listed_together() {
    let device = || Device::new(Personality::of(Kind::IsrG2));
    let site = Site::of([("a", device(), "ssh"), ("b", device(), "ssh")]);
    let said = site.licwatch(&["poll", "--dry-run"]).exits(0);
    // They stand on different ports, which are part of what is listed.
    assert_eq!(said.out.matches("# ").count(), 2, "{}", said.out);
    site.edit(
        "devices.csv",
        &site.devices()[1].address().port().to_string(),
        &site.devices()[0].address().port().to_string(),
    );
    let said = site.licwatch(&["poll", "--dry-run"]).exits(0);
    assert!(said.out.starts_with("# a (127.0.0.1), b (127.0.0.1)\n"), "{}", said.out);
}
