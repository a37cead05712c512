//! How one device's session is to be held.

use secrecy::SecretString;

use super::limits::CliLimits;
use super::secrets::Redactor;

/// What a session needs to know about its device.
#[derive(Clone, Debug)]
pub struct CliOptions {
    /// Whether commands may be typed ahead where that is safe.
    pub pipeline: bool,
    /// The enable secret. It is used once, and only if the privilege is too low without it.
    pub enable: Option<SecretString>,
    /// User and password for shells that ask for them inside.
    pub login: Option<(String, SecretString)>,
    /// The privilege level that the commands need; 0 and 1 need none.
    pub required_privilege: u8,
    /// Limits.
    pub limits: CliLimits,
}

impl Default for CliOptions {
    fn default() -> Self {
        Self {
            pipeline: true,
            enable: None,
            login: None,
            required_privilege: 0,
            limits: CliLimits::default(),
        }
    }
}

impl CliOptions {
    pub(super) fn redactor(&self) -> Redactor {
        Redactor::new(self.enable.iter().chain(self.login.iter().map(|(_, password)| password)))
    }
}
