//! The newest signed head of the journal, in the store's folder.
//!
//! Several processes keep it: each holds a lock (`flock`) of the key while it reads what is there, compares it with the
//! table and puts the newer head in its place, so that it never goes back. Only a head of this very chain is replaced. One
//! that tells of other entries is left as the proof; what is no head, or none that our key has signed, is set aside
//! beside it under another name, and told.

use std::fs::{File, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rusqlite::{OpenFlags, OptionalExtension, TransactionBehavior};
use rustix::fs::{CWD, RenameFlags, renameat_with};

use super::journal::{End, end};
use super::presence::read_only;
use super::{BUSY, FILE, Shared, StoreError, Tx, connect};
use crate::clock::Clock;
use crate::events::{Event, Kind};
use crate::journal::{Anchor, HEAD_FILE, Head, JournalKey, KEY_FILE};

/// The newest head is written at most so often.
const BETWEEN_HEADS: Duration = Duration::from_secs(1);
/// How long another process may hold the head.
const PATIENCE: Duration = Duration::from_secs(15);
/// How often it is looked whether it still does.
const LOOK: Duration = Duration::from_millis(20);

/// The newest head cannot be told.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HeadError {
    /// Operator: it may not be read, or the disk fails.
    #[error("cannot read {}: {error}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// Security officer: what stands there is no head.
    #[error("{} is damaged: {why}", file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        why: String,
    },
}

/// The newest head in a store's folder, as it stands there; nothing if there is none.
pub fn newest_head(folder: &Path) -> Result<Option<Anchor>, HeadError> {
    let file = folder.join(HEAD_FILE);
    let mut text = Vec::new();
    match File::open(&file).and_then(|open| open.take(1 << 20).read_to_end(&mut text)) {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(HeadError::Unreadable { file, error }),
    }
    match Head::within(&text) {
        Ok(head) => Ok(Some(Anchor { name: file.display().to_string(), head })),
        Err(error) => Err(HeadError::Damaged { file, why: error.to_string() }),
    }
}

impl Shared {
    /// To be called after each commit.
    pub(super) fn committed(&self) {
        self.heads.state.lock().dirty = true;
        self.heads.state.changed.notify_one();
    }
}

