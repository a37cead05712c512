use std::io::{BufRead, BufReader, Read};
use std::sync::Arc;

use super::*;
use crate::store::outbox::Line;

fn batch(sequence: u64, lines: &[&str]) -> Batch {
    let line = |(place, text): (usize, &&str)| Line {
        seq: place as i64,
        id: format!("{place}"),
        text: (*text).to_owned(),
        captures: Vec::new(),
    };
    Batch {
        sink: "show".to_owned(),
        sequence,
        follows: None,
        key: format!("key-{sequence}"),
        begun_at: "2026-11-22T10:00:00Z".parse().unwrap(),
        lines: lines.iter().enumerate().map(line).collect(),
        head: None,
    }
}

fn later(result: Result<Receipt, Refusal>) -> String {
    match result {
        Err(Refusal::Later { reason, .. }) => reason,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn records_are_lines() {
    let (reader, writer) = std::io::pipe().unwrap();
    let sink = StdoutSink::to(writer, PATIENCE).unwrap();
    assert_eq!(sink.deliver(&batch(1, &["{\"a\":1}", "{\"a\":2}"])).await.unwrap().note, "standard output");
    sink.deliver(&batch(2, &["{\"a\":3}"])).await.unwrap();
    drop(sink);
    let mut text = String::new();
    BufReader::new(reader).read_to_string(&mut text).unwrap();
    assert_eq!(text, "{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n");
}

#[tokio::test]
async fn a_reader_that_went_away_is_told_and_nothing_panics() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let sink = StdoutSink::to(writer, PATIENCE).unwrap();
    for _ in 0..2 {
        let reason = later(sink.deliver(&batch(1, &["{}"])).await);
        assert!(reason.contains("Broken pipe") && reason.contains("see to the program"), "{reason}");
    }
}

#[tokio::test]
async fn a_reader_that_stands_still_holds_nobody_up_and_gets_every_line_once() {
    let (reader, writer) = std::io::pipe().unwrap();
    let sink = StdoutSink::to(writer, Duration::from_millis(20)).unwrap();
    // More than a pipe holds.
    let long = "x".repeat(1 << 20);
    let first = batch(1, &[&long]);
    for _ in 0..3 {
        let reason = later(sink.deliver(&first).await);
        assert!(reason.contains("nobody has read standard output"), "{reason}");
    }
    let reading = thread::spawn(move || {
        let mut lines = BufReader::new(reader).lines();
        let lines: Vec<_> = lines.by_ref().map(Result::unwrap).collect();
        lines
    });
    // It is read now: the batch that was handed over before is taken, without being written again.
    let mut tries = 0;
    while sink.deliver(&first).await.is_err() {
        tries += 1;
        assert!(tries < 1500, "still not taken");
    }
    while sink.deliver(&batch(2, &["{}"])).await.is_err() {
        tries += 1;
        assert!(tries < 1500, "still not taken");
    }
    drop(sink);
    assert_eq!(reading.join().unwrap(), [long.as_str(), "{}"]);
}

#[tokio::test]
async fn a_line_that_was_torn_is_ended_before_the_next() {
    /// Takes three bytes, then fails once, then takes all.
    struct Tearing(Arc<std::sync::Mutex<Vec<u8>>>, u8);
    impl Write for Tearing {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.1 += 1;
            match self.1 {
                1 => {
                    self.0.lock().unwrap().extend_from_slice(&bytes[..3]);
                    Ok(3)
                }
                2 => Err(io::ErrorKind::StorageFull.into()),
                _ => {
                    self.0.lock().unwrap().extend_from_slice(bytes);
                    Ok(bytes.len())
                }
            }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let written = Arc::default();
    let sink = StdoutSink::to(Tearing(Arc::clone(&written), 0), PATIENCE).unwrap();
    later(sink.deliver(&batch(1, &["{\"a\":1}"])).await);
    sink.deliver(&batch(1, &["{\"a\":1}"])).await.unwrap();
    assert_eq!(written.lock().unwrap().as_slice(), b"{\"a\n{\"a\":1}\n");
}
