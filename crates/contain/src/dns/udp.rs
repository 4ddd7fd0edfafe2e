//! Clients that ask by datagram, which is nearly all.
//!
//! Each core has a thread and a socket of its own; the kernel spreads clients over them. What the
//! policy or the cache answers goes out from that thread, with no other in between. What upstream
//! has to answer waits elsewhere.

use std::io::{ErrorKind, Result};
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::net::{AddressFamily, SendFlags, SocketType, sockopt};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use unhook_app::resolving::Client;

use super::answer;
use super::core::{Asker, Begun, Core, Way};
use super::limiter::{Limit, Limiter};
use super::request::Request;
use super::status::Dropped;

/// Datagrams that wait for upstream at once.
pub const MOST_WAITING: usize = 8_192;

/// The largest request that is read: a name, and options with room.
const LARGEST_REQUEST: usize = 4_096;

/// How often a thread without work looks whether it should end.
const LOOKS_EVERY: Duration = Duration::from_millis(500);

/// What the kernel holds for a thread that is busy, in bytes: some thousand requests.
const RECEIVE_BUFFER: usize = 2 << 20;

/// Opens sockets at one address, among which the kernel spreads clients.
///
/// # Errors
/// When the address cannot be had.
pub fn bind_udp(address: SocketAddr, count: usize) -> Result<Vec<UdpSocket>> {
    let mut address = address;
    (0..count.max(1))
        .map(|_| {
            let socket = bind_one(address)?;
            // With port 0 the first one chooses.
            address = socket.local_addr()?;
            Ok(socket)
        })
        .collect()
}

fn bind_one(address: SocketAddr) -> Result<UdpSocket> {
    let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let socket = rustix::net::socket(family, SocketType::DGRAM, None)?;
    sockopt::set_socket_reuseport(&socket, true)?;
    if address.is_ipv6() {
        sockopt::set_ipv6_v6only(&socket, true)?;
    }
    // The system may allow less.
    let _ = sockopt::set_socket_recv_buffer_size(&socket, RECEIVE_BUFFER);
    rustix::net::bind(&socket, &address)?;
    Ok(UdpSocket::from(socket))
}

/// What the threads share.
pub(super) struct Datagrams {
    core: Arc<Core>,
    limiter: Limiter,
    places: Arc<Semaphore>,
    runtime: Handle,
    stop: Arc<AtomicBool>,
}

impl Datagrams {
    pub(super) fn new(core: Arc<Core>, runtime: Handle, stop: Arc<AtomicBool>) -> Arc<Self> {
        let bounds = core.settings.bounds;
        Arc::new(Self {
            core,
            limiter: Limiter::new(bounds.rate, bounds.burst),
            places: Arc::new(Semaphore::new(MOST_WAITING)),
            runtime,
            stop,
        })
    }

    /// Starts a thread for a socket.
    pub(super) fn serve(self: &Arc<Self>, socket: UdpSocket) -> Result<()> {
        socket.set_nonblocking(false)?;
        socket.set_read_timeout(Some(LOOKS_EVERY))?;
        let (own, socket) = (Arc::clone(self), Arc::new(socket));
        let thread = std::thread::Builder::new().name("dns".to_owned());
        thread.spawn(move || own.answer_all(&socket))?;
        Ok(())
    }

    fn answer_all(&self, socket: &Arc<UdpSocket>) {
        let mut buffer = [0; LARGEST_REQUEST];
        let mut out = Vec::with_capacity(LARGEST_REQUEST);
        while !self.stop.load(Ordering::Relaxed) {
            match socket.recv_from(&mut buffer) {
                Ok((length, peer)) => self.answer(socket, &buffer[..length], peer, &mut out),
                Err(error) if is_nothing(error.kind()) => {}
                Err(error) => {
                    tracing::error!(%error, "a DNS socket cannot be read");
                    std::thread::sleep(Duration::from_millis(50));
                }
            }
        }
    }

