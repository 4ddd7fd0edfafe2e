//! rspamd, the mail filter, on texts dressed up as mails.
//!
//! It runs as it is shipped, but for what stands in its folder under `target/bench/`: its
//! one worker listens on a free port of the loopback, and no rule asks the network. What is
//! charged is the time its processes use while the mails go through; the client that sends
//! the mails is charged to nobody.

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

use super::finds::Finds;
use super::input::{Input, mail};
use super::measure::{Speed, least, seconds_so_far};
use super::{Job, Measured, Outcome, Peer};
use crate::shell;

pub(super) const PEER: Peer =
    Peer { name: "rspamd", what: "scan as mail, no network rules", compared_with: Job::Texts, run };

/// Enough for the clock, few enough to wait for.
const TEXTS: usize = 2000;

/// Modules that ask the network.
const OFF: [&str; 16] = [
    "antivirus",
    "arc",
    "asn",
    "bimi",
    "dkim",
    "dkim_signing",
    "dmarc",
    "fuzzy_check",
    "greylist",
    "mx_check",
    "phishing",
    "rbl",
    "rspamd_update",
    "spf",
    "surbl",
    "url_redirector",
];

/// Should anything ask nevertheless, nobody answers.
const OPTIONS: &str = "disable_monitoring = true;\n\
    dns { nameserver = \"127.0.0.1:9\"; timeout = 0.01s; retransmits = 0; }\n";

/// Compiling its patterns takes it about half a minute the first time.
const LONGEST_START: Duration = Duration::from_secs(300);

/// It lets its workers finish.
const LONGEST_END: Duration = Duration::from_secs(20);

const PAUSE: Duration = Duration::from_millis(200);

fn run(input: &Input) -> Result<Outcome> {
    if !shell::is_there(Command::new("rspamd").arg("--version")) {
        return Ok(Outcome::Missing("apt-get install rspamd".to_owned()));
    }
    let count = TEXTS.min(input.texts.len());
    let daemon = Daemon::start(&input.folder.join(PEER.name))?;
    // With the first mail it sets up what it needs for all.
    daemon.scan(&mails(input, 1)?, 1)?;
    let mails = mails(input, count)?;
    let seconds = least(|| {
        let before = daemon.seconds()?;
        daemon.scan(&mails, count)?;
        Ok(daemon.seconds()? - before)
    })?;
    let speed = Speed::new(count, seconds)?;
    Ok(Outcome::Measured(Measured { speed, finds: Finds::default() }))
}

/// Writes the first `count` texts as mails and returns their folder.
fn mails(input: &Input, count: usize) -> Result<PathBuf> {
    let folder = input.folder.join(PEER.name).join("mails");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    for text in input.texts.iter().take(count) {
        fs::write(folder.join(format!("{}.eml", text.id)), mail(&text.text))?;
    }
    Ok(folder)
}

/// A running rspamd, ended when it goes out of scope.
struct Daemon {
    process: Child,
    address: String,
}

impl Daemon {
    /// Starts it and waits until it has compiled its patterns.
    fn start(folder: &Path) -> Result<Self> {
        let address = free_address()?;
        configure(folder, &address)?;
        let log = folder.join("rspamd.log");
        fs::write(&log, "")?;
        let said = folder.join("said.txt");
        let mut command = Command::new("rspamd");
        command.args(["--no-fork", "--insecure"]);
        for variable in ["DBDIR", "RUNDIR", "LOGDIR", "LOCAL_CONFDIR"] {
            command.arg(format!("--var={variable}={}", folder.display()));
        }
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(File::create(&said)?);
        let process = command.spawn().context("cannot start rspamd")?;
        let mut daemon = Self { process, address };
        daemon.wait_until_ready(&log).with_context(|| last_words(&[&said, &log]))?;
        Ok(daemon)
    }

    fn wait_until_ready(&mut self, log: &Path) -> Result<()> {
        let begun = Instant::now();
        while !fs::read_to_string(log)?.contains("to the hyperscan tree") {
            if let Some(status) = self.process.try_wait()? {
                bail!("it ended while it started ({status})");
            }
            ensure!(begun.elapsed() < LONGEST_START, "its patterns are still not compiled");
            sleep(PAUSE);
        }
        // It tells its worker a second later.
        sleep(Duration::from_secs(3));
        Ok(())
    }

    /// Sends it all mails of a folder, one after the other.
    fn scan(&self, mails: &Path, count: usize) -> Result<()> {
        let mut client = Command::new("rspamc");
        client.args(["--connect", &self.address, "--max-requests", "1", "symbols"]).arg(mails);
        let scanned = scanned(&shell::written(&mut client)?.out);
        ensure!(scanned == count, "it scanned {scanned} of {count}");
        Ok(())
    }

    /// Processor seconds so far of its processes.
    fn seconds(&self) -> Result<f64> {
        seconds_so_far(self.process.id())
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        shell::is_there(Command::new("kill").arg(self.process.id().to_string()));
        let begun = Instant::now();
        while begun.elapsed() < LONGEST_END {
            if !matches!(self.process.try_wait(), Ok(None)) {
                return;
            }
            sleep(PAUSE);
        }
        // It did not listen, and nothing is left to be done when this fails.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Writes what differs from what it is shipped with.
fn configure(folder: &Path, address: &str) -> Result<()> {
    let (added, put_over) = (folder.join("local.d"), folder.join("override.d"));
    fs::create_dir_all(&added)?;
    fs::create_dir_all(&put_over)?;
    for module in OFF {
        fs::write(added.join(format!("{module}.conf")), "enabled = false;\n")?;
    }
    fs::write(added.join("options.inc"), OPTIONS)?;
    let worker = format!("bind_socket = \"{address}\";\ncount = 1;\n");
    fs::write(put_over.join("worker-normal.inc"), worker)?;
    for worker in ["controller", "fuzzy", "proxy"] {
        fs::write(put_over.join(format!("worker-{worker}.inc")), "enabled = false;\n")?;
    }
    Ok(())
}

/// A port nobody listens on.
fn free_address() -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").context("no port is free")?;
    Ok(listener.local_addr()?.to_string())
}

/// Mails of which its client prints a verdict with symbols.
fn scanned(output: &str) -> usize {
    let answers = output.split("Results for file: ").skip(1);
    answers.filter(|answer| answer.contains("\nAction: ") && answer.contains("\nSymbol: ")).count()
}

/// The last line of the last file that holds anything.
fn last_words(files: &[&Path]) -> String {
    let of_file = |file: &&Path| {
        let text = fs::read_to_string(file).ok()?;
        shell::last_line(&text).map(str::to_owned)
    };
    files.iter().rev().find_map(of_file).unwrap_or_else(|| "it said nothing".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_verdicts_with_symbols_count() {
        let good = "Results for file: 1.eml (0.1 seconds)\n[Metric: default]\nAction: no action\n\
            Spam: false\nSymbol: MISSING_MID (2.50)\n\n";
        let bad = "Results for file: 2.eml (0 seconds)\nIO write error: Connection refused\n\n";
        let bare = "Results for file: 3.eml (0 seconds)\n[Metric: default]\nAction: no action\n\n";
        assert_eq!(scanned(&[good, bad, bare, good].concat()), 2);
    }
}
