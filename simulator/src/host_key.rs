//! Host keys that a test knows beforehand: Ed25519, derived from a seed and the device's number.

use russh::keys::PrivateKey;
use russh::keys::ssh_key::private::Ed25519Keypair;
use sha2::{Digest, Sha256};

/// What a fleet's host keys are derived from. The same seed gives the same keys: these devices guard nothing.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Seed(pub u64);

impl Seed {
    /// The public host key of the device with this number, as OpenSSH prints it (`ssh-ed25519 AAAA…`).
    pub fn host_key(self, number: usize) -> String {
        openssh(&self.private_key(number, Role::Known))
    }

    pub(crate) fn private_key(self, number: usize, role: Role) -> PrivateKey {
        let mut digest = Sha256::new();
        digest.update(match role {
            Role::Known => b"licwatch simulator host key 1",
            Role::Changed => b"licwatch simulator host key 2",
        });
        digest.update(self.0.to_be_bytes());
        digest.update((number as u64).to_be_bytes());
        Ed25519Keypair::from_seed(&digest.finalize().into()).into()
    }
}

/// Which of a device's keys.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Role {
    /// The one that known_hosts names.
    Known,
    /// The one that a changed device shows.
    Changed,
}

/// A public key as OpenSSH prints it, without a comment.
pub(crate) fn openssh(key: &PrivateKey) -> String {
    key.public_key().to_openssh().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_known_beforehand_and_differ() {
        let key = Seed(7).host_key(3);
        assert!(key.starts_with("ssh-ed25519 AAAA"));
        assert_eq!(key, Seed(7).host_key(3));
        assert_ne!(key, Seed(7).host_key(4));
        assert_ne!(key, Seed(8).host_key(3));
        assert_ne!(key, openssh(&Seed(7).private_key(3, Role::Changed)));
    }
}
