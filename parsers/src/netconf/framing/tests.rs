//! A message comes out as it went in, wherever the bytes in between were cut.

use super::*;
use proptest::prelude::*;

/// What comes out of a deframer that is fed these pieces.
fn messages<'b>(
    framing: Framing,
    pieces: impl IntoIterator<Item = &'b [u8]>,
) -> Result<Vec<String>, FramingError> {
    let mut deframer = Deframer::new(MESSAGE_CAP);
    deframer.switch(framing);
    let mut messages = Vec::new();
    for piece in pieces {
        deframer.feed(piece);
        while let Some(message) = deframer.next_message()? {
            messages.push(String::from_utf8(message).unwrap());
        }
    }
    assert!(deframer.is_empty(), "bytes are left over");
    Ok(messages)
}

/// A message in chunks of these sizes.
fn chunked(message: &str, sizes: &[usize]) -> Vec<u8> {
    let mut bytes = message.as_bytes();
    let mut framed = Vec::new();
    let mut sizes = sizes.iter().copied().cycle();
    while !bytes.is_empty() {
        let (chunk, rest) = bytes.split_at(sizes.next().unwrap_or(bytes.len()).clamp(1, bytes.len()));
        framed.extend_from_slice(format!("\n#{}\n", chunk.len()).as_bytes());
        framed.extend_from_slice(chunk);
        bytes = rest;
    }
    framed.extend_from_slice(b"\n##\n");
    framed
}

fn error(stream: &[u8]) -> FramingError {
    let mut deframer = Deframer::new(MESSAGE_CAP);
    deframer.switch(Framing::Chunked);
    deframer.feed(stream);
    let error = deframer.next_message().unwrap_err();
    assert_eq!(deframer.next_message(), Err(error.clone()), "an error stays");
    deframer.feed(b"\n#1\nx\n##\n");
    assert_eq!(deframer.next_message(), Err(error.clone()), "an error stays");
    error
}

const MESSAGES: [&str; 4] =
    ["<hello/>", "<a>]]>]] é #3\n##</a>", "x", "<rpc-reply>\n#4\n]]>]\n##\n</rpc-reply>"];

fn stream(framing: Framing) -> Vec<u8> {
    match framing {
        Framing::EndOfMessage => MESSAGES.iter().flat_map(|message| frame(framing, message)).collect(),
        Framing::Chunked => {
            MESSAGES.iter().zip([1, 2, 5, 7]).flat_map(|(message, size)| chunked(message, &[size])).collect()
        }
    }
}

#[test]
fn every_pair_of_cuts_gives_the_same_messages() {
    for framing in [Framing::EndOfMessage, Framing::Chunked] {
        let stream = stream(framing);
        for first in 0..=stream.len() {
            for second in first..=stream.len() {
                let pieces = [&stream[..first], &stream[first..second], &stream[second..]];
                assert_eq!(messages(framing, pieces).unwrap(), MESSAGES, "{framing:?} {first} {second}");
            }
        }
        assert_eq!(messages(framing, stream.chunks(1)).unwrap(), MESSAGES);
    }
}

proptest! {
    #[test]
    fn any_messages_in_any_chunks_and_pieces_come_out(
        sent in prop::collection::vec("[<>#\\]\na-zé0-9]{0,40}x", 0..6),
        sizes in prop::collection::vec(1usize..9, 1..5),
        pieces in prop::collection::vec(1usize..30, 1..8),
        chunks in any::<bool>(),
    ) {
        let framing = if chunks { Framing::Chunked } else { Framing::EndOfMessage };
        prop_assume!(chunks || sent.iter().all(|message| !message.contains("]]>]]>")));
        let stream: Vec<u8> = match framing {
            Framing::Chunked => sent.iter().flat_map(|message| chunked(message, &sizes)).collect(),
            Framing::EndOfMessage => sent.iter().flat_map(|message| frame(framing, message)).collect(),
        };
        let mut rest = stream.as_slice();
        let mut cut = Vec::new();
        for size in pieces.iter().copied().cycle().take(stream.len() + 1) {
            let (piece, left) = rest.split_at(size.min(rest.len()));
            cut.push(piece);
            rest = left;
        }
        prop_assert_eq!(messages(framing, cut).unwrap(), sent);
    }

    #[test]
    fn garbage_is_an_error_or_nothing_and_never_a_panic(
        bytes in prop::collection::vec(prop::sample::select(b"\n#0123456789<>] x\xff".as_slice()), 0..200),
        size in 1usize..20,
    ) {
        for framing in [Framing::EndOfMessage, Framing::Chunked] {
            let mut whole = Deframer::new(50);
            whole.switch(framing);
            whole.feed(&bytes);
            let mut pieces = Deframer::new(50);
            pieces.switch(framing);
            let (mut from_whole, mut from_pieces) = (Vec::new(), Vec::new());
            while let Ok(Some(message)) = whole.next_message() {
                from_whole.push(message);
            }
            for piece in bytes.chunks(size) {
                pieces.feed(piece);
                while let Ok(Some(message)) = pieces.next_message() {
                    from_pieces.push(message);
                }
            }
            prop_assert_eq!(&from_whole, &from_pieces);
            prop_assert_eq!(whole.next_message().is_err(), pieces.next_message().is_err());
            prop_assert_eq!(whole.is_empty(), pieces.is_empty());
        }
    }
}

