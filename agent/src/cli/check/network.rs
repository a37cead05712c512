//! What the configuration needs of the network around this host: routes, name servers, a source of time.
//!
//! Nothing is sent to find out but, where names are given, the question that a poll would ask the name server.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket};
use std::path::Path;
use std::time::Duration;

use tokio::net::lookup_host;
use tokio::task::JoinSet;

use super::{Finding, few};
use crate::config::Config;
use crate::inventory::{Address, Device};

/// A name server that takes longer makes every poll late.
const ANSWER: Duration = Duration::from_secs(5);
/// Names that are asked for at the same time.
const AT_ONCE: usize = 16;
/// Any port: nothing is sent to it.
const PORT: u16 = 9;

/// Everything that is dialled, by name or by address.
pub(super) struct Peers {
    names: BTreeSet<String>,
    /// With the address of this host that it is reached from.
    addresses: BTreeSet<(Option<IpAddr>, IpAddr)>,
}

impl Peers {
    pub(super) fn of(config: &Config, devices: &[Device]) -> Self {
        let mut peers = Self { names: BTreeSet::new(), addresses: BTreeSet::new() };
        for device in devices {
            // Behind a jump host, only that one is dialled from here.
            let address = device.jump.as_ref().map_or(&device.address, |jump| &jump.address);
            peers.add(address, device.source_address);
        }
        for (_, table) in config.sink_tables() {
            for url in [&table.url, &table.to].into_iter().flatten() {
                if let Some(address) = host(url.as_str()).and_then(|host| host.parse().ok()) {
                    peers.add(&address, None);
                }
            }
        }
        peers
    }

    fn add(&mut self, address: &Address, source: Option<IpAddr>) {
        match address {
            Address::Ip(ip) => drop(self.addresses.insert((source, *ip))),
            // A link has no route.
            Address::Zoned(..) => {}
            Address::Name(name) => drop(self.names.insert(name.clone())),
        }
    }

    /// What can be seen on this host alone.
    pub(super) fn local(&self) -> Vec<Finding> {
        let mut findings = vec![time_source(Path::new("/"))];
        findings.extend(self.name_server(Path::new("/etc/resolv.conf")));
        findings.extend(self.routes());
        findings
    }

    /// Whether a name server is set.
    fn name_server(&self, file: &Path) -> Option<Finding> {
        let first = self.names.first()?;
        let (subject, name) = ("name server", file.display().to_string());
        let names = format!("{} names have to be resolved, such as {first}", self.names.len());
        let text = std::fs::read_to_string(file).unwrap_or_default();
        let servers: Vec<_> =
            text.lines().filter_map(|line| line.trim().strip_prefix("nameserver")).map(str::trim).collect();
        Some(if servers.is_empty() {
            let remedy = "set one, have the names in /etc/hosts, or give addresses";
            Finding::doubtful(subject, name, format!("there is none; {names}"), remedy)
        } else {
            let text = format!("{names}, by {}", servers.join(", "));
            Finding::doubtful(subject, name, text, "give addresses where a poll must not depend on DNS")
        })
    }

    /// Whether the system knows a way to each network of the peers.
    fn routes(&self) -> Option<Finding> {
        let mut networks: BTreeMap<(Option<IpAddr>, IpAddr), IpAddr> = BTreeMap::new();
        for (source, peer) in &self.addresses {
            networks.entry((*source, network(*peer))).or_insert(*peer);
        }
        let without: Vec<String> = networks
            .iter()
            .filter_map(|((source, _), peer)| {
                let error = route(*source, *peer).err()?;
                let from = source.map(|source| format!(" from {source}")).unwrap_or_default();
                Some(format!("{peer}{from}: {error}"))
            })
            .collect();
        let (subject, name) = ("route", format!("{} networks", networks.len()));
        if networks.is_empty() {
            return None;
        }
        if without.is_empty() {
            return Some(Finding::good(subject, name, "this host has a route to each of them"));
        }
        let without: Vec<&str> = without.iter().map(String::as_str).collect();
        let remedy = "see this host's routes, and source_address where one is set";
        Some(Finding::bad(subject, name, format!("no way to {}", few(&without)), remedy))
    }

    /// Whether the names can be resolved, by asking.
    pub(super) async fn resolved(&self) -> Option<Finding> {
        let (mut lookups, mut names) = (JoinSet::new(), self.names.iter().cloned());
        let mut unknown = Vec::new();
        loop {
            while lookups.len() < AT_ONCE
                && let Some(name) = names.next()
            {
                lookups.spawn(async move {
                    let found = tokio::time::timeout(ANSWER, lookup_host((name.as_str(), PORT))).await;
                    let error = match found {
                        Ok(Ok(mut found)) => found.next().is_none().then(|| "no address".to_owned()),
                        Ok(Err(error)) => Some(error.to_string()),
                        Err(_) => Some(format!("no answer within {} s", ANSWER.as_secs())),
                    };
                    error.map(|error| format!("{name}: {error}"))
                });
            }
            match lookups.join_next().await {
                Some(found) => unknown.extend(found.ok().flatten()),
                None => break,
            }
        }
        unknown.sort();
        let (subject, name) = ("name server", format!("{} names", self.names.len()));
        let unknown: Vec<&str> = unknown.iter().map(String::as_str).collect();
        match (self.names.len(), unknown.as_slice()) {
            (0, _) => None,
            (_, []) => Some(Finding::good(subject, name, "each of them is resolved")),
            (_, unknown) => {
                let text = format!("{} are not resolved: {}", unknown.len(), few(unknown));
                Some(Finding::bad(subject, name, text, "see the name server, or give addresses"))
            }
        }
    }
}

