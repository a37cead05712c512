//! The words for what can go wrong in a NETCONF session.

use std::time::Duration;

use licwatch_parsers::netconf::{FramingError, MessageError};

use crate::transport::{Failure, Kind, Stage};

/// What to do about a device that announces base:1.1 and does not speak it.
const BROKEN_BASE_1_1: &str =
    "its base:1.1 is broken: poll it over ssh (transport = \"ssh\"), and see whether newer software mends it";

/// The first bytes of what came, for people.
pub(super) fn quote(bytes: &[u8]) -> String {
    let shown = bytes.get(..40).unwrap_or(bytes);
    let more = if shown.len() < bytes.len() { "…" } else { "" };
    format!("\"{}{more}\"", shown.escape_ascii())
}

pub(super) fn silent(stage: Stage, limit: Duration) -> Failure {
    let (text, setting) = match stage {
        Stage::Hello => (format!("no hello came in {limit:?}"), "login"),
        _ => (format!("silence for {limit:?} while a reply was awaited"), "command"),
    };
    let remedy =
        format!("look at the device's load and its NETCONF sessions, or raise `{setting}` in [poll.limits]");
    Failure::new(stage, Kind::Timeout, text, remedy)
}

pub(super) fn endless(stage: Stage, limit: Duration) -> Failure {
    Failure::new(
        stage,
        Kind::Timeout,
        format!("the reply had no end after {limit:?}"),
        "look at the device's load and the line to it, or raise `absolute` in [poll.limits]",
    )
}

pub(super) fn closed(stage: Stage, in_message: bool, why: Option<&str>) -> Failure {
    let doing = match (stage, in_message) {
        (Stage::Hello, false) => "before its hello",
        (Stage::Hello, true) => "in the middle of its hello",
        (_, false) => "before its reply",
        (_, true) => "in the middle of its reply",
    };
    let why = why.map(|why| format!(" ({why})")).unwrap_or_default();
    Failure::new(
        stage,
        Kind::Closed,
        format!("the device closed the session {doing}{why}"),
        "look at its log and its NETCONF session limit, then poll it again",
    )
}

pub(super) fn framing(stage: Stage, error: &FramingError) -> Failure {
    match error {
        FramingError::TooLarge { .. } => Failure::new(
            stage,
            Kind::ReplyTooLarge,
            error.to_string(),
            "look at the device's NETCONF log; poll it over ssh meanwhile (transport = \"ssh\")",
        ),
        FramingError::EndOfMessageUnderChunked { .. } => {
            Failure::new(stage, Kind::Protocol, error.to_string(), BROKEN_BASE_1_1)
        }
        _ => Failure::new(
            stage,
            Kind::Garbage,
            error.to_string(),
            "look at the device's NETCONF log; poll it over ssh meanwhile (transport = \"ssh\")",
        ),
    }
}

pub(super) fn no_hello(found: &str) -> Failure {
    Failure::new(
        Stage::Hello,
        Kind::Garbage,
        format!("what came is no NETCONF hello: {found}"),
        "check that the port is that of the NETCONF subsystem, and that no banner is printed into it",
    )
}

pub(super) fn no_common_base() -> Failure {
    Failure::new(
        Stage::Hello,
        Kind::Protocol,
        "the device's hello announces no NETCONF base version that we may speak",
        "let it speak base:1.0 or base:1.1, or poll it over ssh (transport = \"ssh\")",
    )
}

pub(super) fn no_reply(error: &MessageError) -> Failure {
    Failure::new(
        Stage::Rpc,
        Kind::Garbage,
        format!("what came is no reply: {error}"),
        "look at the device's NETCONF log; poll it over ssh meanwhile",
    )
}

pub(super) fn another_reply(asked: u64, got: Option<&str>) -> Failure {
    let got = got.map_or_else(|| "none".into(), |got| quote(got.as_bytes()));
    Failure::new(
        Stage::Rpc,
        Kind::Garbage,
        format!("the reply belongs to another request: its message-id is {got}, asked was \"{asked}\""),
        "look at the device's NETCONF log; poll it over ssh meanwhile",
    )
}
