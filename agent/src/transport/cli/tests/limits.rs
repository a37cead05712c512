//! Every wait ends, every buffer has a cap, and what was finished is kept.

use std::time::Duration;

use secrecy::SecretString;

use super::commands;
use super::device::Device;
use super::stage::{Cut, Stage};
use crate::transport::cli::{CliLimits, CliOptions, Dialect, Event};
use crate::transport::{Kind, Stage as At};

/// A device that falls silent after so many bytes.
fn silent_after(bytes: usize, options: CliOptions) -> (Stage, crate::transport::Failure, usize) {
    let device = Device { privilege: 1, secret: "s3cret".into(), ..Device::default() };
    let mut stage = Stage::new(device, Dialect::Ios, options);
    stage.goes_silent_after = Some(bytes);
    if let Err(failure) = stage.open() {
        return (stage, failure, 0);
    }
    let outcome = stage.run(&commands());
    (stage, outcome.failure.expect("it is silent"), outcome.answers.len())
}

fn privileged() -> CliOptions {
    CliOptions { required_privilege: 15, enable: Some(SecretString::from("s3cret")), ..CliOptions::default() }
}

#[test]
fn silence_at_any_byte_is_a_failure_in_bounded_time() {
    let device = Device { privilege: 1, secret: "s3cret".into(), ..Device::default() };
    let mut stage = Stage::new(device, Dialect::Ios, privileged());
    stage.answers(&commands());
    let total = stage.printed.len();
    let mut stages = Vec::new();
    for bytes in 0..total {
        let (stage, failure, answers) = silent_after(bytes, privileged());
        assert!(matches!(failure.kind, Kind::Timeout | Kind::PromptLost), "after {bytes}: {failure}");
        assert!(stage.elapsed() < Duration::from_secs(60), "after {bytes}: {:?}", stage.elapsed());
        assert!(answers < 3);
        assert!(!failure.remedy.is_empty());
        if !stages.contains(&failure.stage) {
            stages.push(failure.stage);
        }
    }
    assert_eq!(stages, [At::Shell, At::Privilege, At::Command]);
}

#[test]
fn the_end_of_the_stream_keeps_what_was_finished() {
    for bytes in [0, 1, 30, 60] {
        let mut stage = Stage::ios(Device::default());
        stage.ends_after = Some(bytes);
        let failure = stage.open().unwrap_err();
        assert_eq!((failure.stage, failure.kind), (At::Shell, Kind::Closed));
    }
    let mut whole = Stage::ios(Device::default());
    whole.open().unwrap();
    let opened = whole.printed.len();
    let answers = whole.run(&commands()).answers;
    let first = opened + answers[0].raw.len();
    for bytes in opened + 1..whole.printed.len() {
        let mut stage = Stage::ios(Device::default());
        stage.ends_after = Some(bytes);
        stage.open().unwrap();
        let outcome = stage.run(&commands());
        let failure = outcome.failure.expect("it has ended");
        assert_eq!(failure.kind, Kind::Closed);
        assert!(outcome.answers.len() < 3 && (bytes < first + 20 || !outcome.answers.is_empty()));
        for (got, want) in outcome.answers.iter().zip(&answers) {
            assert_eq!(got.raw, want.raw);
        }
    }
    // The stream ends right behind the last prompt: everything was said.
    let mut stage = Stage::ios(Device::default());
    stage.ends_after = Some(whole.printed.len());
    stage.open().unwrap();
    assert_eq!(stage.run(&commands()).answers.len(), 3);
}

#[test]
fn endless_output_is_capped() {
    let mut device = Device::default();
    device.outputs.insert("show inventory", "x".repeat(200_000));
    let mut stage = Stage::ios(device);
    stage.machine.options.limits.answer_bytes = 100_000;
    stage.open().unwrap();
    let outcome = stage.run(&commands());
    let failure = outcome.failure.unwrap();
    assert_eq!((failure.stage, failure.kind), (At::Command, Kind::ReplyTooLarge));
    assert!(failure.text.contains("show inventory"), "{failure}");
    assert_eq!(outcome.answers.len(), 1);
}

#[test]
fn a_banner_without_end_is_capped_and_a_slow_one_times_out() {
    let mut stage = Stage::ios(Device { banner: "no prompt here\n".repeat(10_000), ..Device::default() });
    stage.machine.options.limits.session_bytes = 50_000;
    assert_eq!(stage.open().unwrap_err().kind, Kind::ReplyTooLarge);

    let mut stage = Stage::ios(Device { banner: "no prompt here\n".repeat(10_000), ..Device::default() });
    (stage.cut, stage.gap) = (Cut::Pieces(vec![10]), Duration::from_millis(50));
    assert_eq!(stage.open().unwrap_err().kind, Kind::PromptLost);
    assert_eq!(stage.elapsed(), CliLimits::default().prompt);
}

#[test]
fn an_answer_that_dribbles_for_ever_ends_at_the_absolute_limit() {
    let mut device = Device::default();
    device.outputs.insert("show version", "one more line\n".repeat(10_000));
    let mut stage = Stage::ios(device);
    stage.open().unwrap();
    (stage.cut, stage.gap) = (Cut::Pieces(vec![14]), Duration::from_secs(1));
    let before = stage.now;
    let failure = stage.run(&commands()).failure.unwrap();
    assert_eq!((failure.stage, failure.kind), (At::Command, Kind::Timeout));
    assert_eq!(stage.now - before, CliLimits::default().command);
}

#[test]
fn an_endless_pager_is_capped() {
    let mut device = Device { refused: vec!["terminal length 0"], page: Some(2), ..Device::default() };
    device.outputs.insert("show version", "one more line\n".repeat(1_000));
    let mut stage = Stage::ios(device);
    stage.machine.options.limits.pages = 50;
    stage.open().unwrap();
    let failure = stage.run(&commands()).failure.unwrap();
    assert_eq!((failure.stage, failure.kind), (At::Command, Kind::ReplyTooLarge));
    assert!(failure.text.contains("50 pages"), "{failure}");
}

#[test]
fn a_peer_that_speaks_no_text_is_told_from_a_lost_prompt() {
    let mut stage = Stage::ios(Device::default());
    stage.device.mute();
    stage.print(&[0x80, 0x9f, 0xff, 0xfe].repeat(100));
    let failure = stage.open().unwrap_err();
    assert_eq!((failure.stage, failure.kind), (At::Shell, Kind::Garbage));
}

#[test]
fn no_more_is_waited_for_than_quiet_times() {
    let mut stage = Stage::ios(Device::default());
    stage.answers(&commands());
    // Banner, prompt again, paging, settings, answers: each ends with one quiet time.
    assert_eq!(stage.elapsed(), CliLimits::default().quiet * 5);
}

#[test]
fn leaving_is_bounded_and_declines_to_save() {
    let mut stage = Stage::ios(Device::default());
    stage.open().unwrap();
    stage.machine.leave(stage.now);
    assert!(matches!(stage.next_event(), Event::Left));
    assert_eq!(stage.device.commands.last().map(String::as_str), Some("exit"));

    let mut stage = Stage::new(Device::default(), Dialect::Aireos, CliOptions::default());
    stage.open().unwrap();
    stage.device.mute();
    stage.machine.leave(stage.now);
    stage.print(b"\r\nThe system has unsaved changes.\r\nWould you like to save them now? (y/N) ");
    assert!(matches!(stage.next_event(), Event::Left));
    assert!(stage.got.ends_with(b"logout\nn\n"));
    let last = stage.now;
    stage.machine.start(&commands(), last);
    assert!(matches!(stage.next_event(), Event::Failed(_)));
}
