//! How one entry is bound to the one before it.

use sha2::{Digest, Sha256};

use crate::hex;

/// What stands before the first entry.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The hash of an entry behind the one whose hash is `prev`.
pub fn seal(prev: &str, entry: &[u8]) -> String {
    hex::digits(&Sha256::new().chain_update(prev).chain_update(entry).finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `printf '%s%s' 0000…0000 '{}' | sha256sum`
    #[test]
    fn a_hash_is_what_sha256sum_says() {
        let hash = seal(GENESIS, b"{}");
        assert_eq!(hash, "5508d2b710e64bc470079e1b211d9c58e21011e59d0559e422345dc19d659a75");
    }
}
