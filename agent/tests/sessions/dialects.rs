//! The CLI session in the shells of all platforms: login, privilege, refusals, pagers, and shells that are not known.

use std::time::Duration;

use licwatch::transport::cli::{CliLimits, CliOptions, CliSession, Dialect, Outcome, ReadCommand};
use licwatch::transport::{Failure, Kind, Stage};
use licwatch_parsers::Command;
use licwatch_parsers::record::Platform;
use licwatch_parsers::text::Cleaned;
use licwatch_simulator::{Device, Fault, LiveDevice, Manners, Personality, Syslog};

use super::Site;
use super::cli::{lines, options};

/// What is asked, and the first command that no device here knows.
const ASKED: [Command; 3] = [Command::ShowInventory, Command::ShowLicenseUdi, Command::ShowVersion];

/// A device with a long output and a short one.
fn device(platform: Platform) -> Device {
    let long: String = (1..=70).map(|line| format!("part {line} of the rack\n")).collect();
    let personality = Personality::new("any", platform, "host-1")
        .output(Command::ShowInventory, long)
        .output(Command::ShowVersion, "release 1\nhost-1 uptime is 3 weeks\n");
    Device::new(personality)
}

fn every_platform(change: impl Fn(Device) -> Device) -> impl Iterator<Item = Device> {
    Platform::ALL.iter().map(move |platform| change(device(*platform)))
}

fn dialect_of(device: &LiveDevice) -> Dialect {
    Dialect::of(Some(device.personality().platform()))
}

/// Asks everything, and tells what the shell turned out to be.
async fn ask(
    site: &Site,
    device: &LiveDevice,
    dialect: Dialect,
    options: CliOptions,
) -> Result<(Outcome, Dialect), Failure> {
    let mut connection = site.connect(device, false).await;
    let stream = connection.shell().await.unwrap();
    let mut session = CliSession::open(stream, dialect, options).await?;
    let commands: Vec<_> = ASKED.into_iter().filter_map(ReadCommand::new).collect();
    let outcome = session.run(&commands).await;
    let turned_out = session.dialect();
    session.close().await;
    connection.close().await;
    Ok((outcome, turned_out))
}

/// The two outputs came whole, and the command between them was refused.
#[track_caller]
fn assert_answered(device: &LiveDevice, outcome: &Outcome) {
    let platform = device.personality().platform();
    assert_eq!(outcome.failure, None, "{platform}");
    let [inventory, refused, version] = outcome.answers.as_slice() else { panic!("{platform}: {outcome:?}") };
    for (answer, command) in [(inventory, Command::ShowInventory), (version, Command::ShowVersion)] {
        let told = Cleaned::new(&answer.raw);
        let want = device.personality().text(command).unwrap();
        assert_eq!(lines(told.body()), lines(&want), "{platform}: {command}");
        assert_eq!(answer.refused, None, "{platform}: {command}");
    }
    let words = refused.refused.as_deref().unwrap_or_else(|| panic!("{platform}: {refused:?} is a refusal"));
    let expected = match platform {
        Platform::Ios | Platform::IosXe | Platform::IosXr => "% Invalid input detected at '^' marker.",
        Platform::NxOs => "% Invalid command at '^' marker.",
        Platform::Asa => "ERROR: % Invalid input detected at '^' marker.",
        Platform::AireOs => "Incorrect usage.  Use the '?' or <TAB> key to list commands.",
    };
    assert_eq!(words, expected, "{platform}");
    assert_eq!(device.tally().violations, [""; 0], "{platform}");
}

#[tokio::test]
async fn every_shell_is_spoken_to_in_its_own_dialect() {
    let site = Site::of(every_platform(|device| device)).await;
    for device in site.devices() {
        let (outcome, _) = ask(&site, device, dialect_of(device), options(device)).await.unwrap();
        assert_answered(device, &outcome);
        let tally = device.tally();
        let enabled = u64::from(device.personality().platform() == Platform::Asa);
        assert_eq!((tally.login_attempts, tally.logins, tally.enable_attempts), (1, 1, enabled));
    }
    site.fleet.stop().await;
}

#[tokio::test]
async fn an_unknown_shell_shows_which_one_it_is() {
    let site = Site::of(every_platform(|device| device)).await;
    for device in site.devices() {
        let (outcome, turned_out) = ask(&site, device, Dialect::Unknown, options(device)).await.unwrap();
        assert_answered(device, &outcome);
        let platform = device.personality().platform();
        let expected = match platform {
            Platform::Ios | Platform::IosXe => Dialect::Unknown,
            other => Dialect::of(Some(other)),
        };
        assert_eq!(turned_out, expected, "{platform}");
        assert_eq!(device.tally().login_attempts, 1, "{platform}");
        let pages = device.tally().commands.iter().filter(|line| line.contains("pag")).count();
        assert!(pages <= 2, "{platform}: {:?}", device.tally().commands);
    }
    site.fleet.stop().await;
}

#[tokio::test]
async fn an_unknown_shell_is_told_without_asking_for_privilege() {
    let site = Site::of([device(Platform::NxOs), device(Platform::AireOs), device(Platform::IosXr)]).await;
    for device in site.devices() {
        let plain = CliOptions { enable: None, required_privilege: 0, ..options(device) };
        let (outcome, turned_out) = ask(&site, device, Dialect::Unknown, plain).await.unwrap();
        assert_answered(device, &outcome);
        assert_eq!(turned_out, dialect_of(device));
    }
    site.fleet.stop().await;
}

