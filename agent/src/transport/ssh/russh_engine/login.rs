//! One login on one connection. What the device refuses is not tried a second time: a wrong password that is
//! repeated locks accounts.

use std::sync::Arc;
use std::time::Duration;

use russh::client::{Handle, KeyboardInteractiveAuthResponse as Reply, Prompt};
use russh::keys::{Algorithm, HashAlg, PrivateKey, PrivateKeyWithHashAlg, PublicKey};
use russh::{AgentAuthError, MethodKind, MethodSet};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::error::Elapsed;
use tokio::time::{Instant, timeout_at};

use super::super::auth::{Agent, Credential};
use super::super::limits::within;
use super::super::{GatedLogin, Limits, Login, Target, peer_text};
use super::client::{Client, End, Shared};
use super::handshake::Session;
use crate::transport::{Failure, Kind, Stage};

/// A device that asks more often than this is not asking for a password.
const MOST_ROUNDS: usize = 8;
/// How long a session that is ending may take to say why.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Logs in, once; the target's gate is asked before each proof. What comes back is the login where it is not over yet.
pub(super) async fn log_in(
    session: &mut Session,
    target: &Target,
    limits: &Limits,
    credentials: Vec<Credential>,
) -> Result<(Login, GatedLogin), Failure> {
    let mut attempt = Attempt {
        handle: &mut session.handle,
        shared: &session.shared,
        target,
        login: GatedLogin::at(target.gate.clone()),
        limit: limits.login,
        until: Instant::now() + limits.login,
        offered: MethodSet::empty(),
        tried: Vec::new(),
        notes: Vec::new(),
    };
    // Asking without a proof tells what the device takes, so that nothing is tried in vain. It shows nothing that
    // could be refused, and so nobody is asked for leave.
    if attempt.ask().await? {
        // Nothing was proved; the shell may ask.
        return Ok((Login::None, attempt.login));
    }
    attempt.until = Instant::now() + limits.login;
    let proved = attempt.run(credentials).await;
    let mut login = attempt.login;
    match proved {
        Ok(way) if target.gate.as_ref().is_some_and(|gated| gated.goes_on) => {
            login.answered().await;
            Ok((way, login))
        }
        Ok(way) => {
            login.accepted().await;
            Ok((way, GatedLogin::default()))
        }
        Err(failure) => {
            login.failed(&failure).await;
            Err(failure)
        }
    }
}

/// What the device answered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Answer {
    Accepted,
    /// Accepted, but the device wants another proof as well.
    Partly,
    Refused,
}

struct Attempt<'a> {
    handle: &'a mut Handle<Client>,
    shared: &'a Arc<Shared>,
    target: &'a Target,
    login: GatedLogin,
    /// How long the device may take, our own waits aside.
    limit: Duration,
    /// When that is over.
    until: Instant,
    /// What the device takes now.
    offered: MethodSet,
    tried: Vec<Login>,
    /// Why something was not tried.
    notes: Vec<String>,
}

