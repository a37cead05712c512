//! What the operator decides of a syslog receiver.

use std::fmt::{self, Display};
use std::net::{IpAddr, Ipv6Addr};
use std::path::PathBuf;

use crate::config::SyslogForm;

/// What the operator decides of a syslog receiver. Nothing in it is secret.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SyslogSettings {
    /// Where messages go.
    pub target: Target,
    /// Their form.
    pub form: SyslogForm,
    /// Their facility, 0 to 23.
    pub facility: u8,
    /// tls: the PEM file of the only authorities that are trusted.
    pub ca_file: Option<PathBuf>,
    /// tls: the PEM file of the client certificate.
    pub certificate_file: Option<PathBuf>,
    /// tls: the PEM file of its key.
    pub key_file: Option<PathBuf>,
}

/// Where messages go.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Target {
    /// `udp://HOST[:PORT]`, RFC 5426.
    Udp(Peer),
    /// `tcp://HOST:PORT`, octet counting of RFC 6587.
    Tcp(Peer),
    /// `tls://HOST[:PORT]`, RFC 5425.
    Tls(Peer),
    /// `unix:///PATH`, a datagram socket of this host such as `/dev/log`.
    Unix(PathBuf),
}

/// A host and a port. The host is an address, or a name that is looked up for each connection.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Peer {
    /// An IPv4 or IPv6 address (without brackets), or a name.
    pub host: String,
    /// The port.
    pub port: u16,
}

impl Target {
    /// Reads a target. The error is the rest of a sentence that begins with the name of the key.
    pub fn read(text: &str) -> Result<Self, String> {
        let wrong = |what: &str| {
            format!(
                "must be such as \"udp://192.0.2.30:514\", \"tcp://192.0.2.30:601\", \"tls://log.example:6514\" or \"unix:///dev/log\"{what}"
            )
        };
        let (scheme, rest) = text.split_once("://").ok_or_else(|| wrong(""))?;
        let peer = |usual| Peer::read(rest, usual).map_err(|what| wrong(&what));
        match scheme {
            "udp" => peer(Some(514)).map(Self::Udp),
            // RFC 6587 names no port, and receivers differ.
            "tcp" => peer(None).map(Self::Tcp),
            "tls" => peer(Some(6514)).map(Self::Tls),
            "unix" if rest.starts_with('/') && rest.len() > 1 => Ok(Self::Unix(rest.into())),
            "unix" => Err(wrong(": a socket needs an absolute path")),
            _ => Err(wrong("")),
        }
    }
}

impl Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Udp(peer) => write!(f, "udp://{peer}"),
            Self::Tcp(peer) => write!(f, "tcp://{peer}"),
            Self::Tls(peer) => write!(f, "tls://{peer}"),
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
        }
    }
}

impl Peer {
    fn read(text: &str, usual: Option<u16>) -> Result<Self, String> {
        let (host, port) = match text.strip_prefix('[') {
            Some(rest) => {
                let (host, port) = rest.split_once(']').ok_or(": \"[\" without \"]\"")?;
                host.parse::<Ipv6Addr>().map_err(|_| ": what stands in \"[…]\" is no IPv6 address")?;
                (host, port)
            }
            None => match text.find(':') {
                Some(at) => text.split_at_checked(at).unwrap_or((text, "")),
                None => (text, ""),
            },
        };
        let port = match (port.strip_prefix(':'), usual) {
            (Some(port), _) => match port.parse() {
                Ok(port) if port != 0 => port,
                _ if host.is_empty() || port.contains(':') => {
                    return Err(": an IPv6 address stands in \"[…]\"".to_owned());
                }
                _ => return Err(": a port is 1 to 65535".to_owned()),
            },
            (None, _) if !port.is_empty() => return Err(String::new()),
            (None, Some(usual)) => usual,
            (None, None) => return Err(": tcp has no usual port, name one".to_owned()),
        };
        let is_name = |host: &str| {
            let plain = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
            !host.is_empty() && host.len() <= 253 && host.chars().all(plain) && !host.starts_with(['-', '.'])
        };
        if host.parse::<IpAddr>().is_err() && !is_name(host) {
            return Err(": the host is neither an address nor a name".to_owned());
        }
        Ok(Self { host: host.to_owned(), port })
    }

    /// The address, if the host is one: then nothing is looked up.
    pub fn address(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }
}

impl Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_read_and_written() {
        for (text, shown) in [
            ("udp://192.0.2.30", "udp://192.0.2.30:514"),
            ("udp://[2001:db8::1]:5514", "udp://[2001:db8::1]:5514"),
            ("tcp://log.example:601", "tcp://log.example:601"),
            ("tls://log.example", "tls://log.example:6514"),
            ("tls://[::1]", "tls://[::1]:6514"),
            ("unix:///dev/log", "unix:///dev/log"),
        ] {
            let target = Target::read(text).unwrap();
            assert_eq!(target.to_string(), shown);
            assert_eq!(Target::read(shown).unwrap(), target);
        }
    }

    #[test]
    fn what_is_no_target_is_told_why() {
        for (text, said) in [
            ("192.0.2.30:514", "must be such as"),
            ("http://a", "must be such as"),
            ("tcp://192.0.2.30", "tcp has no usual port"),
            ("udp://192.0.2.30:0", "a port is 1 to 65535"),
            ("udp://192.0.2.30:70000", "a port is 1 to 65535"),
            ("udp://2001:db8::1", "an IPv6 address stands in \"[…]\""),
            ("udp://::1", "an IPv6 address stands in \"[…]\""),
            ("udp://[::1", "\"[\" without \"]\""),
            ("udp://[a]", "is no IPv6 address"),
            ("udp://", "the host is neither"),
            ("udp://me@host", "the host is neither"),
            ("udp://[::1]x", "must be such as"),
            ("unix://dev/log", "needs an absolute path"),
            ("unix:///", "needs an absolute path"),
        ] {
            let error = Target::read(text).unwrap_err();
            assert!(error.contains(said), "{text}: {error}");
        }
    }
}
