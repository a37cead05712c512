//! From an address to a TCP connection.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::net::{TcpSocket, TcpStream, lookup_host};
use tokio::time::Instant;

use super::super::{Failure, Kind, Stage};
use super::limits::within;
use super::{Limits, Target};
use crate::inventory::Address;

/// A name with more addresses than this is cut.
const MOST_ADDRESSES: usize = 16;

/// Connects to a target, from its source address, trying each of its addresses in turn.
pub(super) async fn dial(target: &Target, limits: &Limits) -> Result<TcpStream, Failure> {
    let addresses = addresses(target, limits.resolve).await?;
    let until = Instant::now() + limits.connect;
    let mut failed = None;
    for (index, &address) in addresses.iter().enumerate() {
        // An address that swallows packets leaves time for those after it.
        let left = until.saturating_duration_since(Instant::now());
        let share = left / u32::try_from(addresses.len() - index).unwrap_or(u32::MAX);
        match within(share, connect(address, target.source)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(failure)) => failed = Some(failure),
            Err(_) => {
                failed = Some(Failure::new(
                    Stage::Connect,
                    Kind::Timeout,
                    format!("no TCP connection to {address} within {:?}", limits.connect),
                    "check that the device is up and that no firewall drops the packets",
                ));
            }
        }
    }
    Err(failed.unwrap_or_else(|| no_address(target)))
}

async fn addresses(target: &Target, limit: Duration) -> Result<Vec<SocketAddr>, Failure> {
    let found: Vec<SocketAddr> = match &target.address {
        Address::Ip(address) => vec![SocketAddr::new(*address, target.port)],
        // The resolver turns the zone into its number; it asks nobody for an address.
        Address::Zoned(..) | Address::Name(_) => {
            let name = target.address.to_string();
            let found = within(limit, lookup_host((name.as_str(), target.port))).await;
            let found = found.map_err(|limit| {
                Failure::new(
                    Stage::Resolve,
                    Kind::Timeout,
                    format!("no address for {name} within {limit:?}"),
                    "check the name server, or give the device's IP address",
                )
            })?;
            match found {
                Ok(found) => found.take(MOST_ADDRESSES).collect(),
                Err(error) => {
                    return Err(Failure::new(
                        Stage::Resolve,
                        Kind::NameUnknown,
                        format!("there is no address for {name}: {error}"),
                        "check the spelling and the name server, or give the device's IP address",
                    ));
                }
            }
        }
    };
    let usable: Vec<SocketAddr> = found
        .iter()
        .filter(|address| target.source.is_none_or(|source| source.is_ipv4() == address.is_ipv4()))
        .copied()
        .collect();
    match (usable.is_empty(), found.first(), target.source) {
        (false, ..) => Ok(usable),
        (true, Some(found), Some(source)) => Err(Failure::new(
            Stage::Connect,
            Kind::Unreachable,
            format!(
                "{} cannot be reached from the source address {source}: one is IPv4, the other IPv6",
                found.ip()
            ),
            "configure a source address of the device's family",
        )),
        _ => Err(no_address(target)),
    }
}

async fn connect(address: SocketAddr, source: Option<IpAddr>) -> Result<TcpStream, Failure> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() };
    let socket = socket.map_err(|error| refused(address, &error))?;
    if let Some(source) = source {
        socket.bind(SocketAddr::new(source, 0)).map_err(|error| {
            Failure::new(
                Stage::Connect,
                Kind::Unreachable,
                format!("cannot connect from the source address {source}: {error}"),
                "configure an address that this machine has",
            )
        })?;
    }
    let stream = socket.connect(address).await.map_err(|error| refused(address, &error))?;
    stream.set_nodelay(true).map_err(|error| refused(address, &error))?;
    Ok(stream)
}

fn refused(address: SocketAddr, error: &io::Error) -> Failure {
    let (kind, text, remedy) = match error.kind() {
        ErrorKind::ConnectionRefused => {
            (Kind::Refused, "refused the connection", "check the port, and that SSH is enabled on the device")
        }
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe => {
            (Kind::Closed, "reset the connection", "check access lists on the device and on the way")
        }
        ErrorKind::TimedOut => (
            Kind::Timeout,
            "did not answer",
            "check that the device is up and that no firewall drops the packets",
        ),
        _ => (Kind::Unreachable, "cannot be reached", "check the address and the routes to it"),
    };
    Failure::new(Stage::Connect, kind, format!("{address} {text}: {error}"), remedy)
}

fn no_address(target: &Target) -> Failure {
    Failure::new(
        Stage::Resolve,
        Kind::NameUnknown,
        format!("there is no address for {}", target.address),
        "check the name server, or give the device's IP address",
    )
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::transport::ssh::{Auth, HostKeys, Policy};

    fn target(address: &str) -> Target {
        let host_keys = Arc::new(HostKeys::new("/none", Policy::Strict));
        Target::new(address.parse().unwrap(), "admin", Auth::default(), host_keys)
    }

    #[tokio::test]
    async fn a_zone_becomes_its_number_without_a_name_server() {
        let found = addresses(&target("fe80::1%lo"), Duration::from_secs(5)).await.unwrap();
        let [SocketAddr::V6(address)] = found[..] else { panic!("{found:?}") };
        assert_eq!(address.ip().to_string(), "fe80::1");
        assert_eq!(address.scope_id(), 1, "lo is the first interface everywhere");
        let failure = addresses(&target("fe80::1%nowhere0"), Duration::from_secs(5)).await.unwrap_err();
        assert_eq!((failure.stage, failure.kind), (Stage::Resolve, Kind::NameUnknown));
    }

    #[tokio::test]
    async fn an_address_needs_no_resolver() {
        let found = addresses(&target("2001:db8::1"), Duration::ZERO).await.unwrap();
        assert_eq!(found, ["[2001:db8::1]:22".parse().unwrap()]);
    }
}
