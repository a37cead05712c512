//! Unique Device Identifiers as words.
//!
//! ```text
//! P:UCM,S:cucm-1,U:0f3c5a52-7f4e-4f1c-9d0e-2b7a61c4d8e3
//! PID:C9300-24UX,SN:FOC2411X0A1
//! ```

use crate::record::{Text, Udi};

/// A device, as a licence service knows it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Identity<'a> {
    /// Product identifier and serial number.
    pub udi: Udi<'a>,
    /// What tells software apart that has no serial number.
    pub uuid: Option<Text<'a>>,
}

impl Identity<'_> {
    pub(super) fn into_owned(self) -> Identity<'static> {
        let own = |text: Option<Text<'_>>| text.map(|text| Text::Owned(text.into_owned()));
        let Udi { role, pid, serial_number } = self.udi;
        let udi = Udi { role: own(role), pid: own(pid), serial_number: own(serial_number) };
        Identity { udi, uuid: own(self.uuid) }
    }
}

/// Reads a UDI; `None` if the words are none.
pub(super) fn identity(words: &str) -> Option<Identity<'_>> {
    let words = words.trim().strip_prefix("UDI:").unwrap_or(words).trim();
    let mut found = Identity::default();
    for field in words.split(',').take(8) {
        let (name, value) = field.split_once(':')?;
        let value = Some(value.trim()).filter(|value| !value.is_empty()).map(Text::from);
        match name.trim() {
            "P" | "PID" => found.udi.pid = value,
            "S" | "SN" => found.udi.serial_number = value,
            "U" => found.uuid = value,
            // Host identifier, MAC address, version, virtual identifier.
            "H" | "M" | "V" | "VID" | "I" => {}
            _ => return None,
        }
    }
    found.udi.pid.is_some().then_some(found)
}

/// A member of a high-availability set: `Active:PID:C9500-16X,SN:FCW2233A5AA`.
pub(super) fn member(words: &str) -> Option<Udi<'_>> {
    let (role, rest) = words.split_once(':')?;
    let named = !role.is_empty() && role != "UDI" && role.bytes().all(|byte| byte.is_ascii_alphabetic());
    let udi = identity(rest.trim()).filter(|_| named && rest.trim().starts_with("PID:"))?.udi;
    Some(Udi { role: Some(role.to_ascii_lowercase().into()), ..udi })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_are_read() {
        let software = identity("P:UCM, S:cucm-1,U:0f3c-1").unwrap();
        assert_eq!(software.udi.serial_number.as_deref(), Some("cucm-1"));
        assert_eq!(software.uuid.as_deref(), Some("0f3c-1"));
        let switch = identity("UDI: PID:C9300-24UX,SN:FOC2411X0A1").unwrap();
        assert_eq!(switch.udi.pid.as_deref(), Some("C9300-24UX"));
        assert_eq!(identity("Status: OK"), None);
        assert_eq!(identity("S:FOC2411X0A1"), None);
    }

    #[test]
    fn a_member_has_a_role() {
        assert_eq!(member("Active: PID:C9500-16X,SN:FCW1").unwrap().role.as_deref(), Some("active"));
        assert_eq!(member("UDI: PID:C9500-16X,SN:FCW1"), None);
    }
}
