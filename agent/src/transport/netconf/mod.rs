//! The NETCONF session: a stream with framing, requests and limits. What the messages mean is the parsers' part.

mod failures;
mod limits;
mod session;
mod stream;
#[cfg(test)]
mod tests;

pub use limits::{NetconfLimits, NetconfOptions};
pub use session::{NetconfSession, Received};
