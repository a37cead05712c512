//! An SSH client for the tests, by russh, that checks the host key against the device's known_hosts line.

#![allow(dead_code, reason = "each test file uses its own part")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use licwatch_parsers::Command;
use licwatch_parsers::record::Platform;
use licwatch_simulator::{Credentials, Device, Fleet, LiveDevice, Personality};
use russh::client::{self, AuthResult, Handle, KeyboardInteractiveAuthResponse, Msg};
use russh::keys::PublicKeyOrCertificate;
use russh::{Channel, ChannelMsg, ChannelReadHalf, ChannelWriteHalf, Preferred};
use tokio::time::timeout;

/// No test waits longer than this for anything.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A small router with a few outputs and NETCONF data.
pub fn router() -> Personality {
    let version = "Cisco IOS XE Software, Version 17.09.04a\nrouter-1 uptime is 2 weeks\n\
                   Processor board ID FDO0000X0AA\n";
    let long: String = (1..=60).map(|line| format!("line {line} of the licence report\n")).collect();
    Personality::new("router", Platform::IosXe, "router-1")
        .output(Command::ShowVersion, version)
        .output(Command::ShowClock, "*11:43:15.743 UTC Wed Nov 17 2021\n")
        .output(Command::ShowLicenseUdi, "UDI: PID:C8000V,SN:FDO0000X0AA\n")
        .output(Command::ShowLicenseAll, long)
        .netconf(DATA, [MODEL])
}

pub const MODEL: &str =
    "http://cisco.com/ns/yang/cisco-smart-license?module=cisco-smart-license&revision=2021-03-01";

pub const DATA: &str = r#"<data><licensing xmlns="http://cisco.com/ns/yang/cisco-smart-license">
<state><always-enabled>true</always-enabled><state-info><udi><pid>C8000V</pid><sn>FDO0000X0AA</sn></udi>
<rum-reports-closed-keys><key>1</key></rum-reports-closed-keys></state-info></state></licensing></data>"#;

pub fn credentials() -> Credentials {
    Credentials::new("operator", "let-me-in").with_enable_secret("let-me-rule")
}

/// A fleet of one.
pub async fn serve(device: Device) -> Fleet {
    Fleet::builder().device(device).credentials(credentials()).start().await.unwrap()
}

pub fn only(fleet: &Fleet) -> &LiveDevice {
    &fleet.devices()[0]
}

/// Waits for the future, but not for ever.
pub async fn within<F: Future>(future: F) -> F::Output {
    timeout(PATIENCE, future).await.expect("the device takes too long")
}

/// Checks the host key.
pub struct Known {
    expected: String,
    pub banner: Arc<std::sync::Mutex<String>>,
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
pub async fn connect(device: &LiveDevice, preferred: Preferred) -> Result<Handle<Known>, russh::Error> {
    connect_to(device, device.address(), preferred).await
}

pub async fn connect_to(
    device: &LiveDevice,
    address: SocketAddr,
    preferred: Preferred,
) -> Result<Handle<Known>, russh::Error> {
    let config = client::Config { preferred, nodelay: true, ..client::Config::default() };
    let handler = Known { expected: device.host_key().to_owned(), banner: Arc::default() };
    within(client::connect(Arc::new(config), address, handler)).await
}

/// Logs in by password.
pub async fn login(device: &LiveDevice) -> Handle<Known> {
    login_at(device, device.address()).await
}

pub async fn login_at(device: &LiveDevice, address: SocketAddr) -> Handle<Known> {
    let mut handle = connect_to(device, address, Preferred::DEFAULT).await.unwrap();
    let (user, password) = (device.credentials().user(), device.credentials().password());
    let result = within(handle.authenticate_password(user, password)).await.unwrap();
    assert!(matches!(result, AuthResult::Success), "{result:?}");
    handle
}

/// Logs in by keyboard-interactive.
pub async fn login_interactively(handle: &mut Handle<Known>, user: &str, password: &str) -> bool {
    let mut response = within(handle.authenticate_keyboard_interactive_start(user, None)).await.unwrap();
    loop {
        match response {
            KeyboardInteractiveAuthResponse::Success => return true,
            KeyboardInteractiveAuthResponse::Failure { .. } => return false,
            KeyboardInteractiveAuthResponse::InfoRequest { prompts, .. } => {
                let answers = prompts.iter().map(|_| password.to_owned()).collect();
                response = within(handle.authenticate_keyboard_interactive_respond(answers)).await.unwrap();
            }
        }
    }
}

/// One channel, read into a buffer.
pub struct Terminal {
    read: ChannelReadHalf,
    write: ChannelWriteHalf<Msg>,
    seen: Vec<u8>,
    /// The sizes of the packets that came.
    pub packets: Vec<usize>,
    // Dropping it ends the connection.
    _handle: Handle<Known>,
}

/// The channel ended before what was waited for came; this is what had come.
#[derive(Debug)]
pub struct Ended(pub Vec<u8>);

impl Terminal {
    /// Logs in and opens the shell.
    pub async fn shell(device: &LiveDevice) -> Self {
        Self::shell_on(login(device).await).await
    }

