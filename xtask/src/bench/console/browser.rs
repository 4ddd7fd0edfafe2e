//! Chromium, driven by `browser.mjs`: a line of JSON for what is asked, and one for the answer.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Where the script lies in the checkout.
pub(super) const SCRIPT: &str = "xtask/src/bench/console/browser.mjs";

/// How often each page is opened; the median counts.
const TIMES: usize = 5;

/// A browser that is signed in, ended with this.
pub(super) struct Browser {
    child: Child,
    asked: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    cookie: String,
}

#[derive(Deserialize)]
struct SignedIn {
    cookie: String,
}

/// A page as Chromium shows it: times in milliseconds, weights in bytes.
#[derive(Deserialize)]
pub(super) struct Shown {
    pub(super) load: f64,
    /// Until its script has run.
    pub(super) interactive: f64,
    pub(super) html: f64,
    /// With its sheet and scripts.
    pub(super) all: f64,
}

/// What was seen from within a page; times in milliseconds.
#[derive(Deserialize)]
pub(super) struct Seen {
    /// The longest from one frame to the next.
    pub(super) gap: f64,
    /// How many were over 100 ms.
    pub(super) gaps: u64,
    pub(super) frames: u64,
    /// The longest task; 0 where none took 50 ms.
    pub(super) task: f64,
    pub(super) tasks: u64,
}

/// What is in memory, garbage collected.
#[derive(Deserialize)]
pub(super) struct Mark {
    pub(super) heap: f64,
    pub(super) nodes: f64,
}

/// *Now* while reports come in.
#[derive(Deserialize)]
pub(super) struct Busy {
    #[serde(flatten)]
    pub(super) seen: Seen,
    /// At the start, in the middle and at the end.
    pub(super) marks: Vec<Mark>,
    /// How often the page fetched its parts, and how long that took.
    pub(super) refreshes: u64,
    pub(super) refresh: f64,
}

impl Browser {
    /// Starts it and signs in by the first link.
    pub(super) fn start(script: &Path, judge: &Path, console: &str, link: &str) -> Result<Self> {
        let mut command = Command::new("node");
        command.arg(script).env("CONSOLE", console).env("JOIN", link).env("JUDGE", judge);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().context("node cannot be started; is it installed?")?;
        let asked = child.stdin.take();
        let answers = child.stdout.take().context("standard output was asked for")?;
        let answers = BufReader::new(answers);
        let mut browser = Self { child, asked, answers, cookie: String::new() };
        let SignedIn { cookie } = browser.answer()?;
        ensure!(!cookie.is_empty(), "signing in gave no session");
        browser.cookie = cookie;
        Ok(browser)
    }

    /// The session's, as a request has it.
    pub(super) fn cookie(&self) -> &str {
        &self.cookie
    }

    /// Opens a page a few times.
    pub(super) fn page(&mut self, path: &str) -> Result<Shown> {
        self.ask(&json!({ "what": "measure", "path": path, "times": TIMES }))
    }

    /// Opens *Now* and watches it for so long.
    pub(super) fn quiet(&mut self, seconds: u64) -> Result<Seen> {
        self.ask(&json!({ "what": "quiet", "seconds": seconds }))
    }

    /// Goes on watching it.
    pub(super) fn busy(&mut self, seconds: u64) -> Result<Busy> {
        self.ask(&json!({ "what": "busy", "seconds": seconds }))
    }

    fn ask<T: DeserializeOwned>(&mut self, what: &Value) -> Result<T> {
        let asked = self.asked.as_mut().context("it is open until the end")?;
        writeln!(asked, "{what}").context("the browser has ended")?;
        self.answer()
    }

    fn answer<T: DeserializeOwned>(&mut self) -> Result<T> {
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        ensure!(!line.is_empty(), "the browser's script failed; it says above why");
        serde_json::from_str(&line).with_context(|| format!("`{}` is no answer", line.trim()))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // At the end of what is asked it closes Chromium and ends.
        self.asked = None;
        let _ = self.child.wait();
    }
}
