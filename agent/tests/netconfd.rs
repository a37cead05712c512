//! The NETCONF session against yuma123's netconfd behind OpenSSH. `.ci/interoperability` starts both and says in the
//! environment where they are.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use licwatch::transport::netconf::{NetconfOptions, NetconfSession, Received};
use licwatch::transport::ssh::{
    Auth, Connection, Engine, HostKeys, KeyFile, Limits, Policy, RusshEngine, Stream, Target,
};
use licwatch_parsers::netconf::{Filter, Framing, Outcome, Reply, licensing_filter};

const MONITORING: &str = "urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring";
const INTERFACES: &str = "urn:ietf:params:xml:ns:yang:ietf-interfaces";

type Session = NetconfSession<Box<dyn Stream>>;

fn variable(name: &str) -> String {
    let name = format!("LICWATCH_NETCONFD_{name}");
    std::env::var(&name).unwrap_or_else(|_| panic!("{name} is not set; run .ci/interoperability"))
}

async fn connect() -> Box<dyn Connection> {
    let key = KeyFile::new(variable("KEY"), None);
    let host_keys = HostKeys::new(PathBuf::from(variable("KNOWN_HOSTS")), Policy::Strict);
    let target =
        Target::new("127.0.0.1".parse().unwrap(), variable("USER"), Auth::key(key), Arc::new(host_keys));
    let target = Target { port: variable("PORT").parse().unwrap(), ..target };
    RusshEngine.connect(&target, &Limits::default()).await.unwrap()
}

async fn open(connection: &mut dyn Connection, subsystem: &str, force_base_1_0: bool) -> Session {
    let stream = connection.subsystem(subsystem).await.unwrap();
    let options = NetconfOptions { force_base_1_0, ..NetconfOptions::default() };
    NetconfSession::open(stream, options).await.unwrap()
}

async fn leave(session: Session, connection: Box<dyn Connection>) {
    session.close().await;
    connection.close().await;
}

fn node(namespace: &'static str, path: &[&str]) -> Filter {
    Filter::node(namespace, path).unwrap()
}

fn text(received: &Received) -> &str {
    std::str::from_utf8(&received.raw).unwrap()
}

/// The text of a reply that must hold data.
fn data(received: &Received) -> &str {
    let text = text(received);
    let reply = Reply::read(text).unwrap();
    assert_eq!((&reply.outcome, reply.warnings.len()), (&Outcome::Data, 0), "{text}");
    text
}

#[tokio::test]
#[ignore = "needs netconfd, which .ci/interoperability starts"]
async fn the_hello_tells_what_it_can_do() {
    let mut connection = connect().await;
    let session = open(&mut *connection, "netconf", false).await;
    assert_eq!(session.framing(), Framing::Chunked);
    assert!(session.session_id().is_some());
    let hello = session.hello();
    assert!(hello.base_1_0() && hello.base_1_1());
    assert_eq!(hello.module("ietf-interfaces").unwrap().namespace, INTERFACES);
    assert_eq!(hello.module("ietf-netconf-monitoring").unwrap().revision, Some("2010-10-04"));
    // The query of a capability holds escaped ampersands.
    assert!(
        session.capabilities().iter().any(|uri| uri.contains("with-defaults:1.0?basic-mode=explicit&also"))
    );
    assert_eq!(licensing_filter(&hello), None, "it has no model of licences");
    leave(session, connection).await;
}

#[tokio::test]
#[ignore = "needs netconfd, which .ci/interoperability starts"]
async fn requests_are_answered_in_either_framing() {
    for (force_base_1_0, framing) in [(false, Framing::Chunked), (true, Framing::EndOfMessage)] {
        let mut connection = connect().await;
        let mut session = open(&mut *connection, "netconf", force_base_1_0).await;
        assert_eq!(session.framing(), framing);
        let ours = format!("<session-id>{}</session-id>", session.session_id().unwrap());
        for _ in 0..3 {
            let received = session.get(&node(MONITORING, &["netconf-state", "sessions"])).await.unwrap();
            assert!(data(&received).contains(&ours), "{}", text(&received));
        }
        // What it does not have is no error.
        let received = session.get(&node("urn:licwatch:nothing", &["nothing"])).await.unwrap();
        assert!(!data(&received).contains("nothing"));
        leave(session, connection).await;
    }
}

#[tokio::test]
#[ignore = "needs netconfd, which .ci/interoperability starts"]
async fn a_large_reply_comes_whole() {
    let count: usize = variable("INTERFACES").parse().unwrap();
    for force_base_1_0 in [false, true] {
        let mut connection = connect().await;
        let mut session = open(&mut *connection, "netconf", force_base_1_0).await;
        let received = session.get(&node(INTERFACES, &["interfaces"])).await.unwrap();
        let text = data(&received);
        assert!(text.len() > 100 * count, "{} bytes", text.len());
        let mut names: Vec<usize> = text
            .split("<name>Gi")
            .skip(1)
            .map(|rest| rest.split("</name>").next().unwrap().parse().unwrap())
            .collect();
        names.sort_unstable();
        assert!(names.iter().copied().eq(1..=count), "{} interfaces", names.len());
        assert!(text.trim_end().ends_with("</rpc-reply>"));
        leave(session, connection).await;
    }
}

#[tokio::test]
#[ignore = "needs netconfd, which .ci/interoperability starts"]
async fn a_refusal_is_a_reply_and_the_session_goes_on() {
    for force_base_1_0 in [false, true] {
        let mut connection = connect().await;
        let mut session = open(&mut *connection, "netconf-closed", force_base_1_0).await;
        for _ in 0..2 {
            let received = session.get(&node(MONITORING, &["netconf-state", "sessions"])).await.unwrap();
            let reply = Reply::read(text(&received)).unwrap();
            let Outcome::Errors(errors) = reply.outcome else { panic!("{}", text(&received)) };
            let [error] = errors.as_slice() else { panic!("{errors:?}") };
            assert_eq!((error.kind.as_ref(), error.tag.as_ref()), ("rpc", "access-denied"));
            assert_eq!(error.message.as_deref(), Some("access denied"));
        }
        leave(session, connection).await;
    }
}

#[tokio::test]
#[ignore = "needs netconfd, which .ci/interoperability starts"]
async fn a_closed_session_is_gone_from_the_server() {
    let mut connection = connect().await;
    let session = open(&mut *connection, "netconf", false).await;
    let gone = format!("<session-id>{}</session-id>", session.session_id().unwrap());
    leave(session, connection).await;

    let mut connection = connect().await;
    let mut session = open(&mut *connection, "netconf", false).await;
    let until = Instant::now() + Duration::from_secs(10);
    loop {
        let received = session.get(&node(MONITORING, &["netconf-state", "sessions"])).await.unwrap();
        if !data(&received).contains(&gone) {
            break;
        }
        assert!(Instant::now() < until, "still there: {gone}");
    }
    leave(session, connection).await;
}
