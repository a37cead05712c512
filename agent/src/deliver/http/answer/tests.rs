use super::*;
use crate::store::outbox::Line;

fn batch(ids: &[&str]) -> Batch {
    let line = |id: &&str| Line { seq: 0, id: (*id).to_owned(), text: String::new(), captures: Vec::new() };
    Batch {
        sink: "a".to_owned(),
        sequence: 1,
        follows: None,
        key: String::new(),
        begun_at: Timestamp::UNIX_EPOCH,
        lines: ids.iter().map(line).collect(),
        head: None,
    }
}

fn said(status: u16, body: &str, secret: Option<&str>) -> Result<Receipt, Refusal> {
    let status = StatusCode::from_u16(status).unwrap();
    judge(status, None, body.as_bytes(), &batch(&["one", "two", "one"]), secret, "http://127.0.0.1/")
}

#[test]
fn only_what_is_wrong_with_the_lines_costs_lines() {
    for status in 100..600 {
        let is_batch = matches!(said(status, "", None), Err(Refusal::Batch { .. }));
        assert_eq!(is_batch, [400, 413, 422].contains(&status), "{status}");
        assert_eq!(said(status, "", None).is_ok(), (200..300).contains(&status), "{status}");
    }
}

#[test]
fn a_receipt_names_lines_by_their_id() {
    let receipt =
        r#"{"schema":"licwatch/receipt/1","accepted":1,"refused":[{"id":"one","reason":"too old"}]}"#;
    let told = "too old".to_owned();
    assert_eq!(said(200, receipt, None).unwrap().refused, [(0, told.clone()), (2, told)]);
    // Whoever says nothing in our form takes everything.
    for other in ["", "ok", "{}", "[1]", r#"{"schema":"other/1","accepted":0}"#, r#""licwatch/receipt/1""#] {
        assert!(said(200, other, None).unwrap().refused.is_empty(), "{other}");
    }
    for wrong in [
        r#"{"schema":"licwatch/receipt/1"}"#,
        r#"{"schema":"licwatch/receipt/1","accepted":-1}"#,
        r#"{"schema":"licwatch/receipt/1","accepted":2}"#,
        r#"{"schema":"licwatch/receipt/1","accepted":3,"refused":[{"id":"three"}]}"#,
    ] {
        assert!(matches!(said(200, wrong, None), Err(Refusal::Later { .. })), "{wrong}");
    }
}

#[test]
fn what_a_collector_says_is_quoted_in_one_line_without_the_token() {
    let body = format!("no\r\n\u{1b}[31m token hunter2 is wrong {}", "x".repeat(1000));
    let Err(Refusal::Batch { reason }) = said(400, &body, Some("hunter2")) else { panic!() };
    assert!(reason.starts_with("400 Bad Request: no [31m token [redacted] is wrong xxx"), "{reason}");
    assert!(reason.chars().count() < 400 && !reason.contains(char::is_control), "{reason}");
}

#[test]
fn retry_after_is_seconds_or_a_date() {
    let now: Timestamp = "1994-11-06T08:49:00Z".parse().unwrap();
    let read = |text: &str| {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, text.parse().unwrap());
        retry_after(&headers, now)
    };
    assert_eq!(read("120"), Some(Duration::from_secs(120)));
    assert_eq!(read("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::from_secs(37)));
    assert_eq!(read("Sun, 06 Nov 1994 08:48:00 GMT"), None);
    assert_eq!((read("soon"), read("-1"), retry_after(&HeaderMap::new(), now)), (None, None, None));
}