#[tokio::test]
async fn pages_are_asked_for_where_no_pager_can_be_turned_off() {
    let one_by_one = |device: Device| device.fault(Fault::PagingStays);
    let slow = |device: Device| device.fault(Fault::PagingStays).fault(Fault::OneByteAtATime);
    let site = Site::of(every_platform(one_by_one).chain(every_platform(slow))).await;
    for device in site.devices() {
        for dialect in [dialect_of(device), Dialect::Unknown] {
            let (outcome, _) = ask(&site, device, dialect, options(device)).await.unwrap();
            assert_answered(device, &outcome);
            let raw = String::from_utf8_lossy(&outcome.answers[0].raw).into_owned();
            assert!(raw.matches("ore").count() >= 3, "it was paged: {raw}");
        }
    }
    site.fleet.stop().await;
}

#[tokio::test]
async fn a_pager_without_end_is_left() {
    let site = Site::of(every_platform(|device| device.fault(Fault::EndlessPager))).await;
    for device in site.devices() {
        let usual = options(device);
        let limits = CliLimits { pages: 5, ..usual.limits };
        let (outcome, _) =
            ask(&site, device, dialect_of(device), CliOptions { limits, ..usual }).await.unwrap();
        let failure = outcome.failure.unwrap();
        let platform = device.personality().platform();
        assert_eq!((failure.stage, failure.kind), (Stage::Command, Kind::ReplyTooLarge), "{platform}");
    }
    site.fleet.stop().await;
}

#[tokio::test]
async fn log_lines_are_no_prompts_in_any_shell() {
    let manners = |device: Device, platform| {
        device.manners(Manners { syslog: Syslog::Always, double_return: true, ..Manners::of(platform) })
    };
    let site = Site::of(Platform::ALL.iter().map(|platform| manners(device(*platform), *platform))).await;
    for device in site.devices() {
        let (outcome, _) = ask(&site, device, dialect_of(device), options(device)).await.unwrap();
        assert_eq!(outcome.failure, None);
        assert_eq!(outcome.answers.len(), ASKED.len());
        let inventory = String::from_utf8_lossy(&outcome.answers[0].raw).into_owned();
        let platform = device.personality().platform();
        assert!(inventory.contains("part 1 of") && inventory.contains("part 70 of"), "{platform}");
    }
    site.fleet.stop().await;
}

#[tokio::test]
async fn a_password_that_the_shell_refuses_is_given_once() {
    let site = Site::of([device(Platform::AireOs).fault(Fault::LoginRefused)]).await;
    let device = &site.devices()[0];
    for (dialect, attempts) in [(Dialect::Aireos, 1), (Dialect::Unknown, 2)] {
        let failure = ask(&site, device, dialect, options(device)).await.unwrap_err();
        assert_eq!((failure.stage, failure.kind), (Stage::Login, Kind::AuthenticationFailed), "{failure:?}");
        assert_eq!(device.tally().login_attempts, attempts);
    }
    site.fleet.stop().await;
}

#[tokio::test]
async fn an_asa_that_refuses_the_secret_is_asked_once() {
    let site = Site::of([device(Platform::Asa).fault(Fault::PrivilegeTooLow)]).await;
    let device = &site.devices()[0];
    let usual = options(device);
    let limits = CliLimits { prompt: Duration::from_secs(10), ..usual.limits };
    let failure = ask(&site, device, Dialect::Asa, CliOptions { limits, ..usual }).await.unwrap_err();
    assert_eq!((failure.stage, failure.kind), (Stage::Privilege, Kind::EnableRefused), "{failure:?}");
    assert_eq!(device.tally().enable_attempts, 1);
    site.fleet.stop().await;
}

#[tokio::test]
async fn what_aaa_does_not_permit_is_a_refusal_in_the_words_of_the_platform() {
    let forbids = |platform| Manners { unauthorized: vec!["show version".into()], ..Manners::of(platform) };
    let site =
        Site::of(Platform::ALL.iter().map(|platform| device(*platform).manners(forbids(*platform)))).await;
    for device in site.devices() {
        let (outcome, _) = ask(&site, device, dialect_of(device), options(device)).await.unwrap();
        let platform = device.personality().platform();
        let words = outcome.answers[2].refused.as_deref().unwrap();
        let expected = match platform {
            Platform::NxOs => "% Permission denied for the role",
            Platform::IosXr => "% This command is not authorized",
            Platform::AireOs => "Authorization Failed. No sufficient privileges.",
            _ => "Command authorization failed",
        };
        assert!(words.starts_with(expected), "{platform}: {words}");
        assert_eq!(outcome.answers[0].refused, None, "{platform}");
    }
    site.fleet.stop().await;
}

#[tokio::test]
async fn a_key_alone_does_not_log_in_to_a_shell_that_asks() {
    let site = Site::of([device(Platform::AireOs)]).await;
    let device = &site.devices()[0];
    for dialect in [Dialect::Aireos, Dialect::Unknown] {
        let key_only = CliOptions { login: None, ..options(device) };
        let failure = ask(&site, device, dialect, key_only).await.unwrap_err();
        assert_eq!((failure.stage, failure.kind), (Stage::Login, Kind::CredentialUnavailable));
        assert!(failure.text.contains("has no password"), "{failure}");
    }
    assert_eq!(device.tally().logins, 0);
}
