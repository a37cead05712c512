//! Devices that go silent. Each keeps its connection until the limit that the fleet sets, so a client that is still
//! waiting then has proof that nothing came.

use std::time::Duration;

use licwatch_simulator::{Device, Fault, Fleet, Limits, LiveDevice, Stage};
use russh::Preferred;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::client::connect;
use crate::fixture::{router, within};
use crate::netconf::{GET, hello, read};

/// Long enough for a healthy device to answer, even on a machine that is busy.
const LIFE: Duration = Duration::from_secs(3);

async fn silent_at_each(stages: &[Stage]) -> Fleet {
    let silent = stages.iter().map(|stage| Device::new(router()).fault(Fault::Silence(*stage)));
    let limits = Limits { connection: LIFE, ..Limits::default() };
    Fleet::builder().devices(silent).limits(limits).start().await.unwrap()
}

/// How far a command line gets.
async fn walk_shell(device: &LiveDevice) -> Option<Stage> {
    let Ok(mut session) = connect(device, device.address(), Preferred::DEFAULT).await else {
        return Some(Stage::KeyExchange);
    };
    let credentials = device.credentials();
    let Ok(true) = session.password(credentials.user(), credentials.password()).await else {
        return Some(Stage::Login);
    };
    if session.channel().await.is_none() {
        return Some(Stage::Channel);
    }
    let Some(mut shell) = session.shell().await else { return Some(Stage::Open) };
    if shell.try_until("router-1#").await.is_err() {
        return Some(Stage::Greeting);
    }
    shell.send("terminal length 0\nshow license all\n").await;
    shell.until("#show license all\r\n").await;
    match shell.try_until("router-1#").await {
        Ok(_) => None,
        Err(ended) if ended.0.is_empty() => Some(Stage::Answer),
        Err(ended) => {
            let text = String::from_utf8(ended.0).unwrap();
            assert!(text.starts_with("line 1 ") && !text.contains("line 60"), "{text:?}");
            Some(Stage::MidAnswer)
        }
    }
}

/// How far NETCONF gets, once logged in.
async fn walk_netconf(device: &LiveDevice) -> Option<Stage> {
    let session = crate::client::login(device, device.netconf_address().unwrap()).await;
    let Some(mut netconf) = session.netconf().await else { return Some(Stage::Open) };
    netconf.send(hello(&["urn:ietf:params:netconf:base:1.0"])).await;
    if netconf.try_until("]]>]]>").await.is_err() {
        return Some(Stage::Greeting);
    }
    netconf.send(format!("{GET}]]>]]>")).await;
    match netconf.try_until("]]>]]>").await {
        Ok(reply) => {
            assert!(read(&reply).contains("FDO0000X0AA"));
            None
        }
        Err(ended) if ended.0.is_empty() => Some(Stage::Answer),
        Err(ended) => {
            assert!(ended.0.starts_with(b"<?xml"));
            Some(Stage::MidAnswer)
        }
    }
}

#[tokio::test]
async fn a_shell_goes_silent_at_every_stage() {
    let stages = &Stage::ALL[2..];
    let fleet = silent_at_each(stages).await;
    let mut walks = Vec::new();
    for device in fleet.devices() {
        walks.push(walk_shell(device));
    }
    assert_eq!(all(walks).await, stages.iter().map(|stage| Some(*stage)).collect::<Vec<_>>());
}

#[tokio::test]
async fn netconf_goes_silent_at_every_stage() {
    let stages = &Stage::ALL[4..];
    let fleet = silent_at_each(stages).await;
    let walks = fleet.devices().iter().map(walk_netconf).collect();
    assert_eq!(all(walks).await, stages.iter().map(|stage| Some(*stage)).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_device_without_faults_is_silent_nowhere() {
    let fleet = Fleet::builder().device(Device::new(router())).start().await.unwrap();
    assert_eq!(walk_shell(&fleet.devices()[0]).await, None);
    assert_eq!(walk_netconf(&fleet.devices()[0]).await, None);
}

#[tokio::test]
async fn silence_may_begin_before_ssh_does() {
    let fleet = silent_at_each(&[Stage::Banner, Stage::KeyExchange]).await;
    let listen = async |device: &LiveDevice| {
        let mut stream = TcpStream::connect(device.address()).await.unwrap();
        stream.write_all(b"SSH-2.0-test\r\n").await.unwrap();
        let mut said = String::new();
        within(stream.read_to_string(&mut said)).await.unwrap();
        said
    };
    let said = all(fleet.devices().iter().map(listen).collect()).await;
    assert_eq!(said, ["", "SSH-2.0-Cisco-1.25\r\n"]);
}

#[tokio::test]
async fn a_silent_device_sees_that_its_client_goes() {
    let faults = [
        Fault::SlowAccept(Duration::from_secs(3600)),
        Fault::Silence(Stage::Banner),
        Fault::Silence(Stage::KeyExchange),
    ];
    let silent = faults.map(|fault| Device::new(router()).fault(fault));
    let fleet = Fleet::builder().devices(silent).start().await.unwrap();
    for device in fleet.devices() {
        let mut stream = TcpStream::connect(device.address()).await.unwrap();
        stream.write_all(b"SSH-2.0-test\r\n").await.unwrap();
        within(device.until(|tally| tally.open_connections == 1)).await;
        drop(stream);
        within(device.until(|tally| tally.open_connections == 0)).await;
    }
}

/// All at once: each waits for the end of its connection.
async fn all<F: Future>(walks: Vec<F>) -> Vec<F::Output> {
    let mut walks: Vec<_> = walks.into_iter().map(Box::pin).collect();
    let mut ended: Vec<Option<F::Output>> = walks.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (walk, end) in walks.iter_mut().zip(&mut ended).filter(|(_, end)| end.is_none()) {
            if let std::task::Poll::Ready(output) = walk.as_mut().poll(context) {
                *end = Some(output);
            }
        }
        match ended.iter().all(Option::is_some) {
            true => std::task::Poll::Ready(()),
            false => std::task::Poll::Pending,
        }
    })
    .await;
    ended.into_iter().flatten().collect()
}
