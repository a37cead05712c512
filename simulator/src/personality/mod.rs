//! What a device says: its identity, the output of each command, its NETCONF data.

mod embedded;
mod kind;
mod recorded;
mod variant;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use licwatch_parsers::Command;
use licwatch_parsers::netconf::Hello;
use licwatch_parsers::record::Platform;

use crate::netconf::Element;
pub use kind::Kind;
pub use recorded::FolderError;
use variant::Substitution;

/// What a device says. Cheap to clone: variants share the captures and differ when they speak.
#[derive(Clone, Debug)]
pub struct Personality {
    captured: Arc<Captured>,
    substitution: Substitution,
}

#[derive(Clone, Debug)]
struct Captured {
    id: String,
    platform: Platform,
    hostname: String,
    outputs: BTreeMap<Command, String>,
    netconf: Option<Netconf>,
}

/// What a device says over NETCONF.
#[derive(Clone, Debug, Default)]
struct Netconf {
    data: String,
    capabilities: Vec<String>,
    /// The data, read when it is first asked for.
    tree: OnceLock<Element>,
}

impl Personality {
    /// A device without answers, to be given some.
    pub fn new(id: impl Into<String>, platform: Platform, hostname: impl Into<String>) -> Self {
        let captured = Captured {
            id: id.into(),
            platform,
            hostname: hostname.into(),
            outputs: BTreeMap::new(),
            netconf: None,
        };
        Self { captured: Arc::new(captured), substitution: Substitution::default() }
    }

    /// The device of this kind, with the captures that were there when the crate was built.
    pub fn of(kind: Kind) -> Self {
        embedded::personality(kind)
    }

    /// The same with this output of a command, of which every line ends in a line feed alone.
    #[must_use]
    pub fn output(mut self, command: Command, text: impl Into<String>) -> Self {
        Arc::make_mut(&mut self.captured).outputs.insert(command, text.into());
        self
    }

    /// The same without an output of this command: the device does not know it.
    #[must_use]
    pub fn without(mut self, command: Command) -> Self {
        Arc::make_mut(&mut self.captured).outputs.remove(&command);
        self
    }

    /// The same with NETCONF: a whole reply, its `<data>` or what stands in it, and the capabilities beside the base
    /// versions.
    #[must_use]
    pub fn netconf<C: Into<String>>(
        mut self,
        xml: impl Into<String>,
        capabilities: impl IntoIterator<Item = C>,
    ) -> Self {
        let capabilities = capabilities.into_iter().map(Into::into).collect();
        let netconf = Netconf { data: xml.into(), capabilities, tree: OnceLock::new() };
        Arc::make_mut(&mut self.captured).netconf = Some(netconf);
        self
    }

    /// The same without NETCONF.
    #[must_use]
    pub fn without_netconf(mut self) -> Self {
        Arc::make_mut(&mut self.captured).netconf = None;
        self
    }

    /// The `n`th device of this kind: another host name and other serial numbers, of the same length, wherever the
    /// original's stand. 0 is the original; up to 9,999 all differ, also from the variants of the other kinds.
    #[must_use]
    pub fn variant(&self, n: usize) -> Self {
        let captured = Arc::clone(&self.captured);
        let texts = captured.outputs.values().chain(captured.netconf.iter().map(|netconf| &netconf.data));
        let substitution =
            Substitution::new(n, kind::number(&captured.id), &captured.hostname, texts.map(String::as_str));
        Self { substitution, captured }
    }

    /// The id of the captures (`c9300-stack`).
    pub fn id(&self) -> &str {
        &self.captured.id
    }

    /// The operating system.
    pub fn platform(&self) -> Platform {
        self.captured.platform
    }

