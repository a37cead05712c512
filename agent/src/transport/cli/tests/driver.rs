//! The driver over an in-memory stream.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use secrecy::SecretString;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

use super::commands;
use super::device::Device;
use crate::transport::cli::{CliLimits, CliOptions, CliSession, Dialect};
use crate::transport::{Direction, Kind, Stage};

/// Lets the device speak over a stream whose buffer is so small, until the other side hangs up.
pub(super) async fn serve(mut device: Device, mut stream: DuplexStream) -> Device {
    let opening = device.open();
    let mut buffer = [0; 64];
    if stream.write_all(&opening).await.is_err() {
        return device;
    }
    while let Ok(count @ 1..) = stream.read(&mut buffer).await {
        let printed = device.take(&buffer[..count]);
        if device.is_gone() || stream.write_all(&printed).await.is_err() {
            break;
        }
    }
    device
}

pub(super) fn options() -> CliOptions {
    let limits = CliLimits { quiet: Duration::from_millis(20), ..CliLimits::default() };
    CliOptions { limits, ..CliOptions::default() }
}

#[tokio::test]
async fn a_session_runs_and_leaves() {
    let (ours, theirs) = tokio::io::duplex(64);
    let device = tokio::spawn(serve(Device::default(), theirs));
    let mut session = CliSession::open(ours, Dialect::Ios, options()).await.unwrap();
    for _ in 0..2 {
        let outcome = session.run(&commands()).await;
        assert_eq!(outcome.failure, None);
        assert_eq!(outcome.answers.len(), 3);
        assert!(outcome.answers.iter().all(|answer| answer.started <= answer.finished));
    }
    session.close().await;
    assert_eq!(device.await.unwrap().commands.last().map(String::as_str), Some("exit"));
}

#[tokio::test]
async fn a_dropped_session_drops_the_stream() {
    let (ours, theirs) = tokio::io::duplex(4096);
    let device = tokio::spawn(serve(Device::default(), theirs));
    drop(CliSession::open(ours, Dialect::Ios, options()).await.unwrap());
    assert_eq!(
        device.await.unwrap().commands.last().map(String::as_str),
        Some("terminal exec prompt no-timestamp")
    );
}

#[tokio::test]
async fn a_hung_up_stream_ends_open_and_run_alike() {
    let (ours, theirs) = tokio::io::duplex(64);
    drop(theirs);
    let failure = CliSession::open(ours, Dialect::Ios, options()).await.unwrap_err();
    assert_eq!((failure.stage, failure.kind), (Stage::Shell, Kind::Closed));

    let (ours, theirs) = tokio::io::duplex(64);
    let device = tokio::spawn(serve(Device::default(), theirs));
    let mut session = CliSession::open(ours, Dialect::Ios, options()).await.unwrap();
    device.abort();
    assert!(device.await.unwrap_err().is_cancelled());
    let outcome = session.run(&commands()).await;
    assert_eq!(outcome.failure.unwrap().kind, Kind::Closed);
    assert_eq!(session.run(&commands()).await.failure.unwrap().kind, Kind::Closed);
    session.close().await;
}

#[tokio::test]
async fn a_silent_stream_times_out() {
    let (ours, _theirs) = tokio::io::duplex(64);
    let limits = CliLimits { prompt: Duration::from_millis(50), ..CliLimits::default() };
    let failure = CliSession::open(ours, Dialect::Ios, CliOptions { limits, ..options() }).await.unwrap_err();
    assert_eq!((failure.stage, failure.kind), (Stage::Shell, Kind::Timeout));
}

/// A peer that takes nothing: what we send fills the stream, and the limits still hold.
#[tokio::test]
async fn a_peer_that_never_reads_times_out() {
    let (ours, mut theirs) = tokio::io::duplex(8);
    theirs.write_all(b"edge-1#").await.unwrap();
    let limits = CliLimits {
        prompt: Duration::from_millis(100),
        nudge: Duration::from_millis(1),
        ..CliLimits::default()
    };
    let failure = CliSession::open(ours, Dialect::Ios, CliOptions { limits, ..options() }).await.unwrap_err();
    assert_eq!((failure.stage, failure.kind), (Stage::Shell, Kind::PromptLost));
}

#[tokio::test]
async fn a_transcript_holds_both_directions_and_no_secret() {
    const SECRET: &str = "s3cret-of-enable";
    let written = Arc::new(Mutex::new((String::new(), 0)));
    let sink = Arc::clone(&written);
    let device = Device {
        prompt: "edge-1>".into(),
        privileged_prompt: Some("edge-1#".into()),
        privilege: 1,
        secret: SECRET.into(),
        echoes_secrets: true,
        ..Device::default()
    };
    let (ours, theirs) = tokio::io::duplex(16);
    let device = tokio::spawn(serve(device, theirs));
    let options =
        CliOptions { required_privilege: 15, enable: Some(SecretString::from(SECRET)), ..options() };
    let transcript = Box::new(move |direction, bytes: &[u8]| {
        let mut sink = sink.lock().unwrap();
        sink.0.push_str(&String::from_utf8_lossy(bytes));
        sink.1 += usize::from(direction == Direction::Received);
    });
    let mut session = CliSession::open_recorded(ours, Dialect::Ios, options, transcript).await.unwrap();
    assert_eq!(session.run(&commands()).await.answers.len(), 3);
    session.close().await;
    assert_eq!(device.await.unwrap().passwords, 1);
    let (text, received) = written.lock().unwrap().clone();
    assert!(received > 10);
    assert!(
        text.contains("enable\n") && text.contains("show license all\n") && text.contains("Policy line 59")
    );
    assert_eq!(text.matches("<secret>").count(), 2, "{text}");
    assert!(!text.contains(SECRET));
}
