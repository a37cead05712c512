//! The CLI session.
