//! What Cisco devices say about their licences, as one normalized record.
//!
//! Bytes come in, a [`record::DeviceRecord`] that borrows from them goes out. There is no input or output here,
//! no clock and no runtime; nothing a device can send makes these parsers panic or take more than linear time.
//!
//! ```
//! use licwatch_parsers::{Hints, parse, text::Cleaned};
//!
//! let capture = Cleaned::new(b"edge-7#show license udi\nUDI: PID:C9300-24UX,SN:FOC0000X0AA\n\nedge-7#");
//! let record = parse(&capture, Hints::default());
//! assert_eq!(record.device.hostname.as_deref(), Some("edge-7"));
//! assert_eq!(record.device.serial_number.as_deref(), Some("FOC0000X0AA"));
//! ```

#![deny(missing_docs)]

pub mod aireos;
pub mod asa;
mod command;
mod diagnose;
pub mod exchange;
mod grammar;
pub mod ios;
pub mod ios_xr;
mod neighbors;
pub mod netconf;
pub mod nx_os;
pub mod recognize;
pub mod record;
pub mod smart_agent;
pub mod text;
mod wording;

pub use command::Command;
pub use grammar::{Hints, parse};
