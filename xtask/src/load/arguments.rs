//! What the command line asks for.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail, ensure};

/// The longest a run may take, in seconds: an hour is enough for any question.
const LONGEST: u64 = 3_600;

/// The most requests of one run: what is known of each is remembered.
const MOST: u64 = 2_000_000;

/// The most connections; the server takes no more at once.
const MOST_CONNECTIONS: usize = 1_024;

pub(super) const USAGE: &str = "\
Usage: cargo xtask load [OPTIONS]

  --seconds N        for how long (10)
  --count N          at most so many requests (200000)
  --connections N    at the same time (64)
  --rate N|max       requests a second (max)
  --webhook          Twilio's webhook instead of the API, signed
  --starts           then start it again, with a snapshot and without
  --kill N           kill it in the middle, N times, and look for what was acknowledged
  --program FILE     this `unhook` instead of building one
  --url ADDRESS:PORT --token TOKEN
                     a server that runs already, on loopback";

/// What is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Reports to the API.
    Reports,
    /// Texts as Twilio sends them.
    Webhook,
}

/// What the command line asks for.
#[derive(Debug, PartialEq)]
pub(super) struct Arguments {
    pub(super) seconds: u64,
    pub(super) most: u64,
    pub(super) connections: usize,
    /// Requests a second; as many as it takes if `None`.
    pub(super) rate: Option<u32>,
    pub(super) kind: Kind,
    pub(super) starts: bool,
    pub(super) kills: Option<u32>,
    pub(super) program: Option<PathBuf>,
    /// A server that runs already, and a token that it knows.
    pub(super) running: Option<(SocketAddr, String)>,
}

impl Arguments {
    pub(super) fn read(words: &[&str]) -> Result<Self> {
        let mut arguments = Self {
            seconds: 10,
            most: 200_000,
            connections: 64,
            rate: None,
            kind: Kind::Reports,
            starts: false,
            kills: None,
            program: None,
            running: None,
        };
        let (mut url, mut token) = (None, None);
        let mut words = words.iter().copied();
        while let Some(word) = words.next() {
            let mut value = || words.next().with_context(|| format!("`{word}` wants a value"));
            match word {
                "--seconds" => arguments.seconds = number(word, value()?)?,
                "--count" => arguments.most = number(word, value()?)?,
                "--connections" => arguments.connections = number(word, value()?)?,
                "--rate" => arguments.rate = rate(value()?)?,
                "--webhook" => arguments.kind = Kind::Webhook,
                "--starts" => arguments.starts = true,
                "--kill" => arguments.kills = Some(number(word, value()?)?),
                "--program" => arguments.program = Some(PathBuf::from(value()?)),
                "--url" => url = Some(loopback(value()?)?),
                "--token" => token = Some(value()?.to_owned()),
                _ => bail!("unknown option `{word}`\n\n{USAGE}"),
            }
        }
        arguments.running = match (url, token) {
            (Some(url), Some(token)) => Some((url, token)),
            (None, None) => None,
            _ => bail!("`--url` and `--token` go together"),
        };
        arguments.check()
    }

    fn check(self) -> Result<Self> {
        ensure!((1..=LONGEST).contains(&self.seconds), "`--seconds` is 1 to {LONGEST}");
        ensure!((1..=MOST).contains(&self.most), "`--count` is 1 to {MOST}");
        let connections = 1..=MOST_CONNECTIONS;
        ensure!(
            connections.contains(&self.connections),
            "there are 1 to {MOST_CONNECTIONS} connections"
        );
        let ours_alone = self.kills.is_some() || self.starts || self.kind == Kind::Webhook;
        ensure!(
            self.running.is_none() || !ours_alone,
            "`--kill`, `--starts` and `--webhook` need a server of their own, without `--url`"
        );
        ensure!(
            self.kills.is_none() || self.kind == Kind::Reports,
            "`--kill` looks for reports by id, which Twilio is not told"
        );
        Ok(self)
    }
}

pub(crate) fn number<T: std::str::FromStr>(option: &str, text: &str) -> Result<T> {
    text.parse().ok().with_context(|| format!("`{option}` wants a number, not `{text}`"))
}

fn rate(text: &str) -> Result<Option<u32>> {
    if text == "max" {
        return Ok(None);
    }
    let rate = number("--rate", text)?;
    ensure!(rate > 0, "`--rate` is at least 1, or `max`");
    Ok(Some(rate))
}

/// Nobody else's server is loaded by mistake.
fn loopback(text: &str) -> Result<SocketAddr> {
    let address = text.trim_start_matches("http://").trim_end_matches('/');
    let address: SocketAddr = address
        .parse()
        .with_context(|| format!("`{text}` is no address and port, as 127.0.0.1:8080"))?;
    ensure!(
        address.ip().is_loopback(),
        "{address} is not on this machine; only loopback is loaded"
    );
    Ok(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read() {
        let read = Arguments::read(&["--seconds", "3", "--rate", "500", "--webhook"]).unwrap();
        assert_eq!((read.seconds, read.rate, read.kind), (3, Some(500), Kind::Webhook));
        assert_eq!(Arguments::read(&["--rate", "max"]).unwrap().rate, None);
    }

    #[test]
    fn only_loopback_is_loaded() {
        let read = |url| Arguments::read(&["--url", url, "--token", "t"]);
        assert!(read("127.0.0.1:8080").is_ok());
        assert!(read("http://[::1]:8080/").is_ok());
        for url in ["192.0.2.1:80", "0.0.0.0:80", "example.com:80", "127.0.0.1"] {
            assert!(read(url).is_err(), "{url}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for words in [
            &["--seconds", "0"][..],
            &["--seconds"],
            &["--count", "0"],
            &["--connections", "5000"],
            &["--rate", "0"],
            &["--url", "127.0.0.1:1"],
            &["--kill", "3", "--webhook"],
            &["--kill", "3", "--url", "127.0.0.1:1", "--token", "t"],
            &["--fast"],
        ] {
            assert!(Arguments::read(words).is_err(), "{words:?}");
        }
    }
}
