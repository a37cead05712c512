//! Addresses that are not to be had yet.

use super::*;

/// A port of loopback that somebody else has, until it is dropped.
fn taken() -> (std::net::TcpListener, SocketAddr) {
    let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = other.local_addr().unwrap();
    (other, address)
}

/// Waits until something of ours takes connections there, and brings it a message.
async fn bring(address: SocketAddr, message: &[u8]) {
    let bringing = async {
        loop {
            if let Ok(mut stream) = TcpStream::connect(address).await {
                return stream.write_all(message).await.unwrap();
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(90), bringing).await.unwrap();
}

#[tokio::test]
async fn an_address_that_is_taken_at_the_start_is_taken_when_it_is_free() {
    let (other, address) = taken();
    let (early, _polls) = mpsc::channel(8);
    let (_sender, settings) = watch::channel(Arc::new(ListenSettings { tcp: Some(address), ..settings(30) }));
    let clock = Arc::new(Manual::at("2027-03-01T12:00:00Z"));
    let listener = Listener::bind(settings, early, clock).await.unwrap();
    assert!(matches!(listener.addresses(), (Some(_), None)), "the other one is listened at");
    let (mut counts, stop) = (listener.counts(), CancellationToken::new());
    let running = tokio::spawn(listener.run(stop.clone()));
    drop(other);
    bring(address, b"<189>45: %SYS-5-CONFIG_I: x\n").await;
    let heard = counts.wait_for(|counts| counts.watched == 1);
    tokio::time::timeout(Duration::from_secs(90), heard).await.unwrap().unwrap();
    stop.cancel();
    running.await.unwrap();
}

#[tokio::test]
async fn an_address_that_was_taken_at_a_reload_is_taken_when_it_is_free_and_the_old_one_left() {
    let mut listening = Listening::begin(settings(30), 8).await;
    let (other, address) = taken();
    let wanted =
        ListenSettings { tcp: Some(address), senders: senders("core-9,127.0.0.1\n"), ..settings(30) };
    listening.settings.send(Arc::new(wanted)).unwrap();
    // Once the new inventory is in force, the new address was tried.
    let known = async {
        loop {
            bring(listening.tcp, b"<189>45: %SYS-5-CONFIG_I: x\n").await;
            let before = listening.counts.borrow().messages;
            listening.counted(|counts| counts.messages > before).await;
            listening.clock.pass(Duration::from_secs(700));
            if listening.poll().await.device == "core-9" {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(90), known).await.unwrap();
    drop(other);
    let before = listening.counts.borrow().watched;
    bring(address, b"<189>45: %SYS-5-CONFIG_I: x\n").await;
    listening.counted(|counts| counts.watched > before).await;
    assert!(TcpStream::connect(listening.tcp).await.is_err(), "the old address is left");
    listening.end().await;
}
