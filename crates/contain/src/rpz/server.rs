//! The sockets: requests in, answers and transfers out, bounded in number, size and time.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout, timeout_at};
use unhook_app::blocklist::Blocklist;
use unhook_app::surroundings::Surroundings;

use super::notify::keep_telling;
use super::primary::{Outcome, Primary, Transport};
use super::serials::SPACING;
use super::settings::RpzSettings;
use super::subscribers::RpzStatus;
use super::transfer::Transfer;

/// The most connections at once; resolvers have one or two.
pub const MOST_CONNECTIONS: usize = 64;

/// The largest request: a question, the head that is known and a signature.
pub const LARGEST_REQUEST: usize = 4_096;

/// How long a connection may be without a request, and a request may take to come.
pub const IDLE_TIME: Duration = Duration::from_secs(10);

/// How long one message may take to be taken.
pub const WRITE_TIME: Duration = Duration::from_secs(20);

/// How long a transfer may take: a million names over a slow line.
pub const TRANSFER_TIME: Duration = Duration::from_secs(10 * 60);

/// How long to wait when a socket fails, so that failures do not keep a core busy.
const AFTER_FAILURE: Duration = Duration::from_millis(100);

/// The server of the zone.
#[derive(Clone)]
pub struct Rpz(Arc<Primary>);

impl Rpz {
    /// Of a list of what is blocked.
    #[must_use]
    pub fn new(
        settings: RpzSettings,
        blocklist: Arc<Blocklist>,
        surroundings: Arc<dyn Surroundings>,
    ) -> Self {
        Self(Arc::new(Primary::new(settings, blocklist, surroundings)))
    }

    /// Who follows, and how far each is behind.
    #[must_use]
    pub fn status(&self) -> RpzStatus {
        self.0.status()
    }

    /// Answers on both sockets, which have one address, and tells of changes, until `stop`.
    /// Begins a moment late, with a serial of its own.
    pub async fn serve(self, udp: UdpSocket, tcp: TcpListener, stop: impl Future<Output = ()>) {
        let from = udp.local_addr().map(|address| address.ip());
        let from = from.unwrap_or(IpAddr::from([0, 0, 0, 0]));
        // A server that ended just now may have given out the serial of this moment.
        tokio::time::sleep(SPACING).await;
        self.0.begin();
        let serials = watch::Sender::new(self.0.publish());
        let mut telling = JoinSet::new();
        for to in &self.0.settings.notify {
            let primary = Arc::clone(&self.0);
            telling.spawn(keep_telling(primary, sender(from, to.ip()), *to, serials.subscribe()));
        }
        tokio::select! {
            () = stop => {}
            () = self.publish(&serials) => {}
            () = self.datagrams(&udp) => {}
            () = self.connections(&tcp) => {}
        }
    }

    /// Gives each change a serial: at once, and then not before the next is due.
    async fn publish(&self, serials: &watch::Sender<u32>) {
        let mut changes = self.0.blocklist.watch();
        changes.mark_changed();
        while changes.changed().await.is_ok() {
            let serial = self.0.publish();
            serials.send_if_modified(|last| std::mem::replace(last, serial) != serial);
            tokio::time::sleep(SPACING).await;
        }
    }

    async fn datagrams(&self, socket: &UdpSocket) {
        let mut buffer = [0; LARGEST_REQUEST];
        loop {
            let received = socket.recv_from(&mut buffer).await;
            let Ok((length, from)) = received else {
                tokio::time::sleep(AFTER_FAILURE).await;
                continue;
            };
            let outcome =
                self.0.answer(&buffer[..length], from.ip().to_canonical(), Transport::Udp);
            if let Outcome::Reply(reply) = outcome {
                // Who does not take it asks again.
                let _ = socket.try_send_to(&reply, from);
            }
        }
    }

    async fn connections(&self, listener: &TcpListener) {
        let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
        let mut connections = JoinSet::new();
        loop {
            // A place first: who comes beyond waits in the kernel.
            let place = Arc::clone(&places).acquire_owned().await;
            let accepted = listener.accept().await;
            while connections.try_join_next().is_some() {}
            match accepted {
                Ok((stream, peer)) => {
                    let (server, ip) = (self.clone(), peer.ip().to_canonical());
                    // Strangers take no place from those who follow.
                    if !self.0.settings.may_ask(ip) {
                        continue;
                    }
                    connections.spawn(async move {
                        let _place = place;
                        if let Err(error) = server.meet(stream, ip).await {
                            tracing::debug!(%ip, %error, "a connection for the zone broke off");
                        }
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection for the zone could not be taken");
                    tokio::time::sleep(AFTER_FAILURE).await;
                }
            }
        }
    }

    /// One request after the other, until there is none.
    async fn meet(&self, mut stream: TcpStream, ip: IpAddr) -> std::io::Result<()> {
        stream.set_nodelay(true)?;
        while let Some(request) = request(&mut stream).await? {
            match self.0.answer(&request, ip, Transport::Tcp) {
                Outcome::Drop => return Ok(()),
                Outcome::Reply(reply) => send(&mut stream, &reply).await?,
                Outcome::Transfer(transfer) => self.transfer(&mut stream, ip, *transfer).await?,
            }
        }
        Ok(())
    }

    async fn transfer(
        &self,
        stream: &mut TcpStream,
        ip: IpAddr,
        mut transfer: Transfer,
    ) -> std::io::Result<()> {
        let (serial, how) = (transfer.serial(), transfer.how());
        let until = Instant::now() + TRANSFER_TIME;
        let primary = &*self.0;
        for message in transfer.messages(|| primary.now()) {
            timeout_at(until, send(stream, &message)).await??;
        }
        tracing::info!(%ip, serial, ?how, "the zone was transferred");
        primary.taken(ip, serial, how);
        Ok(())
    }
}

/// Where notifications come from: resolvers take them only from the address that they know.
fn sender(listening: IpAddr, to: IpAddr) -> IpAddr {
    match to {
        _ if listening.is_ipv4() == to.is_ipv4() => listening,
        IpAddr::V4(_) => IpAddr::from([0, 0, 0, 0]),
        IpAddr::V6(_) => IpAddr::from([0_u16; 8]),
    }
}

/// The next request of a connection, which says its length before it (RFC 1035 §4.2.2).
async fn request(stream: &mut TcpStream) -> std::io::Result<Option<Vec<u8>>> {
    let read = async {
        let mut length = [0; 2];
        if stream.read(&mut length[..1]).await? == 0 {
            return Ok(None);
        }
        stream.read_exact(&mut length[1..]).await?;
        let length = usize::from(u16::from_be_bytes(length));
        if length > LARGEST_REQUEST {
            return Ok(None);
        }
        let mut request = vec![0; length];
        stream.read_exact(&mut request).await?;
        Ok(Some(request))
    };
    timeout(IDLE_TIME, read).await.unwrap_or(Ok(None))
}

async fn send(stream: &mut TcpStream, message: &[u8]) -> std::io::Result<()> {
    let length = u16::try_from(message.len()).map_err(std::io::Error::other)?;
    let mut bytes = Vec::with_capacity(message.len() + 2);
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend_from_slice(message);
    timeout(WRITE_TIME, stream.write_all(&bytes)).await?
}

#[cfg(test)]
mod tests;
