//! The way through a jump host: logged in there, a TCP connection from there (`direct-tcpip`).

use russh::ChannelOpenFailure;

use super::super::limits::within;
use super::super::{Limits, Stream, Target};
use super::RusshConnection;
use super::channel::Link;
use crate::transport::{Failure, Kind, Stage};

/// A connection to `target` that starts at `host`. The host's session must live as long as the stream.
pub(super) async fn through(
    host: &Target,
    target: &Target,
    limits: &Limits,
) -> Result<(Box<dyn Stream>, Box<RusshConnection>), Failure> {
    let connection = RusshConnection::open(host, limits).await.map_err(|failure| Failure {
        stage: Stage::Jump,
        text: format!("jump host {host}: {}: {}", failure.stage, failure.text),
        ..failure
    })?;
    let origin = target.source.map_or_else(|| "0.0.0.0".to_owned(), |source| source.to_string());
    let opened = connection.handle.channel_open_direct_tcpip(
        target.address.to_string(),
        u32::from(target.port),
        origin,
        0,
    );
    match within(limits.jump, opened).await {
        Ok(Ok(channel)) => {
            let link = Link::new(channel, connection.shared(), Vec::new());
            Ok((Box::new(link), Box::new(connection)))
        }
        Ok(Err(error)) => Err(refused(host, target, &error, &connection)),
        Err(limit) => Err(Failure::new(
            Stage::Jump,
            Kind::Timeout,
            format!("jump host {host} did not reach {target} within {limit:?}"),
            "check that the device is up and that the jump host has a way to it",
        )),
    }
}

fn refused(host: &Target, target: &Target, error: &russh::Error, connection: &RusshConnection) -> Failure {
    let (kind, text, remedy) = match error {
        russh::Error::ChannelOpenFailure(ChannelOpenFailure::ConnectFailed) => (
            Kind::Unreachable,
            format!("jump host {host} cannot connect to {target}"),
            "check the address, the port and the way from the jump host to the device",
        ),
        russh::Error::ChannelOpenFailure(reason) => (
            Kind::Refused,
            format!("jump host {host} does not forward to {target}: {}", reason.description()),
            "allow TCP forwarding for this login on the jump host (AllowTcpForwarding, PermitOpen)",
        ),
        _ => (
            Kind::Closed,
            format!("the connection to jump host {host} {}", connection.shared().end_text()),
            "see the log of the jump host",
        ),
    };
    Failure::new(Stage::Jump, kind, text, remedy)
}
