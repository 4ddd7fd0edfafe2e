//! `unhook logs`: logs, handed to a service that runs.
//!
//! The journal belongs to the service alone, so a log goes in by its API, in parts of whole lines.

use std::io::{BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use unhook_app::ledger::LogKind;

use crate::failure::{Failure, exit};
use crate::files;
use crate::terminal::{harmless, say};

/// How much goes in at once, in bytes: less than a service takes, so that it answers soon.
const PART: usize = 8 << 20;

/// The longest line, in bytes; a longer one ends the import.
const LONGEST_LINE: u64 = 24 << 20;

/// The longest token, in bytes.
const LONGEST_TOKEN: usize = 4_096;

/// How long one part may take.
const TIMEOUT: Duration = Duration::from_secs(120);

#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Hand logs to a service that runs, which joins them to campaigns
    #[command(
        after_help = "Logs may come late, twice and in any order. What is kept of them is how far campaigns got.\n\
Kinds: unbound, bind, coredns, zeek, json, okta, entra, google, audit, dhcp, radius, vpn, mdm.\n\n\
Example:\n  unhook logs import --kind unbound --url http://127.0.0.1:8080 \\\n    --token-file logs.token /var/log/unbound.log"
    )]
    Import(Import),
}

#[derive(clap::Args)]
struct Import {
    /// Whose log it is
    #[arg(long, value_parser = kind)]
    kind: LogKind,
    /// Where the service's API is
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080")]
    url: String,
    /// The file with a token of the scope `logs`
    #[arg(long, value_name = "FILE")]
    token_file: PathBuf,
    /// The logs, `-` for standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
}

fn kind(text: &str) -> Result<LogKind, String> {
    LogKind::from_name(text).ok_or_else(|| {
        let known: Vec<&str> = LogKind::ALL.iter().map(|(_, name)| *name).collect();
        format!("write one of {}", known.join(", "))
    })
}

/// What the service said of all parts.
#[derive(Default, serde::Deserialize)]
struct Taken {
    read: u64,
    passed_over: u64,
    unread: u64,
    problems: Vec<LineProblem>,
    joined: u64,
    exposed: u64,
    withdrawn: u64,
}

#[derive(serde::Deserialize)]
struct LineProblem {
    line: i64,
    problem: String,
}

pub(crate) fn run(Arguments { command }: Arguments) -> anyhow::Result<u8> {
    let Command::Import(import) = command;
    let (token, _) = files::read_bounded(files::open(&import.token_file)?, LONGEST_TOKEN)
        .with_context(|| format!("cannot read {}", import.token_file.display()))?;
    let token = String::from_utf8_lossy(&token).trim().to_owned();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let http = reqwest::Client::builder().timeout(TIMEOUT).build()?;
    let url = format!("{}/api/v1/logs/{}", import.url.trim_end_matches('/'), import.kind.name());
    let mut all = Taken::default();
    for path in &import.files {
        let mut parts = Parts::of(open(path)?);
        while let Some((before, part)) = parts.next().with_context(|| place(path))? {
            let request = http.post(&url).bearer_auth(&token).header("content-type", "text/plain");
            let taken = runtime.block_on(hand_in(request.body(part)))?;
            for LineProblem { line, problem } in &taken.problems {
                let line = before + line;
                say(&format!("{}:{line}: {}", path.display(), harmless(problem)));
            }
            all.add(&taken);
        }
    }
    say(&all.line());
    Ok(if all.read == 0 && all.unread > 0 { exit::DATA } else { 0 })
}

fn place(path: &Path) -> String {
    format!("cannot read {}", path.display())
}

fn open(path: &Path) -> anyhow::Result<Box<dyn Read>> {
    if path == Path::new("-") {
        return Ok(Box::new(std::io::stdin()));
    }
    Ok(Box::new(files::open(path)?))
}

async fn hand_in(request: reqwest::RequestBuilder) -> anyhow::Result<Taken> {
    let answer = request.send().await.context("the service does not answer")?;
    let status = answer.status();
    let body = answer.bytes().await.context("the service broke off")?;
    if status.is_success() {
        return serde_json::from_slice(&body)
            .context("the service answers otherwise than expected");
    }
    let problem: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
    let said = problem["detail"].as_str().or(problem["title"].as_str()).unwrap_or_default();
    let why = format!("the service does not take it ({status}): {}", harmless(said));
    Err(Failure::new(exit::DATA, why).into())
}

impl Taken {
    fn add(&mut self, part: &Self) {
        self.read += part.read;
        self.passed_over += part.passed_over;
        self.unread += part.unread;
        self.joined += part.joined;
        self.exposed += part.exposed;
        self.withdrawn += part.withdrawn;
    }

    fn line(&self) -> String {
        format!(
            "{} lines read, {} of no concern, {} unread; {} belong to a campaign or may; {} steps are \
             new, {} were taken back",
            self.read, self.passed_over, self.unread, self.joined, self.exposed, self.withdrawn,
        )
    }
}

/// A log in parts of whole lines. The head of a table goes before each.
struct Parts<R> {
    lines: BufReader<R>,
    head: Vec<u8>,
    head_lines: i64,
    is_begun: bool,
    /// How many lines were given out.
    given: i64,
    /// A line that had no room in the last part.
    left: Vec<u8>,
}

impl<R: Read> Parts<R> {
    fn of(file: R) -> Self {
        let lines = BufReader::with_capacity(1 << 16, file);
        let (head, left) = (Vec::new(), Vec::new());
        Self { lines, head, head_lines: 0, is_begun: false, given: 0, left }
    }

    /// The next part, and how much its numbers of lines are behind those of the file.
    fn next(&mut self) -> std::io::Result<Option<(i64, Vec<u8>)>> {
        let mut part = if self.is_begun { self.head.clone() } else { Vec::new() };
        let behind = if self.is_begun { self.given - self.head_lines } else { 0 };
        let empty = part.len();
        loop {
            if self.left.is_empty() {
                let mut line = self.lines.by_ref().take(LONGEST_LINE);
                if line.read_until(b'\n', &mut self.left)? == 0 {
                    break;
                }
                let is_head = self.left.starts_with(b"#") || self.left.starts_with(b"address,");
                if !self.is_begun && is_head && self.head.len() + self.left.len() < PART / 2 {
                    self.head.extend_from_slice(&self.left);
                    self.head_lines += 1;
                } else {
                    self.is_begun = true;
                }
            }
            if part.len() > empty && part.len() + self.left.len() > PART {
                break;
            }
            part.append(&mut self.left);
            self.given += 1;
        }
        let is_end = part.len() == empty;
        Ok((!is_end).then_some((behind, part)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_goes_in_whole_lines_with_its_head_before_each_part() {
        let line = format!("{}\n", "x".repeat(PART / 3));
        let log = format!("#fields\tts\n{}", line.repeat(5));
        let mut parts = Parts::of(log.as_bytes());
        let mut all = Vec::new();
        while let Some((behind, part)) = parts.next().unwrap() {
            assert!(part.starts_with(b"#fields\tts\n") && part.ends_with(b"\n"));
            all.push((behind, part.iter().filter(|byte| **byte == b'\n').count()));
        }
        assert_eq!(all, [(0, 3), (2, 3), (4, 2)]);
        assert_eq!(Parts::of(&b""[..]).next().unwrap(), None);
    }

    #[test]
    fn kinds_are_told() {
        assert_eq!(kind("unbound"), Ok(LogKind::Unbound));
        assert!(kind("syslog").unwrap_err().contains("unbound, bind"));
    }
}
