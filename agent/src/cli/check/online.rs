//! What can be learned by a handshake alone: whether a device answers, and whether it shows the key on record.

use std::sync::Arc;

use tokio::task::JoinSet;

use super::super::poll::poller;
use super::Finding;
use crate::config::{Config, Transport};
use crate::inventory::Device;
use crate::transport::ssh::known_hosts::{self, Standing};
use crate::transport::ssh::{Auth, Engine, HostKeys, Limits, Policy, RusshEngine, Target};

pub(super) async fn look(config: &Config, devices: &[Device]) -> Vec<Finding> {
    let poller = poller(config);
    let mut scans = JoinSet::new();
    for (place, device) in devices.iter().cloned().enumerate() {
        let (limits, sessions) = (poller.ssh.clone(), Arc::clone(&poller.sessions));
        scans.spawn(async move {
            let _place = sessions.acquire_owned().await;
            (place, reach(&device, &limits).await)
        });
    }
    let mut found = scans.join_all().await;
    found.sort_by_key(|(place, _)| *place);
    found.into_iter().map(|(_, finding)| finding).collect()
}

async fn reach(device: &Device, limits: &Limits) -> Finding {
    if device.jump.is_some() {
        let text = "behind a jump host, which would need a login; not reached";
        return Finding::doubtful("device", &device.name, text, "poll it");
    }
    let port = match device.transport {
        Transport::Netconf => device.netconf_port,
        Transport::Auto | Transport::Ssh => device.port,
    };
    let host_keys = Arc::new(HostKeys::new(&device.known_hosts, Policy::Strict));
    let target = Target {
        port: port.get(),
        source: device.source_address,
        legacy_algorithms: device.legacy_algorithms,
        ..Target::new(device.address.clone(), "", Auth::default(), host_keys)
    };
    let offered = match RusshEngine.scan(&target, limits).await {
        Ok(offered) => offered,
        Err(failure) => return Finding::bad("device", &device.name, failure.to_string(), failure.remedy),
    };
    let standing =
        known_hosts::load(&device.known_hosts).map(|known| known.standing(&offered.name, &offered.key));
    match standing {
        Ok(Standing::Known) => Finding::good("device", &device.name, "answers and shows the key on record"),
        Ok(Standing::Unknown { .. }) => Finding::bad(
            "device",
            &device.name,
            format!("answers with a key that is not on record, {}", offered.fingerprint),
            format!("licwatch keys trust {} --port {port}", device.address),
        ),
        Ok(Standing::Changed { known }) => {
            let known = known.iter().map(|key| key.fingerprint.as_str()).collect::<Vec<_>>().join(", ");
            let text = format!("shows the key {}, on record is {known}", offered.fingerprint);
            Finding::bad("device", &device.name, text, "find out why it changed before you trust it")
        }
        Ok(Standing::Revoked { line }) => {
            let text = format!("shows a key that line {line} of its known_hosts revokes");
            Finding::bad("device", &device.name, text, "replace the device's key")
        }
        Err(problem) => Finding::bad("device", &device.name, problem.to_string(), "see [ssh] known_hosts"),
    }
}
