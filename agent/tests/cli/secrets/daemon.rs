//! A daemon that polls and delivers, and the verbs that show what it kept.

use std::fs;
use std::net::UdpSocket;
use std::time::Duration;

use licwatch_simulator::collector::{Collector, Tls};

use super::planted::{HOLD, TOKEN, assert_kept, planted, secrets};
use super::search::{assert_in_none, files};
use crate::program::licwatch;
use crate::running::Daemon;
use crate::site::Site;

/// Verbs that read or act upon what the daemon kept.
const SPOKEN: &[&[&str]] = &[
    &["status"],
    &["status", "--json"],
    &["status", "talkative", "--json"],
    &["check", "--offline", "--json"],
    &["journal", "show", "--json", "--limit", "0"],
    &["journal", "verify", "--json"],
    &["journal", "export", "account"],
    &["outbox", "list", "--json"],
    &["outbox", "list", "--sink", "deaf", "--json"],
    &["outbox", "retry", "deaf"],
    &["outbox", "export", "deaf", "stick"],
    &["hold", "set", "--all", "--reason", "audit"],
    &["hold", "list", "--json"],
    &["hold", "lift", "1", "--reason", "closed"],
    &["release", "--list", "--json"],
    &["run", "--once"],
];

/// Adds to the configuration of a site.
fn add(site: &Site, tables: &str) {
    let config = fs::read_to_string(site.path().join("licwatch.toml")).unwrap();
    site.write("licwatch.toml", &format!("{config}{tables}"));
}

/// The planted site with a schedule, a collector that asks for the token, and sinks of every other kind.
fn delivering() -> (Site, Collector, UdpSocket) {
    let site = planted(false);
    let shown = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let (certificate, key) = (shown.cert.pem(), shown.signing_key.serialize_pem());
    site.write("ca.pem", &certificate);
    let tls = Tls { certificate, key, client_authority: None };
    let collector = site.block_on(Collector::builder().tls(tls).token(TOKEN).start()).unwrap();
    site.edit("licwatch.toml", "https://127.0.0.1:9/records", &collector.url());
    let receiver = UdpSocket::bind("127.0.0.1:0").unwrap();
    receiver.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let log = receiver.local_addr().unwrap();
    fs::create_dir(site.path().join("carried")).unwrap();
    fs::create_dir(site.path().join("stick")).unwrap();
    add(
        &site,
        &format!(
            r#"
[schedule]
interval = "1s"
jitter = "0s"
catch_up = "0s"

[sink.carried]
kind = "file-drop"
directory = "carried"
keep_raw = true
gather = "1s"

[sink.log]
kind = "syslog"
to = "udp://{log}"

[sink.metrics]
kind = "metrics"
file = "licwatch.prom"
every = "1s"

# Nobody listens there: its lines wait.
[sink.deaf]
kind = "http"
url = "https://127.0.0.1:9/records"
token_file = "collector.token"
ca_file = "ca.pem"
"#
        ),
    );
    (site, collector, receiver)
}

#[test]
fn a_daemon_gives_no_secret_away() {
    let (site, collector, receiver) = delivering();
    let mut daemon = Daemon::logging(&site, &["-vvv"], "trace");
    daemon.keeps(5);
    daemon.says(&["Delivered.", "carried"]);
    // Each device lets licwatch in, and one is asked again and again.
    for device in 0..5 {
        site.until(device, |tally| tally.logins >= 1);
    }
    site.until(2, |tally| tally.logins >= 3);
    let delivered = collector.until(|book| book.lines().len() >= 6);
    let delivered = site.block_on(async { tokio::time::timeout(Duration::from_secs(60), delivered).await });
    assert_eq!(delivered.expect("records come").unauthorized(), 0);
    let mut datagram = vec![0; 65536];
    let length = receiver.recv(&mut datagram).unwrap();
    assert_in_none(&secrets(), &[("syslog".to_owned(), datagram[..length].to_vec())]);

    // While it runs, what is written last lies in the write-ahead log.
    let places = files(site.path(), &HOLD);
    assert!(places.iter().any(|(place, bytes)| place.ends_with("-wal") && !bytes.is_empty()));
    assert_in_none(&secrets(), &places);
    daemon.signal("-TERM");
    let said = daemon.ends().exits(0);
    assert!(said.err.contains("TRACE"), "all that any library has to say");
    assert_kept(&site, &said);

    for arguments in SPOKEN {
        let said = site.licwatch(&[&["-vvv"], *arguments].concat());
        assert!(matches!(said.code, Some(0 | 1)), "{arguments:?}: {said:?}");
        assert!(!said.out.contains("others may use it"), "{}", said.out);
        assert_kept(&site, &said);
    }
    for written in ["state", "account", "stick", "carried"] {
        assert!(fs::read_dir(site.path().join(written)).unwrap().next().is_some(), "{written} is empty");
    }
    assert!(fs::read_to_string(site.path().join("licwatch.prom")).unwrap().contains("licwatch_"));

    // Elsewhere, what was carried is taken in.
    let carried = site.path().join("carried").to_str().unwrap().to_owned();
    let hq = tempfile::tempdir().unwrap();
    fs::write(hq.path().join("licwatch.toml"), "[agent]\nname = \"hq\"\n").unwrap();
    let ingest = ["-vvv", "ingest", &carried, "--by", "courier", "--json"];
    for arguments in [&[&ingest[..], &["--dry-run"]].concat()[..], &ingest, &["status", "--all", "--json"]] {
        let said = licwatch(hq.path(), arguments);
        assert!(matches!(said.code, Some(0 | 1)), "{arguments:?}: {said:?}");
        let mut places = files(hq.path(), &[]);
        places.extend([("stdout".to_owned(), said.out.into()), ("stderr".to_owned(), said.err.into())]);
        assert_in_none(&secrets(), &places);
    }
    assert!(hq.path().join("state").join(licwatch::store::FILE).exists());
}
