//! licwatch: the licence agent for Cisco networks that are closed to the internet.
//!
//! Data flows one way: `cli` → `poll` → `collect` → `transport` → parsers → record → `deliver`.
//! `config`, `inventory` and `credentials` are leaves that all may use. The clock, randomness and the network
//! come in at `main.rs` and `transport`; nothing else reads them from the environment.

pub mod capture;
pub mod cli;
pub mod collect;
pub mod config;
pub mod credentials;
pub mod deliver;
pub mod inventory;
pub mod poll;
pub mod recording;
pub mod scrub;
pub mod transport;
