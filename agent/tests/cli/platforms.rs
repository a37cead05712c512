//! Every kind of device polled from end to end: what it is asked, what it says, and what it is not allowed to say.

use std::collections::BTreeSet;

use licwatch_parsers::record::{DeviceRecord, Platform, merge};
use licwatch_parsers::text::Cleaned;
use licwatch_parsers::{Command, Hints, parse};
use licwatch_simulator::{Device, Fault, Kind, LiveDevice, Manners, Personality};
use serde_json::{Value, json};

use crate::site::Site;

/// The cells of the inventory for a way and a platform.
fn cells(way: &str, platform: Option<Platform>) -> String {
    format!("{way},,,,,,{}", platform.map(|platform| platform.to_string()).unwrap_or_default())
}

/// A site of one device of each kind, with its platform in the inventory or without.
fn site_of(way: &str, told: bool, device: impl Fn(Kind) -> Device) -> Site {
    let cells = Kind::ALL.map(|kind| cells(way, told.then(|| kind.platform())));
    let devices = Kind::ALL.iter().zip(&cells);
    Site::of(devices.map(|(kind, cells)| (kind.id(), device(*kind), cells.as_str())))
}

fn plain(kind: Kind) -> Device {
    Device::new(Personality::of(kind))
}

/// The record of a device in what was printed.
fn line_of<'l>(lines: &'l [Value], name: &str) -> &'l Value {
    let is = |line: &&Value| line["observation"]["device"] == name;
    lines.iter().find(is).unwrap_or_else(|| panic!("{name} gave no line"))
}

/// The commands that tell something, in the order in which a device was asked.
fn asked(device: &LiveDevice) -> Vec<Command> {
    let typed = device.tally().commands;
    let known = typed.iter().filter_map(|line| Command::typed(line));
    known.filter(|command| *command != Command::ShowPrivilege).collect()
}

/// What the captures say that answer these commands, without any session around them.
fn captured(personality: &Personality, commands: &[Command]) -> Value {
    let texts: Vec<_> =
        commands.iter().filter_map(|command| Some((*command, personality.text(*command)?))).collect();
    let cleaned: Vec<_> =
        texts.iter().map(|(command, text)| (*command, Cleaned::new(text.as_bytes()))).collect();
    let platform = Some(personality.platform());
    let records: Vec<DeviceRecord<'_>> = cleaned
        .iter()
        .map(|(command, text)| parse(text, Hints { platform, command: Some(*command) }))
        .collect();
    serde_json::to_value(merge(&records)).unwrap()
}

/// What a record says of the device; what only a session knows is left out.
fn said(record: &Value) -> Value {
    let mut device = record["device"].clone();
    if let Some(clock) = device["clock"].as_object_mut() {
        clock.remove("offset_seconds");
    }
    json!({ "device": device, "licensing": record["licensing"], "licenses": record["licenses"] })
}

fn diagnostics<'l>(line: &'l Value, code: &str) -> Vec<&'l str> {
    let all = line["diagnostics"].as_array().map(Vec::as_slice).unwrap_or_default();
    all.iter().filter(|it| it["code"] == code).filter_map(|it| it["message"].as_str()).collect()
}

