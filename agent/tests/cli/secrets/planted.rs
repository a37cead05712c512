//! A site with a secret of every kind, and every way to make the binary speak of it.

use std::fs;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

use licwatch_simulator::{Credentials, Device, Fault, Kind, Manners, Personality, Stage};
use russh::keys::key::safe_rng;
use russh::keys::ssh_key::LineEnding;
use russh::keys::{Algorithm, PrivateKey};

use super::search::{Secret, assert_in_none, files};
use crate::program::Said;
use crate::site::{ENABLE, PASSWORD, Site};

/// What opens a key file, a jump host and a collector. They stand nowhere but in files of mode 0600.
const PASSPHRASE: &str = "pl4nted-pa55phra5e";
const JUMP: &str = "pl4nted-jump-pa55";
pub(super) const TOKEN: &str = "pl4nted-b3arer-t0ken";

/// The files that hold them.
pub(super) const HOLD: [&str; 5] =
    ["network.password", "network.enable", "keyed.passphrase", "jump.password", "collector.token"];

/// Every secret that is planted.
pub(super) fn secrets() -> Vec<Secret> {
    [
        ("password", PASSWORD),
        ("enable secret", ENABLE),
        ("passphrase of a key", PASSPHRASE),
        ("password of a jump host", JUMP),
        ("bearer token", TOKEN),
    ]
    .map(|(name, value)| Secret::of(name, value))
    .into()
}

/// Asserts that nothing that was said, and nothing that was written, holds a secret.
#[track_caller]
pub(super) fn assert_kept(site: &Site, said: &Said) {
    let mut places = files(site.path(), &HOLD);
    places.push(("stdout".to_owned(), said.out.clone().into_bytes()));
    places.push(("stderr".to_owned(), said.err.clone().into_bytes()));
    assert_in_none(&secrets(), &places);
}

/// What is added to the configuration of a site.
const MORE: &str = r#"
[drop]
directory = "drop"
keep_raw = true

[credentials.keyed]
user = "monitor"
key_file = "keyed"
key_passphrase_file = "keyed.passphrase"
password_file = "network.password"
enable_password_file = "network.enable"

[credentials.jump]
user = "hopper"
password_file = "jump.password"

[sink.collector]
kind = "http"
url = "https://127.0.0.1:9/records"
token_file = "collector.token"
ca_file = "ca.pem"
"#;

/// Devices that repeat what they are told, are well, want a key or are behind a jump host; and with `faults`, one for
/// each thing that can go wrong.
pub(super) fn planted(faults: bool) -> Site {
    let talkative = || Manners {
        login_banner: Some(format!("The password of this device is {PASSWORD}\n")),
        exec_banner: Some(format!("or {PASSWORD}, and to enable it takes {ENABLE}\n")),
        privilege: 1,
        ..Manners::default()
    };
    let router = || Device::new(Personality::of(Kind::C8000v));
    let mut devices = vec![
        ("hop".to_owned(), router().credentials(Credentials::new("hopper", JUMP)), "ssh"),
        ("talkative".to_owned(), router().manners(talkative()), "ssh"),
        ("both".to_owned(), router(), "auto"),
        ("keyed".to_owned(), router(), "netconf"),
        ("behind".to_owned(), router(), "auto"),
    ];
    if faults {
        for (number, fault) in every_fault().into_iter().enumerate() {
            for way in ["ssh", "netconf"] {
                devices.push((
                    format!("f{number}-{way}"),
                    router().manners(talkative()).fault(fault.clone()),
                    way,
                ));
            }
        }
    }
    let site = Site::of(devices.iter().map(|(name, device, way)| (name.as_str(), device.clone(), *way)));
    let hop = site.devices()[0].address();
    let limits = "login = \"60s\"\ncommand = \"60s\"\nabsolute = \"60s\"";
    if faults {
        let short = "login = \"3s\"\ncommand = \"1s\"\nabsolute = \"4s\"";
        site.edit("licwatch.toml", limits, short);
        site.edit("licwatch.toml", "handshake = \"60s\"", "handshake = \"3s\"");
        site.edit("licwatch.toml", "[poll]\n", "[poll]\nsessions = 200\nhandshakes = 200\n");
    }
    let tables = format!(
        "{MORE}\n[device.hop]\ncredential = \"jump\"\n\n[device.keyed]\ncredential = \"keyed\"\n\n\
         [device.behind]\njump = \"hopper@127.0.0.1:{}\"\njump_credential = \"jump\"\n",
        hop.port()
    );
    let config = fs::read_to_string(site.path().join("licwatch.toml")).unwrap();
    site.write("licwatch.toml", &format!("{config}{tables}"));
    fs::create_dir(site.path().join("drop")).unwrap();
    let certificate = rcgen::generate_simple_self_signed(["collector".to_owned()]).unwrap();
    site.write("ca.pem", &certificate.cert.pem());
    site.write_secret("keyed.passphrase", PASSPHRASE);
    site.write_secret("jump.password", JUMP);
    site.write_secret("collector.token", TOKEN);
    let key = PrivateKey::random(&mut safe_rng(), Algorithm::Ed25519).unwrap();
    let key = key.encrypt(&mut safe_rng(), PASSPHRASE).unwrap().to_openssh(LineEnding::LF).unwrap();
    site.write_secret("keyed", &key);
    site
}

