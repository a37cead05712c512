//! `licwatch devices record`, and what is made of its folder: `parse`, `demo --replay`, the simulator.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use licwatch::capture::sha256;
use licwatch_simulator::{Device, Fault, Kind, Manners, Personality, Stage};
use serde_json::{Value, json};

use crate::site::{ENABLE, PASSWORD, Site};

/// What the captures of the simulated devices tell of whose they are.
const TOLD: &[&str] = &[
    "FOC2411X0A1",
    "FOC2411X0B2",
    "FOC2411X0C3",
    "FOC24100AM1",
    "DTN2408P1A7",
    "AVD2349X1T1",
    "br3-acc-stack1",
    "Harbour Logistics",
    "Harbour",
    "Branch-03",
    "10.20.0.5",
    "6c:8b:d3:10:a1:00",
    "core-1",
    PASSWORD,
    ENABLE,
];

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// Asserts that nothing in a folder tells whose device it is.
#[track_caller]
fn tells_nothing(folder: &Path) {
    for name in names(folder) {
        let text = fs::read(folder.join(&name)).unwrap();
        let text = String::from_utf8_lossy(&text).to_lowercase();
        for told in TOLD {
            assert!(!text.contains(&told.to_lowercase()), "{told} stands in {name}:\n{text}");
        }
    }
}

/// A record without what the agent adds, and with one name for the clock's distance.
fn facts(mut record: Value) -> Value {
    let members = record.as_object_mut().unwrap();
    members.remove("sources");
    members.remove("observation");
    if let Some(clock) = record.pointer_mut("/device/clock").and_then(Value::as_object_mut) {
        clock.remove("offset_seconds");
    }
    record
}

/// A talkative device, by every way to read one.
fn site(transport: &str, kind: Kind) -> Site {
    let manners = Manners {
        exec_banner: Some(format!("This is core-1 of Harbour Logistics; the password is {PASSWORD}\n")),
        privilege: 1,
        ..Manners::default()
    };
    let device = Device::new(Personality::of(kind)).manners(manners);
    Site::of([("core-1", device, format!("{transport},hq,core,production,A. Person,campus").as_str())])
}

#[test]
fn a_session_is_kept_without_what_tells_whose_it_is() {
    let site = site("ssh", Kind::C9300Stack);
    let said = site.licwatch(&["devices", "record", "core-1", "--out", "case-7/"]).exits(0);
    for shown in
        ["serial number", "host or domain name", "account", "IP address", "MAC address", "show_version.txt"]
    {
        assert!(said.out.contains(shown), "no {shown:?} in:\n{}", said.out);
    }
    let folder = site.path().join("case-7");
    assert_eq!(
        names(&folder),
        [
            "REPLACED.txt",
            "session.json",
            "show_clock.txt",
            "show_inventory.txt",
            "show_license_all.txt",
            "show_version.txt"
        ]
    );
    assert_eq!(mode(&folder), 0o700);
    tells_nothing(&folder);
    for told in TOLD.iter().filter(|told| **told != "core-1") {
        assert!(!said.out.contains(told) && !said.err.contains(told), "{told}:\n{}\n{}", said.out, said.err);
    }

    let session: Value = serde_json::from_slice(&fs::read(folder.join("session.json")).unwrap()).unwrap();
    assert_eq!(
        (&session["schema"], &session["platform"]),
        (&json!("licwatch/capture-session/1"), &json!("ios-xe"))
    );
    assert_eq!((&session["outcome"], &session["transport"]), (&json!("complete"), &json!("ssh")));
    let captures = session["captures"].as_array().unwrap();
    let commands: Vec<_> = captures.iter().map(|it| it["command"].as_str().unwrap()).collect();
    assert_eq!(commands, ["show version", "show inventory", "show license all", "show clock"]);
    for capture in captures {
        let path = folder.join(capture["file"].as_str().unwrap());
        let bytes = fs::read(&path).unwrap();
        assert_eq!((&capture["sha256"], &capture["bytes"]), (&json!(sha256(&bytes)), &json!(bytes.len())));
        assert_eq!(mode(&path), 0o600);
        // As on the wire: the echo, returns and line feeds, the prompt.
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.starts_with(&format!("{}\r\n", capture["command"].as_str().unwrap())), "{text}");
        assert!(text.lines().last().unwrap().ends_with('#') && text.contains("\r\n"), "{text}");
    }
    // What says nothing about the owner is still there.
    let license = fs::read_to_string(folder.join("show_license_all.txt")).unwrap();
    for kept in [
        "PID:C9300-24UX,SN:",
        "Jan 09 06:14:52 2026 UTC",
        "5.8.4_rel/9",
        ":8182/cslu/v1/pi",
        "C9300-24 Network Advantage",
    ] {
        assert!(license.contains(kept), "no {kept:?} in:\n{license}");
    }
    let list = fs::read_to_string(folder.join("REPLACED.txt")).unwrap();
    assert!(
        list.contains("Originals stand nowhere in this folder") && list.contains("MAC address"),
        "{list}"
    );
    site.is_left_alone();
}

