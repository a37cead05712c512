use std::cell::Cell;
use std::fs;

use super::*;
use crate::clock::SystemClock;
use crate::config;

impl Recorded for usize {
    fn record(&self, _: &mut Tx<'_>) -> Result<Vec<Gone>, StoreError> {
        Ok(Vec::new())
    }
}

/// A plan is the number of devices of a configuration that stands in a folder.
fn load(folder: &Path) -> Arc<Load<usize>> {
    let file = folder.join("licwatch.toml");
    Arc::new(move |_| {
        steady(|| {
            let config = config::load(&file)?;
            let devices = config.devices()?;
            let files = std::iter::once(file.clone()).chain(config.inventory_files()).collect();
            Ok((devices.len(), files))
        })
    })
}

struct Site {
    folder: tempfile::TempDir,
    store: Store,
    reloader: Reloader<usize>,
}

impl Site {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = "[inventory]\nfiles = [\"devices.csv\"]\n[poll]\ncredential = \"network\"\n\
                      [credentials.network]\nuser = \"monitor\"\nprompt = true\n";
        fs::write(folder.path().join("licwatch.toml"), config).unwrap();
        fs::write(folder.path().join("devices.csv"), "name,address\ncore-1,192.0.2.1\n").unwrap();
        let clock = Arc::new(SystemClock::new());
        let store = Store::open(&folder.path().join("state"), "test-agent", clock).unwrap();
        let load = load(folder.path());
        let first = load(None).unwrap();
        let reloader = Reloader::begin(load, first, store.clone()).await.unwrap();
        Self { folder, store, reloader }
    }

    async fn journal(&self) -> Vec<Value> {
        let read = self.store.read(|connection| {
            let mut rows = connection.prepare("SELECT entry FROM journal ORDER BY seq")?;
            let entries =
                rows.query_map([], |row| row.get::<_, Vec<u8>>(0))?.collect::<Result<Vec<_>, _>>()?;
            Ok(entries)
        });
        let entries = read.await.unwrap();
        let ours = |entry: &Value| entry["kind"].as_str().unwrap().starts_with("configuration");
        entries.iter().map(|entry| serde_json::from_slice(entry).unwrap()).filter(ours).collect()
    }
}

#[tokio::test]
async fn a_right_configuration_takes_the_place_and_its_files_are_on_record() {
    let site = Site::new().await;
    let plans = site.reloader.plans();
    assert_eq!(**plans.borrow(), 1);
    let devices = site.folder.path().join("devices.csv");
    fs::write(&devices, "name,address\ncore-1,192.0.2.1\ncore-2,192.0.2.2\n").unwrap();
    assert!(site.reloader.reload().await);
    assert_eq!(**plans.borrow(), 2);
    let journal = site.journal().await;
    assert_eq!(journal.len(), 2);
    assert_eq!(journal[0]["files"][0], journal[1]["files"][0], "this file is as it was");
    let listed = &journal[1]["files"][1];
    assert_eq!(listed["path"], devices.to_str().unwrap());
    assert_eq!(listed["sha256"], sha256(&fs::read(&devices).unwrap()));
    assert_ne!(journal[0]["files"][1], *listed);
}

#[tokio::test]
async fn a_wrong_configuration_is_refused_and_the_old_one_stays() {
    let site = Site::new().await;
    let plans = site.reloader.plans();
    let file = site.folder.path().join("licwatch.toml");
    fs::write(
        &file,
        "[pol]\nsessions = 3\npassword = \"hunter2\"\n[credentials.x]\npassword = \"hunter2\"\n",
    )
    .unwrap();
    assert!(!site.reloader.reload().await);
    fs::remove_file(&file).unwrap();
    assert!(!site.reloader.reload().await);
    assert!(!plans.has_changed().unwrap());
    let journal = site.journal().await;
    assert_eq!(journal.len(), 3);
    assert_eq!(journal[1]["kind"], "configuration_refused");
    assert!(journal[1]["count"].as_u64().unwrap() >= 2, "{}", journal[1]);
    assert!(journal[1]["problems"][0].as_str().unwrap().contains("pol"), "{}", journal[1]);
    assert!(!journal[1].to_string().contains("hunter2"));
    assert!(journal[2]["problems"][0].as_str().unwrap().contains("there is no such file"));
    let told = site.store.read(|connection| {
        let sql = "SELECT group_concat(kind), group_concat(event) FROM events";
        let row = |row: &rusqlite::Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?));
        connection.query_row(sql, [], row).map_err(Into::into)
    });
    let (kinds, events) = told.await.unwrap();
    assert_eq!(kinds, "configuration_loaded,configuration_refused,configuration_refused");
    assert!(!events.contains("hunter2"));
}

