use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::Value;

use super::*;
use crate::clock::SystemClock;
use crate::credentials::Process;
use crate::daemon::Draft;
use crate::daemon::reload::{Load, LoadError, Loaded, Reloader, steady};
use crate::deliver::Batch;
use crate::events::{Event, Kind};
use crate::store::Store;
use crate::store::outbox::state;

const SIEM: &str = "[sink.siem]\nkind = \"syslog\"\nto = \"udp://192.0.2.30:514\"\n";

/// An operator's folder with one device, and what its files say besides.
struct Site(tempfile::TempDir);

impl Site {
    fn new(more: &str) -> Self {
        let site = Self(tempfile::tempdir().unwrap());
        let secret = site.path().join("password");
        fs::write(&secret, "x\n").unwrap();
        fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).unwrap();
        site.says(more, "core-1,192.0.2.1\n");
        site
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn says(&self, more: &str, devices: &str) {
        let config = "[inventory]\nfiles = [\"devices.csv\"]\n[poll]\ncredential = \"network\"\n\
                      [credentials.network]\nuser = \"monitor\"\npassword_file = \"password\"\n";
        fs::write(self.path().join("licwatch.toml"), format!("{config}{more}")).unwrap();
        fs::write(self.path().join("devices.csv"), format!("name,address\n{devices}")).unwrap();
    }

    fn load(&self) -> Arc<Load<Plan>> {
        let file = self.path().join("licwatch.toml");
        Arc::new(move |_| {
            let Loaded { plan: draft, files } = steady(|| {
                let draft = Draft::read(Some(&file))?;
                let files = draft.files();
                Ok::<_, LoadError>((draft, files))
            })?;
            Ok(Loaded { plan: draft.resolve(&Process)?, files })
        })
    }

    fn makers(&self) -> Makers {
        Makers {
            agent: "test-agent".into(),
            host: "host".into(),
            surroundings: Arc::new(Process),
            clock: Arc::new(SystemClock::new()),
            started: "2027-03-01T12:00:00Z".parse().unwrap(),
        }
    }
}

/// A daemon as far as its configuration goes.
struct Begun {
    store: Store,
    reloader: Reloader<Plan>,
    settings: Settings,
}

async fn begin(site: &Site) -> Begun {
    let clock = Arc::new(SystemClock::new());
    let store = Store::open(&site.path().join("state"), "test-agent", clock).unwrap();
    let load = site.load();
    let first = load(None).unwrap();
    let reloader = Reloader::begin(load, first, store.clone()).await.unwrap();
    let settings = Settings::begin(site.makers(), LogLimit::default(), reloader.plans());
    Begun { store, reloader, settings }
}

impl Begun {
    /// The last entry of a kind in the journal.
    async fn entry(&self, kind: &'static str) -> Value {
        let read = self.store.read(move |connection| {
            let sql =
                "SELECT CAST(entry AS TEXT) FROM journal WHERE entry ->> '$.kind' = ? ORDER BY seq DESC";
            Ok(connection.query_row(sql, [kind], |row| row.get::<_, String>(0))?)
        });
        serde_json::from_str(&read.await.unwrap()).unwrap()
    }

    /// The devices and the sinks that the store knows.
    async fn known(&self) -> (String, String) {
        let read = self.store.read(|connection| {
            let text = |sql| connection.query_row(sql, [], |row| row.get::<_, String>(0));
            let devices = text("SELECT group_concat(name) FROM devices WHERE listed")?;
            Ok((devices, text("SELECT group_concat(name || ' ' || kind) FROM sinks WHERE active")?))
        });
        read.await.unwrap()
    }
}

