//! From a target to an encrypted session with a checked host key, and what it means when that fails.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use russh::client::{Config, Handle, connect_stream};
use russh::{AlgorithmKind, SshId};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::super::dial::dial;
use super::super::limits::within;
use super::super::wire::{Opening, Wire};
use super::super::{Limits, Stream, Target, algorithms, peer_text};
use super::client::{Break, Client, End, Shared};
use super::{RusshConnection, jump};
use crate::transport::{Failure, Kind, Stage};

const CLIENT_ID: &str = concat!("SSH-2.0-licwatch_", env!("CARGO_PKG_VERSION"));
/// An idle session is asked for a sign of life this often; it ends after three questions without an answer.
const KEEPALIVE: Duration = Duration::from_secs(30);

/// A session that nobody is logged in to yet.
pub(super) struct Session {
    pub(super) handle: Handle<Client>,
    pub(super) shared: Arc<Shared>,
    /// Cuts the wire when it is dropped.
    pub(super) cut: DropGuard,
    pub(super) jump: Option<Box<RusshConnection>>,
}

/// How a handshake ended.
pub(super) enum Shaken {
    /// In a session.
    Session(Box<Session>),
    /// After the host key was seen, as a scan wants it.
    Scanned(Box<russh::keys::PublicKey>),
}

/// Goes as far as a checked host key, or, with `scan`, as far as any.
pub(super) async fn shake(target: &Target, limits: &Limits, scan: bool) -> Result<Shaken, Failure> {
    let name = target.host_name();
    let known = target.host_keys.current()?;
    let config = config(target, &known.key_types(&name))?;

    let shared = Arc::new(Shared::default());
    let (stream, jump): (Box<dyn Stream>, _) = match &target.jump {
        None => {
            let stream = dial(target, limits).await?;
            shared.facts().peer = stream.peer_addr().ok();
            (Box::new(stream), None)
        }
        Some(host) => {
            let (stream, jump) = jump::through(host, target, limits).await?;
            (stream, Some(jump))
        }
    };

    let _place = limits.handshake_place(target).await?;
    let cut = CancellationToken::new();
    let opening = Opening::default();
    let wire = Wire::new(stream, cut.clone(), opening.clone());
    let cut = cut.drop_guard();
    let client =
        Client { name, host_keys: Arc::clone(&target.host_keys), known, scan, shared: Arc::clone(&shared) };
    match within(limits.handshake, connect_stream(config, wire, client)).await {
        Ok(Ok(handle)) => Ok(Shaken::Session(Box::new(Session { handle, shared, cut, jump }))),
        Ok(Err(Break::Scanned)) => match shared.offered() {
            Some(key) => Ok(Shaken::Scanned(Box::new(key))),
            None => Err(closed(target, &shared)),
        },
        Ok(Err(Break::Verdict(failure))) => Err(*failure),
        Ok(Err(Break::Ssh(error))) => Err(explain(target, &error, &opening.bytes(), &shared)),
        Err(limit) => Err(stalled(target, limit, &opening.bytes())),
    }
}

fn config(target: &Target, on_record: &[russh::keys::Algorithm]) -> Result<Arc<Config>, Failure> {
    let gex = algorithms::group_exchange().map_err(|error| {
        let text = format!("the SSH library does not take our algorithms: {error}");
        Failure::new(Stage::Handshake, Kind::Protocol, text, "report this as a bug")
    })?;
    Ok(Arc::new(Config {
        client_id: SshId::Standard(CLIENT_ID.into()),
        preferred: algorithms::preferred(target.legacy_algorithms, on_record),
        gex,
        keepalive_interval: Some(KEEPALIVE),
        nodelay: true,
        ..Config::default()
    }))
}

fn failed(kind: Kind, text: String, remedy: impl Into<String>) -> Failure {
    Failure::new(Stage::Handshake, kind, text, remedy)
}

fn explain(target: &Target, error: &russh::Error, heard: &[u8], shared: &Shared) -> Failure {
    use russh::Error as E;
    if let E::NoCommonAlgo { kind, theirs, .. } = error {
        return no_common_algorithm(target, kind, theirs);
    }
    if let Some(failure) = foreign(target, heard) {
        return failure;
    }
    match error {
        E::Disconnect | E::HUP | E::SendError | E::RecvError if heard.is_empty() => slammed(target),
        E::IO(error) if heard.is_empty() && is_reset(error.kind()) => slammed(target),
        E::Disconnect | E::HUP | E::SendError | E::RecvError => closed(target, shared),
        E::IO(error) if is_reset(error.kind()) => closed(target, shared),
        E::WrongServerSig | E::Signature(_) => failed(
            Kind::Protocol,
            format!("{target} did not prove that it holds its host key"),
            "somebody may stand in between; check the way to the device, then its SSH software",
        ),
        E::Join(_) => failed(
            Kind::Protocol,
            format!("{target} sent what the SSH library does not survive"),
            "report this as a bug, with the device's software version",
        ),
        other => failed(
            Kind::Protocol,
            format!(
                "{target} ({}) broke the SSH protocol: {}",
                peer_text::first_line(heard),
                peer_text::one_line(&other.to_string())
            ),
            "check that the port is an SSH port; if it is, report the device's software version",
        ),
    }
}

fn is_reset(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::BrokenPipe
            | ErrorKind::UnexpectedEof
            | ErrorKind::NotConnected
    )
}

