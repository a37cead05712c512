//! What the daemon cannot tell by its store: that the store refuses to be written to. It stands in the file of the
//! lock, for `licwatch status`, for as long as the daemon that holds the lock says so.
//!
//! ```text
//!   0  process 4711 since 2027-03-01 12:00:00Z                    padded with spaces
//! 256  {"since":"2027-03-02T03:04:05Z","why":"no room is left"}   padded with spaces; only spaces if it takes writes
//! ```
//!
//! The file has its whole length from the start and is written to in place, so that a full disk has the room for it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::lock::{FILE, LONGEST, Lock};
use crate::brakes::Brake;
use crate::clock::Clock;

/// So many bytes are there for it.
const ROOM: usize = 1024;
/// A disk that did not take a word is asked again after so long.
const AGAIN: Duration = Duration::from_secs(30);
/// Longer words are cut, in characters; escaped as JSON, they take no more than the room.
const WORDS: usize = 150;

/// That the store refuses to be written to.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Refusal {
    /// Since when.
    pub since: Timestamp,
    /// What it says.
    pub why: String,
}

/// Tells whether the store refuses, as the brakes know it, until `stop`.
pub(super) async fn follow(
    lock: Arc<Lock>,
    mut brakes: watch::Receiver<BTreeMap<Brake, String>>,
    clock: Arc<dyn Clock>,
    stop: CancellationToken,
) {
    let (mut wanted, mut told): (Option<Refusal>, Option<Refusal>) = (None, None);
    loop {
        let why = brakes.borrow_and_update().get(&Brake::Store).cloned();
        if why.is_some() != wanted.is_some() {
            wanted = why.map(|why| Refusal { since: clock.now(), why });
        }
        if wanted != told {
            let (lock, word) = (Arc::clone(&lock), wanted.clone());
            let written = tokio::task::spawn_blocking(move || lock.tell(word.as_ref())).await;
            match written.map_err(io::Error::other).flatten() {
                Ok(()) => told.clone_from(&wanted),
                Err(error) => {
                    tracing::warn!(%error, "The lock's file does not take whether the store refuses; it is tried again.");
                }
            }
        }
        tokio::select! {
            () = stop.cancelled() => return,
            // The sender lives as long as the daemon.
            changed = brakes.changed() => if changed.is_err() {
                stop.cancelled().await;
                return;
            },
            () = tokio::time::sleep(AGAIN), if wanted != told => {}
        }
    }
}

/// Says in the file of a lock that is held what the store refuses, or that it does not.
pub(super) fn tell(file: &File, refusal: Option<&Refusal>) -> io::Result<()> {
    let mut text = Vec::with_capacity(ROOM);
    if let Some(Refusal { since, why }) = refusal {
        let why: String = why.chars().map(|c| if c.is_control() { ' ' } else { c }).take(WORDS).collect();
        text = serde_json::to_vec(&Refusal { since: *since, why })?;
    }
    text.resize(ROOM - 1, b' ');
    text.push(b'\n');
    file.write_all_at(&text, LONGEST)
}

/// What the daemon that holds the lock of a store's folder says; whether it is held is for the caller to see.
pub fn told(folder: &Path) -> Option<Refusal> {
    let mut file = File::open(folder.join(FILE)).ok()?;
    file.seek(SeekFrom::Start(LONGEST)).ok()?;
    let mut text = Vec::with_capacity(ROOM);
    file.take(ROOM as u64).read_to_end(&mut text).ok()?;
    serde_json::from_slice(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brakes::Brakes;
    use crate::clock::SystemClock;

    #[test]
    fn what_is_told_is_read_until_it_is_taken_back() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(told(folder.path()), None);
        let since: Timestamp = "2027-03-02T03:04:05Z".parse().unwrap();
        let lock = Lock::take(folder.path(), since).unwrap();
        assert_eq!(told(folder.path()), None);
        let length = || std::fs::metadata(folder.path().join(FILE)).unwrap().len();
        let before = length();
        for why in ["no room is left", &"ü\u{1b}\"\\\u{2028}𝒳".repeat(100)] {
            lock.tell(Some(&Refusal { since, why: why.to_owned() })).unwrap();
            let told = told(folder.path()).unwrap();
            let plain = why.replace('\u{1b}', " ");
            assert!(told.since == since && plain.starts_with(&told.why) && !told.why.is_empty(), "{told:?}");
            assert_eq!(length(), before, "it takes no more room");
        }
        let second = Lock::take(folder.path(), since).unwrap_err().to_string();
        assert!(second.contains(&format!("process {}", std::process::id())), "{second}");
        lock.tell(None).unwrap();
        assert_eq!(told(folder.path()), None);
        lock.tell(Some(&Refusal { since, why: "x".into() })).unwrap();
        drop(lock);
        assert_eq!(told(folder.path()), None, "whoever ends says nothing any more");
    }

    #[tokio::test]
    async fn the_word_follows_the_brake() {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(SystemClock::new());
        let lock = Arc::new(Lock::take(folder.path(), clock.now()).unwrap());
        let (brakes, stop) = (Brakes::default(), CancellationToken::new());
        let following = tokio::spawn(follow(lock, brakes.changes(), clock, stop.clone()));
        let until = async |wanted: Option<&str>| {
            let seen = async {
                while told(folder.path()).map(|told| told.why).as_deref() != wanted {
                    tokio::task::yield_now().await;
                }
            };
            tokio::time::timeout(Duration::from_secs(60), seen).await.unwrap();
        };
        brakes.put(Brake::Disk, "nothing of the store");
        brakes.put(Brake::Store, "no room is left");
        until(Some("no room is left")).await;
        brakes.lift(Brake::Store);
        until(None).await;
        assert!(brakes.reasons().contains_key(&Brake::Disk));
        stop.cancel();
        following.await.unwrap();
    }
}
