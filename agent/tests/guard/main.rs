//! The login guard, as devices and operators meet it: polls of simulated devices over a real store. How often, how
//! fast and when they saw a credential is in their tallies.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

mod refusals;
mod releases;
mod turns;
mod ways;
mod yard;
