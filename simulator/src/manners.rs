//! How a device behaves where devices differ and none is wrong: banners, privilege, paging, algorithms.

use licwatch_parsers::record::Platform;

/// A device's habits. The default is a current IOS XE device that lets its user in at privilege 15.
#[derive(Clone, Debug)]
pub struct Manners {
    /// Sent by SSH before the login.
    pub login_banner: Option<String>,
    /// Printed in the shell before the first prompt.
    pub exec_banner: Option<String>,
    /// Ends an echoed command with CR CR LF, as old devices do.
    pub double_return: bool,
    /// Prints `Load for five secs …` and `Time source is …` before each output (`exec prompt timestamp`). IOS XR prints
    /// its date line in any case.
    pub timestamps: bool,
    /// Whether log lines burst into outputs.
    pub syslog: Syslog,
    /// The privilege level of a fresh session. Below 15, what tells licences is refused; on ASA, nearly everything.
    /// NX-OS, IOS XR and AireOS have no levels: there only [`crate::Fault::PrivilegeTooLow`] takes something away.
    pub privilege: u8,
    /// The page length of a fresh session; 0 does not page.
    pub page: usize,
    /// Commands that begin with one of these words are answered with `Command authorization failed.`, or what the
    /// platform says in its place, as TACACS+ does.
    pub unauthorized: Vec<String>,
    /// Offers only diffie-hellman-group14-sha1 and group1-sha1, aes128-cbc and 3des-cbc, hmac-sha1.
    pub old_algorithms: bool,
    /// The ways of logging in that the device offers.
    pub login: Vec<LoginMethod>,
    /// The NETCONF versions that the device announces.
    pub base: Base,
}

impl Default for Manners {
    fn default() -> Self {
        Self {
            login_banner: None,
            exec_banner: None,
            double_return: false,
            timestamps: false,
            syslog: Syslog::Quiet,
            privilege: 15,
            page: 24,
            unauthorized: Vec::new(),
            old_algorithms: false,
            login: vec![LoginMethod::PublicKey, LoginMethod::KeyboardInteractive, LoginMethod::Password],
            base: Base::Both,
        }
    }
}

impl Manners {
    /// A current device of this platform. An ASA lets its user in without privilege.
    pub fn of(platform: Platform) -> Self {
        let privilege = if platform == Platform::Asa { 1 } else { 15 };
        Self { privilege, ..Self::default() }
    }

    /// An old device: old algorithms, CR CR LF, banners that hold `#` and `>`, and a user at privilege 1.
    pub fn old() -> Self {
        let banner = "#################################\n# Managed device. Keep out.     #\n\
                      > Calls: noc@example.net <\n#################################\n";
        Self {
            login_banner: Some(banner.into()),
            exec_banner: Some(banner.into()),
            double_return: true,
            privilege: 1,
            old_algorithms: true,
            login: vec![LoginMethod::KeyboardInteractive, LoginMethod::Password],
            ..Self::default()
        }
    }
}

/// Whether log lines burst into outputs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Syslog {
    /// Never.
    Quiet,
    /// Until `terminal no monitor`.
    UntilNoMonitor,
    /// Whatever the session says: logging to the console line.
    Always,
}

/// A way of logging in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum LoginMethod {
    /// The SSH method `password`.
    Password,
    /// The SSH method `keyboard-interactive`, with one prompt.
    KeyboardInteractive,
    /// The SSH method `publickey`, with the keys that [`crate::Builder::authorized_key`] named.
    PublicKey,
}

/// The NETCONF versions that a device announces.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Base {
    /// base:1.0 alone.
    V1_0,
    /// base:1.1 alone.
    V1_1,
    /// Both.
    Both,
}
