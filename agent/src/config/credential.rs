//! `[credentials.NAME]`: where the secrets of a login are. Never the secrets.

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};

use super::value::{FilePath, Label};
use crate::credentials::{Credential, KeySource, Program, SecretSource};

/// Where the secrets of a login are. Tried in this order, as far as given: SSH agent, key, password.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub struct CredentialTable {
    /// The user that logs in.
    pub user: Option<Label>,
    /// The file whose one line is the password; readable by its owner alone (mode 0600).
    pub password_file: Option<FilePath>,
    /// The name of the systemd credential (LoadCredential=, LoadCredentialEncrypted=) that holds the password.
    pub password_credential: Option<Label>,
    /// Whether the password is asked for on the terminal, true or false; asked once, before any device is reached.
    pub prompt: bool,
    /// The environment variable that holds the password; needs allow_env = true.
    pub password_env: Option<Label>,
    /// The program and its arguments whose one line of output is the password, as a list; needs allow_exec = true.
    pub password_exec: Option<Arguments>,
    /// The file of the private SSH key, in the form of OpenSSH; readable by its owner alone (mode 0600).
    pub key_file: Option<FilePath>,
    /// The file whose one line is the passphrase of the key; readable by its owner alone (mode 0600).
    pub key_passphrase_file: Option<FilePath>,
    /// The name of the systemd credential that holds the passphrase of the key.
    pub key_passphrase_credential: Option<Label>,
    /// Whether the passphrase of the key is asked for on the terminal, true or false.
    pub key_passphrase_prompt: bool,
    /// Whether the keys of the SSH agent may be used, true or false.
    pub agent: bool,
    /// The file whose one line is the enable secret; readable by its owner alone (mode 0600).
    pub enable_password_file: Option<FilePath>,
    /// The name of the systemd credential that holds the enable secret.
    pub enable_password_credential: Option<Label>,
    /// Whether the enable secret is asked for on the terminal, true or false.
    pub enable_prompt: bool,
    /// The environment variable that holds the enable secret; needs allow_env = true.
    pub enable_password_env: Option<Label>,
    /// The program and its arguments whose one line of output is the enable secret, as a list; needs allow_exec = true.
    pub enable_password_exec: Option<Arguments>,
    /// Whether secrets of this credential may come from the environment, true or false: other programs may see it.
    pub allow_env: bool,
    /// Whether programs may be run for secrets of this credential, true or false.
    pub allow_exec: bool,
}

/// A program with its arguments. Only its first word is ever shown: arguments may be secrets.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(transparent)]
pub struct Arguments(#[schemars(length(min = 1))] Vec<Concealed>);

/// One word of a command.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(transparent)]
struct Concealed(String);

impl std::fmt::Debug for Concealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

impl<'de> Deserialize<'de> for Arguments {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let words = Vec::<Concealed>::deserialize(deserializer)?;
        match words.first() {
            Some(Concealed(program)) if program.starts_with('/') => Ok(Self(words)),
            _ => Err(serde::de::Error::custom("must begin with the absolute path of a program")),
        }
    }
}

impl Serialize for Arguments {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.program())
    }
}

impl Arguments {
    fn program(&self) -> Program {
        Program::new(self.0.iter().map(|Concealed(word)| word.clone()))
    }
}

/// A mistake in a credential: the key it is about, what is wrong, and what to do.
pub(super) struct Mistake {
    pub(super) key: Option<&'static str>,
    pub(super) message: String,
    pub(super) remedy: &'static str,
}

