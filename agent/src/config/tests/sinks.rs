use std::path::PathBuf;
use std::time::Duration;

use super::*;
use crate::config::{Peer, Target};
use crate::credentials::SecretSource;

/// What is said about a configuration, one line a problem.
fn said(text: &str) -> Vec<String> {
    bad(text).iter().map(ToString::to_string).collect()
}

#[test]
fn every_kind_is_read_with_its_defaults() {
    let config = good(
        r#"
[drop]
directory = "out"
keep_raw = true
[sink.collector]
kind = "http"
url = "https://192.0.2.20:8443/records"
ca_file = "ca.pem"
token_file = "token"
batch_lines = 50
retry = "30m"
[sink.siem]
kind = "syslog"
to = "tls://192.0.2.30"
form = "cef"
ca_file = "/ca.pem"
certificate_file = "c.pem"
key_file = "k.pem"
[sink.local]
kind = "syslog"
to = "unix:///dev/log"
facility = 23
[sink.show]
kind = "stdout"
[sink.node]
kind = "metrics"
file = "licwatch.prom"
"#,
    );
    let sinks = config.sinks();
    let names: Vec<_> =
        sinks.iter().map(|sink| (sink.name.as_str(), sink.kind().word(), sink.wants())).collect();
    assert_eq!(
        names,
        [
            ("drop", "file-drop", Some("records")),
            ("collector", "http", Some("records")),
            ("local", "syslog", Some("events")),
            ("node", "metrics", None),
            ("show", "stdout", Some("records")),
            ("siem", "syslog", Some("events")),
        ]
    );
    let of = |name: &str| sinks.iter().find(|sink| sink.name == name).unwrap();
    let drop = FileDropSettings {
        directory: "/etc/licwatch/out".into(),
        keep_raw: true,
        gather: Duration::from_secs(900),
    };
    assert_eq!(of("drop").settings, SinkSettings::FileDrop(drop));
    assert_eq!(of("drop").bounds.batch_lines, 100, "raw answers make batches small");
    let SinkSettings::Http(http) = &of("collector").settings else { panic!() };
    assert_eq!(http.token, Some(SecretSource::File("/etc/licwatch/token".into())));
    assert_eq!((http.gzip, http.timeout), (true, Duration::from_secs(30)));
    let bounds = of("collector").bounds;
    assert_eq!((bounds.batch_lines, bounds.most_waiting, bounds.most_refused), (50, 1_000_000, 10_000));
    assert_eq!(bounds.retry_most, Duration::from_secs(1800), "never shorter than retry");
    assert_eq!(of("show").bounds, SinkBounds::default());
    let SinkSettings::Syslog(siem) = &of("siem").settings else { panic!() };
    assert_eq!(siem.target, Target::Tls(Peer { host: "192.0.2.30".into(), port: 6514 }));
    assert_eq!((siem.form, siem.facility), (SyslogForm::Cef, 13));
    assert_eq!(siem.key_file, Some(PathBuf::from("/etc/licwatch/k.pem")));
    let SinkSettings::Syslog(local) = &of("local").settings else { panic!() };
    assert_eq!((local.form, local.facility), (SyslogForm::Rfc5424, 23));
    let SinkSettings::Metrics(metrics) = &of("node").settings else { panic!() };
    assert_eq!(metrics.every, Duration::from_secs(60));
}

#[test]
fn a_key_of_another_kind_is_told_at_its_line() {
    let said = said(
        r#"[sink.a]
kind = "stdout"
url = "https://192.0.2.1/"
keep_raw = false
ca_file = "x"
[sink.b]
kind = "metrics"
file = "b.prom"
retry = "5s"
[sink.c]
kind = "file-drop"
directory = "c"
every = "1m"
"#,
    );
    assert_eq!(
        said,
        [
            "licwatch.toml:3:1: `sink.a.url` belongs to kind \"http\", this sink is of kind \"stdout\"",
            "licwatch.toml:4:1: `sink.a.keep_raw` belongs to kind \"file-drop\", this sink is of kind \"stdout\"",
            "licwatch.toml:5:1: `sink.a.ca_file` belongs to kind \"http\" and \"syslog\", this sink is of kind \"stdout\"",
            "licwatch.toml:9:1: `sink.b.retry` belongs to kinds that are delivered to in batches, this sink is of kind \"metrics\"",
            "licwatch.toml:13:1: `sink.c.every` belongs to kind \"metrics\", this sink is of kind \"file-drop\"",
        ]
    );
}

