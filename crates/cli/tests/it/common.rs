//! The real binary, run as a person or program runs it.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What a run came to.
pub(crate) struct Run {
    /// Its exit status.
    pub(crate) status: i32,
    /// What it wrote.
    pub(crate) out: String,
    /// What it said.
    pub(crate) err: String,
}

impl Run {
    /// The JSON objects it wrote, one per line.
    pub(crate) fn objects(&self) -> Vec<serde_json::Value> {
        let objects = self.out.lines().map(|line| serde_json::from_str(line).expect("JSON"));
        objects.collect()
    }
}

/// A command in a plain environment: no colours asked for, no width given.
pub(crate) fn unhook(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_unhook"));
    for variable in ["NO_COLOR", "CLICOLOR_FORCE", "COLUMNS", "RUST_BACKTRACE"] {
        command.env_remove(variable);
    }
    command.args(arguments).stdin(Stdio::null()).current_dir(golden());
    command
}

/// Runs to the end.
pub(crate) fn run(arguments: &[&str]) -> Run {
    finish(&mut unhook(arguments))
}

/// Runs with this on standard input.
pub(crate) fn run_with(arguments: &[&str], input: &[u8]) -> Run {
    let mut command = unhook(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the binary runs");
    let mut stdin = child.stdin.take().expect("piped");
    let input = input.to_vec();
    let feeder = std::thread::spawn(move || {
        // Whoever has read enough closes the pipe.
        let _ = stdin.write_all(&input);
    });
    let output = child.wait_with_output().expect("it ends");
    feeder.join().expect("feeding does not panic");
    told(output)
}

/// Runs a prepared command to the end.
pub(crate) fn finish(command: &mut Command) -> Run {
    told(command.output().expect("the binary runs"))
}

fn told(output: std::process::Output) -> Run {
    Run {
        status: output.status.code().expect("no signal ends it"),
        out: String::from_utf8(output.stdout).expect("it writes UTF-8"),
        err: String::from_utf8(output.stderr).expect("it says UTF-8"),
    }
}

/// The folder of golden requests and answers, where commands run.
pub(crate) fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}
