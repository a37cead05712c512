//! The two algorithm profiles. russh's own default is never used: it prefers a costly key exchange, asks for
//! 8192-bit groups, and offers SHA-1 signatures.
//!
//! Order decides, since the client's first common name wins. What costs least CPU on our side comes first among
//! what is safe; classic Diffie-Hellman (20 to 140 ms a login) comes late, and the group exchange last, because the
//! device chooses its group.

use std::borrow::Cow;

use russh::client::GexParams;
use russh::keys::{Algorithm, EcdsaCurve, HashAlg};
use russh::{Preferred, cipher, compression, kex, mac};

use super::known_hosts::same_type;

const EXTENSIONS: [kex::Name; 2] =
    [kex::EXTENSION_SUPPORT_AS_CLIENT, kex::EXTENSION_OPENSSH_STRICT_KEX_AS_CLIENT];

const KEX: [kex::Name; 7] = [
    kex::CURVE25519,
    kex::CURVE25519_PRE_RFC_8731,
    kex::ECDH_SHA2_NISTP256,
    kex::ECDH_SHA2_NISTP384,
    kex::ECDH_SHA2_NISTP521,
    kex::DH_G14_SHA256,
    kex::DH_G16_SHA512,
];
const LEGACY_KEX: [kex::Name; 2] = [kex::DH_G14_SHA1, kex::DH_G1_SHA1];
const GEX: [kex::Name; 1] = [kex::DH_GEX_SHA256];
const LEGACY_GEX: [kex::Name; 1] = [kex::DH_GEX_SHA1];

const HOST_KEY: [Algorithm; 6] = [
    Algorithm::Ed25519,
    Algorithm::Ecdsa { curve: EcdsaCurve::NistP256 },
    Algorithm::Ecdsa { curve: EcdsaCurve::NistP384 },
    Algorithm::Ecdsa { curve: EcdsaCurve::NistP521 },
    Algorithm::Rsa { hash: Some(HashAlg::Sha512) },
    Algorithm::Rsa { hash: Some(HashAlg::Sha256) },
];
const LEGACY_HOST_KEY: [Algorithm; 1] = [Algorithm::Rsa { hash: None }];

const CIPHER: [cipher::Name; 6] = [
    cipher::AES_256_GCM,
    cipher::AES_128_GCM,
    cipher::CHACHA20_POLY1305,
    cipher::AES_256_CTR,
    cipher::AES_192_CTR,
    cipher::AES_128_CTR,
];
const LEGACY_CIPHER: [cipher::Name; 4] =
    [cipher::AES_256_CBC, cipher::AES_192_CBC, cipher::AES_128_CBC, cipher::TRIPLE_DES_CBC];

const MAC: [mac::Name; 4] = [mac::HMAC_SHA256_ETM, mac::HMAC_SHA512_ETM, mac::HMAC_SHA256, mac::HMAC_SHA512];
const LEGACY_MAC: [mac::Name; 2] = [mac::HMAC_SHA1_ETM, mac::HMAC_SHA1];

const COMPRESSION: [compression::Name; 1] = [compression::NONE];

/// What is offered to a device. The types of its keys on record come first among the host key algorithms, so that
/// a device with several keys shows one that can be checked.
pub(super) fn preferred(legacy: bool, on_record: &[Algorithm]) -> Preferred {
    Preferred {
        kex: [&KEX[..], old(legacy, &LEGACY_KEX), &GEX, old(legacy, &LEGACY_GEX), &EXTENSIONS]
            .concat()
            .into(),
        key: host_keys(legacy, on_record).into(),
        host_key_certificates: Cow::Borrowed(&[]),
        cipher: [&CIPHER[..], old(legacy, &LEGACY_CIPHER)].concat().into(),
        mac: [&MAC[..], old(legacy, &LEGACY_MAC)].concat().into(),
        compression: Cow::Borrowed(&COMPRESSION),
    }
}

/// The smallest group that is still taken, and no larger one than needed.
pub(super) fn group_exchange() -> Result<GexParams, russh::Error> {
    GexParams::new(2048, 2048, 4096)
}

/// Whether a name stands only in the legacy profile.
pub(super) fn is_legacy(name: &str) -> bool {
    LEGACY_KEX.iter().chain(&LEGACY_GEX).any(|old| old.as_ref() == name)
        || LEGACY_HOST_KEY.iter().any(|old| old.as_str() == name)
        || LEGACY_CIPHER.iter().any(|old| old.as_ref() == name)
        || LEGACY_MAC.iter().any(|old| old.as_ref() == name)
}

/// What the legacy profile has more.
fn old<T>(legacy: bool, names: &[T]) -> &[T] {
    if legacy { names } else { &[] }
}

fn host_keys(legacy: bool, on_record: &[Algorithm]) -> Vec<Algorithm> {
    let (mut first, rest): (Vec<Algorithm>, Vec<Algorithm>) = HOST_KEY
        .iter()
        .chain(old(legacy, &LEGACY_HOST_KEY))
        .cloned()
        .partition(|algorithm| on_record.iter().any(|known| same_type(known, algorithm)));
    first.extend(rest);
    first
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_modern_profile_holds_nothing_old() {
        let offer = preferred(false, &[]);
        let names = offer.kex.iter().map(AsRef::as_ref).chain(offer.cipher.iter().map(AsRef::as_ref));
        for name in names.chain(offer.mac.iter().map(AsRef::as_ref)) {
            assert!(!is_legacy(name) && !name.contains("sha1") && !name.contains("cbc"), "{name}");
        }
        assert!(!offer.key.contains(&Algorithm::Rsa { hash: None }));
        assert_eq!(offer.compression.iter().map(AsRef::as_ref).collect::<Vec<&str>>(), ["none"]);
    }

    #[test]
    fn old_names_follow_new_ones_and_the_group_exchange_is_last() {
        let offer = preferred(true, &[]);
        let kex: Vec<&str> = offer.kex.iter().map(AsRef::as_ref).collect();
        let exchanges: Vec<&&str> =
            kex.iter().filter(|name| !name.contains("ext-") && !name.contains("strict")).collect();
        assert_eq!(**exchanges.first().unwrap(), "curve25519-sha256");
        assert_eq!(**exchanges.last().unwrap(), "diffie-hellman-group-exchange-sha1");
        for lists in [
            offer.cipher.iter().map(AsRef::as_ref).collect::<Vec<&str>>(),
            offer.mac.iter().map(AsRef::as_ref).collect(),
            offer.key.iter().map(Algorithm::as_str).collect(),
        ] {
            assert!(lists.is_sorted_by_key(|name| is_legacy(name)), "{lists:?}");
            assert!(is_legacy(lists.last().unwrap()));
        }
    }

    #[test]
    fn key_types_on_record_are_asked_for_first() {
        let known = [Algorithm::Rsa { hash: None }];
        let offer = preferred(false, &known);
        assert!(matches!(offer.key.first(), Some(Algorithm::Rsa { hash: Some(_) })));
        assert_eq!(offer.key.len(), HOST_KEY.len());
    }
}
