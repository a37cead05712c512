//! What a connection learned about its device.

use std::fmt;
use std::net::SocketAddr;

use serde::Serialize;

use super::algorithms;

/// What was learned about a device and agreed with it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Facts {
    /// The address that answered; none behind a jump host.
    pub peer: Option<SocketAddr>,
    /// Its version line, such as `SSH-2.0-Cisco-1.25`.
    pub server_version: String,
    /// The text it showed before the login, on as many lines as it had.
    pub banner: Option<String>,
    /// The key exchange.
    pub key_exchange: String,
    /// The algorithm that the host key signs with.
    pub host_key_algorithm: String,
    /// The cipher, the same in both directions.
    pub cipher: String,
    /// The message authentication code; `implicit` where the cipher brings its own.
    pub mac: String,
    /// The fingerprint of the host key, such as `SHA256:xrSr7hGVf1trlNmcniT3BPIl262OouxFF7Rfem7oYNE`.
    pub host_key: String,
    /// Whether the host key was seen for the first time and put on record just now.
    pub host_key_recorded: bool,
    /// How the login was proved.
    pub login: Option<Login>,
}

impl Facts {
    /// The old algorithms among those in use. Each use is counted and shown.
    pub fn legacy(&self) -> Vec<&str> {
        [&self.key_exchange, &self.host_key_algorithm, &self.cipher, &self.mac]
            .into_iter()
            .map(String::as_str)
            .filter(|name| algorithms::is_legacy(name))
            .collect()
    }

    /// Whether the handshake was an expensive one, which belongs into the narrow lane next time.
    pub fn is_slow(&self) -> bool {
        self.key_exchange.starts_with("diffie-hellman-")
    }
}

/// How a login was proved.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Login {
    /// The device asked for nothing (AireOS asks in the shell).
    None,
    /// By password.
    Password,
    /// By public key.
    PublicKey,
    /// By answering prompts with the password.
    KeyboardInteractive,
}

impl fmt::Display for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::None => "none",
            Self::Password => "password",
            Self::PublicKey => "publickey",
            Self::KeyboardInteractive => "keyboard-interactive",
        })
    }
}
