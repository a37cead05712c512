//! What went over a stream, for people who look for a fault.

/// Which way bytes went.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Direction {
    /// From us to the device.
    Sent,
    /// From the device to us.
    Received,
}

/// Receives what goes over a stream, with secrets replaced.
pub type Transcript = Box<dyn FnMut(Direction, &[u8]) + Send>;