    fn answer(&self, socket: &Arc<UdpSocket>, bytes: &[u8], peer: SocketAddr, out: &mut Vec<u8>) {
        let address = peer.ip().to_canonical();
        if !self.core.settings.answers(address) || peer.port() == 0 {
            self.core.counts.dropped(Dropped::Stranger);
            return;
        }
        match self.limiter.check(address, self.core.elapsed_ms()) {
            Limit::Send => {}
            Limit::Slip => return self.slip(socket, bytes, peer, out),
            Limit::Drop => return self.core.counts.dropped(Dropped::Limited),
        }
        let asker = Asker { client: Client::Address(address), way: Way::Datagram };
        out.clear();
        match self.core.begin(bytes, &asker, out) {
            Begun::Silent => {}
            Begun::Answered => send(socket, out, peer),
            Begun::Later(request) => self.answer_later(socket, bytes, peer, request, asker),
        }
    }

    fn answer_later(
        &self,
        socket: &Arc<UdpSocket>,
        bytes: &[u8],
        peer: SocketAddr,
        request: Request,
        asker: Asker,
    ) {
        let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else {
            return self.core.counts.dropped(Dropped::Busy);
        };
        let (core, socket, bytes) = (Arc::clone(&self.core), Arc::clone(socket), bytes.to_vec());
        self.runtime.spawn(async move {
            let mut out = Vec::new();
            if core.finish(&request, &bytes, &asker, &mut out).await {
                send(&socket, &out, peer);
            }
            drop(place);
        });
    }

    /// Says: ask by TCP, in as many bytes as were asked with.
    fn slip(&self, socket: &UdpSocket, bytes: &[u8], peer: SocketAddr, out: &mut Vec<u8>) {
        let Ok(mut request) = Request::read(bytes) else {
            return self.core.counts.dropped(Dropped::Limited);
        };
        request.edns = None;
        answer::truncate(&request, bytes, out);
        self.core.counts.slipped.one();
        send(socket, out, peer);
    }
}

fn is_nothing(kind: ErrorKind) -> bool {
    // Linux tells of an earlier answer that a client no longer took.
    matches!(
        kind,
        ErrorKind::WouldBlock
            | ErrorKind::TimedOut
            | ErrorKind::Interrupted
            | ErrorKind::ConnectionRefused
    )
}

/// Whom it does not reach asks again.
fn send(socket: &UdpSocket, out: &[u8], peer: SocketAddr) {
    let _ = rustix::net::sendto(socket, out, SendFlags::DONTWAIT, &peer);
}

#[cfg(test)]
mod tests {
    use domain::base::iana::Rtype;

    use super::super::settings::DnsSettings;
    use super::super::tests::{Bare, ask};
    use super::*;

    #[tokio::test]
    async fn a_flood_in_somebodys_name_gets_its_burst_and_little_else() {
        let mut settings = DnsSettings::new(Vec::new());
        settings.networks = vec!["192.0.2.0/24".parse().unwrap()];
        (settings.bounds.rate, settings.bounds.burst) = (0, 20);
        let core = Bare::new(settings).core;
        let stop = Arc::new(AtomicBool::new(false));
        let datagrams = Datagrams::new(Arc::clone(&core), Handle::current(), stop);
        // From here nothing goes to another machine.
        let socket = Arc::new(UdpSocket::bind("127.0.0.1:0").unwrap());
        let mut out = Vec::new();
        let mut flood = |count: usize, from: [u8; 4]| {
            for _ in 0..count {
                let peer = (from, 40_000).into();
                datagrams.answer(&socket, &ask("blocked.test", Rtype::A), peer, &mut out);
            }
        };
        flood(1_000, [192, 0, 2, 7]);
        let status = core.status();
        let limited = status.dropped.iter().find(|(why, _)| *why == Dropped::Limited);
        let limited = limited.map_or(0, |(_, count)| *count);
        assert_eq!((status.blocked, limited + status.slipped), (20, 980), "{status:?}");
        // A stranger is told nothing at all.
        flood(10, [198, 51, 100, 7]);
        assert!(core.status().dropped.contains(&(Dropped::Stranger, 10)), "{:?}", core.status());
    }
}
