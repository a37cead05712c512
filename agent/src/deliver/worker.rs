//! The one who delivers to one sink: in order, one batch at a time, until it is told to stop; or, where it drains its
//! sink, until nothing waits or a try fails.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::batch::{self, Next};
use super::{Batch, Destination, Receipt, Refusal, backoff};
use crate::clock::Clock;
use crate::store::outbox::{Acknowledged, Begun, FAILING, Letter, state};
use crate::store::{Store, StoreError};

/// How often the store is looked at without a reason: another process may have queued lines, or let a sink be tried.
pub(super) const TICK: Duration = Duration::from_secs(5);
/// Who refuses so many single lines in a row is not asked again at once: the fault may not be in the lines.
const REFUSED_IN_A_ROW: u64 = 2;

/// What one worker has.
pub(super) struct Worker {
    pub(super) store: Store,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) configured: watch::Receiver<Destination>,
    pub(super) stop: CancellationToken,
    pub(super) stop_within: Duration,
    /// Nothing more comes: what waits is delivered without gathering, whoever fails is left, and the worker ends.
    pub(super) drain: CancellationToken,
}

/// What the worker remembers from batch to batch.
#[derive(Default)]
struct Course {
    /// Lines in a batch, fewer than are configured while a line is looked for that is refused.
    lines: Option<usize>,
    /// The line that it is looked for up to.
    until: Option<i64>,
    /// Single lines that were refused since anything was taken.
    refused: u64,
    /// What keeps the sink stopped, once it was told.
    stopped: Option<String>,
}

impl Course {
    /// Batches become larger again, once the line was found or cannot be where it was looked for.
    fn taken(&mut self, batch: &Batch, most: usize) {
        self.refused = 0;
        let last = batch.lines.last().map(|line| line.seq);
        if self.until.is_none_or(|until| last.is_some_and(|last| last >= until)) {
            self.until = None;
            self.lines = self.lines.map(|lines| lines.saturating_mul(2)).filter(|lines| *lines < most);
        }
    }
}

/// The worker ends: it was told to, its sink is drained, or the store is closed.
struct Ended;

impl Worker {
    pub(super) async fn run(mut self) {
        let mut queued = self.store.queued();
        let mut course = Course::default();
        loop {
            let sink = self.configured.borrow_and_update().clone();
            queued.mark_unchanged();
            if self.stop.is_cancelled() {
                return;
            }
            // Before the queue is read: what is found then is all that there will be.
            let drains = self.drain.is_cancelled();
            let lines = course.lines.unwrap_or(usize::MAX).min(sink.pace.batch_lines).max(1);
            let next = batch::next(&self.store, &sink, lines, !drains, self.clock.now()).await;
            if !matches!(next, Ok(Next::Stopped(_))) {
                course.stopped = None;
            }
            let went = match next {
                Ok(Next::Batch(batch, begun)) => self.offer(&sink, *batch, begun, &mut course).await,
                Ok(Next::Nothing) if drains => Err(Ended),
                Ok(Next::Nothing) => self.idle(&mut queued, TICK).await,
                Ok(Next::Gathering(left)) => self.idle(&mut queued, left.min(TICK)).await,
                Ok(Next::Stopped(problem)) => {
                    self.stopped(&sink, problem, &mut course).await;
                    if drains {
                        return;
                    }
                    self.idle(&mut queued, TICK).await
                }
                Err(StoreError::Closed) => Err(Ended),
                Err(error) => {
                    tracing::error!(sink = sink.name, %error, "The outbox cannot be read or changed.");
                    self.pause(sink.pace.retry.max(TICK)).await
                }
            };
            if went.is_err() {
                return;
            }
        }
    }

