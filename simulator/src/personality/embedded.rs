//! The captures that `build.rs` put into the crate.

use licwatch_parsers::record::Platform;
use licwatch_parsers::text::Cleaned;
use licwatch_parsers::{Command, Hints, parse};

use super::{Kind, Personality, announced};

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
        Some((_, xml)) => personality.netconf(*xml, capabilities(kind)),
        None => personality,
    }
}

/// What the hello of a kind announces beside the base versions.
fn capabilities(kind: Kind) -> Vec<String> {
    let hello = HELLOS.iter().find(|(id, _)| *id == kind.id());
    let announced = hello.and_then(|(_, hello)| announced(hello));
    announced.unwrap_or_else(|| {
        tracing::warn!(id = kind.id(), "A device with NETCONF data has no hello that can be read.");
        Vec::new()
    })
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
        for id in CAPTURES.iter().map(|(id, ..)| id).chain(NETCONF.iter().chain(HELLOS).map(|(id, _)| id)) {
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

    /// A device announces a model where it has data of it, and asks nobody for one of which it has none.
    #[test]
    fn who_has_data_has_a_hello_that_announces_its_models() {
        use licwatch_parsers::netconf::{
            DEVICE_HARDWARE, Hello, OPENCONFIG_PLATFORM, OPENCONFIG_SYSTEM, SMART_LICENSE,
            XR_PLATFORM_LICENSE, XR_SMART_AGENT,
        };
        let ids = |table: &[(&'static str, &str)]| table.iter().map(|(id, _)| *id).collect::<Vec<_>>();
        assert_eq!(ids(HELLOS), ids(NETCONF));
        assert!(HELLOS.len() >= 8);
        for (id, xml) in NETCONF {
            let personality = Personality::of(Kind::from_id(id).unwrap());
            let hello = Hello {
                capabilities: personality.capabilities().iter().map(|uri| uri.as_str().into()).collect(),
                session_id: None,
            };
            for model in [SMART_LICENSE, DEVICE_HARDWARE, XR_SMART_AGENT, XR_PLATFORM_LICENSE] {
                let announced = hello.modules().any(|module| module.namespace == model);
                assert_eq!(announced, xml.contains(&format!("\"{model}\"")), "{id} {model}");
            }
            // OpenConfig is often there where the native model already tells all.
            for model in [OPENCONFIG_PLATFORM, OPENCONFIG_SYSTEM] {
                let announced = hello.modules().any(|module| module.namespace == model);
                assert!(announced || !xml.contains(&format!("\"{model}\"")), "{id} {model}");
            }
            assert!(!personality.capabilities().iter().any(|uri| uri.contains(":netconf:base:")), "{id}");
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
