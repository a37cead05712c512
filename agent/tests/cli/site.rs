//! A site: simulated devices that are up, with a configuration, an inventory, host keys and credentials for them.

use std::fs;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use licwatch_simulator::{Builder, Credentials, Device, Fleet, Kind, LiveDevice, Personality, Tally};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::program::{Said, licwatch, program};

/// What opens every device of a site. They stand nowhere but in the files that the configuration names.
pub(crate) const PASSWORD: &str = "pl4nted-pa55word";
pub(crate) const ENABLE: &str = "pl4nted-enab1e";

/// The columns of the inventory behind name, address and ports.
const COLUMNS: &str = "transport,site,role,environment,owner,group,platform";

/// Devices and the files of an operator.
pub(crate) struct Site {
    folder: TempDir,
    fleet: Fleet,
    runtime: Runtime,
}

impl Site {
    /// A site of devices, each with its name and its cells in the columns `transport` to `platform`.
    pub(crate) fn of<'a>(devices: impl IntoIterator<Item = (&'a str, Device, &'a str)>) -> Self {
        Self::on(Fleet::builder(), devices)
    }

    /// The same where the fleet says.
    pub(crate) fn on<'a>(
        fleet: Builder,
        devices: impl IntoIterator<Item = (&'a str, Device, &'a str)>,
    ) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let (mut builder, mut rows) = (fleet.netconf_port(0), Vec::new());
        for (name, device, cells) in devices {
            builder = builder.device(device);
            rows.push((name.to_owned(), cells.to_owned()));
        }
        let credentials = Credentials::new("monitor", PASSWORD).with_enable_secret(ENABLE);
        let fleet = runtime.block_on(builder.credentials(credentials).start()).unwrap();
        let site = Self { folder: tempfile::tempdir().unwrap(), fleet, runtime };
        let mut csv = format!("name,address,port,netconf_port,{COLUMNS}\n");
        for (live, (name, cells)) in site.fleet.devices().iter().zip(rows) {
            let netconf = live.netconf_address().map(|it| it.port().to_string()).unwrap_or_default();
            let missing = ",".repeat(COLUMNS.matches(',').count() - cells.matches(',').count());
            csv.push_str(&format!(
                "{name},{},{},{netconf},{cells}{missing}\n",
                live.address().ip(),
                live.address().port()
            ));
        }
        site.write("devices.csv", &csv);
        site.write("known_hosts", &site.fleet.known_hosts());
        site.write("licwatch.toml", CONFIG);
        site.write_secret("network.password", PASSWORD);
        site.write_secret("network.enable", ENABLE);
        site
    }

    /// One device of each way to be read, all well.
    pub(crate) fn small() -> Self {
        let kind = |kind| Device::new(Personality::of(kind));
        Self::of([
            ("core-1", kind(Kind::C9300Stack), "auto,hq,core,production,A. Person,campus"),
            ("edge-1", kind(Kind::C8000v), "netconf,hq,edge,production,Team WAN,"),
            ("old-1", kind(Kind::IsrG2), "ssh,branch,edge,test,,"),
        ])
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path().join(name), text).unwrap();
    }

    /// A file that only its owner can read.
    pub(crate) fn write_secret(&self, name: &str, text: &str) {
        let mut options = fs::OpenOptions::new();
        let file = options.write(true).create(true).truncate(true).mode(0o600).open(self.path().join(name));
        std::io::Write::write_all(&mut file.unwrap(), text.as_bytes()).unwrap();
    }

    /// Changes a file of the operator's.
    #[track_caller]
    pub(crate) fn edit(&self, name: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.path().join(name)).unwrap();
        assert!(text.contains(from), "no {from:?} in {name}");
        self.write(name, &text.replace(from, to));
    }

    /// Runs the binary in the operator's folder.
    #[track_caller]
    pub(crate) fn licwatch(&self, arguments: &[&str]) -> Said {
        licwatch(self.path(), arguments)
    }

    /// The binary, to be run in the operator's folder.
    pub(crate) fn program(&self, arguments: &[&str]) -> std::process::Command {
        let mut command = program(self.path());
        command.args(arguments);
        command
    }

    pub(crate) fn devices(&self) -> &[LiveDevice] {
        self.fleet.devices()
    }

    /// Waits for something in the site's own runtime.
    #[allow(dead_code, reason = "the tests of the daemon use it")]
    pub(crate) fn block_on<T>(&self, wait: impl Future<Output = T>) -> T {
        self.runtime.block_on(wait)
    }

    /// Waits until a device has seen something.
    pub(crate) fn until(&self, device: usize, seen: impl FnMut(&Tally) -> bool) -> Tally {
        self.runtime.block_on(async {
            let seen = self.fleet.devices()[device].until(seen);
            tokio::time::timeout(std::time::Duration::from_secs(90), seen)
                .await
                .expect("it is seen in the end")
        })
    }

    /// Waits until every connection is closed, and checks that nobody tried to change a device.
    pub(crate) fn is_left_alone(&self) {
        for device in 0..self.devices().len() {
            assert_eq!(self.until(device, |tally| tally.open_connections == 0).violations, [""; 0]);
        }
    }
}

/// Nobody's login server has to be spared here.
const CONFIG: &str = r#"
[agent]
name = "site-agent"

[inventory]
files = ["devices.csv"]

[poll]
credential = "network"
logins_per_second = 10000.0

[poll.limits]
connect = "60s"
handshake = "60s"
login = "60s"
command = "60s"
absolute = "60s"

[credentials.network]
user = "monitor"
password_file = "network.password"
enable_password_file = "network.enable"

[group.campus]
"#;
