//! How a collector answers, well or badly.

use std::time::Duration;

/// What becomes of one request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Reply {
    /// Everything is taken: 200 with a receipt.
    Take,
    /// Everything is taken: 204, without a receipt.
    TakeWithoutReceipt,
    /// Nothing is taken; this status, with a sentence.
    Status(u16),
    /// Nothing is taken; this status, with `Retry-After` in seconds.
    RetryAfter(u16, u64),
    /// Nothing is taken; a redirect to this place.
    Redirect(String),
    /// Everything is taken, and half of the answer is sent before the connection ends.
    HalfAnswer,
    /// The request is read, and never answered.
    Hang,
    /// Everything is taken, and the connection ends without an answer.
    TakeAndDrop,
    /// The connection ends before the request is read.
    Drop,
    /// Everything is taken, and the answer comes after so long.
    Slow(Duration),
    /// These lines are refused by a receipt, the others are taken.
    Refuse(Vec<String>),
    /// Everything is taken, and the answer is this body with 200.
    Body(String),
    /// Bytes that are no HTTP.
    Garbage,
    /// A body that never ends.
    Endless,
    /// Nothing is taken; 400 with the request's own headers in the body.
    Echo,
}