#[tokio::test]
async fn what_the_store_refuses_is_refused_as_a_whole_and_the_next_one_is_taken() {
    let site = Site::new(SIEM);
    let begun = begin(&site).await;
    let jump = begun.settings.jump();
    let plans = begun.reloader.plans();
    let event = Event::new(Kind::AgentStarted, "the agent started");
    begun.store.write(move |tx| tx.tell(&event).map(drop)).await.unwrap();
    let waiting = begun.store.read(|sql| state(sql, "siem")).await.unwrap().unwrap().waiting;
    assert!(waiting > 0);

    let two = "core-1,192.0.2.1\ncore-2,192.0.2.2\n";
    let other =
        "[sink.siem]\nkind = \"http\"\nurl = \"http://127.0.0.1:9/records\"\n[clock]\njump = \"9m\"\n";
    site.says(other, two);
    assert!(!begun.reloader.reload().await);
    assert!(!plans.has_changed().unwrap() && !jump.has_changed().unwrap());
    let refused = begun.entry("configuration_refused").await;
    let problem = refused["problems"][0].as_str().unwrap();
    assert!(problem.contains("sink \"siem\" still holds") && problem.contains("another name"), "{problem}");
    assert_eq!(begun.known().await, ("core-1".into(), "siem syslog".into()), "all of it is as it was");

    site.says(&format!("{SIEM}[clock]\njump = \"7m\"\n"), two);
    let (mut jump, stop) = (jump, CancellationToken::new());
    let running = tokio::spawn(begun.settings.run(stop.clone()));
    assert!(begun.reloader.reload().await);
    let limit = Duration::from_secs(60);
    let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
    tokio::time::timeout(limit, jump.wait_for(|jump| *jump == minutes(7))).await.unwrap().unwrap();
    stop.cancel();
    running.await.unwrap();
}

#[tokio::test]
async fn lines_that_are_left_for_a_sink_that_is_gone_are_told_at_every_load() {
    let site = Site::new(SIEM);
    let begun = begin(&site).await;
    let event = Event::new(Kind::AgentStarted, "the agent started");
    begun.store.write(move |tx| tx.tell(&event).map(drop)).await.unwrap();
    let waiting = begun.store.read(|sql| state(sql, "siem")).await.unwrap().unwrap().waiting;
    assert_eq!(begun.entry("configuration_loaded").await.get("left_for_sinks"), None);
    site.says("", "core-1,192.0.2.1\n");
    for _ in 0..2 {
        assert!(begun.reloader.reload().await);
        let left = &begun.entry("configuration_loaded").await["left_for_sinks"];
        assert_eq!(*left, serde_json::json!([{ "sink": "siem", "waiting": waiting, "refused": 0 }]));
    }
    let told = begun.store.read(|sql| {
        let sql_text = "SELECT event FROM events WHERE kind = 'configuration_loaded' ORDER BY seq DESC";
        Ok(sql.query_row(sql_text, [], |row| row.get::<_, String>(0))?)
    });
    let told = told.await.unwrap();
    assert!(told.contains("lines are left for sinks it does not name: siem"), "{told}");
}

#[tokio::test(start_paused = true)]
async fn a_try_from_before_a_reload_ends_before_the_next_one_into_the_same_folder() {
    let sink = |gather: &str| {
        format!("[sink.diode]\nkind = \"file-drop\"\ndirectory = \"drop\"\ngather = \"{gather}\"\n")
    };
    let site = Site::new(&sink("1m"));
    fs::create_dir(site.path().join("drop")).unwrap();
    let (plan, plans) = watch::channel(Arc::new(site.load()(None).unwrap().plan));
    let mut settings = Settings::begin(site.makers(), LogLimit::default(), plans);
    let turn = settings.turns.values().next().unwrap().clone();
    let hanging = turn.take().await;
    // The sink is another one, the folder the same.
    site.says(&sink("2m"), "core-1,192.0.2.1\n");
    plan.send_replace(Arc::new(site.load()(None).unwrap().plan));
    settings.follow();
    let sink = Arc::clone(&settings.destinations().borrow()[0].sink);
    assert_eq!(sink.gather(), Duration::from_secs(120));
    let batch = Batch {
        sink: "diode".into(),
        sequence: 1,
        key: "key".into(),
        begun_at: "2027-03-01T12:00:00Z".parse().unwrap(),
        lines: Vec::new(),
        head: None,
    };
    let day = Duration::from_secs(24 * 3600);
    assert!(tokio::time::timeout(day, sink.deliver(&batch)).await.is_err(), "it waits for its turn");
    drop(hanging);
    sink.deliver(&batch).await.unwrap();
}
