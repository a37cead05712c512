//! Simulated Cisco devices on loopback: thousands in one process, each with its own address, host key and faults; and
//! the [`collector`] that an agent delivers to.
//!
//! A [`Personality`] holds what a device says (its captures), [`Manners`] how it says it, a [`Fault`] what goes wrong.
//! A [`Fleet`] serves them over SSH: the command line, and NETCONF where the personality has it. What clients do is
//! counted in a [`Tally`], so that a test can say "one login attempt, only read commands".
//!
//! ```no_run
//! use licwatch_simulator::{Device, Fault, Fleet, Kind, Personality, Stage};
//!
//! # async fn example() -> Result<(), licwatch_simulator::StartError> {
//! let fleet = Fleet::builder()
//!     .device(Device::new(Personality::of(Kind::C9300Stack)))
//!     .device(Device::new(Personality::of(Kind::IsrG2).variant(7)).fault(Fault::Silence(Stage::Greeting)))
//!     .start()
//!     .await?;
//! for device in fleet.devices() {
//!     println!("{} {} {}", device.address(), device.hostname(), device.credentials().user());
//! }
//! fleet.stop().await;
//! # Ok(())
//! # }
//! ```

#![deny(missing_docs)]

mod cli;
mod clock;
pub mod collector;
mod credentials;
mod device;
mod fault;
mod fleet;
mod host_key;
mod live;
mod manners;
mod netconf;
mod personality;
mod ssh;
mod tally;

pub use clock::Clock;
pub use credentials::Credentials;
pub use device::Device;
pub use fault::{Fault, Limits, Stage};
pub use fleet::{Builder, Fleet, StartError};
pub use host_key::Seed;
pub use live::LiveDevice;
pub use manners::{Base, LoginMethod, Manners, Syslog};
pub use personality::{FolderError, Kind, Personality};
pub use tally::Tally;
