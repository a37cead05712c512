//! `licwatch run`.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::config::{ConfigFile, complain};
use super::poll::{agent_name, poller};
use super::{Exit, print, runtime};
use crate::brakes::Brakes;
use crate::clock::believed::Believed;
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::credentials::{Process, Surroundings};
use crate::daemon::assembly::Assembly;
use crate::daemon::lock::Lock;
use crate::daemon::log_limit::LogLimit;
use crate::daemon::notify::{Notifier, ServiceManager};
use crate::daemon::reload::{Load, Loaded, Reloader, steady};
use crate::daemon::settings::Makers;
use crate::daemon::signals::{Orders, Signals};
use crate::daemon::vitals::Vitals;
use crate::daemon::{self, DaemonError, Left, Mode, Parts, Plan, Pollers, Polls};
use crate::journal::Actor;
use crate::poll::Ways;
use crate::poll::guard::{Guard, Rules};
use crate::store::Store;

/// Reports of changes that wait for the scheduler.
const REPORTS: usize = 1024;

/// Arguments of `run`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Stays in the foreground and logs to stderr, for systemd (Type=notify) or any other supervisor. SIGTERM and Ctrl-C stop \
it: polls in flight end as interrupted, and everything that was collected is kept. SIGHUP loads the configuration, the \
inventory and the credentials anew; where anything is wrong with them, what is in force stays.

Examples:
  licwatch run                                       with ./licwatch.toml or /etc/licwatch/licwatch.toml
  licwatch run --config /etc/licwatch/licwatch.toml
  licwatch run --once                                polls every device once, delivers, and ends, for cron
  licwatch -v run                                    says more

Exit code: 0 it was stopped, or with --once every device answered and everything was delivered; 1 with --once some did \
not answer, or lines are left; 2 the configuration is wrong; 3 it could not go on, or with --once no device answered.")]
pub(super) struct Args {
    #[command(flatten)]
    config: ConfigFile,
    /// Poll every device once, now, keep what they say, deliver what waits, and end. Poll windows and maintenance hold
    /// all the same; devices that they keep from being polled are named. A sink that fails is tried once, and within
    /// `[run] stop_within` after the last poll delivery ends; what is left is told, and waits for the next run.
    #[arg(long)]
    once: bool,
}

pub(super) fn run(args: &Args, log_limit: &LogLimit) -> Exit {
    begin(args, log_limit).unwrap_or_else(|exit| exit)
}

fn begin(args: &Args, log_limit: &LogLimit) -> Result<Exit, Exit> {
    let config = args.config.load()?;
    let path = config.path().map(PathBuf::from);
    Plan::of(config, &Process).map_err(|problems| complain(&problems))?;
    let load: Arc<Load<Plan>> = Arc::new(move |current| load(path.as_deref(), current));
    let first = load(None).map_err(|problems| {
        problems.iter().for_each(print::error);
        Exit::Usage
    })?;

    let believed = Arc::new(Believed::new(Arc::new(SystemClock::new())));
    let clock: Arc<dyn Clock> = Arc::clone(&believed) as _;
    let agent = agent_name(&first.plan.config);
    let folder = first.plan.config.store_directory();
    // Before the store: to open it may bring its schema up to date, under the feet of another daemon.
    let lock = Arc::new(Lock::take(&folder, clock.now()).map_err(cannot)?);
    let store = Store::open(&folder, &agent, Arc::clone(&clock)).map_err(cannot)?;
    let notifier =
        Notifier::connect(&ServiceManager::from_variables(|name| std::env::var_os(name), std::process::id()))
            .map_err(|error| cannot(format!("the service manager cannot be reached: {error}")))?;
    let mode = if args.once { Mode::Once } else { Mode::Always };
    let ended = runtime()?.block_on(async {
        let orders = Orders::default();
        let mut signals = Signals::catch().map_err(|error| DaemonError::Signals(error.to_string()))?;
        let obeying = tokio::spawn(orders.clone().obey(async move || signals.next().await));
        let held = Arc::clone(&lock);
        let daemon =
            whole(first, load, store, held, believed, agent, &orders, notifier.clone(), log_limit, mode);
        // The watchdog waits no longer once this is said, and nobody feeds it while the parts end.
        let says = tokio::spawn({
            let (stop, notifier) = (orders.stop.clone(), notifier.clone());
            async move {
                stop.cancelled().await;
                notifier.stopping();
            }
        });
        let ended = tokio::select! {
            ended = daemon => ended,
            () = orders.at_once.cancelled() => Err(DaemonError::AtOnce),
        };
        if !orders.stop.is_cancelled() {
            notifier.stopping();
        }
        says.abort();
        obeying.abort();
        ended
    });
    Ok(match ended {
        Ok(polls) if args.once => told(&polls),
        Ok(_) => Exit::Done,
        Err(error) => failed(&error),
    })
}

