//! Each page, as the server answers it and as Chromium shows it.

use std::net::SocketAddr;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};

use super::Large;
use super::browser::Browser;
use super::figures::{kilobytes, milliseconds};
use crate::load::{self, Connection};

/// How often each is asked for, after a first time that is told apart.
const TIMES: usize = 20;

/// A word of some campaigns and no others.
const WORD: &str = "parcel";

/// Who asks for pages, over one connection with a session.
pub(super) struct Visitor {
    address: SocketAddr,
    /// The host that the console wants to be called by.
    host: String,
    cookie: String,
}

/// How long an answer took, in milliseconds.
struct Times {
    first: f64,
    median: f64,
    worst: f64,
}

impl Visitor {
    pub(super) fn new(console: &str, cookie: &str) -> Result<Self> {
        let host = console.strip_prefix("http://").context("the console is at no http address")?;
        let (_, port) = host.rsplit_once(':').context("the console has no port")?;
        let address = SocketAddr::from(([127, 0, 0, 1], port.parse()?));
        Ok(Self { address, host: host.to_owned(), cookie: cookie.to_owned() })
    }

    fn times(&self, path: &str) -> Result<Times> {
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\nCookie: {}\r\nAccept: text/html\r\n\r\n",
            self.host, self.cookie
        );
        load::runtime()?.block_on(async {
            let mut connection = Connection::open(self.address).await?;
            let mut times = Vec::new();
            for _ in 0..=TIMES {
                let begun = Instant::now();
                let answer = connection.exchange(request.as_bytes()).await?;
                times.push(begun.elapsed().as_secs_f64() * 1e3);
                ensure!(answer.status == 200, "{path} is answered {}", answer.status);
            }
            let first = times.remove(0);
            let worst = times.iter().copied().fold(0.0, f64::max);
            Ok(Times { first, median: load::median(&mut times), worst })
        })
    }
}

/// Measures all pages and prints a table of them.
pub(super) fn all(visitor: &Visitor, browser: &mut Browser, large: &Large) -> Result<()> {
    let pages = [
        ("*Now*", "/".to_owned()),
        ("*Campaigns*", "/campaigns".to_owned()),
        ("the largest campaign", format!("/campaigns/{}", large.campaign)),
        ("a report", format!("/reports/{}", large.report)),
        ("*Search* for a word", format!("/search?q={WORD}")),
        ("*People*", "/people".to_owned()),
        ("*Settings*", "/settings".to_owned()),
        ("connectors", "/settings/connectors".to_owned()),
        ("audit trail", "/settings/audit".to_owned()),
    ];
    println!(
        "| page | first | median of {TIMES} | worst | HTML | with sheet and scripts | load | interactive |"
    );
    println!("|{}", " --- |".repeat(8));
    for (name, path) in &pages {
        // The server first: a browser would have asked it before.
        let times = visitor.times(path)?;
        let shown = browser.page(path)?;
        let row = [
            (*name).to_owned(),
            milliseconds(times.first),
            milliseconds(times.median),
            milliseconds(times.worst),
            kilobytes(shown.html),
            kilobytes(shown.all),
            milliseconds(shown.load),
            milliseconds(shown.interactive),
        ];
        println!("| {} |", row.join(" | "));
    }
    Ok(())
}
