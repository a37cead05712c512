use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use super::*;
use crate::clock::manual::Manual;
use crate::config::Config;

/// A listener on loopback with devices, and the early polls that it asks for.
struct Listening {
    clock: Arc<Manual>,
    udp: SocketAddr,
    tcp: SocketAddr,
    early: mpsc::Receiver<Early>,
    counts: watch::Receiver<Counts>,
    settings: watch::Sender<Arc<ListenSettings>>,
    stop: CancellationToken,
    running: JoinHandle<()>,
}

/// `core-1` at 127.0.0.1, and devices that loopback does not lead to.
fn senders(rows: &str) -> Senders {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("licwatch.toml");
    let config = "[inventory]\nfiles = [\"devices.csv\"]\n[poll]\ncredential = \"network\"\n\
                  [credentials.network]\nuser = \"monitor\"\nprompt = true\n";
    std::fs::write(&file, config).unwrap();
    std::fs::write(folder.path().join("devices.csv"), format!("name,address\n{rows}")).unwrap();
    let config: Config = crate::config::load(&file).unwrap();
    Senders::of(&config.devices().unwrap())
}

fn settings(polls_per_minute: u32) -> ListenSettings {
    let loopback = Some("127.0.0.1:0".parse().unwrap());
    let senders = senders("core-1,127.0.0.1\nedge-1,192.0.2.7\nedge-2,edge-2.example\n");
    ListenSettings { udp: loopback, tcp: loopback, gap: Duration::from_secs(600), polls_per_minute, senders }
}

impl Listening {
    async fn begin(settings: ListenSettings, queue: usize) -> Self {
        let clock = Arc::new(Manual::at("2027-03-01T12:00:00Z"));
        let (early, polls) = mpsc::channel(queue);
        let (sender, settings) = watch::channel(Arc::new(settings));
        let listener = Listener::bind(settings, early, clock.clone()).await.unwrap();
        let (Some(udp), Some(tcp)) = listener.addresses() else { panic!("both are bound") };
        let (counts, stop) = (listener.counts(), CancellationToken::new());
        let running = tokio::spawn(listener.run(stop.clone()));
        Self { clock, udp, tcp, early: polls, counts, settings: sender, stop, running }
    }

    async fn send(&self, message: &str) {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        socket.send_to(message.as_bytes(), self.udp).await.unwrap();
    }

    async fn counted(&mut self, seen: impl FnMut(&Counts) -> bool) -> Counts {
        let waiting = self.counts.wait_for(seen);
        *tokio::time::timeout(Duration::from_secs(90), waiting)
            .await
            .expect("it is counted in the end")
            .unwrap()
    }

    async fn poll(&mut self) -> Early {
        tokio::time::timeout(Duration::from_secs(90), self.early.recv()).await.unwrap().unwrap()
    }

