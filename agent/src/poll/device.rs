//! One device, from the first packet to its record.

use licwatch_parsers::Command;
use licwatch_parsers::netconf::{self, Filter, Reply};
use tokio_util::sync::CancellationToken;

use super::gate::Gate;
use super::gathered::{Gathered, WallClock};
use super::ways::{Learned, is_netconf_missed};
use super::{Job, Polled, Poller, guard};
use crate::capture::{Capture, Origin};
use crate::collect::{plan, with_record};
use crate::config::Transport;
use crate::store::ways::Way;
use crate::transport::cli::{CliOptions, CliSession, Dialect};
use crate::transport::netconf::{NetconfOptions, NetconfSession};
use crate::transport::ssh::{Stream, Target};
use crate::transport::{Failure, Kind, Stage};

impl Poller {
    /// Polls one device within its deadline. It always comes to a result, and every connection is closed by then. When
    /// `stop` is cancelled, it ends as interrupted with what the device had said.
    pub async fn poll_device(&self, job: &Job, stop: &CancellationToken) -> Polled {
        let mut gathered = Gathered::new(WallClock::begin(self.clock.now()));
        let gate = Gate::of(job, &self.logins);
        let known = match &self.ways {
            Some(ways) => ways.of(&job.device.name).await,
            None => Way::default(),
        };
        let deadline = job.device.deadline;
        let ended = tokio::select! {
            asked = tokio::time::timeout(deadline, self.ask(job, &gate, &known, &mut gathered)) => {
                asked.unwrap_or_else(|_| Err(if gate.is_waiting() {
                    guard::out_of_time(&job.device.name, deadline)
                } else {
                    Failure::new(
                        Stage::Device,
                        Kind::Timeout,
                        format!("{} did not finish within its deadline of {deadline:?}", job.device.name),
                        "see what it answers slowly with --transcript, or raise `deadline` for it",
                    )
                }))
            }
            () = stop.cancelled() => Err(Failure::new(
                Stage::Device,
                Kind::Interrupted,
                format!("the poll of {} was interrupted", job.device.name),
                "poll it again",
            )),
        };
        let mut learned = Learned {
            narrow_lane: gathered.slow,
            netconf: gathered.netconf,
            cli: gathered.cli_answered,
            version: None,
        };
        let polled = gathered.conclude(&self.agent, job, ended.err());
        if let Some(ways) = &self.ways {
            learned.version = Some(polled.summary.version.clone()).filter(|version| !version.is_empty());
            ways.keep(job, &known, &learned, self.clock.now()).await;
        }
        polled
    }

    async fn ask(&self, job: &Job, gate: &Gate, known: &Way, gathered: &mut Gathered) -> Result<(), Failure> {
        // Who is stopped is not even connected to.
        gate.look().await?;
        gathered.narrow_lane = known.narrow_lane;
        let no_netconf = || {
            let missed = is_netconf_missed(known, job.device.netconf_port.get(), self.clock.now());
            if missed {
                tracing::debug!(
                    device = job.device.name,
                    "NETCONF was not there last time; the CLI is asked at once."
                );
            }
            missed || !plan::has_netconf(job.device.platform)
        };
        match job.device.transport {
            Transport::Netconf => self.ask_netconf(job, gate, gathered).await,
            Transport::Ssh => self.ask_cli(job, gate, Beside::Nothing, gathered).await,
            Transport::Auto if no_netconf() => self.ask_cli(job, gate, Beside::Nothing, gathered).await,
            Transport::Auto => match self.ask_netconf(job, gate, gathered).await {
                Ok(()) => self.ask_cli(job, gate, Beside::Netconf, gathered).await,
                Err(failure) if failure.allows_another_way() => {
                    gathered.netconf = Some(false);
                    self.ask_cli(job, gate, Beside::Nothing, gathered).await.map_err(|cli| Failure {
                        text: format!("{} (before that, NETCONF: {failure})", cli.text),
                        ..cli
                    })
                }
                Err(failure) => Err(failure),
            },
        }
    }

    async fn ask_netconf(&self, job: &Job, gate: &Gate, gathered: &mut Gathered) -> Result<(), Failure> {
        let target = Target {
            narrow_lane: gathered.is_narrow(),
            ..job.target(job.device.netconf_port.get(), gate, false)
        };
        let mut connection = self.engine.connect(&target, &self.ssh).await?;
        gathered.note(connection.facts());
        let stream = connection.subsystem("netconf").await?;
        let options = NetconfOptions { limits: self.netconf, ..NetconfOptions::default() };
        let mut session = match &self.transcript {
            Some(begin) => NetconfSession::open_recorded(stream, options, begin(&job.device.name)).await?,
            None => NetconfSession::open(stream, options).await?,
        };
        gathered.capabilities = session.capabilities().to_vec();
        gathered.netconf = Some(true);
        let Some(models) = models(&mut session).await? else {
            session.close().await;
            connection.close().await;
            return Err(capability_missing(job));
        };
        let received = session.get(&models.filter).await?;
        session.close().await;
        connection.close().await;

        let refusal = std::str::from_utf8(&received.raw).ok().and_then(refused);
        let at = gathered.wall.middle(received.started, received.finished);
        gathered.captures.push(Capture::new(Some(Command::NetconfGet), Origin::Netconf, received.raw, at));
        gathered.transports.push("netconf");
        gathered.answered |= refusal.is_none();
        match refusal {
            Some(refusal) => Err(refusal),
            // Where the CLI follows, it is asked for the licences.
            None if !models.of_licences && job.device.transport == Transport::Netconf => {
                Err(capability_missing(job))
            }
            None => Ok(()),
        }
    }

