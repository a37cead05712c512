//! One row for each fault: the limit that it runs into, and what is told of the device when it is read by SSH, by
//! NETCONF, and by both (`auto`).

use std::sync::Arc;
use std::time::Duration;

use licwatch::config::Transport;
use licwatch::observation::Outcome;
use licwatch::transport::{Failure, Kind, Stage};
use licwatch_simulator::{Device, Fault, Stage as Silent};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::visit::{CAP, Short, Visit, Ward, router};

/// What is told of a device.
#[derive(Clone, Copy, Debug)]
enum Told {
    /// Everything.
    Complete,
    /// Nothing but the failure: how far it came, what kind it is, and words that its text holds.
    Failed(Stage, Kind, &'static str),
    /// The failure, and so many answers that came before it.
    Partial(usize, Stage, Kind, &'static str),
}

/// What `auto` makes of a fault.
#[derive(Clone, Copy, Debug)]
enum Auto {
    /// The failure of NETCONF is the device's: nothing else is tried, nobody logs in again.
    Ends,
    /// NETCONF is not there, so that the CLI is asked as if it were the only way.
    FallsBack,
    /// NETCONF answers, and the CLI is asked for the rest.
    Adds(Told),
}

struct Row {
    fault: Fault,
    spared: usize,
    short: Short,
    ssh: Told,
    netconf: Told,
    auto: Auto,
}

use Auto::{Adds, Ends, FallsBack};
use Told::{Complete, Failed, Partial};

/// Longer than any limit.
const FOREVER: Duration = Duration::from_secs(3600);
const A_LITTLE: Duration = Duration::from_millis(20);

fn rows() -> Vec<Row> {
    vec![
        row(Fault::SlowAccept(A_LITTLE), Short::None, Complete, Complete, Adds(Complete)),
        row(
            Fault::SlowAccept(FOREVER),
            Short::Handshake,
            Failed(Stage::Handshake, Kind::Timeout, "took the connection and said nothing for 1s"),
            Failed(Stage::Handshake, Kind::Timeout, "took the connection and said nothing for 1s"),
            FallsBack,
        ),
        row(
            Fault::Silence(Silent::Banner),
            Short::Handshake,
            Failed(Stage::Handshake, Kind::Timeout, "took the connection and said nothing for 1s"),
            Failed(Stage::Handshake, Kind::Timeout, "took the connection and said nothing for 1s"),
            FallsBack,
        ),
        row(
            Fault::Silence(Silent::KeyExchange),
            Short::Handshake,
            Failed(
                Stage::Handshake,
                Kind::Timeout,
                "(SSH-2.0-Cisco-1.25) did not finish the handshake within 1s",
            ),
            Failed(
                Stage::Handshake,
                Kind::Timeout,
                "(SSH-2.0-Cisco-1.25) did not finish the handshake within 1s",
            ),
            FallsBack,
        ),
        row(
            Fault::Silence(Silent::Login),
            Short::Login,
            Failed(Stage::Login, Kind::Timeout, "did not answer the login of licwatch within 1s"),
            Failed(Stage::Login, Kind::Timeout, "did not answer the login of licwatch within 1s"),
            Ends,
        ),
        row(Fault::SlowLogin(A_LITTLE), Short::None, Complete, Complete, Adds(Complete)),
        row(
            Fault::SlowLogin(FOREVER),
            Short::Login,
            Failed(Stage::Login, Kind::Timeout, "did not answer the login of licwatch within 1s"),
            Failed(Stage::Login, Kind::Timeout, "did not answer the login of licwatch within 1s"),
            Ends,
        ),
        row(
            Fault::Silence(Silent::Channel),
            Short::Channel,
            Failed(Stage::Shell, Kind::Timeout, "did not open a shell within 1s"),
            Failed(Stage::Subsystem, Kind::Timeout, "did not open netconf within 1s"),
            FallsBack,
        ),
        row(
            Fault::Silence(Silent::Open),
            Short::Channel,
            Failed(Stage::Shell, Kind::Timeout, "did not open a shell within 1s"),
            Failed(Stage::Subsystem, Kind::Timeout, "did not open netconf within 1s"),
            FallsBack,
        ),
        row(
            Fault::Silence(Silent::Greeting),
            Short::Greeting,
            Failed(Stage::Shell, Kind::Timeout, "the shell printed nothing for 1s"),
            Failed(Stage::Hello, Kind::Timeout, "no hello came in 1s"),
            FallsBack,
        ),
        row(
            Fault::Silence(Silent::Answer),
            Short::Answer,
            Failed(Stage::Command, Kind::Timeout, "silence for 1s while it answered \"show version\""),
            Failed(Stage::Rpc, Kind::Timeout, "silence for 1s while a reply was awaited"),
            FallsBack,
        ),
        row(
            Fault::Silence(Silent::MidAnswer),
            Short::Answer,
            Failed(Stage::Command, Kind::PromptLost, "silence for 1s while it answered \"show version\""),
            Failed(Stage::Rpc, Kind::Timeout, "silence for 1s while a reply was awaited"),
            FallsBack,
        ),
        row(
            Fault::Silence(Silent::Answer),
            Short::Answer,
            Partial(
                2,
                Stage::Command,
                Kind::Timeout,
                "silence for 1s while it answered \"show license all\"",
            ),
            Complete,
            // NETCONF's reply, and of the CLI nothing: what is asked beside NETCONF is one command, and it is spared.
            Adds(Complete),
        )
        .spare(2),
        row(
            Fault::LoginRefused,
            Short::None,
            Failed(Stage::Login, Kind::AuthenticationFailed, "refused the login of licwatch (by password)"),
            Failed(Stage::Login, Kind::AuthenticationFailed, "refused the login of licwatch (by password)"),
            Ends,
        ),
        row(
            Fault::HostKeyChanged,
            Short::None,
            Failed(Stage::HostKey, Kind::HostKeyChanged, "the host key of"),
            Failed(Stage::HostKey, Kind::HostKeyChanged, "the host key of"),
            Ends,
        ),
        row(
            Fault::ShellMissing,
            Short::None,
            Failed(Stage::Shell, Kind::CommandRefused, "the device refused a shell"),
            Complete,
            Adds(Partial(1, Stage::Shell, Kind::CommandRefused, "the device refused a shell")),
        ),
        row(
            Fault::PrivilegeTooLow,
            Short::None,
            Failed(Stage::Privilege, Kind::EnableRefused, "privilege level 1 and needs 15"),
            Complete,
            Adds(Partial(1, Stage::Privilege, Kind::EnableRefused, "privilege level 1 and needs 15")),
        ),
        row(Fault::Delay(A_LITTLE), Short::None, Complete, Complete, Adds(Complete)),
        row(
            Fault::Delay(FOREVER),
            Short::Greeting,
            Failed(Stage::Shell, Kind::Timeout, "the shell printed nothing for 1s"),
            Failed(Stage::Hello, Kind::Timeout, "no hello came in 1s"),
            FallsBack,
        ),
        row(Fault::OneByteAtATime, Short::None, Complete, Complete, Adds(Complete)),
        row(
            Fault::ResetMidAnswer,
            Short::None,
            Failed(Stage::Command, Kind::Closed, "closed the session while it answered \"show version\""),
            Failed(Stage::Rpc, Kind::Closed, "closed the session in the middle of its reply"),
            Ends,
        ),
        row(
            Fault::ResetMidAnswer,
            Short::None,
            Partial(
                1,
                Stage::Command,
                Kind::Closed,
                "closed the session while it answered \"show inventory\"",
            ),
            Complete,
            Adds(Complete),
        )
        .spare(1),
        row(
            Fault::EndlessAnswer,
            Short::None,
            Failed(
                Stage::Command,
                Kind::ReplyTooLarge,
                "more than 262144 bytes came while it answered \"show version\"",
            ),
            Failed(Stage::Rpc, Kind::ReplyTooLarge, "262144"),
            Ends,
        ),
        row(
            Fault::EndlessAnswer,
            Short::None,
            Partial(2, Stage::Command, Kind::ReplyTooLarge, "while it answered \"show license all\""),
            Complete,
            Adds(Complete),
        )
        .spare(2),
        row(
            Fault::HugeAnswer(2 * CAP),
            Short::None,
            Failed(
                Stage::Command,
                Kind::ReplyTooLarge,
                "more than 262144 bytes came while it answered \"show version\"",
            ),
            Failed(Stage::Rpc, Kind::ReplyTooLarge, "262144"),
            Ends,
        ),
        row(Fault::HugeAnswer(CAP / 2), Short::None, Complete, Complete, Adds(Complete)),
        row(
            Fault::Garbage,
            Short::Answer,
            Failed(Stage::Command, Kind::Garbage, "no text came while it answered \"show version\""),
            Failed(Stage::Rpc, Kind::Garbage, "no NETCONF chunk begins at byte"),
            Ends,
        ),
        row(
            Fault::Prompt("ready: ".into()),
            Short::Greeting,
            Failed(Stage::Shell, Kind::PromptLost, "no prompt could be learned in 1s"),
            Complete,
            Adds(Partial(1, Stage::Shell, Kind::PromptLost, "no prompt could be learned in 1s")),
        ),
        row(Fault::ChangingPrompt, Short::None, Complete, Complete, Adds(Complete)),
        row(Fault::PagingStays, Short::None, Complete, Complete, Adds(Complete)),
        row(
            Fault::EndlessPager,
            Short::None,
            Failed(Stage::Command, Kind::ReplyTooLarge, "the pager asked for more than 40 pages"),
            Complete,
            Adds(Partial(1, Stage::Command, Kind::ReplyTooLarge, "the pager asked for more than 40 pages")),
        ),
        row(
            Fault::SubsystemMissing,
            Short::None,
            Complete,
            Failed(Stage::Subsystem, Kind::SubsystemMissing, "has no subsystem netconf on this port"),
            FallsBack,
        ),
        row(
            Fault::CapabilityMissing,
            Short::None,
            Complete,
            Failed(
                Stage::Hello,
                Kind::CapabilityMissing,
                "offers NETCONF but not the model cisco-smart-license",
            ),
            FallsBack,
        ),
        row(
            Fault::RpcError,
            Short::None,
            Complete,
            Failed(
                Stage::Rpc,
                Kind::RpcError,
                "refused the get: operation-failed (the simulated device was told to fail)",
            ),
            Ends,
        ),
        row(
            Fault::WrongFraming,
            Short::Answer,
            Complete,
            Failed(Stage::Rpc, Kind::Protocol, "base:1.1"),
            Ends,
        ),
        row(
            Fault::WrongMessageId,
            Short::None,
            Complete,
            Failed(Stage::Rpc, Kind::Garbage, "belongs to another request"),
            Ends,
        ),
        row(
            Fault::XmlBomb,
            Short::None,
            Complete,
            Failed(Stage::Rpc, Kind::Garbage, "a document type is refused"),
            Ends,
        ),
    ]
}

fn row(fault: Fault, short: Short, ssh: Told, netconf: Told, auto: Auto) -> Row {
    Row { fault, spared: 0, short, ssh, netconf, auto }
}

impl Row {
    /// The same fault, after this many whole answers.
    fn spare(self, answers: usize) -> Self {
        Self { spared: answers, ..self }
    }

    /// Polls and compares; the error is what differs.
    async fn holds(self, transport: Transport) -> Result<(), String> {
        let device = Device::new(router()).fault(self.fault.clone()).spare(self.spared);
        let visit = Ward::open(device, transport).await.poll(self.short).await;
        let (told, connections) = match (transport, self.auto) {
            (Transport::Ssh, _) => (self.ssh, 1),
            (Transport::Netconf, _) | (Transport::Auto, Ends) => (self.netconf, 1),
            (Transport::Auto, FallsBack) => (self.ssh, 2),
            (Transport::Auto, Adds(told)) => (told, 2),
        };
        let compared = told.compare(&visit).and_then(|()| {
            let fell_back = matches!((transport, self.auto), (Transport::Auto, FallsBack));
            let error = visit.polled.observation.error.as_ref();
            match error.filter(|error| fell_back != error.text.contains("(before that, NETCONF: ")) {
                Some(error) => Err(format!("does not tell both ways: {error}")),
                None if visit.tally.connections != connections => {
                    Err(format!("{} connections, {connections} expected", visit.tally.connections))
                }
                None if matches!(told, Failed(Stage::Login, ..)) && visit.tally.login_attempts > 1 => {
                    Err("a credential that failed was tried again".into())
                }
                None => Ok(()),
            }
        });
        compared
            .map_err(|reason| format!("{:?} (spared {}) by {transport}: {reason}", self.fault, self.spared))
    }
}

impl Told {
    fn compare(self, visit: &Visit) -> Result<(), String> {
        let polled = &visit.polled;
        let (outcome, error) = (polled.observation.outcome, polled.observation.error.as_ref());
        let captures = polled.captures.len();
        let is = |failure: Option<&Failure>, stage, kind, words: &str| {
            failure.is_some_and(|it| it.stage == stage && it.kind == kind && it.text.contains(words))
        };
        let good = match self {
            Complete => outcome == Outcome::Complete && error.is_none() && !polled.summary.in_use.is_empty(),
            Failed(stage, kind, words) => outcome == Outcome::Failed && is(error, stage, kind, words),
            Partial(answers, stage, kind, words) => {
                outcome == Outcome::Partial && answers == captures && is(error, stage, kind, words)
            }
        };
        if good {
            return Ok(());
        }
        Err(format!("expected {self:?}, found {outcome:?} with {captures} captures and {error:?}"))
    }
}

/// Every row by one way; some at a time, so that those that wait do not wait for each other.
async fn all_rows(transport: Transport) {
    let places = Arc::new(Semaphore::new(6));
    let running: JoinSet<_> = rows()
        .into_iter()
        .map(|row| {
            let places = Arc::clone(&places);
            async move {
                let _place = places.acquire().await;
                row.holds(transport).await
            }
        })
        .collect();
    let wrong: Vec<_> = running.join_all().await.into_iter().filter_map(Result::err).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn by_ssh() {
    all_rows(Transport::Ssh).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn by_netconf() {
    all_rows(Transport::Netconf).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn by_both() {
    all_rows(Transport::Auto).await;
}

#[test]
fn every_silence_has_a_row() {
    let rows = rows();
    for stage in Silent::ALL {
        assert!(rows.iter().any(|row| row.fault == Fault::Silence(stage)), "{stage:?}");
    }
}
