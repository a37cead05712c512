//! Status for people.

use comfy_table::{Cell, Color};
use jiff::{SignedDuration, Timestamp};

use super::judge::{Finding, Standing, Terms, age, clock_words};
use super::{Agent, History};
use crate::cli::{Exit, print, table};

/// Lines of licences in use that the table of all devices shows.
const LICENCES: usize = 4;

/// Prints one device with its history, or a table of all; then how the agent is, on stderr.
pub(super) fn print(
    agent: &Agent,
    rows: &[Standing],
    history: Option<&History>,
    terms: &Terms,
) -> Result<(), Exit> {
    match (history, rows) {
        (Some(history), [row]) => print::data(one(row, history, terms))?,
        _ => print::data(overview(rows, terms))?,
    }
    for line in of_agent(agent, terms) {
        print::talk(line);
    }
    Ok(())
}

/// How many devices have each finding.
pub(super) fn counts(rows: &[Standing]) -> [(Finding, usize); 4] {
    [Finding::Silent, Finding::Locked, Finding::Overdue, Finding::Lapsed]
        .map(|finding| (finding, rows.iter().filter(|row| row.findings.contains(&finding)).count()))
}

fn overview(rows: &[Standing], terms: &Terms) -> String {
    let mut table = table::table([
        "device",
        "seen",
        "answered",
        "outcome",
        "licensing",
        "in use",
        "state",
        "next deadline",
        "next poll",
        "to know",
    ]);
    for row in rows {
        let ago = |at: Option<Timestamp>| at.map(|at| age(terms.now.duration_since(at))).unwrap_or_default();
        let mut in_use: Vec<&str> = row.shown.in_use.lines().collect();
        let more = in_use.len().saturating_sub(LICENCES);
        in_use.truncate(LICENCES);
        let mut in_use = in_use.join("\n");
        if more > 0 {
            in_use.push_str(&format!("\nand {more} more"));
        }
        let colour = if row.findings.is_empty() { Color::Yellow } else { Color::Red };
        table.add_row([
            Cell::new(&row.name),
            Cell::new(ago(row.seen_at)),
            Cell::new(ago(row.answered_at)),
            Cell::new(row.outcome.as_deref().unwrap_or_default()),
            Cell::new(&row.shown.licensing),
            Cell::new(in_use),
            Cell::new(&row.shown.compliance),
            Cell::new(deadline(row)),
            Cell::new(next_poll(row, terms)),
            Cell::new(row.words()).fg(colour),
        ]);
    }
    let mut text = format!("{table}\n{} {}", rows.len(), if rows.len() == 1 { "device" } else { "devices" });
    for (finding, count) in counts(rows).into_iter().filter(|(_, count)| *count > 0) {
        text.push_str(&format!(", {count} {}", finding.word()));
    }
    text.push('\n');
    text
}

/// `2027-03-06 ACK, 30 days`
fn deadline(row: &Standing) -> String {
    match row.days_left {
        Some(0) => format!("{}, today", row.shown.deadline),
        Some(1) => format!("{}, 1 day", row.shown.deadline),
        Some(days) if days < 0 => format!("{}, past", row.shown.deadline),
        Some(days) => format!("{}, {days} days", row.shown.deadline),
        None => row.shown.deadline.clone(),
    }
}

/// `in 3h (retry)`
fn next_poll(row: &Standing, terms: &Terms) -> String {
    let Some(next) = &row.next else { return String::new() };
    let away = next.due_at.duration_since(terms.now);
    let when =
        if away.is_negative() { format!("{} ago", age(away.abs())) } else { format!("in {}", age(away)) };
    if next.reason.is_empty() || next.reason == "interval" {
        return when;
    }
    format!("{when} ({})", next.reason.replace('_', " "))
}

