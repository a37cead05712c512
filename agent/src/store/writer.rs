//! The thread that writes.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::{mpsc, oneshot, watch};

use super::StoreError;
use crate::clock::Clock;

/// Changes in one transaction, at most.
const GROUP: usize = 256;
/// How long a transaction waits for more of them.
const LINGER: Duration = Duration::from_millis(5);
/// Changes that wait for the thread; who comes after them waits in turn.
const QUEUE: usize = 1024;

/// A transaction that a change is made in. What it reads is what stands on disk, whoever wrote it.
pub struct Tx<'c> {
    connection: &'c Connection,
    agent: &'c str,
    now: Timestamp,
    queued: bool,
}

impl Tx<'_> {
    /// The transaction, for SQL.
    pub fn sql(&self) -> &Connection {
        self.connection
    }

    /// The agent's time, the same for all of one transaction.
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
    ok: bool,
    reply: Reply,
}

/// The way to the thread. Dropping it waits until every change that was sent is made.
#[derive(Debug)]
pub(super) struct Writer {
    jobs: Option<mpsc::Sender<Job>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    queued: watch::Receiver<()>,
}

impl Writer {
    pub(super) fn start(
        connection: Connection,
        agent: String,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StoreError> {
        let (jobs, queue) = mpsc::channel(QUEUE);
        let (wake, queued) = watch::channel(());
        let thread = thread::Builder::new().name("store".to_owned());
        let thread = thread.spawn(move || work(connection, &agent, clock.as_ref(), queue, &wake));
        let thread = thread.map_err(|error| StoreError::Content(format!("no thread: {error}")))?;
        Ok(Self { jobs: Some(jobs), thread: Mutex::new(Some(thread)), queued })
    }

    /// Changes whenever something was queued for a sink by this process.
    pub(super) fn queued(&self) -> watch::Receiver<()> {
        self.queued.clone()
    }

    pub(super) async fn write<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (job, answer) = job(change);
        let jobs = self.jobs.as_ref().ok_or(StoreError::Closed)?;
        jobs.send(job).await.map_err(|_| StoreError::Closed)?;
        answer.await.map_err(|_| StoreError::Closed)?
    }

    pub(super) fn write_blocking<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (job, answer) = job(change);
        let jobs = self.jobs.as_ref().ok_or(StoreError::Closed)?;
        jobs.blocking_send(job).map_err(|_| StoreError::Closed)?;
        answer.blocking_recv().map_err(|_| StoreError::Closed)?
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.jobs = None;
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            // A panic of the thread was told to everybody who waited for it.
            let _ = thread.join();
        }
    }
}

fn job<T: Send + 'static>(
    change: impl FnOnce(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
) -> (Job, oneshot::Receiver<Result<T, StoreError>>) {
    let (sender, answer) = oneshot::channel();
    let job = move |tx: Result<&mut Tx<'_>, StoreError>| {
        let made = tx.and_then(change);
        // Whoever does not wait for the answer does not need it.
        Done { ok: made.is_ok(), reply: Box::new(move |committed| drop(sender.send(committed.and(made)))) }
    };
    (Box::new(job), answer)
}

fn work(
    mut connection: Connection,
    agent: &str,
    clock: &dyn Clock,
    mut queue: mpsc::Receiver<Job>,
    wake: &watch::Sender<()>,
) {
    while let Some(first) = queue.blocking_recv() {
        let mut replies = Vec::new();
        let committed = group(&mut connection, agent, clock, first, &mut queue, &mut replies);
        if let Ok(true) = committed {
            wake.send_replace(());
        }
        let committed = committed.map(drop);
        for reply in replies {
            reply(committed.clone());
        }
    }
}

/// One transaction for the first change and those that come soon after it. True if something was queued for a sink.
fn group(
    connection: &mut Connection,
    agent: &str,
    clock: &dyn Clock,
    first: Job,
    queue: &mut mpsc::Receiver<Job>,
    replies: &mut Vec<Reply>,
) -> Result<bool, StoreError> {
    let until = Instant::now() + LINGER;
    let mut transaction = match connection.transaction_with_behavior(TransactionBehavior::Immediate) {
        Ok(transaction) => transaction,
        Err(error) => {
            replies.push(first(Err(error.into())).reply);
            return Ok(false);
        }
    };
    let mut next = Some(first);
    let mut queued = false;
    while let Some(job) = next {
        let savepoint = transaction.savepoint()?;
        let mut tx = Tx { connection: &savepoint, agent, now: clock.now(), queued: false };
        let done = job(Ok(&mut tx));
        queued |= done.ok && tx.queued;
        replies.push(done.reply);
        if done.ok {
            savepoint.commit()?;
        } else {
            savepoint.finish()?;
        }
        next = if replies.len() < GROUP { soon(queue, until) } else { None };
    }
    transaction.commit()?;
    Ok(queued)
}

/// The next change, if it comes in time.
fn soon(queue: &mut mpsc::Receiver<Job>, until: Instant) -> Option<Job> {
    loop {
        match queue.try_recv() {
            Ok(job) => return Some(job),
            Err(mpsc::error::TryRecvError::Empty) if Instant::now() < until => {
                thread::sleep(Duration::from_micros(200));
            }
            Err(_) => return None,
        }
    }
}
