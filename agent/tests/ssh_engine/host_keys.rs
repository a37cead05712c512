use licwatch::transport::ssh::known_hosts::{self, HostName, Standing};
use licwatch::transport::ssh::{Engine, Policy, RusshEngine, Target};
use licwatch::transport::{Kind, Stage};
use russh::keys::key::safe_rng;
use russh::keys::{Algorithm, EcdsaCurve, HashAlg, PrivateKey};

use crate::server::{Behaviour, Server, key};
use crate::{Record, assert_failed, connect, limits, name, refused};

#[tokio::test]
async fn an_unknown_key_is_refused_and_shown() {
    let server = Server::start(Behaviour::default()).await;
    let record = Record::empty();
    let failure = refused(&record.target(&server)).await;
    assert_failed(&failure, Stage::HostKey, Kind::HostKeyUnknown);
    assert!(failure.text.contains(&server.host_key.fingerprint(HashAlg::Sha256).to_string()), "{failure:?}");
    assert!(
        failure.remedy.contains(&format!("`licwatch keys trust 127.0.0.1 --port {}`", server.address.port())),
        "{failure:?}"
    );
    assert!(!record.path.exists());
    server.ended(1).await;
    assert!(server.seen().passwords.is_empty(), "a secret went to a peer that is not known");
}

#[tokio::test]
async fn accept_new_puts_the_key_on_record_once() {
    let server = Server::start(Behaviour::default()).await;
    let record = Record::empty();
    let target = Target { host_keys: record.keys(Policy::AcceptNew), ..record.target(&server) };
    assert!(connect(&target).await.unwrap().facts().host_key_recorded);
    assert!(!connect(&target).await.unwrap().facts().host_key_recorded);
    let known = known_hosts::load(&record.path).unwrap();
    assert_eq!(known.standing(&name(&server), &server.host_key), Standing::Known);
    assert_eq!(known.entries().count(), 1);
    assert!(!connect(&record.target(&server)).await.unwrap().facts().host_key_recorded);
}

#[tokio::test]
async fn a_changed_key_is_refused_with_both_fingerprints() {
    let server = Server::start(Behaviour::default()).await;
    let record = Record::empty();
    let before = key().public_key().clone();
    known_hosts::trust(&record.path, &name(&server), &before).unwrap();
    for policy in [Policy::Strict, Policy::AcceptNew] {
        let target = Target { host_keys: record.keys(policy), ..record.target(&server) };
        let failure = refused(&target).await;
        assert_failed(&failure, Stage::HostKey, Kind::HostKeyChanged);
        for key in [&before, &server.host_key] {
            assert!(failure.text.contains(&key.fingerprint(HashAlg::Sha256).to_string()), "{failure:?}");
        }
    }
    assert!(server.seen().passwords.is_empty());
}

#[tokio::test]
async fn a_revoked_key_is_refused() {
    let server = Server::start(Behaviour::default()).await;
    let record = Record::of(&[&server]);
    let mut text = std::fs::read_to_string(&record.path).unwrap();
    text.push_str(&format!("@revoked * {}\n", server.host_key.to_openssh().unwrap()));
    std::fs::write(&record.path, text).unwrap();
    for policy in [Policy::Strict, Policy::AcceptNew] {
        let target = Target { host_keys: record.keys(policy), ..record.target(&server) };
        assert_failed(&refused(&target).await, Stage::HostKey, Kind::HostKeyRevoked);
    }
}

#[tokio::test]
async fn a_device_with_several_keys_shows_the_one_on_record() {
    let ecdsa =
        PrivateKey::random(&mut safe_rng(), Algorithm::Ecdsa { curve: EcdsaCurve::NistP256 }).unwrap();
    let server = Server::start(Behaviour { more_keys: vec![ecdsa.clone()], ..Behaviour::default() }).await;
    let record = Record::empty();
    known_hosts::trust(&record.path, &name(&server), ecdsa.public_key()).unwrap();
    let connection = connect(&record.target(&server)).await.unwrap();
    assert_eq!(connection.facts().host_key_algorithm, "ecdsa-sha2-nistp256");
}

#[tokio::test]
async fn a_key_of_another_type_is_unknown_and_the_known_one_is_named() {
    let server = Server::start(Behaviour::default()).await;
    let ecdsa =
        PrivateKey::random(&mut safe_rng(), Algorithm::Ecdsa { curve: EcdsaCurve::NistP256 }).unwrap();
    let record = Record::empty();
    known_hosts::trust(&record.path, &name(&server), ecdsa.public_key()).unwrap();
    let failure = refused(&record.target(&server)).await;
    assert_failed(&failure, Stage::HostKey, Kind::HostKeyUnknown);
    for key in [ecdsa.public_key(), &server.host_key] {
        assert!(failure.text.contains(&key.fingerprint(HashAlg::Sha256).to_string()), "{failure:?}");
    }
}

/// Hashed by OpenSSH itself where it is installed; the unit tests hold names that it hashed.
#[tokio::test]
async fn a_hashed_name_is_found() {
    let server = Server::start(Behaviour::default()).await;
    let record = Record::of(&[&server]);
    let hashed = std::process::Command::new("ssh-keygen").arg("-H").arg("-f").arg(&record.path).output();
    let Ok(hashed) = hashed else {
        eprintln!("no ssh-keygen here");
        return;
    };
    assert!(hashed.status.success());
    let text = std::fs::read_to_string(&record.path).unwrap();
    assert!(text.starts_with("|1|") && !text.contains("127.0.0.1"), "{text}");
    assert!(!connect(&record.target(&server)).await.unwrap().facts().host_key_recorded);
    assert_eq!(known_hosts::forget(&record.path, &name(&server)).unwrap().removed.len(), 1);
    let target = Target { host_keys: record.keys(Policy::Strict), ..record.target(&server) };
    assert_failed(&refused(&target).await, Stage::HostKey, Kind::HostKeyUnknown);
}

#[tokio::test]
async fn a_file_that_changes_is_read_again() {
    let server = Server::start(Behaviour::default()).await;
    let record = Record::empty();
    let target = record.target(&server);
    assert_failed(&refused(&target).await, Stage::HostKey, Kind::HostKeyUnknown);
    known_hosts::trust(&record.path, &name(&server), &server.host_key).unwrap();
    connect(&target).await.unwrap();
    known_hosts::forget(&record.path, &name(&server)).unwrap();
    assert_failed(&refused(&target).await, Stage::HostKey, Kind::HostKeyUnknown);
}

#[tokio::test]
async fn the_key_of_port_22_covers_other_ports() {
    let server = Server::start(Behaviour::default()).await;
    let record = Record::empty();
    known_hosts::trust(&record.path, &HostName::new("127.0.0.1", 22), &server.host_key).unwrap();
    connect(&record.target(&server)).await.unwrap();
}

#[tokio::test]
async fn a_scan_learns_the_key_and_logs_nobody_in() {
    let server = Server::start(Behaviour::default()).await;
    let record = Record::empty();
    let offered = RusshEngine.scan(&record.target(&server), &limits()).await.unwrap();
    assert_eq!(offered.key.key_data(), server.host_key.key_data());
    assert_eq!(offered.fingerprint, server.host_key.fingerprint(HashAlg::Sha256).to_string());
    server.ended(1).await;
    assert!(server.seen().passwords.is_empty() && !record.path.exists());
    known_hosts::trust(&record.path, &offered.name, &offered.key).unwrap();
    connect(&record.target(&server)).await.unwrap();
}