fn one(row: &Standing, history: &History, terms: &Terms) -> String {
    let mut text = format!("{}\n", row.name);
    let when = |at: Timestamp| format!("{}, {} ago", time(at), age(terms.now.duration_since(at)));
    let (captures, bytes) = history.captures;
    let error = row.error.as_ref();
    let facts = [
        ("findings", row.findings.iter().map(|it| it.word()).collect::<Vec<_>>().join(", ")),
        ("notes", row.notes.join(", ")),
        ("site", row.site.clone().unwrap_or_default()),
        ("role", row.role.clone().unwrap_or_default()),
        ("owner", row.owner.clone().unwrap_or_default()),
        ("last seen", row.seen_at.map(when).unwrap_or_default()),
        ("last answer", row.answered_at.map(when).unwrap_or_default()),
        ("silent since", row.silent_since.map(when).unwrap_or_default()),
        ("outcome", row.outcome.clone().unwrap_or_default()),
        ("problem", error.map(|error| format!("{}: {}", error.stage, error.text)).unwrap_or_default()),
        ("what to do", error.map(|error| error.remedy.clone()).unwrap_or_default()),
        (
            "locked",
            row.locked
                .as_ref()
                .map(|stop| format!("{}, since {}", stop.reason, time(stop.since)))
                .unwrap_or_default(),
        ),
        ("via", row.transport.clone().unwrap_or_default()),
        ("carried by", row.carried_by.clone().unwrap_or_default()),
        ("took", row.duration_ms.map(|ms| format!("{ms} ms")).unwrap_or_default()),
        ("platform", row.shown.platform.clone()),
        ("model", row.shown.model.clone()),
        ("version", row.shown.version.clone()),
        ("licensing", row.shown.licensing.clone()),
        ("state", row.shown.compliance.clone()),
        ("in use", row.shown.in_use.lines().collect::<Vec<_>>().join(", ")),
        ("next deadline", deadline(row)),
        ("next poll", next_poll(row, terms)),
        ("clock", row.clock_ms.or(history.offset_ms).map(clock_words).unwrap_or_default()),
        ("old algorithms", row.shown.old_algorithms.clone()),
        ("kept", format!("{} observations, {captures} raw answers of {} KiB", history.kept, bytes >> 10)),
    ];
    for (what, fact) in facts.iter().filter(|(_, fact)| !fact.is_empty()) {
        text.push_str(&format!("  {what:<14} {fact}\n"));
    }
    for (serial, first, last) in &history.serials {
        text.push_str(&format!("  {:<14} {serial}, shown {} to {}\n", "serial", day(*first), day(*last)));
    }
    if !history.observations.is_empty() {
        let mut table = table::table(["polled", "outcome", "ms", "problem"]);
        for it in &history.observations {
            let carried = it.carried_by.as_ref().map(|who| format!("carried by {who}"));
            let problem = it.error.as_ref().map(|error| format!("{}: {}", error.stage, error.text));
            table.add_row([
                time(it.polled_at),
                it.outcome.clone(),
                it.duration_ms.map(|ms| ms.to_string()).unwrap_or_default(),
                problem.or(carried).unwrap_or_default(),
            ]);
        }
        text.push_str(&format!("\n{table}\n"));
    }
    if !history.changes.is_empty() {
        let mut table = table::table(["when", "what", ""]);
        for it in &history.changes {
            table.add_row([time(it.at), it.kind.replace('_', " "), it.message.clone()]);
        }
        text.push_str(&format!("\n{table}\n"));
    }
    text
}

/// How the agent is: one line each.
fn of_agent(agent: &Agent, terms: &Terms) -> Vec<String> {
    let ago = |at: Timestamp| age(terms.now.duration_since(at).max(SignedDuration::ZERO));
    let mut lines = Vec::new();
    lines.push(match agent.running {
        Some(running) => {
            let process = running.process.map(|it| format!(" as process {it}")).unwrap_or_default();
            format!("licwatch run is running{process}")
        }
        None => "licwatch run is not running: nothing is polled by schedule".to_owned(),
    });
    for it in &agent.brakes {
        lines.push(format!("nothing is polled since {}: {}", time(it.since), it.message));
    }
    if let Some(it) = &agent.refusal {
        let since = time(it.since);
        lines
            .push(format!("nothing is polled since {since}: the store refuses to be written to: {}", it.why));
    }
    for it in &agent.stops.credentials {
        lines.push(format!(
            "credential {} is stopped since {}: {}; see `licwatch release`",
            it.credential,
            time(it.since),
            it.reason
        ));
    }
    let next = agent.next_poll.map(|at| format!(", the next in {}", age(at.duration_since(terms.now))));
    lines.push(format!("polls due now: {}{}", agent.polls_due, next.unwrap_or_default()));
    for it in &agent.sinks {
        let waiting = match it.waiting_since {
            Some(since) if it.waiting > 0 => {
                format!("{} lines wait, the oldest for {}", it.waiting, ago(since))
            }
            _ => "nothing waits".to_owned(),
        };
        let refused = if it.refused > 0 {
            format!("; {} refused for good, see `licwatch outbox list`", it.refused)
        } else {
            String::new()
        };
        let problem = match &it.problem {
            Some(problem) if it.failures > 0 => format!("; failed {} times: {problem}", it.failures),
            _ => String::new(),
        };
        lines.push(format!("sink {} ({}): {waiting}{refused}{problem}", it.name, it.kind));
    }
    lines
}

fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}

fn day(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}
