//! Running other programs, so that a person sees what runs and what it says.

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::{env, thread};

use anyhow::{Context as _, Result, bail};

/// The cargo that runs us.
pub(crate) fn cargo(root: &Path) -> Command {
    let program = env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(program);
    command.current_dir(root);
    // Set for us by `cargo run`; a build script that looks at it would build again.
    command.env_remove("CARGO_MANIFEST_DIR").env_remove("CARGO_MANIFEST_PATH");
    command
}

/// Whether a program is there: whether it can say its version.
pub(crate) fn is_there(command: &mut Command) -> bool {
    let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}

/// Runs a program to its end, its output going where ours goes.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot start {}", line(command)))?;
    checked(status, command)
}

/// Runs a program to its end and returns what it wrote to standard output.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    finished(command.stdin(Stdio::null()).stderr(Stdio::inherit()))
}

fn finished(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("cannot start {}", line(command)))?;
    checked(output.status, command)?;
    String::from_utf8(output.stdout).with_context(|| format!("{} wrote no UTF-8", line(command)))
}

/// What a program wrote.
pub(crate) struct Written {
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Runs a program to its end in silence. When it fails, the last line of what it wrote to
/// standard error is told as the reason.
pub(crate) fn written(command: &mut Command) -> Result<Written> {
    command.stdin(Stdio::null());
    let output = command.output().with_context(|| format!("cannot start {}", line(command)))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let written = Written { out: text(&output.stdout), err: text(&output.stderr) };
    let result = checked(output.status, command);
    match last_line(&written.err) {
        Some(complaint) => result.with_context(|| complaint.to_owned())?,
        None => result?,
    }
    Ok(written)
}

/// The last line that is not empty.
pub(crate) fn last_line(text: &str) -> Option<&str> {
    text.lines().map(str::trim).rfind(|line| !line.is_empty())
}

/// Runs a program to its end, passes its output on as it comes, and returns the lines for
/// which `keep` holds.
pub(crate) fn run_keeping(command: &mut Command, keep: fn(&str) -> bool) -> Result<Vec<String>> {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start {}", line(command)))?;
    let out = child.stdout.take().context("standard output was asked for")?;
    let err = child.stderr.take().context("standard error was asked for")?;
    let kept = thread::scope(|scope| {
        let from_err = scope.spawn(|| pass_on(err, keep));
        let mut kept = pass_on(out, keep)?;
        kept.extend(from_err.join().expect("passing lines on does not panic")?);
        Ok::<_, anyhow::Error>(kept)
    })?;
    checked(child.wait()?, command)?;
    Ok(kept)
}

fn pass_on(source: impl Read, keep: fn(&str) -> bool) -> Result<Vec<String>> {
    let mut kept = Vec::new();
    let mut lines = BufReader::new(source);
    let mut bytes = Vec::new();
    while lines.read_until(b'\n', &mut bytes)? > 0 {
        std::io::stdout().write_all(&bytes)?;
        let line = String::from_utf8_lossy(&bytes).trim_end().to_owned();
        if keep(&line) {
            kept.push(line);
        }
        bytes.clear();
    }
    Ok(kept)
}

fn checked(status: ExitStatus, command: &Command) -> Result<()> {
    if !status.success() {
        bail!("`{}` failed ({status})", line(command));
    }
    Ok(())
}

/// The command as one would type it.
fn line(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let words = std::iter::once(program).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
