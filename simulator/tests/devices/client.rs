//! An SSH client for the tests, by russh, that checks the host key against the one the fleet announces.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use licwatch_simulator::LiveDevice;
use russh::client::{self, AuthResult, Handle, KeyboardInteractiveAuthResponse, Msg};
use russh::keys::{PrivateKey, PrivateKeyWithHashAlg, PublicKeyOrCertificate};
use russh::{Channel, ChannelMsg, ChannelReadHalf, ChannelWriteHalf, Preferred};

use crate::fixture::within;

/// A connection whose host key was checked.
pub(crate) struct Session {
    handle: Handle<Known>,
    banner: Arc<Mutex<String>>,
}

/// Checks the host key and keeps the login banner.
struct Known {
    expected: String,
    banner: Arc<Mutex<String>>,
}

impl client::Handler for Known {
    type Error = russh::Error;

    async fn check_server_key(&mut self, key: &PublicKeyOrCertificate) -> Result<bool, Self::Error> {
        let PublicKeyOrCertificate::PublicKey { key, .. } = key else { return Ok(false) };
        Ok(key.to_openssh().unwrap() == self.expected)
    }

    async fn auth_banner(&mut self, banner: &str, _: &mut client::Session) -> Result<(), Self::Error> {
        self.banner.lock().unwrap().push_str(banner);
        Ok(())
    }
}

/// Connects as far as the host key.
pub(crate) async fn connect(
    device: &LiveDevice,
    address: SocketAddr,
    preferred: Preferred,
) -> Result<Session, russh::Error> {
    let config = client::Config { preferred, nodelay: true, ..client::Config::default() };
    let banner = Arc::<Mutex<String>>::default();
    let handler = Known { expected: device.host_key().to_owned(), banner: Arc::clone(&banner) };
    let handle = within(client::connect(Arc::new(config), address, handler)).await?;
    Ok(Session { handle, banner })
}

/// Logs in by password.
pub(crate) async fn login(device: &LiveDevice, address: SocketAddr) -> Session {
    let mut session = connect(device, address, Preferred::DEFAULT).await.unwrap();
    let credentials = device.credentials();
    assert!(session.password(credentials.user(), credentials.password()).await.unwrap());
    session
}

impl Session {
    pub(crate) async fn password(&mut self, user: &str, password: &str) -> Result<bool, russh::Error> {
        let result = within(self.handle.authenticate_password(user, password)).await?;
        Ok(matches!(result, AuthResult::Success))
    }

    pub(crate) async fn key(&mut self, user: &str, key: PrivateKey) -> bool {
        let key = PrivateKeyWithHashAlg::new(Arc::new(key), None);
        let result = within(self.handle.authenticate_publickey(user, key)).await.unwrap();
        matches!(result, AuthResult::Success)
    }

    pub(crate) async fn interactive(&mut self, user: &str, password: &str) -> bool {
        let start = self.handle.authenticate_keyboard_interactive_start(user, None);
        let mut response = within(start).await.unwrap();
        loop {
            let prompts = match response {
                KeyboardInteractiveAuthResponse::Success => return true,
                KeyboardInteractiveAuthResponse::Failure { .. } => return false,
                KeyboardInteractiveAuthResponse::InfoRequest { prompts, .. } => prompts,
            };
            let answers = prompts.iter().map(|_| password.to_owned()).collect();
            response = within(self.handle.authenticate_keyboard_interactive_respond(answers)).await.unwrap();
        }
    }

    pub(crate) fn login_banner(&self) -> String {
        self.banner.lock().unwrap().clone()
    }

    pub(crate) async fn channel(&self) -> Option<Channel<Msg>> {
        within(self.handle.channel_open_session()).await.ok()
    }

    /// Opens a channel and the shell on it; none if the device refuses the shell.
    pub(crate) async fn shell(self) -> Option<Terminal> {
        let channel = self.channel().await?;
        within(channel.request_pty(false, "vt100", 511, 24, 0, 0, &[])).await.ok()?;
        within(channel.request_shell(true)).await.ok()?;
        self.granted(channel).await
    }

