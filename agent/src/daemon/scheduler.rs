//! Polls every device in its turn, and keeps what comes of it.
//!
//! Polls run beside each other, as many as `[poll] sessions` allows; a device is polled once at a time. A poll holds
//! its place until the store has taken what it brought, so that no more waits in memory than places there are. Whoever
//! has a turn and finds no place goes first when one is free, in the order of turns: a slow device takes one place for
//! at most its deadline, and delays nobody else. No connection is kept between polls: each is closed when its poll
//! ends.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::{self, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use super::agenda::{Agenda, Now, Replanned};
use super::cycle::{Counts, Cycle};
use super::early::EarlyTurns;
use super::flight::{Landed, fly};
use super::keeper::{Keeper, NotKept, Outlook};
use super::pulse::ALIVE;
use super::vitals::{Polling, Vitals};
use super::{DaemonError, Early, Left, Mode, Plan, Pollers, account};
use crate::brakes::{Brake, Brakes};
use crate::clock::Clock;
use crate::journal::Entry;
use crate::poll::Poller;
use crate::store::schedule::{self, Standing};
use crate::store::{Store, StoreError, Tx};

/// So often clocks, the store and silent devices are looked at.
const LOOK: Duration = Duration::from_secs(10);
/// So often silent devices are looked for.
const SILENCE: Duration = Duration::from_secs(60);

/// Finds the devices that have been silent for longer than this, tells of them, and says how many it told of.
pub type FindSilent = fn(&mut Tx<'_>, Duration) -> Result<usize, StoreError>;

/// What the scheduler works with.
pub struct Scheduler {
    /// What is kept.
    pub store: Store,
    /// What is in force.
    pub plan: watch::Receiver<Arc<Plan>>,
    /// Makes what polls, for a configuration.
    pub pollers: Pollers,
    /// What stops polling as a whole.
    pub brakes: Brakes,
    /// The clocks.
    pub clock: Arc<dyn Clock>,
    /// Devices that report changes.
    pub early: mpsc::Receiver<Early>,
    /// Looks for silent devices.
    pub find_silent: Option<FindSilent>,
    /// Told what it is doing.
    pub vitals: Vitals,
    /// For how long.
    pub mode: Mode,
}

/// What happened while it ran.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Polls {
    /// How the polls ended.
    pub counts: Counts,
    /// Devices that had no poll because of their windows, when a round is made once.
    pub left_out: Vec<String>,
    /// What is left for sinks, when a round is made once.
    pub left: Vec<Left>,
}

/// What is in the air and what comes next.
struct Tower {
    keeper: Keeper,
    plan: Arc<Plan>,
    poller: Arc<Poller>,
    agenda: Agenda,
    flights: JoinSet<Result<Landed, NotKept>>,
    names: BTreeMap<task::Id, String>,
    early_turns: EarlyTurns,
    cycle: Cycle,
    polls: Polls,
    /// Since when polling is stopped, by the time since the host started.
    held_since: Option<Duration>,
    /// Where everybody stood at the start, while the clock cannot tell yet who is due.
    standings: Option<BTreeMap<String, Standing>>,
    silence_at: Duration,
}

