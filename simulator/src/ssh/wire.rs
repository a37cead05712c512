//! One SSH channel as a session sees it: bytes in, bytes out, with the faults that concern bytes.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use russh::server::Msg;
use russh::{Channel, ChannelMsg, ChannelReadHalf, ChannelWriteHalf};
use tokio::time::{sleep, timeout};

use super::line::Cut;
use crate::fault::Fault;
use crate::live::Served;

/// The peer has gone, or a limit was reached: the session ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct HungUp;

/// One channel.
pub(crate) struct Wire {
    read: ChannelReadHalf,
    write: ChannelWriteHalf<Msg>,
    cut: Cut,
    /// What came while something was being sent.
    waiting: VecDeque<Bytes>,
    /// How many bytes may still be sent.
    left: u64,
    delay: Option<Duration>,
    one_byte: bool,
}

impl Wire {
    pub(super) fn new(channel: Channel<Msg>, served: &Arc<Served>, cut: Cut) -> Self {
        let (read, write) = channel.split();
        let faults = &served.device.faults;
        Self {
            read,
            write,
            cut,
            waiting: VecDeque::new(),
            left: served.limits.bytes,
            delay: faults.delay(),
            one_byte: faults.has(&Fault::OneByteAtATime),
        }
    }

    /// The next bytes from the peer.
    pub(crate) async fn receive(&mut self) -> Result<Bytes, HungUp> {
        loop {
            if let Some(bytes) = self.waiting.pop_front() {
                return Ok(bytes);
            }
            match self.read.wait().await {
                Some(ChannelMsg::Data { data }) => return Ok(data),
                Some(ChannelMsg::Eof | ChannelMsg::Close) | None => return Err(HungUp),
                Some(_) => {}
            }
        }
    }

    /// Waits as a slow device does before it answers.
    pub(crate) async fn think(&mut self) {
        if let Some(delay) = self.delay {
            sleep(delay).await;
        }
    }

    /// Sends bytes; on return they are on their way.
    pub(crate) async fn send(&mut self, bytes: impl Into<Bytes>) -> Result<(), HungUp> {
        let bytes = bytes.into();
        self.left = self.left.checked_sub(bytes.len() as u64).ok_or(HungUp)?;
        if !self.one_byte {
            return self.send_packet(bytes).await;
        }
        for at in 0..bytes.len() {
            self.send_packet(bytes.slice(at..=at)).await?;
        }
        Ok(())
    }

    /// Takes what comes and says nothing more, until the peer closes.
    pub(crate) async fn fall_silent(&mut self) -> HungUp {
        loop {
            if let Err(hung_up) = self.receive().await {
                return hung_up;
            }
        }
    }

    /// Sends bytes, sees them out, and resets the connection.
    pub(crate) async fn send_and_reset(&mut self, bytes: impl Into<Bytes>) -> HungUp {
        let bytes = bytes.into();
        let goal = self.cut.written() + bytes.len() as u64;
        if self.send(bytes).await.is_ok() {
            // A peer that does not read would hold the bytes back for ever; it is reset without them.
            let _ = timeout(Duration::from_secs(1), self.cut.until_written(goal)).await;
        }
        self.cut.reset();
        HungUp
    }

    /// Ends the channel as a device does whose session is over.
    pub(super) async fn close(self) {
        // The peer may have gone first, which is no less an end.
        let _ = self.write.exit_status(0).await;
        let _ = self.write.eof().await;
        let _ = self.write.close().await;
    }

    async fn send_packet(&mut self, bytes: Bytes) -> Result<(), HungUp> {
        let sent = self.write.data_bytes(bytes);
        tokio::pin!(sent);
        loop {
            tokio::select! {
                sent = &mut sent => return sent.map_err(|_| HungUp),
                message = self.read.wait() => match message {
                    Some(ChannelMsg::Data { data }) if self.waiting.len() < WAITING => self.waiting.push_back(data),
                    Some(ChannelMsg::Data { .. } | ChannelMsg::Close) | None => return Err(HungUp),
                    Some(_) => {}
                },
            }
        }
    }
}

/// A peer that sends more packets than this while it is being answered is cut off.
const WAITING: usize = 10_000;
