//! The load itself: connections that each send a request, wait for its answer, and send the next.
//!
//! At a given rate, a request has a moment at which it is due, and its time counts from then
//! on, so that a server which stands still is charged all those who would have waited. With
//! no rate the time counts from when it is sent.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::Result;
use serde::Deserialize;
use tokio::runtime;
use tokio::task::{JoinSet, LocalSet};

use super::http::{Answer, Connection};
use super::requests::Requests;

/// What to send, and how fast.
pub(crate) struct Plan {
    pub(crate) address: SocketAddr,
    pub(crate) connections: usize,
    pub(crate) rate: Option<u32>,
    pub(crate) seconds: u64,
    pub(crate) most: u64,
    /// The number of the first request.
    pub(crate) first: u64,
}

/// A request that was answered.
#[derive(Debug)]
pub(crate) struct Sent {
    pub(crate) number: u64,
    pub(super) took: Duration,
    pub(super) status: u16,
    /// The report, if the answer names one.
    pub(crate) report: Option<String>,
    /// Where it stands, if the answer says so.
    pub(super) position: Option<u64>,
}

impl Sent {
    /// Whether it counts as kept.
    pub(crate) fn is_acknowledged(&self) -> bool {
        matches!(self.status, 200 | 202)
    }
}

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Driven {
    pub(crate) sent: Vec<Sent>,
    /// Requests whose connection broke before they were answered.
    pub(crate) lost: usize,
    pub(crate) took: Duration,
    /// Processor seconds of the one who sent.
    pub(super) own_seconds: f64,
}

impl Driven {
    pub(crate) fn acknowledged(&self) -> usize {
        self.sent.iter().filter(|sent| sent.is_acknowledged()).count()
    }

    /// How many answers there were of each status.
    pub(super) fn statuses(&self) -> BTreeMap<u16, usize> {
        let mut statuses = BTreeMap::new();
        for sent in &self.sent {
            *statuses.entry(sent.status).or_default() += 1;
        }
        statuses
    }
}

/// Sends until the time is over, all is sent, or `interrupted`.
pub(crate) fn run(
    plan: &Plan,
    requests: &Requests,
    interrupted: impl Future<Output = ()>,
) -> Result<Driven> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    let own = || crate::bench::own_seconds_so_far(std::process::id());
    let before = own()?;
    let mut driven =
        LocalSet::new().block_on(&runtime, connections(plan, requests, interrupted))?;
    driven.own_seconds = own()? - before;
    Ok(driven)
}

/// What the connections share.
struct Shared {
    requests: Requests,
    next: Cell<u64>,
    end: u64,
    first: u64,
    rate: Option<u32>,
    begun: Instant,
    until: Instant,
    driven: RefCell<Driven>,
}

async fn connections(
    plan: &Plan,
    requests: &Requests,
    interrupted: impl Future<Output = ()>,
) -> Result<Driven> {
    let mut open = Vec::new();
    for _ in 0..plan.connections {
        open.push(Connection::open(plan.address).await?);
    }
    let begun = Instant::now();
    let shared = Rc::new(Shared {
        requests: requests.clone(),
        next: Cell::new(plan.first),
        first: plan.first,
        end: plan.first + plan.most,
        rate: plan.rate,
        begun,
        until: begun + Duration::from_secs(plan.seconds),
        driven: RefCell::default(),
    });
    let mut tasks = JoinSet::new();
    for connection in open {
        tasks.spawn_local(Rc::clone(&shared).send(connection));
    }
    // Those that are interrupted go on until their connections break.
    let interrupt = async {
        interrupted.await;
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = async { while tasks.join_next().await.is_some() {} } => {}
        () = interrupt => {}
    }
    let mut driven = shared.driven.take();
    driven.took = begun.elapsed();
    Ok(driven)
}

impl Shared {
    /// The next number and the moment at which it is due, if there is a rate.
    fn next(&self) -> Option<(u64, Option<Instant>)> {
        let number = self.next.get();
        let due = self.rate.map(|rate| {
            let seconds = (number - self.first) as f64 / f64::from(rate);
            self.begun + Duration::from_secs_f64(seconds)
        });
        if number >= self.end || due.unwrap_or_else(Instant::now) >= self.until {
            return None;
        }
        self.next.set(number + 1);
        Some((number, due))
    }

    /// Sends one after the other, until nothing is left or the connection breaks.
    async fn send(self: Rc<Self>, mut connection: Connection) {
        while let Some((number, due)) = self.next() {
            if let Some(due) = due {
                tokio::time::sleep_until(due.into()).await;
            }
            let request = self.requests.of_number(number);
            let begun = due.unwrap_or_else(Instant::now);
            let answer = connection.exchange(&request).await;
            let mut driven = self.driven.borrow_mut();
            match answer {
                Ok(answer) => driven.sent.push(sent(number, begun.elapsed(), &answer)),
                Err(_) => {
                    driven.lost += 1;
                    return;
                }
            }
        }
    }
}

/// As much of an answer as is looked at.
#[derive(Deserialize)]
struct Taken<'a> {
    #[serde(borrow)]
    id: Option<&'a str>,
    #[serde(borrow)]
    position: Option<&'a str>,
}

fn sent(number: u64, took: Duration, answer: &Answer) -> Sent {
    // Twilio is answered in XML, which names no report.
    let taken: Option<Taken<'_>> = serde_json::from_slice(&answer.body).ok();
    let report = taken.as_ref().and_then(|taken| taken.id).map(str::to_owned);
    let position = taken.and_then(|taken| taken.position?.parse().ok());
    Sent { number, took, status: answer.status, report, position }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_names_its_report() {
        let read = |body: &str| {
            let answer = Answer { status: 202, body: body.as_bytes().to_vec() };
            let sent = sent(7, Duration::ZERO, &answer);
            (sent.report, sent.position)
        };
        let both = read(r#"{"id":"a-b","verdict":"benign","position":"12"}"#);
        assert_eq!(both, (Some("a-b".to_owned()), Some(12)));
        assert_eq!(read("<Response/>"), (None, None));
    }
}
