//! When `auto` may try the other way, beyond what the matrix holds.

use licwatch::config::Transport;
use licwatch::observation::Outcome;
use licwatch::transport::{Kind, Stage};
use licwatch_simulator::{Device, Fault, Manners};
use secrecy::SecretString;
use tokio::net::TcpListener;

use crate::visit::{Short, Ward, router};

/// A port of loopback where nobody listens.
async fn closed_port() -> std::num::NonZeroU16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap().port().try_into().unwrap()
}

#[tokio::test]
async fn a_refused_netconf_port_leaves_the_cli() {
    let mut ward = Ward::open(Device::new(router()), Transport::Auto).await;
    ward.jobs[0].device.netconf_port = closed_port().await;
    let visit = ward.poll(Short::None).await;
    let observation = &visit.polled.observation;
    assert_eq!((observation.outcome, observation.transport.as_str()), (Outcome::Complete, "ssh"));
    assert_eq!((visit.tally.connections, visit.tally.shells), (1, 1));
}

#[tokio::test]
async fn where_both_ports_refuse_both_are_told() {
    let mut ward = Ward::open(Device::new(router()), Transport::Auto).await;
    ward.jobs[0].device.netconf_port = closed_port().await;
    ward.jobs[0].device.port = closed_port().await;
    let visit = ward.poll(Short::None).await;
    let error = visit.polled.observation.error.unwrap();
    assert_eq!((error.stage, error.kind), (Stage::Connect, Kind::Refused));
    assert_eq!(error.text.matches("refused the connection").count(), 2, "{error}");
    assert_eq!(visit.tally.connections, 0);
}

#[tokio::test]
async fn a_wrong_password_is_shown_to_the_device_once() {
    for transport in [Transport::Ssh, Transport::Netconf, Transport::Auto] {
        let mut ward = Ward::open(Device::new(router()), transport).await;
        ward.jobs[0].access.auth = licwatch::transport::ssh::Auth::password(SecretString::from("another"));
        let visit = ward.poll(Short::None).await;
        let error = visit.polled.observation.error.unwrap();
        assert_eq!((error.stage, error.kind), (Stage::Login, Kind::AuthenticationFailed));
        assert!(error.remedy.contains("check the user and the credential"), "{error:?}");
        assert_eq!((visit.tally.connections, visit.tally.login_attempts, visit.tally.logins), (1, 1, 0));
    }
}

#[tokio::test]
async fn a_wrong_enable_secret_is_shown_once_and_not_asked_for_over_netconf() {
    let at_level_1 = || Device::new(router()).manners(Manners { privilege: 1, ..Manners::default() });
    let mut ward = Ward::open(at_level_1(), Transport::Auto).await;
    ward.jobs[0].access.enable = Some(SecretString::from("another"));
    let visit = ward.poll(Short::None).await;
    let error = visit.polled.observation.error.unwrap();
    assert_eq!((error.stage, error.kind), (Stage::Privilege, Kind::EnableRefused));
    assert_eq!((visit.polled.observation.outcome, visit.tally.enable_attempts), (Outcome::Partial, 1));

    let visit = Ward::open(at_level_1(), Transport::Netconf).await.poll(Short::None).await;
    assert_eq!((visit.polled.observation.outcome, visit.tally.enable_attempts), (Outcome::Complete, 0));
}

#[tokio::test]
async fn without_an_enable_secret_the_device_says_itself_what_it_refuses() {
    let faulty = Device::new(router()).fault(Fault::PrivilegeTooLow);
    let mut ward = Ward::open(faulty, Transport::Ssh).await;
    ward.jobs[0].access.enable = None;
    let visit = ward.poll(Short::None).await;
    let error = visit.polled.observation.error.unwrap();
    assert_eq!((error.stage, error.kind), (Stage::Command, Kind::CommandRefused));
    assert!(error.text.contains("show license all: % Invalid input"), "{error}");
    assert!(error.remedy.contains("--enable-password-file"), "{error:?}");
    // It has told its version and its inventory all the same.
    assert_eq!(visit.polled.observation.outcome, Outcome::Partial);
    assert_eq!(visit.polled.summary.serial_number, "9QX7TB2LM4K");
    assert_eq!(visit.tally.enable_attempts, 0);
}

#[tokio::test]
async fn a_device_that_refuses_every_command_has_told_nothing() {
    let manners = Manners { unauthorized: vec!["show".into()], ..Manners::default() };
    let ward = Ward::open(Device::new(router()).manners(manners), Transport::Ssh).await;
    let visit = ward.poll(Short::None).await;
    let error = visit.polled.observation.error.unwrap();
    assert_eq!((error.stage, error.kind), (Stage::Command, Kind::CommandRefused), "{error}");
    assert_eq!(visit.polled.observation.outcome, Outcome::Failed);
    // The refusals are evidence all the same.
    assert!(!visit.polled.captures.is_empty());
}
