//! Names, as laptops look them up over HTTPS (RFC 8484), and the resolver behind the service, which
//! knows every name.

use std::io;

use anyhow::{Context as _, bail};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tokio::net::UdpSocket;

/// What a message begins with (RFC 1035, section 4.1.1).
const HEADER: usize = 12;

/// Types and classes of records that are asked for.
const A: u16 = 1;
const TXT: u16 = 16;
const IN: u16 = 1;

/// The codes of answers (RFC 1035, section 4.1.1).
const NO_ERROR: u8 = 0;
const NO_SUCH_NAME: u8 = 3;

/// The longest request without EDNS, and some more.
const LONGEST: usize = 1_500;

/// What somebody looks a name up for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LookUp {
    /// To open it.
    Address,
    /// To see whether it is there at all; that is nobody's visit.
    Presence,
}

/// A request, as it stands in the address of the call.
pub(super) fn request(name: &str, for_what: LookUp) -> String {
    let mut bytes = vec![0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    for label in name.split('.') {
        // A name that was read as one has labels of at most 63 bytes.
        bytes.push(u8::try_from(label.len()).unwrap_or(63));
        bytes.extend_from_slice(label.as_bytes());
    }
    bytes.push(0);
    let rtype = if for_what == LookUp::Address { A } else { TXT };
    bytes.extend([rtype, IN].map(u16::to_be_bytes).concat());
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Whether an answer says that the name is there.
pub(super) fn is_there(answer: &[u8]) -> anyhow::Result<bool> {
    let flags = answer.get(3).context("the resolver's answer is too short")?;
    match flags & 0x0f {
        NO_ERROR => Ok(true),
        NO_SUCH_NAME => Ok(false),
        code => bail!("the resolver could not answer: RCODE {code}"),
    }
}

/// Answers until it is dropped: every name is at 192.0.2.1, and nothing else is known of any.
pub(super) async fn serve_all(socket: UdpSocket) -> io::Result<()> {
    let mut request = [0; LONGEST];
    loop {
        let (length, from) = socket.recv_from(&mut request).await?;
        let Some(answer) = answer(&request[..length]) else { continue };
        socket.send_to(&answer, from).await?;
    }
}

/// The question again, with an address where one was asked for.
fn answer(request: &[u8]) -> Option<Vec<u8>> {
    let name = request.get(HEADER..)?.iter().position(|byte| *byte == 0)?;
    let end = HEADER + name + 5;
    let mut answer = request.get(..end)?.to_vec();
    let is_address = answer[end - 4..end] == [A, IN].map(u16::to_be_bytes).concat();
    answer[2..HEADER].copy_from_slice(&[0x81, 0x80, 0, 1, 0, u8::from(is_address), 0, 0, 0, 0]);
    if is_address {
        // The name of the question, A, IN, a minute, four bytes.
        let head = [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4];
        answer.extend(head.iter().chain(&[192, 0, 2, 1]));
    }
    Some(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_an_address_and_nothing_else() {
        let asked = |for_what| {
            let request = request("acme-okta.example", for_what);
            answer(&URL_SAFE_NO_PAD.decode(request).unwrap()).unwrap()
        };
        let address = asked(LookUp::Address);
        assert!(address.ends_with(&[0, 4, 192, 0, 2, 1]) && is_there(&address).unwrap());
        let other = asked(LookUp::Presence);
        assert_eq!((other[7], is_there(&other).unwrap()), (0, true));
        assert!(answer(b"short").is_none() && answer(&[1; 40]).is_none());
    }

    #[test]
    fn an_answer_without_the_name_says_so() {
        let with_code = |code| is_there(&[0, 0, 0x81, 0x80 | code, 0, 0]);
        assert!(!with_code(NO_SUCH_NAME).unwrap());
        assert!(with_code(2).is_err() && is_there(&[0]).is_err());
    }
}
