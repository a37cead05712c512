//! What goes wrong while something is written.

use std::sync::mpsc;
use std::thread;

use super::*;
use crate::daemon::disk::{FileSystem, Probe};

fn started() -> Entry {
    Entry::new(Actor::Daemon, Kind::Started)
}

/// Stops the writer within a change; what is sent meanwhile shares the transaction with it.
fn stop_writer(store: &Store) -> (mpsc::Sender<()>, thread::JoinHandle<Result<(), StoreError>>) {
    let (begun, wait) = mpsc::channel();
    let (go, gone) = mpsc::channel::<()>();
    let store = store.clone();
    let stopped = thread::spawn(move || {
        store.write_blocking(move |tx| {
            begun.send(()).unwrap();
            gone.recv().unwrap();
            tx.account(&started()).map(drop)
        })
    });
    wait.recv().unwrap();
    (go, stopped)
}

#[tokio::test]
async fn a_change_that_panics_is_taken_back_alone() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let before = store.read(journal::end).await.unwrap().seq;
    let (go, stopped) = stop_writer(&store);
    let panics = store.write(|tx| -> Result<(), StoreError> {
        tx.account(&started())?;
        panic!("it was not to be");
    });
    let works = store.write(|tx| tx.account(&started()));
    let (panicked, worked, ()) = tokio::join!(panics, works, async { go.send(()).unwrap() });
    assert!(matches!(panicked, Err(StoreError::Panicked(said)) if said == "it was not to be"));
    assert_eq!(worked.unwrap().seq, before + 2);
    stopped.join().unwrap().unwrap();
    assert_eq!(store.read(entries).await.unwrap(), before + 2);
    let read = store.read(|_| -> Result<(), StoreError> { panic!("nor this") }).await;
    assert!(matches!(read, Err(StoreError::Panicked(said)) if said == "nor this"));
}

/// As SQLite does on some errors.
#[tokio::test]
async fn who_shared_a_transaction_that_is_taken_back_is_told() {
    for says_ok in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path());
        let before = store.read(journal::end).await.unwrap().seq;
        let (go, stopped) = stop_writer(&store);
        let rolls_back = store.write(move |tx| {
            tx.sql().execute_batch("ROLLBACK")?;
            if says_ok { Ok(()) } else { Err(StoreError::Full) }
        });
        let after = store.write(|tx| tx.account(&started()));
        let (rolled_back, after, ()) = tokio::join!(rolls_back, after, async { go.send(()).unwrap() });
        assert!(rolled_back.is_err());
        assert!(stopped.join().unwrap().is_err(), "what shared the transaction was answered");
        // It came later, and has a transaction of its own.
        assert_eq!(after.unwrap().seq, before + 1);
        assert_eq!(store.read(entries).await.unwrap(), before + 1);
    }
}

#[tokio::test]
async fn another_process_that_holds_the_store_for_too_long_is_told_and_then_forgiven() {
    let folder = tempfile::tempdir().unwrap();
    let terms = Terms { busy: Duration::from_millis(50), ..TERMS };
    let store = Store::open_on(folder.path(), "test-agent", Standing::new(), terms).unwrap();
    let other = Connection::open(folder.path().join(FILE)).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let writes = (0..20).map(|_| {
        let store = store.clone();
        tokio::spawn(async move { store.write(|tx| tx.account(&started())).await })
    });
    for write in writes.collect::<Vec<_>>() {
        assert!(matches!(write.await.unwrap(), Err(StoreError::Busy { .. })));
    }
    // Readers do not mind.
    assert!(store.read(journal::end).await.is_ok());
    other.execute_batch("COMMIT").unwrap();
    store.write(|tx| tx.account(&started())).await.unwrap();
    store.read(entries).await.unwrap();
}

#[test]
fn two_that_write_at_the_same_time_keep_one_chain() {
    let folder = tempfile::tempdir().unwrap();
    let stores = [open(folder.path()), open(folder.path())];
    let before = number(&stores[0], "SELECT count(*) FROM journal");
    thread::scope(|scope| {
        for (store, name) in stores.iter().zip(["a", "b"]) {
            for worker in 0..4 {
                scope.spawn(move || {
                    for days in 0..25 {
                        let name = format!("{name}-{worker}");
                        assert!(matches!(collect(store, &answer(&name, days, &[&name])), Kept::New { .. }));
                    }
                });
            }
        }
    });
    assert_eq!(number(&stores[1], "SELECT count(*) FROM observations"), 200);
    assert_eq!(stores[0].read_blocking(entries).unwrap(), before as u64 + 200);
}

