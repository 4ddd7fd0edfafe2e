//! A client that asks for a name, and the rest of the Internet: a server for which every name has
//! the same address.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use domain::base::iana::{Rcode, Rtype};
use domain::base::name::Name;
use domain::base::{Message, MessageBuilder, Ttl};
use domain::rdata::A;
use tokio::net::UdpSocket;
use tokio::time::{Instant, timeout};

/// What a name is by a resolver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    Address,
    NoSuchName,
    /// Nothing, or something else: it is not ready.
    Nothing,
}

/// Where who asks is: not where our server is, which a resolver need not let ask.
const CLIENT: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 3);

/// Asks once.
pub(crate) async fn find(resolver: SocketAddr, name: &str) -> Found {
    let socket = UdpSocket::bind((CLIENT, 0)).await.expect("there are ports");
    socket.connect(resolver).await.expect("it is on this machine");
    let mut query = MessageBuilder::new_vec();
    query.header_mut().set_random_id();
    query.header_mut().set_rd(true);
    let mut query = query.question();
    let name = name.parse::<Name<Vec<u8>>>().expect("it is a name");
    query.push((name, Rtype::A)).expect("there is room");
    let query = query.into_message();
    if socket.send(query.as_slice()).await.is_err() {
        return Found::Nothing;
    }
    let mut answer = vec![0; 4_096];
    let received = timeout(Duration::from_millis(500), socket.recv(&mut answer)).await;
    let Ok(Ok(length)) = received else { return Found::Nothing };
    let answer = Message::from_octets(&answer[..length]).expect("a resolver sends messages");
    let has_address = answer.answer().expect("it can be read").limit_to::<A>().next().is_some();
    match answer.header().rcode() {
        Rcode::NXDOMAIN => Found::NoSuchName,
        Rcode::NOERROR if has_address => Found::Address,
        _ => Found::Nothing,
    }
}

/// Asks until a name is what it shall be; how long that took. Less than the ten seconds after which
/// a resolver asks by itself: it must have been told.
pub(crate) async fn until(resolver: SocketAddr, name: &str, found: Found) -> Duration {
    within(Duration::from_secs(8), resolver, name, found).await
}

/// The same of a resolver that begins.
pub(crate) async fn until_begun(resolver: SocketAddr, name: &str, found: Found) -> Duration {
    within(Duration::from_secs(30), resolver, name, found).await
}

async fn within(patience: Duration, resolver: SocketAddr, name: &str, found: Found) -> Duration {
    let begun = Instant::now();
    let mut pace = tokio::time::interval(Duration::from_millis(2));
    let mut last = Found::Nothing;
    while begun.elapsed() < patience {
        pace.tick().await;
        last = find(resolver, name).await;
        if last == found {
            return begun.elapsed();
        }
    }
    panic!("{name} is {last:?}, not {found:?}");
}

/// Where the Internet is; it ends with the test.
pub(crate) async fn internet() -> SocketAddr {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("there are ports");
    let address = socket.local_addr().expect("it is bound");
    tokio::spawn(async move {
        let mut buffer = vec![0; 4_096];
        loop {
            let Ok((length, from)) = socket.recv_from(&mut buffer).await else { continue };
            if let Some(answer) = answer(&buffer[..length]) {
                let _ = socket.send_to(&answer, from).await;
            }
        }
    });
    address
}

fn answer(query: &[u8]) -> Option<Vec<u8>> {
    let query = Message::from_octets(query).ok()?;
    let question = query.sole_question().ok()?;
    let mut answer = MessageBuilder::new_vec().start_answer(&query, Rcode::NOERROR).ok()?;
    answer.header_mut().set_ra(true);
    answer.header_mut().set_aa(true);
    if question.qtype() == Rtype::A {
        let address = A::from_octets(192, 0, 2, 80);
        answer.push((question.qname(), Ttl::from_secs(60), address)).ok()?;
    }
    let mut answer = answer.additional();
    if query.opt().is_some() {
        answer
            .opt(|opt| {
                opt.set_udp_payload_size(1_232);
                Ok(())
            })
            .ok()?;
    }
    Some(answer.finish())
}
