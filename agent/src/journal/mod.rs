//! The account of everything done: a chain in which no byte can be changed, dropped or moved unseen.
//!
//! # The chain
//!
//! Every entry is one line of JSON without its line end. Its hash is the SHA-256 of the hash before it, as 64
//! lower-case hexadecimal digits, followed by the bytes of the entry; before the first entry stand 64 zeros. So the
//! whole chain can be computed by `sha256sum` alone.
//!
//! ```text
//! hash(0) = 0000…0000
//! hash(n) = SHA-256( hash(n-1) as hexadecimal ‖ entry(n) )
//! ```
//!
//! An entry has `seq` (from 1, without a gap), `at`, `agent`, `actor`, `kind`, and what its kind tells.

//!
//! # The head
//!
//! The first entry (`journal_begun`) names a public key. Its secret half, which lies in the store's folder, signs where
//! the chain ends ([`Head`]). Drop manifests, receipts and reports carry heads away: who holds one can tell a journal
//! whose tail was cut off, or that was written anew, from the one that he knew. The same key signs drop manifests as a
//! whole ([`document`]).

mod chain;
pub mod document;
mod entry;
mod export;
mod head;
mod key;
mod verify;

pub use chain::{GENESIS, seal};
pub use entry::{Actor, Entry, Kind};
pub use export::{ExportError, Exporting, Place, Unreadable, verify_export};
pub(crate) use head::carried;
pub use head::{HEAD_FILE, HEAD_SCHEMA, Head, NotAHead};
pub use key::{JournalKey, KEY_FILE, KeyError, PublicKey};
pub use verify::{Anchor, Broken, Kept, Verified, Verifier};

#[cfg(test)]
mod tests;
