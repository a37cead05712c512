use std::net::IpAddr;
use std::time::Duration;

use licwatch::transport::ssh::{Auth, Engine, Limits, Policy, RusshEngine, Target};
use licwatch::transport::{Kind, Stage};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::server::{Behaviour, Server};
use crate::{Record, assert_failed, connect, limits, name, refused};

async fn read_until(stream: &mut (impl AsyncReadExt + Unpin), end: &str) -> String {
    let mut text = String::new();
    let mut buffer = [0; 64];
    while !text.ends_with(end) {
        let read = tokio::time::timeout(Duration::from_secs(10), stream.read(&mut buffer)).await;
        let length = read.expect("no more bytes").unwrap();
        assert!(length > 0, "ended after {text:?}");
        text.push_str(std::str::from_utf8(&buffer[..length]).unwrap());
    }
    text
}

#[tokio::test]
async fn a_shell_carries_bytes_both_ways_and_closes() {
    let server = Server::start(Behaviour::default()).await;
    let mut connection = connect(&Record::of(&[&server]).target(&server)).await.unwrap();
    let mut shell = connection.shell().await.unwrap();
    assert_eq!(server.seen().terminals, [("vt100".to_owned(), 511)]);
    assert_eq!(read_until(&mut shell, ">").await, "early\r\nedge-7>");
    let long = "show license all\n".repeat(10_000);
    let (mut reader, mut writer) = tokio::io::split(shell);
    let sending = tokio::spawn(async move {
        writer.write_all(long.as_bytes()).await.unwrap();
        writer.write_all(b"done").await.unwrap();
        writer
    });
    let echoed = read_until(&mut reader, "done").await;
    assert_eq!(echoed.len(), 17 * 10_000 + 4);
    let mut shell = reader.unsplit(sending.await.unwrap());
    shell.write_all(b"exit\n").await.unwrap();
    assert_eq!(shell.read_to_end(&mut Vec::new()).await.unwrap(), 0);
    drop(shell);
    connection.close().await;
    server.ended(1).await;
}

#[tokio::test]
async fn a_subsystem_opens() {
    let server = Server::start(Behaviour::default()).await;
    let mut connection = connect(&Record::of(&[&server]).target(&server)).await.unwrap();
    let mut netconf = connection.subsystem("netconf").await.unwrap();
    netconf.write_all(b"<hello/>]]>]]>").await.unwrap();
    assert_eq!(read_until(&mut netconf, "]]>]]>").await, "<hello/>]]>]]>");
}

#[tokio::test]
async fn a_refused_subsystem_is_missing_and_the_connection_lives() {
    let server = Server::start(Behaviour { subsystems: vec![], ..Behaviour::default() }).await;
    let mut connection = connect(&Record::of(&[&server]).target(&server)).await.unwrap();
    let Err(failure) = connection.subsystem("netconf").await else { panic!("opened") };
    assert_failed(&failure, Stage::Subsystem, Kind::SubsystemMissing);
    assert!(failure.allows_another_way());
    let mut shell = connection.shell().await.unwrap();
    read_until(&mut shell, ">").await;
}

#[tokio::test]
async fn a_refused_terminal_is_told() {
    let server = Server::start(Behaviour { pty: false, ..Behaviour::default() }).await;
    let mut connection = connect(&Record::of(&[&server]).target(&server)).await.unwrap();
    let Err(failure) = connection.shell().await else { panic!("opened") };
    assert_failed(&failure, Stage::Shell, Kind::CommandRefused);
}

#[tokio::test]
async fn a_dropped_connection_ends_on_the_device() {
    let server = Server::start(Behaviour::default()).await;
    let record = Record::of(&[&server]);
    let mut connection = connect(&record.target(&server)).await.unwrap();
    let mut shell = connection.shell().await.unwrap();
    read_until(&mut shell, ">").await;
    drop(connection);
    server.ended(1).await;
    // The stream that is left over fails; it does not hang.
    tokio::time::timeout(Duration::from_secs(10), shell.read(&mut [0; 8])).await.unwrap().unwrap_err();
}