    /// Delivers one batch and notes in the store what became of it.
    async fn offer(
        &mut self,
        sink: &Destination,
        batch: Batch,
        begun: Begun,
        course: &mut Course,
    ) -> Result<(), Ended> {
        let limit = sink.pace.limit;
        let answer = tokio::select! {
            biased;
            answer = timeout(limit, sink.sink.deliver(&batch)) => answer,
            () = self.time_is_up() => {
                tracing::info!(sink = sink.name, sequence = batch.sequence, "A delivery was cut to stop; it is repeated at the next start.");
                return Err(Ended);
            }
        };
        match answer {
            Ok(Ok(receipt)) => {
                course.taken(&batch, sink.pace.batch_lines);
                self.acknowledge(sink, &batch, begun, receipt).await
            }
            Ok(Err(Refusal::Later { reason, after })) => self.failed(sink, reason, after).await,
            Ok(Err(Refusal::Batch { reason })) => self.halve(sink, &batch, reason, course).await,
            Err(_) => {
                let reason = format!("it did not answer within {} s", limit.as_secs_f32());
                self.failed(sink, reason, None).await
            }
        }
    }

    /// Writes down what was taken. The lines were delivered: this is tried until it is done, not the delivery again.
    async fn acknowledge(
        &self,
        sink: &Destination,
        batch: &Batch,
        begun: Begun,
        receipt: Receipt,
    ) -> Result<(), Ended> {
        let mut refused: Vec<Letter> = Vec::new();
        for (place, reason) in receipt.refused {
            let line = batch.lines.get(place);
            let Some(line) = line.filter(|line| refused.iter().all(|letter| letter.seq != line.seq)) else {
                continue;
            };
            tracing::error!(sink = sink.name, line = line.seq, id = line.id, reason, "A line was refused.");
            refused.push(Letter { seq: line.seq, id: line.id.clone(), reason });
        }
        let done = Acknowledged {
            sink: sink.name.clone(),
            begun,
            lines: batch.lines.iter().map(|line| (line.seq, line.id.clone())).collect(),
            refused,
            note: receipt.note,
        };
        loop {
            let change = done.clone();
            match self.store.write(move |tx| tx.delivered(&change)).await {
                Ok(()) => {
                    tracing::debug!(
                        sink = sink.name,
                        sequence = batch.sequence,
                        lines = batch.lines.len(),
                        "Delivered."
                    );
                    return Ok(());
                }
                Err(StoreError::Closed) => return Err(Ended),
                Err(error) => {
                    tracing::error!(sink = sink.name, sequence = batch.sequence, %error, "A batch was delivered, and the store cannot note it.");
                    self.pause(TICK).await?;
                }
            }
        }
    }

    /// The batch was refused as a whole: a smaller one is begun, until the line is found that it was refused for.
    async fn halve(
        &mut self,
        sink: &Destination,
        batch: &Batch,
        reason: String,
        course: &mut Course,
    ) -> Result<(), Ended> {
        let name = sink.name.clone();
        let half = batch.lines.len() / 2;
        let change = match (half.checked_sub(1).and_then(|place| batch.lines.get(place)), batch.lines.first())
        {
            (Some(last), _) => {
                tracing::info!(
                    sink = name,
                    lines = batch.lines.len(),
                    reason,
                    "A batch was refused; its first half is tried."
                );
                course.lines = Some(half);
                course.until = course.until.max(batch.lines.last().map(|line| line.seq));
                let (last, half) = (last.seq, u64::try_from(half).unwrap_or(u64::MAX));
                let change = move |tx: &mut crate::store::Tx<'_>| tx.narrow_batch(&name, last, half);
                self.store.write(change).await.map(drop)
            }
            (None, Some(line)) => {
                tracing::error!(sink = name, line = line.seq, id = line.id, reason, "A line was refused.");
                course.refused += 1;
                course.until = None;
                let letter = Letter { seq: line.seq, id: line.id.clone(), reason: reason.clone() };
                self.store.write(move |tx| tx.bury(&name, &[letter], true)).await
            }
            (None, None) => Ok(()),
        };
        match change {
            Err(StoreError::Closed) => Err(Ended),
            Err(error) => self.failed(sink, format!("{reason}; and {error}"), None).await,
            Ok(()) if half == 0 && course.refused >= REFUSED_IN_A_ROW => {
                let reason = format!("it refuses one line after the other, the last with: {reason}");
                self.failed(sink, reason, None).await
            }
            Ok(()) => Ok(()),
        }
    }

