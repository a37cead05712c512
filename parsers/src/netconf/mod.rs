//! NETCONF without input or output: framing, hello, requests, replies, and YANG data read into the record.
//!
//! The session owns the connection; everything here is bytes to values. Namespaces are told by URI, whatever
//! the prefix. A document type is refused and no entity is expanded but the five of XML and character
//! references, so that no reply can grow in memory; depth, namespace declarations and message size are capped.
//!
//! * [`Deframer`], [`frame`]: RFC 6242, end-of-message and chunked framing
//! * [`Hello`], [`client_hello`]: RFC 6241 §8.1
//! * [`licensing_filter`], [`get`], [`close_session`], [`Reply`]: what is asked, and what kind of answer came
//! * [`parse`]: the answer's data as a [`DeviceRecord`](crate::record::DeviceRecord)
//! * [`Request`], [`server_hello`]: the other side, for the simulator

mod data;
mod facts;
mod filter;
mod framing;
mod hardware;
mod hello;
mod licensing;
mod reply;
mod request;
mod xml;

pub(crate) use data::parse_capture;
pub use data::{parse, speaks};
pub use filter::{Filter, close_session, get, licensing_filter};
pub use framing::{Deframer, Framing, FramingError, MESSAGE_CAP, frame};
pub use hello::{Hello, Module, client_hello, server_hello};
pub use reply::{ErrorSeverity, Outcome, Reply, RpcError};
pub use request::{Operation, Request};
pub(crate) use xml::{Broken, Step, Tag, Walk};
pub use xml::{Fault, MessageError, XmlError};

/// The namespace of the NETCONF protocol, both base versions.
pub const BASE: &str = "urn:ietf:params:xml:ns:netconf:base:1.0";
/// The namespace of `cisco-smart-license`.
pub const SMART_LICENSE: &str = "http://cisco.com/ns/yang/cisco-smart-license";
/// The namespace of `Cisco-IOS-XE-device-hardware-oper`.
pub const DEVICE_HARDWARE: &str = "http://cisco.com/ns/yang/Cisco-IOS-XE-device-hardware-oper";
