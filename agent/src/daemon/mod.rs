//! The daemon: polls by schedule, delivers, and can be left alone.

pub mod brakes;
mod braking;
pub mod clock_watch;
pub mod disk;
pub mod listen;
pub mod lock;
pub mod log_limit;
pub mod notify;
pub mod pulse;
pub mod reload;
pub mod signals;

/// A device that shall be polled before its time, and why.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Early {
    /// The device's name in the inventory.
    pub device: String,
    /// What was heard of it, for people.
    pub reason: String,
}
