//! The words for what can go wrong in a session.

use std::time::Duration;

use super::secrets::Redactor;
use crate::transport::{Failure, Kind, Stage};

/// More of a device's line is not quoted.
const QUOTED: usize = 60;

/// A line of the device for people: printable, short, without secrets.
pub(super) fn quote(line: &[u8], redactor: &Redactor) -> String {
    let clean = redactor.whole(line);
    let text = String::from_utf8_lossy(&clean);
    let mut letters = text.trim().chars().map(|letter| if letter.is_control() { '.' } else { letter });
    let shown: String = letters.by_ref().take(QUOTED).collect();
    let more = if letters.next().is_some() { "…" } else { "" };
    if shown.is_empty() { "an empty line".into() } else { format!("\"{shown}{more}\"") }
}

pub(super) fn closed(stage: Stage, doing: &str, why: Option<&str>) -> Failure {
    let why = why.map(|why| format!(" ({why})")).unwrap_or_default();
    Failure::new(
        stage,
        Kind::Closed,
        format!("the device closed the session while {doing}{why}"),
        "look at its log and its vty lines (show users, exec-timeout, session limits), then poll it again",
    )
}

pub(super) fn no_prompt(limit: Duration, heard: usize, last: &str) -> Failure {
    if heard == 0 {
        return Failure::new(
            Stage::Shell,
            Kind::Timeout,
            format!("the shell printed nothing for {limit:?}"),
            "log in by hand: if that works but takes long, raise `login` in [poll.limits]",
        );
    }
    Failure::new(
        Stage::Shell,
        Kind::PromptLost,
        format!("no prompt could be learned in {limit:?}; the last of {heard} bytes is {last}"),
        "log in by hand and look at what stands before the prompt; a menu or a question has to be turned off for \
         this account",
    )
}

pub(super) fn garbage(heard: usize, unprintable: usize) -> Failure {
    Failure::new(
        Stage::Shell,
        Kind::Garbage,
        format!("the shell sends no text: {unprintable} of {heard} bytes are not printable"),
        "check that address and port belong to a device's command line",
    )
}

pub(super) fn garbled(stage: Stage, doing: &str, heard: usize, unprintable: usize) -> Failure {
    Failure::new(
        stage,
        Kind::Garbage,
        format!("no text came while {doing}: {unprintable} of {heard} bytes are not printable"),
        "run the command by hand; if it can be read there, look for what breaks it on the way",
    )
}

pub(super) fn flood(stage: Stage, doing: &str, cap: usize) -> Failure {
    Failure::new(
        stage,
        Kind::ReplyTooLarge,
        format!("more than {cap} bytes came while {doing}"),
        "run the command by hand to see what it prints without end; no licence output is as long as this",
    )
}

pub(super) fn endless_pager(stage: Stage, doing: &str, pages: usize) -> Failure {
    Failure::new(
        stage,
        Kind::ReplyTooLarge,
        format!("the pager asked for more than {pages} pages while {doing}"),
        "let the account turn paging off (`terminal length 0`)",
    )
}

pub(super) fn silent(stage: Stage, doing: &str, limit: Duration, last: Option<&str>) -> Failure {
    match last {
        None => Failure::new(
            stage,
            Kind::Timeout,
            format!("silence for {limit:?} while {doing}"),
            "look at the device's load; if it is slow, raise `command` in [poll.limits]",
        ),
        Some(last) => Failure::new(
            stage,
            Kind::PromptLost,
            format!("silence for {limit:?} while {doing}, and no prompt at the end: the last line is {last}"),
            "run the command by hand: a question, an unknown pager or a changed prompt stands there",
        ),
    }
}

pub(super) fn endless(stage: Stage, doing: &str, limit: Duration, pages: usize) -> Failure {
    if pages > 0 {
        return Failure::new(
            stage,
            Kind::Timeout,
            format!("no end after {limit:?} and {pages} pages of the pager while {doing}"),
            "let the account turn paging off (`terminal length 0`)",
        );
    }
    Failure::new(
        stage,
        Kind::Timeout,
        format!("no end after {limit:?} while {doing}"),
        "run the command by hand; if it takes so long, raise `absolute` in [poll.limits]",
    )
}

pub(super) fn login_refused(last: &str) -> Failure {
    Failure::new(
        Stage::Login,
        Kind::AuthenticationFailed,
        format!("the shell refused user and password and asks again; the last line is {last}"),
        "correct the credential; where there is a store, it is not tried again until `licwatch release` lets it",
    )
}

pub(super) fn login_missing() -> Failure {
    Failure::new(
        Stage::Login,
        Kind::CredentialUnavailable,
        "the shell asks for a user or a password, and this platform's sessions do not answer that",
        "set platform to aireos if it is one; else let SSH alone log in (no login on the line)",
    )
}

pub(super) fn password_missing() -> Failure {
    Failure::new(
        Stage::Login,
        Kind::CredentialUnavailable,
        "the shell asks for a user and a password, and the credential has no password",
        "give the credential a password beside its key: SSH keys do not log in to such a shell",
    )
}

pub(super) fn unfit_secret(stage: Stage, which: &str) -> Failure {
    Failure::new(
        stage,
        Kind::CredentialUnavailable,
        format!("{which} holds a line break or another control character"),
        "store it as one line of text",
    )
}

pub(super) fn privilege_too_low(level: Option<u8>, required: u8, why: &str) -> Failure {
    let level =
        level.map_or_else(|| "an unknown privilege level".into(), |level| format!("privilege level {level}"));
    Failure::new(
        Stage::Privilege,
        Kind::PrivilegeTooLow,
        format!("the session has {level} and needs {required}: {why}"),
        "give the account the level (username … privilege 15, or by AAA), or correct the enable secret",
    )
}

/// The session has less than it needs after the secret was sent.
pub(super) fn enable_refused(level: Option<u8>, required: u8, why: &str) -> Failure {
    Failure { kind: Kind::EnableRefused, ..privilege_too_low(level, required, why) }
}

pub(super) fn not_ready() -> Failure {
    Failure::new(
        Stage::Command,
        Kind::Interrupted,
        "the session is over or busy",
        "open a new session for more commands",
    )
}
