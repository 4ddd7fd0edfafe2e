//! Clients that ask over connections, with TLS or without (RFC 7766, RFC 7858).
//!
//! A client may send many questions at once and hears each answer as soon as it is there. Who
//! connects and says nothing, who begins and does not end, and who does not take their answers is
//! cut off.

use std::collections::HashMap;
use std::io::{Error, ErrorKind, Result};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{
    AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadHalf, WriteHalf,
};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use unhook_app::resolving::Client;

use super::core::{Asker, Begun, Core, Way};
use super::devices::Devices;
use super::status::Dropped;

/// Questions of one connection that wait for upstream at once; the next are read when there is
/// room.
pub const MOST_PIPELINED: usize = 64;

/// How clients of a listener are known.
pub(super) struct Tls {
    pub(super) acceptor: TlsAcceptor,
    pub(super) devices: Arc<dyn Devices>,
}

/// Connections of all listeners.
pub(super) struct Streams {
    core: Arc<Core>,
    places: Arc<Semaphore>,
    of_one: Mutex<HashMap<IpAddr, usize>>,
}

/// A place among the connections of one address.
struct Place {
    streams: Arc<Streams>,
    address: IpAddr,
}

impl Streams {
    pub(super) fn new(core: Arc<Core>) -> Arc<Self> {
        let places = Arc::new(Semaphore::new(core.settings.bounds.most_connections));
        Arc::new(Self { core, places, of_one: Mutex::default() })
    }

    /// Lets clients in until `stop`.
    pub(super) async fn serve(
        self: Arc<Self>,
        listener: TcpListener,
        tls: Option<Arc<Tls>>,
        mut stop: watch::Receiver<bool>,
    ) {
        let mut connections = JoinSet::new();
        loop {
            // A place first: who comes beyond waits in the kernel.
            let places = Arc::clone(&self.places);
            let accepted = tokio::select! {
                _ = stop.wait_for(|stop| *stop) => break,
                accepted = async {
                    let place = places.acquire_owned().await;
                    (listener.accept().await, place)
                } => accepted,
            };
            while connections.try_join_next().is_some() {}
            let (Ok((stream, peer)), Ok(place)) = accepted else {
                // No descriptor is left, most likely; the connections that end make room.
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                continue;
            };
            let (own, tls) = (Arc::clone(&self), tls.clone());
            connections.spawn(async move {
                let address = peer.ip().to_canonical();
                if let Some(_of_one) = own.place(address) {
                    let _ = own.meet(stream, address, tls.as_deref()).await;
                }
                drop(place);
            });
        }
        // With it all connections end.
        drop(connections);
    }

    fn place(self: &Arc<Self>, address: IpAddr) -> Option<Place> {
        let mut of_one = self.of_one.lock().unwrap_or_else(PoisonError::into_inner);
        let count = of_one.entry(address).or_default();
        if *count >= self.core.settings.bounds.most_of_one {
            self.core.counts.dropped(Dropped::Busy);
            return None;
        }
        *count += 1;
        Some(Place { streams: Arc::clone(self), address })
    }

    async fn meet(&self, stream: TcpStream, address: IpAddr, tls: Option<&Tls>) -> Result<()> {
        let is_known = self.core.settings.answers(address);
        stream.set_nodelay(true)?;
        let Some(tls) = tls else {
            if is_known {
                return self.converse(stream, Client::Address(address)).await;
            }
            self.core.counts.dropped(Dropped::Stranger);
            return Ok(());
        };
        let secured = tls.acceptor.accept(stream);
        let stream = timeout(self.core.settings.bounds.message_time, secured).await??;
        match device(&stream, &*tls.devices) {
            Some(device) => self.converse(stream, Client::Device(device)).await,
            None if is_known => self.converse(stream, Client::Address(address)).await,
            None => {
                self.core.counts.dropped(Dropped::Stranger);
                Ok(())
            }
        }
    }

    async fn converse<S>(&self, stream: S, client: Client) -> Result<()>
    where
        S: AsyncRead + AsyncWrite + Send + 'static,
    {
        let (reader, writer) = tokio::io::split(stream);
        let (answers, waiting) = mpsc::channel(MOST_PIPELINED);
        let asker = Asker { client, way: Way::Stream };
        let time = self.core.settings.bounds.message_time;
        // Whichever ends first ends both: who takes no answer is asked nothing more.
        let mut writing = std::pin::pin!(write(writer, waiting, time));
        tokio::select! {
            read = self.read(reader, asker, answers) => read?,
            written = &mut writing => return written,
        }
        writing.await
    }

    /// Reads questions to the end; the answers to those that came before it are waited for.
    async fn read<S>(
        &self,
        mut reader: ReadHalf<S>,
        asker: Asker,
        answers: mpsc::Sender<Vec<u8>>,
    ) -> Result<()>
    where
        S: AsyncRead + AsyncWrite + Send + 'static,
    {
        let bounds = self.core.settings.bounds;
        let mut later = JoinSet::new();
        loop {
            while later.len() >= MOST_PIPELINED {
                later.join_next().await;
            }
            // One byte at a time: whoever stops between the two has lost nothing of them.
            let high = match timeout(bounds.idle, reader.read_u8()).await {
                Ok(Ok(byte)) => byte,
                Ok(Err(error)) if error.kind() == ErrorKind::UnexpectedEof => break,
                Ok(Err(error)) => return Err(error),
                Err(_) if later.is_empty() => break,
                Err(_) => continue,
            };
            let rest = async {
                let low = reader.read_u8().await?;
                let mut bytes = vec![0; usize::from(u16::from_be_bytes([high, low]))];
                reader.read_exact(&mut bytes).await.map(|_| bytes)
            };
            let bytes = timeout(bounds.message_time, rest).await??;
            let mut out = Vec::new();
            match self.core.begin(&bytes, &asker, &mut out) {
                // Nobody who means well sends this.
                Begun::Silent => break,
                Begun::Answered => answers.send(out).await.map_err(|_| gone())?,
                Begun::Later(request) => {
                    let (core, answers) = (Arc::clone(&self.core), answers.clone());
                    let asker = asker.clone();
                    later.spawn(async move {
                        if core.finish(&request, &bytes, &asker, &mut out).await {
                            let _ = answers.send(out).await;
                        }
                    });
                }
            }
            while later.try_join_next().is_some() {}
        }
        while later.join_next().await.is_some() {}
        Ok(())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut of_one = self.streams.of_one.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = of_one.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                of_one.remove(&self.address);
            }
        }
    }
}

/// Writes answers until nobody has any more.
async fn write<S>(
    mut writer: WriteHalf<S>,
    mut answers: mpsc::Receiver<Vec<u8>>,
    time: std::time::Duration,
) -> Result<()>
where
    S: AsyncRead + AsyncWrite,
{
    while let Some(answer) = answers.recv().await {
        let length =
            u16::try_from(answer.len()).map_err(|_| Error::from(ErrorKind::InvalidData))?;
        // In one piece, and so in one packet (RFC 7766, section 8).
        let framed = [&length.to_be_bytes(), &answer[..]].concat();
        timeout(time, async {
            writer.write_all(&framed).await?;
            writer.flush().await
        })
        .await??;
    }
    timeout(time, writer.shutdown()).await?
}

fn gone() -> Error {
    ErrorKind::BrokenPipe.into()
}

/// A device is known by the first label of the name that it connected to.
fn device(
    stream: &tokio_rustls::server::TlsStream<TcpStream>,
    devices: &dyn Devices,
) -> Option<Arc<str>> {
    let (token, _) = stream.get_ref().1.server_name()?.split_once('.')?;
    devices.device(token)
}
