//! Delivery by HTTP to a collector that misbehaves.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use licwatch::clock::SystemClock;
use licwatch::config::HttpSettings;
use licwatch::credentials::{Process, SecretSource};
use licwatch::deliver::http::HttpSink;
use licwatch::deliver::{Destination, Pace};
use licwatch_simulator::collector::{Collector, Reply};

use super::site::{Site, pace, soon};

pub(crate) fn settings(collector: &Collector) -> HttpSettings {
    HttpSettings {
        url: collector.url(),
        token: None,
        ca_file: None,
        certificate_file: None,
        key_file: None,
        gzip: true,
        timeout: Duration::from_millis(1500),
    }
}

pub(crate) fn with(settings: HttpSettings, name: &str, pace: Pace) -> Destination {
    let clock = Arc::new(SystemClock::new());
    let sink = HttpSink::new(settings, "site-12", Arc::new(Process), clock).unwrap();
    Destination { name: name.to_owned(), sink: Arc::new(sink), pace }
}

pub(crate) fn to(collector: &Collector, name: &str, pace: Pace) -> Destination {
    with(settings(collector), name, pace)
}

pub(crate) fn private(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    path
}

/// Three lines are delivered to a collector that answers the first request badly. What is in the state after the
/// first failure is returned, with the book when all is over.
async fn after(reply: Reply) -> (String, licwatch_simulator::collector::Book, Vec<String>) {
    let mut site = Site::new();
    site.configure(&["a"]).await;
    let ids = site.collect(3).await;
    let collector = Collector::builder().start().await.unwrap();
    collector.always(Some(reply));
    let pace = Pace { retry: Duration::from_millis(300), retry_most: Duration::from_millis(300), ..pace() };
    site.run(vec![to(&collector, "a", pace)]);
    let state = site.until("a", |state| state.failures > 0).await;
    assert_eq!((state.waiting, state.refused), (3, 0));
    let problem = state.problem.unwrap();
    collector.always(None);
    site.until("a", |state| state.waiting == 0).await;
    site.stop().await;
    let book = collector.book();
    for delivery in book.deliveries() {
        let first = &book.deliveries()[0];
        assert_eq!((&delivery.key, delivery.sequence), (&first.key, 1));
        assert_eq!((&delivery.ids, &delivery.sha256), (&ids, &first.sha256));
    }
    assert_eq!(book.lines(), ids);
    (problem, book, ids)
}

