//! What ends a device whatever it does: its deadline, an operator who stops, and the caps of what is kept.

use std::sync::Arc;

use licwatch::config::Transport;
use licwatch::observation::Outcome;
use licwatch::poll::Recorder;
use licwatch::transport::{Direction, Kind, Stage};
use licwatch_simulator::{Device, Fault, Stage as Silent};
use tokio_util::sync::CancellationToken;

use crate::visit::{CAP, Short, Ward, router};

#[tokio::test(flavor = "multi_thread")]
async fn the_deadline_ends_a_device_at_every_stage() {
    for transport in [Transport::Ssh, Transport::Netconf, Transport::Auto] {
        let visits = Silent::ALL.map(|stage| {
            let faulty = Device::new(router()).fault(Fault::Silence(stage));
            tokio::spawn(async move { Ward::open(faulty, transport).await.poll(Short::Deadline).await })
        });
        for visit in visits {
            let observation = visit.await.unwrap().polled.observation;
            let error = observation.error.unwrap();
            assert_eq!((error.stage, error.kind), (Stage::Device, Kind::Timeout), "{error}");
            assert!(error.text.contains("edge-vr2 did not finish within its deadline of 1s"), "{error}");
            assert_eq!(observation.outcome, Outcome::Failed);
        }
    }
}

#[tokio::test]
async fn what_was_answered_before_the_deadline_is_kept() {
    let faulty = Device::new(router()).fault(Fault::Silence(Silent::Answer)).spare(2);
    let visit = Ward::open(faulty, Transport::Ssh).await.poll(Short::Deadline).await;
    let observation = &visit.polled.observation;
    let error = observation.error.as_ref().unwrap();
    assert_eq!((error.stage, error.kind), (Stage::Device, Kind::Timeout), "{error}");
    assert_eq!((observation.outcome, visit.polled.captures.len()), (Outcome::Partial, 2));
    assert_eq!(visit.polled.summary.serial_number, "9QX7TB2LM4K");
}

#[tokio::test]
async fn what_was_answered_before_an_interrupt_is_kept() {
    let faulty = Device::new(router()).fault(Fault::Silence(Silent::Answer)).spare(2);
    let ward = Ward::open(faulty, Transport::Ssh).await;
    let stop = CancellationToken::new();
    let operator = stop.clone();
    let listener: Recorder = Arc::new(move |_| {
        let (operator, mut heard) = (operator.clone(), String::new());
        Box::new(move |direction, bytes| {
            if direction == Direction::Received {
                heard.push_str(&String::from_utf8_lossy(bytes));
            }
            // The echo of the third command ends the second answer; silence follows.
            if heard.contains("#show license all") {
                operator.cancel();
            }
        })
    });
    let visit = ward.poll_until(Short::None, stop, Some(listener)).await;
    let observation = &visit.polled.observation;
    let error = observation.error.as_ref().unwrap();
    assert_eq!((error.stage, error.kind), (Stage::Device, Kind::Interrupted), "{error}");
    assert_eq!((observation.outcome, visit.polled.captures.len()), (Outcome::Partial, 2));
}

#[tokio::test]
async fn what_is_refused_for_its_size_is_not_kept() {
    for fault in [Fault::EndlessAnswer, Fault::HugeAnswer(2 * CAP), Fault::XmlBomb] {
        let faulty = Device::new(router()).fault(fault.clone());
        let visit = Ward::open(faulty, Transport::Netconf).await.poll(Short::None).await;
        assert!(visit.polled.captures.is_empty(), "{fault:?}");
        assert!(
            visit.polled.line.len() < 4096,
            "{fault:?} gives a line of {} bytes",
            visit.polled.line.len()
        );
    }
}

#[tokio::test]
async fn a_huge_answer_within_the_cap_is_kept_whole() {
    let faulty = Device::new(router()).fault(Fault::HugeAnswer(CAP / 2));
    let visit = Ward::open(faulty, Transport::Netconf).await.poll(Short::None).await;
    assert_eq!(visit.polled.observation.outcome, Outcome::Complete);
    let kept = visit.polled.captures.iter().map(|capture| capture.raw.len()).max().unwrap();
    assert!((CAP / 2..CAP).contains(&kept), "{kept}");
}
