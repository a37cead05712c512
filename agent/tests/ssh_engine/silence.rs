//! Peers that are silent, rude, or something else than SSH.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use licwatch::transport::ssh::{Engine, Limits, Policy, RusshEngine, Target};
use licwatch::transport::{Failure, Kind, Stage};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};

use crate::server::{Behaviour, Server, Stall};
use crate::{Record, assert_failed, limits, refused};

const SOON: Duration = Duration::from_millis(200);
/// Long enough to hear what a peer says first, on a busy machine.
const HEARD: Duration = Duration::from_secs(2);

/// A peer that says something and then waits; it tells when the connection has ended.
async fn peer(says: &'static [u8], closes: bool) -> (SocketAddr, mpsc::Receiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (ended, ends) = mpsc::channel(16);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(talk(stream, says, closes, ended.clone()));
        }
    });
    (address, ends)
}

async fn talk(mut stream: TcpStream, says: &'static [u8], closes: bool, ended: mpsc::Sender<()>) {
    let _ = stream.write_all(says).await;
    if closes {
        let _ = stream.shutdown().await;
    }
    let mut sink = Vec::new();
    let _ = stream.read_to_end(&mut sink).await;
    let _ = ended.send(()).await;
}

fn target(address: SocketAddr) -> Target {
    let record = Record::empty();
    let auth = licwatch::transport::ssh::Auth::password("correct".into());
    let target = Target::new("127.0.0.1".parse().unwrap(), "admin", auth, record.keys(Policy::Strict));
    Target { port: address.port(), ..target }
}

async fn fails(address: SocketAddr, limits: &Limits) -> Failure {
    match RusshEngine.connect(&target(address), limits).await {
        Ok(_) => panic!("connected"),
        Err(failure) => failure,
    }
}

#[tokio::test]
async fn a_silent_peer_ends_at_the_handshake_limit_and_is_let_go() {
    let (address, mut ends) = peer(b"", false).await;
    let failure = fails(address, &Limits { handshake: SOON, ..limits() }).await;
    assert_failed(&failure, Stage::Handshake, Kind::Timeout);
    assert!(failure.text.contains("200ms"), "{failure:?}");
    tokio::time::timeout(Duration::from_secs(10), ends.recv()).await.expect("the socket is still open");
}

#[tokio::test]
async fn a_peer_that_stops_after_its_version_is_let_go() {
    let (address, mut ends) = peer(b"SSH-2.0-Cisco-1.25\r\n", false).await;
    let failure = fails(address, &Limits { handshake: HEARD, ..limits() }).await;
    assert_failed(&failure, Stage::Handshake, Kind::Timeout);
    assert!(failure.text.contains("SSH-2.0-Cisco-1.25"), "{failure:?}");
    // russh alone would keep the session's task, and with it the device's line, for ever.
    tokio::time::timeout(Duration::from_secs(10), ends.recv()).await.expect("the socket is still open");
}

#[tokio::test]
async fn other_protocols_are_named() {
    let cases: [(&[u8], bool, &str); 4] = [
        (b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n", true, "HTTP/1.1 400"),
        (b"\xff\xfb\x01\xff\xfb\x03\r\n\r\nUser Access Verification\r\n", false, "\\xff\\xfb"),
        (b"SSH-1.5-Cisco-1.25\n", true, "SSH-1.5"),
        (&[b'x'; 4096], false, "xxxx"),
    ];
    for (says, closes, text) in cases {
        let (address, _ends) = peer(says, closes).await;
        let failure = fails(address, &Limits { handshake: HEARD, ..limits() }).await;
        assert_failed(&failure, Stage::Handshake, Kind::Protocol);
        assert!(failure.text.contains(text), "{failure:?}");
    }
}

#[tokio::test]
async fn garbage_after_the_version_is_a_broken_protocol() {
    let (address, _ends) = peer(b"SSH-2.0-x\r\n\xff\xff\xff\xff garbage garbage garbage", false).await;
    assert_failed(&fails(address, &limits()).await, Stage::Handshake, Kind::Protocol);
}

#[tokio::test]
async fn a_peer_that_closes_at_once_is_closed() {
    let (address, _ends) = peer(b"", true).await;
    let failure = fails(address, &limits()).await;
    assert_failed(&failure, Stage::Handshake, Kind::Closed);
    assert!(failure.text.contains("without a word"), "{failure:?}");
}

#[tokio::test]
async fn a_reset_in_the_handshake_is_closed() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"SSH-2.0-Cisco-1.25\r\n").await.unwrap();
        let mut byte = [0];
        stream.read_exact(&mut byte).await.unwrap();
        // What is left unread turns the close into a reset.
        stream.readable().await.unwrap();
    });
    assert_failed(&fails(address, &limits()).await, Stage::Handshake, Kind::Closed);
}