    async fn ask_cli(
        &self,
        job: &Job,
        gate: &Gate,
        beside: Beside,
        gathered: &mut Gathered,
    ) -> Result<(), Failure> {
        let dialect = Dialect::of(gathered.platform(job));
        let goes_on = job.access.enable.is_some() || dialect.may_ask_for_login();
        let target =
            Target { narrow_lane: gathered.is_narrow(), ..job.target(job.device.port.get(), gate, goes_on) };
        let mut connection = self.engine.connect(&target, &self.ssh).await?;
        gathered.note(connection.facts());
        let mut login = connection.take_login();
        let stream = connection.shell().await?;
        let options = CliOptions {
            pipeline: job.device.pipeline,
            enable: job.access.enable.clone(),
            login: job.access.password.clone().map(|password| (job.access.user.clone(), password)),
            // Without an enable secret a login is taken as it is: TACACS+ may permit at any level what is asked.
            required_privilege: if job.access.enable.is_some() { 15 } else { 0 },
            limits: self.cli,
        };
        let transcript = self.transcript.as_ref().map(|begin| begin(&job.device.name));
        let opened = CliSession::open_gated(stream, dialect, options, transcript, &mut login).await;
        match &opened {
            Ok(_) => login.accepted().await,
            Err(failure) => login.failed(failure).await,
        }
        let mut session = opened?;
        gathered.transports.push("ssh");

        let mut failure = ask_in_rounds(job, beside, &mut session, gathered).await;
        if failure.is_none() && self.neighbors {
            failure = gathered.run(&mut session, plan::NEIGHBORS).await;
        }
        session.close().await;
        connection.close().await;
        failure
            .or_else(|| gathered.without_licences(job))
            .or_else(|| gathered.denied(job))
            .map_or(Ok(()), Err)
    }
}

/// What a device is asked for over NETCONF.
struct Models {
    filter: Filter,
    /// Whether any of it tells licences.
    of_licences: bool,
}

/// The models that a device has. One that lists none in its hello is asked for its library first. Of hardware alone
/// OpenConfig tells enough to spare the CLI a part; IOS XE without its licensing model is better asked over the CLI.
async fn models<S: Stream>(session: &mut NetconfSession<S>) -> Result<Option<Models>, Failure> {
    let library = match netconf::library_filter(&session.hello()) {
        Some(filter) => Some(session.get(&filter).await?.raw),
        None => None,
    };
    let mut hello = session.hello();
    if let Some(reply) = library.as_deref().and_then(|raw| std::str::from_utf8(raw).ok())
        && let Err(error) = hello.add_library(reply)
    {
        tracing::info!(%error, "The device's library of models cannot be read; it is asked as one without.");
    }
    let licences = netconf::licensing_filter(&hello).map(|filter| Models { filter, of_licences: true });
    let hardware = || {
        let filter = netconf::hardware_filter(&hello)?;
        let of_ios_xe = filter.namespaces().contains(&netconf::DEVICE_HARDWARE);
        (!of_ios_xe).then_some(Models { filter, of_licences: false })
    };
    Ok(licences.or_else(hardware))
}

/// Asks the first round, and then what the answers leave open. Gives the failure that ended it.
async fn ask_in_rounds<S: Stream>(
    job: &Job,
    beside: Beside,
    session: &mut CliSession<S>,
    gathered: &mut Gathered,
) -> Option<Failure> {
    let platform = gathered.platform(job).or(session.dialect().platform());
    let first = match beside {
        Beside::Nothing => plan::first_round(platform),
        Beside::Netconf => plan::beside_netconf(platform),
    };
    let mut round = first.to_vec();
    for _ in 0..plan::ROUNDS {
        if let Some(failure) = gathered.run(session, &round).await {
            return Some(failure);
        }
        let asked = plan::Asked { platform, commands: &gathered.asked, refused: &gathered.refused };
        round = with_record(&gathered.captures, platform, |record| {
            if beside == Beside::Netconf {
                plan::gaps_beside_netconf(&record, &asked)
            } else {
                plan::gaps(&record, &asked)
            }
        });
        if round.is_empty() {
            return None;
        }
    }
    tracing::debug!(device = %job.device.name, ?round, "Commands that were left to ask are not asked.");
    None
}

/// What a device is asked beside the command line.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Beside {
    Nothing,
    Netconf,
}

fn capability_missing(job: &Job) -> Failure {
    Failure::new(
        Stage::Hello,
        Kind::CapabilityMissing,
        format!(
            "{} offers NETCONF but not the model cisco-smart-license ({}), nor those of IOS XR ({}, {})",
            job.device.name,
            netconf::SMART_LICENSE,
            netconf::XR_SMART_AGENT,
            netconf::XR_PLATFORM_LICENSE
        ),
        "poll it with --transport ssh; on IOS XE 16.8 and later check `netconf-yang` and the device's capabilities",
    )
}

/// The error with which a device answered a `get`.
fn refused(message: &str) -> Option<Failure> {
    let errors = match Reply::read(message) {
        Ok(Reply { outcome: netconf::Outcome::Errors(errors), .. }) => errors,
        Ok(_) => return None,
        Err(error) => {
            return Some(Failure::new(
                Stage::Rpc,
                Kind::Garbage,
                format!("the reply is no rpc-reply: {error}"),
                "look at it with --keep-raw, and poll with --transport ssh meanwhile",
            ));
        }
    };
    let words = errors.iter().map(|error| {
        let message = error.message.as_deref().unwrap_or("no message");
        format!("{} ({message})", error.tag)
    });
    Some(Failure::new(
        Stage::Rpc,
        Kind::RpcError,
        format!("the device refused the get: {}", words.collect::<Vec<_>>().join("; ")),
        "give the user read access to the licensing model (NACM), or poll with --transport ssh",
    ))
}
