//! What the service manager is told (`sd_notify(3)`): ready, reloading, stopping, alive, and one line for people.
//!
//! The watchdog is fed at half its interval, and only while the parts that have promised it show life ([`Pulse`]): a
//! daemon of which one hangs is ended and started again by systemd, and the store loses nothing by it.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use sd_notify::NotifyState;
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use super::pulse::Pulse;
use crate::brakes::Brake;

/// The status line changes no more often.
const STATUS_GAP: Duration = Duration::from_secs(1);
/// A watchdog of less than this is fed as if it were this.
const SHORTEST_WATCHDOG: Duration = Duration::from_millis(20);

/// What the service manager wants, as its variables say it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ServiceManager {
    /// Where it listens.
    pub socket: Option<OsString>,
    /// After how long without a sign of life it ends the daemon.
    pub watchdog: Option<Duration>,
}

impl ServiceManager {
    /// Reads `NOTIFY_SOCKET`, `WATCHDOG_USEC` and `WATCHDOG_PID` by `variable`, for the process `pid`.
    pub fn from_variables(variable: impl Fn(&str) -> Option<OsString>, pid: u32) -> Self {
        let number = |name| variable(name)?.to_str()?.parse::<u64>().ok();
        let mine = number("WATCHDOG_PID").is_none_or(|watched| watched == u64::from(pid));
        let interval = number("WATCHDOG_USEC").filter(|micros| mine && *micros > 0);
        Self {
            socket: variable("NOTIFY_SOCKET").filter(|socket| !socket.is_empty()),
            watchdog: interval.map(Duration::from_micros),
        }
    }
}

/// The way to the service manager; without one nothing is said. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Notifier {
    socket: Option<Arc<UnixDatagram>>,
    watchdog: Option<Duration>,
}

impl Notifier {
    /// Connects to the service manager, if there is one.
    pub fn connect(manager: &ServiceManager) -> io::Result<Self> {
        let socket = manager.socket.as_deref().map(connected).transpose()?;
        Ok(Self { socket: socket.map(Arc::new), watchdog: manager.watchdog })
    }

    /// The daemon does its work from now on.
    pub fn ready(&self) {
        self.tell(&[NotifyState::Ready]);
    }

    /// The configuration is read anew; [`Notifier::ready`] ends it.
    pub fn reloading(&self) {
        // systemd drops a reload that does not say when it began.
        match NotifyState::monotonic_usec_now() {
            Ok(now) => self.tell(&[NotifyState::Reloading, now]),
            Err(error) => {
                tracing::warn!(%error, "The monotonic clock cannot be read, no reload is announced.");
            }
        }
    }

    /// The daemon stops.
    pub fn stopping(&self) {
        self.tell(&[NotifyState::Stopping]);
    }

    /// Says the newest status line, and that the daemon lives as long as it does, until `stop`.
    pub async fn run(
        self,
        mut status: watch::Receiver<Status>,
        pulse: Pulse,
        zone: TimeZone,
        stop: CancellationToken,
    ) {
        if self.socket.is_none() {
            return;
        }
        let half = self.watchdog.map(|interval| interval.max(SHORTEST_WATCHDOG) / 2);
        let mut beats = half.map(tokio::time::interval);
        if let Some(beats) = &mut beats {
            beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        }
        let mut said = (String::new(), Instant::now());
        let mut open = true;
        loop {
            let line = status.borrow_and_update().line(&zone);
            if line != said.0 {
                self.tell(&[NotifyState::Status(&line)]);
                said = (line, Instant::now());
            }
            let changed = async {
                tokio::time::sleep_until(said.1 + STATUS_GAP).await;
                status.changed().await
            };
            let beat = async {
                match &mut beats {
                    Some(beats) => drop(beats.tick().await),
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = stop.cancelled() => return,
                () = beat => self.feed(&pulse),
                kept = changed, if open => open = kept.is_ok(),
            }
        }
    }

    fn feed(&self, pulse: &Pulse) {
        let stalled = pulse.stalled();
        if stalled.is_empty() {
            self.tell(&[NotifyState::Watchdog]);
        }
        for (part, since) in stalled {
            let seconds = since.as_secs();
            tracing::error!(part, seconds, "A part of the daemon shows no life, the watchdog is not fed.");
        }
    }

    fn tell(&self, states: &[NotifyState<'_>]) {
        let Some(socket) = &self.socket else { return };
        let mut message = String::new();
        for state in states {
            // Writing to a text cannot fail.
            let _ = writeln!(message, "{state}");
        }
        // It does not block: a service manager that reads nothing holds up nobody.
        if let Err(error) = socket.send(message.as_bytes()) {
            tracing::warn!(%error, "The service manager was not told.");
        }
    }
}

/// A path, or a name that begins with `@` and lies in no folder.
fn connected(address: &OsStr) -> io::Result<UnixDatagram> {
    let address = match address.as_bytes().strip_prefix(b"@") {
        Some(name) => SocketAddr::from_abstract_name(name)?,
        None => SocketAddr::from_pathname(address)?,
    };
    let socket = UnixDatagram::unbound()?;
    socket.connect_addr(&address)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// What one line tells a person who asks systemd.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Status {
    /// Devices in the inventory.
    pub devices: usize,
    /// Polls that are going on.
    pub in_flight: usize,
    /// When the next poll begins.
    pub next: Option<Timestamp>,
    /// Devices that have not answered for longer than they may.
    pub silent: usize,
    /// Why nothing is polled.
    pub brakes: BTreeMap<Brake, String>,
}

impl Status {
    /// `482 devices, 3 in flight, next 10:32, 2 silent; braked: disk: 12 MiB free`
    pub fn line(&self, zone: &TimeZone) -> String {
        let mut line = format!("{} devices, {} in flight", self.devices, self.in_flight);
        if let Some(next) = self.next {
            let _ = write!(line, ", next {}", next.to_zoned(zone.clone()).strftime("%H:%M"));
        }
        if self.silent > 0 {
            let _ = write!(line, ", {} silent", self.silent);
        }
        let brakes: Vec<_> =
            self.brakes.iter().map(|(brake, why)| format!("{}: {why}", brake.word())).collect();
        if !brakes.is_empty() {
            let _ = write!(line, "; braked: {}", brakes.join("; "));
        }
        // A line end would begin another message to the service manager.
        line.replace(|c: char| c.is_control(), " ")
    }
}

#[cfg(test)]
mod tests;
