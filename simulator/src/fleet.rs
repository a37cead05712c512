//! Many devices at once.

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use russh::keys::PublicKey;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::credentials::Credentials;
use crate::device::Device;
use crate::fault::{Fault, Limits};
use crate::host_key::{Role, Seed, openssh};
use crate::live::{LiveDevice, Served};
use crate::ssh;

/// Devices that are being served. Dropping it stops them.
#[derive(Debug)]
pub struct Fleet {
    devices: Vec<LiveDevice>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Fleet {
    /// A fleet to be.
    pub fn builder() -> Builder {
        Builder {
            devices: Vec::new(),
            place: Place::Together(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            netconf_port: None,
            credentials: None,
            authorized: Vec::new(),
            seed: Seed::default(),
            limits: Limits::default(),
        }
    }

    /// The devices, in the order in which they were given.
    pub fn devices(&self) -> &[LiveDevice] {
        &self.devices
    }

    /// OpenSSH's `known_hosts` for all devices.
    pub fn known_hosts(&self) -> String {
        self.devices.iter().map(LiveDevice::known_hosts).collect()
    }

    /// The devices as an inventory of licwatch, in CSV.
    pub fn inventory_csv(&self) -> String {
        let mut csv = String::from("name,address,port,netconf_port,platform,legacy_algorithms\n");
        for device in &self.devices {
            let (name, address) = (device.hostname(), device.address());
            let netconf = device.netconf_address().map(|address| address.port().to_string());
            let (port, netconf) = (address.port(), netconf.unwrap_or_default());
            let platform = device.personality().platform();
            let old = device.served.device.manners.old_algorithms;
            let _ = writeln!(csv, "{name},{},{port},{netconf},{platform},{old}", address.ip());
        }
        csv
    }

    /// Closes every listener and connection, and waits until all are gone.
    pub async fn stop(self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Says which devices a fleet has and where they listen.
#[derive(Debug)]
#[must_use = "a fleet is served from start() on"]
pub struct Builder {
    devices: Vec<Device>,
    place: Place,
    netconf_port: Option<u16>,
    credentials: Option<Credentials>,
    authorized: Vec<String>,
    seed: Seed,
    limits: Limits,
}

/// Where the devices listen.
#[derive(Clone, Copy, Debug)]
enum Place {
    /// All at one address, each on a port that the system chooses.
    Together(IpAddr),
    /// Each at its own address, counted up from the first, on one port.
    Apart(Ipv4Addr, u16),
}

impl Builder {
    /// Adds a device.
    pub fn device(mut self, device: Device) -> Self {
        self.devices.push(device);
        self
    }

    /// Adds devices.
    pub fn devices(mut self, devices: impl IntoIterator<Item = Device>) -> Self {
        self.devices.extend(devices);
        self
    }

    /// Puts all devices at this loopback address, each on a port that the system chooses. This is the default, with
    /// 127.0.0.1.
    pub fn at(self, address: impl Into<IpAddr>) -> Self {
        Self { place: Place::Together(address.into()), ..self }
    }

    /// Puts each device at an address of its own, counted up from the first in 127.0.0.0/8, on this port (0: one that
    /// the system chooses).
    pub fn from(self, first: Ipv4Addr, port: u16) -> Self {
        Self { place: Place::Apart(first, port), ..self }
    }

    /// Gives NETCONF a port of its own (0: one that the system chooses), as 830 beside 22. Otherwise both share one.
    pub fn netconf_port(self, port: u16) -> Self {
        Self { netconf_port: Some(port), ..self }
    }

    /// Lets these log in where a device has no credentials of its own. Without it they are random.
    pub fn credentials(self, credentials: Credentials) -> Self {
        Self { credentials: Some(credentials), ..self }
    }

    /// Lets the owner of this key (`ssh-ed25519 AAAA…`) log in.
    pub fn authorized_key(mut self, openssh: impl Into<String>) -> Self {
        self.authorized.push(openssh.into());
        self
    }

    /// Derives the host keys from this seed.
    pub fn seed(self, seed: Seed) -> Self {
        Self { seed, ..self }
    }

    /// Sets what no connection exceeds.
    pub fn limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Opens every listener and serves.
    pub async fn start(self) -> Result<Fleet, StartError> {
        let authorized = self.authorized_keys()?;
        let credentials = self.credentials.clone().unwrap_or_else(Credentials::random);
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        let mut fleet = Fleet { devices: Vec::with_capacity(self.devices.len()), tasks, stop };
        for (number, device) in self.devices.into_iter().enumerate() {
            let address = self.place.of(number)?;
            let listener = listen(address).await?;
            let address = local(&listener, address)?;
            let speaks_netconf = device.personality.has_netconf();
            let apart = match self.netconf_port.filter(|_| speaks_netconf) {
                None => None,
                Some(port) => {
                    let address = SocketAddr::new(address.ip(), port);
                    let listener = listen(address).await?;
                    Some((local(&listener, address)?, listener))
                }
            };
            let role = match device.faults.has(&Fault::HostKeyChanged) {
                true => Role::Changed,
                false => Role::Known,
            };
            let key = self.seed.private_key(number, role);
            let served = Arc::new(Served {
                credentials: device.credentials.clone().unwrap_or_else(|| credentials.clone()),
                device,
                authorized: authorized.clone(),
                limits: self.limits,
                tally: watch::Sender::default(),
                tasks: fleet.tasks.clone(),
                stop: fleet.stop.clone(),
            });
            let config = Arc::new(ssh::config(&served, key));
            let netconf_address =
                apart.as_ref().map(|(address, _)| *address).or(speaks_netconf.then_some(address));
            let services = if apart.is_some() { ssh::Services::Shell } else { ssh::Services::Both };
            ssh::serve(Arc::clone(&served), Arc::clone(&config), listener, services);
            if let Some((_, listener)) = apart {
                ssh::serve(Arc::clone(&served), config, listener, ssh::Services::Netconf);
            }
            let host_key = openssh(&self.seed.private_key(number, Role::Known));
            fleet.devices.push(LiveDevice { served, address, netconf_address, host_key });
        }
        Ok(fleet)
    }

    fn authorized_keys(&self) -> Result<Vec<PublicKey>, StartError> {
        self.authorized
            .iter()
            .map(|key| {
                PublicKey::from_openssh(key).map_err(|source| StartError::Key { reason: source.to_string() })
            })
            .collect()
    }
}

impl Place {
    /// The address of a device; its port may be 0.
    fn of(self, number: usize) -> Result<SocketAddr, StartError> {
        let address = match self {
            Self::Together(address) => SocketAddr::new(address, 0),
            Self::Apart(first, port) => {
                let address = u32::try_from(number)
                    .ok()
                    .and_then(|number| u32::from(first).checked_add(number))
                    .map_or(Ipv4Addr::UNSPECIFIED, Ipv4Addr::from);
                SocketAddr::new(IpAddr::V4(address), port)
            }
        };
        match address.ip().is_loopback() {
            true => Ok(address),
            false => Err(StartError::NotLoopback { address: address.ip(), number }),
        }
    }
}

async fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|source| StartError::Listen { address, source })
}

fn local(listener: &TcpListener, address: SocketAddr) -> Result<SocketAddr, StartError> {
    listener.local_addr().map_err(|source| StartError::Listen { address, source })
}

/// Why a fleet could not be started. Nothing is served then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// Devices are simulated on loopback alone. The caller must choose another address.
    #[error(
        "device {number} would listen at {address}, which is not loopback; start from an address in 127.0.0.0/8 with room for all devices"
    )]
    NotLoopback {
        /// The address.
        address: IpAddr,
        /// The device's number, from 0.
        number: usize,
    },
    /// The system refused a listener. The user must free the port, choose one above 1023, or raise `ulimit -n`.
    #[error(
        "cannot listen at {address}: {source}; choose a free port above 1023, and with many devices raise the limit of open files (ulimit -n)"
    )]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// An authorized key is no public key. The caller must correct it.
    #[error("an authorized key is not a public key in OpenSSH form: {reason}")]
    Key {
        /// What is wrong with it.
        reason: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::personality::{Kind, Personality};

    fn device() -> Device {
        Device::new(Personality::of(Kind::C3850))
    }

    #[tokio::test]
    async fn only_loopback_is_served() {
        for address in [IpAddr::from([0, 0, 0, 0]), IpAddr::from([192, 0, 2, 1]), IpAddr::from([0_u16; 8])] {
            let refused = Fleet::builder().device(device()).at(address).start().await;
            assert!(matches!(refused, Err(StartError::NotLoopback { .. })), "{address}");
        }
        let last = Ipv4Addr::new(127, 255, 255, 255);
        let refused = Fleet::builder().devices([device(), device()]).from(last, 0).start().await;
        assert!(matches!(refused, Err(StartError::NotLoopback { number: 1, .. })), "{refused:?}");
    }

    #[tokio::test]
    async fn devices_stand_apart_or_together() {
        let apart = Fleet::builder().devices([device(), device()]).from(Ipv4Addr::new(127, 0, 99, 254), 0);
        let apart = apart.start().await.unwrap();
        let addresses: Vec<_> =
            apart.devices().iter().map(|device| device.address().ip().to_string()).collect();
        assert_eq!(addresses, ["127.0.99.254", "127.0.99.255"]);
        let together = Fleet::builder().devices([device(), device()]).start().await.unwrap();
        let [one, other] = together.devices() else { panic!("two devices") };
        assert_eq!(one.address().ip(), other.address().ip());
        assert_ne!(one.address().port(), other.address().port());
    }

    #[tokio::test]
    async fn known_hosts_names_each_device_with_its_key() {
        let fleet = Fleet::builder().devices([device(), device()]).seed(Seed(5)).start().await.unwrap();
        let port = fleet.devices()[1].address().port();
        let expected = format!("[127.0.0.1]:{port} {}", Seed(5).host_key(1));
        assert_eq!(fleet.known_hosts().lines().nth(1), Some(expected.as_str()));
    }

    #[tokio::test]
    async fn a_port_in_use_is_an_error_that_names_it() {
        let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = taken.local_addr().unwrap().port();
        let refused = Fleet::builder().device(device()).from(Ipv4Addr::LOCALHOST, port).start().await;
        assert!(refused.unwrap_err().to_string().contains(&format!("127.0.0.1:{port}")));
    }
}