impl Attempt<'_> {
    /// Whether the device lets the user in without any proof; if not, it has said what it takes.
    async fn ask(&mut self) -> Result<bool, Failure> {
        let first = timeout_at(self.until, self.handle.authenticate_none(&self.target.user)).await;
        Ok(self.answer(first).await? == Answer::Accepted)
    }

    async fn run(&mut self, credentials: Vec<Credential>) -> Result<Login, Failure> {
        for credential in credentials {
            let accepted = match credential {
                Credential::Agent(agent, keys) => self.agent(agent, keys).await?,
                Credential::Key(key) => self.key(key).await?,
                Credential::Password(password) => self.password(&password).await?,
            };
            if let Some(login) = accepted {
                return Ok(login);
            }
        }
        Err(self.refused())
    }

    /// Waits for the turn to show a proof. That takes none of the device's time.
    async fn turn(&mut self, way: Login) -> Result<(), Failure> {
        let asked = Instant::now();
        self.login.turn().await?;
        self.until += asked.elapsed();
        if self.handle.is_closed() {
            // Nothing is shown any more: what the device says about that refuses nothing.
            return Err(self.ended().await);
        }
        self.tried.push(way);
        Ok(())
    }

    async fn agent(&mut self, mut agent: Agent, keys: Vec<PublicKey>) -> Result<Option<Login>, Failure> {
        if let Some(binding) = self.handle.agent_session_binding() {
            // Agents that know no destination constraints refuse this, and lose nothing.
            let _ = timeout_at(self.until, agent.bind_session(binding, false)).await;
        }
        for key in keys {
            if !self.offers(MethodKind::PublicKey) {
                break;
            }
            let Some(hash) = self.hash(&key.algorithm()).await? else { continue };
            self.turn(Login::PublicKey).await?;
            let signed = self.handle.authenticate_publickey_with(&self.target.user, key, hash, &mut agent);
            let result = match timeout_at(self.until, signed).await {
                Ok(Err(AgentAuthError::Key(error))) => {
                    self.notes.push(format!("the agent did not sign: {error}"));
                    continue;
                }
                Ok(Err(AgentAuthError::Send(_))) => Ok(Err(russh::Error::SendError)),
                Ok(Ok(result)) => Ok(Ok(result)),
                Err(late) => Err(late),
            };
            match self.answer(result).await? {
                Answer::Accepted => return Ok(Some(Login::PublicKey)),
                Answer::Partly => break,
                Answer::Refused => {}
            }
        }
        Ok(None)
    }

    async fn key(&mut self, key: Arc<PrivateKey>) -> Result<Option<Login>, Failure> {
        if !self.offers(MethodKind::PublicKey) {
            return Ok(None);
        }
        let Some(hash) = self.hash(&key.algorithm()).await? else { return Ok(None) };
        self.turn(Login::PublicKey).await?;
        let key = PrivateKeyWithHashAlg::new(key, hash);
        let result = timeout_at(self.until, self.handle.authenticate_publickey(&self.target.user, key)).await;
        Ok((self.answer(result).await? == Answer::Accepted).then_some(Login::PublicKey))
    }

    /// The hash that an RSA key signs with; nothing if only SHA-1 would do and is not allowed.
    async fn hash(&mut self, algorithm: &Algorithm) -> Result<Option<Option<HashAlg>>, Failure> {
        if !matches!(algorithm, Algorithm::Rsa { .. }) {
            return Ok(Some(None));
        }
        let Ok(supported) = timeout_at(self.until, self.handle.best_supported_rsa_hash()).await else {
            return Err(self.silent());
        };
        match supported {
            Ok(Some(Some(hash))) => Ok(Some(Some(hash))),
            Ok(Some(None) | None) if self.target.legacy_algorithms => Ok(Some(None)),
            Ok(Some(None)) => {
                let note = "the device takes RSA keys only with SHA-1, which legacy_algorithms would allow";
                self.notes.push(note.to_owned());
                Ok(None)
            }
            Ok(None) => Ok(Some(Some(HashAlg::Sha256))),
            Err(_) => Err(self.ended().await),
        }
    }

    /// The password, once: by its own method, or as the answer to a prompt where that is not offered or where the
    /// device wants both.
    async fn password(&mut self, password: &SecretString) -> Result<Option<Login>, Failure> {
        if self.offers(MethodKind::Password) {
            self.turn(Login::Password).await?;
            let secret = password.expose_secret();
            let result =
                timeout_at(self.until, self.handle.authenticate_password(&self.target.user, secret)).await;
            match self.answer(result).await? {
                Answer::Accepted => return Ok(Some(Login::Password)),
                Answer::Refused => return Err(self.refused()),
                Answer::Partly => {}
            }
        }
        if self.offers(MethodKind::KeyboardInteractive) {
            self.turn(Login::KeyboardInteractive).await?;
            match self.prompts(password).await? {
                Answer::Accepted => return Ok(Some(Login::KeyboardInteractive)),
                Answer::Refused => return Err(self.refused()),
                Answer::Partly => {}
            }
        }
        Ok(None)
    }

    async fn prompts(&mut self, password: &SecretString) -> Result<Answer, Failure> {
        let user = &self.target.user;
        let start = self.handle.authenticate_keyboard_interactive_start(user, None);
        let mut reply = timeout_at(self.until, start).await;
        let mut answered = false;
        for _ in 0..MOST_ROUNDS {
            match reply {
                Ok(Ok(Reply::Success)) => return Ok(Answer::Accepted),
                Ok(Ok(Reply::Failure { remaining_methods, partial_success })) => {
                    return self.failed(remaining_methods, partial_success).await;
                }
                Ok(Ok(Reply::InfoRequest { prompts, .. })) => {
                    let answers = self.answers(&prompts, password, &mut answered)?;
                    let respond = self.handle.authenticate_keyboard_interactive_respond(answers);
                    reply = timeout_at(self.until, respond).await;
                }
                Ok(Err(_)) => return Err(self.ended().await),
                Err(_) => return Err(self.silent()),
            }
        }
        Err(self.rejected(format!("{} asks on and on", self.target), "log in by hand to see what it asks"))
    }

    /// Answers to prompts: the user's name where it shows, the password where it does not.
    fn answers(
        &self,
        prompts: &[Prompt],
        password: &SecretString,
        answered: &mut bool,
    ) -> Result<Vec<String>, Failure> {
        let mut answers = Vec::new();
        for Prompt { prompt, echo } in prompts {
            let asks = prompt.to_lowercase();
            let shown = peer_text::one_line(prompt);
            if wants_new_password(&asks) {
                return Err(self.rejected(
                    format!(
                        "{} wants the password of {} changed (\"{shown}\")",
                        self.target, self.target.user
                    ),
                    "change it by hand, then update the credential",
                ));
            }
            if *echo && ["user", "login", "name"].iter().any(|word| asks.contains(word)) {
                answers.push(self.target.user.clone());
            } else if *echo {
                return Err(self.rejected(
                    format!("{} asks \"{shown}\", which a credential does not answer", self.target),
                    "use a login that needs only a password",
                ));
            } else if std::mem::replace(answered, true) {
                // Asking again is how some devices refuse.
                return Err(self.refused());
            } else {
                answers.push(password.expose_secret().to_owned());
            }
        }
        Ok(answers)
    }

    fn offers(&self, method: MethodKind) -> bool {
        self.offered.contains(&method)
    }

    async fn answer(
        &mut self,
        result: Result<Result<russh::client::AuthResult, russh::Error>, Elapsed>,
    ) -> Result<Answer, Failure> {
        match result {
            Ok(Ok(russh::client::AuthResult::Success)) => Ok(Answer::Accepted),
            Ok(Ok(russh::client::AuthResult::Failure { remaining_methods, partial_success })) => {
                self.failed(remaining_methods, partial_success).await
            }
            Ok(Err(_)) => Err(self.ended().await),
            Err(_) => Err(self.silent()),
        }
    }

    async fn failed(&mut self, remaining: MethodSet, partly: bool) -> Result<Answer, Failure> {
        if remaining.is_empty() {
            // The device offers nothing more, or the session is gone; russh tells both in the same way.
            return Err(self.ended().await);
        }
        self.offered = remaining;
        Ok(if partly { Answer::Partly } else { Answer::Refused })
    }

    /// The session is over: refused, or lost.
    async fn ended(&mut self) -> Failure {
        let _ = within(LAST_WORDS, &mut *self.handle).await;
        match self.shared.end() {
            Some(End::NoMethodLeft) => self.refused(),
            Some(End::Said(code, text)) if !self.tried.is_empty() && is_refusal(code, &text) => {
                self.notes.push(format!("it said \"{text}\""));
                self.refused()
            }
            _ => Failure::new(
                Stage::Login,
                Kind::Closed,
                format!(
                    "the connection to {} {} during the login of {}{}",
                    self.target,
                    self.shared.end_text(),
                    self.target.user,
                    self.tried()
                ),
                "see the log of the device and of its AAA server before this login is tried again",
            ),
        }
    }

    fn refused(&self) -> Failure {
        let Target { user, .. } = self.target;
        let offered: Vec<String> = self.offered.iter().map(String::from).collect();
        let notes: String = self.notes.iter().map(|note| format!("; {note}")).collect();
        if self.tried.is_empty() {
            let offered = peer_text::names(&offered);
            return self.rejected(
                format!(
                    "{} takes no proof that is configured for {user}; it takes {offered}{notes}",
                    self.target
                ),
                "configure a credential that the device takes",
            );
        }
        self.rejected(
            format!("{} refused the login of {user}{}{notes}", self.target, self.tried()),
            "check the user and the credential; where there is a store, it is not tried again until `licwatch release` lets it",
        )
    }

    fn silent(&self) -> Failure {
        let (target, user, limit, tried) = (self.target, &self.target.user, self.limit, self.tried());
        Failure::new(
            Stage::Login,
            Kind::Timeout,
            format!("{target} did not answer the login of {user} within {limit:?}{tried}"),
            "its AAA server may not answer, or it asks for a new password; log in by hand to see",
        )
    }

    fn rejected(&self, text: String, remedy: &str) -> Failure {
        Failure::new(Stage::Login, Kind::AuthenticationFailed, text, remedy)
    }

    /// ` (by publickey, password)`
    fn tried(&self) -> String {
        let mut ways: Vec<String> = self.tried.iter().map(ToString::to_string).collect();
        ways.dedup();
        if ways.is_empty() { String::new() } else { format!(" (by {})", ways.join(", ")) }
    }
}

