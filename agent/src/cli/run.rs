//! `licwatch run`.

use std::io::IsTerminal;
use std::sync::Arc;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::config::{ConfigFile, complain};
use super::poll::{agent_name, poller};
use super::{Exit, print, runtime};
use crate::clock::{Clock, SystemClock};
use crate::credentials::Process;
use crate::daemon::brakes::Brakes;
use crate::daemon::log_limit::LogLimit;
use crate::daemon::{self, DaemonError, Mode, Parts, Plan, Polls};
use crate::store::Store;

/// Reports of changes that wait for the scheduler.
const REPORTS: usize = 1024;

/// Arguments of `run`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Stays in the foreground and logs to stderr, for systemd or any other supervisor. SIGTERM and Ctrl-C stop it: polls in \
flight end as interrupted, and everything that was collected is kept.

Examples:
  licwatch run                                       with ./licwatch.toml or /etc/licwatch/licwatch.toml
  licwatch run --config /etc/licwatch/licwatch.toml
  licwatch run --once                                polls every device once and ends, for cron
  licwatch -v run                                    says more

Exit code: 0 it was stopped, or with --once every device answered; 1 with --once some did not; 2 the configuration is \
wrong; 3 it could not go on, or with --once no device answered.")]
pub(super) struct Args {
    #[command(flatten)]
    config: ConfigFile,
    /// Poll every device once, now, keep what they say, and end. Poll windows and maintenance hold all the same;
    /// devices that they keep from being polled are named.
    #[arg(long)]
    once: bool,
}

pub(super) fn run(args: &Args, log_limit: &LogLimit) -> Exit {
    begin(args, log_limit).unwrap_or_else(|exit| exit)
}

fn begin(args: &Args, log_limit: &LogLimit) -> Result<Exit, Exit> {
    let config = args.config.load()?;
    let plan = Plan::of(config, &Process).map_err(|problems| complain(&problems))?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let agent = agent_name(&plan.config);
    let folder = plan.config.store_directory();
    let store = Store::open(&folder, &agent, Arc::clone(&clock)).map_err(|problem| {
        print::error(problem);
        Exit::Nothing
    })?;
    // The senders live as long as the daemon: reload and the listener send by them.
    let (_reload, plan) = watch::channel(Arc::new(plan));
    let (_reports, early) = mpsc::channel(REPORTS);
    let mode = if args.once { Mode::Once } else { Mode::Always };
    let parts = Parts {
        store,
        plan,
        pollers: Arc::new(poller),
        brakes: Brakes::default(),
        clock,
        early,
        find_silent: Some(|tx, after| Ok(tx.find_silent(tx.now(), after)?.len())),
        mode,
    };
    let stop = CancellationToken::new();
    let ended = runtime()?.block_on(async {
        let signals = tokio::spawn(stop_on_signal(stop.clone()));
        let ended = daemon::run(parts, stop).await;
        signals.abort();
        ended
    });
    Ok(match ended {
        Ok(polls) if args.once => told(&polls),
        Ok(_) => Exit::Done,
        Err(error) => failed(&error),
    })
}

async fn stop_on_signal(stop: CancellationToken) {
    let (Ok(mut terminate), Ok(mut interrupt)) =
        (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        tracing::error!("Signals cannot be listened to; the agent can only be killed.");
        return;
    };
    let name = tokio::select! {
        _ = terminate.recv() => "SIGTERM",
        _ = interrupt.recv() => "SIGINT",
    };
    tracing::info!(signal = name, "The agent stops.");
    stop.cancel();
}

/// Says how a round went.
fn told(polls: &Polls) -> Exit {
    let daemon::Counts { complete, partial, failed, interrupted } = polls.counts;
    for name in &polls.left_out {
        print::talk(format_args!("{name} was left out: its poll windows or maintenance do not admit it now"));
    }
    print::talk(format_args!(
        "{} polled: {complete} complete, {partial} partial, {failed} failed, {interrupted} interrupted",
        polls.counts.polled()
    ));
    match polls.counts.polled() {
        0 if !polls.left_out.is_empty() => Exit::Done,
        polled if complete == polled && polled > 0 => Exit::Done,
        _ if complete + partial > 0 => Exit::Findings,
        _ => Exit::Nothing,
    }
}

fn failed(error: &DaemonError) -> Exit {
    tracing::error!(%error, "The agent ends.");
    if std::io::stderr().is_terminal() {
        print::error(error);
    }
    Exit::Nothing
}