/// Host name, model, serial number, version and licensing model, read in the captures by eye.
fn facts(kind: Kind) -> [&'static str; 5] {
    match kind {
        Kind::C9300Stack => ["br3-acc-stack1", "C9300-24UX", "FOC2411X0A1", "17.9.4a", "slup"],
        Kind::C8000v => ["edge-vr2", "C8000V", "9QX7TB2LM4K", "17.12.3", "slup"],
        Kind::C9800 => ["wlc-hq1", "C9800-L-F-K9", "FCL2502W0AA", "17.9.5", "slup"],
        Kind::IsrG2 => ["br7-rtr1", "CISCO2911/K9", "FTX1722L0DD", "15.2(4)M6", "pak"],
        Kind::C3850 => ["lab-sw5", "WS-C3850-24T", "FOC1833X0EE", "16.6.7", "rtu"],
        Kind::Isr4331 => ["wan-r4", "ISR4331/K9", "FDO2118M0FF", "16.9.6", "smart"],
        Kind::C9500Slr => ["dc1-core1", "C9500-40X", "FOC2308X1A2", "16.12.4", "slr"],
        Kind::Isr4451Plr => ["wan-hub1", "ISR4451-X/K9", "FJC2236D0QK", "16.12.5", "plr"],
        Kind::N5k => ["dc1-agg5", "N5K-C5548UP", "SSI1712X0C7", "7.3(8)N1(1)", "pak"],
        Kind::N9k => ["dc1-leaf2", "N9K-C93180YC-FX3", "FDO2531X0D8", "10.3(4a)", "slup"],
        Kind::N9kHonor => ["dc2-leaf7", "N9K-C93180YC-FX3", "FDO2219X0H1", "9.3(9)", "honor"],
        Kind::Asr9k => ["pe2-fra", "ASR-9006", "FOX2146P0QX", "6.5.3", "smart"],
        Kind::Xr8000 => ["core1-fra-8k", "8201-SYS", "FOC2433N0X8", "24.2.1", "slup"],
        Kind::Wlc5520 => ["wlc-quay", "AIR-CT5520-K9", "FCH2133X0E9", "8.10.185.0", "rtu"],
        Kind::Asa5516 => ["fw1-hq", "ASA5516", "JAD22470KQX", "9.16(4)27", "pak"],
        Kind::Asav => ["fw2-dmz", "ASAv", "9AHX3RJ7QKD", "9.18(3)56", "smart"],
    }
}

#[test]
fn over_the_cli_each_device_says_what_its_captures_say() {
    for told in [true, false] {
        let site = site_of("ssh", told, plain);
        let lines = site.licwatch(&["poll", "--json"]).exits(0).json();
        for (kind, device) in Kind::ALL.into_iter().zip(site.devices()) {
            let (line, place) = (line_of(&lines, kind.id()), format!("{} told {told}", kind.id()));
            assert_eq!(line["observation"]["outcome"], "complete", "{place}: {line}");
            let expected = captured(device.personality(), &asked(device));
            assert_eq!(said(line), said(&expected), "{place}");
            let device = &line["device"];
            assert_eq!(device["platform"], kind.platform().word(), "{place}");
            let told = ["hostname", "model", "serial_number", "software_version"].map(|fact| &device[fact]);
            let told =
                told.into_iter().chain([&line["licensing"]["model"]]).map(|it| it.as_str().unwrap_or("-"));
            assert_eq!(told.collect::<Vec<_>>(), facts(kind), "{place}");
            assert!(line["licenses"].is_array(), "{place}: {line}");
            let grave =
                line["diagnostics"].as_array().into_iter().flatten().filter(|it| it["severity"] != "info");
            assert_eq!(grave.collect::<Vec<_>>(), [&Value::Null; 0], "{place}");
        }
        site.is_left_alone();
    }
}

