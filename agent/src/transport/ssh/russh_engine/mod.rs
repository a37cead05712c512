//! The default engine, on russh: async, pure Rust, about 0.7 ms of CPU for a whole poll.

mod channel;
mod client;
mod handshake;
mod jump;
mod login;

use std::sync::Arc;

use russh::Disconnect;
use russh::client::Handle;
use tokio_util::sync::DropGuard;

use super::known_hosts::fingerprint;
use super::limits::within;
use super::{BoxFuture, Connection, Engine, Facts, GatedLogin, Limits, OfferedKey, Stream, Target, auth};
use crate::transport::{Failure, Kind, Stage};
use channel::Purpose;
use client::{Client, Shared};
use handshake::{Session, Shaken, shake};

/// SSH by russh.
#[derive(Clone, Copy, Debug, Default)]
pub struct RusshEngine;

impl Engine for RusshEngine {
    fn connect<'a>(
        &'a self,
        target: &'a Target,
        limits: &'a Limits,
    ) -> BoxFuture<'a, Result<Box<dyn Connection>, Failure>> {
        Box::pin(async move {
            let connection = RusshConnection::open(target, limits).await?;
            Ok(Box::new(connection) as Box<dyn Connection>)
        })
    }

    fn scan<'a>(
        &'a self,
        target: &'a Target,
        limits: &'a Limits,
    ) -> BoxFuture<'a, Result<OfferedKey, Failure>> {
        Box::pin(async move {
            match shake(target, limits, true).await? {
                Shaken::Scanned(key) => {
                    Ok(OfferedKey { name: target.host_name(), fingerprint: fingerprint(&key), key: *key })
                }
                Shaken::Session(_) => Err(unexpected(target)),
            }
        })
    }
}

fn unexpected(target: &Target) -> Failure {
    let text = format!("{target} ended the key exchange without showing a host key, or after it was refused");
    Failure::new(Stage::Handshake, Kind::Protocol, text, "report the device's software version")
}

/// A session that is logged in.
pub(super) struct RusshConnection {
    // Fields are dropped in this order: first the device, then the way to it.
    cut: DropGuard,
    handle: Handle<Client>,
    shared: Arc<Shared>,
    facts: Facts,
    limits: Limits,
    login: GatedLogin,
    jump: Option<Box<RusshConnection>>,
}

impl RusshConnection {
    /// Boxed, because a jump host is opened in the same way.
    fn open<'a>(target: &'a Target, limits: &'a Limits) -> BoxFuture<'a, Result<Self, Failure>> {
        Box::pin(Self::log_in(target, limits))
    }

    async fn log_in(target: &Target, limits: &Limits) -> Result<Self, Failure> {
        let credentials =
            within(limits.login, auth::prepare(&target.auth)).await.unwrap_or_else(|limit| {
                let text = format!("the credential for {target} could not be read within {limit:?}");
                Err(auth::unavailable(text, "check the SSH agent, and the file system of the key file"))
            })?;
        let mut session = match shake(target, limits, false).await? {
            Shaken::Session(session) => *session,
            Shaken::Scanned(_) => return Err(unexpected(target)),
        };
        let (way, login) = login::log_in(&mut session, target, limits, credentials).await?;
        let Session { handle, shared, cut, jump } = session;
        let mut facts = shared.facts().clone();
        facts.login = Some(way);
        tracing::debug!(
            %target, login = %way, kex = facts.key_exchange, cipher = facts.cipher, version = facts.server_version,
            "Logged in."
        );
        Ok(Self { cut, handle, shared, facts, limits: limits.clone(), login, jump })
    }

    async fn channel(&mut self, purpose: Purpose<'_>) -> Result<Box<dyn Stream>, Failure> {
        match within(self.limits.channel, channel::open(&self.handle, &self.shared, purpose)).await {
            Ok(link) => Ok(Box::new(link?)),
            Err(limit) => {
                let what = match purpose {
                    Purpose::Shell => "a shell",
                    Purpose::Subsystem(name) => name,
                };
                Err(Failure::new(
                    purpose.stage(),
                    Kind::Timeout,
                    format!("the device did not open {what} within {limit:?}"),
                    "the device may be too busy; see `show processes cpu`, or raise `login` in [poll.limits]",
                ))
            }
        }
    }

    fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    fn end(mut self) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            // Leaving without a goodbye is no harm: the wire is cut in any case.
            let _ = within(self.limits.close, async {
                if self.handle.disconnect(Disconnect::ByApplication, "done", "").await.is_ok() {
                    let _ = (&mut self.handle).await;
                }
            })
            .await;
            drop(self.cut);
            if let Some(jump) = self.jump {
                jump.end().await;
            }
        })
    }
}

impl Connection for RusshConnection {
    fn shell(&mut self) -> BoxFuture<'_, Result<Box<dyn Stream>, Failure>> {
        Box::pin(self.channel(Purpose::Shell))
    }

    fn subsystem<'a>(&'a mut self, name: &'a str) -> BoxFuture<'a, Result<Box<dyn Stream>, Failure>> {
        Box::pin(self.channel(Purpose::Subsystem(name)))
    }

    fn facts(&self) -> &Facts {
        &self.facts
    }

    fn take_login(&mut self) -> GatedLogin {
        std::mem::take(&mut self.login)
    }

    fn close(self: Box<Self>) -> BoxFuture<'static, ()> {
        self.end()
    }
}
