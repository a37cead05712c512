//! From a device and its credential to what the transport connects to.

use std::sync::Arc;

use secrecy::SecretString;

use crate::credentials::Login;
use crate::inventory::Device;
use crate::transport::ssh::{Auth, HostKeys, KeyFile, Method, Target};

/// A login, ready for the transport. Clones share what was read from files.
#[derive(Clone, Debug)]
pub struct Access {
    /// Who logs in.
    pub user: String,
    /// How the login proves itself.
    pub auth: Auth,
    /// The password, for devices that ask inside their shell.
    pub password: Option<SecretString>,
    /// The enable secret.
    pub enable: Option<SecretString>,
}

impl From<&Login> for Access {
    /// Keys before passwords: a refused key costs nothing, a refused password ends the device.
    fn from(login: &Login) -> Self {
        let mut methods = Vec::new();
        if login.agent {
            methods.push(Method::Agent { socket: None });
        }
        if let Some(key) = &login.key {
            methods.push(Method::Key(KeyFile::new(&key.path, key.passphrase.clone())));
        }
        methods.extend(login.password.clone().map(Method::Password));
        Self {
            user: login.user.clone(),
            auth: Auth { methods },
            password: login.password.clone(),
            enable: login.enable.clone(),
        }
    }
}

/// The device on one of its ports, with the jump host on the way to it.
pub(super) fn target(
    device: &Device,
    port: u16,
    access: &Access,
    jump_access: Option<&Access>,
    host_keys: &Arc<HostKeys>,
) -> Target {
    let jump = device.jump.as_ref().map(|jump| {
        // A jump host without a credential of its own is opened with the device's.
        let access = jump_access.unwrap_or(access);
        let user = jump.user.as_ref().unwrap_or(&access.user);
        Box::new(Target {
            port: jump.port.get(),
            source: device.source_address,
            ..Target::new(jump.address.clone(), user, access.auth.clone(), Arc::clone(host_keys))
        })
    });
    Target {
        port,
        source: device.source_address,
        jump,
        legacy_algorithms: device.legacy_algorithms,
        ..Target::new(device.address.clone(), &access.user, access.auth.clone(), Arc::clone(host_keys))
    }
}
