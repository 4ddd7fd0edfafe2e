//! Trying the listener: whether it can be reached at its address, and greets.

use std::io::Error;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use unhook_app::{Pending, Probe, ProbeError};

/// How long it may take to greet; it does so at once unless all places are taken.
const TIME: Duration = Duration::from_secs(5);

/// The longest greeting that is read (RFC 5321, section 4.5.3.1.5).
const LONGEST_GREETING: usize = 512;

/// Tries a listener by connecting to it.
#[derive(Clone, Copy, Debug)]
pub struct SmtpProbe(pub SocketAddr);

impl SmtpProbe {
    async fn meet(self) -> Result<String, ProbeError> {
        let Self(address) = self;
        let met = tokio::time::timeout(TIME, greeting(reachable(address))).await;
        let wrong = |why: String| Err(ProbeError(why));
        match met {
            Ok(Ok(said)) if said.starts_with("220 ") => {
                Ok(format!("it listens on {address} and greets; no mail was sent"))
            }
            // As the settings want it.
            Ok(Ok(said)) if said.starts_with("554 ") => Ok(format!(
                "it listens on {address}, and turns this machine away, which is not among `clients`"
            )),
            Ok(Ok(_)) => wrong(format!("something else than Unhook answers on {address}")),
            Ok(Err(error)) => wrong(format!(
                "it cannot be reached on {address}: {}; restart Unhook, and read its log",
                error.kind()
            )),
            Err(_) => wrong(format!(
                "it does not greet on {address} within {} seconds: all its places are taken; see \
                 who holds connections open",
                TIME.as_secs()
            )),
        }
    }
}

/// Where a listener is reached from this machine.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}

async fn greeting(address: SocketAddr) -> Result<String, Error> {
    let mut stream = TcpStream::connect(address).await?;
    let mut said = Vec::new();
    while !said.ends_with(b"\n") && said.len() < LONGEST_GREETING {
        let mut byte = [0];
        if stream.read(&mut byte).await? == 0 {
            break;
        }
        said.extend(byte);
    }
    // It may be gone already.
    let _ = stream.write_all(b"QUIT\r\n").await;
    Ok(String::from_utf8_lossy(&said).into_owned())
}

impl Probe for SmtpProbe {
    fn name(&self) -> &'static str {
        "SMTP"
    }

    fn probe(&self) -> Pending<'_, Result<String, ProbeError>> {
        Box::pin(self.meet())
    }
}
