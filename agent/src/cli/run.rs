//! `licwatch run`.

use std::io::IsTerminal;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustix::process::{Resource, getrlimit};
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
use crate::daemon::reload::{Load, LoadError, Loaded, Reloader, steady};
use crate::daemon::settings::Makers;
use crate::daemon::signals::{Orders, Signals};
use crate::daemon::vitals::Vitals;
use crate::daemon::{self, DaemonError, Draft, Left, Mode, Parts, Plan, Pollers, Polls};
use crate::journal::Actor;
use crate::poll::Ways;
use crate::poll::guard::{Guard, Rules};
use crate::store::Store;

/// Reports of changes that wait for the scheduler.
const REPORTS: usize = 1024;
/// What still runs on threads of its own when all is over has so long.
const LAST: Duration = Duration::from_secs(1);

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
not answer, or lines are left; 2 the configuration is wrong; 3 it could not begin or go on, as for a secret or an \
inventory that cannot be read now, or with --once no device answered.")]
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
    let path = args.config.found();
    let load: Arc<Load<Plan>> = Arc::new(move |current| load(path.as_deref(), current));
    let first = load(None).map_err(|error| unloadable(&error))?;

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
    let runtime = runtime()?;
    let ended = runtime.block_on(async {
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
    // A file system that has gone away holds threads up for ever; nobody waits for those.
    runtime.shutdown_timeout(LAST);
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
        connections: connections(),
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

/// Reads everything that the daemon needs; secrets once, when the files are right. Some of it cannot change while it
/// runs.
fn load(path: Option<&Path>, current: Option<&Plan>) -> Result<Loaded<Plan>, LoadError> {
    let Loaded { plan: draft, files } = steady(|| {
        let draft = Draft::read(path)?;
        let files = draft.files();
        Ok((draft, files))
    })?;
    if let Some(Plan { config, .. }) = current {
        if draft.config.store_directory() != config.store_directory() {
            return Err(LoadError::Fixed { what: "[store] directory" });
        }
        if agent_name(&draft.config) != agent_name(config) {
            return Err(LoadError::Fixed { what: "[agent] name" });
        }
    }
    Ok(Loaded { plan: draft.resolve(&Process)?, files })
}

/// Says why it does not begin. What may pass must not look like a mistake in the configuration: a supervisor does not
/// try that again.
fn unloadable(error: &LoadError) -> Exit {
    match error {
        LoadError::Wrong(problems) => drop(complain(problems)),
        other => print::error(other),
    }
    if error.may_pass() { Exit::Nothing } else { Exit::Usage }
}

/// How many connections that bring syslog may be open: a quarter of the files that may, so that polls have theirs.
fn connections() -> usize {
    let files = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    usize::try_from(files / 4).unwrap_or(usize::MAX)
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

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::*;

    /// A folder with one device, whose password a shell tells by this program.
    fn site(program: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("licwatch.toml");
        let config = format!(
            "[inventory]\nfiles = [\"devices.csv\"]\n[poll]\ncredential = \"network\"\n[credentials.network]\n\
             user = \"monitor\"\nallow_exec = true\npassword_exec = [\"/bin/sh\", \"-c\", '''{program}''']\n"
        );
        fs::write(&file, config).unwrap();
        fs::write(folder.path().join("devices.csv"), "name,address\ncore-1,192.0.2.1\n").unwrap();
        (folder, file)
    }

    #[test]
    fn a_program_that_tells_a_secret_runs_once_for_each_load() {
        let log = tempfile::NamedTempFile::new().unwrap();
        let (_folder, file) = site(&format!("echo run >> {}; echo secret", log.path().display()));
        let runs = || fs::read_to_string(log.path()).unwrap().lines().count();
        let first = load(Some(&file), None).unwrap();
        assert_eq!((first.plan.devices.len(), runs()), (1, 1));
        load(Some(&file), Some(&first.plan)).unwrap();
        assert_eq!(runs(), 2);
        let config = fs::read_to_string(&file).unwrap();
        fs::write(&file, format!("{config}[store]\ndirectory = \"elsewhere\"\n")).unwrap();
        let error = load(Some(&file), Some(&first.plan)).unwrap_err();
        assert!(error.to_string().contains("[store] directory cannot change"), "{error}");
        assert_eq!(runs(), 2, "not for a configuration that is refused without it");
    }

    #[test]
    fn what_may_pass_is_no_mistake_in_the_configuration() {
        let (folder, file) = site("exit 1");
        let ends = || unloadable(&load(Some(&file), None).unwrap_err());
        assert_eq!(ends(), Exit::Nothing, "the program fails for now");
        let good = fs::read_to_string(&file).unwrap();
        fs::write(&file, format!("{good}[on_change]\nudp = \"0.0.0.0:514\"\n")).unwrap();
        assert_eq!(ends(), Exit::Usage, "besides, every address would be listened at");
        fs::write(&file, &good).unwrap();
        for half in ["name,address\ncore-1,192.0.2.1\ncore-2,192.0", "name,address\n", ""] {
            fs::write(folder.path().join("devices.csv"), half).unwrap();
            assert_eq!(ends(), Exit::Nothing, "{half:?}");
        }
        fs::remove_file(folder.path().join("devices.csv")).unwrap();
        assert_eq!(ends(), Exit::Nothing, "somebody writes the inventory anew");
        fs::write(&file, format!("{good}nonsense = 1\n")).unwrap();
        assert_eq!(ends(), Exit::Usage);
        fs::remove_file(&file).unwrap();
        assert_eq!(ends(), Exit::Usage);
        assert_eq!(unloadable(&LoadError::Changing), Exit::Nothing);
    }
}