#[tokio::test]
async fn what_fails_comes_again_with_the_same_key_and_lines() {
    let cases = [
        (Reply::Status(500), "answers 500", false),
        (Reply::Status(503), "answers 503", false),
        (Reply::Status(408), "answers 408", false),
        (Reply::Status(401), "token_file", false),
        (Reply::Status(403), "may do over there", false),
        (Reply::Status(404), "the path in url", false),
        (Reply::Redirect("http://127.0.0.1:1/".into()), "redirects are not followed", false),
        (Reply::RetryAfter(429, 0), "answers 429", false),
        (Reply::HalfAnswer, "was cut", true),
        (Reply::Hang, "did not answer within 1.5 s", false),
        (Reply::TakeAndDrop, "broke off", true),
        (Reply::Garbage, "broke off", false),
        (Reply::Endless, "is too long", false),
        (Reply::Body(r#"{"schema":"licwatch/receipt/1"}"#.into()), "not of the form", true),
        (
            Reply::Body(r#"{"schema":"licwatch/receipt/1","accepted":2}"#.into()),
            "2 accepted and 0 refused lines, but 3 were sent",
            true,
        ),
        (
            Reply::Body(r#"{"schema":"licwatch/receipt/1","accepted":2,"refused":[{"id":"x"}]}"#.into()),
            "lines it was not sent",
            true,
        ),
    ];
    for (reply, said, is_taken_twice) in cases {
        let (problem, book, ids) = after(reply.clone()).await;
        assert!(problem.contains(said), "{reply:?}: {problem}");
        assert_eq!(ids.iter().all(|id| book.count(id) > 1), is_taken_twice, "{reply:?}");
    }
}

#[tokio::test]
async fn a_receiver_says_how_long_it_wants_to_be_left_alone() {
    let mut site = Site::new();
    site.configure(&["a"]).await;
    site.collect(1).await;
    let collector = Collector::builder().start().await.unwrap();
    collector.next([Reply::RetryAfter(429, 2), Reply::Take]);
    let pace = Pace { retry: Duration::from_millis(10), retry_most: Duration::from_secs(60), ..pace() };
    site.run(vec![to(&collector, "a", pace)]);
    let book = soon(collector.until(|book| book.deliveries().len() == 2)).await;
    let gap = book.deliveries()[1].at - book.deliveries()[0].at;
    assert!(gap >= Duration::from_secs(2), "{gap:?}");
    site.stop().await;
}

#[tokio::test]
async fn a_request_says_what_it_is() {
    for gzip in [true, false] {
        let mut site = Site::new();
        site.configure(&["a"]).await;
        let ids = site.collect(2).await;
        std::fs::write(site.folder.path().join("journal.head"), r#"{"seq":1}"#).unwrap();
        let collector = Collector::builder().start().await.unwrap();
        let settings = HttpSettings { gzip, ..settings(&collector) };
        site.run(vec![with(settings, "a", pace())]);
        site.until("a", |state| state.waiting == 0).await;
        let book = collector.book();
        let delivery = &book.deliveries()[0];
        assert_eq!((delivery.is_gzip, delivery.agent.as_str(), delivery.sequence), (gzip, "site-12", 1));
        assert_eq!((&delivery.ids, delivery.key.len()), (&ids, 36));
        let entries = site.entries("delivered").await;
        assert_eq!(entries[0]["note"], format!("{} 200", collector.url()));
        site.stop().await;
    }
}

#[tokio::test]
async fn the_collectors_refusals_hold_line_by_line_or_for_the_batch() {
    let mut site = Site::new();
    site.configure(&["a"]).await;
    let ids = site.collect(20).await;
    let collector = Collector::builder().start().await.unwrap();
    collector.next([Reply::Status(413), Reply::Refuse(vec![ids[2].clone()])]);
    collector.poison(&ids[13], 422);
    site.run(vec![to(&collector, "a", pace())]);
    let state = site.until("a", |state| state.waiting == 0).await;
    assert_eq!((state.delivered, state.refused), (18, 2));
    let book = collector.book();
    assert_eq!((book.lines().len(), book.repeats()), (18, 0));
    assert!(!book.lines().contains(&ids[2]) && !book.lines().contains(&ids[13]));
    let reasons: Vec<_> = site.entries("refused").await;
    assert_eq!(reasons[0]["reason"], "it was told to refuse it");
    assert!(reasons[1]["reason"].as_str().unwrap().starts_with("422"), "{reasons:?}");
    site.stop().await;
}

#[tokio::test]
async fn a_token_is_read_anew_and_stands_nowhere() {
    const TOKEN: &str = "hunter2-bearer";
    let mut site = Site::new();
    site.configure(&["a"]).await;
    site.collect(1).await;
    let folder = tempfile::tempdir().unwrap();
    let collector = Collector::builder().token(TOKEN).start().await.unwrap();
    collector.always(Some(Reply::Echo));
    let file = private(folder.path(), "token", "wrong-secret\n");
    let token = Some(SecretSource::File(file));
    site.run(vec![with(HttpSettings { token, ..settings(&collector) }, "a", pace())]);
    let state = site.until("a", |state| state.failures > 0).await;
    let problem = state.problem.unwrap();
    assert!(problem.contains("401") && problem.contains("token_file"), "{problem}");
    // Every line is still there: a wrong token is no fault of theirs.
    assert_eq!((state.waiting, state.refused), (1, 0));
    let file = private(folder.path(), "token", &format!("{TOKEN}\n"));
    // It answers with the very headers that it was sent.
    let state = site.until("a", |state| state.refused == 1).await;
    let entry = site.entries("refused").await.remove(0).to_string();
    assert!(entry.contains("Bearer [redacted]") && !entry.contains(TOKEN), "{entry}");
    assert_eq!(state.waiting, 0);
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    site.collect(1).await;
    let state =
        site.until("a", |state| state.problem.as_ref().is_some_and(|it| it.contains("chmod 600"))).await;
    assert_eq!(state.waiting, 1);
    site.stop().await;
    let mut bytes = Vec::new();
    for entry in std::fs::read_dir(site.folder.path()).unwrap() {
        bytes.extend(std::fs::read(entry.unwrap().path()).unwrap());
    }
    for secret in [TOKEN, "wrong-secret"] {
        assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret}");
    }
}

#[tokio::test]
async fn nobody_there_is_later() {
    let mut site = Site::new();
    site.configure(&["a"]).await;
    site.collect(1).await;
    let collector = Collector::builder().start().await.unwrap();
    let settings = settings(&collector);
    collector.stop().await;
    site.run(vec![with(settings, "a", pace())]);
    let state = site.until("a", |state| state.failures > 1).await;
    assert!(state.problem.unwrap().contains("cannot be reached"));
    site.stop().await;
}
