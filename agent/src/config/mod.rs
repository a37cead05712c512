//! licwatch.toml.
