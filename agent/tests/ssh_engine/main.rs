//! The SSH engine against servers on loopback, in this process.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod algorithms;
mod gate;
mod host_keys;
mod logins;
mod server;
mod sessions;
mod silence;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use licwatch::transport::ssh::known_hosts::{self, HostName};
use licwatch::transport::ssh::{Auth, Connection, Engine, HostKeys, Limits, Policy, RusshEngine, Target};
use licwatch::transport::{Failure, Kind, Stage};
use server::Server;
use tempfile::TempDir;

/// A folder with a `known_hosts` file.
struct Record {
    _folder: TempDir,
    path: PathBuf,
}

impl Record {
    fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("known_hosts");
        Self { _folder: folder, path }
    }

    /// With the keys of these servers.
    fn of(servers: &[&Server]) -> Self {
        let record = Self::empty();
        for server in servers {
            known_hosts::trust(&record.path, &name(server), &server.host_key).unwrap();
        }
        record
    }

    fn keys(&self, policy: Policy) -> Arc<HostKeys> {
        Arc::new(HostKeys::new(&self.path, policy))
    }

    /// The server, with the right password and its key on record.
    fn target(&self, server: &Server) -> Target {
        let auth = Auth::password("correct".into());
        let target = Target::new("127.0.0.1".parse().unwrap(), "admin", auth, self.keys(Policy::Strict));
        Target { port: server.address.port(), ..target }
    }
}

fn name(server: &Server) -> HostName {
    HostName::new("127.0.0.1", server.address.port())
}

/// Limits for peers that behave; a machine that is busy building is slow.
fn limits() -> Limits {
    let patient = Duration::from_secs(60);
    Limits { connect: patient, handshake: patient, login: patient, channel: patient, ..Limits::default() }
}

async fn connect(target: &Target) -> Result<Box<dyn Connection>, Failure> {
    RusshEngine.connect(target, &limits()).await
}

async fn refused(target: &Target) -> Failure {
    match connect(target).await {
        Ok(connection) => panic!("logged in: {:?}", connection.facts()),
        Err(failure) => failure,
    }
}

#[track_caller]
fn assert_failed(failure: &Failure, stage: Stage, kind: Kind) {
    assert_eq!((failure.stage, failure.kind), (stage, kind), "{failure:?}");
    assert!(!failure.text.is_empty() && !failure.remedy.is_empty(), "{failure:?}");
    assert!(!format!("{failure:?}").contains("correct"), "{failure:?}");
}
