//! A store, sinks, and the delivery between them.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use licwatch::brakes::Brakes;
use licwatch::clock::SystemClock;
use licwatch::config::SinkKind;
use licwatch::deliver::{Batch, Delivery, Destination, Pace, Receipt, Refusal, Sink};
use licwatch::journal::Actor;
use licwatch::observation::{Outcome, Summary};
use licwatch::store::outbox::{SinkSpec, SinkState, Wants, state};
use licwatch::store::{Collected, Store};
use licwatch::transport::ssh::BoxFuture;
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Everything that is waited for comes within this, or the test fails.
const SOON: Duration = Duration::from_secs(60);

/// Quick enough for tests against real sockets.
pub(crate) fn pace() -> Pace {
    Pace {
        retry: Duration::from_millis(40),
        retry_most: Duration::from_millis(200),
        limit: Duration::from_secs(20),
        ..Pace::default()
    }
}

pub(crate) struct Site {
    pub(crate) folder: TempDir,
    pub(crate) store: Store,
    pub(crate) brakes: Brakes,
    pub(crate) stop_within: Duration,
    running: Option<Running>,
    collected: u64,
}

struct Running {
    sinks: watch::Sender<Arc<Vec<Destination>>>,
    drain: CancellationToken,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Site {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path());
        let stop_within = Duration::from_millis(100);
        Self { folder, store, brakes: Brakes::default(), stop_within, running: None, collected: 0 }
    }

    /// Lets the store know sinks of records, as a configuration does.
    pub(crate) async fn configure(&self, names: &[&str]) {
        let specs: Vec<_> = names.iter().map(|name| spec(name, Wants::Records)).collect();
        self.store.write(move |tx| tx.configure_sinks(&specs)).await.unwrap();
    }

    /// Begins to deliver.
    pub(crate) fn run(&mut self, sinks: Vec<Destination>) {
        let (sinks, configured) = watch::channel(Arc::new(sinks));
        let (stop, clock) = (CancellationToken::new(), Arc::new(SystemClock::new()));
        let delivery =
            Delivery::new(self.store.clone(), clock, configured, self.brakes.clone(), self.stop_within);
        let drain = CancellationToken::new();
        let task = tokio::spawn(delivery.until(drain.clone()).run(stop.clone()));
        self.running = Some(Running { sinks, drain, stop, task });
    }

    /// Says that nothing more comes.
    pub(crate) fn drains(&self) {
        self.running.as_ref().unwrap().drain.cancel();
    }

    /// Delivers what waits, and comes back when that has ended by itself.
    pub(crate) async fn drain(&mut self, sinks: Vec<Destination>) {
        self.run(sinks);
        self.drains();
        soon(self.running.as_mut().map(|running| &mut running.task).unwrap()).await.unwrap();
        self.running = None;
    }

    /// Puts other sinks in force.
    pub(crate) fn reload(&self, sinks: Vec<Destination>) {
        self.running.as_ref().unwrap().sinks.send_replace(Arc::new(sinks));
    }

    /// Stops, and waits until everything has ended.
    pub(crate) async fn stop(&mut self) {
        let running = self.running.take().unwrap();
        running.stop.cancel();
        soon(running.task).await.unwrap();
    }

    /// Ends at once, as `kill -9` does for all that is not in the store.
    pub(crate) async fn kill(&mut self) {
        let running = self.running.take().unwrap();
        running.task.abort();
        let _ = running.task.await;
        drop(running.sinks);
        running.stop.cancel();
    }

    /// Collects so many records, and says their ids.
    pub(crate) async fn collect(&mut self, count: usize) -> Vec<String> {
        let mut ids = Vec::new();
        for _ in 0..count {
            self.collected += 1;
            let collected = collected(&format!("device-{}", self.collected));
            ids.push(collected.id.to_string());
            self.store.write(move |tx| tx.collect(&collected)).await.unwrap();
        }
        ids
    }

    pub(crate) async fn state(&self, sink: &str) -> SinkState {
        let sink = sink.to_owned();
        self.store.read(move |connection| state(connection, &sink)).await.unwrap().unwrap()
    }

    /// Waits until a sink fares so.
    pub(crate) async fn until(&self, sink: &str, is_so: impl Fn(&SinkState) -> bool) -> SinkState {
        soon(async {
            loop {
                let state = self.state(sink).await;
                if is_so(&state) {
                    return state;
                }
                pause().await;
            }
        })
        .await
    }

    /// The events of a kind, as JSON.
    pub(crate) async fn events(&self, kind: &'static str) -> Vec<serde_json::Value> {
        self.rows("SELECT event FROM events WHERE kind = ? ORDER BY seq", kind).await
    }

    /// The journal's entries of a kind.
    pub(crate) async fn entries(&self, kind: &'static str) -> Vec<serde_json::Value> {
        let sql = "SELECT CAST(entry AS TEXT) FROM journal
                   WHERE json_extract(CAST(entry AS TEXT), '$.kind') = ? ORDER BY seq";
        self.rows(sql, kind).await
    }

    async fn rows(&self, sql: &'static str, kind: &'static str) -> Vec<serde_json::Value> {
        let read = self.store.read(move |connection| {
            let mut query = connection.prepare(sql)?;
            let rows = query.query_map([kind], |row| row.get::<_, String>(0))?;
            Ok(rows.collect::<Result<Vec<_>, _>>()?)
        });
        read.await.unwrap().iter().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

pub(crate) fn open(folder: &Path) -> Store {
    Store::open(folder, "site-12", Arc::new(SystemClock::new())).unwrap()
}

pub(crate) fn spec(name: &str, wants: Wants) -> SinkSpec {
    let kind = if wants == Wants::Events { SinkKind::Syslog } else { SinkKind::Http };
    SinkSpec { name: name.to_owned(), kind, wants }
}

fn collected(device: &str) -> Collected {
    let id = Uuid::now_v7();
    Collected {
        device: device.to_owned(),
        id,
        polled_at: Timestamp::now(),
        outcome: Outcome::Complete,
        line: format!(r#"{{"device":{{"hostname":"{device}"}},"observation":{{"id":"{id}"}}}}"#),
        summary: Summary::default(),
        serial_numbers: Vec::new(),
        offset_ms: None,
        captures: Vec::new(),
        actor: Actor::Daemon,
        carried_by: None,
    }
}

/// Waits, but not for ever: by the clock on the wall, also where the runtime's clock is told what time it is.
pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    let (is_over, over) = tokio::sync::oneshot::channel::<()>();
    let (done, is_done) = std::sync::mpsc::channel::<()>();
    std::thread::spawn(move || {
        if is_done.recv_timeout(SOON) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
            let _ = is_over.send(());
        }
    });
    tokio::select! {
        biased;
        output = future => {
            drop(done);
            output
        }
        Ok(()) = over => panic!("it takes too long"),
        else => unreachable!(),
    }
}

