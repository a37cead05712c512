//! The SSH server of one device.

mod handler;
mod line;
mod wire;

use std::borrow::Cow;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::time::Duration;

use russh::keys::{Algorithm, PrivateKey};
use russh::server::{Config, run_stream};
use russh::{MethodKind, MethodSet, Preferred, SshId, cipher, compression, kex, mac};
use tokio::io::{AsyncWriteExt, Interest};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};

use crate::fault::Stage;
use crate::live::Served;
use crate::manners::LoginMethod;
use handler::DeviceHandler;
use line::{Cut, Line};
pub(crate) use wire::{HungUp, Wire};

/// What can be reached through a listener.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Services {
    /// The shell alone.
    Shell,
    /// NETCONF alone.
    Netconf,
    /// Both.
    Both,
}

/// The configuration of a device's server.
pub(crate) fn config(served: &Served, key: PrivateKey) -> Config {
    let manners = &served.device.manners;
    let methods: Vec<MethodKind> = manners
        .login
        .iter()
        .map(|method| match method {
            LoginMethod::Password => MethodKind::Password,
            LoginMethod::KeyboardInteractive => MethodKind::KeyboardInteractive,
            LoginMethod::PublicKey => MethodKind::PublicKey,
        })
        .collect();
    Config {
        server_id: SshId::Standard(Cow::Borrowed(VERSION)),
        methods: MethodSet::from(methods.as_slice()),
        auth_rejection_time: Duration::ZERO,
        auth_rejection_time_initial: Some(Duration::ZERO),
        keys: vec![key],
        preferred: if manners.old_algorithms { OLD } else { MODERN },
        max_auth_attempts: 3,
        inactivity_timeout: Some(served.limits.connection),
        nodelay: true,
        ..Config::default()
    }
}

/// Accepts connections until the fleet stops.
pub(crate) fn serve(served: Arc<Served>, config: Arc<Config>, listener: TcpListener, services: Services) {
    let tasks = served.tasks.clone();
    tasks.spawn(async move {
        let stop = served.stop.clone();
        let accept = async {
            loop {
                match listener.accept().await {
                    Ok((stream, _)) => {
                        let connection =
                            connection(Arc::clone(&served), Arc::clone(&config), stream, services);
                        served.tasks.spawn(connection);
                    }
                    Err(error) => {
                        // The process is short of something, open files most likely: connections that end free it.
                        tracing::warn!(%error, "A simulated device cannot accept a connection.");
                        sleep(Duration::from_millis(20)).await;
                    }
                }
            }
        };
        stop.run_until_cancelled(accept).await;
    });
}

/// One connection from its first byte to its last.
async fn connection(served: Arc<Served>, config: Arc<Config>, stream: TcpStream, services: Services) {
    served.count(|tally| tally.connected());
    let cut = Cut::default();
    let faults = &served.device.faults;
    // While these hold the connection nobody reads from it, and nobody would see that the peer has gone.
    let holds = faults.slow_accept().or(faults.slow_login()).is_some() || faults.silent_at(Stage::Login);
    let second = if holds { second_handle(&stream) } else { None };
    let life = async {
        if let Some(wait) = served.device.faults.slow_accept() {
            sleep(wait).await;
        }
        if served.device.faults.silent_at(Stage::Banner) {
            return silence(stream, "").await;
        }
        if served.device.faults.silent_at(Stage::KeyExchange) {
            return silence(stream, &format!("{VERSION}\r\n")).await;
        }
        let handler = DeviceHandler::new(Arc::clone(&served), cut.clone(), services);
        let line = Line::new(stream, cut.clone());
        match run_stream(config, line, handler).await {
            Ok(session) => {
                if let Err(error) = session.await {
                    tracing::debug!(%error, "A connection to a simulated device ended.");
                }
            }
            Err(error) => tracing::debug!(%error, "A connection to a simulated device did not begin."),
        }
    };
    let life = async {
        tokio::select! {
            () = life => {}
            () = gone(second) => {}
        }
    };
    let _ = served.stop.run_until_cancelled(timeout(served.limits.connection, life)).await;
    // What runs for this connection elsewhere (the SSH session, its shells) ends by the cut.
    cut.sever();
    served.count(|tally| tally.disconnected());
}

/// Takes what comes and says nothing more, until the peer closes or resets.
async fn silence(mut stream: TcpStream, greeting: &str) {
    if stream.write_all(greeting.as_bytes()).await.is_ok() {
        let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
    }
}

/// Another handle on a connection.
fn second_handle(stream: &TcpStream) -> Option<TcpStream> {
    let second = stream.as_fd().try_clone_to_owned().ok()?;
    TcpStream::from_std(second.into()).ok()
}

/// Waits until the peer has closed or reset its side, without reading anything.
async fn gone(stream: Option<TcpStream>) {
    let Some(stream) = stream else { return std::future::pending().await };
    loop {
        match stream.ready(Interest::READABLE).await {
            Ok(ready) if !ready.is_read_closed() => sleep(Duration::from_millis(10)).await,
            _ => return,
        }
    }
}

/// What IOS XE calls itself.
const VERSION: &str = "SSH-2.0-Cisco-1.25";

const MODERN: Preferred = Preferred {
    kex: Cow::Borrowed(&[
        kex::CURVE25519,
        kex::CURVE25519_PRE_RFC_8731,
        kex::ECDH_SHA2_NISTP256,
        kex::ECDH_SHA2_NISTP384,
        kex::ECDH_SHA2_NISTP521,
        kex::DH_G14_SHA256,
        kex::EXTENSION_SUPPORT_AS_SERVER,
        kex::EXTENSION_OPENSSH_STRICT_KEX_AS_SERVER,
    ]),
    key: Cow::Borrowed(&[Algorithm::Ed25519]),
    host_key_certificates: Cow::Borrowed(&[]),
    cipher: Cow::Borrowed(&[
        cipher::AES_256_GCM,
        cipher::AES_128_GCM,
        cipher::CHACHA20_POLY1305,
        cipher::AES_256_CTR,
        cipher::AES_192_CTR,
        cipher::AES_128_CTR,
    ]),
    mac: Cow::Borrowed(&[mac::HMAC_SHA256_ETM, mac::HMAC_SHA512_ETM, mac::HMAC_SHA256, mac::HMAC_SHA512]),
    compression: Cow::Borrowed(&[compression::NONE]),
};

/// What devices of before about 2016 offer. Only the host key is a modern one.
const OLD: Preferred = Preferred {
    kex: Cow::Borrowed(&[kex::DH_G14_SHA1, kex::DH_G1_SHA1]),
    cipher: Cow::Borrowed(&[cipher::AES_128_CBC, cipher::TRIPLE_DES_CBC]),
    mac: Cow::Borrowed(&[mac::HMAC_SHA1]),
    ..MODERN
};
