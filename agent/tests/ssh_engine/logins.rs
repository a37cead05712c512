use licwatch::transport::ssh::{Auth, KeyFile, Login, Method, Target};
use licwatch::transport::{Kind, Stage};
use russh::MethodKind;
use russh::keys::key::safe_rng;
use russh::keys::ssh_key::LineEnding;

use crate::algorithms::old;
use crate::server::{Behaviour, Server, key, rsa_1024};
use crate::{Record, assert_failed, connect, refused};

#[tokio::test]
async fn a_password_logs_in() {
    let server = Server::start(Behaviour::default()).await;
    let connection = connect(&Record::of(&[&server]).target(&server)).await.unwrap();
    let facts = connection.facts();
    assert_eq!(facts.login, Some(Login::Password));
    assert_eq!(facts.banner.as_deref(), Some("Authorized access only\n"));
    assert_eq!(facts.key_exchange, "curve25519-sha256");
    assert_eq!(facts.cipher, "aes256-gcm@openssh.com");
    assert_eq!(facts.mac, "implicit");
    assert_eq!(facts.host_key_algorithm, "ssh-ed25519");
    assert!(facts.host_key.starts_with("SHA256:") && facts.server_version.starts_with("SSH-2.0-"));
    assert_eq!(facts.peer, Some(server.address));
    assert!(facts.legacy().is_empty() && !facts.is_slow());
}

#[tokio::test]
async fn a_wrong_password_is_sent_once() {
    let server = Server::start(Behaviour::default()).await;
    let record = Record::of(&[&server]);
    let target = Target { auth: Auth::password("wrong-secret".into()), ..record.target(&server) };
    let failure = refused(&target).await;
    assert_failed(&failure, Stage::Login, Kind::AuthenticationFailed);
    assert!(!format!("{failure:?}").contains("wrong-secret"), "{failure:?}");
    server.ended(1).await;
    let seen = server.seen();
    assert_eq!(seen.passwords, ["wrong-secret"]);
    assert!(seen.answers.is_empty() && seen.peers.len() == 1, "{seen:?}");
}

#[tokio::test]
async fn a_second_password_is_not_tried_after_a_refusal() {
    let server = Server::start(Behaviour::default()).await;
    let record = Record::of(&[&server]);
    let auth = Auth::password("wrong".into()).then(Method::Password("correct".into()));
    assert_failed(
        &refused(&Target { auth, ..record.target(&server) }).await,
        Stage::Login,
        Kind::AuthenticationFailed,
    );
    assert_eq!(server.seen().passwords, ["wrong"]);
}

#[tokio::test]
async fn prompts_are_answered_where_there_is_no_password_method() {
    let server = Server::start(Behaviour {
        methods: vec![MethodKind::KeyboardInteractive],
        prompts: vec![vec![("Username: ", true)], vec![("Password: ", false)], vec![]],
        ..Behaviour::default()
    })
    .await;
    let record = Record::of(&[&server]);
    let failure = refused(&record.target(&server)).await;
    // The last round, without prompts, carries no password, so that this server refuses.
    assert_failed(&failure, Stage::Login, Kind::AuthenticationFailed);
    let answers = server.seen().answers;
    assert_eq!(answers, [vec!["admin".to_owned()], vec!["correct".to_owned()], vec![]]);
}

#[tokio::test]
async fn a_prompt_logs_in() {
    let server =
        Server::start(Behaviour { methods: vec![MethodKind::KeyboardInteractive], ..Behaviour::default() })
            .await;
    let connection = connect(&Record::of(&[&server]).target(&server)).await.unwrap();
    assert_eq!(connection.facts().login, Some(Login::KeyboardInteractive));
    assert_eq!(server.seen().answers, [["correct"]]);
}

