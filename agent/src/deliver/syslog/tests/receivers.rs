use std::fs;
use std::net::Ipv4Addr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket, UnixDatagram};
use tokio_rustls::TlsAcceptor;

use super::*;

fn events(count: usize) -> Vec<String> {
    (0..count).map(|number| event(Kind::Version, &format!("Message {number}."), json!({}))).collect()
}

fn sink(to: &str) -> SyslogSink {
    SyslogSink::new(&settings(to, SyslogForm::Rfc5424), "host")
}

/// Takes the frames apart as RFC 6587 has it.
fn frames(mut bytes: &[u8]) -> Vec<String> {
    let mut frames = Vec::new();
    while !bytes.is_empty() {
        let space = bytes.iter().position(|byte| *byte == b' ').unwrap();
        let length: usize = std::str::from_utf8(&bytes[..space]).unwrap().parse().unwrap();
        frames.push(String::from_utf8(bytes[space + 1..space + 1 + length].to_vec()).unwrap());
        bytes = &bytes[space + 1 + length..];
    }
    frames
}

async fn read_all(mut stream: impl AsyncRead + Unpin) -> Vec<u8> {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    bytes
}

fn whole(frames: &[String], count: usize) {
    assert_eq!(frames.len(), count);
    for (number, frame) in frames.iter().enumerate() {
        assert!(
            frame.starts_with("<109>1 2026-") && frame.ends_with(&format!("] Message {number}.")),
            "{frame}"
        );
    }
}

#[tokio::test]
async fn tcp_carries_each_message_behind_its_length() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let to = format!("tcp://{}", listener.local_addr().unwrap());
    let receiver = tokio::spawn(async move { read_all(listener.accept().await.unwrap().0).await });
    let receipt = sink(&to).deliver(&batch(&events(1000))).await.unwrap();
    assert_eq!((receipt.note, receipt.refused), (to, vec![]));
    whole(&frames(&receiver.await.unwrap()), 1000);
}

#[tokio::test]
async fn a_receiver_that_ends_in_the_middle_gets_all_of_it_again() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let to = format!("tcp://{}", listener.local_addr().unwrap());
    let receiver = tokio::spawn(async move {
        // One reads a little and goes away, one goes away at once, one closes its sending side before the end.
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.read_exact(&mut [0; 100]).await.unwrap();
        drop(stream);
        drop(listener.accept().await.unwrap());
        read_all(listener.accept().await.unwrap().0).await
    });
    let (sink, batch) = (sink(&to), batch(&events(2000)));
    for _ in 0..2 {
        let reason = later(sink.deliver(&batch).await);
        assert!(
            reason.starts_with(&format!("syslog to {to}: ")) && reason.contains("sent again"),
            "{reason}"
        );
    }
    sink.deliver(&batch).await.unwrap();
    whole(&frames(&receiver.await.unwrap()), 2000);
}

#[tokio::test]
async fn a_small_batch_to_a_receiver_that_closes_unread_is_not_delivered() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let to = format!("tcp://{}", listener.local_addr().unwrap());
    // The bytes fit into the receiver's buffer, so that writing them never fails.
    let receiver = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        stream.readable().await.unwrap();
        drop(stream);
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.read_exact(&mut [0; 10]).await.unwrap();
        drop(stream);
        listener
    });
    for _ in 0..2 {
        let reason = later(sink(&to).deliver(&batch(&events(3))).await);
        assert!(reason.contains("the receiver"), "{reason}");
    }
    receiver.await.unwrap();
}

#[tokio::test]
async fn a_receiver_that_never_closes_is_believed() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let to = format!("tcp://{}", listener.local_addr().unwrap());
    let (sink, batch) = (sink(&to), batch(&events(3)));
    let (taken, stream) = tokio::join!(sink.deliver(&batch), async { listener.accept().await.unwrap().0 });
    taken.unwrap();
    whole(&frames(&read_all(stream).await), 3);
}

#[tokio::test]
async fn who_does_not_listen_is_told_with_a_remedy() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let reason = later(sink(&format!("tcp://{address}")).deliver(&batch(&events(1))).await);
    assert!(reason.contains("refused") && reason.contains("see that the receiver runs"), "{reason}");
    // A batch without an event needs no receiver.
    let receipt = sink(&format!("tcp://{address}")).deliver(&batch(&["{}".to_owned()])).await.unwrap();
    assert_eq!(receipt.refused.len(), 1);
}

#[tokio::test]
async fn udp_sends_a_datagram_for_each_message() {
    let receiver = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let to = format!("udp://{}", receiver.local_addr().unwrap());
    let mut texts = events(70);
    texts.push(event(Kind::Version, &"long ".repeat(1000), json!({})));
    sink(&to).deliver(&batch(&texts)).await.unwrap();
    let mut received = Vec::new();
    for _ in 0..71 {
        let mut buffer = [0; 4096];
        let (length, _) = receiver.recv_from(&mut buffer).await.unwrap();
        received.push(String::from_utf8(buffer[..length].to_vec()).unwrap());
    }
    let long = received.pop().unwrap();
    assert!(long.len() <= 1400 && long.contains("truncated=\"message\""), "{}", long.len());
    whole(&received, 70);
}

#[tokio::test]
async fn udp_to_a_host_that_says_that_nobody_listens_is_not_delivered() {
    let receiver = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let to = format!("udp://{}", receiver.local_addr().unwrap());
    drop(receiver);
    let reason = later(sink(&to).deliver(&batch(&events(1))).await);
    assert!(reason.contains("refused"), "{reason}");
}

