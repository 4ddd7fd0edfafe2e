//! A server that was started for this, and is gone with it.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

use crate::bench;

/// A server that runs.
pub(crate) struct Server {
    child: Child,
    address: SocketAddr,
    took: Duration,
    /// Kept open: whoever prints to nobody breaks.
    out: BufReader<ChildStdout>,
}

/// What it holds in memory, in bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Memory {
    pub(crate) now: u64,
    pub(crate) most: u64,
}

impl Server {
    /// Starts it, and waits until it says where it listens.
    pub(super) fn start(command: &mut Command) -> Result<Self> {
        let begun = Instant::now();
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let mut out = BufReader::new(child.stdout.take().context("standard output was asked for")?);
        let mut line = String::new();
        out.read_line(&mut line)?;
        let took = begun.elapsed();
        let address = line.trim().strip_prefix("listening on http://").map(str::parse);
        match address {
            Some(Ok(address)) => Ok(Self { child, address, took, out }),
            _ => {
                let _ = child.kill();
                let status = child.wait()?;
                bail!("the server did not begin ({status}); it printed `{}`", line.trim())
            }
        }
    }

    /// What it says in the next line.
    pub(crate) fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        self.out.read_line(&mut line)?;
        Ok(line.trim().to_owned())
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// How long it took until it listened.
    pub(super) fn took(&self) -> Duration {
        self.took
    }

    /// Ends it well.
    pub(crate) fn stop(mut self) -> Result<()> {
        let id = self.child.id().to_string();
        let asked = Command::new("kill").args(["-TERM", &id]).status()?;
        ensure!(asked.success(), "it could not be asked to end");
        let status = self.child.wait()?;
        ensure!(status.success(), "it did not end well: {status}");
        Ok(())
    }

    /// Ends it as a power cut would, but for the disk: between any two instructions.
    pub(super) fn kill(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    pub(crate) fn memory(&self) -> Result<Memory> {
        let path = format!("/proc/{}/status", self.child.id());
        let status = fs::read_to_string(&path).context("measuring needs Linux")?;
        let value = |name| memory(&status, name).with_context(|| format!("no {name} in {path}"));
        Ok(Memory { now: value("VmRSS:")?, most: value("VmHWM:")? })
    }

    /// Processor seconds that it used so far.
    pub(crate) fn processor_seconds(&self) -> Result<f64> {
        bench::own_seconds_so_far(self.child.id())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended before.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A line of `/proc/<id>/status`, in bytes: proc(5).
fn memory(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read() {
        let status = "Name:\tunhook\nVmHWM:\t   61440 kB\nVmRSS:\t    1024 kB\n";
        assert_eq!(memory(status, "VmHWM:"), Some(60 << 20));
        assert_eq!(memory(status, "VmRSS:"), Some(1 << 20));
        assert_eq!(memory(status, "VmSwap:"), None);
    }

    #[test]
    fn a_program_that_does_not_listen_is_no_server() {
        let error = Server::start(Command::new("echo").arg("hello")).map(drop).unwrap_err();
        assert!(error.to_string().contains("it printed `hello`"), "{error}");
    }
}
