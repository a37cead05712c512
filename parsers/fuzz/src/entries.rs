//! What is done with the bytes of each target of the parsers, and what must hold whatever they are. The fuzzer calls
//! these, and `cargo test` replays the corpus through them.

use licwatch_parsers::netconf::{self, Deframer, Framing, FramingError, Hello, Reply, Request};
use licwatch_parsers::record::{DeviceRecord, Platform, merge};
use licwatch_parsers::text::Cleaned;
use licwatch_parsers::{Command, Hints, parse};

/// A target by its name; `None` if there is none of that name.
pub fn entry(name: &str) -> Option<fn(&[u8])> {
    Some(match name {
        "text_ios" => |data| text(Platform::Ios, data),
        "text_ios_xe" => |data| text(Platform::IosXe, data),
        "text_nx_os" => |data| text(Platform::NxOs, data),
        "text_ios_xr" => |data| text(Platform::IosXr, data),
        "text_aireos" => |data| text(Platform::AireOs, data),
        "text_asa" => |data| text(Platform::Asa, data),
        "netconf_framing" => netconf_framing,
        "netconf_messages" => netconf_messages,
        "netconf_data" => netconf_data,
        _ => return None,
    })
}

/// Output of a device. The first line may be a command, as somebody types it, and is then no part of the output.
pub fn text(platform: Platform, data: &[u8]) {
    let (line, rest) = match data.iter().position(|byte| *byte == b'\n') {
        Some(at) => data.split_at(at + 1),
        None => (&[][..], data),
    };
    let command = std::str::from_utf8(line).ok().and_then(Command::typed);
    let raw = if command.is_some() { rest } else { data };
    let cleaned = Cleaned::new(raw);
    let record = parse(&cleaned, Hints { platform: Some(platform), command });
    places_lie_in(raw, &record);
    written(&record);
    // A record that is merged with itself says nothing new.
    written(&merge(&[record.clone(), record]));
}

/// A stream of NETCONF messages, fed at once and byte by byte: the same messages come out.
pub fn netconf_framing(data: &[u8]) {
    for framing in [Framing::EndOfMessage, Framing::Chunked] {
        let whole = messages(framing, [data]);
        let single = messages(framing, data.chunks(1));
        assert_eq!(whole, single);
    }
}

/// More than any input of the fuzzer, so that both ways of feeding meet the cap at the same place.
const CAP: usize = 1 << 20;

/// The messages, and what is wrong behind them.
type Messages = (Vec<Vec<u8>>, Option<String>);

fn messages<'a>(framing: Framing, pieces: impl IntoIterator<Item = &'a [u8]>) -> Messages {
    let mut deframer = Deframer::new(CAP);
    deframer.switch(framing);
    let mut messages = Vec::new();
    for piece in pieces {
        deframer.feed(piece);
        loop {
            match deframer.next_message() {
                Ok(Some(message)) => messages.push(message),
                Ok(None) => break,
                Err(error) => return (messages, Some(fault(error))),
            }
        }
    }
    (messages, None)
}

/// The error without its excerpt, which shows no more than what has come.
fn fault(error: FramingError) -> String {
    match error {
        FramingError::BadChunkHeader { expected, at, .. } => format!("{expected} at {at}"),
        other => other.to_string(),
    }
}

/// A hello, a reply or a request.
pub fn netconf_messages(data: &[u8]) {
    let Ok(message) = std::str::from_utf8(data) else { return };
    if let Ok(hello) = Hello::read(message) {
        let _ = hello.framing(&[Framing::Chunked, Framing::EndOfMessage]);
        if let Some(filter) = netconf::licensing_filter(&hello) {
            let request = netconf::get(1, &filter);
            Request::read(&request).unwrap();
        }
    }
    let _ = Reply::read(message);
    let _ = Request::read(message);
}

/// YANG data, as text and as the bytes of a capture.
pub fn netconf_data(data: &[u8]) {
    if let Ok(message) = std::str::from_utf8(data) {
        written(&netconf::parse(message));
    }
    let cleaned = Cleaned::new(data);
    let record = parse(&cleaned, Hints { platform: None, command: Some(Command::NetconfGet) });
    places_lie_in(data, &record);
    written(&record);
}

fn places_lie_in(raw: &[u8], record: &DeviceRecord<'_>) {
    let lines = 1 + raw.iter().filter(|byte| **byte == b'\n').count();
    for diagnostic in &record.diagnostics {
        assert!(diagnostic.line.is_none_or(|line| (1..=lines).contains(&line)), "{diagnostic:?}");
    }
}

fn written(record: &DeviceRecord<'_>) {
    serde_json::to_writer(std::io::sink(), record).unwrap();
}
