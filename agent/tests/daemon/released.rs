//! What an operator releases while the daemon runs.

use std::sync::Arc;
use std::time::Instant;

use licwatch::brakes::Brakes;
use licwatch::clock::Clock;
use licwatch::daemon::Early;
use licwatch::journal::Actor;
use licwatch::store::Store;

use crate::in_process::Inside;
use crate::kept::{connect, observations};
use crate::polling::{router, scheduled};
use crate::reported::FastClock;
use crate::running::until;

/// Another process releases a device that is due tomorrow: the daemon finds it within its minute, and polls it alone.
#[test]
fn a_released_device_is_polled_soon_by_the_daemon_that_runs() {
    let site = scheduled(
        [("a", router(), "netconf"), ("b", router(), "netconf")],
        "interval = \"1 day\"\ncatch_up = \"0s\"",
    );
    let clock: Arc<dyn Clock> = Arc::new(FastClock(Instant::now()));
    let inside = Inside::start(&site, Arc::clone(&clock), Brakes::default());
    let number = |sql: &str| connect(site.path()).query_row(sql, [], |row| row.get::<_, u64>(0)).unwrap();
    until("both were polled", || number("SELECT count(*) FROM schedule") == 2);
    let refused = "INSERT INTO guard_refusals (credential, device, refused_at, reason) VALUES ('network', 'a', 0, 'no')";
    connect(site.path()).execute(refused, []).unwrap();
    let other = Store::open(&site.path().join("state"), "inside", clock).unwrap();
    let ann = Actor::Operator("ann".to_owned());
    assert!(other.write_blocking(move |tx| tx.release_device("a", &ann)).unwrap().is_some());
    until("the released device is polled again", || {
        // Whatever is heard lets the scheduler look around.
        let report = Early { device: "nobody".into(), reason: "a change".into() };
        inside.early.blocking_send(report).unwrap();
        observations(site.path()).len() > 2
    });
    inside.ends();
    let devices: Vec<_> = observations(site.path()).into_iter().map(|kept| kept.device).collect();
    assert_eq!((devices.len(), devices[2].as_str()), (3, "a"), "{devices:?}");
}
