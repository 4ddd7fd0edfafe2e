//! A question and its answer over a socket of one's own.

use std::io::{Error, ErrorKind, Result};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};
use tokio_rustls::TlsConnector;

use super::super::kept::{Kept, Sent, Unusable};
use super::super::status::Count;

/// How long a connection to an upstream is kept for the next question; servers close theirs after
/// some seconds.
pub(super) const IDLE: Duration = Duration::from_secs(5);

/// Connections to one upstream that are kept.
pub(super) const MOST_IDLE: usize = 16;

/// Datagrams in an upstream's name that answer nothing, until it is asked by TCP: somebody guesses.
pub(super) const MOST_STRANGE: usize = 16;

/// A connection, with TLS or without.
pub(super) type Connection = Box<dyn Both>;

/// What is read and written.
pub(super) trait Both: AsyncRead + AsyncWrite + Send + Sync + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Sync + Unpin> Both for T {}

/// How TLS is spoken.
pub(super) struct Secured {
    pub(super) name: ServerName<'static>,
    pub(super) connector: TlsConnector,
}

/// Asks with a datagram from a port that nobody guesses: the system gives one by chance, and only
/// what comes from where the question went is read at all.
pub(super) async fn by_datagram(
    address: SocketAddr,
    sent: &Sent,
    message: &[u8],
    strange: &Count,
) -> Result<std::result::Result<Kept, Unusable>> {
    let any = match address {
        SocketAddr::V4(_) => SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
        SocketAddr::V6(_) => SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)),
    };
    let socket = UdpSocket::bind(any).await?;
    socket.connect(address).await?;
    socket.send(message).await?;
    let mut buffer = vec![0; 4_096];
    for _ in 0..MOST_STRANGE {
        let length = socket.recv(&mut buffer).await?;
        match Kept::read(sent, &buffer[..length]) {
            Err(Unusable::Stranger) => strange.one(),
            Err(Unusable::OtherCase) => {
                strange.one();
                return Ok(Err(Unusable::OtherCase));
            }
            read => return Ok(read),
        }
    }
    Ok(Err(Unusable::Stranger))
}

/// Opens a connection.
pub(super) async fn connect(address: SocketAddr, tls: Option<&Secured>) -> Result<Connection> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(match tls {
        None => Box::new(stream),
        Some(tls) => Box::new(tls.connector.connect(tls.name.clone(), stream).await?),
    })
}

/// Asks over a connection (RFC 1035, section 4.2.2).
pub(super) async fn by_stream(connection: &mut Connection, message: &[u8]) -> Result<Vec<u8>> {
    let length = u16::try_from(message.len()).map_err(|_| Error::from(ErrorKind::InvalidInput))?;
    let framed = [&length.to_be_bytes(), message].concat();
    connection.write_all(&framed).await?;
    connection.flush().await?;
    let length = connection.read_u16().await?;
    let mut answer = vec![0; usize::from(length)];
    connection.read_exact(&mut answer).await?;
    Ok(answer)
}

/// Trusts whom Mozilla trusts.
pub(super) fn roots_of_mozilla() -> Arc<rustls::ClientConfig> {
    let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring knows the versions that are the default")
        .with_root_certificates(roots)
        .with_no_client_auth();
    Arc::new(config)
}
