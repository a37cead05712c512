//! NETCONF without input or output: framing, hello, requests, replies, and YANG data read into the record.
//!
//! The session owns the connection; everything here is bytes to values. Namespaces are told by URI, whatever
//! the prefix. A document type is refused and no entity is expanded but the five of XML and character
//! references, so that no reply can grow in memory; depth, namespace declarations and message size are capped.
//! The same data in JSON, as RESTCONF answers it (RFC 7951), goes through the same grammars.
//!
//! * [`Deframer`], [`frame`]: RFC 6242, end-of-message and chunked framing
//! * [`Hello`], [`client_hello`]: RFC 6241 §8.1; [`Hello::add_library`] where it lists no modules
//! * [`licensing_filter`], [`hardware_filter`], [`library_filter`], [`get`], [`close_session`], [`Reply`]: what is
//!   asked, and what kind of answer came
//! * [`parse`]: the answer's data as a [`DeviceRecord`](crate::record::DeviceRecord)
//! * [`Request`], [`server_hello`]: the other side, for the simulator
//!
//! | model | what it tells | grammar |
//! |---|---|---|
//! | `cisco-smart-license`, every revision | IOS XE: the whole Smart Agent | `licensing`, judged in `facts` |
//! | `Cisco-IOS-XR-infra-smartlicense-oper` | IOS XR: the Smart Agent without policy, trust codes and reports | the same |
//! | `Cisco-IOS-XR-smart-license-platform-oper` | IOS XR: what the platform counts, SIA | `platform` |
//! | `Cisco-IOS-XE-device-hardware-oper` | IOS XE: parts, software, clock | `hardware` |
//! | `openconfig-platform`, `openconfig-system` | parts and software; host name and clock | `openconfig` |
//!
//! NX-OS has no model of licences and ASA no NETCONF: there the command line alone tells them.

mod data;
mod facts;
mod fault;
mod filter;
mod framing;
mod hardware;
mod hello;
mod json;
mod library;
mod licensing;
mod namespace;
mod openconfig;
mod platform;
mod reply;
mod request;
mod walk;
mod xml;

pub use data::{parse, speaks};
pub(crate) use data::{parse_capture, platform_of};
pub use fault::{Fault, MessageError, XmlError};
pub use filter::{Filter, close_session, get, hardware_filter, library_filter, licensing_filter};
pub use framing::{Deframer, Framing, FramingError, MESSAGE_CAP, frame};
pub use hello::{Hello, Module, client_hello, server_hello};
pub use reply::{ErrorSeverity, Outcome, Reply, RpcError};
pub use request::{Operation, Request};

/// The namespace of the NETCONF protocol, both base versions.
pub const BASE: &str = "urn:ietf:params:xml:ns:netconf:base:1.0";
/// The namespace of RESTCONF's own containers.
pub const RESTCONF: &str = "urn:ietf:params:xml:ns:yang:ietf-restconf";
/// The namespace of `cisco-smart-license`.
pub const SMART_LICENSE: &str = "http://cisco.com/ns/yang/cisco-smart-license";
/// The namespace of `Cisco-IOS-XE-device-hardware-oper`.
pub const DEVICE_HARDWARE: &str = "http://cisco.com/ns/yang/Cisco-IOS-XE-device-hardware-oper";
/// The namespace of `Cisco-IOS-XR-infra-smartlicense-oper`.
pub const XR_SMART_AGENT: &str = "http://cisco.com/ns/yang/Cisco-IOS-XR-infra-smartlicense-oper";
/// The namespace of `Cisco-IOS-XR-smart-license-platform-oper`.
pub const XR_PLATFORM_LICENSE: &str = "http://cisco.com/ns/yang/Cisco-IOS-XR-smart-license-platform-oper";
/// The namespace of `openconfig-platform`.
pub const OPENCONFIG_PLATFORM: &str = "http://openconfig.net/yang/platform";
/// The namespace of `openconfig-system`.
pub const OPENCONFIG_SYSTEM: &str = "http://openconfig.net/yang/system";
/// The namespace of `ietf-yang-library`.
pub const YANG_LIBRARY: &str = "urn:ietf:params:xml:ns:yang:ietf-yang-library";
