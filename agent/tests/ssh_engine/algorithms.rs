use std::borrow::Cow;

use licwatch::transport::ssh::Target;
use licwatch::transport::{Kind, Stage};
use russh::keys::Algorithm;
use russh::{Preferred, cipher, kex, mac};

use crate::server::{Behaviour, Server, rsa_1024};
use crate::{Record, assert_failed, connect, refused};

/// What a router of 2010 offers.
pub(crate) fn old() -> Preferred {
    Preferred {
        kex: Cow::Borrowed(&[kex::DH_G1_SHA1]),
        key: Cow::Borrowed(&[Algorithm::Rsa { hash: None }]),
        cipher: Cow::Borrowed(&[cipher::AES_128_CBC, cipher::TRIPLE_DES_CBC]),
        mac: Cow::Borrowed(&[mac::HMAC_SHA1]),
        ..Preferred::default()
    }
}

#[tokio::test]
async fn old_algorithms_need_leave() {
    let server =
        Server::start(Behaviour { host_key: rsa_1024(), preferred: old(), ..Behaviour::default() }).await;
    let record = Record::of(&[&server]);
    let failure = refused(&record.target(&server)).await;
    assert_failed(&failure, Stage::Handshake, Kind::NoCommonAlgorithm);
    assert!(failure.text.contains("diffie-hellman-group1-sha1"), "{failure:?}");
    assert!(failure.remedy.contains("legacy_algorithms = true"), "{failure:?}");

    let target = Target { legacy_algorithms: true, ..record.target(&server) };
    let connection = connect(&target).await.unwrap();
    let facts = connection.facts();
    assert_eq!(facts.legacy(), ["diffie-hellman-group1-sha1", "ssh-rsa", "aes128-cbc", "hmac-sha1"]);
    assert!(facts.is_slow());
}

#[tokio::test]
async fn each_kind_of_old_algorithm_is_named() {
    let modern = Preferred::default();
    let cases = [
        (Preferred { cipher: old().cipher, ..modern.clone() }, "cipher", "3des-cbc"),
        (
            Preferred { mac: old().mac, cipher: Cow::Borrowed(&[cipher::AES_128_CTR]), ..modern.clone() },
            "MAC",
            "hmac-sha1",
        ),
        (Preferred { kex: Cow::Borrowed(&[kex::DH_G14_SHA1]), ..modern }, "key exchange", "group14-sha1"),
    ];
    for (preferred, kind, old) in cases {
        let server = Server::start(Behaviour { preferred, ..Behaviour::default() }).await;
        let record = Record::of(&[&server]);
        let failure = refused(&record.target(&server)).await;
        assert_failed(&failure, Stage::Handshake, Kind::NoCommonAlgorithm);
        assert!(failure.text.contains(kind) && failure.text.contains(old), "{failure:?}");
        let target = Target { legacy_algorithms: true, ..record.target(&server) };
        let connection = connect(&target).await.unwrap();
        assert!(connection.facts().legacy().iter().any(|name| name.contains(old) || kind == "cipher"));
    }
}

#[tokio::test]
async fn a_modern_device_uses_nothing_old_even_with_leave() {
    let server = Server::start(Behaviour::default()).await;
    let record = Record::of(&[&server]);
    let target = Target { legacy_algorithms: true, ..record.target(&server) };
    assert_eq!(connect(&target).await.unwrap().facts().legacy(), [""; 0]);
}
