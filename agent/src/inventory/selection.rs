//! Which devices are meant.

use super::Device;
use crate::config::spelling;

/// What an operator asks for. Several values of one kind mean any of them; several kinds mean all of them; nothing
/// means every device.
#[derive(Clone, Debug, Default, Eq, PartialEq, clap::Args)]
pub struct Selection {
    /// Names of devices; all of the inventory if none is given.
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,
    /// Only devices of this site.
    #[arg(long = "site", value_name = "SITE")]
    pub sites: Vec<String>,
    /// Only devices of this role.
    #[arg(long = "role", value_name = "ROLE")]
    pub roles: Vec<String>,
    /// Only devices of this group, or of one that inherits from it.
    #[arg(long = "group", value_name = "GROUP")]
    pub groups: Vec<String>,
    /// Only devices of this environment.
    #[arg(long = "environment", value_name = "ENVIRONMENT")]
    pub environments: Vec<String>,
}

/// Something was asked for that no device has.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{}", if *kind == "name" { format!("there is no device \"{word}\"") } else { format!("no device has the {kind} \"{word}\"") })]
pub struct NoSuchDevice {
    /// `name`, `site`, `role`, `group` or `environment`.
    pub kind: &'static str,
    /// What was asked for.
    pub word: String,
    /// What to do about it.
    pub remedy: String,
}

impl Selection {
    /// The devices that are meant, in the order of the inventory. Every word must fit some device, so that a slip
    /// of the hand is not taken for a device that is well.
    pub fn choose(&self, devices: Vec<Device>) -> Result<Vec<Device>, Vec<NoSuchDevice>> {
        let errors: Vec<_> = KINDS
            .iter()
            .flat_map(|(kind, asked, has)| {
                let devices = &devices;
                let unknown = asked(self)
                    .iter()
                    .filter(|word| !devices.iter().any(|it| has(it).any(|has| has == *word)));
                unknown.map(move |word| no_such(kind, word, devices.iter().flat_map(has)))
            })
            .collect();
        if !errors.is_empty() {
            return Err(errors);
        }
        let meant = |device: &Device| {
            KINDS.iter().all(|(_, asked, has)| {
                let asked = asked(self);
                asked.is_empty() || has(device).any(|has| asked.iter().any(|word| word == has))
            })
        };
        Ok(devices.into_iter().filter(meant).collect())
    }
}

type Asked = fn(&Selection) -> &[String];
type Has = fn(&Device) -> std::slice::Iter<'_, String>;

const KINDS: [(&str, Asked, Has); 5] = [
    ("name", |it| &it.names, |it| std::slice::from_ref(&it.name).iter()),
    ("site", |it| &it.sites, |it| it.site.as_slice().iter()),
    ("role", |it| &it.roles, |it| it.role.as_slice().iter()),
    ("group", |it| &it.groups, |it| it.groups.iter()),
    ("environment", |it| &it.environments, |it| it.environment.as_slice().iter()),
];

fn no_such<'d>(kind: &'static str, word: &str, has: impl Iterator<Item = &'d String>) -> NoSuchDevice {
    let mut there: Vec<&str> = has.map(String::as_str).collect();
    there.sort_unstable();
    there.dedup();
    let near = spelling::did_you_mean(word, there.iter().copied());
    let remedy = if there.is_empty() {
        format!("no {kind} is given for any device of the inventory")
    } else {
        format!("{near}There are {}", spelling::listed(there))
    };
    NoSuchDevice { kind, word: word.to_owned(), remedy }
}
