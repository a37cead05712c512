//! The captures that `build.rs` put into the crate.

use licwatch_parsers::record::Platform;
use licwatch_parsers::text::Cleaned;
use licwatch_parsers::{Command, Hints, netconf, parse};

use super::{Kind, Personality};

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// The device of a kind: every capture with its id, without the session that was captured around it.
pub(super) fn personality(kind: Kind) -> Personality {
    let mut personality = Personality::new(kind.id(), kind.platform(), kind.hostname());
    for (_, command, raw) in CAPTURES.iter().filter(|(id, ..)| *id == kind.id()) {
        let Some(command) = Command::typed(command) else {
            tracing::warn!(id = kind.id(), command, "A capture of an unknown command is not served.");
            continue;
        };
        let capture = Cleaned::new(raw);
        if NAMING.contains(&command)
            && let Some(hostname) = hostname(&capture, command, kind.platform())
        {
            personality = rename(personality, &hostname);
        }
        personality = personality.output(command, capture.body().trim_start_matches('\n'));
    }
    match NETCONF.iter().find(|(id, _)| *id == kind.id()) {
        Some((_, xml)) => personality.netconf(*xml, capabilities(kind, xml)),
        None => personality,
    }
}

/// The capabilities beside the base versions: on IOS XE as its releases list them, elsewhere the models of the data.
fn capabilities(kind: Kind, xml: &str) -> Vec<String> {
    let mut capabilities: Vec<String> = vec![
        "urn:ietf:params:netconf:capability:writable-running:1.0".into(),
        "urn:ietf:params:netconf:capability:xpath:1.0".into(),
        "urn:ietf:params:netconf:capability:with-defaults:1.0?basic-mode=explicit".into(),
    ];
    if kind.platform() == Platform::IosXe && xml.contains(netconf::DEVICE_HARDWARE) {
        let (licensing, hardware) = (kind.model_revision(), kind.hardware_revision());
        capabilities.extend([
            format!("http://cisco.com/ns/yang/cisco-smart-license?module=cisco-smart-license&revision={licensing}"),
            format!(
                "http://cisco.com/ns/yang/Cisco-IOS-XE-device-hardware-oper?module=Cisco-IOS-XE-device-hardware-oper&revision={hardware}"
            ),
            "http://cisco.com/ns/yang/Cisco-IOS-XE-native?module=Cisco-IOS-XE-native&revision=2020-11-01".into(),
        ]);
        return capabilities;
    }
    for namespace in xml.split("xmlns=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
        let capability = match namespace.rsplit_once('/') {
            Some((_, "cisco-smart-license")) => {
                format!("{namespace}?module=cisco-smart-license&revision={}", kind.model_revision())
            }
            Some(("http://openconfig.net/yang", module)) => {
                format!("{namespace}?module=openconfig-{module}")
            }
            Some((_, module)) if namespace.contains("/yang/") => format!("{namespace}?module={module}"),
            _ => continue,
        };
        if !capabilities.contains(&capability) {
            capabilities.push(capability);
        }
    }
    capabilities
}

/// The commands whose output names the host.
const NAMING: [Command; 2] = [Command::ShowVersion, Command::ShowSysinfo];

/// The host name that an output states, or the prompt around it.
fn hostname(capture: &Cleaned<'_>, command: Command, platform: Platform) -> Option<String> {
    let hints = Hints { platform: Some(platform), command: Some(command) };
    parse(capture, hints).device.hostname.map(|hostname| hostname.into_owned())
}

fn rename(mut personality: Personality, hostname: &str) -> Personality {
    std::sync::Arc::make_mut(&mut personality.captured).hostname = hostname.to_owned();
    personality
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_kinds_are_embedded() {
        for id in CAPTURES.iter().map(|(id, ..)| id).chain(NETCONF.iter().map(|(id, _)| id)) {
            assert!(Kind::from_id(id).is_some(), "build.rs embeds {id}, which is no kind");
        }
    }

    #[test]
    fn every_capture_is_of_a_command_and_is_served_without_its_session() {
        for (id, command, raw) in CAPTURES {
            let command = Command::typed(command).unwrap_or_else(|| panic!("{id}: {command}"));
            let kind = Kind::from_id(id).unwrap();
            let served = Personality::of(kind).text(command).map(|text| text.into_owned()).unwrap();
            assert!(!served.contains('\r') && !served.trim().is_empty(), "{id} {command}");
            assert!(raw.len() >= served.len(), "{id} {command}");
        }
    }

    #[test]
    fn every_kind_has_the_host_name_of_its_captures() {
        for kind in Kind::ALL {
            let personality = Personality::of(kind);
            assert_eq!(personality.hostname(), kind.hostname(), "{}", kind.id());
        }
    }
}
