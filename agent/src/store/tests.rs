use std::sync::Arc;

use super::*;
use crate::clock::SystemClock;
use crate::journal::{Actor, Entry, Kind};

fn open(folder: &Path) -> Store {
    Store::open(folder, "test-agent", Arc::new(SystemClock::new())).unwrap()
}

#[tokio::test]
async fn what_was_answered_is_on_disk_and_what_failed_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let entry = || Entry::new(Actor::Daemon, Kind::Started);
    let kept = store.write(move |tx| tx.account(&entry())).await.unwrap();
    let refused = store.write(move |tx| {
        tx.account(&Entry::new(Actor::Daemon, Kind::Stopped))?;
        Err::<(), _>(StoreError::Refused("no".to_owned()))
    });
    assert!(matches!(refused.await, Err(StoreError::Refused(_))));
    drop(store);
    let store = open(folder.path());
    assert_eq!(store.read(journal::end).await.unwrap(), kept);
    assert_eq!(kept.seq, 2, "behind journal_begun");
}
