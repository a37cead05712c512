//! No secret is shown anywhere: not where it is used, not where it fails, not in what is kept.

mod daemon;
mod planted;
mod search;

use std::fs;

use licwatch_simulator::{Credentials, Device, Fault, Kind, Manners, Personality};

use crate::site::{ENABLE, PASSWORD, Site};
use planted::assert_kept;

/// A device that asks for the enable secret, and one that repeats what it is told.
fn curious() -> Site {
    let low = Manners { privilege: 1, ..Manners::default() };
    let talkative = Manners {
        login_banner: Some(format!("The password of this device is {PASSWORD}\n")),
        exec_banner: Some(format!("or {PASSWORD}, and to enable it takes {ENABLE}\n")),
        privilege: 1,
        ..Manners::default()
    };
    let device = |manners| Device::new(Personality::of(Kind::C8000v)).manners(manners);
    Site::of([("low", device(low), "auto"), ("talkative", device(talkative), "ssh")])
}

#[test]
fn a_poll_that_goes_well_keeps_its_secrets() {
    let site = curious();
    fs::create_dir(site.path().join("drop")).unwrap();
    let options = ["poll", "--drop", "drop", "--keep-raw", "--transcript", "said.txt"];
    let said = site.licwatch(&options).exits(0);
    assert_kept(&site, &said);
    assert!(
        site.devices().iter().all(|device| device.tally().enable_attempts == 1),
        "both secrets were used"
    );
    // The transcript tells what was said all the same.
    let transcript = fs::read_to_string(site.path().join("said.txt")).unwrap();
    for words in
        ["low > \"show license all\\n", "low < \"", "talkative > \"enable\\n", "<get>", "close-session"]
    {
        assert!(transcript.contains(words), "no {words:?} in the transcript");
    }
    let mode = std::os::unix::fs::PermissionsExt::mode(
        &fs::metadata(site.path().join("said.txt")).unwrap().permissions(),
    );
    assert_eq!(mode & 0o777, 0o600);
    site.licwatch(&options).exits(2).complains(&["cannot begin the transcript said.txt", "name a new file"]);

    let said = site.licwatch(&["poll", "--json"]).exits(0);
    assert_kept(&site, &said);
}

#[test]
fn a_poll_that_fails_keeps_its_secrets() {
    let router = || Device::new(Personality::of(Kind::C8000v));
    let stranger = Credentials::new("monitor", "another").with_enable_secret("yet another");
    let site = Site::of([
        ("refused", router().credentials(stranger), "auto"),
        ("low", router().fault(Fault::PrivilegeTooLow), "ssh"),
        ("garbled", router().fault(Fault::Garbage), "ssh"),
        ("lost", router().fault(Fault::Prompt(format!("{PASSWORD} or {ENABLE}: "))), "ssh"),
    ]);
    // All of them fail, whatever the limit is that they meet first.
    let (patient, hurried) = ("login = \"60s\"\ncommand = \"60s\"", "login = \"3s\"\ncommand = \"1s\"");
    site.edit("licwatch.toml", patient, hurried);
    let said = site.licwatch(&["poll", "--transcript", "said.txt"]).exits(3);
    assert_kept(&site, &said);
    let said = site.licwatch(&["poll", "--json", "--transcript", "again.txt"]).exits(3);
    assert_kept(&site, &said);
}

#[test]
fn files_that_are_wrong_keep_their_secrets() {
    let site = curious();
    site.write_secret("network.password", &format!("{PASSWORD}\n{PASSWORD}\n"));
    let said = site.licwatch(&["poll"]).exits(2).complains(&["holds more than one line"]);
    assert_kept(&site, &said);
    let said = site.licwatch(&["check", "--offline"]).exits(1);
    assert_kept(&site, &said);
    let said = site.licwatch(&["config", "show"]).exits(0);
    assert_kept(&site, &said);
}
