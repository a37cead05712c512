//! Delivery, as a receiver and an operator meet it: what comes over, what comes again, what is told, and what is left
//! when something fails.
//!
//! `queue.rs` has sinks of its own and, where hours pass, a clock that moves when the test says so; `collector.rs` and
//! `tls.rs` deliver by HTTP to the simulated collector.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod acts;
mod brake;
mod collector;
mod drain;
mod queue;
mod refusals;
mod site;
mod tls;