#[test]
fn many_that_begin_the_store_at_the_same_time_begin_one() {
    for _ in 0..5 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        thread::scope(|scope| {
            for _ in 0..6 {
                scope.spawn(|| {
                    let store = open(&path);
                    store.write_blocking(|tx| tx.account(&started())).unwrap();
                });
            }
        });
        let store = open(&path);
        assert_eq!(number(&store, "SELECT count(*) FROM journal WHERE entry LIKE '%\"started\"%'"), 6);
        assert_eq!(number(&store, "PRAGMA auto_vacuum"), 2);
        store.read_blocking(entries).unwrap();
    }
}

/// Collects until there is no room, and a while longer; the ids that were answered.
fn fill(store: &Store, from: i64) -> Vec<Uuid> {
    let mut kept = Vec::new();
    let mut refused = 0;
    for days in from..from + 2000 {
        let mut collected = answer("core-1", days, &["FOC1"]);
        // It must take room: bytes that cannot be compressed.
        let noise = noise(6_400);
        collected.captures.push(Capture::new(None, Origin::Ssh, noise, None));
        let id = collected.id;
        match store.write_blocking(move |tx| tx.collect(&collected)) {
            Ok(_) => kept.push(id),
            Err(StoreError::Full) => refused += 1,
            Err(other) => panic!("{other}"),
        }
        if refused > 20 {
            return kept;
        }
    }
    panic!("it never became full");
}

fn holds_exactly(store: &Store, kept: &[Uuid]) {
    for id in kept {
        let line = store.read_blocking(|sql| {
            let seq = observations::seq(sql, *id)?.unwrap();
            observations::line(sql, seq)
        });
        assert!(line.unwrap().unwrap().contains(&id.to_string()));
    }
    assert_eq!(number(store, "SELECT count(*) FROM observations"), kept.len() as i64);
    assert_eq!(
        store.read_blocking(|sql| integrity::structure(sql, BUSY)).unwrap(),
        integrity::Structure::Sound
    );
    store.read_blocking(entries).unwrap();
}

#[test]
fn a_full_store_loses_nothing_and_goes_on_when_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let limit = |pages: i64| {
        let limited = move |tx: &mut Tx<'_>| {
            Ok(tx.sql().pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?)
        };
        store.write_blocking(limited).unwrap();
    };
    let mut kept = Vec::new();
    for round in 1..4 {
        limit(number(&store, "PRAGMA page_count") + 60);
        let more = fill(&store, round * 5000);
        assert!(!more.is_empty(), "round {round}");
        kept.extend(more);
        holds_exactly(&store, &kept);
    }
    drop(store);
    holds_exactly(&open(folder.path()), &kept);
}

const TMPFS: &str = "LICWATCH_TEST_TMPFS";

/// A file system of three MiB, in a mount namespace of its own, where the kernel permits that.
#[test]
fn a_full_disk_loses_nothing_and_goes_on_when_there_is_room() {
    let namespaced = |script: &str| {
        let mut command = std::process::Command::new("unshare");
        command.args(["--user", "--map-root-user", "--mount", "sh", "-ec", script]);
        command
    };
    let folder = tempfile::tempdir().unwrap();
    let mount = "mount -t tmpfs -o size=3m none \"$TMPFS\"";
    let permitted = namespaced(mount).env("TMPFS", folder.path()).output();
    if !permitted.is_ok_and(|ran| ran.status.success()) {
        assert!(std::env::var_os("CI").is_none(), "CI needs mount namespaces for this test");
        eprintln!("A mount namespace is not permitted here; the disk is full by max_page_count alone.");
        return;
    }
    let script = format!(
        "{mount}; exec \"$0\" --ignored --exact store::tests::writing::within_a_small_file_system --nocapture"
    );
    let ran = namespaced(&script)
        .arg(std::env::current_exe().unwrap())
        .env("TMPFS", folder.path())
        .env(TMPFS, folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success(), "{said}{}", String::from_utf8_lossy(&ran.stderr));
    assert!(said.contains("1 passed"), "{said}");
}

#[test]
#[ignore = "run by the test above, in a namespace"]
fn within_a_small_file_system() {
    let Some(folder) = std::env::var_os(TMPFS).map(PathBuf::from) else { return };
    let resize = |mebibytes: u32| {
        let size = format!("remount,size={mebibytes}m");
        let ran = std::process::Command::new("mount").args(["-o", &size]).arg(&folder).status();
        assert!(ran.unwrap().success());
    };
    let store = open(&folder.join("state"));
    let mut kept = Vec::new();
    for round in 1..4 {
        let more = fill(&store, i64::from(round) * 5000);
        assert!(!more.is_empty(), "round {round}");
        kept.extend(more);
        assert!(FileSystem.free(&folder).unwrap() < 64 << 10);
        // To read takes no room.
        holds_exactly(&store, &kept);
        resize(3 + 3 * round);
    }
    drop(store);
    let store = open(&folder.join("state"));
    holds_exactly(&store, &kept);
    println!("{} observations in {} rounds of a full disk", kept.len(), 3);
}