#[tokio::test]
async fn a_prompt_that_comes_again_is_a_refusal() {
    let server = Server::start(Behaviour {
        methods: vec![MethodKind::KeyboardInteractive],
        prompts: vec![vec![("Password: ", false)]; 3],
        ..Behaviour::default()
    })
    .await;
    let failure = refused(&Record::of(&[&server]).target(&server)).await;
    assert_failed(&failure, Stage::Login, Kind::AuthenticationFailed);
    server.ended(1).await;
    assert_eq!(server.seen().answers.len(), 1);
}

#[tokio::test]
async fn a_new_password_is_never_given() {
    let server = Server::start(Behaviour {
        methods: vec![MethodKind::KeyboardInteractive],
        prompts: vec![vec![("Password: ", false)], vec![("New password: ", false), ("Retype: ", false)]],
        ..Behaviour::default()
    })
    .await;
    let failure = refused(&Record::of(&[&server]).target(&server)).await;
    assert_failed(&failure, Stage::Login, Kind::AuthenticationFailed);
    assert!(failure.text.contains("New password"), "{failure:?}");
    server.ended(1).await;
    assert_eq!(server.seen().answers, [["correct"]]);
}

#[tokio::test]
async fn a_device_may_want_password_and_prompt() {
    let server = Server::start(Behaviour { password_is_half: true, ..Behaviour::default() }).await;
    let connection = connect(&Record::of(&[&server]).target(&server)).await.unwrap();
    assert_eq!(connection.facts().login, Some(Login::KeyboardInteractive));
    assert_eq!((server.seen().passwords.len(), server.seen().answers.len()), (1, 1));
}

#[tokio::test]
async fn a_key_logs_in() {
    let user = key();
    let folder = tempfile::tempdir().unwrap();
    let server =
        Server::start(Behaviour { public_key: Some(user.public_key().clone()), ..Behaviour::default() })
            .await;
    let record = Record::of(&[&server]);

    let plain = folder.path().join("plain");
    std::fs::write(&plain, user.to_openssh(LineEnding::LF).unwrap()).unwrap();
    let target = Target { auth: Auth::key(KeyFile::new(&plain, None)), ..record.target(&server) };
    assert_eq!(connect(&target).await.unwrap().facts().login, Some(Login::PublicKey));

    let locked = folder.path().join("locked");
    let encrypted = user.encrypt(&mut safe_rng(), "open sesame").unwrap();
    std::fs::write(&locked, encrypted.to_openssh(LineEnding::LF).unwrap()).unwrap();
    let key = KeyFile::new(&locked, Some("open sesame".into()));
    let target = Target { auth: Auth::key(key), ..record.target(&server) };
    assert_eq!(connect(&target).await.unwrap().facts().login, Some(Login::PublicKey));
    assert_eq!(server.seen().keys, ["ssh-ed25519"; 2]);

    for passphrase in [None, Some("shut".into())] {
        let target = Target { auth: Auth::key(KeyFile::new(&locked, passphrase)), ..record.target(&server) };
        assert_failed(&refused(&target).await, Stage::Login, Kind::CredentialUnavailable);
    }
    let missing = KeyFile::new(folder.path().join("missing"), None);
    let target = Target { auth: Auth::key(missing), ..record.target(&server) };
    assert_failed(&refused(&target).await, Stage::Login, Kind::CredentialUnavailable);
    assert_eq!(server.seen().peers.len(), 2, "a credential that cannot be read reaches no device");
}

#[tokio::test]
async fn an_rsa_key_signs_with_what_the_device_takes() {
    let user = rsa_1024();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rsa");
    std::fs::write(&path, user.to_openssh(LineEnding::LF).unwrap()).unwrap();
    let auth = Auth::key(KeyFile::new(&path, None));
    let public_key = Some(user.public_key().clone());

    let modern = Server::start(Behaviour { public_key: public_key.clone(), ..Behaviour::default() }).await;
    let record = Record::of(&[&modern]);
    connect(&Target { auth: auth.clone(), ..record.target(&modern) }).await.unwrap();
    assert_eq!(modern.seen().keys, ["rsa-sha2-512"]);

    let legacy = Behaviour { public_key, host_key: rsa_1024(), preferred: old(), ..Behaviour::default() };
    let legacy = Server::start(legacy).await;
    let record = Record::of(&[&legacy]);
    connect(&Target { auth, legacy_algorithms: true, ..record.target(&legacy) }).await.unwrap();
    assert_eq!(legacy.seen().keys, ["ssh-rsa"]);
}

