//! No secret in anything that people or files get to see.

use secrecy::SecretString;

use super::commands;
use super::device::Device;
use super::stage::Stage;
use crate::transport::cli::{CliOptions, Dialect};

const ENABLE: &str = "s3cret-of-enable";
const PASSWORD: &str = "s3cret-of-login";

/// Everything that a session shows of itself.
fn shown(device: Device, dialect: Dialect) -> String {
    let options = CliOptions {
        required_privilege: 15,
        enable: Some(SecretString::from(ENABLE)),
        login: Some(("reader".into(), SecretString::from(PASSWORD))),
        ..CliOptions::default()
    };
    let mut shown = format!("{options:?}");
    let mut stage = Stage::new(device, dialect, options);
    let opened = stage.open();
    shown.push_str(&format!("{opened:?} {:?} {:?}", stage.machine, stage.machine.options));
    if let Err(failure) = &opened {
        shown.push_str(&format!("{failure} {} {}", failure.remedy, serde_json::to_string(failure).unwrap()));
    } else {
        let outcome = stage.run(&commands());
        shown.push_str(&format!("{outcome:?} {:?}", stage.machine));
        let answers = outcome.answers.iter().flat_map(|answer| answer.raw.clone()).collect();
        shown.push_str(&String::from_utf8(answers).unwrap());
    }
    // The test would prove nothing if the secret had not been used.
    assert!(stage.device.passwords > 0);
    shown
}

#[test]
fn no_secret_is_shown_by_sessions_that_work_or_fail() {
    let device =
        Device { prompt: "edge-1>".into(), privilege: 1, secret: ENABLE.into(), ..Device::default() };
    let controller = Device {
        prompt: "(Cisco Controller) >".into(),
        login: Some(("reader".into(), PASSWORD.into())),
        ..Device::default()
    };
    let wrong = Device { login: Some(("reader".into(), "another".into())), ..controller.clone() };
    for (device, dialect) in [
        (device.clone(), Dialect::Ios),
        (Device { secret: "another".into(), ..device.clone() }, Dialect::Ios),
        (Device { echoes_secrets: true, ..device.clone() }, Dialect::Ios),
        (Device { echoes_secrets: true, secret: "another".into(), ..device.clone() }, Dialect::Ios),
        (Device { echoes_secrets: true, hangs_after_secret: true, ..device }, Dialect::Ios),
        (controller.clone(), Dialect::Aireos),
        (Device { echoes_secrets: true, ..controller }, Dialect::Aireos),
        (wrong.clone(), Dialect::Aireos),
        (Device { echoes_secrets: true, hangs_after_secret: true, ..wrong }, Dialect::Aireos),
    ] {
        let shown = shown(device, dialect);
        assert!(!shown.contains(ENABLE) && !shown.contains(PASSWORD), "{shown}");
    }
}