#[test]
fn what_a_kind_needs_must_be_there() {
    for (text, told) in [
        ("", "licwatch.toml:1:7: sink \"a\" has no kind"),
        ("kind = \"file-drop\"", "licwatch.toml:1:7: sink \"a\" has no directory"),
        ("kind = \"http\"", "licwatch.toml:1:7: sink \"a\" has no url"),
        ("kind = \"syslog\"", "licwatch.toml:1:7: sink \"a\" has no to"),
        ("kind = \"metrics\"", "licwatch.toml:1:7: sink \"a\" has no file"),
        (
            "kind = \"http\"\nurl = \"https://192.0.2.1/\"",
            "licwatch.toml:1:7: sink \"a\" trusts no authority: https needs ca_file",
        ),
        (
            "kind = \"syslog\"\nto = \"tls://192.0.2.1\"",
            "licwatch.toml:1:7: sink \"a\" trusts no authority: tls needs ca_file",
        ),
        (
            "kind = \"http\"\nurl = \"http://127.0.0.1/\"\nca_file = \"x\"",
            "licwatch.toml:4:1: `sink.a.ca_file` is for https alone, and `url` does not use it",
        ),
        (
            "kind = \"syslog\"\nto = \"tls://192.0.2.1\"\nca_file = \"x\"\nkey_file = \"y\"",
            "licwatch.toml:5:1: `sink.a.key_file` is given, but no certificate_file",
        ),
        (
            "kind = \"http\"\nurl = \"http://127.0.0.1/\"\ntoken_file = \"x\"\ntoken_credential = \"y\"",
            "licwatch.toml:5:1: the token comes from both `token_file` and `token_credential`",
        ),
        (
            "kind = \"http\"\nurl = \"http://192.0.2.1/\"\ntoken_file = \"x\"",
            "licwatch.toml:4:1: sink \"a\" would send its token in clear: `url` is of http",
        ),
    ] {
        assert_eq!(said(&format!("[sink.a]\n{text}\n")), [told], "{text}");
    }
}

#[test]
fn wrong_values_are_told_at_the_value_and_once() {
    for (text, told) in [
        ("kind = \"files\"", "2:8: `sink.a.kind` must be one of"),
        ("kind = \"http\"\nurl = \"ftp://192.0.2.1/\"", "3:7: `sink.a.url` must be a URL such as"),
        ("kind = \"http\"\nurl = 3", "3:7: `sink.a.url` must be a string"),
        ("kind = \"syslog\"\nto = \"tcp://192.0.2.1\"", "3:6: `sink.a.to` must be such as"),
        (
            "kind = \"syslog\"\nto = \"udp://192.0.2.1\"\nfacility = 24",
            "4:12: `sink.a.facility` must be from 0 to 23",
        ),
        ("kind = \"metrics\"\nfile = \"a.txt\"", "3:8: `sink.a.file` must end in .prom"),
        (
            "kind = \"metrics\"\nfile = \"a.prom\"\nevery = \"0s\"",
            "4:9: `sink.a.every` must be at least 1000 ms",
        ),
        ("kind = \"stdout\"\nbatch_lines = 0", "3:15: `sink.a.batch_lines` must be from 1 to 100000"),
        ("kind = \"stdout\"\nbatch_lines = 100001", "3:15: `sink.a.batch_lines` must be from 1 to 100000"),
        ("kind = \"stdout\"\nmost_waiting = 0", "3:16: `sink.a.most_waiting` must be at least 1"),
        ("kind = \"stdout\"\nretry = \"0s\"", "3:9: `sink.a.retry` must be at least 100 ms"),
        (
            "kind = \"stdout\"\nretry = \"2m\"\nretry_most = \"1m\"",
            "4:14: `sink.a.retry_most` must not be shorter than retry",
        ),
    ] {
        let said = said(&format!("[sink.a]\n{text}\n"));
        let [only] = said.as_slice() else { panic!("{said:#?}") };
        assert!(only.starts_with(&format!("licwatch.toml:{told}")), "{only}");
    }
}

#[test]
fn names_and_places_are_taken_once() {
    let said = said(
        r#"[drop]
directory = "out"
[sink.drop]
kind = "stdout"
[sink."a b"]
kind = "stdout"
[sink.again]
kind = "file-drop"
directory = "./x/../out"
[sink.m1]
kind = "metrics"
file = "m.prom"
[sink.m2]
kind = "metrics"
file = "/etc/licwatch/m.prom"
[sink.s1]
kind = "stdout"
[sink.s2]
kind = "stdout"
"#,
    );
    assert_eq!(
        said,
        [
            "licwatch.toml:3:7: there are two sinks \"drop\": this one and that of [drop] directory",
            "licwatch.toml:5:7: the name of a sink is 1 to 64 of A-Z, a-z, 0-9, _ and -",
            "licwatch.toml:9:13: sinks \"drop\" and \"again\" have one folder",
            "licwatch.toml:15:8: sinks \"m1\" and \"m2\" have one file",
            "licwatch.toml:19:8: sinks \"s1\" and \"s2\" have one standard output",
        ]
    );
    // Without `[drop] directory` the name is free.
    assert_eq!(good("[sink.drop]\nkind = \"stdout\"\n").sinks().len(), 1);
}
