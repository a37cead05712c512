//! Requests as they come over a connection.

use std::io::{self, Read};

use flate2::read::GzDecoder;
use tokio::io::{AsyncRead, AsyncReadExt};

/// The most that a request's head may hold.
const LONGEST_HEAD: usize = 64 << 10;
/// The most that a body may hold, as it comes and decompressed.
const LONGEST_BODY: usize = 64 << 20;
const MOST_HEADERS: usize = 64;

/// One request, read to its end.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) method: String,
    headers: Vec<(String, String)>,
    /// The lines, decompressed.
    pub(super) text: String,
}

impl Request {
    /// The value of a header, by its lower-case name.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The headers in the order of their names, as text.
    pub(super) fn head(&self) -> String {
        let mut headers: Vec<_> = self.headers.iter().collect();
        headers.sort();
        headers.into_iter().map(|(name, value)| format!("{name}: {value}\n")).collect()
    }
}

/// Reads the next request; none if the client has ended. `rest` is what was read beyond the one before.
pub(super) async fn read(
    stream: &mut (impl AsyncRead + Unpin),
    rest: &mut Vec<u8>,
) -> io::Result<Option<Request>> {
    let (method, headers, behind) = loop {
        if let Some(head) = parse(rest)? {
            break head;
        }
        if rest.len() > LONGEST_HEAD {
            return Err(invalid("the head is too long"));
        }
        if stream.read_buf(rest).await? == 0 {
            return if rest.is_empty() { Ok(None) } else { Err(io::ErrorKind::UnexpectedEof.into()) };
        }
    };
    rest.drain(..behind);
    let mut request = Request { method, headers, text: String::new() };
    let length = request.header("content-length").map_or(Ok(0), str::parse::<usize>);
    let length = length.map_err(|_| invalid("the length is no number"))?;
    if length > LONGEST_BODY {
        return Err(invalid("the body is too long"));
    }
    while rest.len() < length {
        if stream.read_buf(rest).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    let body: Vec<u8> = rest.drain(..length).collect();
    let body = match request.header("content-encoding") {
        None => body,
        Some("gzip") => {
            let mut text = Vec::new();
            GzDecoder::new(body.as_slice()).take(LONGEST_BODY as u64).read_to_end(&mut text)?;
            text
        }
        Some(_) => return Err(invalid("the encoding is not known")),
    };
    request.text = String::from_utf8(body).map_err(|_| invalid("the body is not UTF-8"))?;
    Ok(Some(request))
}

type Head = (String, Vec<(String, String)>, usize);

fn parse(bytes: &[u8]) -> io::Result<Option<Head>> {
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    match request.parse(bytes).map_err(|error| invalid(&error.to_string()))? {
        httparse::Status::Partial => Ok(None),
        httparse::Status::Complete(behind) => {
            let headers = request.headers.iter().map(|header| {
                (header.name.to_ascii_lowercase(), String::from_utf8_lossy(header.value).into_owned())
            });
            Ok(Some((request.method.unwrap_or_default().to_owned(), headers.collect(), behind)))
        }
    }
}

fn invalid(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}
