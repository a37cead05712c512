//! Unique Device Identifiers: the lone line, the HA list, and the rows that name a member elsewhere.
//!
//! ```text
//! UDI: PID:C9300-24UX,SN:FOC2411X0A1
//!
//! HA UDI List:
//!     Active:PID:C9300-24UX,SN:FOC2411X0A1
//!     Standby:PID:C9300-48T,SN:FOC2411X0B2
//! ```
//! Capture: `testdata/captures/ios-xe/show_license_udi/c9300-stack.txt`

use std::borrow::Cow;
use std::collections::BTreeSet;

use nom::branch::alt;
use nom::bytes::complete::{is_not, tag, take_while1};
use nom::character::complete::{alpha1, char, space0};
use nom::combinator::{opt, recognize};
use nom::sequence::preceded;
use nom::{IResult, Parser};

use super::Reading;
use crate::record::{DeviceRecord, Text, Udi, stated};

/// Reads the lines of a UDI list into `device.udis`.
pub(super) fn read<'a>(text: &'a str, reading: &mut Reading<'_, 'a>) -> bool {
    let udis = &mut reading.record.device.udis;
    if text == "HA UDI List:" {
        return true;
    }
    let found = lone(text).or_else(|| member(text));
    let known = found.is_some();
    udis.extend(found);
    known
}

/// `UDI: PID:C9300-24UX,SN:FOC2411X0A1`; agents of IOS XR may leave the PID out, `UDI: SN:FOC2411X0A1,UUID:default`.
pub(super) fn lone(text: &str) -> Option<Udi<'_>> {
    let (pid, serial_number) = own(text)?;
    Some(Udi { role: None, pid: pid.and_then(known), serial_number: serial_number.and_then(known) })
}

/// The PID of the lone line.
pub(super) fn lone_pid(text: &str) -> Option<&str> {
    own(text)?.0.and_then(stated)
}

fn own(text: &str) -> Option<(Option<&str>, Option<&str>)> {
    let with_pid = pid_and_serial.map(|(pid, serial)| (Some(pid), serial));
    let without = preceded(tag("SN:"), is_not(", ")).map(|serial| (None, Some(serial)));
    preceded((tag("UDI:"), space0), alt((with_pid, without))).parse(text).ok().map(|(_, own)| own)
}

/// `Active:PID:C9300-24UX,SN:FOC2411X0A1`, with or without a blank after the role.
pub(super) fn member(text: &str) -> Option<Udi<'_>> {
    let (_, (role, _, _, (pid, serial_number))) =
        (recognize(alpha1), char(':'), space0, pid_and_serial).parse(text).ok()?;
    Some(Udi { role: Some(lower_case(role)), pid: known(pid), serial_number: serial_number.and_then(known) })
}

/// `PID:C9300-24UX,SN:FOC2411X0A1`. PIDs hold `/`, `+` and `-`; a serial number may end in `-`.
fn pid_and_serial(input: &str) -> IResult<&str, (&str, Option<&str>)> {
    let serial = preceded(tag(",SN:"), opt(take_while1(|c: char| !c.is_whitespace() && c != ',')));
    let (input, (pid, serial)) = (preceded(tag("PID:"), is_not(",")), opt(serial)).parse(input)?;
    Ok((input, (pid, serial.flatten())))
}

/// What the record says once every section is read: the device itself is its active or first UDI.
pub(super) fn conclude<'a>(record: &mut DeviceRecord<'a>) {
    let device = &mut record.device;
    if device.udis.is_empty() {
        let licensing = &record.licensing;
        let trusted = licensing.trust_codes.iter().map(|code| (&code.role, &code.pid, &code.serial_number));
        let authorized = licensing.device_authorizations.iter();
        let authorized = authorized.map(|code| (&code.role, &code.pid, &code.serial_number));
        for (role, pid, serial_number) in trusted.chain(authorized) {
            if pid.is_some() {
                let (role, pid, serial_number) = (role.clone(), pid.clone(), serial_number.clone());
                device.udis.push(Udi { role, pid, serial_number });
            }
        }
    }
    // The HA list repeats the lone UDI with a role, and one section the members of another.
    let has_members = device.udis.iter().any(|udi| udi.role.is_some());
    let mut seen = BTreeSet::new();
    device.udis.retain(|udi| (udi.role.is_some() || !has_members) && seen.insert(udi.clone()));

    let active = |udi: &&Udi<'_>| udi.role.as_deref() == Some("active");
    if let Some(udi) = device.udis.iter().find(active).or_else(|| device.udis.first()) {
        device.model = udi.pid.clone();
        device.serial_number = udi.serial_number.clone();
    }
}

fn known(text: &str) -> Option<Text<'_>> {
    stated(text).map(Into::into)
}

/// The role in lower case, without a copy for the roles that the agent prints.
fn lower_case(role: &str) -> Text<'_> {
    match role {
        "Active" => Cow::Borrowed("active"),
        "Standby" => Cow::Borrowed("standby"),
        "Member" => Cow::Borrowed("member"),
        other => Cow::Owned(other.to_ascii_lowercase()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pids_and_serials_keep_their_punctuation() {
        let udi = lone("UDI: PID:ISR4331/K9,SN:FDO2118X47E-").unwrap();
        assert_eq!(
            (udi.pid.as_deref(), udi.serial_number.as_deref()),
            (Some("ISR4331/K9"), Some("FDO2118X47E-"))
        );
        let udi = lone("UDI: SN:FOC2214R0K3,UUID:default").unwrap();
        assert_eq!((udi.pid, udi.serial_number.as_deref()), (None, Some("FOC2214R0K3")));
        let udi = member("Member: PID:C9300-24T,SN:").unwrap();
        assert_eq!((udi.role.as_deref(), udi.serial_number), (Some("member"), None));
        assert_eq!(member("Status: NOT INSTALLED"), None);
    }
}
