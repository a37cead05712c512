//! Secrets, by reference.
