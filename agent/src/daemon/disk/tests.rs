use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::clock::manual::Manual;
use crate::daemon::pulse::{ALIVE, Pulse};

/// Disks as a test fills them; a folder that is not named does not exist, one with nothing hangs.
#[derive(Debug, Default)]
struct Disks(Mutex<BTreeMap<PathBuf, Option<u64>>>, AtomicUsize);

impl Disks {
    fn set(&self, folder: &Path, free: Option<u64>) {
        self.0.lock().unwrap().insert(folder.to_owned(), free);
    }
}

impl Probe for Disks {
    fn free(&self, folder: &Path) -> io::Result<u64> {
        loop {
            match self.0.lock().unwrap().get(folder) {
                None => return Err(io::ErrorKind::NotFound.into()),
                Some(Some(free)) => return Ok(*free),
                Some(None) => {}
            }
            self.1.store(1, Ordering::Relaxed);
            std::thread::yield_now();
        }
    }
}

struct Site {
    folder: tempfile::TempDir,
    clock: Arc<Manual>,
    disks: Arc<Disks>,
    brakes: Brakes,
    settings: DiskSettings,
    watch: DiskWatch,
}

const MIB: u64 = 1 << 20;

impl Site {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (state, drop) = (folder.path().join("state"), folder.path().join("drop"));
        let clock = Arc::new(Manual::at("2027-03-01T12:00:00Z"));
        let store = Store::open(&state, "test-agent", Arc::clone(&clock) as Arc<dyn Clock>).unwrap();
        let (disks, brakes) = (Arc::new(Disks::default()), Brakes::default());
        disks.set(&state, Some(1000 * MIB));
        let settings = DiskSettings { reserve: 500 * MIB, drops: vec![drop] };
        let probe = Arc::clone(&disks) as Arc<dyn Probe>;
        let watch = DiskWatch::begin(store, brakes.clone(), clock.clone(), probe, &settings).await;
        Self { folder, clock, disks, brakes, settings, watch }
    }

    /// Why nothing is polled when a folder has so much room.
    async fn with(&mut self, folder: &str, free: Option<u64>) -> Option<String> {
        self.disks.set(&self.folder.path().join(folder), free.map(|mebibytes| mebibytes * MIB));
        self.watch.look(&self.settings).await;
        self.brakes.reasons().remove(&Brake::Disk)
    }
}

#[tokio::test]
async fn polling_stops_at_the_reserve_and_goes_on_with_a_tenth_more() {
    let mut site = Site::new().await;
    assert_eq!(site.with("state", Some(500)).await, None);
    let why = site.with("state", Some(499)).await.unwrap();
    assert!(why.contains("state has 499 MiB free, 500 MiB are needed"), "{why}");
    for (free, stopped) in [(501, true), (549, true), (550, false), (510, false), (499, true), (800, false)] {
        assert_eq!(site.with("state", Some(free)).await.is_some(), stopped, "{free} MiB");
    }
    let count = |sql: &'static str| {
        site.watch.braking.store().read(move |connection| {
            connection.query_row(sql, [], |row| row.get::<_, i64>(0)).map_err(Into::into)
        })
    };
    assert_eq!(count("SELECT count(*) FROM journal WHERE entry ->> '$.brake' = 'disk'").await.unwrap(), 4);
    assert_eq!(count("SELECT count(*) FROM events WHERE kind = 'disk_reserve_reached'").await.unwrap(), 2);
    assert_eq!(count("SELECT count(*) FROM events WHERE kind = 'disk_has_room'").await.unwrap(), 2);
}

/// Looks until a drop folder is so.
async fn looks_until(site: &mut Site, folder: &str, state: State) {
    let folder = site.folder.path().join(folder);
    let looks = async {
        while site.watch.drops.get(&folder).is_none_or(|place| place.state != state) {
            site.watch.look(&site.settings).await;
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), looks).await.expect("its state is seen");
}

#[tokio::test]
async fn a_drop_folder_without_room_is_told_and_stops_nobody() {
    let mut site = Site::new().await;
    looks_until(&mut site, "drop", State::Unknown).await;
    for (free, state) in [(10, State::Short), (501, State::Short), (900, State::Well), (510, State::Well)] {
        assert_eq!(site.with("drop", Some(free)).await, None, "{free} MiB");
        looks_until(&mut site, "drop", state).await;
    }
    site.with("drop", Some(1)).await;
    looks_until(&mut site, "drop", State::Short).await;
    let why = site.with("state", Some(20)).await.unwrap();
    assert!(why.contains("state has 20 MiB free") && !why.contains("drop"), "{why}");
    assert_eq!(site.with("state", Some(900)).await, None);
    site.settings.drops.clear();
    site.with("state", Some(900)).await;
    assert!(site.watch.drops.is_empty(), "a folder that is no longer used is forgotten");
}

