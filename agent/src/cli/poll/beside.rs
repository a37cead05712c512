//! A poll beside a store: the daemon's login guard holds for it, and what it brings is kept there.

use std::sync::Arc;
use std::time::Duration;

use super::super::operator::operator;
use super::super::{Exit, print};
use super::agent_name;
use crate::clock::SystemClock;
use crate::config::Config;
use crate::inventory::Device;
use crate::journal::{Actor, JournalKey};
use crate::poll::guard::{Guard, Renamed, Rules};
use crate::poll::{Polled, Poller, Ways};
use crate::store::outbox::{self, Wants};
use crate::store::{Ready, Store, StoreError, Tx, presence};
use crate::transport::ssh::LoginGate;

/// The store that a poll runs beside.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Beside {
    store: Store,
    actor: Actor,
    /// By how much a device's clock may differ.
    clock_limit: Duration,
}

impl Beside {
    /// The store that the configuration names, if there is one. One that is there and cannot be used is an error:
    /// without it nobody knows which logins are stopped.
    pub(in crate::cli) fn open(config: &Config) -> Result<Option<Self>, StoreError> {
        if config.path().is_none() {
            return Ok(None);
        }
        let folder = config.store_directory();
        if !presence::is_there(&folder)? {
            return Ok(None);
        }
        let store = Store::open_existing(&folder, &agent_name(config), Arc::new(SystemClock::new()))?;
        Ok(Some(Self { store, actor: operator(), clock_limit: config.clock().device.duration() }))
    }

    /// Lets the store's guard decide about logins, and the store remember ways.
    pub(in crate::cli) fn guard(&self, poller: &mut Poller, config: &Config) {
        let (clock, actor) = (Arc::clone(&poller.clock), self.actor.clone());
        poller.logins = Arc::new(Guard::new(self.store.clone(), clock, actor, Rules::from(config)));
        poller.ways = Some(Ways::new(self.store.clone()));
    }

    /// Whether the store's daemon carries what is kept here to the drop folder of the configuration.
    pub(super) fn feeds_drop(&self) -> Result<bool, StoreError> {
        let sink = self.store.read_blocking(|sql| outbox::state(sql, "drop"))?;
        Ok(sink.is_some_and(|sink| sink.active && sink.wants == Wants::Records))
    }

    /// The key of the store's journal, which signs drops.
    pub(super) fn key(&self) -> Arc<JournalKey> {
        self.store.key()
    }

    /// Puts what a poll brought into the store.
    pub(super) async fn keep(&self, polled: &Polled) -> Result<(), StoreError> {
        let packed = Ready::of(polled.collected(self.actor.clone())).await?;
        let limit = self.clock_limit;
        let keep = move |tx: &mut Tx<'_>| {
            let kept = tx.collect_ready(&packed)?;
            tx.watch_clock(&kept, packed.collected(), limit)
        };
        self.store.write(keep).await
    }
}

/// Lets the guard of the configured store decide where there is one. For devices of the inventory a store that cannot
/// be used is an error; an ad-hoc device is polled without it then, which is said.
pub(in crate::cli) fn guarded(
    poller: &mut Poller,
    config: &Config,
    devices: &[Device],
    is_ad_hoc: bool,
) -> Result<Option<Beside>, Exit> {
    let beside = match Beside::open(config) {
        Ok(Some(beside)) => beside,
        Ok(None) => return Ok(None),
        Err(problem) if is_ad_hoc => {
            print::talk(format_args!("the login guard of this poll stands alone: {problem}"));
            return Ok(None);
        }
        Err(problem) => {
            print::error(format_args!(
                "{problem}\n       without the store nobody knows which logins are stopped; poll as the agent's user, or one device with --host"
            ));
            return Err(Exit::Usage);
        }
    };
    beside.guard(poller, config);
    if is_ad_hoc {
        // The store remembers ways by names of the inventory.
        poller.ways = None;
        if let Some(listed) = devices.first().and_then(|device| listed(config, device)) {
            let (gate, from): (Arc<dyn LoginGate>, _) = (Arc::clone(&poller.logins), device_name(devices));
            poller.logins = Arc::new(Renamed { gate, from, to: listed });
        }
    }
    Ok(Some(beside))
}

fn device_name(devices: &[Device]) -> String {
    devices.first().map(|device| device.name.clone()).unwrap_or_default()
}

/// What the inventory calls the device that an ad-hoc poll means by its address.
fn listed(config: &Config, ad_hoc: &Device) -> Option<String> {
    // An inventory with mistakes is told by those who need it.
    let devices = config.devices().ok()?;
    let is_it = |device: &&Device| {
        device.address == ad_hoc.address
            && (device.port == ad_hoc.port || device.netconf_port == ad_hoc.netconf_port)
    };
    devices.iter().find(is_it).map(|device| device.name.clone())
}
