//! Ctrl-C.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use licwatch_simulator::{Device, Fault, Kind, Personality, Stage};
use serde_json::Value;

use crate::site::Site;

#[test]
fn an_interrupt_keeps_what_is_finished() {
    let router = || Device::new(Personality::of(Kind::C8000v));
    let silent = router().fault(Fault::Silence(Stage::Answer)).spare(1);
    let site = Site::of([("well", router(), "ssh"), ("silent", silent, "ssh")]);
    fs::create_dir(site.path().join("drop")).unwrap();
    let mut child = site.program(&["poll", "--json", "--drop", "drop"]);
    let mut child = child.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());

    // One device is finished, the other has been asked and says nothing.
    let mut first = String::new();
    out.read_line(&mut first).unwrap();
    site.until(1, |tally| tally.commands.iter().any(|line| line == "show inventory"));
    let interrupt = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(interrupt.success());

    let mut rest = String::new();
    out.read_to_string(&mut rest).unwrap();
    let mut err = String::new();
    child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(1), "{err}");
    assert!(err.contains("interrupted: devices in flight are ended, finished ones are kept"), "{err}");

    let [well, silent] = [first, rest].map(|line| serde_json::from_str::<Value>(&line).unwrap());
    assert_eq!(well["observation"]["device"], "well");
    assert_eq!(well["observation"]["outcome"], "complete");
    assert_eq!(silent["observation"]["device"], "silent");
    assert_eq!(silent["observation"]["error"]["kind"], "interrupted");
    let dropped = fs::read_dir(site.path().join("drop")).unwrap().map(|entry| entry.unwrap().path());
    let records = dropped.filter(|path| path.extension().is_some_and(|ending| ending == "ndjson"));
    let records: Vec<_> = records.map(|path| fs::read_to_string(path).unwrap().lines().count()).collect();
    assert_eq!(records, [2]);
    site.is_left_alone();
}