/// Whether a prompt asks for a new password, or for the old one as the first step to it.
fn wants_new_password(prompt: &str) -> bool {
    [
        "new password",
        "retype",
        "re-enter",
        "reenter",
        "confirm",
        "old password",
        "(current)",
        "change password",
    ]
    .iter()
    .any(|words| prompt.contains(words))
}

/// Whether a goodbye means that the login was refused: the codes of RFC 4253 for it, or the text of those who use
/// code 2 for everything.
fn is_refusal(code: u32, text: &str) -> bool {
    let text = text.to_lowercase();
    matches!(code, 13..=15) || (code == 2 && text.contains("authentication"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prompts_for_a_new_password_are_told_from_others() {
        for prompt in ["New Password: ", "Retype new password:", "(current) UNIX password:", "Old Password:"]
        {
            assert!(wants_new_password(&prompt.to_lowercase()), "{prompt}");
        }
        for prompt in ["Password: ", "admin@core-1's password:", "Passcode:"] {
            assert!(!wants_new_password(&prompt.to_lowercase()), "{prompt}");
        }
    }

    #[test]
    fn a_goodbye_may_be_a_refusal() {
        assert!(is_refusal(2, "Too many authentication failures"));
        assert!(is_refusal(14, ""));
        assert!(!is_refusal(2, "Packet corrupt"));
        assert!(!is_refusal(11, "authentication server down"));
    }
}
