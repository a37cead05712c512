//! Who may log in. Random unless given, so that nothing can come to rely on a password in the source.

use std::fmt;
use std::hash::{BuildHasher, Hasher, RandomState};

/// A user, a password, and the enable secret.
#[derive(Clone, Eq, PartialEq)]
pub struct Credentials {
    user: String,
    password: String,
    enable_secret: String,
}

impl Credentials {
    /// These credentials; the enable secret is the password until [`Self::with_enable_secret`] says otherwise.
    pub fn new(user: impl Into<String>, password: impl Into<String>) -> Self {
        let password = password.into();
        Self { user: user.into(), enable_secret: password.clone(), password }
    }

    /// The user `licwatch` with a random password and another random enable secret.
    pub fn random() -> Self {
        Self::new("licwatch", random_word()).with_enable_secret(random_word())
    }

    /// The same with this enable secret.
    #[must_use]
    pub fn with_enable_secret(self, enable_secret: impl Into<String>) -> Self {
        Self { enable_secret: enable_secret.into(), ..self }
    }

    /// The user name.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// The password.
    pub fn password(&self) -> &str {
        &self.password
    }

    /// The enable secret.
    pub fn enable_secret(&self) -> &str {
        &self.enable_secret
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("user", &self.user).finish_non_exhaustive()
    }
}

/// 128 bits from the keys of the standard library's hasher, which the operating system's randomness seeds.
fn random_word() -> String {
    let bits = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", bits(), bits())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_credentials_differ_and_hide() {
        let (one, other) = (Credentials::random(), Credentials::random());
        assert_ne!(one.password(), other.password());
        assert_ne!(one.password(), one.enable_secret());
        let shown = format!("{one:?}");
        assert!(shown.contains("licwatch") && !shown.contains(one.password()));
    }
}
