//! Polling: which devices, how many at once, for how long at most. One slow device delays nobody.

mod device;
mod gate;
mod gathered;
pub mod guard;
pub mod schedule;
mod target;
mod ways;

use std::sync::Arc;

use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::capture::Capture;
use crate::clock::Clock;
use crate::inventory::Device;
use crate::journal::Actor;
use crate::observation::{Observation, Summary};
use crate::store::Collected;
use crate::transport::Transcript;
use crate::transport::cli::CliLimits;
use crate::transport::netconf::NetconfLimits;
use crate::transport::ssh::{self, Engine, HostKeys, LoginGate};

pub use target::Access;
pub use ways::Ways;

/// Polls devices. It holds what all of them share; nothing here is read from the environment.
#[derive(Clone)]
pub struct Poller {
    /// Name of the agent, for the observations.
    pub agent: String,
    /// What speaks SSH.
    pub engine: Arc<dyn Engine>,
    /// Limits of SSH connections, with the lanes that all of them share.
    pub ssh: ssh::Limits,
    /// Limits of CLI sessions.
    pub cli: CliLimits,
    /// Limits of NETCONF sessions.
    pub netconf: NetconfLimits,
    /// Devices in flight.
    pub sessions: Arc<Semaphore>,
    /// Who is asked before each login.
    pub logins: Arc<dyn LoginGate>,
    /// What remembers the way to each device; without it, every poll finds it out.
    pub ways: Option<Ways>,
    /// Whether devices are asked for their neighbours.
    pub neighbors: bool,
    /// The agent's clock.
    pub clock: Arc<dyn Clock>,
    /// Takes what is said to and by devices, secrets replaced.
    pub transcript: Option<Recorder>,
}

/// Begins the transcript of a device's session.
pub type Recorder = Arc<dyn Fn(&str) -> Transcript + Send + Sync>;

/// One device and what opens it.
#[derive(Clone, Debug)]
pub struct Job {
    /// The device with its settings in force.
    pub device: Device,
    /// Who logs in.
    pub access: Access,
    /// Who logs in on its jump host, if that has a credential of its own.
    pub jump_access: Option<Access>,
    /// What its host key, and its jump host's, is checked against.
    pub host_keys: Arc<HostKeys>,
}

impl Job {
    /// The device on one of its ports, behind its gate. `goes_on`: the session asks for more than the authentication.
    fn target(&self, port: u16, gate: &gate::Gate, goes_on: bool) -> ssh::Target {
        let mut target =
            target::target(&self.device, port, &self.access, self.jump_access.as_ref(), &self.host_keys);
        target.gate = Some(gate.for_device(goes_on));
        if let Some(jump) = &mut target.jump {
            jump.gate = gate.for_jump();
        }
        target
    }
}

/// What polling one device came to.
#[derive(Debug)]
pub struct Polled {
    /// How it went.
    pub observation: Observation,
    /// The record with its observation, as one line of JSON.
    pub line: String,
    /// What a person wants to see of it.
    pub summary: Summary,
    /// The chassis serial numbers that the record names, that of the active one first.
    pub serial_numbers: Vec<String>,
    /// The device's clock less ours, in milliseconds, where both could be read.
    pub offset_ms: Option<i64>,
    /// The raw answers.
    pub captures: Vec<Capture>,
    /// What the device's NETCONF hello said that it can do; nothing where NETCONF was not spoken.
    pub capabilities: Vec<String>,
    /// What a person should know: warnings of the record, and of the way to the device.
    pub remarks: Vec<String>,
}

impl Polled {
    /// What the store keeps of it.
    pub fn collected(&self, actor: Actor) -> Collected {
        let observation = &self.observation;
        Collected {
            device: observation.device.clone(),
            id: observation.id,
            polled_at: observation.polled_at,
            outcome: observation.outcome,
            line: self.line.clone(),
            summary: self.summary.clone(),
            serial_numbers: self.serial_numbers.clone(),
            offset_ms: self.offset_ms,
            captures: self.captures.clone(),
            actor,
            carried_by: None,
        }
    }
}

impl Poller {
    /// Polls every device and hands on each result as it comes, in no order. When `stop` is cancelled, devices that
    /// were not dialled yet are left out, and those in flight end as interrupted with what they had said.
    pub async fn poll(&self, jobs: Vec<Job>, results: mpsc::Sender<Polled>, stop: CancellationToken) {
        let mut polls = JoinSet::new();
        for job in jobs {
            let (poller, results, stop) = (self.clone(), results.clone(), stop.clone());
            polls.spawn(async move {
                let place = tokio::select! {
                    place = Arc::clone(&poller.sessions).acquire_owned() => place,
                    () = stop.cancelled() => return,
                };
                // The pool lives as long as its polls; without a place there is nothing left to do.
                let Ok(_place) = place else { return };
                let polled = poller.poll_device(&job, &stop).await;
                // Whoever stopped listening wants no more results.
                let _ = results.send(polled).await;
            });
        }
        while polls.join_next().await.is_some() {}
    }
}