#[tokio::test(start_paused = true)]
async fn drop_folders_that_hang_do_not_delay_the_look_at_the_store() {
    let mut site = Site::new().await;
    let folders = ["dead-1", "dead-2", "dead-3"].map(|name| site.folder.path().join(name));
    for folder in &folders {
        site.disks.set(folder, None);
    }
    site.settings.drops = folders.to_vec();
    let begun = tokio::time::Instant::now();
    for free in [900, 1] {
        assert_eq!(site.with("state", Some(free)).await.is_some(), free == 1);
    }
    assert_eq!(begun.elapsed(), Duration::ZERO);
    let state = |site: &Site| site.watch.drops[&folders[0]].state;
    assert_eq!(state(&site), State::Well);
    site.clock.pass(ANSWER);
    site.with("state", Some(1)).await;
    assert_eq!(state(&site), State::Unknown);
    for folder in &folders {
        site.disks.set(folder, Some(MIB));
    }
}

/// Looks at a folder that hangs, and lets the time pass that it may take to answer.
async fn hanging(site: &mut Site, folder: &str) -> Option<String> {
    let disks = Arc::clone(&site.disks);
    disks.1.store(0, Ordering::Relaxed);
    let pass = async {
        while disks.1.load(Ordering::Relaxed) == 0 {
            tokio::task::yield_now().await;
        }
        tokio::time::advance(ANSWER).await;
    };
    tokio::join!(site.with(folder, None), pass).0
}

#[tokio::test(start_paused = true)]
async fn a_file_system_that_hangs_holds_up_nobody() {
    let mut site = Site::new().await;
    let why = hanging(&mut site, "state").await.unwrap();
    assert!(why.contains("does not answer"), "{why}");
    assert!(hanging(&mut site, "state").await.is_some());
    assert_eq!(site.with("state", Some(900)).await, None);
}

#[tokio::test]
async fn what_cannot_be_written_yet_is_written_later() {
    let mut site = Site::new().await;
    let file = site.folder.path().join("state").join(crate::store::FILE);
    let other = rusqlite::Connection::open(&file).unwrap();
    // No room for a single page more.
    other
        .execute_batch("CREATE TRIGGER full BEFORE INSERT ON journal BEGIN SELECT RAISE(ABORT, 'full'); END")
        .unwrap();
    assert!(site.with("state", Some(1)).await.is_some(), "it stops whether it can be written or not");
    assert_eq!(site.with("state", Some(900)).await, None);
    other.execute_batch("DROP TRIGGER full").unwrap();
    site.with("state", Some(900)).await;
    let states: String = other
        .query_row("SELECT group_concat(entry ->> '$.state' ORDER BY seq) FROM journal", [], |row| row.get(0))
        .unwrap();
    assert!(states.ends_with("in force,lifted"), "{states}");
}

#[test]
fn the_system_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    assert!(FileSystem.free(folder.path()).unwrap() > 0);
    assert!(FileSystem.free(&folder.path().join("nowhere")).is_err());
}

#[tokio::test(start_paused = true)]
async fn one_that_waits_for_a_store_that_hangs_shows_no_life() {
    let site = Site::new().await;
    let (pulse, stop) = (Pulse::default(), CancellationToken::new());
    let store = site.watch.braking.store().clone();
    let (_settings, settings) = watch::channel(Arc::new(site.settings.clone()));
    let beat = pulse.part("the disk watch", ALIVE);
    let running = tokio::spawn(site.watch.run(settings, beat, stop.clone()));
    tokio::time::sleep(ALIVE * 2).await;
    assert_eq!(pulse.stalled(), []);

    let (begun, begins) = oneshot::channel();
    let (release, hold) = std::sync::mpsc::channel::<()>();
    let hanging = tokio::spawn({
        let store = store.clone();
        async move {
            store
                .write(move |_| {
                    begun.send(()).unwrap();
                    hold.recv().ok();
                    Ok(())
                })
                .await
        }
    });
    begins.await.unwrap();
    // That polling stops must be written down.
    site.disks.set(&site.folder.path().join("state"), Some(0));
    tokio::time::sleep(ALIVE * 2).await;
    assert_eq!(pulse.stalled().iter().map(|(part, _)| *part).collect::<Vec<_>>(), ["the disk watch"]);

    drop(release);
    hanging.await.unwrap().unwrap();
    store.write(|_| Ok(())).await.unwrap();
    tokio::time::sleep(EVERY * 2).await;
    assert_eq!(pulse.stalled(), []);
    stop.cancel();
    running.await.unwrap();
}