#[tokio::test]
async fn a_password_follows_a_refused_key() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other");
    std::fs::write(&path, key().to_openssh(LineEnding::LF).unwrap()).unwrap();
    let server = Server::start(Behaviour { public_key: None, ..Behaviour::default() }).await;
    let auth = Auth::key(KeyFile::new(&path, None)).then(Method::Password("correct".into()));
    let record = Record::of(&[&server]);
    let connection = connect(&Target { auth, ..record.target(&server) }).await.unwrap();
    assert_eq!(connection.facts().login, Some(Login::Password));
    assert_eq!(server.seen().keys, ["ssh-ed25519"]);
}

#[tokio::test]
async fn a_password_is_not_sent_to_a_device_that_takes_only_keys() {
    let server =
        Server::start(Behaviour { methods: vec![MethodKind::PublicKey], ..Behaviour::default() }).await;
    let failure = refused(&Record::of(&[&server]).target(&server)).await;
    assert_failed(&failure, Stage::Login, Kind::AuthenticationFailed);
    assert!(failure.text.contains("publickey"), "{failure:?}");
    assert!(server.seen().passwords.is_empty() && server.seen().answers.is_empty());
}

#[tokio::test]
async fn an_agent_logs_in() {
    let user = key();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("id");
    std::fs::write(&file, user.to_openssh(LineEnding::LF).unwrap()).unwrap();
    let socket = folder.path().join("agent");
    let listener = tokio::net::UnixListener::bind(&socket).unwrap();
    let holder = user.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(crate::server::agent(stream, holder.clone()));
        }
    });
    let server =
        Server::start(Behaviour { public_key: Some(user.public_key().clone()), ..Behaviour::default() })
            .await;
    let record = Record::of(&[&server]);
    let auth = Auth { methods: vec![Method::Agent { socket: Some(socket) }] };
    let connection = connect(&Target { auth, ..record.target(&server) }).await.unwrap();
    assert_eq!(connection.facts().login, Some(Login::PublicKey));

    let auth = Auth { methods: vec![Method::Agent { socket: Some(folder.path().join("none")) }] };
    let failure = refused(&Target { auth, ..record.target(&server) }).await;
    assert_failed(&failure, Stage::Login, Kind::CredentialUnavailable);
}

#[tokio::test]
async fn a_device_may_ask_for_nothing() {
    let server = Server::start(Behaviour { open: true, ..Behaviour::default() }).await;
    let connection = connect(&Record::of(&[&server]).target(&server)).await.unwrap();
    assert_eq!(connection.facts().login, Some(Login::None));
    assert!(server.seen().passwords.is_empty());
}

#[tokio::test]
async fn a_goodbye_after_the_password_is_a_refusal() {
    // The first question counts as an attempt there.
    let server = Server::start(Behaviour { attempts: 2, ..Behaviour::default() }).await;
    let record = Record::of(&[&server]);
    let target = Target { auth: Auth::password("wrong".into()), ..record.target(&server) };
    assert_failed(&refused(&target).await, Stage::Login, Kind::AuthenticationFailed);
    assert_eq!(server.seen().passwords, ["wrong"]);
}

#[tokio::test]
async fn a_device_that_hangs_up_at_the_password_is_closed() {
    let server = Server::start(Behaviour { hangs_up: true, ..Behaviour::default() }).await;
    let failure = refused(&Record::of(&[&server]).target(&server)).await;
    assert_failed(&failure, Stage::Login, Kind::Closed);
    assert!(failure.text.contains("by password"), "{failure:?}");
    assert_eq!(server.seen().passwords.len(), 1);
}
