use std::collections::HashMap;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::sync::Mutex;

use super::super::{KeySource, Program};
use super::*;

/// What must never be seen anywhere.
const PLANTED: &str = "pl4nted-s3cret";

/// Answers every question with the planted secret and remembers the questions.
#[derive(Default)]
struct Desk {
    asked: Mutex<Vec<String>>,
    variables: HashMap<&'static str, OsString>,
    away: bool,
}

impl Surroundings for Desk {
    fn ask(&self, prompt: &str) -> io::Result<SecretString> {
        self.asked.lock().unwrap().push(prompt.to_owned());
        if self.away { Err(io::ErrorKind::NotFound.into()) } else { Ok(SecretString::from(PLANTED)) }
    }

    fn variable(&self, name: &str) -> Option<OsString> {
        self.variables.get(name).cloned()
    }
}

fn credential(name: &str, password: SecretSource) -> Credential {
    Credential {
        name: name.into(),
        user: "watcher".into(),
        password: Some(password),
        key: None,
        agent: false,
        enable: None,
    }
}

fn secret_file(folder: &Path, name: &str, text: &str, mode: u32) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    path
}

#[test]
fn every_source_yields_its_secret() {
    let folder = tempfile::tempdir().unwrap();
    let path = secret_file(folder.path(), "core", PLANTED, 0o600);
    secret_file(folder.path(), "systemd", PLANTED, 0o440);
    let desk = Desk {
        variables: [("CREDENTIALS_DIRECTORY", folder.path().into()), ("PW", PLANTED.into())].into(),
        ..Desk::default()
    };
    for source in [
        SecretSource::File(path),
        SecretSource::Systemd("systemd".into()),
        SecretSource::Prompt,
        SecretSource::Environment("PW".into()),
        SecretSource::Program(Program::new(["/bin/echo".into(), PLANTED.into()])),
    ] {
        let login = resolve(&credential("core", source.clone()), &desk).unwrap();
        assert_eq!(login.password.unwrap().expose_secret(), PLANTED, "{source}");
    }
}

#[test]
fn a_person_is_asked_once_for_each_credential() {
    let desk = Desk::default();
    let mut core = credential("core", SecretSource::Prompt);
    core.enable = Some(SecretSource::Prompt);
    let edge = credential("edge", SecretSource::Prompt);
    // As a run does: one reference for each of its devices.
    let logins = Logins::resolve([&edge, &core, &edge, &core, &core], &desk);
    assert_eq!(
        *desk.asked.lock().unwrap(),
        [
            "password of watcher (credential core): ",
            "enable secret of watcher (credential core): ",
            "password of watcher (credential edge): ",
        ]
    );
    assert!(logins.login("core").unwrap().is_ok());
    assert!(logins.login("none").is_none());
    assert_eq!(logins.failures().count(), 0);
}

#[test]
fn a_planted_secret_is_seen_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let open = secret_file(folder.path(), "open", PLANTED, 0o644);
    let key = secret_file(folder.path(), "key", "-----BEGIN OPENSSH PRIVATE KEY-----\n", 0o600);
    let desk = Desk { variables: [("PW", PLANTED.into())].into(), ..Desk::default() };
    let whole = Credential {
        key: Some(KeySource { path: key, passphrase: Some(SecretSource::Prompt) }),
        agent: true,
        enable: Some(SecretSource::Environment("PW".into())),
        ..credential("whole", SecretSource::Program(Program::new(["/bin/echo".into(), PLANTED.into()])))
    };
    let broken = credential("broken", SecretSource::File(open));
    let failing =
        credential("failing", SecretSource::Program(Program::new(["/bin/false".into(), PLANTED.into()])));
    let logins = Logins::resolve([&whole, &broken, &failing], &desk);

    let login = logins.login("whole").unwrap().unwrap();
    assert_eq!(login.key.as_ref().unwrap().passphrase.as_ref().unwrap().expose_secret(), PLANTED);
    assert_eq!(login.enable.as_ref().unwrap().expose_secret(), PLANTED);
    let errors: String = logins
        .failures()
        .map(|(name, error)| format!("{name} {error} {error:?} {}", error.remedy()))
        .collect();
    assert_eq!(logins.failures().count(), 2, "{errors}");
    let seen = format!("{logins:?} {logins:#?} {whole:?} {broken:?} {failing:?} {errors}");
    assert!(seen.contains("[redacted]") && seen.contains("chmod 600"), "{seen}");
    assert!(!seen.contains(PLANTED), "{seen}");
}

#[test]
fn a_check_asks_nobody_and_runs_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("trace");
    let desk = Desk::default();
    let touch = Program::new(["/bin/touch".into(), trace.display().to_string()]);
    let good =
        Credential { enable: Some(SecretSource::Program(touch)), ..credential("good", SecretSource::Prompt) };
    assert_eq!(check(&good, &desk).len(), 0);
    assert!(desk.asked.lock().unwrap().is_empty() && !trace.exists());

    let bad = Credential {
        agent: true,
        key: Some(KeySource { path: folder.path().join("none"), passphrase: None }),
        enable: Some(SecretSource::Program(Program::new(["/none/such".into()]))),
        ..credential("bad", SecretSource::Environment("PW".into()))
    };
    let errors: Vec<_> = check(&bad, &desk).iter().map(ToString::to_string).collect();
    assert_eq!(errors.len(), 4, "{errors:?}");
}

#[test]
fn without_terminal_or_systemd_the_error_says_so() {
    let away = Desk { away: true, ..Desk::default() };
    let error = resolve(&credential("core", SecretSource::Prompt), &away).unwrap_err();
    assert!(error.to_string().contains("there is no terminal") && error.remedy().contains("password_file"));
    let error = resolve(&credential("core", SecretSource::Systemd("core".into())), &away).unwrap_err();
    assert!(error.to_string().contains("$CREDENTIALS_DIRECTORY is not set"));
    for name in ["../core", "/etc/shadow", "a/b", ".", "..", ""] {
        let error = resolve(&credential("core", SecretSource::Systemd(name.into())), &away).unwrap_err();
        assert!(matches!(error, CredentialError::BadSystemdName { .. }), "{name}");
    }
}
