//! A small SSH server on loopback, in this process, that counts what it is asked.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use russh::keys::key::safe_rng;
use russh::keys::ssh_key::private::{KeypairData, RsaKeypair};
use russh::keys::{Algorithm, PrivateKey, PublicKey};
use russh::server::{
    Auth, ChannelOpenHandle, Config, Handler, Msg, PublicKeyOffer, Response, Session, VerifiedPublicKey,
    run_stream,
};
use russh::{Channel, ChannelId, MethodKind, MethodSet, Preferred};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// How a server behaves.
#[derive(Clone)]
pub(crate) struct Behaviour {
    pub(crate) host_key: PrivateKey,
    pub(crate) preferred: Preferred,
    pub(crate) user: &'static str,
    pub(crate) password: &'static str,
    pub(crate) public_key: Option<PublicKey>,
    pub(crate) methods: Vec<MethodKind>,
    /// The prompts of keyboard-interactive, one round each, with whether they echo.
    pub(crate) prompts: Vec<Vec<(&'static str, bool)>>,
    /// Whether a password alone is not enough.
    pub(crate) password_is_half: bool,
    pub(crate) pty: bool,
    pub(crate) subsystems: Vec<&'static str>,
    pub(crate) forwards: bool,
    /// Whether nobody has to prove anything.
    pub(crate) open: bool,
    /// Keys that the server has beside the first.
    pub(crate) more_keys: Vec<PrivateKey>,
    /// Refused logins, the first question included, before the server says goodbye.
    pub(crate) attempts: usize,
    /// Where the server stops to answer.
    pub(crate) stalls: Option<Stall>,
    /// Whether the server hangs up when it hears a password.
    pub(crate) hangs_up: bool,
}

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Stall {
    Login,
    Shell,
    Forward,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            host_key: key(),
            preferred: Preferred::default(),
            user: "admin",
            password: "correct",
            public_key: None,
            methods: vec![MethodKind::PublicKey, MethodKind::KeyboardInteractive, MethodKind::Password],
            prompts: vec![vec![("Password: ", false)]],
            password_is_half: false,
            pty: true,
            subsystems: vec!["netconf"],
            forwards: false,
            open: false,
            more_keys: vec![],
            attempts: 10,
            stalls: None,
            hangs_up: false,
        }
    }
}

/// What a server saw.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    pub(crate) peers: Vec<SocketAddr>,
    pub(crate) passwords: Vec<String>,
    pub(crate) answers: Vec<Vec<String>>,
    /// The algorithms of the keys that were offered.
    pub(crate) keys: Vec<String>,
    pub(crate) terminals: Vec<(String, u32)>,
    pub(crate) forwards: Vec<(String, u32)>,
    /// Sessions that ended.
    pub(crate) ended: usize,
}

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) host_key: PublicKey,
    seen: Arc<Mutex<Seen>>,
    ended: watch::Receiver<usize>,
}

impl Server {
    pub(crate) async fn start(behaviour: Behaviour) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Seen::default()));
        let (count, ended) = watch::channel(0);
        let host_key = behaviour.host_key.public_key().clone();
        let config = Arc::new(Config {
            keys: [vec![behaviour.host_key.clone()], behaviour.more_keys.clone()].concat(),
            max_auth_attempts: behaviour.attempts,
            preferred: behaviour.preferred.clone(),
            methods: MethodSet::from(&behaviour.methods[..]),
            auth_rejection_time: Duration::from_millis(1),
            nodelay: true,
            ..Config::default()
        });
        let shared = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((stream, peer)) = listener.accept().await {
                shared.lock().unwrap().peers.push(peer);
                let device = Device {
                    behaviour: behaviour.clone(),
                    seen: Arc::clone(&shared),
                    round: 0,
                    echoes: vec![],
                };
                let (config, count, shared) = (Arc::clone(&config), count.clone(), Arc::clone(&shared));
                tokio::spawn(async move {
                    if let Ok(session) = run_stream(config, stream, device).await {
                        let _ = session.await;
                    }
                    shared.lock().unwrap().ended += 1;
                    count.send_modify(|count| *count += 1);
                });
            }
        });
        Self { address, host_key, seen, ended }
    }

    pub(crate) fn seen(&self) -> Seen {
        self.seen.lock().unwrap().clone()
    }

    /// Waits until so many sessions have ended.
    pub(crate) async fn ended(&self, sessions: usize) {
        let mut ended = self.ended.clone();
        let waited = ended.wait_for(|count| *count >= sessions);
        tokio::time::timeout(Duration::from_secs(10), waited)
            .await
            .expect("the session is still open")
            .unwrap();
    }
}

