//! Handing records and events on: at least once, in order, and never dropped in silence.
//!
//! # Promises
//!
//! * Every sink has a worker of its own: none waits for another.
//! * The lines of a sink go out in the order in which they were collected. A line that was refused for good lies among
//!   the dead letters with the reason; what an operator puts back from there goes to the end.
//! * A batch is begun in the store before it is sent. Whatever cuts it short, the same lines go out again under the same
//!   key, so that a receiver can tell a repeat. Only the bytes that an operator discards are never sent.
//! * A failure is tried again, first soon, then ever more seldom; one that lasts is told, and so is its end.
//! * When more waits for a sink, or was refused by it, than may be kept, nothing is thrown away: polling stops
//!   ([`crate::brakes::Brake::Outbox`]), or the sink does.

mod backoff;
mod batch;
mod delivery;
mod destination;
pub mod file_drop;
pub mod http;
pub mod metrics;
mod pressure;
pub mod sink;
pub mod stdout;
pub mod syslog;
pub(crate) mod tls;
mod worker;

pub use delivery::Delivery;
pub use destination::{Destination, Pace};
pub use sink::{Batch, Receipt, Refusal, Sink};
