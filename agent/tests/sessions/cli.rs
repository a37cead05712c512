//! The CLI session.

use std::time::Duration;

use licwatch::transport::cli::{CliLimits, CliOptions, CliSession, Dialect, Outcome, ReadCommand};
use licwatch::transport::{Failure, Kind, Stage};
use licwatch_parsers::Command;
use licwatch_parsers::record::Platform;
use licwatch_parsers::text::Cleaned;
use licwatch_simulator::{
    Device, Fault, Kind as Model, LiveDevice, Manners, Personality, Stage as Silent, Syslog,
};

use super::Site;

/// Limits that a test can wait for.
pub(super) fn options(device: &LiveDevice) -> CliOptions {
    let limits = CliLimits {
        prompt: Duration::from_secs(20),
        quiet: Duration::from_millis(40),
        inactivity: Duration::from_secs(10),
        ..CliLimits::default()
    };
    let user = device.credentials();
    let enable = Some(user.enable_secret().into());
    let login = Some((user.user().to_owned(), user.password().into()));
    CliOptions { enable, login, required_privilege: 15, limits, ..CliOptions::default() }
}

fn all(device: &LiveDevice) -> Vec<ReadCommand> {
    device.personality().commands().filter_map(ReadCommand::new).collect()
}

/// Runs every command that a device knows.
async fn run(site: &Site, device: &LiveDevice, options: CliOptions) -> Result<Outcome, Failure> {
    let mut connection = site.connect(device, false).await;
    let stream = connection.shell().await.unwrap();
    let dialect = Dialect::of(Some(device.personality().platform()));
    let mut session = CliSession::open(stream, dialect, options).await?;
    let outcome = session.run(&all(device)).await;
    session.close().await;
    connection.close().await;
    Ok(outcome)
}

pub(super) fn lines(text: &str) -> Vec<String> {
    let lines = text.lines().map(|line| line.trim().to_owned());
    lines.filter(|line| !line.is_empty()).collect()
}

/// Every answer holds what the device has to say, and nothing else.
fn assert_told(device: &LiveDevice, outcome: &Outcome, about: &str) {
    assert_eq!(outcome.failure, None, "{about}");
    assert_eq!(outcome.answers.len(), all(device).len(), "{about}");
    for answer in &outcome.answers {
        let command = answer.command.command();
        if command == Command::ShowClock {
            continue;
        }
        let want = lines(&device.personality().text(command).unwrap());
        let capture = Cleaned::new(&answer.raw);
        assert_eq!(lines(capture.body()), want, "{about}: {command}");
        assert_eq!(capture.command(), Some(command.spelling()), "{about}: {command}");
        // The prompt of AireOS is the same on every controller.
        let shown = match device.personality().platform() {
            Platform::AireOs => "Cisco Controller".into(),
            _ => device.hostname(),
        };
        assert_eq!(capture.hostname(), Some(shown.as_ref()), "{about}: {command}");
    }
}

#[tokio::test]
async fn every_model_tells_everything_in_every_manner() {
    let manners = [
        ("current", Manners::default()),
        ("old", Manners::old()),
        ("timestamps", Manners { timestamps: true, ..Manners::default() }),
        ("low privilege", Manners { privilege: 7, ..Manners::default() }),
    ];
    for (about, manners) in manners {
        let devices = Model::ALL.map(|model| Device::new(Personality::of(model)).manners(manners.clone()));
        let site = Site::of(devices).await;
        for device in site.devices() {
            let outcome = run(&site, device, options(device)).await.unwrap();
            assert_told(device, &outcome, about);
            assert!(device.tally().violations.is_empty(), "{:?}", device.tally().violations);
        }
        site.fleet.stop().await;
    }
}

#[tokio::test]
async fn one_by_one_pages_and_single_bytes_tell_the_same() {
    let device = |model| Device::new(Personality::of(model));
    let site = Site::of([
        device(Model::C9300Stack),
        device(Model::C9300Stack).fault(Fault::PagingStays),
        device(Model::IsrG2).fault(Fault::OneByteAtATime),
    ])
    .await;
    for device in site.devices() {
        let one_by_one = CliOptions { pipeline: false, ..options(device) };
        assert_told(device, &run(&site, device, one_by_one).await.unwrap(), "one by one");
        assert_told(device, &run(&site, device, options(device)).await.unwrap(), "typed ahead if it may be");
    }
    site.fleet.stop().await;
}