#[test]
fn framing_and_deframing_agree() {
    assert_eq!(frame(Framing::EndOfMessage, "<a/>"), b"<a/>]]>]]>");
    assert_eq!(frame(Framing::Chunked, "<a/>"), b"\n#4\n<a/>\n##\n");
    for framing in [Framing::EndOfMessage, Framing::Chunked] {
        assert_eq!(messages(framing, [frame(framing, "<a/>").as_slice()]).unwrap(), ["<a/>"]);
    }
}

/// The examples of RFC 6242 §4.2.
#[test]
fn the_example_of_the_rfc_is_read() {
    let stream = b"\n#4\n<rpc\n#18\n message-id=\"102\"\n\n#79\n     xmlns=\"urn:ietf:params:xml:ns:netconf:base:1.0\">\n  <close-session/>\n</rpc>\n##\n";
    let message = messages(Framing::Chunked, [stream.as_slice()]).unwrap().remove(0);
    assert_eq!(
        message,
        "<rpc message-id=\"102\"\n     xmlns=\"urn:ietf:params:xml:ns:netconf:base:1.0\">\n  <close-session/>\n</rpc>"
    );
}

#[test]
fn bad_chunk_headers_are_told_apart() {
    for (stream, expected) in [
        (b"\n#0\n".as_slice(), "without leading zeros"),
        (b"\n#01\nx", "without leading zeros"),
        (b"\n#-1\n", "without leading zeros"),
        (b"\n#\nx", "without leading zeros"),
        (b"\n#4294967296\n", "not be larger"),
        (b"\n#99999999999\n", "not be larger"),
        (b"\n#1x\n", "line feed must follow the size"),
        (b"\n#1 \n", "line feed must follow the size"),
        (b"#1\nx", "line feed must begin"),
        (b"garbage", "line feed must begin"),
        (b"\ngarbage", "\"#\" must follow"),
        (b"\n##\n", "must have a chunk"),
        (b"\n#1\nx#1\nx", "line feed must begin"),
        (b"\n#1\nx\n##x", "must follow \"##\""),
        (b"\n#1\nx\n\n#1\nx", "\"#\" must follow"),
    ] {
        match error(stream) {
            FramingError::BadChunkHeader { expected: found, .. } => {
                assert!(found.contains(expected), "{}: {found}", stream.escape_ascii());
            }
            other => panic!("{}: {other}", stream.escape_ascii()),
        }
    }
    let at = error(b"\n#3\n<a>\n#!\n").to_string();
    assert_eq!(
        at,
        "no NETCONF chunk begins at byte 7 of the session: a size without leading zeros must follow the \"#\", found \"\\n#!\\n\""
    );
}

#[test]
fn an_announced_size_allocates_nothing() {
    assert_eq!(error(b"\n#4294967295\n"), FramingError::TooLarge { cap: MESSAGE_CAP });
    assert_eq!(error(b"\n#16777217\n"), FramingError::TooLarge { cap: MESSAGE_CAP });
    let mut deframer = Deframer::new(MESSAGE_CAP);
    deframer.switch(Framing::Chunked);
    deframer.feed(b"\n#16777216\nx");
    assert_eq!(deframer.next_message(), Ok(None));
    assert!(deframer.buffer.capacity() < 1024);
}

