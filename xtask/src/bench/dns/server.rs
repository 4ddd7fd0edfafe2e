//! A server that was started for this, and is gone with it.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use super::place::{Files, blocked_name, passed_name};
use super::prober::{self, Prober};
use crate::bench::own_seconds_so_far;
use crate::shell;

/// NXDOMAIN.
const NO_SUCH_NAME: u8 = 3;

pub(super) struct Server {
    child: Child,
    pub(super) port: u16,
    /// From its start until it blocks.
    pub(super) loaded: Duration,
    again: Again,
}

/// How it is told to load all anew.
enum Again {
    Never,
    /// By a line; it says when it is done.
    Ours {
        list: String,
        input: ChildStdin,
        output: BufReader<ChildStdout>,
        said: String,
    },
    Unbound {
        config: String,
    },
}

/// What loading anew came to.
pub(super) struct Anew {
    pub(super) wait_ms: f64,
    pub(super) took: Duration,
}

impl Server {
    pub(super) fn upstream(files: &Files) -> Result<Self> {
        let child = unbound(&files.upstream)?;
        let port = files.upstream_port;
        let server = Self { child, port, loaded: Duration::ZERO, again: Again::Never };
        server.wait_for(&passed_name(0), 0)?;
        Ok(server)
    }

    pub(super) fn unbound(files: &Files) -> Result<Self> {
        let begun = Instant::now();
        let config = files.unbound.display().to_string();
        let again = Again::Unbound { config };
        let child = unbound(&files.unbound)?;
        let mut server = Self { child, port: files.unbound_port, loaded: Duration::ZERO, again };
        server.wait_for(&blocked_name(files.names - 1), NO_SUCH_NAME)?;
        server.loaded = begun.elapsed();
        Ok(server)
    }

    pub(super) fn ours(files: &Files, program: &Path) -> Result<Self> {
        let begun = Instant::now();
        let mut command = Command::new(program);
        command.arg(format!("127.0.0.1:{}", files.our_port));
        command.arg(format!("127.0.0.1:{}", files.upstream_port)).arg(&files.list);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let input = child.stdin.take().context("standard input was asked for")?;
        let output = child.stdout.take().context("standard output was asked for")?;
        let mut output = BufReader::new(output);
        let mut said = String::new();
        output.read_line(&mut said)?;
        let list = files.list.display().to_string();
        let again = Again::Ours { list, input, output, said };
        let mut server = Self { child, port: files.our_port, loaded: Duration::ZERO, again };
        server.wait_for(&blocked_name(files.names - 1), NO_SUCH_NAME)?;
        server.loaded = begun.elapsed();
        Ok(server)
    }

    fn wait_for(&self, name: &str, expected: u8) -> Result<()> {
        let begun = Instant::now();
        loop {
            let code = prober::wait(self.port, name, &AtomicBool::new(false))?;
            if code == Some(expected) {
                return Ok(());
            }
            ensure!(begun.elapsed() < Duration::from_secs(180), "{name} is answered {code:?}");
        }
    }

    /// Loads all anew while somebody asks for a name that passes.
    pub(super) fn load_again(&mut self) -> Result<Anew> {
        let prober = Prober::start(self.port, &passed_name(1));
        let begun = Instant::now();
        match &mut self.again {
            Again::Never => {}
            Again::Ours { list, input, output, said } => {
                writeln!(input, "{list}")?;
                said.clear();
                output.read_line(said)?;
            }
            Again::Unbound { config } => {
                let mut control = Command::new("unbound-control");
                control.args(["-c", config, "auth_zone_reload", "policy.bench."]);
                shell::written(&mut control)?;
            }
        }
        let took = begun.elapsed();
        Ok(Anew { wait_ms: prober.stop()?.as_secs_f64() * 1_000.0, took })
    }

    /// What ours said of loading.
    pub(super) fn said(&self) -> Result<&str> {
        let Again::Ours { said, .. } = &self.again else { return Ok("") };
        Ok(said.trim())
    }

    pub(super) fn cpu_seconds(&self) -> Result<f64> {
        own_seconds_so_far(self.child.id())
    }

    /// What it holds in memory, in megabytes.
    pub(super) fn resident(&self) -> Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = line.and_then(|rest| rest.split_whitespace().next());
        let kilobytes: f64 = kilobytes.context("no VmRSS; measuring needs Linux")?.parse()?;
        Ok(kilobytes * 1_024.0 / 1_000_000.0)
    }
}

fn unbound(config: &Path) -> Result<Child> {
    let spawned = Command::new("unbound").arg("-c").arg(config).spawn();
    spawned.context("apt-get install unbound")
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