impl Scheduler {
    /// Polls until `stop`; then polls in flight end as interrupted, and are kept. Ends by itself only for a fault, or
    /// when a round that is made once is over.
    pub async fn run(mut self, stop: CancellationToken) -> Result<Polls, DaemonError> {
        let mut tower = self.begin().await?;
        let beat = self.vitals.pulse.part("the scheduler", ALIVE);
        let (mut reloads, mut reports) = (true, true);
        while !stop.is_cancelled() {
            self.launch(&mut tower, &stop);
            if self.mode.is_once() && tower.flights.is_empty() {
                let reasons = self.brakes.reasons();
                if tower.agenda.next_turn().is_none() {
                    break;
                }
                if let Some(why) = reasons.into_values().next() {
                    return Err(DaemonError::Braked { why });
                }
            }
            let now = Now::of(self.clock.as_ref());
            beat.touch();
            self.vitals.polling(Polling {
                devices: tower.plan.devices.len(),
                in_flight: tower.flights.len(),
                next: tower.agenda.next_turn().and_then(|turn| at(turn, now)),
            });
            let full = tower.flights.len() >= places(&tower.plan);
            let wait = match tower.agenda.next_turn() {
                Some(turn) if !full && tower.held_since.is_none() => turn.saturating_sub(now.boot).min(LOOK),
                _ => LOOK,
            };
            tokio::select! {
                () = stop.cancelled() => {}
                Some(landed) = tower.flights.join_next_with_id() => self.land(&mut tower, landed).await?,
                changed = self.plan.changed(), if reloads => match changed {
                    Ok(()) => self.reload(&mut tower).await,
                    Err(_) => reloads = false,
                },
                report = self.early.recv(), if reports => match report {
                    Some(report) => self.hear(&mut tower, &report).await,
                    None => reports = false,
                },
                () = self.brakes.released(), if tower.held_since.is_some() => self.go_on(&mut tower).await,
                // Never shorter than the smallest step of the timer, so that it does not spin.
                () = tokio::time::sleep(wait.max(Duration::from_millis(1))) => {}
            }
            self.look(&mut tower).await;
        }
        self.end(tower).await
    }

    /// Goes on where the store says that everybody stood.
    async fn begin(&mut self) -> Result<Tower, DaemonError> {
        let standings = self.store.read(schedule::standings).await?;
        let now = Now::of(self.clock.as_ref());
        let plan = Arc::clone(&self.plan.borrow_and_update());
        let patience = self.mode.is_once().then(|| plan.config.run().stop_within.duration());
        let mut tower = Tower {
            keeper: Keeper::new(self.store.clone(), self.brakes.clone(), Arc::clone(&self.clock), patience),
            poller: Arc::new((self.pollers)(&plan.config)),
            agenda: Agenda::default(),
            flights: JoinSet::new(),
            names: BTreeMap::new(),
            early_turns: EarlyTurns::default(),
            cycle: Cycle::begin(now),
            polls: Polls::default(),
            held_since: None,
            standings: None,
            silence_at: now.boot,
            plan,
        };
        if !self.mode.is_once() && self.brakes.reasons().contains_key(&Brake::Clock) {
            tracing::warn!("The schedule is made as soon as the clock is believed.");
            (tower.standings, tower.held_since) = (Some(standings), Some(now.boot));
        } else {
            self.plan_all(&mut tower, standings, now).await;
        }
        Ok(tower)
    }

    /// Gives every device its turn.
    async fn plan_all(&self, tower: &mut Tower, mut standings: BTreeMap<String, Standing>, now: Now) {
        if self.mode.is_once() {
            for standing in standings.values_mut() {
                standing.due.at = jiff::Timestamp::MIN;
            }
        }
        let width = self.mode.is_once().then_some(Duration::ZERO);
        let replanned = tower.agenda.renew(&tower.plan.devices, &standings, width, now);
        if self.mode.is_once() {
            tower.polls.left_out = tower.agenda.only_now(now);
        } else {
            self.keep_plans(replanned).await;
        }
        tracing::info!(devices = tower.plan.devices.len(), "The schedule is in force.");
    }

    /// Begins every poll whose turn has come, as far as there are places and nothing stops polling.
    fn launch(&self, tower: &mut Tower, stop: &CancellationToken) {
        let places = places(&tower.plan);
        while tower.flights.len() < places {
            let now = Now::of(self.clock.as_ref());
            if tower.agenda.next_turn().is_none_or(|turn| turn > now.boot) {
                return;
            }
            if !self.brakes.reasons().is_empty() {
                tower.held_since.get_or_insert(now.boot);
                return;
            }
            let Some(turn) = tower.agenda.take(now) else { return };
            let name = turn.planned.job.device.name.clone();
            tracing::debug!(device = %name, reason = turn.reason.word(), "A device is polled.");
            let (poller, keeper) = (Arc::clone(&tower.poller), tower.keeper.clone());
            let flight = fly(turn, poller, keeper, Arc::clone(&self.clock), stop.child_token());
            tower.names.insert(tower.flights.spawn(flight).id(), name);
        }
    }

