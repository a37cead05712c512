//! Who to connect to, as whom, and over which way.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;
use std::sync::Arc;

use super::known_hosts::HostName;
use super::{Auth, HostKeys};

/// A device, or a jump host on the way to one.
#[derive(Clone, Debug)]
pub struct Target {
    /// Where it is.
    pub address: Address,
    /// Its SSH port.
    pub port: u16,
    /// Who logs in.
    pub user: String,
    /// How the login proves itself.
    pub auth: Auth,
    /// The local address to connect from.
    pub source: Option<IpAddr>,
    /// The host to go through, with its own login and its own host key.
    pub jump: Option<Box<Target>>,
    /// Whether old algorithms may be used.
    pub legacy_algorithms: bool,
    /// Whether the handshake goes through the narrow lane, because [`super::Facts::is_slow`] said so last time.
    /// Targets with old algorithms go there in any case.
    pub narrow_lane: bool,
    /// What its host key is checked against.
    pub host_keys: Arc<HostKeys>,
}

impl Target {
    /// A device on port 22, directly reached.
    pub fn new(address: Address, user: impl Into<String>, auth: Auth, host_keys: Arc<HostKeys>) -> Self {
        Self {
            address,
            port: 22,
            user: user.into(),
            auth,
            source: None,
            jump: None,
            legacy_algorithms: false,
            narrow_lane: false,
            host_keys,
        }
    }

    /// How `known_hosts` names it.
    pub fn host_name(&self) -> HostName {
        HostName::new(&self.address.to_string(), self.port)
    }
}

/// For messages: `core-1 port 22`.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} port {}", self.address, self.port)
    }
}

/// An address or a name. Addresses never need DNS.
///
/// ```
/// # use licwatch::transport::ssh::Address;
/// let address: Address = "fe80::1%eth0".parse()?;
/// assert_eq!(address.to_string(), "fe80::1%eth0");
/// assert!(matches!("192.0.2.1".parse()?, Address::Ip(_)));
/// assert!(matches!("core-1.example.net".parse()?, Address::Name(_)));
/// # Ok::<(), licwatch::transport::ssh::AddressError>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Address {
    /// An IPv4 or IPv6 address.
    Ip(IpAddr),
    /// An IPv6 address that means something in one zone only.
    Zoned {
        /// The address.
        address: Ipv6Addr,
        /// The zone: an interface's name or number.
        zone: String,
    },
    /// A name.
    Name(String),
}

/// The text is neither an address nor a name. (operator)
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("\"{0}\" is neither an IP address nor a host name")]
pub struct AddressError(String);

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let refused = || AddressError(text.to_owned());
        let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
        if let Ok(address) = bare.parse() {
            return Ok(Self::Ip(address));
        }
        if let Some((address, zone)) = bare.split_once('%') {
            let address = address.parse().map_err(|_| refused())?;
            let named = !zone.is_empty() && zone.chars().all(|c| c.is_ascii_graphic() && c != '/');
            return if named { Ok(Self::Zoned { address, zone: zone.to_owned() }) } else { Err(refused()) };
        }
        let allowed = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
        let name =
            !text.is_empty() && text.len() <= 253 && text.chars().all(allowed) && !text.starts_with('-');
        if name { Ok(Self::Name(text.to_owned())) } else { Err(refused()) }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(address) => write!(f, "{address}"),
            Self::Zoned { address, zone } => write!(f, "{address}%{zone}"),
            Self::Name(name) => f.write_str(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_people_write_them() {
        for text in ["192.0.2.1", "2001:db8::1", "fe80::1%eth0.100", "core-1", "core_1.example.net"] {
            assert_eq!(text.parse::<Address>().unwrap().to_string(), text);
        }
        assert_eq!("[2001:db8::1]".parse::<Address>().unwrap().to_string(), "2001:db8::1");
        assert_eq!("[fe80::1%3]".parse::<Address>().unwrap().to_string(), "fe80::1%3");
        for text in ["", "a b", "-oProxyCommand", "core-1%eth0", "fe80::1%", "fe80::1%a/b", "a;b", "a,b"] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }
}