impl CredentialTable {
    /// The credential with its paths as seen from `folder`.
    pub(super) fn credential(&self, name: &str, folder: &Path) -> Result<Credential, Vec<Mistake>> {
        let mut mistakes = Vec::new();
        let file = |path: &Option<FilePath>| Some(SecretSource::File(path.as_ref()?.from_folder(folder)));
        let systemd = |name: &Option<Label>| Some(SecretSource::Systemd(name.as_ref()?.as_str().to_owned()));
        let prompt = |asked: bool| asked.then_some(SecretSource::Prompt);
        let variable =
            |name: &Option<Label>| Some(SecretSource::Environment(name.as_ref()?.as_str().to_owned()));
        let program = |words: &Option<Arguments>| Some(SecretSource::Program(words.as_ref()?.program()));

        self.opted_in(&mut mistakes);
        let password = one_of(
            [
                ("password_file", file(&self.password_file)),
                ("password_credential", systemd(&self.password_credential)),
                ("prompt", prompt(self.prompt)),
                ("password_env", variable(&self.password_env)),
                ("password_exec", program(&self.password_exec)),
            ],
            "the password",
            &mut mistakes,
        );
        let passphrase = one_of(
            [
                ("key_passphrase_file", file(&self.key_passphrase_file)),
                ("key_passphrase_credential", systemd(&self.key_passphrase_credential)),
                ("key_passphrase_prompt", prompt(self.key_passphrase_prompt)),
            ],
            "the passphrase of the key",
            &mut mistakes,
        );
        let enable = one_of(
            [
                ("enable_password_file", file(&self.enable_password_file)),
                ("enable_password_credential", systemd(&self.enable_password_credential)),
                ("enable_prompt", prompt(self.enable_prompt)),
                ("enable_password_env", variable(&self.enable_password_env)),
                ("enable_password_exec", program(&self.enable_password_exec)),
            ],
            "the enable secret",
            &mut mistakes,
        );
        let key = self.key_file.as_ref().map(|path| path.from_folder(folder));
        if key.is_none()
            && let Some((key, _)) = &passphrase
        {
            mistakes.push(Mistake {
                key: Some(key),
                message: format!("`{key}` is given, but no key_file"),
                remedy: "name the key that this is the passphrase of by key_file, or remove it",
            });
        }
        if password.is_none() && key.is_none() && !self.agent {
            mistakes.push(Mistake {
                key: None,
                message: format!("credential \"{name}\" has no way to log in"),
                remedy: "give one of password_file, password_credential, prompt = true, key_file or agent = true",
            });
        }
        let Some(user) = &self.user else {
            mistakes.push(Mistake {
                key: None,
                message: format!("credential \"{name}\" has no user"),
                remedy: "add user = \"…\", the name that logs in",
            });
            return Err(mistakes);
        };
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        Ok(Credential {
            name: name.to_owned(),
            user: user.as_str().to_owned(),
            password: password.map(|(_, source)| source),
            key: key.map(|path| KeySource { path, passphrase: passphrase.map(|(_, source)| source) }),
            agent: self.agent,
            enable: enable.map(|(_, source)| source),
        })
    }

    /// Programs and the environment are used only if the operator says so.
    fn opted_in(&self, mistakes: &mut Vec<Mistake>) {
        for (key, given, allowed, remedy) in [
            ("password_env", self.password_env.is_some(), self.allow_env, ALLOW_ENV),
            ("enable_password_env", self.enable_password_env.is_some(), self.allow_env, ALLOW_ENV),
            ("password_exec", self.password_exec.is_some(), self.allow_exec, ALLOW_EXEC),
            ("enable_password_exec", self.enable_password_exec.is_some(), self.allow_exec, ALLOW_EXEC),
        ] {
            if given && !allowed {
                mistakes.push(Mistake {
                    key: Some(key),
                    message: format!("`{key}` is not allowed for this credential"),
                    remedy,
                });
            }
        }
    }
}

const ALLOW_ENV: &str = "use password_file or a systemd credential, or add allow_env = true: other programs may see the environment";
const ALLOW_EXEC: &str = "use password_file or a systemd credential, or add allow_exec = true: the program runs with licwatch's rights";

/// The source that is given; more than one is a mistake.
fn one_of<const N: usize>(
    sources: [(&'static str, Option<SecretSource>); N],
    what: &str,
    mistakes: &mut Vec<Mistake>,
) -> Option<(&'static str, SecretSource)> {
    let mut given = sources.into_iter().filter_map(|(key, source)| Some((key, source?)));
    let first = given.next()?;
    for (key, _) in given {
        mistakes.push(Mistake {
            key: Some(key),
            message: format!("{what} comes from both `{}` and `{key}`", first.0),
            remedy: "keep the one that is meant and remove the other",
        });
    }
    Some(first)
}
