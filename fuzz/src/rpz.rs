//! Drives what the policy zone answers to any bytes, by UDP and TCP, and the reader of its keys.
//!
//! Holds: what is answered is a message, an answer, and of the request's id; over UDP it is never much
//! larger than the request; nobody outside the networks, and nobody unsigned where there is a key, gets
//! anything of the zone; a transfer begins and ends with the zone's head, whatever was asked.

use std::net::IpAddr;
use std::sync::{Arc, LazyLock};

use unhook_app::blocklist::Blocklist;
use unhook_app::surroundings::Surroundings;
use unhook_contain::rpz::{Outcome, Primary, RpzSettings, Transport, TsigKey, signed_at};
use unhook_detect::Knowledge;
use unhook_engine::Protected;
use unhook_model::{Hostname, Timestamp};

/// What an answer may have beyond its request: the zone's head, or the error of a signature.
const MOST_BESIDES: usize = 400;

/// A header, and in it what says that a message is an answer, and how it ended.
const HEADER: usize = 12;
const ANSWERS: std::ops::Range<usize> = 6..8;

const KEY: &str = "key unhook { secret \"c2VjcmV0IGluIGJhc2U2NCwgMzIgYnl0ZXMgb2YgaXQ=\"; };";

/// A moment that does not go by.
struct Still;

impl Surroundings for Still {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_ms(1_784_000_000_000)
    }

    fn random(&self) -> [u8; 16] {
        [7; 16]
    }
}

static OPEN: LazyLock<Primary> = LazyLock::new(|| primary(None));
static SIGNED: LazyLock<Primary> = LazyLock::new(|| primary(TsigKey::parse(KEY).ok()));

fn primary(tsig: Option<TsigKey>) -> Primary {
    let protected = Protected::new(Arc::new(Knowledge::builtin()), Arc::default());
    let blocklist = Arc::new(Blocklist::default());
    let name = Hostname::parse("evil.test").expect("it is a name");
    blocklist.change(vec![protected.permit(&name).expect("nobody needs it")], &[]);
    let settings = RpzSettings {
        allow_transfer: vec!["192.0.2.0/24".parse().expect("it is a network")],
        tsig,
        ..RpzSettings::new("rpz.acme.example".parse().expect("it is a zone"))
    };
    Primary::new(settings, blocklist, Arc::new(Still))
}

/// The bytes are a request; as text they are a file of a key.
pub fn run(data: &[u8]) {
    if let Err(error) = TsigKey::parse(&String::from_utf8_lossy(data)) {
        assert!(!error.to_string().is_empty());
    }
    let (friend, stranger) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([198, 51, 100, 1]));
    for transport in [Transport::Udp, Transport::Tcp] {
        answered(data, &OPEN.answer(data, friend, transport), transport, true);
        // No signature here is good: the seeds have none, and nobody guesses one.
        answered(data, &SIGNED.answer(data, friend, transport), transport, false);
        answered(data, &OPEN.answer(data, stranger, transport), transport, false);
        answered(data, &SIGNED.answer(data, stranger, transport), transport, false);
    }
    if let Outcome::Transfer(mut transfer) = OPEN.answer(data, friend, Transport::Tcp) {
        let now = || signed_at(Still.now());
        let messages: Vec<_> = transfer.messages(now).collect();
        assert_eq!(messages.len(), 1, "one name fits into a message");
        assert_eq!(messages[0][..2], data[..2]);
    }
}

fn answered(request: &[u8], outcome: &Outcome, transport: Transport, may_know: bool) {
    match outcome {
        Outcome::Drop => {}
        Outcome::Reply(reply) => {
            assert!(reply.len() >= HEADER && reply[..2] == request[..2]);
            assert!(reply[2] & 0x80 != 0, "it is an answer");
            assert!(reply.len() <= request.len() + MOST_BESIDES);
            assert!(may_know || reply[ANSWERS] == [0, 0], "somebody who may not got a record");
        }
        Outcome::Transfer(_) => assert!(may_know && transport == Transport::Tcp),
    }
}