    async fn land(
        &self,
        tower: &mut Tower,
        landed: Result<(task::Id, Result<Landed, NotKept>), JoinError>,
    ) -> Result<(), DaemonError> {
        let now = Now::of(self.clock.as_ref());
        let (id, landed) = match landed {
            Ok((id, Ok(landed))) => (id, landed),
            Ok((_, Err(NotKept::Store(error)))) => return Err(error.into()),
            // A fault of ours ends one poll and no more.
            Ok((id, Err(NotKept::Change(error)))) => {
                return self.lost(tower, id, &error.to_string(), now).await;
            }
            Err(error) => return self.lost(tower, error.id(), &error.to_string(), now).await,
        };
        let Some(name) = tower.names.remove(&id) else { return Ok(()) };
        tracing::debug!(
            device = %name, observation = %landed.observation.id, next = %landed.due.at,
            reason = landed.due.reason.word(), "A poll is kept."
        );
        tower.cycle.count(&landed.observation);
        tower.polls.counts.count(&landed.observation);
        let gap = tower.plan.config.on_change().gap.duration();
        let other = tower.agenda.landed(&name, landed.history, landed.due, landed.then, gap, now);
        if self.mode.is_once() {
            tower.agenda.rest(&name);
        } else {
            self.keep_plans(other.map(|due| (name, due)).into_iter().collect()).await;
        }
        Ok(())
    }

    /// What a poll brought is lost. The device is polled again in its turn, by the next start too. A store that cannot take
    /// even that is at fault itself: nothing more is polled for it to lose.
    async fn lost(&self, tower: &mut Tower, id: task::Id, why: &str, now: Now) -> Result<(), DaemonError> {
        let Some(name) = tower.names.remove(&id) else { return Ok(()) };
        tracing::error!(device = %name, error = %why, "A poll ended by a fault of licwatch; please report it.");
        tower.cycle.count_lost(&name);
        tower.polls.counts.failed += 1;
        let standing = tower.agenda.crashed(&name, now);
        if self.mode.is_once() {
            tower.agenda.rest(&name);
        }
        match account::lost(&self.store, &name, standing, why).await {
            Err(error) if !Outlook::of(&error).is_passing() => Err(error.into()),
            Err(error) => {
                tracing::error!(device = %name, %error, "The journal did not take that a poll is lost.");
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    /// Another configuration is in force.
    async fn reload(&mut self, tower: &mut Tower) {
        tower.plan = Arc::clone(&self.plan.borrow_and_update());
        tower.poller = Arc::new((self.pollers)(&tower.plan.config));
        if tower.standings.is_some() {
            return;
        }
        // A device may have been there before it left the inventory.
        let standings = self.store.read(schedule::standings).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "The schedule cannot be read; new devices count as never polled.");
            BTreeMap::new()
        });
        let now = Now::of(self.clock.as_ref());
        let replanned = tower.agenda.renew(&tower.plan.devices, &standings, None, now);
        self.keep_plans(replanned).await;
        tracing::info!(devices = tower.plan.devices.len(), "The new schedule is in force.");
    }

    /// A device reported a change.
    async fn hear(&self, tower: &mut Tower, report: &Early) {
        let Some(name) = tower.agenda.name(&report.device).map(str::to_owned) else {
            if tower.standings.is_some() {
                self.remember(report).await;
                return;
            }
            tracing::debug!(device = %report.device, "A device that is not in the plan reported a change.");
            return;
        };
        if !tower.agenda.wants_early(&name) {
            return;
        }
        let now = Now::of(self.clock.as_ref());
        let settings = tower.plan.config.on_change();
        let turn = tower.early_turns.next(settings.polls_per_minute, now.boot);
        let rested = tower.agenda.ended(&name, now).map(|ended| ended + settings.gap.duration());
        let due = tower.agenda.early(&name, rested.map_or(turn, |rested| rested.max(turn)), now);
        if let Some(due) = due {
            tracing::info!(device = %name, reason = %report.reason, at = %due.at, "A device is polled early.");
            self.keep_plans(vec![(name, due)]).await;
        }
    }

    /// A device reported a change while there is no schedule.
    async fn remember(&self, report: &Early) {
        let device = report.device.clone();
        if let Err(error) = self.store.write(move |tx| tx.hasten(&device)).await {
            tracing::warn!(%error, device = %report.device, "A reported change could not be kept; the device is polled in its turn.");
        }
    }

