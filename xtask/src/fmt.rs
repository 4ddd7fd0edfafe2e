//! `cargo xtask fmt`: formats every Rust file.
//!
//! `cargo fmt` follows `mod` lines but not those that a macro writes, and the signals are
//! declared by one; so the files are named here instead.

use std::process::Command;

use anyhow::{Context as _, Result};

use crate::project::Project;
use crate::shell;

/// Whether to change files.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Format them.
    Write,
    /// Fail if one is not formatted.
    Check,
}

pub(crate) fn run(project: &Project, mode: Mode) -> Result<()> {
    let mut command = Command::new("rustfmt");
    command.current_dir(project.root());
    if mode == Mode::Check {
        command.arg("--check");
    }
    command.args(project.paths("", "rs")?);
    let hint = "format every file with: cargo xtask fmt";
    shell::run(&mut command).map_err(|_| anyhow::anyhow!("not formatted")).context(hint)
}