/// Every fault that the simulator knows.
fn every_fault() -> Vec<Fault> {
    let mut faults: Vec<Fault> = Stage::ALL.map(Fault::Silence).into();
    faults.extend([
        Fault::SlowAccept(Duration::from_secs(3600)),
        Fault::LoginRefused,
        Fault::HostKeyChanged,
        Fault::ShellMissing,
        Fault::PrivilegeTooLow,
        Fault::Delay(Duration::from_millis(20)),
        Fault::OneByteAtATime,
        Fault::ResetMidAnswer,
        Fault::EndlessAnswer,
        Fault::HugeAnswer(100_000),
        Fault::Garbage,
        Fault::Prompt(format!("{PASSWORD} or {ENABLE}: ")),
        Fault::ChangingPrompt,
        Fault::PagingStays,
        Fault::EndlessPager,
        Fault::SubsystemMissing,
        Fault::CapabilityMissing,
        Fault::RpcError,
        Fault::WrongFraming,
        Fault::WrongMessageId,
        Fault::XmlBomb,
    ]);
    faults
}

/// Runs of the binary that may not give a secret away, whatever they come to; each is run with all there is of logs.
/// A new verb is a line here, or in
/// `daemon.rs` where it needs what a daemon kept.
const SPOKEN: &[&[&str]] = &[
    &["poll", "--transcript", "poll.txt"],
    &["poll", "--json", "--neighbors"],
    &["poll", "--dry-run"],
    &["poll", "nobody"],
    &["check"],
    &["check", "--offline", "--json"],
    &["config", "show"],
    &["config", "show", "--json"],
    &["config", "show", "--device", "behind"],
    &["config", "schema"],
    &["devices", "list", "--json"],
    &["devices", "show", "keyed", "--json"],
    &["devices", "record", "talkative", "--out", "case"],
    &["keys", "list"],
    &["keys", "forget", "192.0.2.1"],
    &["status"],
    &["status", "--json"],
    &["status", "talkative"],
    &["journal", "show"],
    &["journal", "verify"],
    &["outbox", "list"],
    &["release", "--list"],
];

