//! What the service manager is told.

use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use licwatch_simulator::collector::{Collector, Reply};

use crate::polling::{router, scheduled};
use crate::receivers::sink;
use crate::running::Daemon;

/// Ready, a line for people, life signs, reloads that end well or badly, and that it stops, when it begins to.
#[test]
fn the_service_manager_hears_of_everything() {
    let site = scheduled([("a", router(), "netconf")], "interval = \"1s\"\ncatch_up = \"0s\"");
    let collector = site.block_on(Collector::builder().start()).unwrap();
    collector.always(Some(Reply::Hang));
    sink(&site, &collector.url());
    site.edit("licwatch.toml", "timeout = \"1s\"", "timeout = \"60s\"");
    site.edit("licwatch.toml", "[group.campus]", "[run]\nstop_within = \"5s\"\n\n[group.campus]");
    let path = site.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let mut before = Vec::new();
    // Waits for a message; those before it are kept.
    let mut hears = |word: &str| {
        let mut bytes = [0; 4096];
        loop {
            let length =
                socket.recv(&mut bytes).unwrap_or_else(|error| panic!("no {word}: {error}; {before:?}"));
            let message = String::from_utf8(bytes[..length].to_vec()).unwrap();
            before.push(message.clone());
            if message.starts_with(word) {
                return message;
            }
        }
    };
    let mut command = site.program(&["run"]);
    command.env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", "400000");
    let mut daemon = Daemon::of(command);
    hears("READY=1");
    assert!(hears("STATUS=1 devices").contains("in flight"));
    for _ in 0..3 {
        hears("WATCHDOG=1");
    }
    let good = std::fs::read_to_string(site.path().join("licwatch.toml")).unwrap();
    for (text, said) in [("nonsense = 1\n", "the old one stays"), ("", "A new configuration is in force.")] {
        site.write("licwatch.toml", &format!("{text}{good}"));
        daemon.signal("-HUP");
        let message = hears("RELOADING=1");
        assert!(message.contains("MONOTONIC_USEC="), "{message}");
        hears("READY=1");
        daemon.says(&[said]);
    }
    let hangs = collector.until(|book| book.requests() > 0);
    site.block_on(async { tokio::time::timeout(Duration::from_secs(60), hangs).await }).unwrap();
    daemon.signal("-TERM");
    hears("STOPPING=1");
    assert!(daemon.lives(), "it is told at the beginning: a delivery takes its time");
    daemon.ends().exits(0);
}
