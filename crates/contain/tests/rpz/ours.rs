//! Our server, running.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, LazyLock};
use std::time::SystemTime;

use tokio::net::{TcpListener, UdpSocket};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use unhook_app::blocklist::{Blocklist, NameSet, NamedSet};
use unhook_app::surroundings::Surroundings;
use unhook_contain::rpz::{Rpz, RpzSettings, TsigKey};
use unhook_detect::Knowledge;
use unhook_engine::{Blockable, Protected};
use unhook_model::{Hostname, Timestamp};

use crate::docs;

pub(crate) const ZONE: &str = "rpz.acme.example";

static PROTECTED: LazyLock<Protected> =
    LazyLock::new(|| Protected::new(Arc::new(Knowledge::builtin()), Arc::default()));

pub(crate) fn proven(name: &str) -> Blockable {
    PROTECTED.permit(&host(name)).expect("nobody needs it")
}

pub(crate) fn host(name: &str) -> Hostname {
    Hostname::parse(name).expect("it is a name")
}

/// The time that the judges have, too: signatures are of a moment.
struct Here;

impl Surroundings for Here {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("it is later");
        Timestamp::from_unix_ms(since.as_millis() as i64)
    }

    fn random(&self) -> [u8; 16] {
        let half = || RandomState::new().hash_one(0).to_be_bytes();
        [half(), half()].concat().try_into().expect("twice eight are sixteen")
    }
}

pub(crate) struct Ours {
    pub(crate) blocklist: Arc<Blocklist>,
    pub(crate) rpz: Rpz,
    pub(crate) address: SocketAddr,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

/// Settings with the documentation's key, for everybody here.
pub(crate) fn settings(notify: &[SocketAddr]) -> RpzSettings {
    RpzSettings {
        allow_transfer: vec!["127.0.0.0/8".parse().expect("it is a network")],
        notify: notify.to_vec(),
        tsig: Some(TsigKey::parse(&docs::key()).expect("the page has a key")),
        ..RpzSettings::new(ZONE.parse().expect("it is a zone"))
    }
}

impl Ours {
    /// With `first.test` on the list and `listed.test` on a list.
    pub(crate) async fn start(settings: RpzSettings) -> Self {
        let (udp, tcp) = sockets(0).await;
        Self::serve(settings, udp, tcp).await
    }

    async fn serve(settings: RpzSettings, udp: UdpSocket, tcp: TcpListener) -> Self {
        let blocklist = Arc::new(Blocklist::default());
        blocklist.change(vec![proven("first.test")], &[]);
        let names = NameSet::new([proven("listed.test"), proven("first.test")]);
        blocklist.put_list(NamedSet { name: "list".into(), names });
        let address = tcp.local_addr().expect("it is bound");
        let rpz = Rpz::new(settings, Arc::clone(&blocklist), Arc::new(Here));
        let (stop, stopped) = oneshot::channel();
        let serving = rpz.clone().serve(udp, tcp, async {
            let _ = stopped.await;
        });
        Self { blocklist, rpz, address, stop, serving: tokio::spawn(serving) }
    }

    /// Ends, and begins anew as a process would: it knows nothing of what it was.
    pub(crate) async fn restart(self, settings: RpzSettings) -> Self {
        self.stop.send(()).expect("it serves");
        self.serving.await.expect("it ends well");
        let (udp, tcp) = sockets(self.address.port()).await;
        Self::serve(settings, udp, tcp).await
    }

    pub(crate) fn block(&self, name: &str) {
        self.blocklist.change(vec![proven(name)], &[]);
    }

    pub(crate) fn lift(&self, name: &str) {
        self.blocklist.change(Vec::new(), &[host(name)]);
    }
}

/// One port for both; any for zero.
async fn sockets(port: u16) -> (UdpSocket, TcpListener) {
    loop {
        let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.expect("the port is free");
        let address = tcp.local_addr().expect("it is bound");
        match UdpSocket::bind(address).await {
            Ok(udp) => return (udp, tcp),
            Err(error) => assert_eq!(port, 0, "{error}"),
        }
    }
}

/// A port that is free for both.
pub(crate) async fn free_port() -> SocketAddr {
    let (udp, _tcp) = sockets(0).await;
    udp.local_addr().expect("it is bound")
}
