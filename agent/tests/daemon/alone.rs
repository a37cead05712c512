//! One daemon for one store.

use crate::kept::entries;
use crate::polling::{router, scheduled};
use crate::program::licwatch;
use crate::running::Daemon;

/// The second ends with exit code 3 and names the first, which notices nothing.
#[test]
fn a_second_daemon_on_the_folder_ends_and_names_the_first() {
    let site = scheduled([("a", router(), "netconf")], "interval = \"1s\"\ncatch_up = \"0s\"");
    let mut first = Daemon::start(&site, &[]);
    first.keeps(1);
    let pid = format!("process {}", first.pid());
    for arguments in [&["run"][..], &["run", "--once"]] {
        licwatch(site.path(), arguments).exits(3).complains(&["another licwatch uses", &pid, "one store"]);
    }
    first.keeps(2);
    first.signal("-TERM");
    first.ends().exits(0);
    assert_eq!(entries(site.path(), "started").len(), 1);
    assert_eq!(entries(site.path(), "configuration_loaded").len(), 1);
    assert_eq!(site.devices()[0].tally().peak_connections, 1);

    // The folder is free, also after a death.
    let mut third = Daemon::start(&site, &[]);
    third.keeps(1);
    third.dies();
    let mut fourth = Daemon::start(&site, &[]);
    fourth.keeps(1);
    fourth.signal("-TERM");
    fourth.ends().exits(0);
}
