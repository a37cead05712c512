//! The words for what can go wrong in a NETCONF session.

use std::time::Duration;

use licwatch_parsers::netconf::{FramingError, MessageError};

use crate::transport::{Failure, Kind, Stage};

/// The first bytes of what came, for people.
pub(super) fn quote(bytes: &[u8]) -> String {
    let shown = bytes.get(..40).unwrap_or(bytes);
    let more = if shown.len() < bytes.len() { "…" } else { "" };
    format!("\"{}{more}\"", shown.escape_ascii())
}

pub(super) fn silent(stage: Stage, limit: Duration) -> Failure {
    let text = match stage {
        Stage::Hello => format!("no hello came in {limit:?}"),
        _ => format!("silence for {limit:?} while a reply was awaited"),
    };
    Failure::new(
        stage,
        Kind::Timeout,
        text,
        "look at the device's load and its NETCONF sessions, or raise the limit",
    )
}

pub(super) fn endless(stage: Stage, limit: Duration) -> Failure {
    Failure::new(
        stage,
        Kind::Timeout,
        format!("the reply had no end after {limit:?}"),
        "look at the device's load and the line to it, or raise the limit for one reply",
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
            "raise the limit if the device really has so much to tell; else look at its NETCONF log",
        ),
        FramingError::EndOfMessageUnderChunked { .. } => {
            Failure::new(stage, Kind::Protocol, error.to_string(), "set force_base_1_0 for this device")
        }
        _ => Failure::new(
            stage,
            Kind::Garbage,
            error.to_string(),
            "check that the port is that of the NETCONF subsystem; if base:1.1 is broken there, set force_base_1_0",
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
        "let it speak base:1.0 or base:1.1; if it announces base:1.1 alone, take force_base_1_0 away",
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
