//! Where the vendors' SDKs are, and how they are set upon a stand-in: one process, JSON in and out.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

/// Set by `cargo xtask test`: the folder the judges were installed in. With it, none may be missing.
const FOLDER: &str = "UNHOOK_JUDGES";

/// Asks a script beside this file (without what its name ends in), with the Python of the judge of this name as xtask's `judges.rs`
/// calls it. `None` when it is not installed and need not be.
pub(crate) async fn ask(name: &str, script: &str, question: Value) -> Option<Value> {
    let home = home(name)?;
    let is_node = home.join("node_modules").exists();
    let script = script_named(script).with_extension(if is_node { "mjs" } else { "py" });
    let mut command = if is_node {
        let mut command = Command::new("node");
        // Node looks for packages beside a script, which this one has none of.
        command.arg(script).arg(home.join("node_modules"));
        command
    } else {
        let mut command = Command::new(home.join("bin/python"));
        command.arg(script);
        command
    };
    // What is asked is on loopback, whatever proxy there is beside.
    command.env("NO_PROXY", "127.0.0.1").env("no_proxy", "127.0.0.1").kill_on_drop(true);
    if let Some(file) = question["authority_file"].as_str() {
        command.env("SSL_CERT_FILE", file).env("REQUESTS_CA_BUNDLE", file);
    }
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut child = child.expect("the judge starts");
    let mut stdin = child.stdin.take().expect("standard input was asked for");
    stdin.write_all(question.to_string().as_bytes()).await.expect("the judge listens");
    drop(stdin);
    let output = child.wait_with_output().await.expect("the judge ends");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{name} gave up: {said}");
    let last = said.lines().last().expect("the judge says something");
    Some(serde_json::from_str(last).expect("the judge answers in JSON"))
}

/// A script beside this file, without what its name ends in.
pub(crate) fn script_named(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/identity").join(name)
}

/// Where a judge is. `None` when it is not installed and need not be.
pub(crate) fn home(name: &str) -> Option<PathBuf> {
    let home = folder().join(name);
    if home.join("installed").exists() {
        return Some(home);
    }
    absent(name, &home);
    None
}

fn folder() -> PathBuf {
    if let Some(folder) = std::env::var_os(FOLDER) {
        return folder.into();
    }
    // This program lies in `target/debug/deps`.
    let program = std::env::current_exe().expect("a program knows where it is");
    program.ancestors().nth(3).expect("four folders up").join("judges")
}

fn absent(name: &str, home: &Path) {
    use std::io::Write as _;
    assert!(std::env::var_os(FOLDER).is_none(), "{name} is missing in {}", home.display());
    // Past the harness, which shows nothing of a test that passes.
    let message =
        format!("\nnothing was judged: {name} is not installed; `cargo xtask test` installs it\n");
    std::io::stderr().write_all(message.as_bytes()).expect("standard error can be written");
}
