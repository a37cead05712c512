//! What a neighbour is, by what it says of itself.

use licwatch_parsers::record::Platform;

use super::records::Neighbor;
use crate::inventory::import::{Guess, guess};

/// Why a neighbour is no device to poll for licences.
pub(super) fn not_offered(neighbor: &Neighbor) -> Option<&'static str> {
    let model = neighbor.platform.as_deref().unwrap_or_default().to_uppercase();
    let software = neighbor.software.as_deref().unwrap_or_default();
    let does = |what: &str| neighbor.capabilities.iter().any(|capability| capability == what);
    let starts = |starts: &[&str]| starts.iter().any(|start| model.starts_with(start));
    // A controller is asked for its access points, and says little of what it does.
    if starts(&["AIR-CT", "C9800", "WLC"]) || software.contains("Cisco Controller") {
        return None;
    }
    if does("phone") || model.starts_with("IP PHONE") {
        return Some("telephone");
    }
    let is_access_point = does("wlan_access_point")
        || starts(&["AIR-", "C910", "C911", "C912", "C913", "C916", "C917", "CW91"])
        || software.contains("AP Software")
        || software.contains("K9W8")
        || software.contains("k9w8");
    if is_access_point && !(does("router") && does("switch")) {
        return Some("access point");
    }
    if !(does("router") || does("switch") || does("bridge")) {
        return Some("neither router nor switch");
    }
    let by_cisco = software.contains("Cisco")
        || starts(&["N3K", "N5K", "N7K", "N9K", "DS-C", "WS-C", "ASR", "ISR", "NCS"]);
    // IOS XR says nothing but `7.10.2, 8000`.
    let terse = platform(neighbor).is_some();
    if by_cisco || terse { None } else { Some("another maker's") }
}

/// The operating system in a neighbour's words.
pub(super) fn platform(neighbor: &Neighbor) -> Option<Platform> {
    let software = neighbor.software.as_deref().unwrap_or_default();
    let model = neighbor.platform.as_deref().unwrap_or_default();
    let says = |words: &str| software.contains(words);
    if says("IOS XR") || says("IOS-XR") || is_terse_xr(software) {
        Some(Platform::IosXr)
    } else if says("NX-OS") || model.starts_with("N9K") || model.starts_with("N5K") {
        Some(Platform::NxOs)
    } else if says("IOS-XE") || says("IOS XE") || says("IOSXE") || says("_IOSD-") || says("IOS Software [") {
        Some(Platform::IosXe)
    } else if says("Cisco IOS Software") || says("IOS (tm)") || says("Internetwork Operating System") {
        Some(Platform::Ios)
    } else if says("Adaptive Security Appliance") {
        Some(Platform::Asa)
    } else if says("Cisco Controller") {
        Some(Platform::AireOs)
    } else {
        match guess(model, false) {
            Guess::Known(platform) => Some(platform),
            _ => None,
        }
    }
}

/// `7.10.2, 8000`, `7.9.2, NCS-5500`
fn is_terse_xr(software: &str) -> bool {
    software.split_once(", ").is_some_and(|(version, family)| {
        version.split('.').count() == 3
            && version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
            && (family == "8000" || family.starts_with("NCS") || family.starts_with("ASR"))
    })
}
