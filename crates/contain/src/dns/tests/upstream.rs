//! An upstream that says what a test wants it to say.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use domain::base::iana::{Rcode, Rtype};
use domain::base::message_builder::AnswerBuilder;
use domain::base::{Message, MessageBuilder, Name, Ttl};
use domain::rdata::{A, Cname};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, UdpSocket};

use super::super::Upstream;

/// How a question came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Via {
    Datagram(SocketAddr),
    Stream,
}

/// What is said to a question: any number of messages.
pub(in super::super) type Says = dyn Fn(&Message<Vec<u8>>, Via) -> Vec<Vec<u8>> + Send + Sync;

/// An upstream on loopback.
pub(in super::super) struct TestUpstream {
    pub(in super::super) address: SocketAddr,
    by_datagram: Arc<AtomicUsize>,
    by_stream: Arc<AtomicUsize>,
}

impl TestUpstream {
    /// That says what `says` says.
    pub(in super::super) async fn new(
        says: impl Fn(&Message<Vec<u8>>, Via) -> Vec<Vec<u8>> + Send + Sync + 'static,
    ) -> Self {
        let (socket, listener) = loop {
            let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
            // Somebody else may have the same port for TCP.
            if let Ok(listener) = TcpListener::bind(socket.local_addr().unwrap()).await {
                break (socket, listener);
            }
        };
        let upstream = Self {
            address: socket.local_addr().unwrap(),
            by_datagram: Arc::default(),
            by_stream: Arc::default(),
        };
        let says: Arc<Says> = Arc::new(says);
        tokio::spawn(datagrams(socket, Arc::clone(&says), Arc::clone(&upstream.by_datagram)));
        tokio::spawn(streams(listener, says, Arc::clone(&upstream.by_stream)));
        upstream
    }

    /// That knows an address of every name.
    pub(in super::super) async fn honest() -> Self {
        Self::new(|asked, _| vec![address(asked, 60).finish()]).await
    }

    /// That says nothing at all.
    pub(in super::super) async fn silent() -> Self {
        Self::new(|_, _| Vec::new()).await
    }

    pub(in super::super) fn as_setting(&self) -> Upstream {
        Upstream { address: self.address, tls_name: None }
    }

    /// How often it was asked by datagram, and over connections.
    pub(in super::super) fn asked(&self) -> (usize, usize) {
        (self.by_datagram.load(Ordering::SeqCst), self.by_stream.load(Ordering::SeqCst))
    }
}

async fn datagrams(socket: UdpSocket, says: Arc<Says>, count: Arc<AtomicUsize>) {
    let mut buffer = [0; 4_096];
    while let Ok((length, peer)) = socket.recv_from(&mut buffer).await {
        count.fetch_add(1, Ordering::SeqCst);
        let asked = Message::from_octets(buffer[..length].to_vec()).unwrap();
        for answer in says(&asked, Via::Datagram(peer)) {
            let _ = socket.send_to(&answer, peer).await;
        }
    }
}

async fn streams(listener: TcpListener, says: Arc<Says>, count: Arc<AtomicUsize>) {
    while let Ok((mut stream, _)) = listener.accept().await {
        let (says, count) = (Arc::clone(&says), Arc::clone(&count));
        tokio::spawn(async move {
            while let Ok(length) = stream.read_u16().await {
                let mut asked = vec![0; usize::from(length)];
                stream.read_exact(&mut asked).await.unwrap();
                count.fetch_add(1, Ordering::SeqCst);
                for answer in says(&Message::from_octets(asked).unwrap(), Via::Stream) {
                    stream.write_u16(answer.len() as u16).await.unwrap();
                    stream.write_all(&answer).await.unwrap();
                }
            }
        });
    }
}

/// The beginning of an answer.
pub(in super::super) fn reply(asked: &Message<Vec<u8>>, rcode: Rcode) -> AnswerBuilder<Vec<u8>> {
    MessageBuilder::new_vec().start_answer(asked, rcode).unwrap()
}

/// The name that was asked for, as it was put.
pub(in super::super) fn asked_name(asked: &Message<Vec<u8>>) -> Name<Vec<u8>> {
    asked.sole_question().unwrap().qname().to_string().parse().unwrap()
}

pub(in super::super) fn asked_type(asked: &Message<Vec<u8>>) -> Rtype {
    asked.sole_question().unwrap().qtype()
}

/// An address of the name that was asked for.
pub(in super::super) fn address(asked: &Message<Vec<u8>>, ttl: u32) -> AnswerBuilder<Vec<u8>> {
    let mut answer = reply(asked, Rcode::NOERROR);
    let record = (asked_name(asked), Ttl::from_secs(ttl), A::from_octets(192, 0, 2, 1));
    answer.push(record).unwrap();
    answer
}

/// That the name is another for this one.
pub(in super::super) fn alias(asked: &Message<Vec<u8>>, to: &[&str]) -> AnswerBuilder<Vec<u8>> {
    let mut answer = reply(asked, Rcode::NOERROR);
    let mut from = asked_name(asked);
    for to in to {
        let to: Name<Vec<u8>> = to.parse().unwrap();
        answer.push((from, Ttl::from_secs(60), Cname::new(to.clone()))).unwrap();
        from = to;
    }
    answer
}
