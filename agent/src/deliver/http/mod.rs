//! A collector, by HTTP: batches are posted as NDJSON.
//!
//! ```text
//! POST /records HTTP/1.1
//! Content-Type: application/x-ndjson
//! Content-Encoding: gzip
//! Idempotency-Key: 0198c0de-…            the same for every repeat of a batch
//! Licwatch-Agent: site-12
//! Licwatch-Sequence: 4711
//! Licwatch-Lines: 250
//! Licwatch-Journal-Head: {…}             the newest signed head of the journal, where there is one
//! Authorization: Bearer …
//! ```
//!
//! | answer | means |
//! |---|---|
//! | 2xx, read to its end | everything is taken, but for what a receipt names |
//! | 2xx with `{"schema":"licwatch/receipt/1","accepted":n,"refused":[{"id":"…","reason":"…"}]}` | the lines that it names are refused for good |
//! | 400, 413, 422 | the batch is refused for good: it is halved until the line is found |
//! | 408, 425, 429, 5xx, a torn answer, none in time | later; `Retry-After` is honoured |
//! | 401, 403, 404, 415 and all else | later, and told: the configuration may be mended, here or there |
//!
//! Nothing but the URL is dialled: no proxy, no redirect, and no name is looked up where the URL has an address. Token
//! and certificates are read anew when their files change.

mod answer;
mod sink;

pub use sink::HttpSink;
