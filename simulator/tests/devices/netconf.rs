//! NETCONF as a client sees it.

use licwatch_parsers::netconf::{Framing, Hello, Outcome, Reply, frame, licensing_filter};
use licwatch_simulator::{Base, Device, Fault, Manners};

use crate::client::Terminal;
use crate::fixture::{only, router, serve};

const BASE_1_0: &str = "urn:ietf:params:netconf:base:1.0";
const BASE_1_1: &str = "urn:ietf:params:netconf:base:1.1";

pub(crate) const GET: &str =
    r#"<rpc xmlns="urn:ietf:params:xml:ns:netconf:base:1.0" message-id="7"><get/></rpc>"#;

/// A client's hello.
pub(crate) fn hello(capabilities: &[&str]) -> String {
    let capabilities: String =
        capabilities.iter().map(|capability| format!("<capability>{capability}</capability>")).collect();
    format!(
        "<hello xmlns=\"urn:ietf:params:xml:ns:netconf:base:1.0\"><capabilities>{capabilities}</capabilities></hello>]]>]]>"
    )
}

/// A message without its end-of-message.
pub(crate) fn read(message: &str) -> &str {
    message.strip_suffix("]]>]]>").unwrap()
}

/// A message out of its chunks, each of which must be as long as it says.
fn unchunked(mut framed: &str) -> String {
    let mut message = String::new();
    while let Some((size, rest)) = framed.strip_prefix("\n#").unwrap().split_once('\n') {
        if size == "#" {
            assert_eq!(rest, "");
            break;
        }
        let (chunk, rest) = rest.split_at(size.parse().unwrap());
        message.push_str(chunk);
        framed = rest;
    }
    message
}

/// Opens a session in base:1.0 and takes the device's hello.
pub(crate) async fn open(device: Device) -> (licwatch_simulator::Fleet, Terminal, String) {
    let fleet = serve(device).await;
    let mut netconf = Terminal::netconf(only(&fleet)).await;
    netconf.send(hello(&[BASE_1_0])).await;
    let greeting = read(&netconf.until("]]>]]>").await).to_owned();
    (fleet, netconf, greeting)
}

pub(crate) async fn ask(netconf: &mut Terminal, request: &str) -> String {
    netconf.send(format!("{request}]]>]]>")).await;
    read(&netconf.until("]]>]]>").await).to_owned()
}

#[tokio::test]
async fn base_1_0_hello_get_and_close() {
    let (fleet, mut netconf, greeting) = open(Device::new(router())).await;
    let greeting = Hello::read(&greeting).unwrap();
    assert!(greeting.base_1_0() && greeting.base_1_1() && greeting.session_id.is_some());
    assert_eq!(greeting.module("cisco-smart-license").unwrap().revision, Some("2021-03-01"));
    let filter = licensing_filter(&greeting).unwrap();
    let reply = ask(&mut netconf, &licwatch_parsers::netconf::get(101, &filter)).await;
    let read = Reply::read(&reply).unwrap();
    assert_eq!((read.message_id.as_deref(), read.outcome), (Some("101"), Outcome::Data));
    assert!(reply.contains("<sn>FDO0000X0AA</sn>"), "{reply}");
    assert!(!reply.contains("rum-reports-closed-keys"), "the filter did not ask for them: {reply}");
    let closed = ask(&mut netconf, &licwatch_parsers::netconf::close_session(102)).await;
    assert_eq!(Reply::read(&closed).unwrap().outcome, Outcome::Ok);
    assert_eq!(netconf.rest().await, b"");
    let tally = only(&fleet).tally();
    assert_eq!((tally.netconf_sessions, tally.login_attempts), (1, 1));
    assert_eq!(tally.requests, ["get", "close-session"]);
    assert_eq!(tally.violations, [""; 0]);
}

#[tokio::test]
async fn base_1_1_goes_on_in_chunks() {
    let fleet = serve(Device::new(router())).await;
    let mut netconf = Terminal::netconf(only(&fleet)).await;
    netconf.send(hello(&[BASE_1_0, BASE_1_1])).await;
    netconf.until("]]>]]>").await;
    netconf.send(frame(Framing::Chunked, GET)).await;
    let reply = unchunked(&netconf.until("\n##\n").await);
    assert!(reply.contains("<sn>FDO0000X0AA</sn>") && reply.contains("message-id=\"7\""), "{reply}");
    assert!(reply.contains("rum-reports-closed-keys"), "without a filter everything comes");
}