#[tokio::test]
async fn a_closed_port_refuses() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    assert_failed(&fails(address, &limits()).await, Stage::Connect, Kind::Refused);
}

#[tokio::test]
async fn a_name_without_an_address_is_unknown() {
    let mut target = target(SocketAddr::from(([127, 0, 0, 1], 22)));
    target.address = "no-such-host.invalid".parse().unwrap();
    let failure = refused(&target).await;
    assert_eq!(failure.stage, Stage::Resolve, "{failure:?}");
    assert!(matches!(failure.kind, Kind::NameUnknown | Kind::Timeout), "{failure:?}");
}

#[tokio::test]
async fn handshakes_wait_for_their_lane() {
    let server = Server::start(Behaviour::default()).await;
    let record = Record::of(&[&server]);
    let full = Limits { lane: SOON, dh_lane: Arc::new(Semaphore::new(0)), ..limits() };
    let legacy = Target { legacy_algorithms: true, ..record.target(&server) };
    let Err(failure) = RusshEngine.connect(&legacy, &full).await else { panic!("connected") };
    assert_failed(&failure, Stage::Handshake, Kind::Timeout);
    RusshEngine.connect(&record.target(&server), &full).await.unwrap();
    assert_eq!(full.handshakes.available_permits(), 64, "a place was kept after the handshake");
}

#[tokio::test]
async fn a_stalled_login_ends_at_its_limit() {
    let server = Server::start(Behaviour { stalls: Some(Stall::Login), ..Behaviour::default() }).await;
    let record = Record::of(&[&server]);
    let target = record.target(&server);
    let limits = Limits { login: Duration::from_secs(1), ..limits() };
    let Err(failure) = RusshEngine.connect(&target, &limits).await else { panic!("connected") };
    assert_failed(&failure, Stage::Login, Kind::Timeout);
    assert!(failure.text.contains("by password"), "{failure:?}");
    assert_eq!(server.seen().passwords.len(), 1);
}

#[tokio::test]
async fn a_stalled_shell_ends_at_its_limit() {
    let server = Server::start(Behaviour { stalls: Some(Stall::Shell), ..Behaviour::default() }).await;
    let limits = Limits { channel: SOON, ..limits() };
    let mut connection = RusshEngine.connect(&Record::of(&[&server]).target(&server), &limits).await.unwrap();
    let Err(failure) = connection.shell().await else { panic!("opened") };
    assert_failed(&failure, Stage::Shell, Kind::Timeout);
    // A device that does not listen does not hold us up, either.
    tokio::time::timeout(Duration::from_secs(10), connection.close()).await.unwrap();
}

#[tokio::test]
async fn a_stalled_jump_ends_at_its_limit() {
    let server = Server::start(Behaviour { stalls: Some(Stall::Forward), ..Behaviour::default() }).await;
    let record = Record::of(&[&server]);
    let target = Target { jump: Some(Box::new(record.target(&server))), ..record.target(&server) };
    let limits = Limits { jump: SOON, ..limits() };
    let Err(failure) = RusshEngine.connect(&target, &limits).await else { panic!("connected") };
    assert_failed(&failure, Stage::Jump, Kind::Timeout);
}
