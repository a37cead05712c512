//! A collector, by HTTP.

mod settings;

pub use settings::{HttpSettings, check_url, is_open_to_listeners};
