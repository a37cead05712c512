//! More connections than there is room for.

use tokio::net::TcpSocket;

use super::*;

/// A connection from an address of loopback.
async fn connected(from: &str, to: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(format!("{from}:0").parse().unwrap()).unwrap();
    socket.connect(to).await.unwrap()
}

const CHANGED: &[u8] = b"<189>45: core-1: %SYS-5-CONFIG_I: x\n";

/// Strangers fill their own room; a relay among them that has something to say stays, and devices are not shut out.
#[tokio::test]
async fn strangers_take_nobodys_room() {
    let mut listening = Listening::begin(settings(30), 8).await;
    let to = listening.tcp;
    let mut relay = connected("127.0.1.1", to).await;
    let mut idle = Vec::new();
    for host in 2..=150 {
        idle.push(connected(&format!("127.0.1.{host}"), to).await);
        if host % 8 == 0 {
            let before = listening.counts.borrow().watched;
            relay.write_all(CHANGED).await.unwrap();
            listening.counted(|counts| counts.watched > before).await;
        }
    }
    listening.counted(|counts| counts.refused == 150 - 32).await;
    let mut device = connected("127.0.0.1", to).await;
    for stream in [&mut relay, &mut device] {
        let before = listening.counts.borrow().watched;
        stream.write_all(CHANGED).await.unwrap();
        listening.counted(|counts| counts.watched > before).await;
    }
    assert_eq!(listening.counts.borrow().refused, 150 - 32);
    // The one that was idle longest is closed, the newest is not.
    let limit = Duration::from_secs(90);
    let closed = tokio::time::timeout(limit, idle[0].readable());
    closed.await.expect("it is closed").unwrap();
    assert_eq!(idle[0].try_read(&mut [0; 1]).unwrap_or(0), 0);
    let newest = idle.last_mut().unwrap();
    let before = listening.counts.borrow().watched;
    newest.write_all(CHANGED).await.unwrap();
    listening.counted(|counts| counts.watched > before).await;
    listening.end().await;
}

#[tokio::test]
async fn of_the_devices_the_one_that_was_silent_longest_makes_room() {
    let rows: String = (1..=4).map(|host| format!("device-{host},127.0.2.{host}\n")).collect();
    let (early, _polls) = mpsc::channel(8);
    let (_sender, settings) =
        watch::channel(Arc::new(ListenSettings { senders: senders(&rows), ..settings(30) }));
    let clock = Arc::new(Manual::at("2027-03-01T12:00:00Z"));
    let listener = Listener::bind(settings, early, clock).await.unwrap().holding(3);
    let (to, mut counts) = (listener.addresses().1.unwrap(), listener.counts());
    let stop = CancellationToken::new();
    let running = tokio::spawn(listener.run(stop.clone()));
    let limit = Duration::from_secs(90);
    let mut streams = Vec::new();
    for host in 1..=4_u64 {
        let mut stream = connected(&format!("127.0.2.{host}"), to).await;
        stream.write_all(CHANGED).await.unwrap();
        let heard = counts.wait_for(|counts| counts.watched == host);
        tokio::time::timeout(limit, heard).await.unwrap().unwrap();
        streams.push(stream);
    }
    assert_eq!(counts.borrow().refused, 1);
    tokio::time::timeout(limit, streams[0].readable()).await.expect("it is closed").unwrap();
    assert_eq!(streams[0].try_read(&mut [0; 1]).unwrap_or(0), 0);
    for (place, stream) in streams.iter_mut().enumerate().skip(1) {
        stream.write_all(CHANGED).await.unwrap();
        let heard = counts.wait_for(|counts| counts.watched == 4 + place as u64);
        tokio::time::timeout(limit, heard).await.unwrap().unwrap();
    }
    stop.cancel();
    running.await.unwrap();
}
