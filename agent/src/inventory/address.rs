//! Where a device is reached.

use std::fmt::{self, Display};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::num::NonZeroU16;
use std::str::FromStr;

use crate::config::NotAValue;
use crate::config::value::as_text;

/// An address of a device: no DNS is needed unless it is a name.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Address {
    /// `192.0.2.1`, `2001:db8::1`.
    Ip(IpAddr),
    /// `fe80::1%eth0`: an IPv6 address with the interface it is valid on.
    Zoned(Ipv6Addr, String),
    /// `core-1.oslo.example`, as RFC 1123 allows; underscores too, since devices have them.
    Name(String),
}

impl FromStr for Address {
    type Err = NotAValue;

    fn from_str(text: &str) -> Result<Self, NotAValue> {
        let wrong =
            |why: &str| Err(NotAValue(format!("must be an IPv4 or IPv6 address or a host name; {why}")));
        if text.starts_with('[') {
            return wrong("write an IPv6 address without brackets, its port has a key of its own");
        }
        if let Some((ip, zone)) = text.split_once('%') {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-:@".contains(&byte);
            return match ip.parse::<Ipv6Addr>() {
                Ok(ip) if (1..=15).contains(&zone.len()) && zone.bytes().all(plain) => {
                    Ok(Self::Zoned(ip, zone.to_owned()))
                }
                _ => wrong("a zone stands after an IPv6 address, as in \"fe80::1%eth0\""),
            };
        }
        if let Ok(ip) = text.parse::<IpAddr>() {
            return Ok(Self::Ip(ip));
        }
        if text.contains(':') {
            return wrong("this has colons, but is no IPv6 address; a port has a key of its own");
        }
        host_name(text)
    }
}

/// A host name; what looks like a misspelt IPv4 address is not taken for one.
fn host_name(text: &str) -> Result<Address, NotAValue> {
    let name = text.strip_suffix('.').unwrap_or(text);
    let label = |label: &str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(plain)
    };
    let numeric = |label: &str| label.bytes().all(|byte| byte.is_ascii_digit());
    let why = if name.is_empty() {
        "it must not be empty"
    } else if name.len() > 253 {
        "a name has at most 253 characters"
    } else if name.rsplit('.').next().is_some_and(numeric) {
        "an IPv4 address is four numbers from 0 to 255 without leading zeros"
    } else if !name.split('.').all(label) {
        "a name is labels of letters, digits and hyphens with dots between them"
    } else {
        return Ok(Address::Name(name.to_owned()));
    };
    Err(NotAValue(format!("must be an IPv4 or IPv6 address or a host name; {why}")))
}

impl Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(ip) => ip.fmt(f),
            Self::Zoned(ip, zone) => f.pad(&format!("{ip}%{zone}")),
            Self::Name(name) => f.pad(name),
        }
    }
}

as_text!(Address, "Address", { "type": "string", "examples": ["192.0.2.1", "2001:db8::1", "fe80::1%eth0", "core-1.example"] });

/// A jump host: `[USER@]HOST[:PORT]`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Jump {
    /// Who logs in there, if not the user of its credential.
    pub user: Option<String>,
    /// Where it is.
    pub address: Address,
    /// Its SSH port.
    pub port: NonZeroU16,
}

impl FromStr for Jump {
    type Err = NotAValue;

    fn from_str(text: &str) -> Result<Self, NotAValue> {
        let wrong = |why: &str| NotAValue(format!("must be a jump host as [USER@]HOST[:PORT]: {why}"));
        let (user, host) = match text.rsplit_once('@') {
            Some((user, host)) => (Some(user), host),
            None => (None, text),
        };
        let plain =
            |user: &str| !user.is_empty() && !user.contains(|c: char| c.is_whitespace() || c.is_control());
        if !user.is_none_or(plain) {
            return Err(wrong("the user is empty or has spaces"));
        }
        if user.is_some_and(|user| user.contains(':')) {
            return Err(wrong("a password must never stand here; name a credential by jump_credential"));
        }
        let (host, port) = match host.strip_prefix('[').map(|host| host.split_once(']')) {
            Some(Some((host, ""))) => (host, None),
            Some(Some((host, port))) => (host, Some(port.strip_prefix(':').unwrap_or(port))),
            Some(None) => return Err(wrong("the bracket is not closed")),
            // More than one colon is an IPv6 address without a port.
            None => match host.split_once(':') {
                Some((host, port)) if !port.contains(':') => (host, Some(port)),
                _ => (host, None),
            },
        };
        let port = match port {
            Some(port) => port.parse().map_err(|_| wrong("the port is a number from 1 to 65535"))?,
            None => crate::config::SSH_PORT,
        };
        Ok(Self { user: user.map(str::to_owned), address: host.parse()?, port })
    }
}

impl Display for Jump {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(user) = &self.user {
            write!(f, "{user}@")?;
        }
        match &self.address {
            Address::Ip(IpAddr::V4(Ipv4Addr { .. })) | Address::Name(_) => write!(f, "{}", self.address)?,
            _ => write!(f, "[{}]", self.address)?,
        }
        write!(f, ":{}", self.port)
    }
}

as_text!(Jump, "Jump", { "type": "string", "examples": ["jump.example", "ops@192.0.2.9:2222", "ops@[2001:db8::9]:22"] });

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_names() {
        let zoned = Address::Zoned("fe80::1".parse().unwrap(), "eth0".into());
        assert_eq!("fe80::1%eth0".parse(), Ok(zoned));
        assert_eq!("192.0.2.7".parse(), Ok(Address::Ip("192.0.2.7".parse().unwrap())));
        assert_eq!("2001:db8::1".parse(), Ok(Address::Ip("2001:db8::1".parse().unwrap())));
        assert_eq!("core-1.example.".parse(), Ok(Address::Name("core-1.example".into())));
        assert_eq!("1core".parse(), Ok(Address::Name("1core".into())));
    }

    #[test]
    fn what_is_no_address() {
        let long = format!("{}.example", "a".repeat(64));
        for wrong in [
            "",
            ".",
            "10.0.0",
            "10.0.0.300",
            "010.0.0.1",
            "10.0.0.1:22",
            "[2001:db8::1]",
            "2001:db8::g",
            "-a",
            "a-.b",
            "a..b",
            "a b",
            "192.0.2.1%eth0",
            "fe80::1%",
            "fe80::1%a b",
            "höst",
            &long,
            "http://a",
        ] {
            assert!(wrong.parse::<Address>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn every_address_is_read_back() {
        for text in ["192.0.2.7", "2001:db8::1", "fe80::1%eth0", "core-1.example"] {
            assert_eq!(text.parse::<Address>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn jump_hosts() {
        for (text, shown) in [
            ("gate", "gate:22"),
            ("ops@gate:2222", "ops@gate:2222"),
            ("ops@[2001:db8::9]:2222", "ops@[2001:db8::9]:2222"),
            ("2001:db8::9", "[2001:db8::9]:22"),
            ("ops@DOMAIN@gate", "ops@DOMAIN@gate:22"),
        ] {
            let jump: Jump = text.parse().unwrap();
            assert_eq!(jump.to_string(), shown);
            assert_eq!(shown.parse(), Ok(jump));
        }
        for wrong in ["", "@gate", "gate:0", "gate:70000", "gate:x", "[2001:db8::9", "[gate]x", "ops @gate"] {
            assert!(wrong.parse::<Jump>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_password_in_a_jump_host_is_refused_and_not_repeated() {
        let error = "ops:hunter2@gate".parse::<Jump>().unwrap_err().to_string();
        assert!(error.contains("jump_credential") && !error.contains("hunter2"), "{error}");
    }
}
