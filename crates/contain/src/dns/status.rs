//! What the resolver has done, counted.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};

/// Why a request got no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Dropped {
    /// It is shorter than a header.
    Malformed,
    /// It calls itself an answer.
    Answer,
    /// It came from none of the networks that are answered.
    Stranger,
    /// Its network asked too much.
    Limited,
    /// Too many look-ups wait for upstream.
    Busy,
}

impl Dropped {
    /// Every reason.
    pub const ALL: [Self; 5] =
        [Self::Malformed, Self::Answer, Self::Stranger, Self::Limited, Self::Busy];

    /// As metrics have it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Answer => "answer",
            Self::Stranger => "stranger",
            Self::Limited => "limited",
            Self::Busy => "busy",
        }
    }
}

/// A number that many threads add to.
#[derive(Debug, Default)]
pub(super) struct Count(AtomicU64);

impl Count {
    pub(super) fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    pub(super) fn one(&self) {
        self.add(1);
    }

    pub(super) fn value(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// What is counted of all clients together.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) queries: Count,
    pub(super) blocked: Count,
    pub(super) held: Count,
    pub(super) refused: Count,
    pub(super) from_cache: Count,
    pub(super) stale: Count,
    pub(super) failed: Count,
    pub(super) truncated: Count,
    pub(super) slipped: Count,
    pub(super) without_policy: Count,
    dropped: [Count; Dropped::ALL.len()],
}

impl Counts {
    pub(super) fn dropped(&self, why: Dropped) {
        self.dropped[why as usize].one();
    }

    pub(super) fn all_dropped(&self) -> Vec<(Dropped, u64)> {
        Dropped::ALL.iter().map(|why| (*why, self.dropped[*why as usize].value())).collect()
    }
}

/// What is counted of one upstream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpstreamStatus {
    /// Where it is.
    pub address: SocketAddr,
    /// The zone that it is asked for; all that no other is, where there is none.
    pub zone: Option<String>,
    /// Whether it answered when it was asked last.
    pub is_alive: bool,
    /// Questions that were sent to it.
    pub asked: u64,
    /// Those that it did not answer, or not so that it could be used.
    pub failed: u64,
    /// Datagrams that came in its name and answered nothing that was asked: wrong ids, wrong
    /// questions, and what is no DNS.
    pub strange: u64,
}

/// What the resolver has done since its start, and how it is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DnsStatus {
    /// Requests of clients that may ask.
    pub queries: u64,
    /// Answers that a name does not resolve.
    pub blocked: u64,
    /// Answers that a name does not resolve for now.
    pub held: u64,
    /// Requests that are refused for what they are.
    pub refused: u64,
    /// Answers that were remembered.
    pub from_cache: u64,
    /// Answers that were too old, and better than none (RFC 8767).
    pub stale: u64,
    /// Answers that no upstream gave one.
    pub failed: u64,
    /// Answers that did not fit and ask for TCP.
    pub truncated: u64,
    /// Answers of a few bytes that ask for TCP, in place of one too many.
    pub slipped: u64,
    /// Look-ups that were answered with no regard to the policy, for it failed.
    pub without_policy: u64,
    /// Whether the policy failed when it was asked last. Names that should not resolve do.
    pub fails_open: bool,
    /// Requests without an answer, by reason.
    pub dropped: Vec<(Dropped, u64)>,
    /// Each upstream.
    pub upstreams: Vec<UpstreamStatus>,
    /// Answers that are remembered, and their bytes.
    pub cached: (usize, usize),
    /// Look-ups that were told to the use cases, and those that were too many to be told.
    pub told: (u64, u64),
    /// How many devices with a token asked in the last seven days, as far as the start is back.
    pub devices: usize,
    /// About how many addresses did.
    pub addresses: u64,
}