/// Read in CLI_OUTPUT §12 and in the captures: which platform and version a device has, and which fallbacks that needs.
#[test]
fn each_device_is_asked_what_its_platform_answers() {
    use Command as C;
    let throughput = [C::ShowPlatformHardwareThroughputLevel, C::ShowPlatformHardwareThroughputCrypto];
    let plan = |kind: Kind| -> Vec<Command> {
        let ios_xe = vec![C::ShowVersion, C::ShowInventory, C::ShowLicenseAll, C::ShowClock];
        match kind {
            Kind::C9300Stack | Kind::C9800 | Kind::C9500Slr => ios_xe,
            Kind::C8000v | Kind::Isr4331 | Kind::Isr4451Plr => [&ios_xe[..], &throughput].concat(),
            Kind::IsrG2 => vec![C::ShowVersion, C::ShowInventory, C::ShowLicense, C::ShowClock],
            Kind::C3850 => [&ios_xe[..], &[C::ShowLicenseRightToUseSummary]].concat(),
            Kind::N5k | Kind::N9k | Kind::N9kHonor => {
                let first = [
                    C::ShowVersion,
                    C::ShowInventory,
                    C::ShowLicenseUsage,
                    C::ShowLicenseHostId,
                    C::ShowClock,
                ];
                let agent: &[Command] = if kind == Kind::N9k { &[C::ShowLicenseAll] } else { &[] };
                [&first[..], agent].concat()
            }
            Kind::Asr9k | Kind::Xr8000 => vec![
                C::ShowVersion,
                C::ShowInventory,
                C::ShowLicensePlatformSummary,
                C::ShowLicenseAll,
                C::ShowClock,
            ],
            Kind::Wlc5520 => {
                vec![C::ShowSysinfo, C::ShowInventory, C::ShowLicenseSummary, C::ShowLicenseCapacity]
            }
            Kind::Asa5516 | Kind::Asav => ios_xe,
        }
    };
    let site = site_of("ssh", true, plain);
    site.licwatch(&["poll"]).exits(0);
    for (kind, device) in Kind::ALL.into_iter().zip(site.devices()) {
        assert_eq!(asked(device), plan(kind), "{}", kind.id());
    }
    // Who does not know the platform asks a Nexus in vain once, and all others as if it did.
    let site = site_of("ssh", false, plain);
    site.licwatch(&["poll"]).exits(0);
    for (kind, device) in Kind::ALL.into_iter().zip(site.devices()) {
        let (asked, plan): (BTreeSet<_>, BTreeSet<_>) =
            (asked(device).into_iter().collect(), plan(kind).into_iter().collect());
        let beside: Vec<_> = asked.difference(&plan).copied().collect();
        let allowed: &[Command] = match kind {
            Kind::IsrG2 => &[C::ShowLicenseAll],
            Kind::N5k | Kind::N9kHonor => &[C::ShowLicenseAll],
            _ => &[],
        };
        assert!(beside.iter().all(|command| allowed.contains(command)), "{}: {beside:?}", kind.id());
        if kind != Kind::IsrG2 {
            assert!(plan.is_subset(&asked), "{}: {asked:?}", kind.id());
        }
    }
}

#[test]
fn pagers_that_stay_cost_nothing_but_time() {
    let site = site_of("ssh", true, |kind| plain(kind).fault(Fault::PagingStays));
    let lines = site.licwatch(&["poll", "--json"]).exits(0).json();
    for (kind, device) in Kind::ALL.into_iter().zip(site.devices()) {
        let expected = captured(device.personality(), &asked(device));
        assert_eq!(said(line_of(&lines, kind.id())), said(&expected), "{}", kind.id());
    }
    site.is_left_alone();
}

#[test]
fn what_aaa_does_not_permit_is_named_and_the_rest_is_kept() {
    for forbidden in ["show inventory", "show license"] {
        let site = site_of("ssh", true, |kind| {
            plain(kind)
                .manners(Manners { unauthorized: vec![forbidden.into()], ..Manners::of(kind.platform()) })
        });
        let said = site.licwatch(&["poll", "--json"]).exits(1);
        let lines = said.json();
        for kind in Kind::ALL {
            let line = line_of(&lines, kind.id());
            let (observation, place) = (&line["observation"], format!("{} {forbidden}", kind.id()));
            assert_eq!(observation["outcome"], "partial", "{place}: {line}");
            let error = &observation["error"];
            assert_eq!(
                (&error["stage"], &error["kind"]),
                (&json!("command"), &json!("command_refused")),
                "{place}"
            );
            let text = error["text"].as_str().unwrap();
            assert!(text.contains(forbidden), "{place}: {text}");
            assert!(line["device"]["software_version"].is_string(), "{place}: the rest is kept");
            let open = diagnostics(line, "left_open");
            let missing = if forbidden == "show inventory" { "its parts" } else { "its licences" };
            let is_open = match forbidden {
                "show inventory" => line["device"]["inventory"].is_null(),
                _ => line["licenses"].is_null(),
            };
            let told = open.iter().any(|message| message.contains(missing) && message.contains(forbidden));
            assert_eq!(told, is_open, "{place}: {open:?}");
        }
    }
}

#[test]
fn another_platform_than_the_inventory_says_is_seen_and_asked_as_what_it_is() {
    let wrong = cells("ssh", Some(Platform::IosXe));
    let site = Site::of([("n9k", plain(Kind::N9k), wrong.as_str())]);
    let lines = site.licwatch(&["poll", "--json"]).exits(0).json();
    let line = &lines[0];
    assert_eq!(line["device"]["platform"], "nx-os");
    assert!(asked(&site.devices()[0]).contains(&Command::ShowLicenseUsage));
    assert_eq!(
        diagnostics(line, "unexpected_platform"),
        ["the inventory expects the platform ios-xe, the device is nx-os"]
    );
}

