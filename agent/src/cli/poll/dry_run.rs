//! `poll --dry-run`: every line and request that may reach a device, and nothing else happens. The same list serves
//! as a TACACS+ command set.

use std::collections::BTreeMap;

use licwatch_parsers::Command;
use licwatch_parsers::netconf::{self, Filter, Hello, get, licensing_filter};

use super::super::{Exit, print};
use crate::collect::plan;
use crate::config::Transport;
use crate::inventory::Device;
use crate::transport::cli::{Dialect, ReadCommand, session_settings};

/// Prints what each kind of device would be sent.
pub(super) fn show(devices: &[Device], neighbors: bool) -> Result<(), Exit> {
    let mut alike: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for device in devices {
        let name = format!("{} ({})", device.name, device.address);
        alike.entry(sent(device, neighbors)).or_default().push(name);
    }
    for (sent, names) in alike {
        print::data(format_args!("# {}\n{sent}\n", names.join(", ")))?;
    }
    Ok(())
}

/// What one device would be sent, as text.
fn sent(device: &Device, neighbors: bool) -> String {
    let has_netconf = plan::has_netconf(device.platform);
    let mut text = String::new();
    if device.transport == Transport::Netconf || (device.transport == Transport::Auto && has_netconf) {
        text.push_str(&format!("NETCONF, port {}:\n", device.netconf_port));
        for filter in filters() {
            text.push_str(&format!("  {}\n", get(1, &filter)));
        }
        text.push_str("  (of these, what the device's capabilities list; the last where they list none, before the others; then close-session)\n");
    }
    match device.transport {
        Transport::Netconf => {}
        Transport::Ssh => {
            text.push_str(&command_line(device, false, neighbors));
        }
        Transport::Auto if !has_netconf => text.push_str(&command_line(device, false, neighbors)),
        Transport::Auto => {
            text.push_str(&command_line(device, true, neighbors));
            text.push_str("or, where there is no NETCONF:\n");
            text.push_str(&command_line(device, false, neighbors));
        }
    }
    text
}

/// What a device with every model would be asked for: its licences with its own model of hardware, then OpenConfig's
/// where there is no other, then its library of models.
fn filters() -> impl Iterator<Item = Filter> {
    let of = |modules: &[(&str, &str)]| {
        let capability = |(namespace, module): &(&str, &str)| format!("{namespace}?module={module}").into();
        Hello { capabilities: modules.iter().map(capability).collect(), session_id: None }
    };
    let native = of(&[
        (netconf::SMART_LICENSE, "cisco-smart-license"),
        (netconf::XR_SMART_AGENT, "Cisco-IOS-XR-infra-smartlicense-oper"),
        (netconf::XR_PLATFORM_LICENSE, "Cisco-IOS-XR-smart-license-platform-oper"),
        (netconf::DEVICE_HARDWARE, "Cisco-IOS-XE-device-hardware-oper"),
    ]);
    let open = of(&[
        (netconf::OPENCONFIG_PLATFORM, "openconfig-platform"),
        (netconf::OPENCONFIG_SYSTEM, "openconfig-system"),
    ]);
    let library = Hello {
        capabilities: vec!["urn:ietf:params:netconf:capability:yang-library:1.1".into()],
        session_id: None,
    };
    let filters =
        [licensing_filter(&native), netconf::hardware_filter(&open), netconf::library_filter(&library)];
    filters.into_iter().flatten()
}

fn command_line(device: &Device, beside_netconf: bool, neighbors: bool) -> String {
    let mut text =
        format!("CLI, port {}:\n  session settings, as far as the device takes them:\n", device.port);
    for line in session_settings(Dialect::of(device.platform)) {
        text.push_str(&format!("    {line}\n"));
    }
    let commands = |commands: &[Command]| {
        let lines = commands.iter().filter_map(|command| ReadCommand::new(*command));
        lines.map(|command| format!("    {command}\n")).collect::<String>()
    };
    let platform = device.platform;
    let (first, later) = match beside_netconf {
        true => (plan::beside_netconf(platform), plan::later_rounds_beside_netconf(platform)),
        false => (plan::first_round(platform), plan::later_rounds(platform)),
    };
    text.push_str("  commands:\n");
    text.push_str(&commands(first));
    if !later.is_empty() {
        text.push_str("  where these leave a gap, some of:\n");
        text.push_str(&commands(&later));
    }
    if neighbors {
        text.push_str("  and for the neighbours:\n");
        text.push_str(&commands(plan::NEIGHBORS));
    }
    text
}
