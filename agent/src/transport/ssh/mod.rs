//! SSH to a device: connect, check its key, log in once, open a shell or a subsystem, and always let go again.
//!
//! An [`Engine`] does it; [`RusshEngine`] is the default one. Every stage has a limit of its own ([`Limits`]), ends
//! in a [`Failure`] that names the stage, and leaves no session behind when it is dropped half way.
//!
//! ```text
//! Target ──► Engine::connect ──► Connection ──► shell() / subsystem("netconf") ──► Stream
//!            resolve · connect · (jump) · handshake · host key · gate · login
//! ```

mod algorithms;
mod auth;
mod dial;
mod facts;
mod gate;
mod host_keys;
pub mod known_hosts;
mod limits;
mod peer_text;
mod russh_engine;
mod target;
mod wire;

use std::pin::Pin;

use tokio::io::{AsyncRead, AsyncWrite};

use super::Failure;

pub use auth::{Auth, KeyFile, Method};
pub use facts::{Facts, Login};
pub use gate::{Gated, GatedLogin, LoginGate, LoginIdentity, Permit};
pub use host_keys::{HostKeys, Policy};
pub use limits::Limits;
pub use russh_engine::RusshEngine;
pub use target::Target;

/// A future that a trait object can return.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Something that speaks SSH.
pub trait Engine: Send + Sync {
    /// Connects and logs in. At most one login is tried, each credential when the target's gate admits it; a refusal is final.
    fn connect<'a>(
        &'a self,
        target: &'a Target,
        limits: &'a Limits,
    ) -> BoxFuture<'a, Result<Box<dyn Connection>, Failure>>;

    /// Connects just far enough to learn the device's host key. Nobody is logged in on the device itself (on its
    /// jump host, yes), and the key is not checked against anything.
    fn scan<'a>(
        &'a self,
        target: &'a Target,
        limits: &'a Limits,
    ) -> BoxFuture<'a, Result<OfferedKey, Failure>>;
}

/// A session with a device. Dropping it cuts the connection; [`Connection::close`] says goodbye first. The streams
/// that it opened end with it.
pub trait Connection: Send {
    /// Opens a shell on a `vt100` terminal of 511 columns.
    fn shell(&mut self) -> BoxFuture<'_, Result<Box<dyn Stream>, Failure>>;

    /// Opens a subsystem, such as `netconf`.
    fn subsystem<'a>(&'a mut self, name: &'a str) -> BoxFuture<'a, Result<Box<dyn Stream>, Failure>>;

    /// What was learned about the device and agreed with it.
    fn facts(&self) -> &Facts;

    /// The login at its gate, where it goes on in the session ([`Gated::goes_on`]), or has shown nothing so far. Whoever
    /// opened the connection takes it, asks there before each credential, and tells what became of the login.
    fn take_login(&mut self) -> GatedLogin {
        GatedLogin::default()
    }

    /// Ends the session and waits a little for the device to see it. Drop its streams first.
    fn close(self: Box<Self>) -> BoxFuture<'static, ()>;
}

/// Bytes to and from a device. Reading ends when the device closes the channel, and fails when the connection
/// breaks.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// The host key that a device showed.
#[derive(Clone, Debug)]
pub struct OfferedKey {
    /// How `known_hosts` names the device.
    pub name: known_hosts::HostName,
    /// Its key.
    pub key: russh::keys::PublicKey,
    /// Its key's fingerprint, such as `SHA256:xrSr7hGVf1trlNmcniT3BPIl262OouxFF7Rfem7oYNE`.
    pub fingerprint: String,
}