/// A peer that began with something else than a version we can speak.
fn foreign(target: &Target, heard: &[u8]) -> Option<Failure> {
    let lines = || heard.split(|&byte| byte == b'\n');
    if heard.is_empty() || lines().any(|line| line.starts_with(b"SSH-2.0-") || line.starts_with(b"SSH-1.99-"))
    {
        return None;
    }
    if let Some(version) = lines().find(|line| line.starts_with(b"SSH-")) {
        // The version line may have been cut off.
        return version.get(..8).is_some().then(|| {
            failed(
                Kind::Protocol,
                format!(
                    "{target} speaks only an SSH version that is broken: {}",
                    peer_text::first_line(version)
                ),
                "enable version 2 on the device (`ip ssh version 2`)",
            )
        });
    }
    Some(failed(
        Kind::Protocol,
        format!("{target} does not speak SSH; it said \"{}\"", peer_text::first_line(heard)),
        "check the port",
    ))
}

fn slammed(target: &Target) -> Failure {
    failed(
        Kind::Closed,
        format!("{target} took the connection and closed it without a word"),
        "all its lines may be in use, or an access list refuses our address; see `show users` and the VTY access class",
    )
}

fn closed(target: &Target, shared: &Shared) -> Failure {
    let remedy = match shared.end() {
        Some(End::Said(..)) => "see what the device said",
        _ => "all lines of the device may be in use; see `show users` and its log",
    };
    failed(
        Kind::Closed,
        format!("the connection to {target} {} during the handshake", shared.end_text()),
        remedy,
    )
}

fn stalled(target: &Target, limit: Duration, heard: &[u8]) -> Failure {
    if let Some(failure) = foreign(target, heard) {
        return failure;
    }
    let text = if heard.is_empty() {
        format!("{target} took the connection and said nothing for {limit:?}")
    } else {
        format!("{target} ({}) did not finish the handshake within {limit:?}", peer_text::first_line(heard))
    };
    failed(
        Kind::Timeout,
        text,
        "the device may be too busy; check that the port is an SSH port, or raise `handshake` in [poll.limits]",
    )
}

fn no_common_algorithm(target: &Target, kind: &AlgorithmKind, theirs: &[String]) -> Failure {
    let what = match kind {
        AlgorithmKind::Kex => "key exchange",
        AlgorithmKind::Key => "host key",
        AlgorithmKind::Cipher => "cipher",
        AlgorithmKind::Compression => "compression",
        AlgorithmKind::Mac => "MAC",
    };
    let theirs: Vec<String> = theirs.iter().filter(|name| !is_extension(name)).cloned().collect();
    let old = !target.legacy_algorithms && theirs.iter().any(|name| algorithms::is_legacy(name));
    let offered = peer_text::names(&theirs);
    if old {
        failed(
            Kind::NoCommonAlgorithm,
            format!("{target} offers only old algorithms as {what}: {offered}"),
            "set `legacy_algorithms = true` for the device or its group, or give it newer software",
        )
    } else {
        failed(
            Kind::NoCommonAlgorithm,
            format!("{target} offers no {what} algorithm that licwatch has: {offered}"),
            "enable a current algorithm on the device (`ip ssh server algorithm …`)",
        )
    }
}

/// Names that stand in the list of key exchanges and are none.
fn is_extension(name: &str) -> bool {
    name.starts_with("ext-info-") || name.starts_with("kex-strict-")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::ssh::{Auth, HostKeys, Policy};

    fn target() -> Target {
        let host_keys = Arc::new(HostKeys::new("/none", Policy::Strict));
        Target::new("192.0.2.1".parse().unwrap(), "admin", Auth::default(), host_keys)
    }

    #[test]
    fn a_peer_is_known_by_its_first_words() {
        for ours in
            ["", "SSH-2.0-Cisco-1.25\r\n", "SSH-1.99-Cisco-1.25\n", "note\r\nSSH-2.0-x\r\n", "SSH-2.0-x"]
        {
            assert_eq!(foreign(&target(), ours.as_bytes()), None, "{ours}");
        }
        let old = foreign(&target(), b"SSH-1.5-Cisco-1.25\n").unwrap();
        assert!(old.remedy.contains("version 2"), "{old:?}");
        let telnet = foreign(&target(), b"\xff\xfb\x01\xff\xfb\x03\r\nUser Access Verification").unwrap();
        assert_eq!(telnet.kind, Kind::Protocol);
        assert!(telnet.text.contains("\\xff\\xfb\\x01"), "{telnet:?}");
    }

    #[test]
    fn a_missing_algorithm_names_the_remedy_that_helps() {
        let theirs = ["diffie-hellman-group1-sha1".to_owned(), "kex-strict-s-v00@openssh.com".to_owned()];
        let failure = no_common_algorithm(&target(), &AlgorithmKind::Kex, &theirs);
        assert!(failure.text.ends_with("key exchange: diffie-hellman-group1-sha1"), "{failure:?}");
        assert!(failure.remedy.contains("legacy_algorithms = true"));
        let novel = no_common_algorithm(&target(), &AlgorithmKind::Kex, &["novel".to_owned()]);
        assert!(!novel.remedy.contains("legacy_algorithms"));
        let legacy = Target { legacy_algorithms: true, ..target() };
        assert!(
            !no_common_algorithm(&legacy, &AlgorithmKind::Kex, &theirs).remedy.contains("legacy_algorithms")
        );
    }
}
