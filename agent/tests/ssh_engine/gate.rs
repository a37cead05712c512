//! Who is asked before a login, and what they are told.

use std::sync::{Arc, Mutex};

use licwatch::transport::ssh::{
    Auth, BoxFuture, Engine, Gated, LoginGate, LoginIdentity, Permit, RusshEngine, Target,
};
use licwatch::transport::{Failure, Kind, Stage};
use russh::MethodKind;

use crate::server::{Behaviour, Server};
use crate::{Record, connect, limits, refused};

/// Lets everybody in whose device is not `closed`, and writes down what it hears.
#[derive(Default)]
struct Porter(Arc<Mutex<Vec<String>>>);

struct Slip(Arc<Mutex<Vec<String>>>, String);

impl Porter {
    fn heard(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

impl LoginGate for Porter {
    fn look<'a>(&'a self, _: &'a LoginIdentity) -> BoxFuture<'a, Result<(), Failure>> {
        Box::pin(async { Ok(()) })
    }

    fn admit<'a>(&'a self, login: &'a LoginIdentity) -> BoxFuture<'a, Result<Box<dyn Permit>, Failure>> {
        Box::pin(async move {
            self.0.lock().unwrap().push(format!("{} asks", login.device));
            if login.device == "closed" {
                return Err(Failure::new(Stage::Login, Kind::LoginStopped, "closed", "release it"));
            }
            Ok(Box::new(Slip(Arc::clone(&self.0), login.device.clone())) as Box<dyn Permit>)
        })
    }
}

impl Slip {
    fn says(&self, what: &str) -> BoxFuture<'static, ()> {
        self.0.lock().unwrap().push(format!("{} {what}", self.1));
        Box::pin(async {})
    }
}

impl Permit for Slip {
    fn turn(&mut self) -> BoxFuture<'_, Result<(), Failure>> {
        drop(self.says("asks again"));
        Box::pin(async { Ok(()) })
    }

    fn answered(&mut self) -> BoxFuture<'_, ()> {
        self.says("answered")
    }

    fn accepted(self: Box<Self>) -> BoxFuture<'static, ()> {
        self.says("accepted")
    }

    fn refused(self: Box<Self>, reason: String) -> BoxFuture<'static, ()> {
        assert!(reason.contains("refused the login of admin"), "{reason}");
        self.says("refused")
    }
}

fn gated(porter: &Arc<Porter>, device: &str, target: Target) -> Target {
    let login = LoginIdentity { credential: "network".into(), device: device.into() };
    Target {
        gate: Some(Gated { gate: Arc::clone(porter) as _, login, goes_on: false, waits: Arc::default() }),
        ..target
    }
}

#[tokio::test]
async fn the_gate_hears_what_became_of_each_login() {
    let server = Server::start(Behaviour::default()).await;
    let record = Record::of(&[&server]);
    let porter = Arc::new(Porter::default());
    connect(&gated(&porter, "device", record.target(&server))).await.unwrap();
    let wrong = Target { auth: Auth::password("wrong".into()), ..record.target(&server) };
    refused(&gated(&porter, "wrong", wrong)).await;
    // Nothing is shown to a device that takes nothing of what there is.
    let nothing = Target { auth: Auth::default(), ..record.target(&server) };
    refused(&gated(&porter, "nothing", nothing)).await;
    assert_eq!(porter.heard(), ["device asks", "device accepted", "wrong asks", "wrong refused"]);
    assert_eq!(server.seen().passwords, ["correct", "wrong"]);
}

#[tokio::test]
async fn whoever_is_not_admitted_shows_nothing() {
    let server = Server::start(Behaviour::default()).await;
    let porter = Arc::new(Porter::default());
    let failure = refused(&gated(&porter, "closed", Record::of(&[&server]).target(&server))).await;
    assert_eq!(failure.kind, Kind::LoginStopped);
    assert!(!failure.allows_another_way());
    server.ended(1).await;
    assert_eq!(server.seen().passwords, [""; 0]);
}

#[tokio::test]
async fn a_login_that_goes_on_in_the_session_keeps_its_permit() {
    let server =
        Server::start(Behaviour { methods: vec![MethodKind::Password], ..Behaviour::default() }).await;
    let porter = Arc::new(Porter::default());
    let record = Record::of(&[&server]);
    let mut target = gated(&porter, "device", record.target(&server));
    target.gate.as_mut().unwrap().goes_on = true;
    let mut connection = connect(&target).await.unwrap();
    assert_eq!(porter.heard(), ["device asks", "device answered"]);
    let mut login = connection.take_login();
    login.turn().await.unwrap();
    login.accepted().await;
    connection.take_login().accepted().await;
    assert_eq!(porter.heard()[2..], ["device asks again", "device accepted"]);
}

#[tokio::test]
async fn each_proof_of_a_login_is_asked_for() {
    let server = Server::start(Behaviour { password_is_half: true, ..Behaviour::default() }).await;
    let porter = Arc::new(Porter::default());
    connect(&gated(&porter, "device", Record::of(&[&server]).target(&server))).await.unwrap();
    assert_eq!(porter.heard(), ["device asks", "device asks again", "device accepted"]);
    assert_eq!((server.seen().passwords.len(), server.seen().answers.len()), (1, 1));
}

#[tokio::test]
async fn who_is_let_in_without_a_proof_is_not_asked_for() {
    let server = Server::start(Behaviour { open: true, ..Behaviour::default() }).await;
    let porter = Arc::new(Porter::default());
    let mut connection =
        connect(&gated(&porter, "device", Record::of(&[&server]).target(&server))).await.unwrap();
    assert!(porter.heard().is_empty());
    // The shell may want a proof.
    connection.take_login().turn().await.unwrap();
    assert_eq!(porter.heard(), ["device asks"]);
}

#[tokio::test]
async fn jump_hosts_are_asked_for_too_and_scans_ask_only_there() {
    let device = Server::start(Behaviour::default()).await;
    let host = Server::start(Behaviour { forwards: true, ..Behaviour::default() }).await;
    let record = Record::of(&[&device, &host]);
    let porter = Arc::new(Porter::default());
    let jump = gated(&porter, "jump", record.target(&host));
    let target = gated(&porter, "device", record.target(&device));
    let target = Target { jump: Some(Box::new(jump)), ..target };
    connect(&target).await.unwrap();
    let both = ["jump asks", "jump accepted", "device asks", "device accepted"];
    assert_eq!(porter.heard(), both);
    RusshEngine.scan(&target, &limits()).await.unwrap();
    assert_eq!(porter.heard()[4..], ["jump asks", "jump accepted"]);
}