    /// The host name.
    pub fn hostname(&self) -> Cow<'_, str> {
        self.substitution.apply(&self.captured.hostname)
    }

    /// The commands that the device answers.
    pub fn commands(&self) -> impl Iterator<Item = Command> + '_ {
        self.captured.outputs.keys().copied()
    }

    /// What the device prints for a command.
    pub fn text(&self, command: Command) -> Option<Cow<'_, str>> {
        self.captured.outputs.get(&command).map(|text| self.substitution.apply(text))
    }

    /// Whether the device speaks NETCONF.
    pub fn has_netconf(&self) -> bool {
        self.captured.netconf.is_some()
    }

    /// The NETCONF data, as it was given.
    pub fn netconf_data(&self) -> Option<Cow<'_, str>> {
        self.captured.netconf.as_ref().map(|netconf| self.substitution.apply(&netconf.data))
    }

    /// The original's data as a tree; a variant's names come in by [`Self::substituted`].
    pub(crate) fn netconf_tree(&self) -> Option<&Element> {
        let netconf = self.captured.netconf.as_ref()?;
        Some(netconf.tree.get_or_init(|| match Element::read(&netconf.data) {
            Ok(document) => document.find("data").cloned().unwrap_or(document),
            Err(error) => {
                tracing::warn!(id = self.captured.id, error, "The NETCONF data of a personality is no XML.");
                Element::default()
            }
        }))
    }

    /// The text with the names of this variant.
    pub(crate) fn substituted<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.substitution.apply(text)
    }

    /// The capabilities beside the base versions.
    pub fn capabilities(&self) -> &[String] {
        self.captured.netconf.as_ref().map_or(&[], |netconf| &netconf.capabilities)
    }
}

/// What a captured hello announces beside the base versions, which are for the device's manners to say.
fn announced(hello: &str) -> Option<Vec<String>> {
    let hello = Hello::read(hello).ok()?;
    let beside = hello.capabilities.iter().filter(|uri| !uri.starts_with("urn:ietf:params:netconf:base:"));
    Some(beside.map(|uri| uri.to_string()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn original() -> Personality {
        Personality::new("c8000v", Platform::IosXe, "edge-vr2")
            .output(Command::ShowVersion, "edge-vr2 uptime is 3 weeks\nProcessor board ID 9ZZ4K2X81QA\n")
            .output(
                Command::ShowLicenseUdi,
                "UDI: PID:C8000V,SN:9ZZ4K2X81QA\nActive:PID:C8000V,SN:9ZZ4K2X81QA\n",
            )
            .netconf("<data><udi><sn>9ZZ4K2X81QA</sn></udi></data>", ["urn:example"])
    }

    #[test]
    fn the_zeroth_variant_is_the_original() {
        let same = original().variant(0);
        assert_eq!(same.hostname(), "edge-vr2");
        assert!(matches!(same.text(Command::ShowVersion), Some(Cow::Borrowed(_))));
    }

    #[test]
    fn a_variant_is_another_device_of_the_same_shape() {
        let (original, variant) = (original(), original().variant(31));
        assert_eq!(variant.hostname(), "edge0031");
        let version = variant.text(Command::ShowVersion).unwrap();
        assert!(version.starts_with("edge0031 uptime is 3 weeks\n"), "{version}");
        assert_eq!(version.len(), original.text(Command::ShowVersion).unwrap().len());
        let serial = version.trim_end().rsplit(' ').next().unwrap();
        assert!(serial.starts_with("9ZZ4K2") && serial != "9ZZ4K2X81QA", "{serial}");
        let udi = variant.text(Command::ShowLicenseUdi).unwrap();
        assert_eq!(udi.matches(serial).count(), 2);
        assert!(variant.netconf_data().unwrap().contains(&format!("<sn>{serial}</sn>")));
    }

    #[test]
    fn commands_can_be_taken_away() {
        let poor = original().without(Command::ShowVersion).without_netconf();
        assert_eq!(poor.commands().collect::<Vec<_>>(), [Command::ShowLicenseUdi]);
        assert!(!poor.has_netconf() && poor.capabilities().is_empty());
    }
}
