//! `licwatch keys`, and what a poll says of host keys.

use std::fs;

use licwatch_simulator::{Device, Fault, Kind, Personality};
use serde_json::Value;

use crate::site::Site;

fn router() -> Device {
    Device::new(Personality::of(Kind::C8000v))
}

/// A site whose host keys nobody has trusted yet.
fn untrusted(device: Device) -> Site {
    let site = Site::of([("a", device, "ssh")]);
    fs::rename(site.path().join("known_hosts"), site.path().join("true_keys")).unwrap();
    site
}

/// The fingerprint that a list of keys shows.
#[track_caller]
fn fingerprint(site: &Site, file: &str) -> String {
    let line = site.licwatch(&["keys", "list", "--json", "--known-hosts", file]).exits(0).json().remove(0);
    line["fingerprint"].as_str().unwrap().to_owned()
}

#[test]
fn a_key_is_trusted_listed_used_and_forgotten() {
    let site = untrusted(router());
    let port = site.devices()[0].address().port().to_string();
    let host = format!("[127.0.0.1]:{port}");
    let true_print = fingerprint(&site, "true_keys");
    let unknown = site.licwatch(&["poll"]).exits(3);
    let trust = format!("licwatch keys trust 127.0.0.1 --port {port}");
    let unknown = unknown.complains(&["a: host key: no host key of", &host, &true_print, &trust]);
    assert_eq!(site.devices()[0].tally().login_attempts, 0, "{}", unknown.err);

    // Nobody can be asked here, and another fingerprint is not agreed with.
    let trust = ["keys", "trust", "127.0.0.1", "--port", &port];
    site.licwatch(&trust).exits(2).complains(&[&true_print, "nobody can be asked", "--fingerprint"]);
    let other = format!("SHA256:{}", "A".repeat(43));
    let refused = site.licwatch(&[&trust[..], &["--fingerprint", &other]].concat()).exits(1);
    refused.complains(&["the fingerprint is not SHA256:AAA", "not trusted; nothing was written"]);
    assert!(!site.path().join("known_hosts").exists());

    let agreed = [&trust[..], &["--fingerprint", &true_print]].concat();
    site.licwatch(&agreed).exits(0).complains(&["on record in"]);
    site.licwatch(&agreed).exits(0).complains(&["it is on record already"]);
    let trusted = fs::read_to_string(site.path().join("known_hosts")).unwrap();
    assert!(trusted.contains(site.devices()[0].host_key()), "{trusted}");
    site.licwatch(&["poll"]).exits(0);

    let listed = site.licwatch(&["keys", "list"]).exits(0);
    assert!(listed.out.contains(&host) && listed.out.contains(&true_print), "{}", listed.out);
    assert!(!site.licwatch(&["keys", "list", "192.0.2.1"]).exits(0).out.contains(&true_print));
    site.licwatch(&["keys", "forget", &host]).exits(0).complains(&["forgotten: ", &true_print]);
    site.licwatch(&["keys", "forget", &host]).exits(1).complains(&["holds no key for"]);
    site.licwatch(&["poll"]).exits(3);
}

#[test]
fn a_changed_key_is_shown_beside_the_one_on_record() {
    let site = Site::of([("a", router().fault(Fault::HostKeyChanged), "ssh")]);
    let port = site.devices()[0].address().port().to_string();
    let on_record = fingerprint(&site, "known_hosts");
    let said = site.licwatch(&["poll", "--json"]).exits(3);
    let error: Value = said.json()[0]["observation"]["error"].clone();
    assert_eq!(error["kind"], "host_key_changed");
    let text = error["text"].as_str().unwrap();
    assert!(text.contains(&on_record) && text.matches("SHA256:").count() == 2, "{text}");
    let forget = format!("licwatch keys forget '[127.0.0.1]:{port}'");
    assert!(error["remedy"].as_str().unwrap().contains(&forget), "{error}");
    assert_eq!(site.devices()[0].tally().login_attempts, 0);

    let said = site.licwatch(&["keys", "trust", "127.0.0.1", "--port", &port]).exits(1);
    said.complains(&["another key is on record", &on_record, "find out why it changed", &forget]);
    assert_eq!(fingerprint(&site, "known_hosts"), on_record, "nothing is written over");
}

#[test]
fn new_keys_are_accepted_by_choice_and_that_is_told() {
    let site = untrusted(router());
    let port = site.devices()[0].address().port().to_string();
    let ad_hoc = ["poll", "--host", "127.0.0.1", "--port", &port, "--transport", "ssh", "-u", "monitor"];
    let choice = ["--password-file", "network.password", "--host-keys", "accept-new"];
    let said = site.licwatch(&[&ad_hoc[..], &choice].concat()).exits(0);
    said.complains(&["was seen for the first time and is on record now"]);
    let said = site.licwatch(&[&ad_hoc[..], &choice].concat()).exits(0);
    assert!(!said.err.contains("first time"), "{}", said.err);
}

#[test]
fn a_device_that_is_not_there_shows_no_key() {
    let site = untrusted(router());
    let said = site.licwatch(&["keys", "trust", "127.0.0.1", "--port", "1"]).exits(3);
    said.complains(&["refused the connection", "check the port"]);
}
