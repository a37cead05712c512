//! A collector on loopback, as an agent delivers to it by HTTP: it writes down what it is sent, and misbehaves as it
//! is told.
//!
//! ```no_run
//! use licwatch_simulator::collector::{Collector, Reply};
//!
//! # async fn example() -> std::io::Result<()> {
//! let collector = Collector::builder().start().await?;
//! collector.next([Reply::Status(500), Reply::TakeAndDrop]);
//! println!("{}", collector.url());
//! collector.until(|book| book.lines().len() == 3).await;
//! # Ok(())
//! # }
//! ```
//!
//! Lines are known by their `observation.id` or `id`. A batch that comes again is told by its idempotency key, a line
//! by its id; both are counted. Everything is bounded: what goes beyond is refused or not listed.

mod book;
mod reply;
mod request;
mod serve;
mod tls;

use std::collections::{BTreeMap, VecDeque};
use std::fs::{File, OpenOptions};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use book::{Book, Delivery};
pub use reply::Reply;
pub use tls::Tls;

/// A collector that serves. Dropping it stops it.
#[derive(Debug)]
pub struct Collector {
    address: SocketAddr,
    shared: Arc<Shared>,
    tasks: TaskTracker,
}

/// What all connections share.
#[derive(Debug)]
struct Shared {
    book: watch::Sender<Book>,
    script: Mutex<Script>,
    ledger: Mutex<Option<File>>,
    token: Option<String>,
    is_tls: bool,
    stop: CancellationToken,
}

/// How requests are answered.
#[derive(Debug, Default)]
struct Script {
    /// The next requests, one after the other.
    next: VecDeque<Reply>,
    /// All requests after those; without it everything is taken.
    always: Option<Reply>,
    /// Ids that make a batch refused as a whole.
    poison: BTreeMap<String, u16>,
}

impl Collector {
    /// A collector to be.
    pub fn builder() -> Builder {
        Builder { address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), tls: None, token: None, ledger: None }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL to post to.
    pub fn url(&self) -> String {
        let scheme = if self.shared.is_tls { "https" } else { "http" };
        format!("{scheme}://{}/records", self.address)
    }

    /// Answers the next requests so, each by one; then as before.
    pub fn next(&self, replies: impl IntoIterator<Item = Reply>) {
        self.shared.script().next.extend(replies);
    }

    /// Answers every request so from now on that has no reply of its own; none is to take everything.
    pub fn always(&self, reply: Option<Reply>) {
        self.shared.script().always = reply;
    }

    /// Refuses every batch as a whole, with this status, that has this line.
    pub fn poison(&self, id: impl Into<String>, status: u16) {
        self.shared.script().poison.insert(id.into(), status);
    }

    /// What it was sent until now.
    pub fn book(&self) -> Book {
        self.shared.book.borrow().clone()
    }

    /// Waits until the book is so. There is no limit: the caller sets one.
    pub async fn until(&self, is_so: impl FnMut(&Book) -> bool) -> Book {
        let mut book = self.shared.book.subscribe();
        // The sender lives as long as `self`.
        match book.wait_for(is_so).await {
            Ok(book) => book.clone(),
            Err(_) => self.book(),
        }
    }

    /// Closes everything, and waits until all is closed.
    pub async fn stop(self) {
        self.shared.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.shared.stop.cancel();
    }
}

impl Shared {
    fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Says how a collector listens.
#[derive(Debug)]
#[must_use = "a collector serves from start() on"]
pub struct Builder {
    address: SocketAddr,
    tls: Option<Tls>,
    token: Option<String>,
    ledger: Option<PathBuf>,
}

impl Builder {
    /// Listens here; otherwise at 127.0.0.1, on a port that the system chooses. Only loopback is served.
    pub fn listen(self, address: SocketAddr) -> Self {
        Self { address, ..self }
    }

    /// Speaks TLS.
    pub fn tls(self, tls: Tls) -> Self {
        Self { tls: Some(tls), ..self }
    }

    /// Takes only requests that bear this token; the others are answered with 401.
    pub fn token(self, token: impl Into<String>) -> Self {
        Self { token: Some(token.into()), ..self }
    }

    /// Appends a line `key sequence id` for each line that is taken to this file, and syncs it before the answer: what
    /// was acknowledged stands there whatever is killed afterwards.
    pub fn ledger(self, file: impl Into<PathBuf>) -> Self {
        Self { ledger: Some(file.into()), ..self }
    }

    /// Listens and serves.
    pub async fn start(self) -> io::Result<Collector> {
        if !self.address.ip().is_loopback() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "only loopback is served"));
        }
        let acceptor = self.tls.map(|tls| tls.acceptor()).transpose()?;
        let ledger = self.ledger.map(|path| OpenOptions::new().create(true).append(true).open(path));
        let listener = TcpListener::bind(self.address).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            book: watch::Sender::default(),
            script: Mutex::default(),
            ledger: Mutex::new(ledger.transpose()?),
            token: self.token,
            is_tls: acceptor.is_some(),
            stop: CancellationToken::new(),
        });
        let tasks = TaskTracker::new();
        tasks.spawn(serve::serve(listener, acceptor, Arc::clone(&shared), tasks.clone()));
        Ok(Collector { address, shared, tasks })
    }
}
