//! As much of HTTP/1.1 as it takes to ask our own server: one request after the other over a
//! connection that stays, answers with a length. It costs little, since it runs on the same
//! cores as what is measured.

use std::io::{Error, ErrorKind, Result};
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// The largest answer, in bytes: a page of two hundred reports has a few hundred KiB.
const LARGEST_ANSWER: usize = 8 << 20;

/// What one read takes at most.
const READ: usize = 16 << 10;

/// A connection that stays.
pub(crate) struct Connection {
    stream: TcpStream,
    /// What has come of an answer.
    come: Vec<u8>,
}

/// An answer.
#[derive(Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

/// The head of an answer.
#[derive(Debug, PartialEq)]
struct Head {
    status: u16,
    /// Where the body begins.
    end: usize,
    length: usize,
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, come: Vec::with_capacity(READ) })
    }

    /// Sends a request and waits for its answer.
    pub(crate) async fn exchange(&mut self, request: &[u8]) -> Result<Answer> {
        self.stream.write_all(request).await?;
        loop {
            if let Some(answer) = self.answer()? {
                return Ok(answer);
            }
            self.come.reserve(READ);
            if self.stream.read_buf(&mut self.come).await? == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
        }
    }

    /// The answer, if all of it has come.
    fn answer(&mut self) -> Result<Option<Answer>> {
        let Some(head) = head(&self.come)? else { return Ok(None) };
        let end = head.end + head.length;
        if self.come.len() < end {
            return Ok(None);
        }
        let body = self.come[head.end..end].to_vec();
        self.come.drain(..end);
        Ok(Some(Answer { status: head.status, body }))
    }
}

/// The head, if all of it has come.
fn head(come: &[u8]) -> Result<Option<Head>> {
    if come.len() > LARGEST_ANSWER {
        return Err(broken("the answer is too large"));
    }
    let Some(end) = come.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let text = std::str::from_utf8(&come[..end]).map_err(|_| broken("the head is no text"))?;
    let mut lines = text.split("\r\n");
    let status = lines.next().and_then(|line| line.strip_prefix("HTTP/1.1 "));
    let status = status.and_then(|rest| rest.get(..3)?.parse().ok());
    let status = status.ok_or_else(|| broken("this is no HTTP/1.1"))?;
    let mut length = 0;
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().map_err(|_| broken("the length is no number"))?;
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            return Err(broken("the answer has no length"));
        }
    }
    if length > LARGEST_ANSWER {
        return Err(broken("the answer is too large"));
    }
    Ok(Some(Head { status, end: end + 4, length }))
}

fn broken(why: &'static str) -> Error {
    Error::new(ErrorKind::InvalidData, why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_once_it_has_come() {
        let whole = b"HTTP/1.1 202 Accepted\r\nContent-Length: 5\r\nx: y\r\n\r\nhello";
        for length in 0..whole.len() - 5 {
            assert_eq!(head(&whole[..length]).unwrap(), None, "{length}");
        }
        let read = head(whole).unwrap().unwrap();
        assert_eq!(read, Head { status: 202, end: whole.len() - 5, length: 5 });
    }

    #[test]
    fn what_cannot_be_measured_by_its_length_is_refused() {
        for answer in [
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n",
            "SSH-2.0-x\r\n\r\n",
        ] {
            assert!(head(answer.as_bytes()).is_err(), "{answer}");
        }
    }
}