#[tokio::test]
async fn syslog_that_cannot_be_turned_off_splits_nothing() {
    for syslog in [Syslog::UntilNoMonitor, Syslog::Always] {
        let manners = Manners { syslog, ..Manners::default() };
        let devices = Model::ALL.map(|model| Device::new(Personality::of(model)).manners(manners.clone()));
        let site = Site::of(devices).await;
        for device in site.devices() {
            for pipeline in [true, false] {
                let outcome = run(&site, device, CliOptions { pipeline, ..options(device) }).await.unwrap();
                assert_eq!(outcome.failure, None);
                for answer in &outcome.answers {
                    let command = answer.command.command();
                    let text = String::from_utf8_lossy(&answer.raw).into_owned();
                    let want = lines(&device.personality().text(command).unwrap_or_default());
                    let last = want.iter().rev().find(|line| line.len() > 8);
                    let whole =
                        command == Command::ShowClock || last.is_none_or(|last| text.contains(last.as_str()));
                    assert!(whole, "{syslog:?}, {}: {command}: {text}", device.hostname());
                    assert!(text.contains(command.spelling()), "{command}: {text}");
                }
            }
        }
        site.fleet.stop().await;
    }
}

#[tokio::test]
async fn faults_are_failures_of_their_stage_and_kind() {
    use Fault as F;
    for (fault, stage, kinds) in [
        (F::Silence(Silent::Greeting), Stage::Shell, [Kind::Timeout; 2]),
        (F::Silence(Silent::Answer), Stage::Command, [Kind::Timeout; 2]),
        // Where it falls silent decides whether a line is cut, which could be an unknown prompt.
        (F::Silence(Silent::MidAnswer), Stage::Command, [Kind::Timeout, Kind::PromptLost]),
        (F::PrivilegeTooLow, Stage::Privilege, [Kind::EnableRefused; 2]),
        (F::ResetMidAnswer, Stage::Command, [Kind::Closed; 2]),
        (F::EndlessAnswer, Stage::Command, [Kind::ReplyTooLarge; 2]),
        (F::HugeAnswer(1 << 20), Stage::Command, [Kind::ReplyTooLarge; 2]),
        (F::EndlessPager, Stage::Command, [Kind::ReplyTooLarge; 2]),
    ] {
        let site = Site::of([Device::new(Personality::of(Model::C9300Stack)).fault(fault.clone())]).await;
        let device = &site.devices()[0];
        let usual = options(device);
        let limits = CliLimits {
            prompt: Duration::from_secs(3),
            inactivity: Duration::from_secs(2),
            answer_bytes: 200_000,
            pages: 20,
            ..usual.limits
        };
        let failure = match run(&site, device, CliOptions { limits, ..usual }).await {
            Ok(outcome) => outcome.failure.unwrap(),
            Err(failure) => failure,
        };
        assert!(failure.stage == stage && kinds.contains(&failure.kind), "{fault:?}: {failure:?}");
        assert!(device.tally().enable_attempts <= 1);
        site.fleet.stop().await;
    }
}

#[tokio::test]
async fn odd_prompts_are_learned_and_changing_ones_followed() {
    for fault in [
        Fault::Prompt("edge-1 14:02:11#".into()),
        Fault::Prompt("RP/0/RSP0/CPU0:edge-1#".into()),
        Fault::ChangingPrompt,
        Fault::Delay(Duration::from_millis(400)),
    ] {
        let site = Site::of([Device::new(Personality::of(Model::C9300Stack)).fault(fault.clone())]).await;
        let device = &site.devices()[0];
        let usual = options(device);
        let limits = CliLimits { nudge: Duration::from_millis(200), ..usual.limits };
        let outcome = run(&site, device, CliOptions { limits, ..usual }).await.unwrap();
        assert_eq!(outcome.failure, None, "{fault:?}");
        for answer in &outcome.answers {
            let command = answer.command.command();
            let body = Cleaned::new(&answer.raw).body().to_owned();
            for line in lines(&device.personality().text(command).unwrap_or_default()) {
                assert!(
                    command == Command::ShowClock || body.contains(&line),
                    "{fault:?}: {command}: {body}"
                );
            }
        }
        site.fleet.stop().await;
    }
}
