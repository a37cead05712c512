//! Credentials that wait for their turn in the shell.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use secrecy::SecretString;

use super::commands;
use super::device::{Device, Mode};
use super::driver::{options, serve};
use super::stage::Stage;
use crate::transport::cli::{CliOptions, CliSession, Dialect};
use crate::transport::ssh::{BoxFuture, Gated, GatedLogin, LoginGate, LoginIdentity, Permit};
use crate::transport::{Failure, Kind, Stage as At};

/// Writes down what it hears; one that is closed lets nobody in.
#[derive(Clone, Default)]
struct Porter {
    heard: Arc<Mutex<Vec<&'static str>>>,
    closed: bool,
}

impl Porter {
    fn hears(&self, what: &'static str) {
        self.heard.lock().unwrap().push(what);
    }

    fn heard(&self) -> Vec<&'static str> {
        self.heard.lock().unwrap().clone()
    }

    fn login(&self) -> GatedLogin {
        let login = LoginIdentity { credential: "network".into(), device: "device".into() };
        let (gate, waits) = (Arc::new(self.clone()), Arc::default());
        GatedLogin::at(Some(Gated { gate, login, goes_on: true, waits }))
    }
}

impl LoginGate for Porter {
    fn look<'a>(&'a self, _: &'a LoginIdentity) -> BoxFuture<'a, Result<(), Failure>> {
        Box::pin(async { Ok(()) })
    }

    fn admit<'a>(&'a self, _: &'a LoginIdentity) -> BoxFuture<'a, Result<Box<dyn Permit>, Failure>> {
        Box::pin(async {
            self.hears("asks");
            match self.closed {
                true => Err(Failure::new(At::Login, Kind::LoginStopped, "closed", "release it")),
                false => Ok(Box::new(self.clone()) as Box<dyn Permit>),
            }
        })
    }
}

impl Permit for Porter {
    fn turn(&mut self) -> BoxFuture<'_, Result<(), Failure>> {
        Box::pin(async {
            self.hears("asks again");
            Ok(())
        })
    }

    fn answered(&mut self) -> BoxFuture<'_, ()> {
        Box::pin(async { self.hears("answered") })
    }

    fn accepted(self: Box<Self>) -> BoxFuture<'static, ()> {
        Box::pin(async move { self.hears("accepted") })
    }

    fn refused(self: Box<Self>, _: String) -> BoxFuture<'static, ()> {
        Box::pin(async move { self.hears("refused") })
    }
}

fn controller() -> (Device, CliOptions) {
    let device = Device {
        prompt: "(Cisco Controller) >".into(),
        login: Some(("reader".into(), "s3cret".into())),
        ..Device::default()
    };
    let login = Some(("reader".into(), SecretString::from("s3cret")));
    (device, CliOptions { login, ..options() })
}

fn router() -> (Device, CliOptions) {
    let device = Device {
        prompt: "edge-1>".into(),
        privileged_prompt: Some("edge-1#".into()),
        privilege: 1,
        secret: "s3cret".into(),
        ..Device::default()
    };
    let enable = Some(SecretString::from("s3cret"));
    (device, CliOptions { required_privilege: 15, enable, ..options() })
}

#[tokio::test]
async fn a_shell_is_shown_nothing_before_its_turn() {
    for ((device, options), dialect) in [(controller(), Dialect::Aireos), (router(), Dialect::Ios)] {
        let (ours, theirs) = tokio::io::duplex(4096);
        let device = tokio::spawn(serve(device, theirs));
        let porter = Porter { closed: true, ..Porter::default() };
        let mut login = porter.login();
        let opened = CliSession::open_gated(ours, dialect, options, None, &mut login).await;
        assert_eq!(opened.err().unwrap().kind, Kind::LoginStopped);
        let device = device.await.unwrap();
        assert_eq!((porter.heard(), device.passwords), (vec!["asks"], 0));
        // Neither the user's name nor `enable` was typed.
        let untouched = if dialect == Dialect::Aireos { Mode::User } else { Mode::Shell };
        assert!(device.mode == untouched && device.typed.is_empty(), "{device:?}");
    }
}

#[tokio::test]
async fn each_credential_of_a_shell_has_a_turn_that_ends_with_its_answer() {
    for ((device, options), dialect) in [(controller(), Dialect::Aireos), (router(), Dialect::Ios)] {
        let (ours, theirs) = tokio::io::duplex(4096);
        let device = tokio::spawn(serve(device, theirs));
        let porter = Porter::default();
        let mut login = porter.login();
        let session = CliSession::open_gated(ours, dialect, options, None, &mut login).await.unwrap();
        assert_eq!(porter.heard(), ["asks", "answered"]);
        session.close().await;
        assert_eq!(device.await.unwrap().passwords, 1);
    }
    // A login that SSH began goes on.
    let (ours, theirs) = tokio::io::duplex(4096);
    let (device, options) = router();
    tokio::spawn(serve(device, theirs));
    let porter = Porter::default();
    let mut login = porter.login();
    login.turn().await.unwrap();
    CliSession::open_gated(ours, Dialect::Ios, options, None, &mut login).await.unwrap();
    assert_eq!(porter.heard(), ["asks", "asks again", "answered"]);
}

#[tokio::test]
async fn the_gate_hears_that_a_shell_refused() {
    let (ours, theirs) = tokio::io::duplex(4096);
    let (device, options) = controller();
    tokio::spawn(serve(Device { login: Some(("reader".into(), "another".into())), ..device }, theirs));
    let porter = Porter::default();
    let mut login = porter.login();
    let opened = CliSession::open_gated(ours, Dialect::Aireos, options, None, &mut login).await;
    login.failed(&opened.err().unwrap()).await;
    assert_eq!(porter.heard(), ["asks", "refused"]);
}

#[test]
fn waiting_for_a_turn_takes_none_of_the_devices_time() {
    for ((device, options), dialect) in [(controller(), Dialect::Aireos), (router(), Dialect::Ios)] {
        let mut stage = Stage::new(device, dialect, options);
        // Longer than any limit of the dialogue.
        stage.held = Duration::from_secs(90);
        assert_eq!(stage.answers(&commands()).len(), 3);
        assert!(stage.elapsed() > stage.held);
    }
}
