//! Any order of what happens to a store: what was answered is there until retention may take it.

use std::collections::BTreeMap;

use proptest::prelude::*;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::store::retention::Limits;

#[derive(Clone, Debug)]
enum Act {
    Collect { device: u8, outcome: Outcome, carried_days_ago: i64 },
    Days(i64),
    Retain { observations: u64, captures: u64 },
    Hold(u8),
    LiftAll,
    Deliver,
    Reopen,
}

fn act() -> impl Strategy<Value = Act> {
    let outcome = prop_oneof![
        3 => Just(Outcome::Complete), 1 => Just(Outcome::Partial), 2 => Just(Outcome::Failed)
    ];
    prop_oneof![
        12 => (0..3_u8, outcome, prop_oneof![4 => Just(0), 1 => 1..30_i64]).prop_map(
            |(device, outcome, carried_days_ago)| Act::Collect { device, outcome, carried_days_ago }
        ),
        6 => (1..9_i64).prop_map(Act::Days),
        4 => (0..40_u64, 0..20_u64).prop_map(|(observations, captures)| Act::Retain { observations, captures }),
        1 => (0..3_u8).prop_map(Act::Hold),
        1 => Just(Act::LiftAll),
        1 => Just(Act::Deliver),
        1 => Just(Act::Reopen),
    ]
}

/// What the test knows of an observation.
#[derive(Clone, Debug)]
struct Seen {
    device: u8,
    at: Timestamp,
    answer: bool,
    line: String,
    with_captures: bool,
    waits: bool,
}

#[derive(Default)]
struct Model {
    seen: BTreeMap<i64, Seen>,
    /// Of each device: the newest, and the newest answer.
    newest: BTreeMap<u8, (i64, Option<i64>)>,
    held: Vec<u8>,
}

impl Model {
    fn collected(&mut self, seq: i64, seen: Seen) {
        let at = |seq: i64| self.seen.get(&seq).map(|seen| seen.at);
        let before = self.newest.get(&seen.device).copied();
        let newest = before.is_none_or(|(newest, _)| at(newest).is_none_or(|before| seen.at >= before));
        let answered = before.and_then(|(_, answered)| answered);
        let answers =
            seen.answer && answered.is_none_or(|seq| at(seq).is_none_or(|before| seen.at >= before));
        let now = (
            if newest { seq } else { before.map_or(seq, |(newest, _)| newest) },
            if answers { Some(seq) } else { answered },
        );
        self.newest.insert(seen.device, now);
        self.seen.insert(seq, seen);
    }

    fn must_stay(&self, seq: i64, seen: &Seen) -> bool {
        let newest = self.newest.get(&seen.device);
        newest.is_some_and(|(newest, answered)| *newest == seq || *answered == Some(seq))
            || self.held.contains(&seen.device)
            || seen.waits
    }
}

fn run(acts: Vec<Act>) {
    let folder = tempfile::tempdir().unwrap();
    let clock = Standing::new();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut store = open_at(folder.path(), &clock);
    let sink = "INSERT INTO sinks (name, kind, wants, active) VALUES ('drop', 'file-drop', 'records', 1)";
    store.write_blocking(move |tx| Ok(tx.sql().execute_batch(sink)?)).unwrap();
    let mut model = Model::default();
    let mut today = 100;
    clock.set(day(today));
    for act in acts {
        match act {
            Act::Days(days) => {
                today += days;
                clock.set(day(today));
            }
            Act::Collect { device, outcome, carried_days_ago } => {
                let carried = (carried_days_ago > 0).then(|| "anna".to_owned());
                let collected = Collected {
                    outcome,
                    carried_by: carried,
                    ..answer(&format!("d{device}"), today - carried_days_ago, &[&format!("S{device}")])
                };
                let Kept::New { seq, .. } = collect(&store, &collected) else { panic!() };
                let (at, line, answer) = (collected.polled_at, collected.line, outcome.is_answer());
                model.collected(seq, Seen { device, at, answer, line, with_captures: true, waits: true });
            }
            Act::Retain { observations, captures } => {
                let days = |days: u64| Duration::from_secs(days * 24 * 3600);
                let limits = Limits {
                    keep_observations: days(observations),
                    keep_captures: days(captures),
                    most: u64::MAX,
                };
                runtime.block_on(store.retain(limits, Some(day(today)), &CancellationToken::new())).unwrap();
                let newest = model.seen.values().map(|seen| seen.at).max().unwrap_or(day(0));
                let before = |days: u64| newest - (24 * days as i64).hours();
                let free: Vec<i64> = model
                    .seen
                    .iter()
                    .filter(|(seq, seen)| !model.must_stay(**seq, seen))
                    .map(|it| *it.0)
                    .collect();
                for seq in free {
                    let seen = model.seen.get_mut(&seq).unwrap();
                    if seen.at < before(captures) {
                        seen.with_captures = false;
                    }
                    if seen.at < before(observations) {
                        model.seen.remove(&seq);
                    }
                }
            }
            Act::Hold(device) => {
                let name = format!("d{device}");
                let set = store.write_blocking(move |tx| tx.hold(Some(&[name]), "audit", &Actor::Daemon));
                if set.is_ok() {
                    model.held.push(device);
                }
            }
            Act::LiftAll => {
                let holds = store.read_blocking(hold::all).unwrap();
                assert_eq!(holds.len(), model.held.len());
                let numbers: Vec<i64> = holds.iter().map(|hold| hold.number).collect();
                store.write_blocking(move |tx| tx.lift(&numbers, "over", &Actor::Daemon)).unwrap();
                model.held.clear();
            }
            Act::Deliver => {
                store.write_blocking(|tx| Ok(tx.sql().execute_batch("DELETE FROM outbox")?)).unwrap();
                model.seen.values_mut().for_each(|seen| seen.waits = false);
            }
            Act::Reopen => {
                drop(store);
                store = open_at(folder.path(), &clock);
            }
        }
        agrees(&store, &model);
    }
}

fn agrees(store: &Store, model: &Model) {
    let kept: Vec<(i64, String, bool)> = store
        .read_blocking(|sql| {
            entries(sql)?;
            let mut query = sql.prepare("SELECT seq, captures FROM observations ORDER BY seq")?;
            let rows = query.query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?)))?;
            let mut kept = Vec::new();
            for row in rows {
                let (seq, captures) = row?;
                assert_eq!(raw_of(sql, seq)?.len() as i64, captures);
                kept.push((seq, observations::line(sql, seq)?.unwrap(), captures > 0));
            }
            Ok(kept)
        })
        .unwrap();
    let known: Vec<_> =
        model.seen.iter().map(|(seq, seen)| (*seq, seen.line.clone(), seen.with_captures)).collect();
    assert_eq!(kept, known);
    for known in super::known(store) {
        let device: u8 = known.name.trim_start_matches('d').parse().unwrap();
        let (newest, answered) = model.newest[&device];
        assert!(model.seen[&newest].line.contains(&known.newest.observation.to_string()));
        assert_eq!(known.answered_at, answered.map(|seq| model.seen[&seq].at));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_was_answered_is_there_until_it_may_go(acts in prop::collection::vec(act(), 1..60)) {
        run(acts);
    }
}
