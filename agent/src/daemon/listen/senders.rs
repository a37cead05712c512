//! Which device a message is about: the one whose address it came from, else the one that it names, as where a relay
//! passes it on. Names are not resolved.

use std::collections::HashMap;
use std::net::IpAddr;

use crate::inventory::{Address, Device};

/// The devices by what they are known by.
#[derive(Clone, Debug, Default)]
pub struct Senders {
    /// Several devices may share an address behind a translation; then it tells nothing.
    by_address: HashMap<IpAddr, Option<String>>,
    by_name: HashMap<String, String>,
}

impl Senders {
    /// The devices of an inventory.
    pub fn of(devices: &[Device]) -> Self {
        let mut senders = Self::default();
        for device in devices {
            let ip = match &device.address {
                Address::Ip(ip) => Some(*ip),
                Address::Zoned(ip, _) => Some(IpAddr::V6(*ip)),
                Address::Name(_) => None,
            };
            if let Some(ip) = ip {
                let name = Some(device.name.clone());
                senders.by_address.entry(ip.to_canonical()).and_modify(|known| *known = None).or_insert(name);
            }
            senders.by_name.insert(device.name.to_lowercase(), device.name.clone());
        }
        senders
    }

    /// The device that a message from an address is about; `words` are those that may name it.
    pub(super) fn device<'w>(&self, from: IpAddr, words: impl Iterator<Item = &'w str>) -> Option<&str> {
        if let Some(Some(device)) = self.by_address.get(&from.to_canonical()) {
            return Some(device);
        }
        let named = |word: &str| {
            let word = word.to_lowercase();
            let host = word.split('.').next().unwrap_or_default();
            self.by_name.get(&word).or_else(|| self.by_name.get(host)).map(String::as_str)
        };
        words.into_iter().find_map(named)
    }

    /// Whether a device has this address.
    pub(super) fn knows(&self, from: IpAddr) -> bool {
        self.by_address.contains_key(&from.to_canonical())
    }

    /// Whether a device is among them.
    pub(super) fn has(&self, device: &str) -> bool {
        self.by_name.get(&device.to_lowercase()).is_some_and(|name| name == device)
    }
}
