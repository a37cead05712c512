//! The NETCONF session.

use std::time::Duration;

use licwatch::transport::netconf::{NetconfLimits, NetconfOptions, NetconfSession, Received};
use licwatch::transport::{Failure, Kind, Stage};
use licwatch_parsers::netconf::{Outcome, Reply, licensing_filter};
use licwatch_simulator::{
    Base, Device, Fault, Kind as Model, LiveDevice, Manners, Personality, Stage as Silent,
};

use super::Site;

fn options() -> NetconfOptions {
    let limits = NetconfLimits {
        hello: Duration::from_secs(3),
        inactivity: Duration::from_secs(2),
        reply: Duration::from_secs(20),
        message_bytes: 500_000,
        ..NetconfLimits::default()
    };
    NetconfOptions { limits, ..NetconfOptions::default() }
}

async fn ask(site: &Site, device: &LiveDevice, options: NetconfOptions) -> Result<Received, Failure> {
    let mut connection = site.connect(device, true).await;
    let stream = connection.subsystem("netconf").await?;
    let mut session = NetconfSession::open(stream, options).await?;
    let filter = licensing_filter(&session.hello()).unwrap();
    let received = session.get(&filter).await?;
    session.close().await;
    connection.close().await;
    Ok(received)
}

#[tokio::test]
async fn every_base_version_brings_the_same_data() {
    for base in [Base::V1_0, Base::V1_1, Base::Both] {
        let manners = Manners { base, ..Manners::default() };
        let slow = [Fault::OneByteAtATime, Fault::Delay(Duration::from_millis(300))];
        let has_model = |device: &Personality| {
            device.capabilities().iter().any(|capability| capability.contains("cisco-smart-license"))
        };
        let models = Model::ALL.into_iter().map(Personality::of).filter(has_model);
        let plain = models.map(|model| Device::new(model).manners(manners.clone()));
        let stack = Personality::of(Model::C9300Stack);
        let faulty = slow.map(|fault| Device::new(stack.clone()).manners(manners.clone()).fault(fault));
        let site = Site::of(plain.chain(faulty)).await;
        assert!(site.devices().len() > 3);
        for device in site.devices() {
            let received = ask(&site, device, options()).await.unwrap();
            let text = String::from_utf8(received.raw).unwrap();
            assert_eq!(Reply::read(&text).unwrap().outcome, Outcome::Data);
            assert!(text.contains("cisco-smart-license"), "{text}");
            assert_eq!(device.tally().requests, ["get", "close-session"]);
        }
        site.fleet.stop().await;
    }
}

#[tokio::test]
async fn faults_are_failures_of_their_stage_and_kind() {
    use Fault as F;
    for (fault, stage, kind) in [
        (F::Silence(Silent::Greeting), Stage::Hello, Kind::Timeout),
        (F::Silence(Silent::Answer), Stage::Rpc, Kind::Timeout),
        (F::Silence(Silent::MidAnswer), Stage::Rpc, Kind::Timeout),
        (F::ResetMidAnswer, Stage::Rpc, Kind::Closed),
        (F::EndlessAnswer, Stage::Rpc, Kind::ReplyTooLarge),
        (F::HugeAnswer(1 << 20), Stage::Rpc, Kind::ReplyTooLarge),
        (F::Garbage, Stage::Rpc, Kind::Garbage),
        (F::WrongFraming, Stage::Rpc, Kind::Protocol),
        (F::WrongMessageId, Stage::Rpc, Kind::Garbage),
        (F::XmlBomb, Stage::Rpc, Kind::Garbage),
    ] {
        let site = Site::of([Device::new(Personality::of(Model::C9300Stack)).fault(fault.clone())]).await;
        let failure = ask(&site, &site.devices()[0], options()).await.unwrap_err();
        assert_eq!((failure.stage, failure.kind), (stage, kind), "{fault:?}: {failure:?}");
        site.fleet.stop().await;
    }
}

#[tokio::test]
async fn errors_of_the_device_are_data() {
    let site = Site::of([Device::new(Personality::of(Model::C9300Stack)).fault(Fault::RpcError)]).await;
    let received = ask(&site, &site.devices()[0], options()).await.unwrap();
    let text = String::from_utf8(received.raw).unwrap();
    assert!(matches!(Reply::read(&text).unwrap().outcome, Outcome::Errors(_)));
    site.fleet.stop().await;
}