    /// Opens a channel and the NETCONF subsystem on it; none if the device refuses it.
    pub(crate) async fn netconf(self) -> Option<Terminal> {
        let channel = self.channel().await?;
        within(channel.request_subsystem(true, "netconf")).await.ok()?;
        self.granted(channel).await
    }

    /// Waits for the answer to a request.
    async fn granted(self, mut channel: Channel<Msg>) -> Option<Terminal> {
        loop {
            match within(channel.wait()).await? {
                ChannelMsg::Success => break,
                ChannelMsg::Failure | ChannelMsg::Close => return None,
                _ => {}
            }
        }
        let (read, write) = channel.split();
        Some(Terminal { read, write, seen: Vec::new(), packets: Vec::new(), _session: self })
    }
}

/// One channel, read into a buffer.
pub(crate) struct Terminal {
    read: ChannelReadHalf,
    write: ChannelWriteHalf<Msg>,
    seen: Vec<u8>,
    /// The sizes of the packets that came.
    pub(crate) packets: Vec<usize>,
    // Dropping it ends the connection.
    _session: Session,
}

/// The channel ended before what was waited for came; this is what had come.
#[derive(Debug)]
pub(crate) struct Ended(pub(crate) Vec<u8>);

impl Terminal {
    /// Logs in and opens the shell.
    pub(crate) async fn shell(device: &LiveDevice) -> Self {
        login(device, device.address()).await.shell().await.unwrap()
    }

    /// Logs in and opens the NETCONF subsystem.
    pub(crate) async fn netconf(device: &LiveDevice) -> Self {
        login(device, device.netconf_address().unwrap()).await.netconf().await.unwrap()
    }

    pub(crate) async fn send(&self, bytes: impl Into<Vec<u8>>) {
        within(self.write.data_bytes(bytes.into())).await.unwrap();
    }

    /// Everything up to and with this text.
    pub(crate) async fn until(&mut self, text: &str) -> String {
        self.try_until(text).await.unwrap_or_else(|ended| {
            panic!("{text:?} did not come, but {:?}", String::from_utf8_lossy(&ended.0))
        })
    }

    pub(crate) async fn try_until(&mut self, text: &str) -> Result<String, Ended> {
        let mut searched = 0_usize;
        loop {
            let from = searched.saturating_sub(text.len());
            let found = self.seen[from..].windows(text.len()).position(|window| window == text.as_bytes());
            if let Some(at) = found {
                let rest = self.seen.split_off(from + at + text.len());
                let taken = std::mem::replace(&mut self.seen, rest);
                return Ok(String::from_utf8_lossy(&taken).into_owned());
            }
            searched = self.seen.len();
            if !self.more().await {
                return Err(Ended(std::mem::take(&mut self.seen)));
            }
        }
    }

    /// Everything until the channel ends.
    pub(crate) async fn rest(&mut self) -> Vec<u8> {
        while self.more().await {}
        std::mem::take(&mut self.seen)
    }

    /// At least so many bytes.
    pub(crate) async fn at_least(&mut self, bytes: usize) -> Vec<u8> {
        while self.seen.len() < bytes {
            assert!(self.more().await, "only {} of {bytes} bytes came", self.seen.len());
        }
        std::mem::take(&mut self.seen)
    }

    /// Sends a command and returns what comes until the prompt.
    pub(crate) async fn run(&mut self, command: &str, prompt: &str) -> String {
        self.send(format!("{command}\n")).await;
        self.until(&format!("{command}\r\n")).await;
        let answer = self.until(prompt).await;
        answer.strip_suffix(prompt).unwrap().to_owned()
    }

    /// Waits for more; false when the channel has ended.
    async fn more(&mut self) -> bool {
        loop {
            match within(self.read.wait()).await {
                Some(ChannelMsg::Data { data }) => {
                    self.packets.push(data.len());
                    self.seen.extend_from_slice(&data);
                    return true;
                }
                Some(ChannelMsg::Eof | ChannelMsg::Close) | None => return false,
                Some(_) => {}
            }
        }
    }
}
