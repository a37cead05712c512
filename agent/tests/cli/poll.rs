//! `licwatch poll`: what it prints and how it exits.

use std::collections::BTreeSet;

use licwatch_simulator::{Credentials, Device, Fault, Kind, Personality};
use serde_json::{Value, json};

use crate::site::{PASSWORD, Site};

fn router() -> Device {
    Device::new(Personality::of(Kind::C8000v))
}

fn stranger() -> Credentials {
    Credentials::new("monitor", "another password")
}

#[test]
fn the_table_goes_to_stdout_and_the_talk_to_stderr() {
    let site = Site::small();
    let said = site.licwatch(&["poll", "--drop", "."]).exits(0);
    let rows: Vec<_> = said.out.lines().filter_map(|line| line.split_whitespace().next()).collect();
    let place =
        |name| rows.iter().position(|row| *row == name).unwrap_or_else(|| panic!("{name}: {}", said.out));
    assert!(place("core-1") < place("edge-1") && place("edge-1") < place("old-1"), "{}", said.out);
    assert!(said.out.contains("3 devices: 3 complete, 0 partial, 0 failed"), "{}", said.out);
    assert!(!said.out.contains(".ndjson") && said.err.contains(".ndjson"), "{}", said.err);
    assert!(!said.out.contains('\u{1b}') && !said.err.contains('\u{1b}'), "colours are for terminals");
    site.is_left_alone();
}

#[test]
fn each_device_is_one_line_of_json_with_its_observation() {
    let site = Site::small();
    let mut lines = site.licwatch(&["poll", "--json"]).exits(0).json();
    lines.sort_by_key(|line| line["observation"]["device"].to_string());
    let told = |line: &Value| {
        let observation = &line["observation"];
        ["device", "site", "role", "environment", "owner", "transport", "outcome"]
            .map(|field| observation[field].as_str().unwrap_or("-").to_owned())
    };
    let expected = [
        ["core-1", "hq", "core", "production", "A. Person", "netconf+ssh", "complete"],
        ["edge-1", "hq", "edge", "production", "Team WAN", "netconf", "complete"],
        ["old-1", "branch", "edge", "test", "-", "ssh", "complete"],
    ];
    assert_eq!(lines.iter().map(told).collect::<Vec<_>>(), expected);
    let ids: BTreeSet<_> = lines.iter().map(|line| line["observation"]["id"].to_string()).collect();
    assert_eq!(ids.len(), 3);
    for line in &lines {
        let observation = &line["observation"];
        assert_eq!(line["schema"], "licwatch/device-record/1");
        assert_eq!(
            (&observation["agent"], &observation["address"]),
            (&json!("site-agent"), &json!("127.0.0.1"))
        );
        assert_eq!(observation["id"].as_str().unwrap().as_bytes()[14], b'7', "a UUIDv7");
        assert!(observation["polled_at"].as_str().unwrap().parse::<jiff::Timestamp>().is_ok());
        assert!(observation["duration_ms"].is_u64() && observation["error"].is_null());
        assert!(line["device"]["serial_number"].is_string() && line["licenses"].is_array(), "{line}");
        assert!(line["device"]["clock"]["offset_seconds"].is_number(), "{line}");
        for source in line["sources"].as_array().unwrap() {
            assert!(source["at"].is_string() && source["sha256"].is_string(), "{source}");
        }
    }
    // What the fourth column of owners left empty is absent, not empty.
    assert_eq!(lines[2]["observation"].get("owner"), None);
}

#[test]
fn the_exit_code_tells_how_many_devices_answered() {
    let refusing = || router().credentials(stranger());
    let all = Site::of([("a", router(), "ssh"), ("b", router(), "netconf")]);
    all.licwatch(&["poll"]).exits(0);
    let some = Site::of([("a", router(), "ssh"), ("b", refusing(), "auto")]);
    let said = some.licwatch(&["poll"]).exits(1);
    let said =
        said.complains(&["b: login: 127.0.0.1 port ", "refused the login of monitor", "check the user"]);
    assert!(said.out.contains("2 devices: 1 complete, 0 partial, 1 failed"), "{}", said.out);
    assert_eq!(some.devices()[1].tally().login_attempts, 1);
    let partly = Site::of([("a", router().fault(Fault::ShellMissing), "auto")]);
    let said = partly.licwatch(&["poll"]).exits(1);
    assert!(said.out.contains("1 device: 0 complete, 1 partial, 0 failed"), "{}", said.out);
    let none = Site::of([("a", refusing(), "ssh"), ("b", refusing(), "netconf")]);
    none.licwatch(&["poll"]).exits(3).complains(&["a: login:", "b: login:"]);
    none.licwatch(&["poll", "--no-such-option"]).exits(2).complains(&["--no-such-option"]);
}

