//! From references to secrets: once per run, before any device is reached.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Component, Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::secret_file::{self, Guard};
use super::{Credential, CredentialError, KeyFile, Login, SecretSource, Surroundings, program};

/// The logins of one run. Each was read once; those that could not be read say why.
#[derive(Debug, Default)]
pub struct Logins(BTreeMap<String, Result<Login, CredentialError>>);

impl Logins {
    /// Reads every credential that is given, each once, in the order of names: people are asked now.
    pub fn resolve<'c>(
        credentials: impl IntoIterator<Item = &'c Credential>,
        surroundings: &dyn Surroundings,
    ) -> Self {
        let by_name: BTreeMap<_, _> =
            credentials.into_iter().map(|credential| (credential.name.as_str(), credential)).collect();
        let resolved = |(name, credential): (&str, _)| (name.to_owned(), resolve(credential, surroundings));
        Self(by_name.into_iter().map(resolved).collect())
    }

    /// The login of a credential.
    pub fn login(&self, name: &str) -> Option<Result<&Login, &CredentialError>> {
        self.0.get(name).map(Result::as_ref)
    }

    /// The credentials that could not be read, by name.
    pub fn failures(&self) -> impl Iterator<Item = (&str, &CredentialError)> {
        self.0.iter().filter_map(|(name, login)| Some((name.as_str(), login.as_ref().err()?)))
    }
}

/// Reads the secrets of one credential.
pub fn resolve(credential: &Credential, surroundings: &dyn Surroundings) -> Result<Login, CredentialError> {
    let read = |source: &Option<SecretSource>, what: &str| {
        source
            .as_ref()
            .map(|source| read(source, &format!("{what} {}", whose(credential)), surroundings))
            .transpose()
    };
    let key = match &credential.key {
        Some(key) => {
            secret_file::check_key(&key.path)?;
            Some(KeyFile {
                path: key.path.clone(),
                passphrase: read(&key.passphrase, "passphrase of the key")?,
            })
        }
        None => None,
    };
    Ok(Login {
        user: credential.user.clone(),
        password: read(&credential.password, "password")?,
        key,
        agent: credential.agent,
        enable: read(&credential.enable, "enable secret")?,
    })
}

/// Whether a credential can be read, as far as can be told without asking anybody or running anything. What is
/// read for it is wiped at once.
pub fn check(credential: &Credential, surroundings: &dyn Surroundings) -> Vec<CredentialError> {
    let passphrase = credential.key.as_ref().and_then(|key| key.passphrase.as_ref());
    let sources = [credential.password.as_ref(), passphrase, credential.enable.as_ref()];
    let mut errors: Vec<_> = credential
        .key
        .iter()
        .filter_map(|key| secret_file::check_key(&key.path).err())
        .chain(sources.into_iter().flatten().filter_map(|source| {
            match source {
                SecretSource::Prompt => None,
                SecretSource::Program(program) => runnable(program.path())
                    .err()
                    .map(|reason| CredentialError::ProgramNotRun { program: program.to_string(), reason }),
                silent => read(silent, "secret", surroundings).err(),
            }
        }))
        .collect();
    if credential.agent && surroundings.variable("SSH_AUTH_SOCK").is_none() {
        errors.push(CredentialError::NoAgent);
    }
    errors
}

fn whose(credential: &Credential) -> String {
    format!("of {} (credential {})", credential.user, credential.name)
}

/// Reads one secret; `what` is what a person would be asked for.
pub(crate) fn read(
    source: &SecretSource,
    what: &str,
    surroundings: &dyn Surroundings,
) -> Result<SecretString, CredentialError> {
    match source {
        SecretSource::File(path) => secret_file::read(path, Guard::Mode),
        SecretSource::Systemd(name) => secret_file::read(&systemd(name, surroundings)?, Guard::Systemd),
        SecretSource::Prompt => {
            let typed = surroundings
                .ask(&format!("{what}: "))
                .map_err(|reason| CredentialError::NobodyToAsk { what: what.to_owned(), reason })?;
            secret_file::secret(typed.expose_secret().as_bytes(), || format!("answer to \"{what}\""))
        }
        SecretSource::Environment(name) => {
            let held = surroundings
                .variable(name)
                .ok_or_else(|| CredentialError::NoVariable { name: name.clone() })?;
            let held = Zeroizing::new(held.into_encoded_bytes());
            secret_file::secret(&held, || format!("environment variable {name}"))
        }
        SecretSource::Program(command) => program::run(command, program::LIMIT),
    }
}

/// The file of a systemd credential.
fn systemd(name: &str, surroundings: &dyn Surroundings) -> Result<PathBuf, CredentialError> {
    let mut parts = Path::new(name).components();
    if !matches!((parts.next(), parts.next()), (Some(Component::Normal(part)), None) if part == name) {
        return Err(CredentialError::BadSystemdName { name: name.to_owned() });
    }
    let folder = surroundings
        .variable("CREDENTIALS_DIRECTORY")
        .filter(|folder| !folder.is_empty())
        .ok_or_else(|| CredentialError::NoCredentialsDirectory { name: name.to_owned() })?;
    Ok(PathBuf::from(folder).join(name))
}

fn runnable(path: &Path) -> std::io::Result<()> {
    let facts = std::fs::metadata(path)?;
    if facts.is_file() && facts.permissions().mode() & 0o111 != 0 {
        Ok(())
    } else {
        Err(std::io::Error::from(std::io::ErrorKind::PermissionDenied))
    }
}

#[cfg(test)]
mod tests;