/// Signs heads, and keeps the newest one in the folder by a thread of its own. What it signs is committed: it reads it
/// by another connection than the one that writes. Dropping it writes the last.
#[derive(Debug)]
pub(super) struct Heads {
    signer: Arc<Signer>,
    state: Arc<Shelf>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Signer {
    key: Arc<JournalKey>,
    agent: String,
    clock: Arc<dyn Clock>,
    folder: PathBuf,
    /// How long another process may hold the head.
    patience: Duration,
}

#[derive(Debug, Default)]
struct Shelf {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    dirty: bool,
    closing: bool,
}

impl Shelf {
    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Heads {
    /// The key that signs.
    pub(super) fn key(&self) -> Arc<JournalKey> {
        Arc::clone(&self.signer.key)
    }

    pub(super) fn start(
        key: JournalKey,
        folder: &Path,
        agent: &str,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StoreError> {
        let signer = Signer {
            key: Arc::new(key),
            agent: agent.to_owned(),
            clock,
            folder: folder.to_owned(),
            patience: PATIENCE,
        };
        let (signer, state) = (Arc::new(signer), Arc::new(Shelf::default()));
        // The first entry was committed before this began.
        state.lock().dirty = true;
        let thread = thread::Builder::new().name("journal-head".to_owned()).spawn({
            let (signer, state) = (Arc::clone(&signer), Arc::clone(&state));
            move || keep(&signer, &state)
        });
        let thread = thread.map_err(|error| StoreError::Content(format!("no thread: {error}")))?;
        Ok(Self { signer, state, thread: Some(thread) })
    }

    pub(super) fn sign(&self, end: &End) -> Head {
        self.signer.sign(end)
    }

    pub(super) fn has_signed(&self, head: &Head) -> bool {
        self.signer.has_signed(head)
    }

    /// Writes the last head and ends.
    pub(super) fn end(&mut self) {
        self.state.lock().closing = true;
        self.state.changed.notify_one();
        if let Some(thread) = self.thread.take() {
            // A head that could not be written was told; the chain is whole without it.
            let _ = thread.join();
        }
    }
}

impl Drop for Heads {
    fn drop(&mut self) {
        self.end();
    }
}

fn keep(signer: &Signer, shelf: &Shelf) {
    let mut told = None;
    loop {
        {
            let state = shelf.lock();
            let waited = shelf.changed.wait_while(state, |state| !state.dirty && !state.closing);
            let mut state = waited.unwrap_or_else(PoisonError::into_inner);
            if !state.dirty {
                return;
            }
            state.dirty = false;
        }
        let problem = signer.write().err();
        if let Some(problem) = &problem
            && told.as_ref() != Some(problem)
        {
            tracing::error!(problem, "The journal's newest head was not written.");
        }
        told = problem;
        let state = shelf.lock();
        drop(shelf.changed.wait_timeout_while(state, BETWEEN_HEADS, |state| !state.closing));
    }
}

impl Signer {
    fn sign(&self, end: &End) -> Head {
        Head::sign(&self.key, &self.agent, end.seq, &end.hash, self.clock.now())
    }

    fn has_signed(&self, head: &Head) -> bool {
        head.public_key == self.key.public() && head.is_signed()
    }

    /// Writes the newest head, unless the one that is there tells that the journal was cut off or rewritten.
    fn write(&self) -> Result<(), String> {
        let _lock = self.lock()?;
        let text = |error: StoreError| error.to_string();
        let connection = read_only(&self.folder).map_err(text)?;
        // Before the end, which only grows.
        let before = newest_head(&self.folder);
        let end = end(&connection).map_err(text)?;
        match before {
            Ok(None) => {}
            Ok(Some(Anchor { head, name })) if self.has_signed(&head) => {
                if (head.seq, &head.hash) == (end.seq, &end.hash) {
                    return Ok(());
                }
                let hash: Option<String> = connection
                    .query_row("SELECT hash FROM journal WHERE seq = ?", [head.seq], |row| row.get(0))
                    .optional()
                    .map_err(|error| text(error.into()))?;
                if hash.as_ref() != Some(&head.hash) {
                    return Err(format!(
                        "{name} was signed for entry {}, which this journal does not have: its tail was cut off, or \
                         an older copy was put back. The file is left as the proof; `licwatch journal verify` tells \
                         more. Move it away to go on with this journal",
                        head.seq
                    ));
                }
            }
            Ok(Some(_)) => self.set_aside("it is not signed by the key of this journal")?,
            Err(HeadError::Damaged { why, .. }) => self.set_aside(&why)?,
            Err(error @ HeadError::Unreadable { .. }) => return Err(error.to_string()),
        }
        let path = self.folder.join(HEAD_FILE);
        let failed = |error: io::Error| format!("cannot write {}: {error}", path.display());
        let mut file = tempfile::Builder::new()
            .prefix(".journal-")
            .suffix(".tmp")
            .permissions(std::fs::Permissions::from_mode(0o600))
            .tempfile_in(&self.folder)
            .map_err(failed)?;
        self.give(file.as_file());
        file.write_all(self.sign(&end).line().as_bytes()).map_err(failed)?;
        file.as_file().sync_all().map_err(failed)?;
        file.persist(&path).map_err(|error| failed(error.error))?;
        self.sync().map_err(failed)
    }

    /// Holds the key's file until it is dropped: one process after the other. Not the folder, which the daemon holds for
    /// as long as it runs.
    fn lock(&self) -> Result<File, String> {
        let path = self.folder.join(KEY_FILE);
        let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        let key = File::open(&path).map_err(|error| failed(&error))?;
        let mut waited = Duration::ZERO;
        loop {
            match key.try_lock() {
                Ok(()) => return Ok(key),
                Err(TryLockError::Error(error)) => return Err(failed(&error)),
                Err(TryLockError::WouldBlock) if waited >= self.patience => {
                    return Err(failed(&format_args!(
                        "another process has held the head for more than {} s",
                        self.patience.as_secs()
                    )));
                }
                Err(TryLockError::WouldBlock) => {
                    thread::sleep(LOOK);
                    waited += LOOK;
                }
            }
        }
    }

    /// Moves what stands there out of the way, so that it can be looked into, and tells of it once.
    fn set_aside(&self, why: &str) -> Result<(), String> {
        let now = self.clock.now();
        let aside = format!("{HEAD_FILE}.{}.damaged", now.strftime("%Y%m%dT%H%M%S%6fZ"));
        let kept = || -> Result<(), StoreError> {
            let mut connection = connect(&self.folder.join(FILE), OpenFlags::SQLITE_OPEN_READ_WRITE, BUSY)?;
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let message =
                format!("The newest head of the journal is damaged, {why}; it lies in {aside} now.");
            let event = Event::new(Kind::JournalDamaged, message).with("damage", "head");
            Tx::new(&transaction, &self.agent, now).tell(&event.with("file", aside.as_str()))?;
            // Told only if it is done, and done only if it can be told.
            let (from, to) = (self.folder.join(HEAD_FILE), self.folder.join(&aside));
            let moved = renameat_with(CWD, &from, CWD, &to, RenameFlags::NOREPLACE);
            moved.map_err(|errno| StoreError::Folder {
                folder: self.folder.clone(),
                reason: Arc::new(errno.into()),
            })?;
            transaction.commit()?;
            Ok(())
        };
        kept()
            .map_err(|error| format!("{HEAD_FILE} is damaged, {why}; and it cannot be set aside: {error}"))?;
        tracing::error!(
            why,
            aside,
            "The journal's newest head was damaged. It was set aside, and is written anew."
        );
        self.sync().map_err(|error| error.to_string())
    }

    /// What root writes for an operator must be the agent's, as SQLite does with what it makes.
    fn give(&self, file: &File) {
        let (Ok(folder), Ok(made)) = (std::fs::metadata(&self.folder), file.metadata()) else { return };
        if (folder.uid(), folder.gid()) != (made.uid(), made.gid()) {
            // Only root may; for others it stays theirs.
            let _ = fchown(file, Some(folder.uid()), Some(folder.gid()));
        }
    }

    fn sync(&self) -> io::Result<()> {
        File::open(&self.folder)?.sync_all()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::clock::SystemClock;
    use crate::journal::{Actor, Entry};
    use crate::store::Store;

    fn open(folder: &Path) -> Store {
        Store::open(folder, "hq", Arc::new(SystemClock::new())).unwrap()
    }

    fn add(folder: &Path) {
        let entry = Entry::new(Actor::Daemon, crate::journal::Kind::Started);
        open(folder).write_blocking(move |tx| tx.account(&entry)).unwrap();
    }

    fn signer(folder: &Path) -> Signer {
        Signer {
            key: Arc::new(JournalKey::read(folder).unwrap().unwrap()),
            agent: "hq".to_owned(),
            clock: Arc::new(SystemClock::new()),
            folder: folder.to_owned(),
            patience: Duration::ZERO,
        }
    }

    fn aside(folder: &Path) -> Vec<PathBuf> {
        let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        names.filter(|path| path.to_string_lossy().ends_with(".damaged")).collect()
    }

    fn told(folder: &Path) -> usize {
        let told = "SELECT count(*) FROM events WHERE kind = 'journal_damaged'";
        read_only(folder).unwrap().query_row(told, [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn a_damaged_head_is_set_aside_and_told_once() {
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path();
        add(here);
        let path = here.join(HEAD_FILE);
        let whole = fs::read_to_string(&path).unwrap();
        let strange = tempfile::tempdir().unwrap();
        add(strange.path());
        let damaged = [
            String::new(),
            "{}".to_owned(),
            whole.replace("\"agent\":\"hq\"", "\"agent\":\"HQ\""),
            fs::read_to_string(strange.path().join(HEAD_FILE)).unwrap(),
        ];
        for (count, text) in damaged.iter().enumerate() {
            assert_ne!(*text, whole);
            fs::write(&path, text).unwrap();
            for _ in 0..2 {
                add(here);
                let head = newest_head(here).unwrap().unwrap().head;
                assert!(signer(here).has_signed(&head), "{text}");
                assert_eq!(head.seq, end(&read_only(here).unwrap()).unwrap().seq);
                assert_eq!((aside(here).len(), told(here)), (count + 1, count + 1), "{text}");
            }
            assert!(aside(here).iter().any(|file| fs::read_to_string(file).unwrap() == *text));
        }
    }

    #[test]
    fn a_head_that_cannot_be_read_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        add(folder.path());
        let path = folder.path().join(HEAD_FILE);
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert!(signer(folder.path()).write().unwrap_err().starts_with("cannot read"));
        assert!(path.is_dir() && aside(folder.path()).is_empty());
    }

    #[test]
    fn a_head_is_not_touched_while_another_process_holds_it() {
        let folder = tempfile::tempdir().unwrap();
        add(folder.path());
        let path = folder.path().join(HEAD_FILE);
        fs::remove_file(&path).unwrap();
        // A daemon holds the folder all the time.
        let daemon = File::open(folder.path()).unwrap();
        daemon.lock().unwrap();
        let other = File::open(folder.path().join(KEY_FILE)).unwrap();
        other.lock().unwrap();
        let refused = signer(folder.path()).write().unwrap_err();
        assert!(refused.contains("another process"), "{refused}");
        assert!(!path.exists());
        drop(other);
        signer(folder.path()).write().unwrap();
        assert!(path.exists());
    }
}