#[test]
fn a_device_that_failed_gives_a_line_too() {
    let site = Site::of([("a", router().credentials(stranger()), "ssh,hq")]);
    let line = site.licwatch(&["poll", "--json"]).exits(3).json().remove(0);
    assert_eq!(line["licenses"], Value::Null);
    let observation = &line["observation"];
    assert_eq!((&observation["outcome"], &observation["site"]), (&json!("failed"), &json!("hq")));
    let error = &observation["error"];
    assert_eq!((&error["stage"], &error["kind"]), (&json!("login"), &json!("authentication_failed")));
    assert!(error["text"].is_string() && error["remedy"].is_string(), "{error}");
}

#[test]
fn one_device_needs_no_file_but_its_password() {
    let site = Site::of([("a", router(), "")]);
    let elsewhere = tempfile::tempdir().unwrap();
    let port = site.devices()[0].address().port().to_string();
    let known_hosts = site.path().join("known_hosts").to_str().unwrap().to_owned();
    let password = site.path().join("network.password").to_str().unwrap().to_owned();
    let asked =
        ["poll", "--json", "--host", "127.0.0.1", "--port", &port, "-u", "monitor", "--transport", "ssh"];
    let files = ["--password-file", &password, "--known-hosts", &known_hosts];
    let said = crate::program::licwatch(elsewhere.path(), &[&asked[..], &files].concat()).exits(0);
    assert_eq!(said.json()[0]["observation"]["device"], "127.0.0.1");
    assert_eq!(elsewhere.path().read_dir().unwrap().count(), 0, "it leaves nothing behind");

    let said = crate::program::licwatch(elsewhere.path(), &asked).exits(2);
    said.complains(&[
        "the password of monitor (credential monitor@127.0.0.1) must be asked for, but there is no terminal",
        "use password_file",
    ]);
    let said =
        crate::program::licwatch(elsewhere.path(), &[&asked[..6], &["--transport", "ssh"]].concat()).exits(2);
    said.complains(&["who logs in on 127.0.0.1? Name the user with -u USER"]);
    crate::program::licwatch(elsewhere.path(), &["poll"]).exits(2).complains(&["licwatch config init"]);
}

#[test]
fn nobody_reads_the_lines_and_that_is_no_error() {
    let site = Site::small();
    let mut child = site.program(&["poll", "--json"]);
    let mut child = child.stdout(std::process::Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    site.is_left_alone();
}

#[test]
fn colours_are_for_terminals_alone() {
    let site = Site::of([("a", router().credentials(stranger()), "ssh")]);
    for no_color in [None, Some("1")] {
        let mut command = site.program(&["poll"]);
        command.envs(no_color.map(|value| ("NO_COLOR", value)));
        let said: crate::program::Said = command.output().unwrap().into();
        let said = said.exits(3);
        assert!(!said.out.contains('\u{1b}') && !said.err.contains('\u{1b}'), "{said:?}");
    }
}

#[test]
fn two_hundred_devices_in_one_go() {
    let kinds = Kind::ALL.len();
    let names: Vec<String> = (0..200).map(|number| format!("device-{number:03}")).collect();
    let site = Site::of(names.iter().enumerate().map(|(number, name)| {
        let kind = Kind::ALL[number % kinds];
        let way = if number % 2 == 0 { "ssh" } else { "auto" };
        (name.as_str(), Device::new(Personality::of(kind).variant(number / kinds)), way)
    }));
    let lines = site.licwatch(&["poll", "--json"]).exits(0).json();
    let serials: BTreeSet<_> = lines.iter().map(|line| line["device"]["serial_number"].to_string()).collect();
    assert_eq!((lines.len(), serials.len()), (200, 200), "each device has told its own serial number");
    assert!(site.devices().iter().all(|device| device.tally().login_attempts <= 2));
    site.is_left_alone();
}

#[test]
fn the_credential_files_must_be_their_owners_alone() {
    let site = Site::small();
    let file = site.path().join("network.password");
    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    let said =
        site.licwatch(&["poll"]).exits(2).complains(&["may be read or written by others", "chmod 600"]);
    assert!(!said.err.contains(PASSWORD));
    std::fs::remove_file(&file).unwrap();
    site.licwatch(&["poll"])
        .exits(2)
        .complains(&["credential network: network.password: there is no such file", "see that"]);
    assert!(site.devices().iter().all(|device| device.tally().connections == 0), "nobody is dialled");
}
