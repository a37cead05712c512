//! Records on standard output, one a line, for a program that reads them there.
//!
//! A batch counts as taken when the system has all of its bytes; what the reader makes of them nobody tells. A reader
//! that is slow holds up this sink alone: a thread of its own writes, and a batch that is not written in time is
//! waited for when it is tried again, not written twice. A reader that went away is a failure like any other.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use tokio::sync::{Mutex, oneshot};
use tokio::time::timeout;

use crate::deliver::{Batch, Receipt, Refusal, Sink};
use crate::transport::ssh::BoxFuture;

/// How long one try waits for the reader.
const PATIENCE: Duration = Duration::from_secs(30);

/// The sink of kind `stdout`.
#[derive(Debug)]
pub struct StdoutSink {
    jobs: mpsc::SyncSender<Job>,
    /// The batch that the thread has and that is not known to be written.
    pending: Mutex<Option<Pending>>,
    patience: Duration,
}

#[derive(Debug)]
struct Job {
    bytes: Vec<u8>,
    done: oneshot::Sender<io::Result<()>>,
}

#[derive(Debug)]
struct Pending {
    key: String,
    done: oneshot::Receiver<io::Result<()>>,
}

impl StdoutSink {
    /// Begins to write to the standard output of this process.
    pub fn new() -> io::Result<Self> {
        // Not by `io::stdout`: its buffer would keep what could not be written, and write it some other time.
        Self::to(File::from(io::stdout().as_fd().try_clone_to_owned()?), PATIENCE)
    }

    fn to(output: impl Write + Send + 'static, patience: Duration) -> io::Result<Self> {
        let (jobs, queue) = mpsc::sync_channel(1);
        // Nobody waits for it: it may hang in a write for as long as nobody reads. It ends with the process, or when
        // the sink is dropped.
        thread::Builder::new().name("stdout".to_owned()).spawn(move || work(output, &queue))?;
        Ok(Self { jobs, pending: Mutex::default(), patience })
    }

    /// Hands the batch to the thread if that has not got it yet, and waits for the thread.
    async fn write(&self, batch: &Batch) -> Result<(), String> {
        let mut pending = self.pending.lock().await;
        loop {
            let (mut waited, own) = match pending.take() {
                Some(waited) => {
                    let own = waited.key == batch.key;
                    (waited, own)
                }
                None => (self.hand_over(batch)?, true),
            };
            let Ok(done) = timeout(self.patience, &mut waited.done).await else {
                *pending = Some(waited);
                let seconds = self.patience.as_secs();
                return Err(format!(
                    "nobody has read standard output for {seconds} s; see to the program that reads it"
                ));
            };
            match done {
                Ok(Ok(())) if own => return Ok(()),
                Ok(Err(error)) if own => {
                    return Err(format!(
                        "standard output: {error}; see to the program that reads it, or remove the sink"
                    ));
                }
                // It was another batch's; now it is this one's turn.
                Ok(_) => {}
                Err(_) => return Err("standard output is closed".to_owned()),
            }
        }
    }

    fn hand_over(&self, batch: &Batch) -> Result<Pending, String> {
        let mut bytes = Vec::with_capacity(batch.lines.iter().map(|line| line.text.len() + 1).sum());
        for line in &batch.lines {
            bytes.extend_from_slice(line.text.as_bytes());
            bytes.push(b'\n');
        }
        let (done, waits) = oneshot::channel();
        // There is room: the one job before this was waited for.
        self.jobs
            .try_send(Job { bytes, done })
            .map_err(|_| "standard output is not being written to".to_owned())?;
        Ok(Pending { key: batch.key.clone(), done: waits })
    }
}

impl Sink for StdoutSink {
    fn deliver<'a>(&'a self, batch: &'a Batch) -> BoxFuture<'a, Result<Receipt, Refusal>> {
        Box::pin(async move {
            match self.write(batch).await {
                Ok(()) => Ok(Receipt { refused: Vec::new(), note: "standard output".to_owned() }),
                Err(reason) => Err(Refusal::Later { reason, after: None }),
            }
        })
    }
}

fn work(mut output: impl Write, queue: &mpsc::Receiver<Job>) {
    let mut torn = false;
    while let Ok(Job { bytes, done }) = queue.recv() {
        let mut write = || {
            if torn {
                // What a failed write has left is no line of its own.
                output.write_all(b"\n")?;
            }
            torn = true;
            output.write_all(&bytes)?;
            output.flush()?;
            torn = false;
            Ok(())
        };
        // Whoever waited may be gone.
        let _ = done.send(write());
    }
}

#[cfg(test)]
mod tests;
