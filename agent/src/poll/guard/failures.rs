//! The words for why nobody logs in.

use std::time::Duration;

use crate::store::StoreError;
use crate::store::guard::{Stop, Stopped};
use crate::transport::ssh::LoginIdentity;
use crate::transport::{Failure, Kind, Stage};

pub(super) fn stopped(login: &LoginIdentity, stop: &Stop) -> Failure {
    let LoginIdentity { credential, device } = login;
    let (what, remedy) = match &stop.what {
        Stopped::Device(_) => (
            format!("no login to {device} is tried since it refused one"),
            format!("correct the user or the credential, then `licwatch release device {device}`"),
        ),
        Stopped::Credential(_) => (
            format!("no login with the credential {credential} is tried since too many devices refused it"),
            format!("correct the credential, then `licwatch release credential {credential}`"),
        ),
    };
    // Without a store nobody kept when it was.
    let since = if stop.since == jiff::Timestamp::UNIX_EPOCH {
        String::new()
    } else {
        format!(" at {}", stop.since.strftime("%Y-%m-%d %H:%M:%SZ"))
    };
    Failure::new(Stage::Login, Kind::LoginStopped, format!("{what}{since}: {}", stop.reason), remedy)
}

pub(super) fn deferred(login: &LoginIdentity, limit: Duration) -> Failure {
    let LoginIdentity { credential, device } = login;
    Failure::new(
        Stage::Login,
        Kind::LoginDeferred,
        format!("no turn to log in to {device} with the credential {credential} came within {limit:?}"),
        "others wait with it; raise `logins_per_second` in [poll] or [guard], or poll fewer devices at once",
    )
}

/// The device's time was over while it waited for us.
pub(in crate::poll) fn out_of_time(device: &str, deadline: Duration) -> Failure {
    Failure::new(
        Stage::Login,
        Kind::LoginDeferred,
        format!("no turn to log in to {device} came within its deadline of {deadline:?}"),
        "others wait with the same credential; raise `logins_per_second` in [poll] or [guard], or poll fewer devices at once",
    )
}

pub(super) fn no_books(login: &LoginIdentity, error: &StoreError) -> Failure {
    Failure::new(
        Stage::Login,
        Kind::LoginDeferred,
        format!("nobody logs in to {} while the store cannot be asked: {error}", login.device),
        "see `licwatch check`; a login that is not on record could lock an account",
    )
}
