//! Peers from PyPI, each in a virtual environment of its own under `target/bench/`.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use super::input::Input;
use crate::shell;

/// The folder of a peer's programs, made and filled on first use; `None` when that fails,
/// for want of Python or of a network.
pub(super) fn programs(input: &Input, peer: &str, packages: &[&str]) -> Result<Option<PathBuf>> {
    let home = input.folder.join(peer);
    let programs = home.join("bin");
    let done = home.join("installed");
    if done.exists() {
        return Ok(Some(programs));
    }
    let made = shell::is_there(Command::new("python3").args(["-m", "venv"]).arg(&home));
    let mut pip = Command::new(programs.join("pip"));
    if !made || !shell::is_there(pip.args(["install", "--quiet"]).args(packages)) {
        return Ok(None);
    }
    std::fs::write(done, packages.join("\n"))?;
    Ok(Some(programs))
}