#[tokio::test]
async fn a_connection_that_is_given_up_half_way_ends_on_the_device() {
    let server = Server::start(Behaviour::default()).await;
    let record = Record::of(&[&server]);
    let (target, limits) = (record.target(&server), limits());
    let mut half = RusshEngine.connect(&target, &limits);
    while server.seen().peers.is_empty() {
        tokio::select! {
            biased;
            result = &mut half => panic!("finished: {}", result.is_ok()),
            () = tokio::task::yield_now() => {}
        }
    }
    drop(half);
    server.ended(1).await;
}

#[test]
fn a_stream_may_be_dropped_outside_of_a_runtime() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (connection, shell) = runtime.block_on(async {
        let server = Server::start(Behaviour::default()).await;
        let mut connection = connect(&Record::of(&[&server]).target(&server)).await.unwrap();
        let shell = connection.shell().await.unwrap();
        (connection, shell)
    });
    drop(runtime);
    drop(shell);
    drop(connection);
}

#[tokio::test]
async fn the_source_address_is_used() {
    let server = Server::start(Behaviour::default()).await;
    let record = Record::of(&[&server]);
    let source: IpAddr = "127.0.0.9".parse().unwrap();
    connect(&Target { source: Some(source), ..record.target(&server) }).await.unwrap();
    assert_eq!(server.seen().peers[0].ip(), source);

    let elsewhere = "192.0.2.77".parse().unwrap();
    let failure = refused(&Target { source: Some(elsewhere), ..record.target(&server) }).await;
    assert_failed(&failure, Stage::Connect, Kind::Unreachable);
    let failure = refused(&Target { source: Some("::1".parse().unwrap()), ..record.target(&server) }).await;
    assert_failed(&failure, Stage::Connect, Kind::Unreachable);
}

#[tokio::test]
async fn a_jump_host_leads_to_the_device() {
    let device = Server::start(Behaviour::default()).await;
    let host =
        Server::start(Behaviour { password: "other-secret", forwards: true, ..Behaviour::default() }).await;
    let record = Record::of(&[&device, &host]);
    let jump = Target { auth: Auth::password("other-secret".into()), ..record.target(&host) };
    let target = Target { jump: Some(Box::new(jump.clone())), ..record.target(&device) };
    let mut connection = connect(&target).await.unwrap();
    assert_eq!(host.seen().forwards, [("127.0.0.1".to_owned(), u32::from(device.address.port()))]);
    assert_eq!(connection.facts().peer, None);
    let mut shell = connection.shell().await.unwrap();
    assert_eq!(read_until(&mut shell, ">").await, "early\r\nedge-7>");
    drop(shell);
    connection.close().await;
    device.ended(1).await;
    host.ended(1).await;

    // A key that nobody trusts ends at the jump host, and no secret reaches it.
    let stranger = Record::of(&[&device]);
    let host_keys = stranger.keys(Policy::Strict);
    let jump = Target { host_keys, ..jump };
    let failure = refused(&Target { jump: Some(Box::new(jump)), ..target.clone() }).await;
    assert_failed(&failure, Stage::Jump, Kind::HostKeyUnknown);
    assert!(failure.text.contains(name(&host).as_str()), "{failure:?}");
    assert_eq!(host.seen().passwords.len(), 1);

    // The device's own key is checked behind the jump host, too.
    let target = Target { host_keys: Record::empty().keys(Policy::Strict), ..target };
    assert_failed(&refused(&target).await, Stage::HostKey, Kind::HostKeyUnknown);
    host.ended(3).await;
}

#[tokio::test]
async fn a_jump_host_that_does_not_forward_is_told() {
    let device = Server::start(Behaviour::default()).await;
    let closed = Server::start(Behaviour::default()).await;
    let open = Server::start(Behaviour { forwards: true, ..Behaviour::default() }).await;
    let record = Record::of(&[&device, &closed, &open]);
    let through =
        |host: &Server| Target { jump: Some(Box::new(record.target(host))), ..record.target(&device) };
    assert_failed(&refused(&through(&closed)).await, Stage::Jump, Kind::Refused);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    assert_failed(&refused(&Target { port, ..through(&open) }).await, Stage::Jump, Kind::Unreachable);
}

#[tokio::test]
async fn clones_of_limits_share_their_lanes() {
    let limits = Limits::default();
    let copy = limits.clone();
    let _place = limits.handshakes.try_acquire().unwrap();
    assert_eq!(copy.handshakes.available_permits(), 63);
}