pub(crate) fn key() -> PrivateKey {
    PrivateKey::random(&mut safe_rng(), Algorithm::Ed25519).unwrap()
}

/// As short as those of many devices in the field.
pub(crate) fn rsa_1024() -> PrivateKey {
    let pair = RsaKeypair::random(&mut safe_rng(), 1024).unwrap();
    PrivateKey::new(KeypairData::Rsa(pair), "").unwrap()
}

struct Device {
    behaviour: Behaviour,
    seen: Arc<Mutex<Seen>>,
    round: usize,
    /// The channels that say back what they hear; forwarded ones do not.
    echoes: Vec<ChannelId>,
}

impl Device {
    fn prompts(&self) -> Auth {
        let prompts: Vec<_> =
            self.behaviour.prompts[self.round].iter().map(|(text, echo)| ((*text).into(), *echo)).collect();
        Auth::Partial { name: "".into(), instructions: "".into(), prompts: prompts.into() }
    }

    async fn stall(&self, here: Stall) {
        if self.behaviour.stalls == Some(here) {
            std::future::pending::<()>().await;
        }
    }

    fn outcome(&self, right: bool) -> Auth {
        if right { Auth::Accept } else { Auth::reject() }
    }
}

impl Handler for Device {
    type Error = russh::Error;

    async fn authentication_banner(&mut self) -> Result<Option<String>, Self::Error> {
        Ok(Some("Authorized access only\n".to_owned()))
    }

    async fn auth_none(&mut self, _: &str) -> Result<Auth, Self::Error> {
        Ok(self.outcome(self.behaviour.open))
    }

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth, Self::Error> {
        self.seen.lock().unwrap().passwords.push(password.to_owned());
        self.stall(Stall::Login).await;
        if self.behaviour.hangs_up {
            return Err(russh::Error::Disconnect);
        }
        let right = user == self.behaviour.user && password == self.behaviour.password;
        if right && self.behaviour.password_is_half {
            return Ok(Auth::Reject {
                proceed_with_methods: Some(MethodSet::from(&[MethodKind::KeyboardInteractive][..])),
                partial_success: true,
            });
        }
        Ok(self.outcome(right))
    }

    async fn auth_publickey_offered(
        &mut self,
        _: &str,
        offer: PublicKeyOffer<'_>,
    ) -> Result<Auth, Self::Error> {
        self.seen.lock().unwrap().keys.push(offer.algorithm.as_str().to_owned());
        let known = self.behaviour.public_key.as_ref();
        Ok(self.outcome(known.is_some_and(|key| key.key_data() == offer.public_key.key_data())))
    }

    async fn auth_publickey(&mut self, user: &str, _: VerifiedPublicKey<'_>) -> Result<Auth, Self::Error> {
        Ok(self.outcome(user == self.behaviour.user))
    }

