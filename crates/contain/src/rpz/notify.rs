//! Tells resolvers that there is something new (NOTIFY, RFC 1996).
//!
//! Each has a lane of its own, and is told of the latest serial only: what changed meanwhile is
//! fetched along with it. Who does not say that it heard is told again, with waits that double, and
//! then at the next change; it also asks by itself.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use domain::base::iana::{Opcode, Rcode, Rtype};
use domain::base::{Message, MessageBuilder, Serial};
use domain::tsig::ClientTransaction;
use tokio::net::UdpSocket;
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use super::primary::Primary;

/// How long the first answer is waited for; each wait after it is twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(500);

/// How often one serial is told: the last wait is a minute.
const MOST_ATTEMPTS: u32 = 8;

/// The longest answer: there is nothing in it but the question and a signature.
const LARGEST_ANSWER: usize = 1_232;

/// Tells one resolver of every serial, until there are no more.
pub(super) async fn keep_telling(
    primary: Arc<Primary>,
    from: IpAddr,
    to: SocketAddr,
    mut serials: watch::Receiver<u32>,
) {
    loop {
        let serial = *serials.borrow_and_update();
        tokio::select! {
            is_told = tell(&primary, from, to, serial) => {
                if !is_told {
                    tracing::warn!(%to, serial, "a resolver does not hear of changes by NOTIFY");
                }
                if serials.changed().await.is_err() {
                    return;
                }
            }
            changed = serials.changed() => {
                if changed.is_err() {
                    return;
                }
            }
        }
    }
}

/// Tells of one serial; whether that was heard.
async fn tell(primary: &Primary, from: IpAddr, to: SocketAddr, serial: u32) -> bool {
    for attempt in 0..MOST_ATTEMPTS {
        let until = Instant::now() + FIRST_WAIT * (1 << attempt);
        match ask(primary, from, to, serial, until).await {
            Ok(()) => {
                primary.subscribers.heard(to.ip(), serial, primary.surroundings.now());
                return true;
            }
            Err(error) => {
                tracing::debug!(%to, serial, %error, "a NOTIFY was not answered");
                tokio::time::sleep_until(until).await;
            }
        }
    }
    false
}

async fn ask(
    primary: &Primary,
    from: IpAddr,
    to: SocketAddr,
    serial: u32,
    until: Instant,
) -> std::io::Result<()> {
    // A port that nobody knows, for each.
    let socket = UdpSocket::bind((from, 0)).await?;
    socket.connect(to).await?;
    let message = notification(primary, to.ip(), serial);
    socket.send(&message).await?;
    let mut answer = [0; LARGEST_ANSWER];
    loop {
        let length = timeout_at(until, socket.recv(&mut answer)).await??;
        if is_answer(&answer[..length], &message) {
            return Ok(());
        }
    }
}

/// An acknowledgement proves nothing and stops no more than the next attempt, so that its
/// signature is not looked at.
fn is_answer(answer: &[u8], to: &[u8]) -> bool {
    let (Ok(answer), Ok(to)) = (Message::from_octets(answer), Message::from_octets(to)) else {
        return false;
    };
    let header = answer.header();
    header.qr()
        && header.id() == to.header().id()
        && header.opcode() == Opcode::NOTIFY
        && header.rcode() == Rcode::NOERROR
}

/// The message, signed for those who sign.
pub(super) fn notification(primary: &Primary, to: IpAddr, serial: u32) -> Vec<u8> {
    let settings = &primary.settings;
    let [high, low, ..] = primary.surroundings.random();
    let mut message = MessageBuilder::new_vec();
    let header = message.header_mut();
    header.set_id(u16::from_be_bytes([high, low]));
    header.set_opcode(Opcode::NOTIFY);
    header.set_aa(true);
    let mut message = message.question();
    let fits = "there is room in a message";
    message.push((settings.zone.name(), Rtype::SOA)).expect(fits);
    let mut message = message.answer();
    message.push(settings.zone.soa(Serial(serial))).expect(fits);
    let mut message = message.additional();
    if let Some(key) = settings.tsig.as_ref().filter(|_| settings.must_sign(to)) {
        let signed = ClientTransaction::request(Arc::clone(key.key()), &mut message, primary.now());
        signed.expect(fits);
    }
    message.finish()
}
