//! The captures that `build.rs` put into the crate.

use licwatch_parsers::Command;
use licwatch_parsers::text::Cleaned;

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
        if command == Command::ShowVersion
            && let Some(hostname) = hostname(capture.body())
        {
            personality = rename(personality, hostname);
        }
        personality = personality.output(command, capture.body().trim_start_matches('\n'));
    }
    match NETCONF.iter().find(|(id, _)| *id == kind.id()) {
        Some((_, xml)) => personality.netconf(*xml, capabilities(kind)),
        None => personality,
    }
}

/// The capabilities beside the base versions.
fn capabilities(kind: Kind) -> Vec<String> {
    vec![
        "urn:ietf:params:netconf:capability:writable-running:1.0".into(),
        "urn:ietf:params:netconf:capability:xpath:1.0".into(),
        "urn:ietf:params:netconf:capability:with-defaults:1.0?basic-mode=explicit".into(),
        format!(
            "http://cisco.com/ns/yang/cisco-smart-license?module=cisco-smart-license&revision={}",
            kind.model_revision()
        ),
        format!(
            "http://cisco.com/ns/yang/Cisco-IOS-XE-device-hardware-oper?module=Cisco-IOS-XE-device-hardware-oper&revision={}",
            kind.hardware_revision()
        ),
        "http://cisco.com/ns/yang/Cisco-IOS-XE-native?module=Cisco-IOS-XE-native&revision=2020-11-01".into(),
    ]
}

/// The host name in `br3-acc-stack1 uptime is 9 weeks, 2 days`.
fn hostname(version: &str) -> Option<&str> {
    version.lines().find_map(|line| line.split_once(" uptime is ")).map(|(hostname, _)| hostname.trim())
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
