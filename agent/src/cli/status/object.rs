//! Status for programs: one object a line, form `licwatch/status/1`.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use super::judge::{Finding, Standing, Terms};
use super::{Agent, History, show};
use crate::cli::{Exit, print};
use crate::store::status::{Stop, Trouble};

const SCHEMA: &str = "licwatch/status/1";

/// Prints the agent, then each device; the history where one device was asked for.
pub(super) fn print(
    agent: &Agent,
    rows: &[Standing],
    history: Option<&History>,
    terms: &Terms,
) -> Result<(), Exit> {
    print::line(&of_agent(agent, rows, terms).to_string())?;
    for row in rows {
        let object = Object::of(row, history.map(of_history));
        if let Ok(line) = serde_json::to_string(&object) {
            print::line(&line)?;
        }
    }
    Ok(())
}

fn of_agent(agent: &Agent, rows: &[Standing], terms: &Terms) -> Value {
    let counts = show::counts(rows);
    json!({
        "schema": SCHEMA,
        "kind": "agent",
        "at": terms.now,
        "running": agent.running.is_some(),
        "process": agent.running.and_then(|running| running.process),
        "brakes": agent.brakes.iter().map(|it| json!({
            "kind": it.kind.word(), "since": it.since, "message": it.message,
        })).chain(agent.refusal.iter().map(|it| json!({
            "kind": "store_refuses", "since": it.since, "message": it.why,
        }))).collect::<Vec<_>>(),
        "stopped_credentials": agent.stops.credentials.iter().map(stop).collect::<Vec<_>>(),
        "sinks": agent.sinks.iter().map(|it| json!({
            "name": it.name, "kind": it.kind, "waiting": it.waiting, "waiting_since": it.waiting_since,
            "refused": it.refused, "delivered_at": it.delivered_at, "failures": it.failures, "problem": it.problem,
        })).collect::<Vec<_>>(),
        "polls_due": agent.polls_due,
        "next_poll": agent.next_poll,
        "devices": rows.len(),
        "findings": counts.iter().map(|(finding, count)| (finding.word().to_owned(), json!(count)))
            .collect::<serde_json::Map<_, _>>(),
    })
}

fn stop(it: &Stop) -> Value {
    json!({"credential": it.credential, "since": it.since, "reason": it.reason})
}

#[derive(Serialize)]
struct Object<'r> {
    schema: &'static str,
    kind: &'static str,
    name: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    site: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<&'r str>,
    listed: bool,
    findings: Vec<&'static str>,
    notes: &'r [String],
    last_seen: Option<Timestamp>,
    last_answer: Option<Timestamp>,
    outcome: Option<&'r str>,
    transport: Option<&'r str>,
    duration_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    carried_by: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'r Trouble>,
    platform: Option<&'r str>,
    model: Option<&'r str>,
    serial_number: Option<&'r str>,
    version: Option<&'r str>,
    licensing: Option<&'r str>,
    compliance: Option<&'r str>,
    in_use: Vec<&'r str>,
    next_deadline: Option<&'r str>,
    lapses_at: Option<Timestamp>,
    days_left: Option<i64>,
    next_poll: Option<Timestamp>,
    next_poll_reason: Option<&'r str>,
    failures: u32,
    silent_since: Option<Timestamp>,
    locked: Option<Value>,
    clock_offset_seconds: Option<f64>,
    old_algorithms: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    history: Option<Value>,
}

impl<'r> Object<'r> {
    fn of(row: &'r Standing, history: Option<Value>) -> Self {
        fn stated(text: &str) -> Option<&str> {
            (!text.is_empty()).then_some(text)
        }
        let shown = &row.shown;
        Self {
            schema: SCHEMA,
            kind: "device",
            name: &row.name,
            site: row.site.as_deref(),
            role: row.role.as_deref(),
            owner: row.owner.as_deref(),
            listed: row.listed,
            findings: row.findings.iter().map(|it: &Finding| it.word()).collect(),
            notes: &row.notes,
            last_seen: row.seen_at,
            last_answer: row.answered_at,
            outcome: row.outcome.as_deref(),
            transport: row.transport.as_deref(),
            duration_ms: row.duration_ms,
            carried_by: row.carried_by.as_deref(),
            error: row.error.as_ref(),
            platform: stated(&shown.platform),
            model: stated(&shown.model),
            serial_number: stated(&shown.serial_number),
            version: stated(&shown.version),
            licensing: stated(&shown.licensing),
            compliance: stated(&shown.compliance),
            in_use: shown.in_use.lines().collect(),
            next_deadline: stated(&shown.deadline),
            lapses_at: row.lapses_at,
            days_left: row.days_left,
            next_poll: row.due_at(),
            next_poll_reason: row.next.as_ref().map(|next| next.reason.as_str()),
            failures: row.next.as_ref().map_or(0, |next| next.failures),
            silent_since: row.silent_since,
            locked: row.locked.as_ref().map(stop),
            clock_offset_seconds: row.clock_ms.map(|ms| ms as f64 / 1000.0),
            old_algorithms: stated(&shown.old_algorithms),
            history,
        }
    }
}

fn of_history(history: &History) -> Value {
    let (captures, bytes) = history.captures;
    json!({
        "observations_kept": history.kept,
        "captures_kept": captures,
        "capture_bytes": bytes,
        "clock_offset_seconds": history.offset_ms.map(|ms| ms as f64 / 1000.0),
        "serial_numbers": history.serials.iter().map(|(serial, first, last)| json!({
            "serial_number": serial, "first_seen": first, "last_seen": last,
        })).collect::<Vec<_>>(),
        "observations": history.observations.iter().map(|it| json!({
            "polled_at": it.polled_at, "outcome": it.outcome, "duration_ms": it.duration_ms,
            "carried_by": it.carried_by, "error": it.error,
        })).collect::<Vec<_>>(),
        "events": history.changes.iter().map(|it| json!({
            "at": it.at, "kind": it.kind, "message": it.message,
        })).collect::<Vec<_>>(),
    })
}
