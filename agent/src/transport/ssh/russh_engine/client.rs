//! What russh calls back: the host key, the outcome of the key exchange, the banner, the end.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use russh::client::{ChannelOpenHandle, DisconnectReason, Handler, Msg, Session};
use russh::keys::{PublicKey, PublicKeyOrCertificate};
use russh::{Channel, Names, cipher};

use super::super::known_hosts::{HostName, KnownHosts, fingerprint};
use super::super::{Facts, HostKeys, peer_text};
use crate::transport::{Failure, Kind, Stage};

/// As much of a banner as is kept.
const LONGEST_BANNER: usize = 4096;

/// Our side of one session.
pub(super) struct Client {
    pub(super) name: HostName,
    pub(super) host_keys: Arc<HostKeys>,
    pub(super) known: Arc<KnownHosts>,
    /// Whether the host key is all that is wanted.
    pub(super) scan: bool,
    pub(super) shared: Arc<Shared>,
}

/// What the session's task leaves for us.
#[derive(Default)]
pub(super) struct Shared {
    facts: Mutex<Facts>,
    offered: Mutex<Option<PublicKey>>,
    end: Mutex<Option<End>>,
}

/// Why a session ended.
#[derive(Clone, Debug)]
pub(super) enum End {
    /// The device said goodbye: code and text.
    Said(u32, String),
    /// The device takes no further login method.
    NoMethodLeft,
    /// The connection broke, or what came over it was wrong.
    Broke(String),
}

impl Shared {
    pub(super) fn facts(&self) -> MutexGuard<'_, Facts> {
        self.facts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn offered(&self) -> Option<PublicKey> {
        self.offered.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    pub(super) fn end(&self) -> Option<End> {
        self.end.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How the session ended, to be read after "the connection".
    pub(super) fn end_text(&self) -> String {
        match self.end() {
            Some(End::Said(_, text)) if text.is_empty() => "was ended by the peer".to_owned(),
            Some(End::Said(_, text)) => format!("was ended by the peer, which said \"{text}\""),
            Some(End::Broke(text)) => format!("broke: {text}"),
            Some(End::NoMethodLeft) | None => "was closed by the peer".to_owned(),
        }
    }
}

/// What ends a session from our side of the callbacks.
#[derive(Debug)]
pub(super) enum Break {
    /// russh gave up.
    Ssh(russh::Error),
    /// The host key is refused.
    Verdict(Box<Failure>),
    /// The host key is known now, which was all.
    Scanned,
}

impl From<russh::Error> for Break {
    fn from(error: russh::Error) -> Self {
        Self::Ssh(error)
    }
}

impl Client {
    async fn check(&self, key: PublicKey) -> Result<bool, Failure> {
        if !self.host_keys.check(&self.name, &key, &self.known)? {
            return Ok(false);
        }
        let (host_keys, name) = (Arc::clone(&self.host_keys), self.name.clone());
        let recorded = tokio::task::spawn_blocking(move || host_keys.record(&name, &key)).await;
        recorded.unwrap_or_else(|_| {
            let text = "the host key could not be put on record: the runtime is ending";
            Err(Failure::new(Stage::HostKey, Kind::Interrupted, text, "poll again"))
        })
    }
}

impl Handler for Client {
    type Error = Break;

    async fn check_server_key(&mut self, shown: &PublicKeyOrCertificate) -> Result<bool, Break> {
        let key = shown.public_key();
        self.shared.facts().host_key = fingerprint(&key);
        if self.scan {
            *self.shared.offered.lock().unwrap_or_else(PoisonError::into_inner) = Some(key);
            return Err(Break::Scanned);
        }
        match self.check(key).await {
            Ok(recorded) => {
                self.shared.facts().host_key_recorded = recorded;
                Ok(true)
            }
            Err(failure) => Err(Break::Verdict(Box::new(failure))),
        }
    }

    async fn kex_done(
        &mut self,
        _: Option<&[u8]>,
        names: &Names,
        session: &mut Session,
    ) -> Result<(), Break> {
        let implicit =
            [cipher::AES_256_GCM, cipher::AES_128_GCM, cipher::CHACHA20_POLY1305].contains(&names.cipher);
        let mut facts = self.shared.facts();
        facts.server_version = peer_text::first_line(session.remote_sshid());
        facts.key_exchange = names.kex.as_ref().to_owned();
        facts.host_key_algorithm = names.key.as_str().to_owned();
        facts.cipher = names.cipher.as_ref().to_owned();
        facts.mac = if implicit { "implicit" } else { names.server_mac.as_ref() }.to_owned();
        Ok(())
    }

    async fn auth_banner(&mut self, banner: &str, _: &mut Session) -> Result<(), Break> {
        let kept = banner.chars().filter(|c| !c.is_control() || *c == '\n').take(LONGEST_BANNER).collect();
        self.shared.facts().banner = Some(kept);
        Ok(())
    }

    async fn disconnected(&mut self, reason: DisconnectReason<Break>) -> Result<(), Break> {
        let (end, result) = match reason {
            DisconnectReason::ReceivedDisconnect(said) => {
                (End::Said(said.reason_code as u32, peer_text::one_line(&said.message)), Ok(()))
            }
            DisconnectReason::Error(error) => {
                let end = match &error {
                    Break::Ssh(russh::Error::NoAuthMethod) => End::NoMethodLeft,
                    Break::Ssh(russh::Error::Disconnect | russh::Error::HUP) => {
                        End::Broke("the peer closed it".to_owned())
                    }
                    Break::Ssh(error) => End::Broke(peer_text::one_line(&error.to_string())),
                    Break::Verdict(_) | Break::Scanned => End::Broke("we ended it".to_owned()),
                };
                (end, Err(error))
            }
        };
        *self.shared.end.lock().unwrap_or_else(PoisonError::into_inner) = Some(end);
        result
    }

    // A device has no business opening channels to us. russh would accept them; a reply that is dropped refuses.

    async fn server_channel_open_forwarded_tcpip(
        &mut self,
        _: Channel<Msg>,
        _: &str,
        _: u32,
        _: &str,
        _: u32,
        _refused: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), Break> {
        Ok(())
    }

    async fn server_channel_open_forwarded_streamlocal(
        &mut self,
        _: Channel<Msg>,
        _: &str,
        _refused: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), Break> {
        Ok(())
    }

    async fn server_channel_open_agent_forward(
        &mut self,
        _: Channel<Msg>,
        _refused: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), Break> {
        Ok(())
    }

    async fn server_channel_open_session(
        &mut self,
        _: Channel<Msg>,
        _refused: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), Break> {
        Ok(())
    }

    async fn server_channel_open_direct_tcpip(
        &mut self,
        _: Channel<Msg>,
        _: &str,
        _: u32,
        _: &str,
        _: u32,
        _refused: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), Break> {
        Ok(())
    }

    async fn server_channel_open_direct_streamlocal(
        &mut self,
        _: Channel<Msg>,
        _: &str,
        _refused: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), Break> {
        Ok(())
    }

    async fn server_channel_open_x11(
        &mut self,
        _: Channel<Msg>,
        _: &str,
        _: u32,
        _refused: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), Break> {
        Ok(())
    }
}