#[test]
fn the_other_framing_is_recognized() {
    for stream in [
        b"<?xml version=\"1.0\"?><rpc-reply/>]]>]]>".as_slice(),
        b"\n<rpc-reply/>]]>]]>",
        b" \r\n \n<rpc-reply/>]]>]]>",
        b"]]>]]>",
    ] {
        assert!(matches!(error(stream), FramingError::EndOfMessageUnderChunked { .. }));
    }
}

#[test]
fn the_framing_changes_between_messages_whatever_has_come_already() {
    let mut stream = frame(Framing::EndOfMessage, "<hello/>");
    // Some servers end the line behind the delimiter.
    stream.extend_from_slice(b"\r\n");
    stream.extend_from_slice(&chunked("<rpc-reply/>", &[3]));
    for cut in 0..=stream.len() {
        let mut deframer = Deframer::new(MESSAGE_CAP);
        let mut messages = Vec::new();
        for piece in [&stream[..cut], &stream[cut..]] {
            deframer.feed(piece);
            while let Some(message) = deframer.next_message().unwrap() {
                messages.push(message);
                deframer.switch(Framing::Chunked);
            }
        }
        assert_eq!(messages, [b"<hello/>".as_slice(), b"<rpc-reply/>"], "cut at {cut}");
        assert_eq!((deframer.framing(), deframer.is_empty()), (Framing::Chunked, true));
    }
}

#[test]
fn a_message_may_be_as_large_as_the_cap_and_no_larger() {
    for framing in [Framing::EndOfMessage, Framing::Chunked] {
        for size in [1, 4, 100] {
            let outcome = |length: usize| {
                let message = "x".repeat(length);
                let stream = match framing {
                    Framing::EndOfMessage => frame(framing, &message),
                    Framing::Chunked => chunked(&message, &[3]),
                };
                let mut deframer = Deframer::new(20);
                deframer.switch(framing);
                for piece in stream.chunks(size) {
                    deframer.feed(piece);
                    match deframer.next_message() {
                        Ok(None) => {}
                        other => return other,
                    }
                    assert!(deframer.buffer.len() <= 20 + 16 + size, "memory is bounded");
                }
                Ok(None)
            };
            assert_eq!(outcome(20), Ok(Some(b"x".repeat(20))), "{framing:?} {size}");
            assert_eq!(outcome(21), Err(FramingError::TooLarge { cap: 20 }), "{framing:?} {size}");
        }
    }
}

#[test]
fn blank_messages_are_passed_over() {
    let sent = [b"]]>]]>\n ]]>]]>\n<a/>]]>]]>\n".as_slice()];
    assert_eq!(messages(Framing::EndOfMessage, sent).unwrap(), ["\n<a/>"]);
    assert_eq!(messages(Framing::Chunked, [b"\n#1\n \n##\n\n#1\nx\n##\n".as_slice()]).unwrap(), ["x"]);
}

#[test]
fn a_peer_that_closes_in_a_message_is_noticed() {
    for (framing, partial) in [
        (Framing::EndOfMessage, b"<a".as_slice()),
        (Framing::Chunked, b"\n#3\n<a"),
        (Framing::Chunked, b"\n#"),
    ] {
        let mut deframer = Deframer::new(MESSAGE_CAP);
        deframer.switch(framing);
        assert!(deframer.is_empty());
        deframer.feed(partial);
        assert_eq!(deframer.next_message(), Ok(None));
        assert!(!deframer.is_empty(), "{framing:?}");
    }
}

/// Small feeds of a large message, or many small messages in one feed: every byte is moved a bounded number of
/// times. Quadratic work on these sizes would take minutes.
#[test]
fn work_is_linear() {
    let message = "<data>0123456789</data>".repeat(8 * 1024 * 1024 / 23);
    for (framing, stream) in [
        (Framing::EndOfMessage, frame(Framing::EndOfMessage, &message)),
        (Framing::Chunked, chunked(&message, &[16 * 1024])),
        (Framing::Chunked, chunked(&message, &[2])),
    ] {
        let started = std::time::Instant::now();
        assert_eq!(messages(framing, stream.chunks(256)).unwrap(), [message.as_str()]);
        assert!(started.elapsed() < std::time::Duration::from_secs(20), "{framing:?}");
    }
    for framing in [Framing::EndOfMessage, Framing::Chunked] {
        let stream = frame(framing, "<a/>").repeat(300_000);
        let started = std::time::Instant::now();
        assert_eq!(messages(framing, [stream.as_slice()]).unwrap().len(), 300_000);
        assert!(started.elapsed() < std::time::Duration::from_secs(20), "{framing:?}");
    }
}
