//! What it means that two captures state the same.

use std::fmt::Display;

use super::super::{
    Attempt, AuthorizationStatus, ExportControl, Levels, LicensingModel, Platform, PolicyDays,
    RegistrationStatus, SiaStatus, Text, Timestamp, TransportType,
};

/// A value of the record that captures may state differently.
pub(super) trait Fact: Clone {
    /// Whether both can be true.
    fn agrees(&self, other: &Self) -> bool;

    /// How much it says; of two that agree the more detailed one is kept.
    fn detail(&self) -> usize {
        0
    }

    /// For people.
    fn shown(&self) -> String;
}

macro_rules! plain_facts {
    ($($name:ty),+ $(,)?) => {$(
        impl Fact for $name {
            fn agrees(&self, other: &Self) -> bool {
                self == other
            }

            fn shown(&self) -> String {
                self.to_string()
            }
        }
    )+};
}

plain_facts!(Text<'_>, Levels<'_>, bool, u64, u32, u16, LicensingModel, ExportControl);

/// IOS XE says IOS too.
impl Fact for Platform {
    fn agrees(&self, other: &Self) -> bool {
        self == other || matches!((self, other), (Self::Ios, Self::IosXe) | (Self::IosXe, Self::Ios))
    }

    fn detail(&self) -> usize {
        usize::from(*self == Self::IosXe)
    }

    fn shown(&self) -> String {
        self.to_string()
    }
}

/// A host name; prompts cut long ones.
#[derive(Clone)]
pub(super) struct Name<'a>(pub(super) Text<'a>);

impl Fact for Name<'_> {
    fn agrees(&self, other: &Self) -> bool {
        let nameless = self.0 == FACTORY_PROMPT || other.0 == FACTORY_PROMPT;
        nameless || self.0.starts_with(&*other.0) || other.0.starts_with(&*self.0)
    }

    fn detail(&self) -> usize {
        if self.0 == FACTORY_PROMPT { 0 } else { self.0.len() }
    }

    fn shown(&self) -> String {
        self.0.to_string()
    }
}

/// What AireOS prompts with until it is given another prompt, whatever the controller is called.
const FACTORY_PROMPT: &str = "Cisco Controller";

/// A software version; `17.09.04a` is `17.9.4a`.
#[derive(Clone)]
pub(super) struct Version<'a>(pub(super) Text<'a>);

impl Version<'_> {
    fn parts(&self) -> impl Iterator<Item = &str> {
        self.0.split('.').map(|part| match part.trim_start_matches('0') {
            "" if !part.is_empty() => "0",
            part => part,
        })
    }
}

impl Fact for Version<'_> {
    fn agrees(&self, other: &Self) -> bool {
        self.parts().eq(other.parts())
    }

    fn shown(&self) -> String {
        self.0.to_string()
    }
}

/// A licence level; `show version` says `ipservicesk9` of an image with cryptography where the right to use is
/// `ipservices`.
#[derive(Clone)]
pub(super) struct Level<T>(pub(super) T);

impl<T: Clone + Display> Fact for Level<T> {
    fn agrees(&self, other: &Self) -> bool {
        let plain = |level: &T| {
            let words = level.to_string().to_ascii_lowercase();
            let plain = |word: &str| word.strip_suffix("k9").unwrap_or(word).to_owned();
            words.split_whitespace().map(plain).collect::<Vec<_>>()
        };
        plain(&self.0) == plain(&other.0)
    }

    fn shown(&self) -> String {
        self.0.to_string()
    }
}

/// A throughput in words; `1000000 kb/s` is `1000000 kbps`.
#[derive(Clone)]
pub(super) struct Throughput<'a>(pub(super) Text<'a>);

impl Fact for Throughput<'_> {
    fn agrees(&self, other: &Self) -> bool {
        let plain = |words: &str| words.to_ascii_lowercase().replace("b/s", "bps").replace(' ', "");
        plain(&self.0) == plain(&other.0)
    }

    fn shown(&self) -> String {
        self.0.to_string()
    }
}

/// A status and the device's words for it, which every transport has its own of.
impl<S: Copy + Eq + Display> Fact for (S, Option<Text<'_>>)
where
    S: Status,
{
    fn agrees(&self, other: &Self) -> bool {
        self.0 == other.0 || self.0.refines(other.0) || other.0.refines(self.0)
    }

    fn detail(&self) -> usize {
        usize::from(self.0.is_refined())
    }

    fn shown(&self) -> String {
        self.0.to_string()
    }
}

/// An enumeration with a `…_text` beside it.
pub(super) trait Status: Copy {
    /// Whether it says the same as another value, and more.
    fn refines(self, _: Self) -> bool {
        false
    }

    /// Whether there is a value that it refines.
    fn is_refined(self) -> bool {
        false
    }
}

/// A reservation is a registration, and NETCONF says no more than that.
impl Status for RegistrationStatus {
    fn refines(self, other: Self) -> bool {
        self.is_refined() && other == Self::Registered
    }

    fn is_refined(self) -> bool {
        matches!(self, Self::RegisteredSpecificReservation | Self::RegisteredUniversalReservation)
    }
}

impl Status for AuthorizationStatus {}
impl Status for TransportType {}
impl Status for SiaStatus {}

/// Times move between two commands.
impl Fact for Timestamp<'_> {
    fn agrees(&self, _: &Self) -> bool {
        true
    }

    fn detail(&self) -> usize {
        usize::from(self.utc.is_some())
    }

    fn shown(&self) -> String {
        self.text.to_string()
    }
}

impl Fact for Attempt<'_> {
    fn agrees(&self, _: &Self) -> bool {
        true
    }

    fn detail(&self) -> usize {
        self.at.as_ref().map_or(0, Fact::detail)
    }

    fn shown(&self) -> String {
        self.at.as_ref().map(Fact::shown).unwrap_or_default()
    }
}

impl Fact for PolicyDays<'_> {
    fn agrees(&self, other: &Self) -> bool {
        self.days == other.days
    }

    fn detail(&self) -> usize {
        usize::from(self.source.is_some())
    }

    fn shown(&self) -> String {
        format!("{} days", self.days)
    }
}

/// A counter that moves between two commands.
#[derive(Clone)]
pub(super) struct Counter(pub(super) u64);

impl Fact for Counter {
    fn agrees(&self, _: &Self) -> bool {
        true
    }

    fn shown(&self) -> String {
        self.0.to_string()
    }
}