    /// Nothing stops polling any more.
    async fn go_on(&self, tower: &mut Tower) {
        let now = Now::of(self.clock.as_ref());
        if let Some(standings) = tower.standings.take() {
            (tower.held_since, tower.cycle) = (None, Cycle::begin(now));
            // What was reported meanwhile, before the new plans are written over it.
            let hastened = self.hastened().await;
            self.plan_all(tower, standings, now).await;
            let early = hasten(tower, hastened, now);
            self.keep_plans(early).await;
            return;
        }
        let held = tower.held_since.take().map_or(Duration::ZERO, |since| now.boot.saturating_sub(since));
        let replanned = tower.agenda.resume(held, now);
        self.keep_plans(replanned).await;
    }

    /// Looks at whatever changes without a sign.
    async fn look(&self, tower: &mut Tower) {
        let now = Now::of(self.clock.as_ref());
        if !self.mode.is_once() {
            let replanned = tower.agenda.look_at_clock(now);
            self.keep_plans(replanned).await;
        }
        if tower.cycle.is_over(now) {
            let entry = tower.cycle.end(now);
            self.account(entry).await;
        }
        if now.boot < tower.silence_at || self.mode.is_once() {
            return;
        }
        tower.silence_at = now.boot + SILENCE;
        hasten(tower, self.hastened().await, now);
        // A clock that is wrong from the start on would say of anybody that he has just answered.
        let find = self.find_silent.filter(|_| !self.brakes.reasons().contains_key(&Brake::Clock));
        if let Some(find) = find {
            let after = tower.plan.config.schedule().silent_after.duration();
            if let Err(error) = self.store.write(move |tx| find(tx, after)).await {
                tracing::warn!(%error, "Silent devices could not be looked for.");
            }
        }
    }

    /// Devices that another process, an operator's, wants to be polled, or that were to be before there was a schedule.
    async fn hastened(&self) -> Vec<String> {
        self.store.read(schedule::hastened).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "The schedule cannot be read.");
            Vec::new()
        })
    }

    /// Keeps plans where `status` finds them. The agenda holds them all the same.
    async fn keep_plans(&self, replanned: Replanned) {
        if replanned.is_empty() {
            return;
        }
        if let Err(error) = self.store.write(move |tx| tx.replan(&replanned)).await {
            tracing::warn!(%error, "The schedule that `status` shows is not up to date.");
        }
    }

    async fn account(&self, entry: Option<Entry>) {
        let Some(entry) = entry else { return };
        if let Err(error) = self.store.write(move |tx| tx.account(&entry)).await {
            tracing::error!(%error, "The journal did not take the account of a cycle; each poll has its own entry.");
        }
    }

    /// Waits for what is in flight and accounts for it. Whoever stops the daemon limits the time for it.
    async fn end(&self, mut tower: Tower) -> Result<Polls, DaemonError> {
        let in_flight = tower.flights.len();
        if in_flight > 0 {
            tracing::info!(in_flight, "Polls in flight are ended.");
        }
        while let Some(landed) = tower.flights.join_next_with_id().await {
            self.land(&mut tower, landed).await?;
        }
        let entry = tower.cycle.end(Now::of(self.clock.as_ref()));
        self.account(entry).await;
        Ok(tower.polls)
    }
}

/// When a turn is, by the wall clock.
fn at(turn: Duration, now: Now) -> Option<jiff::Timestamp> {
    let ahead = jiff::SignedDuration::try_from(turn.saturating_sub(now.boot)).ok()?;
    now.wall.checked_add(ahead).ok()
}

/// How many devices are polled at the same time.
fn places(plan: &Plan) -> usize {
    plan.config.poll().sessions as usize
}

/// Gives devices a turn at once, where windows admit it.
fn hasten(tower: &mut Tower, names: Vec<String>, now: Now) -> Replanned {
    let mut replanned = Vec::new();
    for name in names {
        let name = tower.agenda.name(&name).map(str::to_owned);
        if let Some(name) = name.filter(|name| tower.agenda.wants_early(name))
            && let Some(due) = tower.agenda.early(&name, now.boot, now)
        {
            replanned.push((name, due));
        }
    }
    replanned
}
