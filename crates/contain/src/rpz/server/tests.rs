//! The zone's sockets: who is slow, silent, too many or deaf.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::LazyLock;

use domain::base::iana::{Opcode, Rtype};
use domain::base::name::Name;
use domain::base::{Message, MessageBuilder};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use unhook_app::surroundings::fake::TestSurroundings;
use unhook_detect::Knowledge;
use unhook_engine::Protected;
use unhook_model::{Hostname, Timestamp};

use super::*;
use crate::rpz::How;

static PROTECTED: LazyLock<Protected> =
    LazyLock::new(|| Protected::new(Arc::new(Knowledge::builtin()), Arc::default()));

struct Running {
    blocklist: Arc<Blocklist>,
    rpz: Rpz,
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl Running {
    async fn new(networks: &[&str], notify: &[SocketAddr]) -> Self {
        let settings = RpzSettings {
            allow_transfer: networks.iter().map(|network| network.parse().unwrap()).collect(),
            notify: notify.to_vec(),
            ..RpzSettings::new("rpz.acme.example".parse().unwrap())
        };
        let blocklist = Arc::new(Blocklist::default());
        let now = Timestamp::from_unix_ms(1_784_000_000_000);
        let surroundings = Arc::new(TestSurroundings::new(now, 7));
        let rpz = Rpz::new(settings, Arc::clone(&blocklist), surroundings);
        let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = tcp.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(rpz.clone().serve(udp, tcp, async {
            let _ = stopped.await;
        }));
        Self { blocklist, rpz, address, stop, serving }
    }

    async fn client(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    fn block(&self, name: &str) {
        let name = PROTECTED.permit(&Hostname::parse(name).unwrap()).unwrap();
        self.blocklist.change(vec![name], &[]);
    }

    async fn stop(self) {
        self.stop.send(()).unwrap();
        self.serving.await.unwrap();
    }
}

fn query(rtype: Rtype) -> Vec<u8> {
    let mut query = MessageBuilder::new_vec().question();
    query.push(("rpz.acme.example".parse::<Name<Vec<u8>>>().unwrap(), rtype)).unwrap();
    query.finish()
}

/// All that comes until the connection ends, which it does or the test does not.
async fn rest(mut stream: TcpStream) -> Vec<u8> {
    let mut came = Vec::new();
    // Closed with something unread, a connection is reset.
    let _ = stream.read_to_end(&mut came).await;
    came
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_says_nothing_or_half_of_it_ends() {
    let running = Running::new(&["127.0.0.1"], &[]).await;
    let silent = running.client().await;
    assert_eq!(rest(silent).await, b"");
    let mut half = running.client().await;
    half.write_all(&[0, 40, 1, 2, 3]).await.unwrap();
    assert_eq!(rest(half).await, b"");
    let mut much = running.client().await;
    much.write_all(&[0xff, 0xff, 1, 2, 3]).await.unwrap();
    assert_eq!(rest(much).await, b"");
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn one_connection_takes_several_requests() {
    let running = Running::new(&["127.0.0.1"], &[]).await;
    let mut client = running.client().await;
    for rtype in [Rtype::SOA, Rtype::AXFR, Rtype::SOA] {
        send(&mut client, &query(rtype)).await.unwrap();
        let length = client.read_u16().await.unwrap();
        let mut answer = vec![0; length.into()];
        client.read_exact(&mut answer).await.unwrap();
        let answer = Message::from_octets(answer).unwrap();
        assert!(answer.header_counts().ancount() > 0 && answer.no_error(), "{rtype}");
    }
    assert_eq!(running.rpz.status().subscribers[0].how, Some(How::Asked));
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn strangers_and_those_who_are_too_many_take_no_place() {
    let running = Running::new(&["192.0.2.1"], &[]).await;
    let mut clients = Vec::new();
    for _ in 0..=MOST_CONNECTIONS {
        clients.push(running.client().await);
    }
    for client in clients {
        assert_eq!(rest(client).await, b"");
    }
    running.stop().await;

    let running = Running::new(&["127.0.0.1"], &[]).await;
    let mut clients = Vec::new();
    for _ in 0..MOST_CONNECTIONS {
        clients.push(running.client().await);
    }
    // It waits until one of them has been silent for too long.
    let mut late = running.client().await;
    send(&mut late, &query(Rtype::SOA)).await.unwrap();
    assert!(late.read_u16().await.unwrap() > 0);
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_resolver_is_told_until_it_hears_and_then_of_the_next_change() {
    let resolver = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let running = Running::new(&["127.0.0.1"], &[resolver.local_addr().unwrap()]).await;
    let mut buffer = [0; 512];
    let mut serials = Vec::new();
    // Deaf twice, then it hears, for two serials.
    for turn in 0..6 {
        let (length, from) = resolver.recv_from(&mut buffer).await.unwrap();
        let message = Message::from_octets(buffer[..length].to_vec()).unwrap();
        assert_eq!(message.header().opcode(), Opcode::NOTIFY);
        let answer = message.answer().unwrap().limit_to::<domain::rdata::Soa<_>>().next();
        serials.push(answer.unwrap().unwrap().data().serial().into_int());
        if turn % 3 == 2 {
            let mut heard = buffer[..length].to_vec();
            heard[2] |= 0x80;
            resolver.send_to(&heard, from).await.unwrap();
            // Whoever was told has it noted before the next change.
            while running.rpz.status().subscribers[0].told != serials.last().copied() {
                tokio::task::yield_now().await;
            }
            running.block(&format!("evil-{turn}.test"));
        }
    }
    assert_eq!(serials[..3], [serials[0]; 3]);
    assert_eq!(serials[3..], [serials[3]; 3]);
    assert_ne!(serials[0], serials[3]);
    running.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_thousand_changes_are_a_few_notifications() {
    let resolver = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let running = Running::new(&["127.0.0.1"], &[resolver.local_addr().unwrap()]).await;
    let mut buffer = [0; 512];
    resolver.recv_from(&mut buffer).await.unwrap();
    for n in 0..1_000 {
        running.block(&format!("evil-{n}.test"));
        // A millisecond each.
        tokio::time::advance(Duration::from_millis(1)).await;
    }
    let serial = running.rpz.status().serial;
    let mut count = 0;
    while resolver.try_recv(&mut buffer).is_ok() {
        count += 1;
    }
    assert!((1..=12).contains(&count), "{count}");
    assert!(serial > 0);
    running.stop().await;
}