#[tokio::test]
async fn the_service_manager_is_told_when_a_reload_begins_and_ends() {
    let site = Site::new().await;
    let address = site.folder.path().join("notify");
    let socket = tokio::net::UnixDatagram::bind(&address).unwrap();
    let manager =
        super::super::notify::ServiceManager { socket: Some(address.into_os_string()), watchdog: None };
    let (asked, stop) = (Arc::new(Notify::new()), CancellationToken::new());
    let notifier = Notifier::connect(&manager).unwrap();
    let plans = site.reloader.plans();
    fs::write(site.folder.path().join("devices.csv"), "name,address\n").unwrap();
    let running = tokio::spawn(site.reloader.run(Arc::clone(&asked), notifier, stop.clone()));
    asked.notify_one();
    let mut said = String::new();
    while !said.ends_with("READY=1\n") {
        let mut bytes = [0; 256];
        let length = tokio::time::timeout(LIMIT, socket.recv(&mut bytes)).await.unwrap().unwrap();
        said.push_str(std::str::from_utf8(&bytes[..length]).unwrap());
    }
    assert!(said.starts_with("RELOADING=1\nMONOTONIC_USEC="), "{said}");
    assert_eq!(**plans.borrow(), 0);
    stop.cancel();
    running.await.unwrap();
}

#[tokio::test]
async fn a_reader_with_a_fault_is_a_refusal() {
    let site = Site::new().await;
    let faulty: Arc<Load<usize>> = Arc::new(|_| panic!("a fault of ours"));
    let first = Loaded { plan: 1, files: Vec::new() };
    let reloader = Reloader::begin(faulty, first, site.store.clone()).await.unwrap();
    assert!(!reloader.reload().await);
    assert_eq!(
        site.journal().await.last().unwrap()["problems"][0],
        "reading it ended by a fault of licwatch"
    );
}

#[tokio::test]
async fn files_that_hang_take_one_thread_and_the_end_of_it_is_told() {
    let site = Site::new().await;
    let (begun, mut begins) = tokio::sync::mpsc::unbounded_channel();
    let (release, hold) = std::sync::mpsc::channel::<()>();
    let hold = std::sync::Mutex::new(hold);
    let hanging: Arc<Load<usize>> = Arc::new(move |_| {
        begun.send(()).unwrap();
        hold.lock().unwrap().recv().ok();
        Ok(Loaded { plan: 2, files: Vec::new() })
    });
    let first = Loaded { plan: 1, files: Vec::new() };
    let reloader = Arc::new(Reloader::begin(hanging, first, site.store.clone()).await.unwrap());
    tokio::time::pause();
    let reloading = tokio::spawn({
        let reloader = Arc::clone(&reloader);
        async move { reloader.reload().await }
    });
    begins.recv().await.unwrap();
    tokio::time::advance(LIMIT + Duration::from_secs(1)).await;
    assert!(!reloading.await.unwrap());
    tokio::time::resume();
    assert!(!reloader.reload().await);
    assert!(begins.try_recv().is_err(), "nobody reads beside the one who hangs");
    let journal = site.journal().await;
    let problems: Vec<_> = journal.iter().filter_map(|entry| entry["problems"][0].as_str()).collect();
    assert!(problems[0].contains("longer than 120 s") && problems[1].contains("has not ended yet"));
    drop(release);
    // As soon as that one has ended, files are read again.
    let taken = async {
        while !reloader.reload().await {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LIMIT, taken).await.unwrap();
}

#[test]
fn files_that_change_while_they_are_read_are_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    let reads = Cell::new(0);
    let changing = |until: usize| {
        reads.set(0);
        steady(|| {
            let text = reads.get().min(until).to_string();
            fs::write(&file, &text).unwrap();
            reads.set(reads.get() + 1);
            Ok((text, vec![file.clone()]))
        })
    };
    let loaded = changing(2).unwrap();
    assert_eq!((loaded.plan.as_str(), reads.get()), ("2", 4));
    assert_eq!(loaded.files[0].sha256, sha256(b"2"));
    let error = changing(usize::MAX).unwrap_err();
    assert!(matches!(error, LoadError::Changing) && error.may_pass(), "{error}");
}