/// A packet filter before a firewall would make the try on port 830 a long wait.
#[test]
fn firewalls_and_aireos_controllers_are_not_tried_over_netconf() {
    for kind in [Kind::Asav, Kind::Wlc5520] {
        let told = cells("auto", Some(kind.platform()));
        let site = Site::of([("device", plain(kind), told.as_str())]);
        // If NETCONF were tried, it would be on the one port that answers.
        let port = site.devices()[0].address().port();
        site.edit("devices.csv", &format!("{port},,"), &format!("{port},{port},"));
        let listed = site.licwatch(&["poll", "--dry-run"]).exits(0).out;
        assert!(!listed.contains("NETCONF"), "{listed}");
        site.licwatch(&["poll"]).exits(0);
        assert_eq!(site.devices()[0].tally().connections, 1, "{kind:?}");
    }
}

#[test]
fn netconf_and_cli_that_contradict_each_other_are_both_heard() {
    let personality = Personality::of(Kind::C9300Stack);
    let told = personality.text(Command::ShowLicenseAll).unwrap().into_owned();
    assert!(told.contains("  Count: 1\n") && told.contains("C9300-24UX,SN:FOC2411X0A1"), "{told}");
    let other = told.replace("  Count: 1\n", "  Count: 4\n").replace("FOC2411X0A1", "FOC2411X0Z9");
    let site = Site::of([("core", Device::new(personality.output(Command::ShowLicenseAll, other)), "auto")]);
    let lines = site.licwatch(&["poll", "--json"]).exits(0).json();
    let line = &lines[0];
    assert_eq!(line["observation"]["transport"], "netconf+ssh");
    // The CLI goes first for what is counted, NETCONF for the tags.
    assert_eq!(line["licensing"]["transport"]["type"], "cslu");
    let licenses = line["licenses"].as_array().unwrap();
    let of_48 = |license: &&Value| license["entitlement"] == "C9300-48 Network Advantage";
    let license = licenses.iter().find(of_48).unwrap();
    assert_eq!(license["count"], 4, "{license}");
    assert!(license["entitlement_tag"].as_str().unwrap().starts_with("regid."), "{license}");
    assert_eq!(line["device"]["serial_number"], "FOC2411X0Z9");
    let heard: Vec<_> =
        line["diagnostics"].as_array().unwrap().iter().filter(|it| it["severity"] == "warning").collect();
    let names = |words: &[&str]| {
        heard.iter().any(|it| words.iter().all(|word| it["message"].as_str().unwrap().contains(word)))
    };
    assert!(names(&["FOC2411X0A1", "FOC2411X0Z9", "show license all", "\"get\""]), "{heard:?}");
    assert!(names(&["count", "4", "1", "show license all", "\"get\""]), "{heard:?}");
}

#[test]
fn the_demo_shows_every_platform_and_every_generation() {
    let folder = tempfile::tempdir().unwrap();
    let kinds = Kind::ALL.len().to_string();
    let said =
        crate::program::licwatch(folder.path(), &["demo", "--json", "--drop", ".", "--devices", &kinds])
            .exits(0);
    let lines = said.json();
    let words = |part: &str, fact: &str| -> BTreeSet<String> {
        lines.iter().filter_map(|line| line[part][fact].as_str()).map(str::to_owned).collect()
    };
    assert_eq!(words("device", "platform"), Platform::ALL.iter().map(|it| it.word().to_owned()).collect());
    let generations = ["pak", "rtu", "smart", "slr", "plr", "slup", "honor"];
    assert_eq!(words("licensing", "model"), generations.map(str::to_owned).into());
    assert_eq!(words("device", "serial_number").len(), Kind::ALL.len());
    let said = crate::program::licwatch(folder.path(), &["demo", "--drop", "."]).exits(0);
    let head = said.out.lines().next().unwrap();
    assert!(head.contains("platform") && head.contains("licensing"), "{head}");
    assert!(said.out.contains("32 complete, 0 partial, 0 failed"), "{}", said.out);
}