#[tokio::test]
async fn a_device_may_know_one_version_alone() {
    let device = |base| Device::new(router()).manners(Manners { base, ..Manners::default() });
    let (_fleet, mut netconf, greeting) = open(device(Base::V1_0)).await;
    let greeting = Hello::read(&greeting).unwrap();
    assert!(greeting.base_1_0() && !greeting.base_1_1());
    assert!(ask(&mut netconf, GET).await.contains("FDO0000X0AA"));
    let (_fleet, mut netconf, greeting) = open(device(Base::V1_1)).await;
    let greeting = Hello::read(&greeting).unwrap();
    assert!(!greeting.base_1_0() && greeting.base_1_1());
    assert_eq!(netconf.rest().await, b"", "no version in common ends the session");
}

#[tokio::test]
async fn an_unknown_filter_has_no_data() {
    let (_fleet, mut netconf, _) = open(Device::new(router())).await;
    let request =
        GET.replace("<get/>", "<get><filter type=\"subtree\"><other xmlns=\"urn:other\"/></filter></get>");
    let reply = ask(&mut netconf, &request).await;
    assert!(reply.ends_with("<data></data></rpc-reply>"), "{reply}");
}

#[tokio::test]
async fn what_could_change_the_device_is_refused_and_counted() {
    let (fleet, mut netconf, _) = open(Device::new(router())).await;
    for (operation, counted) in [("get-config", 0), ("edit-config", 1), ("rum-save-usage-all", 2)] {
        let reply = ask(&mut netconf, &GET.replace("<get/>", &format!("<{operation}/>"))).await;
        assert!(reply.contains("operation-not-supported"), "{reply}");
        assert_eq!(only(&fleet).tally().violations.len(), counted, "{operation}");
    }
    assert!(ask(&mut netconf, "<hello/>").await.contains("malformed-message"));
}

#[tokio::test]
async fn a_variant_speaks_for_itself() {
    let variant = router().variant(12);
    let name = variant.hostname().into_owned();
    let (fleet, mut netconf, _) = open(Device::new(variant)).await;
    assert_eq!(only(&fleet).hostname(), name);
    let reply = ask(&mut netconf, GET).await;
    assert!(reply.contains("<sn>FDO0000") && !reply.contains("FDO0000X0AA"), "{reply}");
}

#[tokio::test]
async fn the_subsystem_may_be_missing() {
    for device in
        [Device::new(router()).fault(Fault::SubsystemMissing), Device::new(router().without_netconf())]
    {
        let fleet = serve(device).await;
        let session = crate::client::login(only(&fleet), only(&fleet).address()).await;
        assert!(session.netconf().await.is_none());
    }
}

#[tokio::test]
async fn the_licensing_model_may_be_missing() {
    let (_fleet, _netconf, greeting) = open(Device::new(router()).fault(Fault::CapabilityMissing)).await;
    assert!(Hello::read(&greeting).unwrap().module("cisco-smart-license").is_none());
}

#[tokio::test]
async fn a_request_may_fail() {
    let (_fleet, mut netconf, _) = open(Device::new(router()).fault(Fault::RpcError)).await;
    let reply = ask(&mut netconf, GET).await;
    let Outcome::Errors(errors) = Reply::read(&reply).unwrap().outcome else { panic!("{reply}") };
    assert_eq!(errors[0].tag, "operation-failed");
}

#[tokio::test]
async fn chunks_may_be_announced_and_never_come() {
    let fleet = serve(Device::new(router()).fault(Fault::WrongFraming)).await;
    let mut netconf = Terminal::netconf(only(&fleet)).await;
    netconf.send(hello(&[BASE_1_1])).await;
    assert!(netconf.until("]]>]]>").await.contains(BASE_1_1));
    netconf.send(frame(Framing::Chunked, GET)).await;
    assert!(netconf.until("]]>]]>").await.starts_with("<?xml"));
}

#[tokio::test]
async fn the_message_id_may_be_another() {
    let (_fleet, mut netconf, _) = open(Device::new(router()).fault(Fault::WrongMessageId)).await;
    let reply = ask(&mut netconf, GET).await;
    assert_eq!(Reply::read(&reply).unwrap().message_id.as_deref(), Some("7-other"));
}

#[tokio::test]
async fn a_reply_may_be_a_bomb() {
    let (_fleet, mut netconf, _) = open(Device::new(router()).fault(Fault::XmlBomb)).await;
    let reply = ask(&mut netconf, GET).await;
    assert!(reply.contains("<!DOCTYPE") && reply.contains("&a9;") && reply.len() < 2_000, "{reply}");
}
