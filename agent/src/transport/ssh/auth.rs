//! How a login proves itself: what the operator configured, and what it becomes before anything is on the wire.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use russh::keys::agent::AgentIdentity;
use russh::keys::agent::client::{AgentClient, AgentStream};
use russh::keys::{PrivateKey, PublicKey, decode_secret_key};
use secrecy::{ExposeSecret, SecretString};
use tokio::io::AsyncReadExt;
use tokio::sync::OnceCell;
use zeroize::Zeroizing;

use super::super::{Failure, Kind, Stage};

/// A key file larger than this is none.
const LARGEST_KEY: u64 = 64 << 10;
/// Each key that an agent offers counts as a try on the device; most allow three to six.
const AGENT_KEYS: usize = 5;

/// Ways to prove a login, in the order they are tried. Keys may follow each other; a refused password is final.
#[derive(Clone, Debug, Default)]
pub struct Auth {
    /// The ways.
    pub methods: Vec<Method>,
}

impl Auth {
    /// By password alone.
    pub fn password(password: SecretString) -> Self {
        Self { methods: vec![Method::Password(password)] }
    }

    /// By key alone.
    pub fn key(key: KeyFile) -> Self {
        Self { methods: vec![Method::Key(key)] }
    }

    /// With one more way to try after the others.
    #[must_use]
    pub fn then(mut self, method: Method) -> Self {
        self.methods.push(method);
        self
    }
}

/// One way to prove a login. Its debug text shows no secret.
#[derive(Clone, Debug)]
pub enum Method {
    /// The keys of an SSH agent.
    Agent {
        /// The agent's socket; `SSH_AUTH_SOCK` names it when nothing is given.
        socket: Option<PathBuf>,
    },
    /// A private key.
    Key(KeyFile),
    /// A password, by the method `password` or as the answer to a prompt, whichever the device offers.
    Password(SecretString),
}

/// A private key in a file. It is read once and shared by all clones.
#[derive(Clone)]
pub struct KeyFile {
    path: PathBuf,
    passphrase: Option<SecretString>,
    key: Arc<OnceCell<Arc<PrivateKey>>>,
}

impl KeyFile {
    /// The key in `path`; `passphrase` opens it if it is encrypted.
    pub fn new(path: impl Into<PathBuf>, passphrase: Option<SecretString>) -> Self {
        Self { path: path.into(), passphrase, key: Arc::default() }
    }

    async fn load(&self) -> Result<Arc<PrivateKey>, Failure> {
        self.key.get_or_try_init(|| read(&self.path, self.passphrase.as_ref())).await.cloned()
    }
}

impl std::fmt::Debug for KeyFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyFile").field("path", &self.path).finish_non_exhaustive()
    }
}

pub(super) type Agent = AgentClient<Box<dyn AgentStream + Send + Unpin>>;

/// A way to prove a login, ready to be used.
pub(super) enum Credential {
    Agent(Agent, Vec<PublicKey>),
    Key(Arc<PrivateKey>),
    Password(SecretString),
}

/// Reads keys and asks the agent, before the device hears anything.
pub(super) async fn prepare(auth: &Auth) -> Result<Vec<Credential>, Failure> {
    let mut ready = Vec::new();
    for method in &auth.methods {
        ready.push(match method {
            Method::Agent { socket } => agent(socket.as_deref()).await?,
            Method::Key(file) => Credential::Key(file.load().await?),
            Method::Password(password) => Credential::Password(password.clone()),
        });
    }
    Ok(ready)
}

/// The credential cannot be read on our side.
pub(super) fn unavailable(text: impl Into<String>, remedy: impl Into<String>) -> Failure {
    Failure::new(Stage::Login, Kind::CredentialUnavailable, text, remedy)
}

async fn read(path: &Path, passphrase: Option<&SecretString>) -> Result<Arc<PrivateKey>, Failure> {
    let shown = path.display();
    let unreadable = |error: std::io::Error| {
        unavailable(
            format!("cannot read the key file {shown}: {error}"),
            "check the path and its permissions",
        )
    };
    let file = tokio::fs::File::open(path).await.map_err(unreadable)?;
    let mut content = Zeroizing::new(String::new());
    file.take(LARGEST_KEY).read_to_string(&mut content).await.map_err(unreadable)?;
    let passphrase = passphrase.cloned();
    let given = passphrase.is_some();
    // Opening an encrypted key takes much CPU on purpose.
    let decoded = tokio::task::spawn_blocking(move || {
        decode_secret_key(&content, passphrase.as_ref().map(|secret| secret.expose_secret()))
    });
    match decoded.await {
        Ok(Ok(key)) if !key.is_encrypted() => Ok(Arc::new(key)),
        Ok(Ok(_) | Err(russh::keys::Error::KeyIsEncrypted)) => Err(unavailable(
            format!("the key file {shown} is encrypted and no passphrase is configured for it"),
            "configure the passphrase, or use a key without one, or an agent",
        )),
        Ok(Err(_)) if given => Err(unavailable(
            format!(
                "the key file {shown} cannot be opened: the passphrase is wrong, or it holds no private key"
            ),
            "check the passphrase with `ssh-keygen -y -f FILE`",
        )),
        Ok(Err(_)) | Err(_) => Err(unavailable(
            format!("the key file {shown} holds no private key that can be read"),
            "check it with `ssh-keygen -y -f FILE`",
        )),
    }
}

async fn agent(socket: Option<&Path>) -> Result<Credential, Failure> {
    let from_environment = || std::env::var_os("SSH_AUTH_SOCK").map(PathBuf::from);
    let socket = socket.map(Path::to_path_buf).or_else(from_environment).ok_or_else(|| {
        unavailable("there is no SSH agent: SSH_AUTH_SOCK is not set", "start an agent, or use a key file")
    })?;
    let failed = |error: russh::keys::Error| {
        let text = format!("the SSH agent at {} does not answer: {error}", socket.display());
        unavailable(text, "check it with `ssh-add -l`")
    };
    let mut agent = AgentClient::connect_uds(&socket).await.map_err(failed)?.dynamic();
    let identities = agent.request_identities().await.map_err(failed)?;
    let keys: Vec<PublicKey> = identities
        .into_iter()
        .filter_map(|identity| match identity {
            AgentIdentity::PublicKey { key, .. } => Some(key),
            AgentIdentity::Certificate { .. } => None,
        })
        .take(AGENT_KEYS)
        .collect();
    if keys.is_empty() {
        let text = format!("the SSH agent at {} holds no key", socket.display());
        return Err(unavailable(text, "add one with `ssh-add`"));
    }
    Ok(Credential::Agent(agent, keys))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_shows_in_debug_text() {
        let auth = Auth::password("hunter2".into())
            .then(Method::Key(KeyFile::new("/k", Some("open-sesame".into()))));
        let text = format!("{auth:?}");
        assert!(text.contains("/k") && !text.contains("hunter2") && !text.contains("sesame"), "{text}");
    }
}