#[test]
fn netconf_is_recorded_beside_the_command_line() {
    let site = site("auto", Kind::C9300Stack);
    let said = site.licwatch(&["devices", "record", "core-1", "--out", "case", "--json"]).exits(0);
    let folder = site.path().join("case");
    assert_eq!(
        names(&folder),
        ["REPLACED.txt", "get.xml", "hello.xml", "session.json", "show_license_all.txt"]
    );
    tells_nothing(&folder);
    let summary = &said.json()[0];
    assert_eq!((&summary["folder"], &summary["differences"]), (&json!("case"), &json!([])));
    assert_eq!(summary["session"]["transport"], "netconf+ssh");
    let serials: Vec<_> =
        summary["replaced"].as_array().unwrap().iter().filter(|it| it["kind"] == "serial_number").collect();
    // The same serial number in both ways to read the device.
    assert!(
        serials.iter().any(|it| it["files"] == json!(["get.xml", "show_license_all.txt"])),
        "{serials:?}"
    );
    let reply = fs::read_to_string(folder.join("get.xml")).unwrap();
    let shared = serials[0]["replacement"].as_str().unwrap();
    assert!(reply.contains(&format!("<sn>{shared}</sn>")) || reply.contains(shared), "{shared}\n{reply}");
    assert!(
        reply.contains("regid.2017-03.com.cisco.dna_advantage-48,1.0_c2f97e60-3d18-4ab5-b7e9-840d6c13a5f2")
    );
}

/// The ways to read a kind of device. Devices without NETCONF have but one.
fn ways(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::C9300Stack
        | Kind::C8000v
        | Kind::C9800
        | Kind::Isr4331
        | Kind::C9500Slr
        | Kind::Asr9k
        | Kind::Xr8000 => &["ssh", "netconf", "auto"],
        // Its NETCONF tells of its parts, and nothing of licences.
        Kind::N9k => &["ssh", "auto"],
        _ => &["ssh"],
    }
}

/// One test for each kind, so that they run beside each other.
macro_rules! recorded_and_replayed {
    ($($name:ident: $kind:ident,)+) => {
        $(
            #[test]
            fn $name() {
                is_parsed_and_replayed_as_the_same_device(Kind::$kind);
            }
        )+

        #[test]
        fn no_kind_is_left_out() {
            assert_eq!([$(Kind::$kind),+], Kind::ALL);
        }
    };
}

recorded_and_replayed! {
    c9300_stack: C9300Stack,
    c8000v: C8000v,
    c9800: C9800,
    isr_g2: IsrG2,
    c3850: C3850,
    isr4331: Isr4331,
    c9500_slr: C9500Slr,
    isr4451_plr: Isr4451Plr,
    n5k: N5k,
    n9k: N9k,
    n9k_honor: N9kHonor,
    asr9k: Asr9k,
    xr8000: Xr8000,
    wlc5520: Wlc5520,
    asa5516: Asa5516,
    asav: Asav,
}

fn is_parsed_and_replayed_as_the_same_device(kind: Kind) {
    for &transport in ways(kind) {
        let original = site(transport, kind);
        original.licwatch(&["devices", "record", "core-1", "--out", "case"]).exits(0);
        let before = facts(original.licwatch(&["poll", "--json"]).exits(0).json().remove(0));
        let parsed = original.licwatch(&["parse", "--json", "case"]).exits(0);
        let parsed = facts(parsed.json().remove(0));

        let recorded = Personality::from_folder(original.path().join("case")).unwrap();
        let again = Site::of([("core-1", Device::new(recorded), transport)]);
        let replayed = facts(again.licwatch(&["poll", "--json"]).exits(0).json().remove(0));
        // Diagnostics name lines and sources, which a merge of other order may number differently.
        assert_eq!(replayed["device"], parsed["device"], "{transport}");
        assert_eq!(replayed["licensing"], parsed["licensing"], "{transport}");
        assert_eq!(replayed["licenses"], parsed["licenses"], "{transport}");
        assert_eq!(licwatch::scrub::differences(&before, &replayed), [""; 0], "{transport}");
        let serial = |record: &Value| record["device"]["serial_number"].clone();
        assert_ne!(serial(&before), serial(&replayed), "{transport}");
        assert!(serial(&before).is_string(), "{transport}");
    }
}