    pub async fn shell_on(handle: Handle<Known>) -> Self {
        let channel = within(handle.channel_open_session()).await.unwrap();
        within(channel.request_pty(true, "vt100", 511, 24, 0, 0, &[])).await.unwrap();
        within(channel.request_shell(true)).await.unwrap();
        Self::new(handle, channel)
    }

    /// Logs in and opens the NETCONF subsystem.
    pub async fn netconf(device: &LiveDevice) -> Self {
        let handle = login_at(device, device.netconf_address().unwrap()).await;
        let channel = within(handle.channel_open_session()).await.unwrap();
        within(channel.request_subsystem(true, "netconf")).await.unwrap();
        Self::new(handle, channel)
    }

    fn new(handle: Handle<Known>, channel: Channel<Msg>) -> Self {
        let (read, write) = channel.split();
        Self { read, write, seen: Vec::new(), packets: Vec::new(), _handle: handle }
    }

    pub async fn send(&self, bytes: impl Into<Vec<u8>>) {
        within(self.write.data_bytes(bytes.into())).await.unwrap();
    }

    /// Everything up to and with this text.
    pub async fn until(&mut self, text: &str) -> String {
        self.try_until(text).await.unwrap_or_else(|ended| {
            panic!("{text:?} did not come, but {:?}", String::from_utf8_lossy(&ended.0))
        })
    }

    pub async fn try_until(&mut self, text: &str) -> Result<String, Ended> {
        loop {
            let found = self.seen.windows(text.len()).position(|window| window == text.as_bytes());
            if let Some(at) = found {
                let rest = self.seen.split_off(at + text.len());
                let taken = std::mem::replace(&mut self.seen, rest);
                return Ok(String::from_utf8_lossy(&taken).into_owned());
            }
            if !self.more().await {
                return Err(Ended(std::mem::take(&mut self.seen)));
            }
        }
    }

    /// Everything until the channel ends.
    pub async fn to_the_end(&mut self) -> Vec<u8> {
        while self.more().await {}
        std::mem::take(&mut self.seen)
    }

    /// At least so many bytes.
    pub async fn at_least(&mut self, bytes: usize) -> Vec<u8> {
        while self.seen.len() < bytes {
            assert!(self.more().await, "only {} of {bytes} bytes came", self.seen.len());
        }
        std::mem::take(&mut self.seen)
    }

    /// Sends a command and returns what comes until the prompt.
    pub async fn run(&mut self, command: &str, prompt: &str) -> String {
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

    /// Whether the device says nothing more for as long as it takes to answer on another channel: proof of silence
    /// without a guess at a time, because the device answers requests of one connection in order.
    pub fn has_said(&self) -> &[u8] {
        &self.seen
    }
}