#[test]
fn no_verb_gives_a_secret_away() {
    let site = planted(false);
    // `status` has something to show.
    let clock = std::sync::Arc::new(licwatch::clock::SystemClock::new());
    drop(licwatch::store::Store::open(&site.path().join("state"), "site-agent", clock).unwrap());
    for arguments in SPOKEN {
        for volume in ["-vv", "-vvv"] {
            let mut all = vec![volume];
            all.extend(*arguments);
            let said = site.licwatch(&all);
            assert!(said.code.is_some(), "{arguments:?} died\n{}", said.err);
            assert_kept(&site, &said);
        }
    }
    // All that any library has to say.
    let mut command = site.program(&["poll"]);
    let said = command.env("LICWATCH_LOG", "trace").output().unwrap();
    let said =
        Said { out: String::new(), err: String::from_utf8_lossy(&said.stderr).into_owned(), code: Some(0) };
    assert!(said.err.contains("TRACE"), "{}", said.err);
    assert_kept(&site, &said);
    // They were all in use, or there was nothing to give away.
    let [hop, talkative, _, keyed, _] = site.devices() else { panic!("five devices") };
    assert!(hop.tally().login_attempts > 2, "{:?}", hop.tally());
    assert!(talkative.tally().enable_attempts > 0 && keyed.tally().login_attempts > 0);
    let drop = files(&site.path().join("drop"), &[]);
    assert!(drop.len() > 10, "raw answers were dropped");
}

#[test]
fn no_failure_gives_a_secret_away() {
    let site = planted(true);
    let said = site.licwatch(&["-vv", "poll", "--json", "--transcript", "said.txt"]).exits(1);
    let mut failed = std::collections::BTreeSet::new();
    for record in said.json() {
        let error = &record["observation"]["error"];
        failed.insert(format!("{} {}", error["stage"], error["kind"]));
    }
    assert!(failed.len() > 14, "{failed:?}");
    assert_kept(&site, &said);
}

#[test]
fn credentials_that_are_wrong_are_not_shown() {
    let site = planted(false);
    let spoil = |name: &str, text: &str| {
        site.write_secret(name, text);
        for arguments in [&["-vv", "poll"][..], &["-vv", "check", "--offline"], &["-vv", "config", "show"]] {
            let said = site.licwatch(arguments);
            assert!(said.code.is_some(), "{}", said.err);
            assert_kept(&site, &said);
        }
    };
    spoil("keyed.passphrase", &format!("{PASSPHRASE}-and-more"));
    spoil("keyed.passphrase", PASSPHRASE);
    spoil("jump.password", &format!("{JUMP}\n{JUMP}\n"));
    spoil("collector.token", &format!("{TOKEN} {TOKEN}\n{TOKEN}"));
    spoil("network.password", &format!("{PASSWORD}\u{0}"));
    // One that everybody may read is refused.
    fs::set_permissions(
        site.path().join("network.enable"),
        std::os::unix::fs::PermissionsExt::from_mode(0o644),
    )
    .unwrap();
    let said = site.licwatch(&["-vv", "poll"]);
    assert_kept(&site, &said);
}

#[test]
fn a_process_shows_no_secret_to_its_neighbours_and_leaves_no_core() {
    let router = || Device::new(Personality::of(Kind::C8000v));
    let site = Site::of([("silent", router().fault(Fault::Silence(Stage::Answer)), "ssh")]);
    let mut child = site.program(&["-vv", "poll", "--json"]);
    let child = child.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    site.until(0, |tally| tally.commands.iter().any(|line| line.starts_with("show")));
    let proc = Path::new("/proc").join(child.id().to_string());
    let mut places = Vec::new();
    for name in ["cmdline", "environ", "comm", "maps"] {
        places.push((name.to_owned(), fs::read(proc.join(name)).unwrap()));
    }
    assert!(!places[0].1.is_empty() && !places[1].1.is_empty());
    assert_in_none(&secrets(), &places);
    let limits = fs::read_to_string(proc.join("limits")).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().skip(4).take(2).collect::<Vec<_>>(), ["0", "0"], "{core}");

    // It crashes with the password in its memory.
    signal(&child, "-ABRT");
    let said = ended(child);
    assert_eq!(said.code, None, "{said:?}");
    let left: Vec<_> = files(site.path(), &HOLD).into_iter().map(|(place, _)| place).collect();
    assert!(!left.iter().any(|place| place.contains("core")), "{left:?}");
    assert_kept(&site, &said);
}

fn signal(child: &Child, name: &str) {
    // One that has ended by itself needs none.
    let _ = std::process::Command::new("kill")
        .args([name, &child.id().to_string()])
        .stderr(Stdio::null())
        .status();
}

fn ended(child: Child) -> Said {
    child.wait_with_output().unwrap().into()
}
