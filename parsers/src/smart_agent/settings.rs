//! The sections that hold settings: account, privacy, transport, utility.
//!
//! ```text
//! Account Information:
//!   Smart Account: Harbour Logistics As of Jan 10 20:31:32 2022 UTC
//!   Virtual Account: Branch-03
//!
//! Transport:
//!   Type: cslu
//!   Cslu address: http://10.20.0.5:8182/cslu/v1/pi
//!   Proxy:
//!     Not Configured
//!   VRF: <empty>
//! ```
//! Capture: `testdata/captures/ios-xe/show_license_all/c9300-stack.txt`

use super::Reading;
use super::section::Section;
use crate::record::{Licensing, TransportType, stated};
use crate::text::{leading_number, pair, timestamp};
use crate::wording::{self, set_switch, switch};

/// `Smart Licensing is ENABLED`, `License Reservation is ENABLED`, the agent's version line.
pub(super) fn enabled<'a>(text: &'a str, reading: &mut Reading<'_, 'a>) -> bool {
    let licensing = &mut reading.record.licensing;
    if let Some(word) = text.strip_prefix("Smart Licensing is ") {
        return set_switch(&mut licensing.smart_licensing_enabled, word.trim());
    } else if let Some(word) = text.strip_prefix("License Reservation is ") {
        return set_switch(&mut licensing.reservation.enabled, word.trim());
    } else if let Some(version) = text.strip_prefix("Smart Agent for Licensing:") {
        licensing.agent_version = stated(version).map(Into::into);
    } else {
        return text.starts_with("Component Versions:");
    }
    true
}

pub(super) fn utility<'a>(section: &mut Section<'_, 'a>, reading: &mut Reading<'_, 'a>) {
    while let Some(line) = section.next() {
        match pair(line.trimmed()) {
            Some(("Status", value)) if set_switch(&mut reading.record.licensing.utility_enabled, value) => {}
            // What a utility customer has to fill in, and when it was last reported.
            Some((
                "Customer Information"
                | "Id"
                | "Name"
                | "Street"
                | "City"
                | "State"
                | "Country"
                | "Postal Code"
                | "Utility report"
                | "Last success"
                | "Last attempt"
                | "Next attempt"
                | "Failure reason",
                _,
            )) => {}
            _ => section.unclaimed(line),
        }
    }
}

pub(super) fn using_policy<'a>(section: &mut Section<'_, 'a>, reading: &mut Reading<'_, 'a>) {
    while let Some(line) = section.next() {
        match pair(line.trimmed()) {
            Some(("Status", value)) if switch(value).is_some() => {
                reading.evidence.policy |= switch(value) == Some(true);
            }
            Some(("Reporting Mode", _)) => {}
            _ => section.unclaimed(line),
        }
    }
}

pub(super) fn account<'a>(section: &mut Section<'_, 'a>, reading: &mut Reading<'_, 'a>) {
    reading.evidence.policy = true;
    while let Some(line) = section.next() {
        let licensing = &mut reading.record.licensing;
        match pair(line.trimmed()) {
            Some(("Smart Account", value)) => smart_account(value, licensing),
            Some(("Virtual Account", value)) => licensing.virtual_account = stated(value).map(Into::into),
            _ => section.unclaimed(line),
        }
    }
}

/// `Harbour Logistics As of Jan 10 20:31:32 2022 UTC`: the name may itself hold any words.
pub(super) fn smart_account<'a>(value: &'a str, licensing: &mut Licensing<'a>) {
    let (name, as_of) = match value.rsplit_once(" As of ") {
        Some((name, as_of)) => (name, timestamp(as_of)),
        None => (value, None),
    };
    licensing.smart_account = stated(name).map(Into::into);
    licensing.account_as_of = as_of;
}

pub(super) fn privacy<'a>(section: &mut Section<'_, 'a>, reading: &mut Reading<'_, 'a>) {
    while let Some(line) = section.next() {
        let privacy = &mut reading.record.licensing.privacy;
        let known = match pair(line.trimmed()) {
            Some(("Sending Hostname", value)) => set_switch(&mut privacy.hostname_sent, value),
            Some(("Callhome hostname privacy" | "Callhome Hostname Privacy", value)) => {
                set_switch(&mut privacy.callhome_hostname_privacy, value)
            }
            Some(("Smart Licensing hostname privacy" | "Smart Licensing Hostname Privacy", value)) => {
                set_switch(&mut privacy.smart_licensing_hostname_privacy, value)
            }
            Some(("Version privacy" | "Version Privacy", value)) => {
                set_switch(&mut privacy.version_privacy, value)
            }
            _ => false,
        };
        if !known {
            section.unclaimed(line);
        }
    }
}

pub(super) fn transport<'a>(section: &mut Section<'_, 'a>, reading: &mut Reading<'_, 'a>) {
    // The proxy's lines come after it and before the next key of the transport itself.
    let mut in_proxy = false;
    while let Some(line) = section.next() {
        let transport = &mut reading.record.licensing.transport;
        match pair(line.trimmed()) {
            Some(("Type", value)) => {
                let kind = wording::transport(value);
                transport.kind = stated(value).map(|_| kind);
                transport.kind_text = (kind == TransportType::Other).then(|| value.into());
            }
            Some(("URL" | "Registration URL", value)) => transport.url = stated(value).map(Into::into),
            Some(("Cslu address" | "CSLU address", value)) => {
                transport.cslu_address = stated(value).map(Into::into);
            }
            Some(("Proxy", _)) => in_proxy = true,
            Some(("Address", value)) if in_proxy => transport.proxy_address = stated(value).map(Into::into),
            Some(("Port", value)) if in_proxy => {
                transport.proxy_port = leading_number(value).and_then(|port| u16::try_from(port).ok());
            }
            Some(("VRF", value)) => {
                in_proxy = false;
                transport.vrf = stated(value).map(Into::into);
            }
            Some((
                "Username" | "Password" | "Server Identity Check" | "IP Mode" | "Trust Point" | "Utility URL",
                _,
            )) => {}
            None if line.trimmed() == "Not Configured" => {}
            _ => section.unclaimed(line),
        }
    }
}

/// Telemetry and Product Analytics: what Cisco learns beside licences. Nothing of it is in the record.
pub(super) fn telemetry(section: &mut Section<'_, '_>) {
    while let Some(line) = section.next() {
        let known = pair(line.trimmed()).is_some_and(|(key, _)| {
            key.starts_with("Total current ")
                || matches!(
                    key,
                    "Data Channel"
                        | "Device Telemetry"
                        | "Reports on disk"
                        | "Product Analytics"
                        | "Not Available Reason"
                )
        });
        if !known {
            section.unclaimed(line);
        }
    }
}

pub(super) fn miscellaneous<'a>(section: &mut Section<'_, 'a>, reading: &mut Reading<'_, 'a>) {
    while let Some(line) = section.next() {
        match pair(line.trimmed()) {
            Some(("Custom Id" | "Custom ID", value)) => {
                reading.record.licensing.custom_id = stated(value).map(Into::into);
            }
            _ => section.unclaimed(line),
        }
    }
}
