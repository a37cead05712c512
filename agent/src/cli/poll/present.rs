//! Polls run, their results shown: progress while it lasts, then a table or JSON lines, then the drop.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::time::Duration;

use comfy_table::Cell;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::beside::Beside;
use crate::cli::{Exit, print, table};
use crate::deliver::file_drop::{Contents, Counts, FileDrop, Published};
use crate::observation::Outcome;
use crate::poll::{Job, Polled, Poller};

/// What becomes of the results.
#[derive(Debug, Default)]
pub(in crate::cli) struct Presentation {
    /// JSON lines instead of a table.
    pub(in crate::cli) json: bool,
    /// Where to drop them.
    pub(in crate::cli) drop: Option<FileDrop>,
    /// Whether the raw answers go with them.
    pub(in crate::cli) keep_raw: bool,
    /// The store that they are kept in.
    pub(in crate::cli) store: Option<Beside>,
}

/// How a run ended, and where its drop lies.
pub(in crate::cli) type Finished = (Exit, Option<Published>);

/// Polls all jobs and shows what came of them. Ctrl-C ends the polls and keeps what is finished.
pub(in crate::cli) async fn run(poller: &Poller, jobs: Vec<Job>, how: &Presentation) -> Finished {
    let stop = CancellationToken::new();
    let interrupt = tokio::spawn(stop_on_interrupt(stop.clone()));
    let finished = poll_and_show(poller, jobs, how, stop).await;
    interrupt.abort();
    finished.unwrap_or_else(|exit| (exit, None))
}

async fn stop_on_interrupt(stop: CancellationToken) {
    if tokio::signal::ctrl_c().await.is_ok() {
        print::talk("interrupted: devices in flight are ended, finished ones are kept");
        stop.cancel();
    }
}

async fn poll_and_show(
    poller: &Poller,
    jobs: Vec<Job>,
    how: &Presentation,
    stop: CancellationToken,
) -> Result<Finished, Exit> {
    let order: BTreeMap<String, usize> =
        jobs.iter().enumerate().map(|(place, job)| (job.device.name.clone(), place)).collect();
    let progress = progress(order.len());
    let (sender, mut results) = mpsc::channel(64);
    let polls = poller.poll(jobs, sender, stop.clone());
    let shown = async {
        let mut polled: Vec<Polled> = Vec::with_capacity(order.len());
        let mut end = Ok(());
        let mut kept = true;
        while let Some(mut result) = results.recv().await {
            if let Some(store) = &how.store
                && let Err(problem) = store.keep(&result).await
            {
                let name = &result.observation.device;
                progress
                    .suspend(|| print::error(format_args!("{name} was polled, and is not kept: {problem}")));
                kept = false;
            }
            if !how.keep_raw {
                // Thousands of raw answers are not held for nothing.
                result.captures = Vec::new();
            }
            progress.set_message(result.observation.device.clone());
            progress.inc(1);
            if how.json && end.is_ok() {
                end = progress.suspend(|| print::line(&result.line));
                // Whoever read the lines went away: no more devices are dialled for nobody, unless a drop waits.
                if end.is_err() && how.drop.is_none() {
                    stop.cancel();
                }
            }
            polled.push(result);
        }
        (polled, end, kept)
    };
    let ((), (mut polled, mut end, kept)) = tokio::join!(polls, shown);
    progress.finish_and_clear();
    polled.sort_by_key(|result| order.get(&result.observation.device).copied());

    if !how.json {
        end = print::data(overview(&polled));
    }
    explain(&polled);
    // A reader of stdout that went away takes nothing from the drop.
    let published = match &how.drop {
        Some(drop) => publish(drop, &polled, how, poller)?,
        None => None,
    };
    end?;
    let counts = counts(&polled);
    let exit = match counts {
        Counts { complete: 0, partial: 0, .. } => Exit::Nothing,
        Counts { polled, complete, .. } if kept && complete == polled && polled == order.len() as u64 => {
            Exit::Done
        }
        _ => Exit::Findings,
    };
    Ok((exit, published))
}

/// A bar on a terminal, nothing elsewhere.
fn progress(devices: usize) -> ProgressBar {
    let target = if std::io::stderr().is_terminal() && devices > 1 {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let bar = ProgressBar::with_draw_target(Some(devices as u64), target);
    // The template is ours; a wrong one shows in the default style.
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} devices  {elapsed}  {msg}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

fn overview(polled: &[Polled]) -> String {
    let [platform, model, serial, version, licensing, in_use, compliance, deadline] = table::SUMMARY_HEADS;
    let mut table = table::table([
        "device", platform, model, serial, version, licensing, in_use, compliance, deadline, "via", "ms",
        "problem",
    ]);
    for result in polled {
        let observation = &result.observation;
        let problem = observation.error.as_ref().map(|error| error.stage.to_string()).unwrap_or_default();
        let mut row = vec![Cell::new(&observation.device)];
        row.extend(table::summary_cells(&result.summary));
        row.push(Cell::new(&observation.transport));
        row.extend([Cell::new(observation.duration_ms), Cell::new(problem).fg(comfy_table::Color::Red)]);
        table.add_row(row);
    }
    let Counts { polled, complete, partial, failed } = counts(polled);
    format!(
        "{table}\n{polled} {}: {complete} complete, {partial} partial, {failed} failed\n",
        if polled == 1 { "device" } else { "devices" }
    )
}

/// Failures in full, and what the records warn of, below the table.
fn explain(polled: &[Polled]) {
    for result in polled {
        let name = &result.observation.device;
        if let Some(error) = &result.observation.error {
            print::error(format_args!("{name}: {error}\n       {}", error.remedy));
        }
        for remark in &result.remarks {
            print::talk(format_args!("{name}: {remark}"));
        }
    }
}

fn publish(
    drop: &FileDrop,
    polled: &[Polled],
    how: &Presentation,
    poller: &Poller,
) -> Result<Option<Published>, Exit> {
    if polled.is_empty() {
        return Ok(None);
    }
    let captures = polled.iter().filter(|result| how.keep_raw && !result.captures.is_empty());
    let contents = Contents {
        lines: polled.iter().map(|result| result.line.as_str()).collect(),
        counts: counts(polled),
        captures: captures
            .map(|result| (result.observation.device.as_str(), result.captures.as_slice()))
            .collect(),
    };
    match drop.publish(poller.clock.now(), &contents) {
        Ok(published) => {
            announce(&published);
            Ok(Some(published))
        }
        Err(problem) => {
            print::error(problem);
            Err(Exit::Findings)
        }
    }
}

fn announce(published: &Published) {
    let paths: [(&str, Option<&PathBuf>); 3] = [
        ("records", Some(&published.records)),
        ("raw", published.raw.as_ref()),
        ("manifest", Some(&published.manifest)),
    ];
    for (what, path) in paths {
        if let Some(path) = path {
            print::talk(format_args!("{what:<9} {}", path.display()));
        }
    }
}

fn counts(polled: &[Polled]) -> Counts {
    let count = |outcome| polled.iter().filter(|result| result.observation.outcome == outcome).count() as u64;
    Counts {
        polled: polled.len() as u64,
        complete: count(Outcome::Complete),
        partial: count(Outcome::Partial),
        failed: count(Outcome::Failed),
    }
}
