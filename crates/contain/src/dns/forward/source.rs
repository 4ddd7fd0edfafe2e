//! One upstream: how it is asked, and whether it answers.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use ring::rand::{SecureRandom as _, SystemRandom};
use rustls::pki_types::ServerName;
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsConnector;

use super::super::kept::{Kept, Sent, Unusable};
use super::super::request::{HEADER, LARGEST_DATAGRAM, Request};
use super::super::settings::{DnsSettings, Upstream};
use super::super::status::{Count, UpstreamStatus};
use super::exchange::{self, Connection, Secured};

/// How often in a row an upstream is silent until it counts as dead.
const DEAD_AFTER: u32 = 3;

/// For how long others are asked before one that is dead.
const DEAD_FOR: Duration = Duration::from_secs(15);

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// Nothing came, or nothing in time.
    Silent,
    /// It says that it does not say, with the code of what it says beyond that, or what it says is
    /// no use.
    Said(Option<u16>),
}

/// An upstream.
pub(super) struct Source {
    upstream: Upstream,
    zone: Option<String>,
    tls: Option<Secured>,
    attempt: Duration,
    idle: Mutex<Vec<(Connection, Instant)>>,
    random: SystemRandom,
    silences: AtomicU32,
    last_silence: Mutex<Option<Instant>>,
    asked: Count,
    failed: Count,
    strange: Count,
}

impl Source {
    pub(super) fn new(upstream: Upstream, zone: &str, settings: &DnsSettings) -> Self {
        let tls = upstream.tls_name.as_ref().map(|name| Secured {
            name: ServerName::try_from(name.clone()).expect("it was read as a name"),
            connector: TlsConnector::from(
                settings.upstream_tls.clone().unwrap_or_else(exchange::roots_of_mozilla),
            ),
        });
        Self {
            upstream,
            zone: (!zone.is_empty()).then(|| zone.to_owned()),
            tls,
            attempt: settings.bounds.attempt,
            idle: Mutex::default(),
            random: SystemRandom::new(),
            silences: AtomicU32::new(0),
            last_silence: Mutex::new(None),
            asked: Count::default(),
            failed: Count::default(),
            strange: Count::default(),
        }
    }

    /// Whether it answered lately, or has not been asked for a while.
    pub(super) fn is_alive(&self) -> bool {
        self.silences.load(Ordering::Relaxed) < DEAD_AFTER
            || self.last_silence().is_none_or(|last| last.elapsed() > DEAD_FOR)
    }

    fn last_silence(&self) -> std::sync::MutexGuard<'_, Option<Instant>> {
        self.last_silence.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn status(&self) -> UpstreamStatus {
        UpstreamStatus {
            address: self.upstream.address,
            zone: self.zone.clone(),
            is_alive: self.silences.load(Ordering::Relaxed) < DEAD_AFTER,
            asked: self.asked.value(),
            failed: self.failed.value(),
            strange: self.strange.value(),
        }
    }

    /// Asks.
    pub(super) async fn ask(&self, request: &Request) -> Result<Kept, Trouble> {
        self.asked.one();
        let answer = timeout(self.attempt, self.exchange(request)).await;
        let answer = answer.unwrap_or(Err(Trouble::Silent));
        match answer {
            Err(Trouble::Silent) => {
                *self.last_silence() = Some(Instant::now());
                if self.silences.fetch_add(1, Ordering::Relaxed) + 1 == DEAD_AFTER {
                    let address = self.upstream.address;
                    tracing::warn!(%address, "an upstream does not answer; others are asked first");
                }
            }
            _ => self.silences.store(0, Ordering::Relaxed),
        }
        if answer.is_err() {
            self.failed.one();
        }
        answer
    }

    async fn exchange(&self, request: &Request) -> Result<Kept, Trouble> {
        if self.tls.is_none() {
            let (sent, message) = self.message(request, true);
            let address = self.upstream.address;
            match exchange::by_datagram(address, &sent, &message, &self.strange).await {
                Ok(Ok(kept)) => return Ok(kept),
                // By TCP nobody guesses, so it is asked there what may have been a guess.
                Ok(Err(Unusable::Truncated | Unusable::OtherCase | Unusable::Stranger)) => {}
                Ok(Err(Unusable::Failed(extended))) => return Err(Trouble::Said(extended)),
                Ok(Err(Unusable::Malformed)) => return Err(Trouble::Said(None)),
                Err(_) => return Err(Trouble::Silent),
            }
        }
        self.by_stream(request).await
    }

    /// Over a connection that is there, or a new one when that has ended.
    async fn by_stream(&self, request: &Request) -> Result<Kept, Trouble> {
        let (sent, message) = self.message(request, false);
        let mut answer = None;
        if let Some(mut connection) = self.take_idle() {
            answer = exchange::by_stream(&mut connection, &message).await.ok();
            if answer.is_some() {
                self.put_idle(connection);
            }
        }
        if answer.is_none() {
            let connected = exchange::connect(self.upstream.address, self.tls.as_ref()).await;
            let mut connection = connected.map_err(|_| Trouble::Silent)?;
            let bytes = exchange::by_stream(&mut connection, &message).await;
            answer = Some(bytes.map_err(|_| Trouble::Silent)?);
            self.put_idle(connection);
        }
        match Kept::read(&sent, &answer.unwrap_or_default()) {
            Ok(kept) => Ok(kept),
            Err(Unusable::Failed(extended)) => Err(Trouble::Said(extended)),
            Err(_) => Err(Trouble::Said(None)),
        }
    }

    fn take_idle(&self) -> Option<Connection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|(_, since)| since.elapsed() < exchange::IDLE);
        idle.pop().map(|(connection, _)| connection)
    }

    fn put_idle(&self, connection: Connection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < exchange::MOST_IDLE {
            idle.push((connection, Instant::now()));
        }
    }

    /// A question as it is sent: with an id that nobody guesses, and in a datagram with capitals
    /// that nobody guesses (0x20).
    fn message(&self, request: &Request, with_capitals: bool) -> (Sent, Vec<u8>) {
        let mut dice = [0; 34];
        self.random.fill(&mut dice).expect("the system has random bytes");
        let id = u16::from_be_bytes([dice[0], dice[1]]);
        let mut question = request.name.wire().to_vec();
        if with_capitals {
            for (place, byte) in question.iter_mut().enumerate() {
                // No length of a label is a letter.
                if dice[2 + place / 8] >> (place % 8) & 1 == 1 {
                    byte.make_ascii_uppercase();
                }
            }
        }
        question.extend_from_slice(&request.rtype.to_int().to_be_bytes());
        question.extend_from_slice(&[0, 1]);
        let mut message = Vec::with_capacity(HEADER + question.len() + 11);
        const RD_AD: u16 = 0x0120;
        let flags = RD_AD | if request.checking_disabled { 0x10 } else { 0 };
        for number in [id, flags, 1, 0, 0, 1] {
            message.extend_from_slice(&number.to_be_bytes());
        }
        message.extend_from_slice(&question);
        message.extend_from_slice(&[0, 0, 41]);
        message.extend_from_slice(&LARGEST_DATAGRAM.to_be_bytes());
        message.extend_from_slice(&[0, 0, if request.wants_dnssec() { 0x80 } else { 0 }, 0, 0, 0]);
        let sent = Sent { id, question, name: request.name.clone(), rtype: request.rtype };
        (sent, message)
    }
}

/// That a connection is shared between threads.
const _: fn() = || {
    fn is_shared<T: Send + Sync>() {}
    is_shared::<Arc<Source>>();
};