/// A moment on the wall between two looks at the store.
async fn pause() {
    tokio::task::spawn_blocking(|| std::thread::sleep(Duration::from_millis(2))).await.unwrap();
}

/// While it lives, a paused clock of the runtime moves only by `tokio::time::advance`. Otherwise it would also move
/// whenever all wait for the store's thread.
pub(crate) struct Frozen(#[expect(dead_code, reason = "held")] std::sync::mpsc::Sender<()>);

impl Frozen {
    pub(crate) fn new() -> Self {
        let (held, is_held) = std::sync::mpsc::channel();
        tokio::task::spawn_blocking(move || is_held.recv());
        Self(held)
    }
}

/// A sink that answers as it is told and writes down what it was offered.
#[derive(Clone)]
pub(crate) struct Scripted {
    seen: watch::Sender<Vec<Seen>>,
    answer: Arc<Mutex<Answer>>,
}

type Answer = Box<dyn FnMut(&Batch) -> Said + Send>;

/// What a sink does with a batch.
pub(crate) enum Said {
    Take,
    Refuse(Refusal),
    Receipt(Receipt),
    Hang,
    Panic,
}

/// A batch that was offered.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Seen {
    pub(crate) key: String,
    pub(crate) sequence: u64,
    pub(crate) begun_at: Timestamp,
    pub(crate) ids: Vec<String>,
    pub(crate) is_taken: bool,
}

impl Scripted {
    pub(crate) fn new(answer: impl FnMut(&Batch) -> Said + Send + 'static) -> Self {
        Self { seen: watch::Sender::default(), answer: Arc::new(Mutex::new(Box::new(answer))) }
    }

    /// Answers so, one after the other, then takes everything.
    pub(crate) fn saying(answers: impl IntoIterator<Item = Said>) -> Self {
        let mut answers: VecDeque<_> = answers.into_iter().collect();
        Self::new(move |_| answers.pop_front().unwrap_or(Said::Take))
    }

    pub(crate) fn to(&self, name: &str, pace: Pace) -> Destination {
        Destination { name: name.to_owned(), sink: Arc::new(self.clone()), pace }
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.borrow().clone()
    }

    /// The ids of the lines that were taken, in order.
    pub(crate) fn taken(&self) -> Vec<String> {
        self.seen().into_iter().filter(|seen| seen.is_taken).flat_map(|seen| seen.ids).collect()
    }

    pub(crate) async fn until(&self, is_so: impl FnMut(&Vec<Seen>) -> bool) -> Vec<Seen> {
        soon(self.seen.subscribe().wait_for(is_so)).await.unwrap().clone()
    }
}

impl Sink for Scripted {
    fn deliver<'a>(&'a self, batch: &'a Batch) -> BoxFuture<'a, Result<Receipt, Refusal>> {
        Box::pin(async move {
            let said = (self.answer.lock().unwrap())(batch);
            let is_taken = matches!(said, Said::Take | Said::Receipt(_));
            self.seen.send_modify(|seen| {
                seen.push(Seen {
                    key: batch.key.clone(),
                    sequence: batch.sequence,
                    begun_at: batch.begun_at,
                    ids: batch.lines.iter().map(|line| line.id.clone()).collect(),
                    is_taken,
                });
            });
            match said {
                Said::Take => Ok(Receipt { refused: Vec::new(), note: "scripted".to_owned() }),
                Said::Receipt(receipt) => Ok(receipt),
                Said::Refuse(refusal) => Err(refusal),
                Said::Hang => std::future::pending().await,
                Said::Panic => panic!("a fault of a sink"),
            }
        })
    }
}

pub(crate) fn later(reason: &str) -> Said {
    Said::Refuse(Refusal::Later { reason: reason.to_owned(), after: None })
}

pub(crate) fn refused(reason: &str) -> Said {
    Said::Refuse(Refusal::Batch { reason: reason.to_owned() })
}
