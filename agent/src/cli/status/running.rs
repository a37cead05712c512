//! Whether a daemon uses the store. Its locks are looked at, never taken: taking it, however briefly, could keep a daemon
//! from starting.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// The file in the store's folder that a daemon holds locked, as it does the folder.
const LOCK: &str = "lock";

/// The daemon that uses the store.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Running {
    /// Its process, where it is one of this PID namespace.
    pub(super) process: Option<u32>,
}

/// The daemon that uses the store of a folder.
pub(super) fn of(folder: &Path) -> Option<Running> {
    let locks = fs::read_to_string("/proc/locks").ok()?;
    // The file may have been deleted; some file systems lock no folders.
    [folder.to_owned(), folder.join(LOCK)].into_iter().find_map(|locked| {
        let locked = fs::metadata(locked).ok()?;
        holder(&locks, locked.dev(), locked.ino())
    })
}

/// Who holds a file locked, by the lines of `/proc/locks`.
///
/// ```text
/// 1: FLOCK  ADVISORY  WRITE 6360 fe:00:5769547 0 EOF
/// ```
fn holder(locks: &str, device: u64, inode: u64) -> Option<Running> {
    locks.lines().find_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        // Those who wait for a lock have an arrow in front.
        let [_, "FLOCK", _, "WRITE", process, file, ..] = words.as_slice() else { return None };
        let (on, number) = file.rsplit_once(':')?;
        let (major, minor) = on.split_once(':')?;
        let part = |hex: &str| u64::from_str_radix(hex, 16).ok();
        let same = number.parse() == Ok(inode)
            // Some file systems show another device here than to `stat`; there the number alone must do.
            && (part(major)? == u64::from(rustix::fs::major(device)) && part(minor)? == u64::from(rustix::fs::minor(device))
                || part(major)? == 0);
        same.then(|| Running { process: process.parse().ok().filter(|process| *process != 0) })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::daemon::lock::Lock;

    #[test]
    fn a_lock_that_is_held_is_seen_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(of(folder.path()), None);
        let file = fs::File::create(folder.path().join(LOCK)).unwrap();
        assert_eq!(of(folder.path()), None);
        file.try_lock().unwrap();
        let seen = of(folder.path()).unwrap();
        assert!(seen.process.is_none_or(|process| process == std::process::id()), "{seen:?}");
        drop(file);
        assert_eq!(of(folder.path()), None);
    }

    #[test]
    fn a_daemon_whose_file_was_deleted_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let lock = Lock::take(folder.path(), "2027-03-01T12:00:00Z".parse().unwrap()).unwrap();
        fs::remove_file(folder.path().join(LOCK)).unwrap();
        assert!(of(folder.path()).is_some());
        drop(lock);
        assert_eq!(of(folder.path()), None);
    }

    #[test]
    fn the_lines_of_others_are_passed_over() {
        let locks = "1: POSIX  ADVISORY  WRITE 10 fe:00:77 0 EOF\n2: FLOCK  ADVISORY  READ 11 fe:00:77 0 EOF\n\
                     2: -> FLOCK  ADVISORY  WRITE 12 fe:00:77 0 EOF\n3: FLOCK  ADVISORY  WRITE 13 fe:01:77 0 EOF\nodd\n";
        let device = rustix::fs::makedev(0xfe, 0);
        assert_eq!(holder(locks, device, 77), None);
        let held = format!("{locks}4: FLOCK  ADVISORY  WRITE 14 fe:00:77 0 EOF\n");
        assert_eq!(holder(&held, device, 77), Some(Running { process: Some(14) }));
    }
}
