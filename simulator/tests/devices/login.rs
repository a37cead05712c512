//! Ways in, and what is counted of them.

use licwatch_simulator::{Device, Fault, Fleet, LoginMethod, Manners};
use russh::Preferred;
use russh::keys::PrivateKey;
use russh::keys::ssh_key::private::Ed25519Keypair;

use crate::client::connect;
use crate::fixture::{only, router, serve};

#[tokio::test]
async fn passwords_are_checked_and_attempts_counted() {
    let fleet = serve(Device::new(router())).await;
    let device = only(&fleet);
    let mut session = connect(device, device.address(), Preferred::DEFAULT).await.unwrap();
    assert!(!session.password("operator", "wrong").await.unwrap());
    assert!(!session.password("stranger", "let-me-in").await.unwrap());
    assert!(session.password("operator", "let-me-in").await.unwrap());
    let tally = device.tally();
    assert_eq!((tally.connections, tally.login_attempts, tally.logins), (1, 3, 1));
}

#[tokio::test]
async fn the_keyboard_interactive_prompt_takes_the_password() {
    let manners = Manners { login: vec![LoginMethod::KeyboardInteractive], ..Manners::default() };
    let fleet = serve(Device::new(router()).manners(manners)).await;
    let device = only(&fleet);
    let mut session = connect(device, device.address(), Preferred::DEFAULT).await.unwrap();
    assert!(!session.password("operator", "let-me-in").await.unwrap(), "password is not offered");
    assert!(!session.interactive("operator", "wrong").await);
    assert!(session.interactive("operator", "let-me-in").await);
    assert_eq!(device.tally().logins, 1);
}

#[tokio::test]
async fn an_authorized_key_opens_and_another_does_not() {
    let key = |seed| PrivateKey::from(Ed25519Keypair::from_seed(&[seed; 32]));
    let openssh = key(1).public_key().to_openssh().unwrap();
    let fleet = Fleet::builder().device(Device::new(router())).authorized_key(openssh).start().await.unwrap();
    let device = only(&fleet);
    let mut session = connect(device, device.address(), Preferred::DEFAULT).await.unwrap();
    assert!(!session.key(device.credentials().user(), key(2)).await);
    assert_eq!(device.tally().login_attempts, 0, "a key that is only offered is no attempt");
    assert!(session.key(device.credentials().user(), key(1)).await);
    assert_eq!((device.tally().login_attempts, device.tally().logins), (1, 1));
}

#[tokio::test]
async fn a_key_that_is_none_is_an_error() {
    let started =
        Fleet::builder().device(Device::new(router())).authorized_key("ssh-ed25519 nothing").start();
    assert!(started.await.unwrap_err().to_string().contains("authorized key"));
}

#[tokio::test]
async fn a_device_may_refuse_every_credential() {
    let fleet = serve(Device::new(router()).fault(Fault::LoginRefused)).await;
    let device = only(&fleet);
    let mut session = connect(device, device.address(), Preferred::DEFAULT).await.unwrap();
    assert!(!session.password("operator", "let-me-in").await.unwrap());
    assert_eq!((device.tally().login_attempts, device.tally().logins), (1, 0));
}

#[tokio::test]
async fn a_changed_host_key_is_not_the_one_in_known_hosts() {
    let fleet = serve(Device::new(router()).fault(Fault::HostKeyChanged)).await;
    let device = only(&fleet);
    let refused = connect(device, device.address(), Preferred::DEFAULT).await;
    assert!(matches!(refused.err(), Some(russh::Error::UnknownKey)));
    assert_eq!(device.tally().login_attempts, 0);
}
