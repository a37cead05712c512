//! How bytes get from a device to us: SSH engines, the CLI session, the NETCONF session.

pub mod cli;
mod failure;
pub mod netconf;
pub mod ssh;
mod transcript;

pub use failure::{Failure, Kind, Stage};
pub use transcript::{Direction, Transcript};
