//! What one SSH connection asks for: a login, a channel, the shell or the NETCONF subsystem.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use russh::keys::ssh_key::PublicKey;
use russh::server::{
    Auth, ChannelOpenHandle, Handler, Msg, PublicKeyOffer, Response, Session, VerifiedPublicKey,
};
use russh::{Channel, ChannelId, Pty};

use super::{Cut, Services, Wire};
use crate::cli::{self, dialect::Dialect};
use crate::fault::{Fault, Stage};
use crate::live::Served;
use crate::manners::LoginMethod;
use crate::netconf;

/// One connection.
pub(super) struct DeviceHandler {
    served: Arc<Served>,
    cut: Cut,
    services: Services,
    /// Channels that have not asked for anything yet.
    fresh: HashMap<ChannelId, Channel<Msg>>,
    /// Requests for a channel that are never answered.
    unanswered: Vec<ChannelOpenHandle>,
}

impl DeviceHandler {
    pub(super) fn new(served: Arc<Served>, cut: Cut, services: Services) -> Self {
        Self { served, cut, services, fresh: HashMap::new(), unanswered: Vec::new() }
    }

    fn silent_at(&self, stage: Stage) -> bool {
        self.served.device.faults.silent_at(stage)
    }

    /// Holds an authentication request for good, if the device is silent there.
    async fn hold_login(&self) {
        if self.silent_at(Stage::Login) {
            self.cut.severed().await;
        }
    }

    /// Whether SSH lets everybody in because the shell asks for user and password.
    fn is_open(&self) -> bool {
        Dialect::of(self.served.device.personality.platform()).login_in_shell
    }

    /// Whether the device offers a way of logging in; russh lists what is offered but leaves the refusal to us.
    fn offers(&self, method: LoginMethod) -> bool {
        self.served.device.manners.login.contains(&method)
    }

    /// Counts an attempt and its outcome, in the device's own time.
    async fn judge(&self, correct: bool) -> Auth {
        self.served.consult().await;
        let accepted = correct && !self.served.device.faults.has(&Fault::LoginRefused);
        self.served.count(|tally| tally.login(accepted));
        if accepted { Auth::Accept } else { Auth::reject() }
    }

    fn is_authorized(&self, user: &str, key: &PublicKey) -> bool {
        user == self.served.credentials.user()
            && self.served.authorized.iter().any(|authorized| authorized.key_data() == key.key_data())
    }

    /// Runs a session on a channel until it ends or the connection is cut.
    fn run<S, F>(&self, channel: Channel<Msg>, session: S)
    where
        S: FnOnce(Arc<Served>, Wire) -> F + Send + 'static,
        F: Future<Output = Wire> + Send + 'static,
    {
        let (served, cut) = (Arc::clone(&self.served), self.cut.clone());
        let wire = Wire::new(channel, &served, cut.clone());
        self.served.tasks.spawn(async move {
            tokio::select! {
                wire = session(served, wire) => wire.close().await,
                () = cut.severed() => {}
            }
        });
    }
}

impl Handler for DeviceHandler {
    type Error = russh::Error;

    async fn authentication_banner(&mut self) -> Result<Option<String>, Self::Error> {
        let banner = self.served.device.manners.login_banner.as_ref();
        Ok(banner.map(|banner| banner.replace('\n', "\r\n")))
    }

    async fn auth_none(&mut self, _user: &str) -> Result<Auth, Self::Error> {
        if !self.is_open() {
            return Ok(Auth::reject());
        }
        self.hold_login().await;
        Ok(Auth::Accept)
    }

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth, Self::Error> {
        if self.is_open() {
            return Ok(Auth::Accept);
        }
        if !self.offers(LoginMethod::Password) {
            return Ok(Auth::reject());
        }
        self.hold_login().await;
        let credentials = &self.served.credentials;
        Ok(self.judge(user == credentials.user() && password == credentials.password()).await)
    }

    async fn auth_keyboard_interactive<'a>(
        &'a mut self,
        user: &str,
        _submethods: &str,
        response: Option<Response<'a>>,
    ) -> Result<Auth, Self::Error> {
        if self.is_open() {
            return Ok(Auth::Accept);
        }
        if !self.offers(LoginMethod::KeyboardInteractive) {
            return Ok(Auth::reject());
        }
        self.hold_login().await;
        let Some(mut response) = response else {
            return Ok(Auth::Partial {
                name: Cow::Borrowed(""),
                instructions: Cow::Borrowed(""),
                prompts: Cow::Borrowed(&[(Cow::Borrowed("Password: "), false)]),
            });
        };
        let credentials = &self.served.credentials;
        let password = response.next();
        let correct = password.is_some_and(|password| *password == *credentials.password().as_bytes());
        Ok(self.judge(correct && user == credentials.user()).await)
    }

    async fn auth_publickey_offered(
        &mut self,
        user: &str,
        offer: PublicKeyOffer<'_>,
    ) -> Result<Auth, Self::Error> {
        if !self.offers(LoginMethod::PublicKey) {
            return Ok(Auth::reject());
        }
        self.hold_login().await;
        Ok(if self.is_authorized(user, offer.public_key) { Auth::Accept } else { Auth::reject() })
    }

    async fn auth_publickey(&mut self, user: &str, key: VerifiedPublicKey<'_>) -> Result<Auth, Self::Error> {
        Ok(self.judge(self.is_authorized(user, key.public_key)).await)
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Self::Error> {
        if self.silent_at(Stage::Channel) {
            self.unanswered.push(reply);
        } else {
            self.fresh.insert(channel.id(), channel);
            reply.accept().await;
        }
        Ok(())
    }

    async fn pty_request(
        &mut self,
        channel: ChannelId,
        _term: &str,
        _columns: u32,
        _rows: u32,
        _width: u32,
        _height: u32,
        _modes: &[(Pty, u32)],
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        session.channel_success(channel)
    }

    async fn shell_request(&mut self, id: ChannelId, session: &mut Session) -> Result<(), Self::Error> {
        if self.silent_at(Stage::Open) {
            return Ok(());
        }
        let missing =
            self.services == Services::Netconf || self.served.device.faults.has(&Fault::ShellMissing);
        match self.fresh.remove(&id).filter(|_| !missing) {
            Some(channel) => {
                self.served.count(|tally| tally.shells += 1);
                session.channel_success(id)?;
                self.run(channel, cli::session);
                Ok(())
            }
            None => session.channel_failure(id),
        }
    }

    async fn exec_request(
        &mut self,
        id: ChannelId,
        _command: &[u8],
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        session.channel_failure(id)
    }

    async fn subsystem_request(
        &mut self,
        id: ChannelId,
        name: &str,
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        if self.silent_at(Stage::Open) {
            return Ok(());
        }
        let device = &self.served.device;
        let missing = name != "netconf"
            || self.services == Services::Shell
            || !device.personality.has_netconf()
            || device.faults.has(&Fault::SubsystemMissing);
        match self.fresh.remove(&id).filter(|_| !missing) {
            Some(channel) => {
                self.served.count(|tally| tally.netconf_sessions += 1);
                session.channel_success(id)?;
                self.run(channel, netconf::session);
                Ok(())
            }
            None => session.channel_failure(id),
        }
    }

    async fn channel_close(&mut self, id: ChannelId, _session: &mut Session) -> Result<(), Self::Error> {
        self.fresh.remove(&id);
        Ok(())
    }
}