/// `192.0.2.20` of `https://user@192.0.2.20:8443/records`, `2001:db8::1` of `udp://[2001:db8::1]:514`
fn host(url: &str) -> Option<&str> {
    let (scheme, rest) = url.split_once("://")?;
    if scheme == "unix" {
        return None;
    }
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = match host.strip_prefix('[') {
        Some(ip) => ip.split_once(']')?.0,
        None => host.rsplit_once(':').map_or(host, |(host, _)| host),
    };
    (!host.is_empty()).then_some(host)
}

/// Whom a route is looked up for once: the /24 or /64 of an address.
fn network(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(ip) => IpAddr::V4(Ipv4Addr::from_bits(ip.to_bits() & (u32::MAX << 8))),
        IpAddr::V6(ip) => IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() & (u128::MAX << 64))),
    }
}

/// Asks the system for a route; a datagram socket that is connected has sent nothing.
fn route(source: Option<IpAddr>, peer: IpAddr) -> io::Result<()> {
    let any = match peer {
        IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    };
    UdpSocket::bind((source.unwrap_or(any), 0))?.connect((peer, PORT))
}

/// Who keeps this host's clock right, as far as files tell; `root` is where they lie.
fn time_source(root: &Path) -> Finding {
    let there = |path: &str| root.join(path).exists();
    let (subject, name) = ("time source", "this host");
    if there("run/systemd/timesync/synchronized") {
        return Finding::good(subject, name, "systemd-timesyncd has set the clock");
    }
    let service = [
        ("run/chrony/chronyd.pid", "chronyc tracking"),
        ("run/chronyd.pid", "chronyc tracking"),
        ("run/ntpd.pid", "ntpq -p"),
        ("run/systemd/timesync", "timedatectl"),
    ];
    match service.into_iter().find(|(path, _)| there(path)) {
        Some((_, ask)) => {
            let text = "a time service runs; whether it has set the clock is not known";
            Finding::doubtful(subject, name, text, format!("ask it: {ask}"))
        }
        None => {
            let text = "no time service is known to run";
            Finding::doubtful(subject, name, text, "records carry this host's time: have internal NTP set it")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;

    fn peers(addresses: &[&str]) -> Peers {
        let mut peers = Peers { names: BTreeSet::new(), addresses: BTreeSet::new() };
        for address in addresses {
            peers.add(&address.parse().unwrap(), None);
        }
        peers
    }

    #[test]
    fn the_hosts_of_sinks_are_found() {
        for (url, named) in [
            ("https://192.0.2.20:8443/records", Some("192.0.2.20")),
            ("udp://[2001:db8::1]:514", Some("2001:db8::1")),
            ("tls://log.example", Some("log.example")),
            ("http://user@log.example:80?x", Some("log.example")),
            ("unix:///dev/log", None),
            ("nothing", None),
        ] {
            assert_eq!(host(url), named, "{url}");
        }
    }

    #[test]
    fn a_network_without_a_route_is_named() {
        assert_eq!(peers(&["127.0.0.1", "127.0.0.2"]).routes().unwrap().state, State::Good);
        let mut peers = peers(&["127.0.0.1"]);
        peers.addresses.insert((Some("192.0.2.1".parse().unwrap()), "127.0.1.1".parse().unwrap()));
        let finding = peers.routes().unwrap();
        assert_eq!(finding.state, State::Bad);
        assert!(finding.text.contains("127.0.1.1 from 192.0.2.1: "), "{}", finding.text);
        assert_eq!(finding.name, "2 networks");
    }

    #[test]
    fn names_need_a_name_server_and_addresses_do_not() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("resolv.conf");
        assert!(peers(&["127.0.0.1"]).name_server(&file).is_none());
        let named = peers(&["core-1.example", "core-2.example"]);
        assert!(named.name_server(&file).unwrap().text.contains("there is none; 2 names"));
        std::fs::write(&file, "search example\nnameserver 192.0.2.53\n").unwrap();
        assert!(named.name_server(&file).unwrap().text.contains("by 192.0.2.53"));
    }

    #[tokio::test]
    async fn names_are_resolved_by_asking() {
        assert!(peers(&["127.0.0.1"]).resolved().await.is_none());
        assert_eq!(peers(&["localhost"]).resolved().await.unwrap().state, State::Good);
    }

    #[test]
    fn the_source_of_time_is_told_by_its_files() {
        let root = tempfile::tempdir().unwrap();
        let make = |path: &str| {
            let path = root.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        };
        assert!(time_source(root.path()).text.contains("no time service"));
        make("run/chrony/chronyd.pid");
        assert_eq!(time_source(root.path()).remedy, "ask it: chronyc tracking");
        make("run/systemd/timesync/synchronized");
        assert_eq!(time_source(root.path()).state, State::Good);
    }
}
