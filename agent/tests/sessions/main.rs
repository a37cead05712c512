//! CLI and NETCONF sessions over SSH against the simulator, which others wrote.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod cli;
mod dialects;
mod fuzz_corpus;
mod netconf;

use std::sync::Arc;
use std::time::Duration;

use licwatch::transport::ssh::{Auth, Connection, Engine, HostKeys, Limits, Policy, RusshEngine, Target};
use licwatch_simulator::{Device, Fleet, LiveDevice};
use tempfile::TempDir;

/// Devices and the record of their keys.
struct Site {
    fleet: Fleet,
    keys: Arc<HostKeys>,
    _folder: TempDir,
}

impl Site {
    async fn of(devices: impl IntoIterator<Item = Device>) -> Self {
        let fleet = Fleet::builder().devices(devices).start().await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("known_hosts");
        std::fs::write(&path, fleet.known_hosts()).unwrap();
        Self { fleet, keys: Arc::new(HostKeys::new(path, Policy::Strict)), _folder: folder }
    }

    fn devices(&self) -> &[LiveDevice] {
        self.fleet.devices()
    }

    async fn connect(&self, device: &LiveDevice, netconf: bool) -> Box<dyn Connection> {
        let address = if netconf { device.netconf_address().unwrap() } else { device.address() };
        let user = device.credentials();
        let auth = Auth::password(user.password().into());
        let target = Target {
            port: address.port(),
            legacy_algorithms: true,
            ..Target::new(
                address.ip().to_string().parse().unwrap(),
                user.user(),
                auth,
                Arc::clone(&self.keys),
            )
        };
        let patient = Duration::from_secs(60);
        let limits = Limits {
            connect: patient,
            handshake: patient,
            login: patient,
            channel: patient,
            ..Limits::default()
        };
        RusshEngine.connect(&target, &limits).await.unwrap()
    }
}
