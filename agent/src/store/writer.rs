//! The thread that writes.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch};

use super::StoreError;
use crate::clock::Clock;

/// Changes in one transaction, at most.
const GROUP: usize = 256;
/// How long a transaction waits for as many changes as the one before it had. A lone change waits for nobody.
const LINGER: Duration = Duration::from_millis(5);
/// How long the changes of one transaction may take before it is committed.
const WORK: Duration = Duration::from_millis(50);
/// Async changes that wait for the thread; who comes after them waits in turn. A change that blocks a thread of its own
/// needs no place: there is one of each thread.
const QUEUE: usize = 1024;

/// A transaction that a change is made in. What it reads is what stands on disk, whoever wrote it.
pub struct Tx<'c> {
    connection: &'c Connection,
    agent: &'c str,
    now: Timestamp,
    queued: bool,
}

impl<'c> Tx<'c> {
    pub(super) fn new(connection: &'c Connection, agent: &'c str, now: Timestamp) -> Self {
        Self { connection, agent, now, queued: false }
    }

    /// The transaction, for SQL.
    pub fn sql(&self) -> &Connection {
        self.connection
    }

    /// The agent's time, the same for all of one change.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The agent's name.
    pub fn agent(&self) -> &str {
        self.agent
    }

    /// Wakes those who deliver, once the transaction is committed.
    pub(super) fn wake_delivery(&mut self) {
        self.queued = true;
    }
}

/// Makes a change, if there is a transaction for it, and says how it went.
type Job = Box<dyn FnOnce(Result<&mut Tx<'_>, StoreError>) -> Done + Send>;

/// Sent when the transaction has ended.
type Reply = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// A change that was made or not.
struct Done {
    /// Why it was not.
    problem: Option<StoreError>,
    reply: Reply,
}

/// A change on its way, with its place in the queue.
struct Sent {
    job: Job,
    place: Option<OwnedSemaphorePermit>,
}

/// The way to the thread. Dropping it waits until every change that was sent is made.
#[derive(Debug)]
pub(super) struct Writer {
    jobs: Option<mpsc::Sender<Sent>>,
    places: Arc<Semaphore>,
    thread: Mutex<Option<JoinHandle<Connection>>>,
    queued: watch::Receiver<()>,
}

impl Writer {
    pub(super) fn start(
        connection: Connection,
        agent: String,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StoreError> {
        let (jobs, queue) = mpsc::channel();
        let (wake, queued) = watch::channel(());
        let desk = Desk { connection, agent, clock, queue, company: 1, wake, queued: false };
        let thread = thread::Builder::new().name("store".to_owned());
        let thread = thread.spawn(move || desk.work());
        let thread =
            thread.map_err(|error| StoreError::Refused(format!("no thread can be started: {error}")))?;
        let places = Arc::new(Semaphore::new(QUEUE));
        Ok(Self { jobs: Some(jobs), places, thread: Mutex::new(Some(thread)), queued })
    }

    /// Changes whenever something was queued for a sink by this process.
    pub(super) fn queued(&self) -> watch::Receiver<()> {
        self.queued.clone()
    }

    pub(super) async fn write<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let place = Arc::clone(&self.places).acquire_owned().await.map_err(|_| StoreError::Closed)?;
        self.send(change, Some(place))?.await.map_err(|_| StoreError::Closed)?
    }

    pub(super) fn write_blocking<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.send(change, None)?.blocking_recv().map_err(|_| StoreError::Closed)?
    }

    fn send<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
        place: Option<OwnedSemaphorePermit>,
    ) -> Result<oneshot::Receiver<Result<T, StoreError>>, StoreError> {
        let (job, answer) = job(change);
        let jobs = self.jobs.as_ref().ok_or(StoreError::Closed)?;
        jobs.send(Sent { job, place }).map_err(|_| StoreError::Closed)?;
        Ok(answer)
    }
}

impl Writer {
    /// Makes every change that was sent, and then gives the connection back: whoever closes it last tidies up.
    pub(super) fn end(&mut self) -> Option<Connection> {
        self.jobs = None;
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        // A panic of the thread was told to everybody who waited for it.
        thread.join().ok()
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.end());
    }
}

