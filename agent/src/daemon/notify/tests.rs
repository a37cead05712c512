use super::*;

/// A service manager that reads what it is told.
struct Listening {
    socket: tokio::net::UnixDatagram,
    address: OsString,
    _folder: tempfile::TempDir,
}

impl Listening {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let address = folder.path().join("notify");
        let socket = tokio::net::UnixDatagram::bind(&address).unwrap();
        Self { socket, address: address.into_os_string(), _folder: folder }
    }

    fn notifier(&self, watchdog: Option<Duration>) -> Notifier {
        Notifier::connect(&ServiceManager { socket: Some(self.address.clone()), watchdog }).unwrap()
    }

    async fn next(&self) -> String {
        let mut bytes = [0; 4096];
        let received = self.socket.recv(&mut bytes);
        let length = tokio::time::timeout(Duration::from_secs(3600), received).await.unwrap().unwrap();
        String::from_utf8(bytes[..length].to_vec()).unwrap()
    }

    fn nothing_more(&self) -> bool {
        self.socket.try_recv(&mut [0; 4096]).is_err()
    }
}

#[tokio::test]
async fn it_is_told_what_it_must_know() {
    let manager = Listening::new();
    let notifier = manager.notifier(None);
    notifier.ready();
    assert_eq!(manager.next().await, "READY=1\n");
    notifier.reloading();
    let reloading = manager.next().await;
    let micros = reloading.strip_prefix("RELOADING=1\nMONOTONIC_USEC=").unwrap().trim_end();
    assert!(micros.parse::<u64>().unwrap() > 0);
    notifier.stopping();
    assert_eq!(manager.next().await, "STOPPING=1\n");
}

#[tokio::test]
async fn a_manager_that_reads_nothing_or_is_gone_holds_up_nobody() {
    let manager = Listening::new();
    let notifier = manager.notifier(None);
    for _ in 0..10_000 {
        notifier.ready();
    }
    assert_eq!(manager.next().await, "READY=1\n");
    drop(manager);
    notifier.stopping();
    Notifier::default().ready();
    let nowhere = ServiceManager { socket: Some("/nowhere/notify".into()), watchdog: None };
    assert!(Notifier::connect(&nowhere).is_err());
}

#[tokio::test]
async fn a_name_that_lies_in_no_folder_is_reached() {
    let name = format!("licwatch-test-{}", std::process::id());
    let address = SocketAddr::from_abstract_name(&name).unwrap();
    let listening = UnixDatagram::bind_addr(&address).unwrap();
    let manager = ServiceManager { socket: Some(format!("@{name}").into()), watchdog: None };
    Notifier::connect(&manager).unwrap().ready();
    let mut bytes = [0; 64];
    listening.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let length = listening.recv(&mut bytes).unwrap();
    assert_eq!(&bytes[..length], b"READY=1\n");
}

#[tokio::test(start_paused = true)]
async fn the_watchdog_is_fed_at_half_its_interval_while_every_part_lives() {
    let manager = Listening::new();
    let notifier = manager.notifier(Some(Duration::from_secs(30)));
    let pulse = Pulse::default();
    let beat = pulse.part("scheduler", Duration::from_secs(20));
    let (_status, status) = watch::channel(Status::default());
    let stop = CancellationToken::new();
    let begun = Instant::now();
    let running = tokio::spawn(notifier.run(status, pulse, TimeZone::UTC, stop.clone()));
    assert_eq!(manager.next().await, "STATUS=0 devices, 0 in flight\n");
    for beats in 0..3_u32 {
        assert_eq!(manager.next().await, "WATCHDOG=1\n");
        assert_eq!(begun.elapsed().as_secs(), u64::from(beats) * 15);
        beat.touch();
    }
    // It has touched at 30 s: the beat of 45 s is the last.
    assert_eq!(manager.next().await, "WATCHDOG=1\n");
    tokio::time::sleep(Duration::from_secs(120)).await;
    assert!(manager.nothing_more(), "the scheduler shows no life");
    beat.touch();
    assert_eq!(manager.next().await, "WATCHDOG=1\n");
    stop.cancel();
    running.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn the_newest_status_is_told_and_no_more_often_than_every_second() {
    let manager = Listening::new();
    let (status, told) = watch::channel(Status { devices: 482, ..Status::default() });
    let stop = CancellationToken::new();
    let running =
        tokio::spawn(manager.notifier(None).run(told, Pulse::default(), TimeZone::UTC, stop.clone()));
    assert_eq!(manager.next().await, "STATUS=482 devices, 0 in flight\n");
    let begun = Instant::now();
    for in_flight in 1..=50 {
        status.send_modify(|status| status.in_flight = in_flight);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(manager.next().await, "STATUS=482 devices, 50 in flight\n");
    assert!(begun.elapsed() >= Duration::from_millis(990), "{:?}", begun.elapsed());
    assert!(manager.nothing_more());
    stop.cancel();
    running.await.unwrap();
}

#[test]
fn a_status_is_one_line() {
    let status = Status {
        devices: 482,
        in_flight: 3,
        next: Some("2027-03-01T10:32:10Z".parse().unwrap()),
        silent: 2,
        brakes: [(Brake::Disk, "12 MiB free".to_owned()), (Brake::Clock, "it\njumped".to_owned())].into(),
    };
    let line = "482 devices, 3 in flight, next 10:32, 2 silent; braked: disk: 12 MiB free; clock: it jumped";
    assert_eq!(status.line(&TimeZone::UTC), line);
}

#[test]
fn the_variables_of_another_process_are_not_ours() {
    let variables = |pid: &'static str| {
        move |name: &str| match name {
            "NOTIFY_SOCKET" => Some("/run/systemd/notify".into()),
            "WATCHDOG_USEC" => Some("30000000".into()),
            "WATCHDOG_PID" => Some(pid.into()),
            _ => None,
        }
    };
    let ours = ServiceManager::from_variables(variables("7"), 7);
    assert_eq!(ours.watchdog, Some(Duration::from_secs(30)));
    assert_eq!(ours.socket.as_deref(), Some(OsStr::new("/run/systemd/notify")));
    assert_eq!(ServiceManager::from_variables(variables("8"), 7).watchdog, None);
    assert_eq!(ServiceManager::from_variables(|_| None, 7), ServiceManager::default());
}
