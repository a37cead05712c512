//! Connections and their requests.

use std::io::{self, Write};
use std::sync::{Arc, PoisonError};
use std::time::Instant;

use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use tokio_util::task::TaskTracker;

use super::book::Delivery;
use super::reply::Reply;
use super::request::{self, Request};
use super::{Book, Shared};

/// Connections at the same time.
const MOST: usize = 256;

pub(super) async fn serve(
    listener: TcpListener,
    acceptor: Option<TlsAcceptor>,
    shared: Arc<Shared>,
    tasks: TaskTracker,
) {
    let room = Arc::new(Semaphore::new(MOST));
    loop {
        let accepted = tokio::select! {
            () = shared.stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let (Ok((stream, _)), Ok(place)) = (accepted, Arc::clone(&room).acquire_owned().await) else {
            continue;
        };
        let (acceptor, shared) = (acceptor.clone(), Arc::clone(&shared));
        tasks.spawn(async move {
            let stop = shared.stop.clone();
            let talk = async {
                match acceptor {
                    None => talk(stream, &shared, false).await,
                    Some(acceptor) => {
                        let stream = acceptor.accept(stream).await?;
                        let has_certificate = stream.get_ref().1.peer_certificates().is_some();
                        talk(stream, &shared, has_certificate).await
                    }
                }
            };
            tokio::select! {
                () = stop.cancelled() => {}
                talked = talk => if let Err(error) = talked {
                    tracing::debug!(%error, "A connection to the collector ended.");
                }
            }
            drop(place);
        });
    }
}

async fn talk(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    shared: &Shared,
    has_certificate: bool,
) -> io::Result<()> {
    let mut rest = Vec::new();
    loop {
        // One guard, gone before the body: the script is locked while a condition's temporaries live.
        let drops = shared.script().next.pop_front_if(|reply| *reply == Reply::Drop).is_some();
        if drops {
            shared.book.send_modify(Book::requested);
            return Ok(());
        }
        let Some(request) = request::read(&mut stream, &mut rest).await? else { return Ok(()) };
        shared.book.send_modify(Book::requested);
        if let Some(token) = &shared.token
            && request.header("authorization") != Some(&format!("Bearer {token}"))
        {
            shared.book.send_modify(Book::unauthorized_one);
            answer(&mut stream, 401, &[], b"the token is not known here").await?;
            continue;
        }
        if request.method != "POST" {
            answer(&mut stream, 405, &[], b"").await?;
            continue;
        }
        let ids = ids(&request);
        let reply = reply(shared, &ids);
        if !respond(&mut stream, shared, &request, ids, reply, has_certificate).await? {
            stream.shutdown().await?;
            return Ok(());
        }
    }
}

/// The reply that is next for a batch of these lines.
fn reply(shared: &Shared, ids: &[String]) -> Reply {
    let mut script = shared.script();
    if let Some(reply) = script.next.pop_front() {
        return reply;
    }
    if let Some(status) = ids.iter().find_map(|id| script.poison.get(id)) {
        return Reply::Status(*status);
    }
    script.always.clone().unwrap_or(Reply::Take)
}

/// Answers; false if the connection ends with that.
async fn respond(
    stream: &mut (impl AsyncWrite + Unpin),
    shared: &Shared,
    request: &Request,
    ids: Vec<String>,
    reply: Reply,
    has_certificate: bool,
) -> io::Result<bool> {
    let refused: &[String] = if let Reply::Refuse(ids) = &reply { ids } else { &[] };
    let taken: Vec<String> = match &reply {
        Reply::Status(_)
        | Reply::RetryAfter(..)
        | Reply::Redirect(_)
        | Reply::Hang
        | Reply::Drop
        | Reply::Garbage
        | Reply::Endless
        | Reply::Echo => Vec::new(),
        _ => ids.iter().filter(|id| !refused.contains(id)).cloned().collect(),
    };
    let receipt = receipt(&taken, &ids, refused);
    note(shared, request, ids, &taken, has_certificate)?;
    match reply {
        Reply::Take | Reply::Refuse(_) => answer(stream, 200, &[], receipt.as_bytes()).await?,
        Reply::TakeWithoutReceipt => answer(stream, 204, &[], b"").await?,
        Reply::Status(status) => answer(stream, status, &[], b"as it was told to").await?,
        Reply::RetryAfter(status, seconds) => {
            answer(stream, status, &[("Retry-After", &seconds.to_string())], b"").await?;
        }
        Reply::Redirect(to) => answer(stream, 307, &[("Location", &to)], b"").await?,
        Reply::HalfAnswer => {
            let length = receipt.len() * 2;
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{receipt}");
            stream.write_all(head.as_bytes()).await?;
            return Ok(false);
        }
        Reply::Hang => {
            shared.stop.cancelled().await;
            return Ok(false);
        }
        Reply::TakeAndDrop | Reply::Drop => return Ok(false),
        Reply::Slow(time) => {
            tokio::time::sleep(time).await;
            answer(stream, 200, &[], receipt.as_bytes()).await?;
        }
        Reply::Body(body) => answer(stream, 200, &[], body.as_bytes()).await?,
        Reply::Garbage => {
            stream.write_all(b"\x16\x03\x01 this is no HTTP \xff\xfe\r\n\r\n").await?;
            return Ok(false);
        }
        Reply::Endless => {
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
            loop {
                stream.write_all(&[b' '; 16 << 10]).await?;
            }
        }
        Reply::Echo => answer(stream, 400, &[], request.head().as_bytes()).await?,
    }
    Ok(true)
}

/// Writes down what was taken, synced before anybody is told.
fn note(
    shared: &Shared,
    request: &Request,
    ids: Vec<String>,
    taken: &[String],
    has_certificate: bool,
) -> io::Result<()> {
    let text = |name: &str| request.header(name).unwrap_or_default().to_owned();
    let key = text("idempotency-key");
    let sequence = text("licwatch-sequence").parse().unwrap_or_default();
    if let Some(ledger) = shared.ledger.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
        let lines: String = taken.iter().map(|id| format!("{key} {sequence} {id}\n")).collect();
        ledger.write_all(lines.as_bytes())?;
        ledger.sync_data()?;
    }
    let delivery = Delivery {
        key,
        sequence,
        agent: text("licwatch-agent"),
        ids,
        sha256: Sha256::digest(&request.text).iter().map(|byte| format!("{byte:02x}")).collect(),
        is_gzip: request.header("content-encoding") == Some("gzip"),
        has_certificate,
        taken: taken.len(),
        at: Instant::now(),
    };
    shared.book.send_modify(|book| book.delivered(delivery, taken));
    Ok(())
}

fn receipt(taken: &[String], ids: &[String], refused: &[String]) -> String {
    let refused: Vec<Value> = ids
        .iter()
        .filter(|id| refused.contains(id))
        .map(|id| serde_json::json!({ "id": id, "reason": "it was told to refuse it" }))
        .collect();
    let receipt = serde_json::json!({
        "schema": "licwatch/receipt/1", "accepted": taken.len(), "refused": refused,
    });
    receipt.to_string()
}

/// The ids of the lines of a request; a line without one is known by its digest.
fn ids(request: &Request) -> Vec<String> {
    let id = |line: &str| {
        let value: Value = serde_json::from_str(line).unwrap_or_default();
        let id = value.pointer("/observation/id").or_else(|| value.get("id")).and_then(Value::as_str);
        id.map_or_else(|| format!("{:x}", Sha256::digest(line)), str::to_owned)
    };
    request.text.lines().map(id).collect()
}

async fn answer(
    stream: &mut (impl AsyncWrite + Unpin),
    status: u16,
    headers: &[(&str, &str)],
    body: &[u8],
) -> io::Result<()> {
    let mut head = format!("HTTP/1.1 {status} Simulated\r\n");
    if status != 204 {
        head.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body).await?;
    stream.flush().await
}
