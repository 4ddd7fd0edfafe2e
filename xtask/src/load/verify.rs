//! Whether what was acknowledged is there.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Instant;

use anyhow::{Result, bail, ensure};
use serde::Deserialize;
use tokio::runtime;

use super::drive::{Driven, Sent};
use super::http::{Answer, Connection};
use super::requests::{Requests, get};

/// How many reports are also read one by one.
const READ_SINGLY: usize = 200;

/// How often reads are asked whether they have come to a position; each waits a while.
const MOST_TRIES: usize = 600;

/// The most pages of reports: far more than a run can make.
const MOST_PAGES: usize = 20_000;

#[derive(Deserialize)]
struct Page {
    items: Vec<Item>,
    next: Option<String>,
}

#[derive(Deserialize)]
struct Item {
    id: String,
    campaign: Option<String>,
}

/// What was made of a run.
pub(crate) struct Made {
    pub(crate) reports: usize,
    pub(crate) campaigns: usize,
    /// The campaign that a certain report belongs to.
    pub(crate) campaign: Option<String>,
}

/// Waits until all that was acknowledged can be read, and counts what was made of it.
pub(crate) fn made(
    address: SocketAddr,
    token: &str,
    driven: &Driven,
    report: &str,
) -> Result<Made> {
    runtime()?.block_on(async {
        let mut reader = Reader { connection: Connection::open(address).await?, token };
        reader.wait(&driven.sent).await?;
        Ok(Made {
            reports: reader.list("reports").await?.len(),
            campaigns: reader.list("campaigns").await?.len(),
            campaign: reader.show(report).await?.campaign,
        })
    })
}

/// Makes sure that every report of a run that was acknowledged is listed, and some of them one
/// by one; says so in a line.
pub(super) fn all(address: SocketAddr, token: &str, driven: &Driven) -> Result<String> {
    runtime()?.block_on(async {
        let mut reader = Reader { connection: Connection::open(address).await?, token };
        let begun = Instant::now();
        reader.wait(&driven.sent).await?;
        let behind = begun.elapsed().as_secs_f64();
        let listed = reader.list("reports").await?;
        let kept: BTreeSet<&str> = kept(&driven.sent).collect();
        let missing = kept.iter().filter(|id| !listed.contains(**id)).count();
        ensure!(missing == 0, "{missing} of {} acknowledged reports are not listed", kept.len());
        let step = (kept.len() / READ_SINGLY).max(1);
        for id in kept.iter().step_by(step) {
            reader.show(id).await?;
        }
        Ok(format!(
            "all {} acknowledged reports are among the {} listed; reads were {behind:.2} s behind",
            kept.len(),
            listed.len()
        ))
    })
}

/// Makes sure that each report that was acknowledged can be read, by its id, and that every
/// `again`th request that is sent once more gets the same id. Says how many were read.
pub(super) fn each(
    address: SocketAddr,
    token: &str,
    sent: &[Sent],
    requests: &Requests,
    again: usize,
) -> Result<usize> {
    runtime()?.block_on(async {
        let mut reader = Reader { connection: Connection::open(address).await?, token };
        let mut count = 0;
        for id in kept(sent) {
            reader.show(id).await?;
            count += 1;
        }
        for sent in sent.iter().filter(|sent| sent.is_acknowledged()).step_by(again) {
            reader.repeat(sent, requests).await?;
        }
        Ok(count)
    })
}

pub(crate) fn runtime() -> Result<runtime::Runtime> {
    Ok(runtime::Builder::new_current_thread().enable_all().build()?)
}

fn kept(sent: &[Sent]) -> impl Iterator<Item = &str> {
    sent.iter().filter(|sent| sent.is_acknowledged()).filter_map(|sent| sent.report.as_deref())
}

struct Reader<'t> {
    connection: Connection,
    token: &'t str,
}

impl Reader<'_> {
    async fn get(&mut self, path: &str) -> Result<Answer> {
        Ok(self.connection.exchange(&get(path, self.token)).await?)
    }

    /// Waits until reads have come to all that was acknowledged.
    async fn wait(&mut self, sent: &[Sent]) -> Result<()> {
        let Some(last) = sent.iter().filter_map(|sent| sent.position).max() else { return Ok(()) };
        for _ in 0..MOST_TRIES {
            let answer = self.get(&format!("/api/v1/reports?limit=1&after={last}")).await?;
            match answer.status {
                200 => return Ok(()),
                409 => {}
                other => bail!("a read was answered {other}"),
            }
        }
        bail!("reads did not come to position {last}")
    }

    /// The ids of all there are of a kind.
    async fn list(&mut self, kind: &str) -> Result<BTreeSet<String>> {
        let (mut listed, mut path) = (BTreeSet::new(), format!("/api/v1/{kind}?limit=200"));
        for _ in 0..MOST_PAGES {
            let answer = self.get(&path).await?;
            ensure!(answer.status == 200, "a page was answered {}", answer.status);
            let page: Page = serde_json::from_slice(&answer.body)?;
            listed.extend(page.items.into_iter().map(|item| item.id));
            match page.next {
                Some(next) => path = format!("/api/v1/{kind}?limit=200&cursor={next}"),
                None => return Ok(listed),
            }
        }
        bail!("there are more than {MOST_PAGES} pages of {kind}")
    }

    async fn show(&mut self, id: &str) -> Result<Item> {
        let answer = self.get(&format!("/api/v1/reports/{id}")).await?;
        let status = answer.status;
        ensure!(status == 200, "report {id} was acknowledged, and reading it is answered {status}");
        let item: Item = serde_json::from_slice(&answer.body)?;
        ensure!(item.id == id, "{id} was asked for, {} came", item.id);
        Ok(item)
    }

    async fn repeat(&mut self, sent: &Sent, requests: &Requests) -> Result<()> {
        let answer = self.connection.exchange(&requests.of_number(sent.number)).await?;
        let item: Item = serde_json::from_slice(&answer.body)?;
        let before = sent.report.as_deref().unwrap_or_default();
        ensure!(
            answer.status == 200 && item.id == before,
            "request {} was report {before}; sent again it is answered {} with {}",
            sent.number,
            answer.status,
            item.id
        );
        Ok(())
    }
}