fn job<T: Send + 'static>(
    change: impl FnOnce(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
) -> (Job, oneshot::Receiver<Result<T, StoreError>>) {
    let (sender, answer) = oneshot::channel();
    let job = move |tx: Result<&mut Tx<'_>, StoreError>| {
        let made = tx.and_then(|tx| {
            // What a change that panicked has done is taken back with its savepoint; the others go on.
            let made = catch_unwind(AssertUnwindSafe(|| change(tx)));
            made.unwrap_or_else(|said| Err(StoreError::panicked(said.as_ref())))
        });
        let problem = made.as_ref().err().cloned();
        let reply = move |committed: Result<(), StoreError>| {
            // Whoever does not wait for the answer does not need it.
            drop(sender.send(made.and_then(|made| committed.map(|()| made))));
        };
        Done { problem, reply: Box::new(reply) }
    };
    (Box::new(job), answer)
}

/// What the thread works with.
struct Desk {
    connection: Connection,
    agent: String,
    clock: Arc<dyn Clock>,
    queue: Receiver<Sent>,
    /// How many changes the transaction before had.
    company: usize,
    /// Tells that something was queued for a sink.
    wake: watch::Sender<()>,
    /// Whether the transaction has queued something.
    queued: bool,
}

impl Desk {
    /// Works until nobody can send any more.
    fn work(mut self) -> Connection {
        while let Ok(first) = self.queue.recv() {
            let mut replies = Vec::new();
            let committed = self.group(first, &mut replies);
            self.company = replies.len();
            if std::mem::take(&mut self.queued) && committed.is_ok() {
                self.wake.send_replace(());
            }
            for reply in replies {
                reply(committed.clone());
            }
        }
        self.connection
    }

    /// One transaction for the first change and those that come soon after it.
    fn group(&mut self, first: Sent, replies: &mut Vec<Reply>) -> Result<(), StoreError> {
        let begun = Instant::now();
        let Self { connection, agent, clock, queue, company, queued, .. } = self;
        let mut transaction = match connection.transaction_with_behavior(TransactionBehavior::Immediate) {
            Ok(transaction) => transaction,
            Err(error) => {
                // Whoever waits already would wait as long again, one after another.
                let error = StoreError::from(error);
                let waiting = std::iter::once(first).chain(queue.try_iter().take(QUEUE));
                replies.extend(waiting.map(|sent| (sent.job)(Err(error.clone())).reply));
                return Ok(());
            }
        };
        let mut next = Some(first);
        while let Some(Sent { job, place }) = next {
            drop(place);
            *queued |= make(&mut transaction, agent, clock.now(), job, replies)?;
            let full = replies.len() >= GROUP || begun.elapsed() >= WORK;
            next = if full { None } else { soon(queue, begun, replies.len() < *company) };
        }
        transaction.commit()?;
        Ok(())
    }
}

/// Makes one change within the transaction, or takes it back alone, and says whether it queued something for a sink.
/// The error is that of the whole transaction.
fn make(
    transaction: &mut Transaction<'_>,
    agent: &str,
    now: Timestamp,
    job: Job,
    replies: &mut Vec<Reply>,
) -> Result<bool, StoreError> {
    let savepoint = match transaction.savepoint() {
        Ok(savepoint) => savepoint,
        Err(error) => {
            let error = StoreError::from(error);
            replies.push(job(Err(error.clone())).reply);
            return Err(error);
        }
    };
    let mut tx = Tx::new(&savepoint, agent, now);
    let done = job(Ok(&mut tx));
    let queued = tx.queued && done.problem.is_none();
    let ended = match done.problem {
        None => savepoint.commit(),
        Some(_) => savepoint.finish(),
    };
    replies.push(done.reply);
    // Some errors, a full disk above all, make SQLite take back the whole transaction. What was made before is gone
    // then, and what comes next would be committed by itself.
    let gone = transaction.is_autocommit();
    match (ended, done.problem) {
        (Ok(()), _) if !gone => Ok(queued),
        (_, Some(problem)) => Err(problem),
        (Err(error), None) => Err(error.into()),
        (Ok(()), None) => Err(StoreError::Closed),
    }
}

/// The next change: one that waits, or, in company, one that comes in time.
fn soon(queue: &Receiver<Sent>, begun: Instant, in_company: bool) -> Option<Sent> {
    if !in_company {
        return queue.try_recv().ok();
    }
    queue.recv_timeout(LINGER.saturating_sub(begun.elapsed())).ok()
}