/// Puts the daemon together and runs it to its end.
#[expect(clippy::too_many_arguments, reason = "each is made once, by its caller alone")]
async fn whole(
    first: Loaded<Plan>,
    load: Arc<Load<Plan>>,
    store: Store,
    lock: Arc<Lock>,
    believed: Arc<Believed>,
    agent: String,
    orders: &Orders,
    notifier: Notifier,
    log_limit: &LogLimit,
    mode: Mode,
) -> Result<Polls, DaemonError> {
    let clock: Arc<dyn Clock> = Arc::clone(&believed) as _;
    let (brakes, vitals, drain) = (Brakes::default(), Vitals::default(), CancellationToken::new());
    let (reports, early) = mpsc::channel(REPORTS);
    let pollers = pollers(&store, &clock, &first.plan.config);
    let reloader = Reloader::begin(load, first, store.clone()).await?;
    let plan = reloader.plans();
    let surroundings: Arc<dyn Surroundings> = Arc::new(Process);
    let assembly = Assembly {
        store: store.clone(),
        lock,
        reloader,
        reload: Arc::clone(&orders.reload),
        makers: Makers {
            agent,
            host: rustix::system::uname().nodename().to_string_lossy().into_owned(),
            surroundings,
            clock: Arc::clone(&clock),
            started: clock.now(),
        },
        brakes: brakes.clone(),
        clock: believed,
        early: reports,
        notifier: notifier.clone(),
        log_limit: log_limit.clone(),
        vitals: vitals.clone(),
        drain: drain.clone(),
    };
    let beside = assembly.parts().await?;
    let parts = Parts {
        store,
        plan,
        pollers,
        brakes,
        clock,
        early,
        find_silent: Some(|tx, after| Ok(tx.find_silent(tx.now(), after)?.len())),
        vitals,
        mode,
        drain,
        beside,
    };
    notifier.ready();
    daemon::run(parts, orders.stop.clone()).await
}

/// Reads everything that the daemon needs. Some of it cannot change while it runs.
fn load(path: Option<&Path>, current: Option<&Plan>) -> Result<Loaded<Plan>, Vec<String>> {
    let loaded = steady(|| {
        let plan = Plan::load(path, &Process)
            .map_err(|problems| problems.iter().map(ToString::to_string).collect::<Vec<_>>())?;
        let files = plan.config.path().map(PathBuf::from).into_iter().chain(plan.config.inventory_files());
        let files = files.collect();
        Ok((plan, files))
    })?;
    let Some(current) = current else { return Ok(loaded) };
    let fixed = |what: &str| vec![format!("{what} cannot change while the agent runs; restart it")];
    if loaded.plan.config.store_directory() != current.config.store_directory() {
        return Err(fixed("[store] directory"));
    }
    if agent_name(&loaded.plan.config) != agent_name(&current.config) {
        return Err(fixed("[agent] name"));
    }
    Ok(loaded)
}

/// What polls, always behind the same guard.
fn pollers(store: &Store, clock: &Arc<dyn Clock>, config: &Config) -> Pollers {
    let guard = Guard::new(store.clone(), Arc::clone(clock), Actor::Daemon, Rules::from(config));
    let ways = Ways::new(store.clone());
    let clock = Arc::clone(clock);
    Arc::new(move |config| {
        guard.set_rules(Rules::from(config));
        let mut poller = poller(config);
        poller.logins = Arc::new(guard.clone());
        poller.ways = Some(ways.clone());
        poller.clock = Arc::clone(&clock);
        poller
    })
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
    for Left { sink, lines, problem } in &polls.left {
        let why = problem.as_deref().unwrap_or("there was no time, or it cannot be used, which the log says");
        let are = if *lines == 1 { "line is" } else { "lines are" };
        print::talk(format_args!("{lines} {are} left for sink {sink}: {why}"));
    }
    let all = if polls.left.is_empty() { Exit::Done } else { Exit::Findings };
    match polls.counts.polled() {
        0 if !polls.left_out.is_empty() => all,
        polled if complete == polled && polled > 0 => all,
        _ if complete + partial > 0 => Exit::Findings,
        _ => Exit::Nothing,
    }
}

fn cannot(problem: impl std::fmt::Display) -> Exit {
    print::error(problem);
    Exit::Nothing
}

fn failed(error: &DaemonError) -> Exit {
    tracing::error!(%error, "The agent ends.");
    if std::io::stderr().is_terminal() {
        print::error(error);
    }
    Exit::Nothing
}
