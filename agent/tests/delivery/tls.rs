//! Who is trusted, and who trusts us.

use std::path::Path;
use std::time::Duration;

use licwatch::config::HttpSettings;
use licwatch_simulator::collector::{Collector, Tls};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};

use super::collector::{private, settings, with};
use super::site::{Site, pace};

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority(name: &str) -> Authority {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A certificate for a name or address and its key, in PEM.
fn certificate(authority: &Authority, name: &str, until: i32) -> (String, String) {
    let mut params = CertificateParams::new([name.to_owned()]).unwrap();
    params.not_before = date_time_ymd(2000, 1, 1);
    params.not_after = date_time_ymd(until, 1, 1);
    let key = KeyPair::generate().unwrap();
    (params.signed_by(&key, authority).unwrap().pem(), key.serialize_pem())
}

async fn collector(shown: (String, String), clients: Option<&Authority>) -> Collector {
    let (certificate, key) = shown;
    let tls = Tls { certificate, key, client_authority: clients.map(|authority| authority.pem()) };
    Collector::builder().tls(tls).start().await.unwrap()
}

/// Delivers one line; the problem, or none if it was taken.
async fn deliver(settings: HttpSettings) -> Option<String> {
    let mut site = Site::new();
    site.configure(&["a"]).await;
    site.collect(1).await;
    site.run(vec![with(settings, "a", pace())]);
    let state = site.until("a", |state| state.waiting == 0 || state.problem.is_some()).await;
    site.stop().await;
    assert_eq!((state.waiting + state.delivered, state.refused), (1, 0));
    state.problem
}

fn trusting(collector: &Collector, folder: &Path, authority: &Authority) -> HttpSettings {
    let ca_file = Some(private(folder, "ca.pem", &authority.pem()));
    HttpSettings { ca_file, timeout: Duration::from_secs(10), ..settings(collector) }
}

#[tokio::test]
async fn only_the_authority_that_is_named_is_trusted() {
    let folder = tempfile::tempdir().unwrap();
    let (ours, other, renewed) = (authority("ours"), authority("other"), authority("ours"));
    let good = collector(certificate(&ours, "127.0.0.1", 2090), None).await;
    assert_eq!(deliver(trusting(&good, folder.path(), &ours)).await, None);
    assert_eq!(good.book().lines().len(), 1);
    for (shown, said) in [
        (certificate(&other, "127.0.0.1", 2090), "of no authority in ca_file"),
        (certificate(&renewed, "127.0.0.1", 2090), "that ca_file has the authority that it uses now"),
        (certificate(&ours, "127.0.0.1", 2001), "has expired"),
        (certificate(&ours, "collector.example", 2090), "for another name"),
    ] {
        let collector = collector(shown, None).await;
        let problem = deliver(trusting(&collector, folder.path(), &ours)).await.unwrap();
        assert!(problem.contains(said), "{problem}");
        assert_eq!(collector.book().requests(), 0);
    }
    let problem = deliver(HttpSettings { ca_file: None, ..settings(&good) }).await.unwrap();
    assert!(problem.contains("https needs ca_file"), "{problem}");
}

#[tokio::test]
async fn a_client_certificate_opens_the_door() {
    let folder = tempfile::tempdir().unwrap();
    let (ours, other) = (authority("ours"), authority("other"));
    let door = collector(certificate(&ours, "127.0.0.1", 2090), Some(&ours)).await;
    let shut = trusting(&door, folder.path(), &ours);
    let problem = deliver(shut.clone()).await.unwrap();
    assert!(problem.contains("wants a client certificate"), "{problem}");
    let with_client = |authority: &Authority| {
        let (certificate, key) = certificate(authority, "agent.example", 2090);
        HttpSettings {
            certificate_file: Some(private(folder.path(), "client.pem", &certificate)),
            key_file: Some(private(folder.path(), "client.key", &key)),
            ..shut.clone()
        }
    };
    let problem = deliver(with_client(&other)).await.unwrap();
    assert!(problem.contains("does not take our client certificate"), "{problem}");
    assert_eq!(deliver(with_client(&ours)).await, None);
    let book = door.book();
    assert!(book.deliveries().len() == 1 && book.deliveries()[0].has_certificate);
    // A key that is not the certificate's, and one that others may read.
    let mut settings = with_client(&ours);
    private(folder.path(), "client.key", &KeyPair::generate().unwrap().serialize_pem());
    assert!(deliver(settings.clone()).await.unwrap().contains("is not the key of"));
    settings.key_file = Some(folder.path().join("none"));
    assert!(deliver(settings).await.unwrap().contains("there is no such file"));
}

#[tokio::test]
async fn plain_http_and_tls_do_not_mix() {
    let folder = tempfile::tempdir().unwrap();
    let ours = authority("ours");
    let plain = Collector::builder().start().await.unwrap();
    let mut settings = trusting(&plain, folder.path(), &ours);
    settings.url = settings.url.replace("http://", "https://");
    let problem = deliver(settings).await.unwrap();
    assert!(problem.contains("127.0.0.1"), "{problem}");
    assert!(plain.book().lines().is_empty());
}
