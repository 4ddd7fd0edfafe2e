//! How a line of syslog travels.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use unhook_app::DeliveryError;

/// Longest datagram: what every receiver should take (RFC 5426, section 3.2).
const LONGEST_DATAGRAM: usize = 2_048;
/// Longest line on a connection: what every receiver should take (RFC 5425, section 4.3.1).
const LONGEST_ON_A_CONNECTION: usize = 8_192;
/// How long a connection may take, name look-up and handshake included.
const CONNECT: Duration = Duration::from_secs(5);
/// How long a line may take to leave.
const SEND: Duration = Duration::from_secs(10);
/// How long to wait for the receiver to close a connection; some never do.
const FAREWELL: Duration = Duration::from_secs(1);

/// Where lines go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::notify) enum Address {
    Udp(String, u16),
    Tcp(String, u16),
    Tls(String, u16),
    /// The socket of this machine's log.
    Local(PathBuf),
}

/// Why a text is no address of a receiver of syslog.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// It begins with none of the known schemes.
    #[error("it begins with none of udp://, tcp://, tls:// and unix:/")]
    Scheme,
    /// It is not a host and a port.
    #[error("behind its scheme is not just a host and a port")]
    Host,
}

impl Address {
    /// Reads `udp://HOST:PORT`, `tcp://…`, `tls://…` or `unix:/PATH`. Ports have defaults.
    pub(in crate::notify) fn parse(text: &str) -> Result<Self, AddressError> {
        if let Some(path) = text.strip_prefix("unix:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            let is_path = path.starts_with('/');
            return if is_path { Ok(Self::Local(path.into())) } else { Err(AddressError::Host) };
        }
        let (scheme, _) = text.split_once("://").ok_or(AddressError::Scheme)?;
        let (make, port): (fn(String, u16) -> Self, u16) = match scheme {
            "udp" => (Self::Udp, 514),
            "tcp" => (Self::Tcp, 601),
            "tls" => (Self::Tls, 6514),
            _ => return Err(AddressError::Scheme),
        };
        let url = Url::parse(text).map_err(|_| AddressError::Host)?;
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or(AddressError::Host)?;
        if !is_bare(&url) {
            return Err(AddressError::Host);
        }
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        Ok(make(host, url.port().unwrap_or(port)))
    }
}

fn is_bare(url: &Url) -> bool {
    matches!(url.path(), "" | "/")
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none()
}

/// A way to a receiver.
pub(in crate::notify) enum Transport {
    Udp(String, u16),
    Tcp(String, u16),
    Tls {
        host: String,
        port: u16,
        name: ServerName<'static>,
        connector: TlsConnector,
    },
    #[cfg(unix)]
    Local(PathBuf),
}

impl Transport {
    /// A way over TLS that trusts what the configuration trusts.
    pub(in crate::notify) fn tls(
        host: String,
        port: u16,
        config: Arc<rustls::ClientConfig>,
    ) -> Result<Self, AddressError> {
        let name = ServerName::try_from(host.clone()).map_err(|_| AddressError::Host)?;
        Ok(Self::Tls { host, port, name, connector: TlsConnector::from(config) })
    }

    /// How many bytes a line may have.
    pub(super) fn longest(&self) -> usize {
        match self {
            Self::Udp(..) => LONGEST_DATAGRAM,
            Self::Tcp(..) | Self::Tls { .. } => LONGEST_ON_A_CONNECTION,
            #[cfg(unix)]
            Self::Local(_) => LONGEST_DATAGRAM,
        }
    }

    /// Sends a line, once.
    pub(super) async fn send(&self, line: &str) -> Result<(), DeliveryError> {
        match self {
            Self::Udp(host, port) => datagram(host, *port, line).await,
            Self::Tcp(host, port) => {
                let stream = in_time(CONNECT, connect(host, *port)).await.map_err(later)?;
                frame(stream, line).await
            }
            Self::Tls { host, port, name, connector } => {
                let connecting =
                    async { connector.connect(name.clone(), connect(host, *port).await?).await };
                let stream = in_time(CONNECT, connecting).await.map_err(later)?;
                frame(stream, line).await
            }
            #[cfg(unix)]
            Self::Local(path) => {
                let socket = tokio::net::UnixDatagram::unbound().map_err(later)?;
                socket.connect(path).map_err(later)?;
                in_time(SEND, socket.send(line.as_bytes())).await.map(drop).map_err(later)
            }
        }
    }
}

async fn connect(host: &str, port: u16) -> io::Result<TcpStream> {
    TcpStream::connect((host, port)).await
}

/// Nothing was sent that anybody could have read.
fn later(error: io::Error) -> DeliveryError {
    DeliveryError::Later { why: error.to_string(), after: None }
}

fn unknown(error: io::Error) -> DeliveryError {
    DeliveryError::Unknown { why: error.to_string() }
}

async fn in_time<T>(limit: Duration, work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    timeout(limit, work).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

/// One line, one datagram, to the first address of the host.
async fn datagram(host: &str, port: u16, line: &str) -> Result<(), DeliveryError> {
    let sending = async {
        let to = lookup_host((host, port)).await?.next().ok_or(io::ErrorKind::NotFound)?;
        let any = if to.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
        let socket = UdpSocket::bind(any).await?;
        socket.connect(to).await?;
        socket.send(line.as_bytes()).await
    };
    in_time(CONNECT, sending).await.map(drop).map_err(later)
}

/// One line with its length before it (RFC 6587, section 3.4.1), then the end.
async fn frame<S>(mut stream: S, line: &str) -> Result<(), DeliveryError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    let frame = format!("{} {line}", line.len());
    let sending = async {
        stream.write_all(frame.as_bytes()).await?;
        stream.flush().await?;
        stream.shutdown().await
    };
    in_time(SEND, sending).await.map_err(unknown)?;
    match timeout(FAREWELL, farewell(&mut stream)).await {
        Ok(Err(error)) if error.kind() != io::ErrorKind::UnexpectedEof => Err(unknown(error)),
        _ => Ok(()),
    }
}

/// Waits until the receiver closes: one that throws a line away unread resets instead.
async fn farewell<S: AsyncRead + Unpin>(stream: &mut S) -> io::Result<()> {
    let mut ignored = [0; 256];
    while stream.read(&mut ignored).await? > 0 {}
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_schemes_and_default_ports() {
        let check = |text, expected| assert_eq!(Address::parse(text), expected, "{text}");
        check("udp://log.example", Ok(Address::Udp("log.example".to_owned(), 514)));
        check("tcp://10.0.0.1:1514", Ok(Address::Tcp("10.0.0.1".to_owned(), 1514)));
        check("tls://[2001:db8::1]", Ok(Address::Tls("2001:db8::1".to_owned(), 6514)));
        check("unix:/dev/log", Ok(Address::Local("/dev/log".into())));
        check("unix:///dev/log", Ok(Address::Local("/dev/log".into())));
        check("unix:dev/log", Err(AddressError::Host));
        check("log.example:514", Err(AddressError::Scheme));
        check("http://log.example", Err(AddressError::Scheme));
        check("udp://log.example/path", Err(AddressError::Host));
        check("udp://me@log.example", Err(AddressError::Host));
        check("udp://", Err(AddressError::Host));
    }
}