#[tokio::test]
async fn a_socket_of_this_host_gets_datagrams() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let sink = sink(&format!("unix://{}", path.display()));
    let reason = later(sink.deliver(&batch(&events(1))).await);
    assert!(reason.contains("No such file") && reason.contains("see that the syslog service"), "{reason}");
    let receiver = UnixDatagram::bind(&path).unwrap();
    // More than the queue holds: the sender waits for the reader.
    let reading = tokio::spawn(async move {
        let mut received = Vec::new();
        while received.len() < 500 {
            let mut buffer = [0; 4096];
            let length = receiver.recv(&mut buffer).await.unwrap();
            received.push(String::from_utf8(buffer[..length].to_vec()).unwrap());
        }
        received
    });
    sink.deliver(&batch(&events(500))).await.unwrap();
    whole(&reading.await.unwrap(), 500);
    let reason = later(sink.deliver(&batch(&events(1))).await);
    assert!(reason.contains("refused"), "the service has ended: {reason}");
}

/// An authority that signs certificates.
fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A certificate and its key as PEM.
fn certificate(authority: &CertifiedIssuer<'_, KeyPair>, name: &str) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    (params.signed_by(&key, authority).unwrap().pem(), key.serialize_pem())
}

fn put(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    path
}

/// A receiver that accepts clients of one authority.
async fn tls_receiver(
    authority: &CertifiedIssuer<'_, KeyPair>,
    name: &str,
    connections: usize,
) -> (String, tokio::task::JoinHandle<Vec<Vec<u8>>>) {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(authority.der().clone()).unwrap();
    let clients = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
    let (pem, key) = certificate(authority, name);
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(clients.build().unwrap())
        .with_single_cert(
            vec![CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()],
            PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap(),
        )
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let to = format!("tls://{}", listener.local_addr().unwrap());
    let receiving = tokio::spawn(async move {
        let mut received = Vec::new();
        for _ in 0..connections {
            let stream: TcpStream = listener.accept().await.unwrap().0;
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut bytes = Vec::new();
            // A client that does not like our certificate ends with an alert.
            if stream.read_to_end(&mut bytes).await.is_ok() {
                received.push(bytes);
            }
        }
        received
    });
    (to, receiving)
}

#[tokio::test]
async fn tls_trusts_the_configured_authority_and_shows_who_we_are() {
    let folder = tempfile::tempdir().unwrap();
    let ours = authority();
    let (certificate, key) = certificate(&ours, "agent.example");
    let (to, receiving) = tls_receiver(&ours, "127.0.0.1", 1).await;
    let settings = SyslogSettings {
        ca_file: Some(put(folder.path(), "ca", &ours.pem())),
        certificate_file: Some(put(folder.path(), "certificate", &certificate)),
        key_file: Some(put(folder.path(), "key", &key)),
        ..settings(&to, SyslogForm::Rfc5424)
    };
    SyslogSink::new(&settings, "host").deliver(&batch(&events(200))).await.unwrap();
    let received = receiving.await.unwrap();
    whole(&frames(&received[0]), 200);
    // A key that others may read is not used, and nobody is called.
    fs::set_permissions(folder.path().join("key"), fs::Permissions::from_mode(0o640)).unwrap();
    let reason = later(SyslogSink::new(&settings, "host").deliver(&batch(&events(1))).await);
    assert!(reason.contains("chmod 600"), "{reason}");
    put(folder.path(), "key", "no key but s3cret");
    let reason = later(SyslogSink::new(&settings, "host").deliver(&batch(&events(1))).await);
    assert!(reason.contains("it is no private key") && !reason.contains("s3cret"), "{reason}");
}

#[tokio::test]
async fn tls_refuses_another_authority_another_name_and_no_client_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let (ours, other) = (authority(), authority());
    let (certificate, key) = certificate(&ours, "agent.example");
    let of = |to: &str, ca: &CertifiedIssuer<'_, KeyPair>| SyslogSettings {
        ca_file: Some(put(folder.path(), "ca", &ca.pem())),
        certificate_file: Some(put(folder.path(), "certificate", &certificate)),
        key_file: Some(put(folder.path(), "key", &key)),
        ..settings(to, SyslogForm::Rfc5424)
    };
    let batch = batch(&events(3));

    let (to, receiving) = tls_receiver(&ours, "127.0.0.1", 1).await;
    let reason = later(SyslogSink::new(&of(&to, &other), "host").deliver(&batch).await);
    assert!(reason.contains("see that ca_file has the authority"), "{reason}");
    assert_eq!(receiving.await.unwrap(), Vec::<Vec<u8>>::new());

    let (to, receiving) = tls_receiver(&ours, "log.example", 1).await;
    let reason = later(SyslogSink::new(&of(&to, &ours), "host").deliver(&batch).await);
    assert!(reason.contains("its certificate is for another name"), "{reason}");
    assert_eq!(receiving.await.unwrap(), Vec::<Vec<u8>>::new());

    let (to, receiving) = tls_receiver(&ours, "127.0.0.1", 1).await;
    let anonymous = SyslogSettings { certificate_file: None, key_file: None, ..of(&to, &ours) };
    let reason = later(SyslogSink::new(&anonymous, "host").deliver(&batch).await);
    assert!(reason.contains("certificate") || reason.contains("sent again"), "{reason}");
    assert_eq!(receiving.await.unwrap(), Vec::<Vec<u8>>::new());

    let none = SyslogSettings { ca_file: Some(folder.path().join("none")), ..of(&to, &ours) };
    let reason = later(SyslogSink::new(&none, "host").deliver(&batch).await);
    assert!(reason.contains("cannot be read"), "{reason}");
}
