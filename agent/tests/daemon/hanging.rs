//! Files that hang, as those of a server that has gone away do.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::process::Command;

use rustix::fs::OFlags;

use crate::kept::journal;
use crate::polling::{router, scheduled};
use crate::running::{Daemon, until};
use crate::site::Site;

/// Makes a file one that hangs whoever reads it, for as long as what this gives is held.
fn hangs(site: &Site, name: &str, asked: impl FnOnce()) -> File {
    let path = site.path().join(name);
    std::fs::remove_file(&path).unwrap();
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    asked();
    let mut writer = None;
    until("it is read", || {
        // Without a reader that would fail.
        let flags = i32::try_from(OFlags::NONBLOCK.bits()).unwrap();
        writer = OpenOptions::new().write(true).custom_flags(flags).open(&path).ok();
        writer.is_some()
    });
    writer.unwrap()
}

#[test]
fn an_inventory_that_hangs_holds_up_neither_polls_nor_the_end() {
    let site = scheduled([("a", router(), "netconf")], "interval = \"1s\"\ncatch_up = \"0s\"");
    let mut daemon = Daemon::start(&site, &[]);
    daemon.keeps(1);
    let _hangs = hangs(&site, "devices.csv", || daemon.signal("-HUP"));
    daemon.keeps(2);
    daemon.signal("-TERM");
    daemon.ends().exits(0);
    assert_eq!(journal(site.path()).last().unwrap()["kind"], "stopped");
}