    /// Notes a failure and waits until the sink is to be tried again.
    async fn failed(
        &mut self,
        sink: &Destination,
        problem: String,
        after: Option<Duration>,
    ) -> Result<(), Ended> {
        let name = sink.name.clone();
        let before = self.store.read(move |connection| state(connection, &name)).await;
        let before = before.ok().flatten().map_or(0, |state| state.failures);
        let failures = before + 1;
        let salt = format!("{} {} {before}", self.store.agent(), sink.name);
        let wait = backoff::wait(sink.pace.retry, sink.pace.retry_most, failures, after, &salt);
        if failures == 1 || failures == FAILING {
            tracing::warn!(sink = sink.name, problem, failures, "A delivery failed.");
        } else {
            tracing::debug!(sink = sink.name, problem, failures, "A delivery failed.");
        }
        let now = self.clock.now();
        let next_try = now.checked_add(wait).unwrap_or(now);
        let until = Instant::now() + wait;
        let name = sink.name.clone();
        match self.store.write(move |tx| tx.failed(&name, &problem, next_try, false)).await {
            Err(StoreError::Closed) => return Err(Ended),
            Err(error) => tracing::error!(sink = sink.name, %error, "A failure cannot be noted."),
            Ok(_) => {}
        }
        self.back_off(&sink.name, until).await
    }

    /// Says once why a sink is stopped.
    async fn stopped(&self, sink: &Destination, problem: String, course: &mut Course) {
        if course.stopped.as_ref() == Some(&problem) {
            return;
        }
        tracing::error!(sink = sink.name, problem, "A sink is stopped.");
        let (name, now, kept) = (sink.name.clone(), self.clock.now(), problem.clone());
        if self.store.write(move |tx| tx.failed(&name, &problem, now, true)).await.is_ok() {
            course.stopped = Some(kept);
        }
    }

    /// Waits until something may have been queued, or the sink is to be drained.
    async fn idle(&mut self, queued: &mut watch::Receiver<()>, most: Duration) -> Result<(), Ended> {
        tokio::select! {
            () = self.stop.cancelled() => Err(Ended),
            _ = queued.changed() => Ok(()),
            () = self.drain.cancelled() => Ok(()),
            changed = self.configured.changed() => changed.map_err(|_| Ended),
            () = sleep(most) => Ok(()),
        }
    }

    /// Waits out a failure, unless an operator wants another try, the configuration changes, or the sink is to be
    /// drained. Whoever fails while it is drained is left.
    async fn back_off(&mut self, name: &str, until: Instant) -> Result<(), Ended> {
        if self.drain.is_cancelled() {
            return Err(Ended);
        }
        while Instant::now() < until {
            tokio::select! {
                () = self.stop.cancelled() => return Err(Ended),
                () = self.drain.cancelled() => return Ok(()),
                changed = self.configured.changed() => return changed.map_err(|_| Ended),
                () = sleep_until(until.min(Instant::now() + TICK)) => {}
            }
            let name = name.to_owned();
            let state = self.store.read(move |connection| state(connection, &name)).await;
            if state.is_ok_and(|state| state.is_some_and(|state| state.next_try.is_none())) {
                return Ok(());
            }
        }
        Ok(())
    }

    async fn pause(&self, length: Duration) -> Result<(), Ended> {
        tokio::select! {
            () = self.stop.cancelled() => Err(Ended),
            () = sleep(length) => Ok(()),
        }
    }

    /// What is under way when the agent stops has so long.
    async fn time_is_up(&self) {
        self.stop.cancelled().await;
        sleep(self.stop_within).await;
    }
}