#[test]
fn the_demo_shows_a_recorded_device_again() {
    let site = site("auto", Kind::C9300Stack);
    site.licwatch(&["devices", "record", "core-1", "--out", "case"]).exits(0);
    let parsed = facts(site.licwatch(&["parse", "--json", "case"]).exits(0).json().remove(0));
    fs::create_dir(site.path().join("drop")).unwrap();
    let said = site.licwatch(&["demo", "--replay", "case", "--drop", "drop", "--json"]).exits(0);
    let shown = said.json();
    assert_eq!(shown.len(), 1);
    assert_eq!(shown[0]["licenses"], parsed["licenses"]);
    assert_eq!(shown[0]["device"]["udis"], parsed["device"]["udis"]);
    assert!(said.err.contains("1 recorded device is up"), "{}", said.err);
    site.licwatch(&["demo", "--replay", "drop"]).exits(2).complains(&["holds no output of a known command"]);
}

#[test]
fn the_originals_are_written_only_where_they_stay() {
    let site = site("ssh", Kind::C9300Stack);
    let record =
        |more: &[&str]| site.licwatch(&[&["devices", "record", "core-1", "--out", "case"], more].concat());
    record(&["--originals", "case/originals.txt"])
        .exits(2)
        .complains(&["would leave with the captures", "outside of case"]);
    record(&["--originals", "./x/../case/originals.txt"]).exits(2);
    assert!(!site.path().join("case").exists());
    record(&["--originals", "review.txt"]).exits(0).complains(&["originals  review.txt: keep it here"]);
    let review = site.path().join("review.txt");
    assert_eq!(mode(&review), 0o600);
    let text = fs::read_to_string(&review).unwrap();
    assert!(
        text.contains("serial number\tFOC2411X0A1\t") && text.contains("account\tHarbour Logistics\t"),
        "{text}"
    );
    assert!(!text.contains(PASSWORD), "{text}");
    tells_nothing(&site.path().join("case"));
    // Neither the list nor the folder is written over.
    site.licwatch(&["devices", "record", "core-1", "--out", "other", "--originals", "review.txt"])
        .exits(2)
        .complains(&["cannot begin the list review.txt", "name a new file"]);
    record(&[]).exits(2).complains(&["case is not empty; name a new folder"]);
    assert!(!site.path().join("other").exists());
}

#[test]
fn what_cannot_be_recorded_is_said_before_anything_is_dialled() {
    let site = Site::small();
    for (arguments, words) in [
        (&["--out", "case"][..], &["3 devices are meant", "record NAME --out DIR"][..]),
        (&["core-2", "--out", "case"], &["there is no device \"core-2\""]),
        (&["core-1", "--out", "nowhere/case"], &["cannot make a folder in nowhere", "create it"]),
        (&["core-1", "--out", "devices.csv"], &["devices.csv is not a folder"]),
        (&["core-1"], &["--out <DIR>"]),
    ] {
        site.licwatch(&[&["devices", "record"], arguments].concat()).exits(2).complains(words);
    }
    assert!(site.devices().iter().all(|device| device.tally().connections == 0));
    assert_eq!(names(site.path()).iter().filter(|name| name.starts_with(".licwatch")).count(), 0);
}

#[test]
fn a_device_that_fails_leaves_nothing_and_one_that_breaks_off_what_it_said() {
    let router = || Device::new(Personality::of(Kind::C8000v));
    let site = Site::of([
        ("refused", router().fault(Fault::Silence(Stage::Greeting)), "ssh"),
        ("broken", router().fault(Fault::ResetMidAnswer).spare(3), "ssh"),
    ]);
    site.edit("licwatch.toml", "login = \"60s\"", "login = \"2s\"");
    let before = names(site.path());
    site.licwatch(&["devices", "record", "refused", "--out", "case", "--originals", "review.txt"])
        .exits(3)
        .complains(&["refused:", "answered nothing that could be recorded"]);
    assert_eq!(names(site.path()), before);

    let said = site.licwatch(&["devices", "record", "broken", "--out", "case", "--json"]).exits(1);
    let session = &said.json()[0]["session"];
    assert_eq!(session["outcome"], "partial");
    assert!(
        session["failed_at"]["stage"].is_string() && session["failed_at"].get("text").is_none(),
        "{session}"
    );
    let said = site.licwatch(&["parse", "--json", "case"]).exits(0);
    assert_eq!(said.json()[0]["device"]["model"], "C8000V");
}

#[test]
fn a_device_from_the_command_line_needs_no_inventory() {
    let site = site("ssh", Kind::C9300Stack);
    let device = &site.devices()[0];
    let (address, port) = (device.address().ip().to_string(), device.address().port().to_string());
    fs::rename(site.path().join("licwatch.toml"), site.path().join("hidden")).unwrap();
    site.licwatch(&[
        "devices",
        "record",
        "--host",
        &address,
        "--port",
        &port,
        "--transport",
        "ssh",
        "-u",
        "monitor",
        "--password-file",
        "network.password",
        "--enable-password-file",
        "network.enable",
        "--known-hosts",
        "known_hosts",
        "--out",
        "case",
    ])
    .exits(0);
    tells_nothing(&site.path().join("case"));
    assert!(names(&site.path().join("case")).contains(&"show_license_all.txt".to_owned()));
}
