//! A device that another one sees on its links: what CDP or LLDP told of it.
//!
//! A neighbour says this of itself, unauthenticated: anybody on the link can say anything. It is good for finding
//! devices that nobody listed, and proof of nothing.

use serde::Serialize;

use super::absent;
use super::value::Text;
use super::words::{Capability, NeighborProtocol};

/// One neighbour on one link. A field that it did not advertise is absent.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Neighbor<'a> {
    /// Which protocol it was seen by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protocol: Option<NeighborProtocol>,
    /// The name that it goes by: CDP's device ID without the serial number, LLDP's system name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_id: Option<Text<'a>>,
    /// The host name beside a CDP device ID, as NX-OS and IOS XR have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system_name: Option<Text<'a>>,
    /// LLDP's chassis ID, most often a MAC address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chassis_id: Option<Text<'a>>,
    /// The serial number, which NX-OS puts behind its name and LLDP-MED endpoints advertise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub serial_number: Option<Text<'a>>,
    /// Addresses for management, in the order printed.
    #[serde(skip_serializing_if = "absent")]
    pub management_addresses: Vec<Text<'a>>,
    /// Addresses of the interface that it was seen on.
    #[serde(skip_serializing_if = "absent")]
    pub addresses: Vec<Text<'a>>,
    /// The hardware, without a leading `cisco`: `C9407R`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<Text<'a>>,
    /// The first line of its software's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub software: Option<Text<'a>>,
    /// The version in these words alone: `17.9.5`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub software_version: Option<Text<'a>>,
    /// What it does.
    #[serde(skip_serializing_if = "absent")]
    pub capabilities: Vec<Capability>,
    /// The same in the device's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capabilities_text: Option<Text<'a>>,
    /// The interface of the device that sees it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local_interface: Option<Text<'a>>,
    /// The neighbour's own interface.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remote_interface: Option<Text<'a>>,
}
