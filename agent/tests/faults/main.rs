//! Every fault that the simulator knows, by every way to a device, as an operator meets it: a faulty device is polled
//! beside two that are well. What is told of it, what it costs, and that the others do not notice.
//!
//! `matrix.rs` is the documentation: one row for each fault.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

mod bounds;
mod fallback;
mod matrix;
mod visit;
