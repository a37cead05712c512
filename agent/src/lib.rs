//! licwatch: the licence agent for Cisco networks that are closed to the internet.
//!
//! Data flows one way: `cli` → `poll` → `collect` → `transport` → parsers → record → `deliver`.
//! `config`, `inventory`, `credentials` and `observation` (what a poll saw) are leaves that all may use. The clock,
//! randomness and the network come in at `main.rs` and `transport`; nothing else reads them from the environment.

pub mod brakes;
mod braking;
pub mod capture;
pub mod changes;
pub mod cli;
pub mod clock;
pub mod collect;
pub mod config;
pub mod credentials;
pub mod daemon;
pub mod deliver;
pub mod events;
mod hex;
pub mod ingest;
pub mod inventory;
pub mod journal;
pub mod observation;
mod plain_name;
pub mod poll;
pub mod recording;
pub mod scrub;
pub mod store;
pub mod transport;
