//! The sinks that the configuration names, or has named, and how each fares.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::super::{StoreError, Tx, micros, timestamp};
use super::Begun;
use crate::config::SinkKind;
use crate::events::{Event, Kind};

/// After so many failures in a row a sink counts as failing.
pub const FAILING: u64 = 3;
/// The longest text of a problem that is kept, in characters.
const PROBLEM: usize = 600;

/// What a sink is sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Wants {
    /// Records with their observations.
    Records,
    /// Events.
    Events,
}

impl Wants {
    /// The word that the store has for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Records => "records",
            Self::Events => "events",
        }
    }

    fn of_word(word: &str) -> Self {
        if word == "events" { Self::Events } else { Self::Records }
    }
}

/// A sink as the configuration has it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SinkSpec {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: SinkKind,
    /// What it is sent.
    pub wants: Wants,
}

/// What a new configuration changed for the outbox.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Configured {
    /// Sinks that start with what is collected from now on.
    pub begun: Vec<String>,
    /// Sinks that are not configured, now or since long, and that lines are left for.
    pub gone: Vec<Gone>,
}

/// A sink that is not configured, and what is left for it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Gone {
    /// Its name.
    pub name: String,
    /// Lines that wait for it.
    pub waiting: u64,
    /// Lines that it refused.
    pub refused: u64,
}

/// How a sink fares.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SinkState {
    /// Its name.
    pub name: String,
    /// The word for what it is.
    pub kind: String,
    /// What it is sent.
    pub wants: Wants,
    /// Whether the configuration has it.
    pub active: bool,
    /// Lines that wait.
    pub waiting: u64,
    /// When the first of them was queued.
    pub oldest: Option<Timestamp>,
    /// Lines that it refused for good.
    pub refused: u64,
    /// Lines that it has taken, ever.
    pub delivered: u64,
    /// When it last took any.
    pub delivered_at: Option<Timestamp>,
    /// Tries that failed, in a row.
    pub failures: u64,
    /// When the last of them failed.
    pub failed_at: Option<Timestamp>,
    /// Why.
    pub problem: Option<String>,
    /// When it is tried again; none is at once.
    pub next_try: Option<Timestamp>,
    /// The batch that was begun and not yet acknowledged.
    pub begun: Option<Begun>,
}

impl SinkState {
    /// Whether lines wait for it or were refused by it.
    pub fn holds_lines(&self) -> bool {
        self.waiting + self.refused > 0
    }
}

const STATE: &str = "
    SELECT name, kind, wants, active, waiting,
           (SELECT queued_at FROM outbox WHERE sink = name ORDER BY seq LIMIT 1),
           refused, delivered, delivered_at, failures, failed_at, problem, next_try,
           sequence, batch_last, batch_lines, batch_at, batch_key
    FROM sinks";

/// How every sink fares that is configured or was, by name.
pub fn states(connection: &Connection) -> Result<Vec<SinkState>, StoreError> {
    let mut query = connection.prepare_cached(&format!("{STATE} ORDER BY name"))?;
    let states = query.query_map([], read)?.collect::<Result<_, _>>()?;
    Ok(states)
}

/// How one sink fares, if there is one of this name.
pub fn state(connection: &Connection, name: &str) -> Result<Option<SinkState>, StoreError> {
    let mut query = connection.prepare_cached(&format!("{STATE} WHERE name = ?"))?;
    Ok(query.query_row([name], read).optional()?)
}

fn read(row: &Row<'_>) -> rusqlite::Result<SinkState> {
    let at = |column: usize| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(column)?.map(timestamp));
    let begun = match (row.get::<_, Option<i64>>(14)?, row.get::<_, Option<String>>(17)?) {
        (Some(last), Some(key)) => Some(Begun {
            sequence: row.get(13)?,
            key,
            last,
            lines: row.get::<_, Option<u64>>(15)?.unwrap_or_default(),
            at: at(16)?.unwrap_or_default(),
        }),
        _ => None,
    };
    Ok(SinkState {
        name: row.get(0)?,
        kind: row.get(1)?,
        wants: Wants::of_word(&row.get::<_, String>(2)?),
        active: row.get(3)?,
        waiting: row.get(4)?,
        oldest: at(5)?,
        refused: row.get(6)?,
        delivered: row.get(7)?,
        delivered_at: at(8)?,
        failures: row.get(9)?,
        failed_at: at(10)?,
        problem: row.get(11)?,
        next_try: at(12)?,
        begun,
    })
}

impl Tx<'_> {
    /// Puts the sinks of a configuration in force. One that is gone keeps what waits for it and gets no more; a new one
    /// starts with what is collected from now on. Refuses to make a sink of records one of events, or the other way,
    /// while lines are left: the lines would be taken for what they are not.
    pub fn configure_sinks(&mut self, specs: &[SinkSpec]) -> Result<Configured, StoreError> {
        let mut configured = Configured::default();
        let before = states(self.sql())?;
        for spec in specs {
            let known = before.iter().find(|state| state.name == spec.name);
            if let Some(known) = known
                && known.wants != spec.wants
                && known.holds_lines()
            {
                return Err(StoreError::Refused(format!(
                    "sink \"{0}\" still holds {1} {2} from when it was of kind {3}; give the new sink another name, or see `licwatch outbox list --sink {0}`",
                    spec.name,
                    known.waiting + known.refused,
                    known.wants.word(),
                    known.kind,
                )));
            }
            if known.is_none_or(|known| !known.active) {
                configured.begun.push(spec.name.clone());
            }
            self.sql()
                .prepare_cached(
                    "INSERT INTO sinks (name, kind, wants, active) VALUES (?1, ?2, ?3, 1)
                     ON CONFLICT (name) DO UPDATE SET kind = ?2, wants = ?3, active = 1",
                )?
                .execute(params![spec.name, spec.kind.word(), spec.wants.word()])?;
        }
        for state in before.into_iter().filter(|state| !specs.iter().any(|spec| spec.name == state.name)) {
            if state.active {
                self.sql()
                    .prepare_cached("UPDATE sinks SET active = 0, next_try = NULL WHERE name = ?")?
                    .execute([&state.name])?;
            }
            if state.holds_lines() {
                let SinkState { name, waiting, refused, .. } = state;
                configured.gone.push(Gone { name, waiting, refused });
            }
        }
        self.wake_delivery();
        Ok(configured)
    }

    /// Notes that a try failed and when the next one is. `stopped` means that it will fail until a person acts, so that
    /// it is told at once. Returns how many tries failed in a row.
    pub fn failed(
        &mut self,
        sink: &str,
        problem: &str,
        next_try: Timestamp,
        stopped: bool,
    ) -> Result<u64, StoreError> {
        let before: Option<u64> = self
            .sql()
            .prepare_cached("SELECT failures FROM sinks WHERE name = ?")?
            .query_row([sink], |row| row.get(0))
            .optional()?;
        let Some(before) = before else { return Ok(0) };
        let failures = if stopped { (before + 1).max(FAILING) } else { before + 1 };
        let problem: String = problem.chars().take(PROBLEM).collect();
        self.sql()
            .prepare_cached(
                "UPDATE sinks SET failures = ?2, failed_at = ?3, problem = ?4, next_try = ?5 WHERE name = ?1",
            )?
            .execute(params![sink, failures, micros(self.now()), problem, micros(next_try)])?;
        if before < FAILING && failures >= FAILING {
            let message = format!("Sink {sink} does not take what is delivered to it: {problem}");
            self.tell(&Event::new(Kind::SinkFailing, message).with("sink", sink).with("problem", problem))?;
        }
        Ok(failures)
    }
}
