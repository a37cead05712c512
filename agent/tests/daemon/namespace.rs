//! Tests that need file systems of their own: they run once more, alone, in a mount namespace, where the kernel permits
//! that.

use std::path::Path;
use std::process::Command;

fn unshared() -> Command {
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount"]);
    command
}

/// Runs a test that is ignored otherwise; says so where no namespace is to be had.
#[track_caller]
pub(crate) fn within(test: &str) {
    let folder = tempfile::tempdir().unwrap();
    let mut can = unshared();
    can.args(["mount", "-t", "tmpfs", "none"]).arg(folder.path());
    if !can.output().is_ok_and(|ran| ran.status.success()) {
        assert!(std::env::var_os("CI").is_none(), "CI needs mount namespaces for this test");
        eprintln!("A mount namespace is not permitted here; {test} is left out.");
        return;
    }
    let mut run = unshared();
    run.arg(std::env::current_exe().unwrap()).args(["--ignored", "--exact", test, "--nocapture"]);
    let ran = run.output().unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success(), "{said}{}", String::from_utf8_lossy(&ran.stderr));
    assert!(said.contains("1 passed"), "{said}");
}

/// A file system in memory. It goes when this does.
pub(crate) struct Mount<'p>(&'p Path);

impl<'p> Mount<'p> {
    pub(crate) fn of(folder: &'p Path, mebibytes: u32) -> Self {
        std::fs::create_dir(folder).unwrap();
        run("mount", &["-t", "tmpfs", "-o", &format!("size={mebibytes}m,mode=700"), "none"], folder);
        Self(folder)
    }

    /// Lets nobody write any more, or again.
    pub(crate) fn turn(&self, how: &str) {
        run("mount", &["-o", &format!("remount,{how}")], self.0);
    }
}

impl Drop for Mount<'_> {
    fn drop(&mut self) {
        // Whoever still uses it keeps it until it ends; the namespace ends after that.
        let _ = Command::new("umount").arg("-l").arg(self.0).status();
    }
}

fn run(program: &str, arguments: &[&str], folder: &Path) {
    assert!(Command::new(program).args(arguments).arg(folder).status().unwrap().success());
}