    async fn end(self) {
        self.stop.cancel();
        tokio::time::timeout(Duration::from_secs(90), self.running).await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_device_that_tells_of_a_change_is_polled_early_once() {
    let mut listening = Listening::begin(settings(30), 8).await;
    for number in 0..5 {
        listening
            .send(&format!("<189>{number}: *Nov 22 10:00:00: %SYS-5-CONFIG_I: Configured from console"))
            .await;
    }
    listening.send("<189>9: *Nov 22 10:00:00: %LINK-3-UPDOWN: Interface x, changed state to up").await;
    let counts = listening.counted(|counts| counts.messages == 6).await;
    assert_eq!((counts.watched, counts.unknown), (5, 0));
    assert!(listening.early.try_recv().is_err(), "it settles first");
    listening.clock.pass(Duration::from_secs(30));
    let early = listening.poll().await;
    assert_eq!(
        early,
        Early { device: "core-1".into(), reason: "its configuration changed (%SYS-5-CONFIG_I)".into() }
    );
    listening.counted(|counts| counts.polls == 1).await;
    listening.send("<189>10: %SMART_LIC-3-COMM_FAILED: x").await;
    listening.counted(|counts| counts.watched == 6).await;
    listening.clock.pass(Duration::from_secs(600));
    assert_eq!(listening.poll().await.reason, "licensing changed (%SMART_LIC-3-COMM_FAILED)");
    listening.end().await;
}

#[tokio::test]
async fn a_relay_names_the_device_and_unknown_senders_are_counted() {
    // Loopback is two devices here, so that the address tells nothing.
    let shared = senders("a,127.0.0.1\nb,127.0.0.1\nedge-1,192.0.2.7\nedge-2,edge-2.example\n");
    let mut listening = Listening::begin(ListenSettings { senders: shared, ..settings(30) }, 8).await;
    listening.send("<189>1 2026-11-22T10:00:00Z EDGE-1 - - - - %SYS-5-RESTART: System restarted").await;
    listening.send("<189>Nov 22 10:00:00 edge-2.example 45: %SYS-5-CONFIG_I: x").await;
    listening.send("<189>Nov 22 10:00:00 stranger 45: %SYS-5-CONFIG_I: from edge-1").await;
    let counts = listening.counted(|counts| counts.messages == 3).await;
    assert_eq!((counts.watched, counts.unknown), (3, 1));
    listening.clock.pass(Duration::from_secs(120));
    assert_eq!(listening.poll().await.device, "edge-2");
    assert_eq!(listening.poll().await.device, "edge-1");
    assert!(listening.early.try_recv().is_err());
    listening.end().await;
}

#[tokio::test]
async fn streams_bring_messages_in_both_framings_and_hostile_ones_harm_nobody() {
    let mut listening = Listening::begin(settings(30), 8).await;
    let mut stream = TcpStream::connect(listening.tcp).await.unwrap();
    stream.write_all(b"26 <189>%SYS-5-RESTART: count").await.unwrap();
    stream.write_all(b"<189>45: %SYS-5-CONFIG_I: by line\n").await.unwrap();
    stream.write_all(&vec![b'x'; 100_000]).await.unwrap();
    stream.write_all(b"\n<189>46: %SYS-5-CONFIG_I: still heard\n").await.unwrap();
    let counts = listening.counted(|counts| counts.watched == 3).await;
    assert_eq!((counts.messages, counts.cut), (4, 1));

    // So many connections, and the one before them is still heard.
    let mut held = Vec::new();
    for _ in 0..20 {
        held.push(TcpStream::connect(listening.tcp).await.unwrap());
    }
    listening.counted(|counts| counts.refused == 13).await;
    stream.write_all(b"<189>47: %SYS-5-CONFIG_I: heard\n").await.unwrap();
    listening.counted(|counts| counts.watched == 4).await;
    drop(held);
    drop(stream);
    // Those that ended made room.
    let limit = tokio::time::timeout(Duration::from_secs(90), async {
        loop {
            let mut stream = TcpStream::connect(listening.tcp).await.unwrap();
            if stream.write_all(b"<189>48: %SYS-5-CONFIG_I: in the end").await.is_ok() {
                stream.shutdown().await.ok();
            }
            let before = listening.counts.borrow_and_update().watched;
            let changed = listening.counts.wait_for(|counts| counts.watched > before || counts.refused > 13);
            if changed.await.unwrap().watched > before {
                return;
            }
        }
    });
    limit.await.unwrap();
    listening.end().await;
}

#[tokio::test]
async fn a_flood_is_bounded_and_the_schedule_is_not_flooded() {
    let rows: String = (0..200).map(|number| format!("device-{number},192.0.2.{number}\n")).collect();
    let flood = ListenSettings { senders: senders(&rows), ..settings(5) };
    // Nobody takes more than two early polls.
    let mut listening = Listening::begin(flood, 2).await;
    let mut stream = TcpStream::connect(listening.tcp).await.unwrap();
    for round in 0..50 {
        let lines: String =
            (0..200).map(|number| format!("<189>{round}: device-{number}: %SYS-5-CONFIG_I: x\n")).collect();
        stream.write_all(lines.as_bytes()).await.unwrap();
    }
    let counts = listening.counted(|counts| counts.messages == 10_000).await;
    assert_eq!(counts.watched, 10_000);
    listening.clock.pass(Duration::from_secs(30));
    listening.counted(|counts| counts.polls == 2).await;
    for _ in 0..5 {
        listening.poll().await;
    }
    let counts = listening.counted(|counts| counts.polls == 5).await;
    assert_eq!(counts.polls, 5, "a minute's share");
    listening.clock.pass(Duration::from_secs(12));
    listening.poll().await;
    listening.counted(|counts| counts.polls == 6).await;
    listening.end().await;
}

#[tokio::test]
async fn new_settings_hold_and_addresses_that_are_not_to_be_had_change_nothing() {
    let mut listening = Listening::begin(settings(30), 8).await;
    let other = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let taken = other.local_addr().unwrap();
    let changed = ListenSettings { udp: Some(taken), senders: senders("core-9,127.0.0.1\n"), ..settings(30) };
    listening.settings.send(Arc::new(changed)).unwrap();
    // It is sent until the new inventory is in force; the address before stays.
    let heard = async {
        loop {
            listening.send("<189>%SYS-5-CONFIG_I: x").await;
            let before = listening.counts.borrow().messages;
            listening.counted(|counts| counts.messages > before).await;
            listening.clock.pass(Duration::from_secs(700));
            if listening.poll().await.device == "core-9" {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(90), heard).await.unwrap();
    let free = ListenSettings { udp: None, tcp: None, ..settings(30) };
    listening.settings.send(Arc::new(free)).unwrap();
    let closed = async {
        while TcpStream::connect(listening.tcp).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(90), closed).await.unwrap();
    listening.end().await;
}

#[tokio::test]
async fn every_address_is_refused() {
    for every in ["0.0.0.0:5514", "[::]:5514", "[::ffff:0.0.0.0]:5514"] {
        let settings = ListenSettings { udp: Some(every.parse().unwrap()), ..settings(30) };
        let clock = Arc::new(Manual::at("2027-03-01T12:00:00Z"));
        let (_sender, settings) = watch::channel(Arc::new(settings));
        let error = Listener::bind(settings, mpsc::channel(1).0, clock).await.unwrap_err();
        assert!(matches!(error, ListenError::EveryAddress { .. }), "{error}");
    }
}

mod crowd;
mod taken;