    async fn auth_keyboard_interactive<'a>(
        &'a mut self,
        _: &str,
        _: &str,
        response: Option<Response<'a>>,
    ) -> Result<Auth, Self::Error> {
        let Some(response) = response else { return Ok(self.prompts()) };
        let answers: Vec<String> =
            response.map(|answer| String::from_utf8_lossy(&answer).into_owned()).collect();
        let right = answers.contains(&self.behaviour.password.to_owned());
        self.seen.lock().unwrap().answers.push(answers);
        self.round += 1;
        if self.round < self.behaviour.prompts.len() {
            return Ok(self.prompts());
        }
        Ok(self.outcome(right))
    }

    async fn channel_open_session(
        &mut self,
        _: Channel<Msg>,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), Self::Error> {
        reply.accept().await;
        Ok(())
    }

    async fn channel_open_direct_tcpip(
        &mut self,
        channel: Channel<Msg>,
        host: &str,
        port: u32,
        _: &str,
        _: u32,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), Self::Error> {
        self.seen.lock().unwrap().forwards.push((host.to_owned(), port));
        self.stall(Stall::Forward).await;
        if !self.behaviour.forwards {
            return Ok(());
        }
        let Ok(mut onward) = TcpStream::connect((host, u16::try_from(port).unwrap())).await else {
            reply.reject(russh::ChannelOpenFailure::ConnectFailed).await;
            return Ok(());
        };
        reply.accept().await;
        tokio::spawn(async move {
            let _ = tokio::io::copy_bidirectional(&mut channel.into_stream(), &mut onward).await;
        });
        Ok(())
    }

    async fn pty_request(
        &mut self,
        channel: ChannelId,
        terminal: &str,
        columns: u32,
        _: u32,
        _: u32,
        _: u32,
        _: &[(russh::Pty, u32)],
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        self.seen.lock().unwrap().terminals.push((terminal.to_owned(), columns));
        if self.behaviour.pty { session.channel_success(channel) } else { session.channel_failure(channel) }
    }

    /// Something before the answer, something beside the output, then a prompt.
    async fn shell_request(&mut self, channel: ChannelId, session: &mut Session) -> Result<(), Self::Error> {
        self.stall(Stall::Shell).await;
        self.echoes.push(channel);
        session.data(channel, &b"early\r\n"[..])?;
        session.channel_success(channel)?;
        session.extended_data(channel, 1, &b"noise"[..])?;
        session.data(channel, &b"edge-7>"[..])
    }

    async fn subsystem_request(
        &mut self,
        channel: ChannelId,
        name: &str,
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        if self.behaviour.subsystems.contains(&name) {
            self.echoes.push(channel);
            session.channel_success(channel)
        } else {
            session.channel_failure(channel)
        }
    }

    /// Says back what it hears; `exit` closes the channel.
    async fn data(
        &mut self,
        channel: ChannelId,
        data: &[u8],
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        if data.starts_with(b"exit") {
            return session.close(channel);
        }
        if !self.echoes.contains(&channel) {
            return Ok(());
        }
        session.data(channel, data.to_vec())
    }
}

/// An SSH agent that holds one key and speaks just enough of the protocol: identities and signatures.
pub(crate) async fn agent(mut stream: tokio::net::UnixStream, key: PrivateKey) {
    use russh::keys::signature::Signer;
    use russh::keys::ssh_encoding::{Decode, Encode};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    const FAILURE: u8 = 5;
    const REQUEST_IDENTITIES: u8 = 11;
    const IDENTITIES_ANSWER: u8 = 12;
    const SIGN_REQUEST: u8 = 13;
    const SIGN_RESPONSE: u8 = 14;
    while let Ok(length) = stream.read_u32().await {
        let mut request = vec![0; length as usize];
        stream.read_exact(&mut request).await.unwrap();
        let mut answer = Vec::new();
        match request[0] {
            REQUEST_IDENTITIES => {
                answer.push(IDENTITIES_ANSWER);
                1_u32.encode(&mut answer).unwrap();
                key.public_key().to_bytes().unwrap().encode(&mut answer).unwrap();
                "comment".encode(&mut answer).unwrap();
            }
            SIGN_REQUEST => {
                let mut rest = &request[1..];
                let wanted = Vec::<u8>::decode(&mut rest).unwrap();
                assert_eq!(wanted, key.public_key().to_bytes().unwrap());
                let data = Vec::<u8>::decode(&mut rest).unwrap();
                let signature = key.try_sign(&data).unwrap();
                let mut encoded = Vec::new();
                signature.encode(&mut encoded).unwrap();
                answer.push(SIGN_RESPONSE);
                encoded.encode(&mut answer).unwrap();
            }
            _ => answer.push(FAILURE),
        }
        stream.write_u32(u32::try_from(answer.len()).unwrap()).await.unwrap();
        stream.write_all(&answer).await.unwrap();
    }
}
