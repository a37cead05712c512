//! The session against a scripted server over an in-memory stream.

use std::time::Duration;

use licwatch_parsers::netconf::{
    Deframer, Framing, MESSAGE_CAP, Operation, Request, frame, licensing_filter, server_hello,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::task::JoinHandle;

use super::{NetconfLimits, NetconfOptions, NetconfSession};
use crate::transport::{Failure, Kind, Stage};

const BASE_1_0: &str = "urn:ietf:params:netconf:base:1.0";
const BASE_1_1: &str = "urn:ietf:params:netconf:base:1.1";

type Answer = Box<dyn Fn(&str) -> Option<Vec<u8>> + Send>;

/// A server: what it announces, how it frames replies, what it sends in answer to each request.
struct Server {
    hello: Vec<u8>,
    framing: Framing,
    /// Given the request's number, the bytes to send; without any, the stream is closed.
    answers: Vec<Answer>,
    holds: bool,
}

fn reply(id: &str, inside: &str) -> String {
    format!(
        "<rpc-reply xmlns=\"urn:ietf:params:xml:ns:netconf:base:1.0\" message-id=\"{id}\">{inside}</rpc-reply>"
    )
}

impl Server {
    fn new(bases: &[&str], framing: Framing, inside: &'static str) -> Self {
        let hello = frame(Framing::EndOfMessage, &server_hello(bases.iter().copied(), 27));
        let data = move |id: &str| Some(frame(framing, &reply(id, inside)));
        Self { hello, framing, answers: vec![Box::new(data)], holds: false }
    }

    fn answering(mut self, answer: impl Fn(&str) -> Option<Vec<u8>> + Send + 'static) -> Self {
        self.answers = vec![Box::new(answer)];
        self
    }

    /// Serves over a stream; gives every message that came, the client's hello first.
    fn serve(self, mut stream: DuplexStream) -> JoinHandle<Vec<String>> {
        tokio::spawn(async move {
            let (mut got, mut deframer, mut buffer) = (Vec::new(), Deframer::new(MESSAGE_CAP), [0; 4096]);
            let mut answers = self.answers.into_iter();
            if stream.write_all(&self.hello).await.is_err() {
                return got;
            }
            while let Ok(count @ 1..) = stream.read(&mut buffer).await {
                deframer.feed(&buffer[..count]);
                while let Some(message) = deframer.next_message().unwrap() {
                    let message = String::from_utf8(message).unwrap();
                    got.push(message.clone());
                    if got.len() == 1 {
                        deframer.switch(self.framing);
                        continue;
                    }
                    let request = Request::read(&message).unwrap();
                    let id = request.message_id.unwrap();
                    let bytes = match request.operation {
                        Operation::CloseSession => Some(frame(self.framing, &reply(&id, "<ok/>"))),
                        _ => answers.next().and_then(|answer| answer(&id)),
                    };
                    match bytes {
                        Some(bytes) if stream.write_all(&bytes).await.is_ok() => {}
                        _ if self.holds => {}
                        _ => return got,
                    }
                }
            }
            got
        })
    }
}

fn limits() -> NetconfLimits {
    let short = Duration::from_millis(150);
    NetconfLimits { hello: short, inactivity: short, close: short, ..NetconfLimits::default() }
}

fn options() -> NetconfOptions {
    NetconfOptions { limits: limits(), ..NetconfOptions::default() }
}

/// Opens a session with a server, over a stream that takes so many bytes at a time, and asks once.
async fn ask(server: Server, room: usize, options: NetconfOptions) -> Result<(Vec<u8>, Framing), Failure> {
    let (ours, theirs) = tokio::io::duplex(room);
    let server = server.serve(theirs);
    let mut session = NetconfSession::open(ours, options).await?;
    let filter = licensing_filter(&session.hello()).unwrap();
    let received = session.get(&filter).await;
    let framing = session.framing();
    if received.is_ok() {
        session.close().await;
        let got = server.await.unwrap();
        assert_eq!(got.len(), 3, "hello, get, close-session");
        assert!(got[2].contains("close-session"));
    } else {
        assert_eq!(session.get(&filter).await.unwrap_err(), received.clone().unwrap_err());
    }
    received.map(|received| {
        assert!(received.started <= received.finished);
        (received.raw, framing)
    })
}

#[tokio::test]
async fn framing_follows_what_both_announce() {
    for (bases, force, want) in [
        (&[BASE_1_0][..], false, Framing::EndOfMessage),
        (&[BASE_1_0, BASE_1_1], false, Framing::Chunked),
        (&[BASE_1_1], false, Framing::Chunked),
        (&[BASE_1_0, BASE_1_1], true, Framing::EndOfMessage),
    ] {
        // Byte by byte and in one piece.
        for room in [1, 1 << 20] {
            let options = NetconfOptions { force_base_1_0: force, ..options() };
            let (raw, framing) = ask(Server::new(bases, want, "<data/>"), room, options).await.unwrap();
            assert_eq!((raw, framing), (reply("101", "<data/>").into_bytes(), want));
        }
    }
}

/// ncclient #524: chunks before both hellos are done.
#[tokio::test]
async fn our_hello_is_never_in_chunks_and_stays_one_message() {
    let (ours, mut theirs) = tokio::io::duplex(1 << 16);
    let opening = tokio::spawn(NetconfSession::open(ours, options()));
    let server_hello = frame(Framing::EndOfMessage, &server_hello([BASE_1_1], 1));
    theirs.write_all(&server_hello).await.unwrap();
    let mut got = vec![0; 6];
    theirs.read_exact(&mut got).await.unwrap();
    assert_eq!(got, b"<?xml ");
    let session = opening.await.unwrap().unwrap();
    assert_eq!((session.session_id(), session.capabilities()), (Some(1), &[BASE_1_1.to_owned()][..]));
}

#[tokio::test]
async fn errors_of_the_device_are_data() {
    let inside = "<rpc-error><error-tag>access-denied</error-tag></rpc-error>";
    let (raw, _) = ask(Server::new(&[BASE_1_1], Framing::Chunked, inside), 64, options()).await.unwrap();
    assert!(String::from_utf8(raw).unwrap().contains("access-denied"));
    let anonymous = Server::new(&[BASE_1_0], Framing::EndOfMessage, "").answering(move |_| {
        Some(frame(Framing::EndOfMessage, &reply("", inside).replace(" message-id=\"\"", "")))
    });
    assert!(ask(anonymous, 64, options()).await.is_ok());
}

#[tokio::test]
async fn a_byte_that_is_no_utf8_stays_as_it_came() {
    let server = Server::new(&[BASE_1_0], Framing::EndOfMessage, "").answering(|id| {
        let text = reply(id, "<data>Caf?</data>");
        let bytes = text.bytes().map(|byte| if byte == b'?' { 0xe9 } else { byte });
        Some([bytes.collect(), b"]]>]]>".to_vec()].concat())
    });
    let (raw, _) = ask(server, 64, options()).await.unwrap();
    assert!(raw.contains(&0xe9));
}

#[tokio::test]
async fn a_reply_to_another_request_is_garbage() {
    for other in ["100", "1010", "", "x"] {
        let server = Server::new(&[BASE_1_1], Framing::Chunked, "")
            .answering(move |_| Some(frame(Framing::Chunked, &reply(other, "<data/>"))));
        let failure = ask(server, 64, options()).await.unwrap_err();
        assert_eq!((failure.stage, failure.kind), (Stage::Rpc, Kind::Garbage));
        assert!(failure.text.contains("asked was \"101\""), "{failure}");
    }
}

#[tokio::test]
async fn what_is_no_reply_is_garbage() {
    for text in ["<hello/>", "no XML", "<rpc-reply message-id='101'>", "<!DOCTYPE a><a/>"] {
        let server = Server::new(&[BASE_1_1], Framing::Chunked, "")
            .answering(move |_| Some(frame(Framing::Chunked, text)));
        let failure = ask(server, 64, options()).await.unwrap_err();
        assert_eq!((failure.stage, failure.kind), (Stage::Rpc, Kind::Garbage), "{text}");
    }
    let server = Server::new(&[BASE_1_1], Framing::Chunked, "").answering(|_| Some(b"\n#x\n".to_vec()));
    assert_eq!(ask(server, 64, options()).await.unwrap_err().kind, Kind::Garbage);
}

/// clixon #314
#[tokio::test]
async fn wrong_framing_after_base_1_1_is_named_and_can_be_pinned() {
    let wrong = || {
        Server::new(&[BASE_1_0, BASE_1_1], Framing::Chunked, "")
            .answering(|id| Some(frame(Framing::EndOfMessage, &reply(id, "<data/>"))))
    };
    let failure = ask(wrong(), 64, options()).await.unwrap_err();
    assert_eq!((failure.stage, failure.kind), (Stage::Rpc, Kind::Protocol));
    assert!(
        failure.text.contains("announced base:1.1") && failure.remedy.contains("transport = \"ssh\""),
        "{failure}"
    );
    let pinned = NetconfOptions { force_base_1_0: true, ..options() };
    let server = Server { framing: Framing::EndOfMessage, ..wrong() };
    assert!(ask(server, 64, pinned).await.is_ok());
}

#[tokio::test]
async fn the_end_of_the_stream_at_any_byte_is_closed() {
    let hello = frame(Framing::EndOfMessage, &server_hello([BASE_1_1], 27));
    for cut in (0..hello.len()).step_by(7) {
        let (ours, mut theirs) = tokio::io::duplex(1 << 16);
        theirs.write_all(&hello[..cut]).await.unwrap();
        drop(theirs);
        let failure = NetconfSession::open(ours, options()).await.unwrap_err();
        assert_eq!((failure.stage, failure.kind), (Stage::Hello, Kind::Closed), "{cut}");
        assert_eq!(failure.text.contains("middle"), cut > 0, "{failure}");
    }
    let whole = frame(Framing::Chunked, &reply("101", "<data/>"));
    for cut in 0..whole.len() {
        let bytes = whole.clone();
        let server =
            Server::new(&[BASE_1_1], Framing::Chunked, "").answering(move |_| Some(bytes[..cut].to_vec()));
        let (ours, theirs) = tokio::io::duplex(1 << 16);
        let serving = server.serve_once(theirs);
        let mut session = NetconfSession::open(ours, options()).await.unwrap();
        let filter = licensing_filter(&session.hello()).unwrap();
        let failure = session.get(&filter).await.unwrap_err();
        assert_eq!((failure.stage, failure.kind), (Stage::Rpc, Kind::Closed), "{cut}: {failure}");
        serving.await.unwrap();
    }
}

impl Server {
    /// Answers one request and hangs up.
    fn serve_once(mut self, mut stream: DuplexStream) -> JoinHandle<()> {
        tokio::spawn(async move {
            let (mut deframer, mut buffer, mut messages) = (Deframer::new(MESSAGE_CAP), [0; 4096], 0);
            stream.write_all(&self.hello).await.unwrap();
            while let Ok(count @ 1..) = stream.read(&mut buffer).await {
                deframer.feed(&buffer[..count]);
                while deframer.next_message().unwrap().is_some() {
                    messages += 1;
                    deframer.switch(self.framing);
                    if messages == 2 {
                        let bytes = self.answers.remove(0)("101").unwrap();
                        stream.write_all(&bytes).await.unwrap();
                        return;
                    }
                }
            }
        })
    }
}

#[tokio::test]
async fn what_is_no_hello_is_garbage_at_once() {
    for text in [
        "Welcome to edge-1\r\n",
        "SSH-2.0-x\r\n",
        "\u{feff}?",
        "<html></html>]]>]]>",
        "<hello/>]]>]]>",
        "<hello]]>]]>",
    ] {
        let (ours, mut theirs) = tokio::io::duplex(1 << 16);
        theirs.write_all(text.as_bytes()).await.unwrap();
        let slow = NetconfOptions { limits: NetconfLimits::default(), ..options() };
        let failure = NetconfSession::open(ours, slow).await.unwrap_err();
        assert_eq!((failure.stage, failure.kind), (Stage::Hello, Kind::Garbage), "{text}");
    }
    let (ours, mut theirs) = tokio::io::duplex(1 << 16);
    theirs.write_all(&frame(Framing::EndOfMessage, &server_hello(["urn:x"], 1))).await.unwrap();
    assert_eq!(NetconfSession::open(ours, options()).await.unwrap_err().kind, Kind::Protocol);
}

#[tokio::test]
async fn silence_times_out_at_each_stage() {
    for text in ["", "\n", "<hello xmlns="] {
        let (ours, mut theirs) = tokio::io::duplex(1 << 16);
        theirs.write_all(text.as_bytes()).await.unwrap();
        let failure = NetconfSession::open(ours, options()).await.unwrap_err();
        assert_eq!((failure.stage, failure.kind), (Stage::Hello, Kind::Timeout));
    }
    for bytes in [&b""[..], b"\n#4\n<rp", b"\n#40000\n<rpc-reply"] {
        let server = Server::new(&[BASE_1_1], Framing::Chunked, "").answering(move |_| Some(bytes.to_vec()));
        let failure = ask(Server { holds: true, ..server }, 64, options()).await.unwrap_err();
        assert_eq!((failure.stage, failure.kind), (Stage::Rpc, Kind::Timeout));
        assert!(failure.text.contains("silence for 150ms"), "{failure}");
    }
}

#[tokio::test]
async fn a_reply_that_dribbles_for_ever_ends_at_the_absolute_limit() {
    let (ours, mut theirs) = tokio::io::duplex(1 << 16);
    theirs.write_all(&frame(Framing::EndOfMessage, &server_hello([BASE_1_0], 1))).await.unwrap();
    let limits = NetconfLimits { reply: Duration::from_millis(200), ..limits() };
    let mut session = NetconfSession::open(ours, NetconfOptions { limits, ..options() }).await.unwrap();
    let dribble = tokio::spawn(async move {
        let mut ticks = tokio::time::interval(Duration::from_millis(5));
        while theirs.write_all(b"<a/>").await.is_ok() {
            ticks.tick().await;
        }
    });
    let filter = licensing_filter(&session.hello()).unwrap();
    let failure = session.get(&filter).await.unwrap_err();
    assert_eq!((failure.stage, failure.kind), (Stage::Rpc, Kind::Timeout));
    assert!(failure.text.contains("no end after 200ms"), "{failure}");
    session.close().await;
    dribble.await.unwrap();
}

#[tokio::test]
async fn a_reply_larger_than_the_cap_is_refused() {
    for framing in [Framing::EndOfMessage, Framing::Chunked] {
        let base = if framing == Framing::Chunked { BASE_1_1 } else { BASE_1_0 };
        let server = Server::new(&[base], framing, "")
            .answering(move |id| Some(frame(framing, &reply(id, &"x".repeat(70_000)))));
        let limits = NetconfLimits { message_bytes: 50_000, ..limits() };
        let failure = ask(server, 1 << 16, NetconfOptions { limits, ..options() }).await.unwrap_err();
        assert_eq!((failure.stage, failure.kind), (Stage::Rpc, Kind::ReplyTooLarge));
    }
}

/// A peer that never reads fills the stream; the limits hold all the same.
#[tokio::test]
async fn a_peer_that_never_reads_times_out() {
    let (ours, _theirs) = tokio::io::duplex(8);
    let failure = NetconfSession::open(ours, options()).await.unwrap_err();
    assert_eq!((failure.stage, failure.kind), (Stage::Hello, Kind::Timeout));
}

#[tokio::test]
async fn closing_a_session_that_the_device_ignores_is_bounded() {
    let (ours, mut theirs) = tokio::io::duplex(1 << 16);
    theirs.write_all(&frame(Framing::EndOfMessage, &server_hello([BASE_1_0], 1))).await.unwrap();
    let session = NetconfSession::open(ours, options()).await.unwrap();
    let closing = tokio::time::timeout(Duration::from_secs(5), session.close());
    assert!(closing.await.is_ok());
    let mut got = String::new();
    theirs.read_to_string(&mut got).await.unwrap();
    assert!(got.contains("<close-session/>") && got.ends_with("]]>]]>"));
}
