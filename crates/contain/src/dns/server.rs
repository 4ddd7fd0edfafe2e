//! The resolver with its ways in, as the binary starts it.

use std::net::UdpSocket;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use unhook_app::resolving::Gate;
use unhook_app::surroundings::Surroundings;

use super::core::Core;
use super::devices::Devices;
use super::https;
use super::settings::DnsSettings;
use super::status::DnsStatus;
use super::stream::{Streams, Tls};
use super::telling;
use super::udp::Datagrams;

/// A resolver that runs for as long as it is kept: when it is dropped, its ways in close.
pub struct DnsFirewall {
    core: Arc<Core>,
    datagrams: Arc<Datagrams>,
    streams: Arc<Streams>,
    runtime: Handle,
    stop: Arc<AtomicBool>,
    stopping: watch::Sender<bool>,
}

impl DnsFirewall {
    /// That asks this gate about every name. Nobody is answered until it is given sockets.
    ///
    /// # Panics
    /// Outside a Tokio runtime, on which it asks upstreams.
    #[must_use]
    pub fn start(
        settings: DnsSettings,
        gate: Arc<dyn Gate>,
        surroundings: Arc<dyn Surroundings>,
    ) -> Self {
        let runtime = Handle::current();
        let core = Arc::new(Core::new(settings, gate, surroundings));
        let stop = Arc::new(AtomicBool::new(false));
        let (stopping, stopped) = watch::channel(false);
        runtime.spawn(tell(Arc::clone(&core), stopped));
        Self {
            datagrams: Datagrams::new(Arc::clone(&core), runtime.clone(), Arc::clone(&stop)),
            streams: Streams::new(Arc::clone(&core)),
            core,
            runtime,
            stop,
            stopping,
        }
    }

    /// Answers by datagram, with a thread for each socket; [`bind_udp`](super::bind_udp) opens as
    /// many as there are cores.
    ///
    /// # Errors
    /// When a thread cannot be started.
    pub fn serve_udp(&self, sockets: Vec<UdpSocket>) -> std::io::Result<()> {
        sockets.into_iter().try_for_each(|socket| self.datagrams.serve(socket))
    }

    /// Answers by TCP.
    pub fn serve_tcp(&self, listener: TcpListener) {
        let streams = Arc::clone(&self.streams);
        self.runtime.spawn(streams.serve(listener, None, self.stopping.subscribe()));
    }

    /// Answers over TLS, devices wherever they are: the first label of the name that they connect
    /// to is their token.
    pub fn serve_tls(
        &self,
        listener: TcpListener,
        config: Arc<rustls::ServerConfig>,
        devices: Arc<dyn Devices>,
    ) {
        let tls = Arc::new(Tls { acceptor: TlsAcceptor::from(config), devices });
        let streams = Arc::clone(&self.streams);
        self.runtime.spawn(streams.serve(listener, Some(tls), self.stopping.subscribe()));
    }

    /// Routes that answer over HTTPS, at `/dns-query/` and a device's token.
    pub fn https(&self, devices: Arc<dyn Devices>) -> axum::Router {
        https::router(Arc::clone(&self.core), devices)
    }

    /// What it has done, and how it is.
    #[must_use]
    pub fn status(&self) -> DnsStatus {
        self.core.status()
    }

    /// Tells the gate of look-ups that wait to be told.
    pub fn hand_over(&self) {
        self.core.telling.hand_over(&*self.core.gate);
    }
}

impl Drop for DnsFirewall {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = self.stopping.send(true);
        self.hand_over();
    }
}

/// Hands look-ups over, now and then.
async fn tell(core: Arc<Core>, mut stopped: watch::Receiver<bool>) {
    let mut ticks = tokio::time::interval(telling::EVERY);
    loop {
        tokio::select! {
            _ = ticks.tick() => core.telling.hand_over(&*core.gate),
            _ = stopped.wait_for(|stop| *stop) => return,
        }
    }
}
