//! Where the SDKs are, and how they are asked: one process for many questions, JSON in and out.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// Set by `cargo xtask test`: the folder the judges were installed in. With it, none may be
/// missing.
const FOLDER: &str = "UNHOOK_JUDGES";

/// One SDK: where it is installed, as xtask's `judges.rs` calls it, and the script that asks it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Judge {
    pub(crate) name: &'static str,
    /// Below `tests/`, without what its name ends in.
    pub(crate) script: &'static str,
}

impl Judge {
    fn is_node(self) -> bool {
        self.name.ends_with("-node")
    }

    /// Asks the script. `None` when the SDK is not installed and need not be.
    pub(crate) fn ask(self, question: &Value) -> Option<Value> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(self.script);
        let script = script.with_extension(if self.is_node() { "js" } else { "py" });
        let home = folder().join(self.name);
        let mark = home.join("installed");
        if !mark.exists() {
            absent(self, &mark);
            return None;
        }
        let mut command = if self.is_node() {
            let mut command = Command::new("node");
            // Node looks for packages beside a script, which this one has none of.
            command.arg(script).arg(home.join("node_modules/twilio"));
            command
        } else {
            let mut command = Command::new(home.join("bin/python"));
            command.arg(script);
            command
        };
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = child.expect("the judge starts");
        let mut stdin = child.stdin.take().expect("standard input was asked for");
        stdin.write_all(question.to_string().as_bytes()).expect("the judge listens");
        drop(stdin);
        let output = child.wait_with_output().expect("the judge ends");
        assert!(output.status.success(), "{self:?} gave up");
        Some(serde_json::from_slice(&output.stdout).expect("the judge answers in JSON"))
    }
}

fn folder() -> PathBuf {
    if let Some(folder) = std::env::var_os(FOLDER) {
        return folder.into();
    }
    // This program lies in `target/debug/deps`.
    let program = std::env::current_exe().expect("a program knows where it is");
    program.ancestors().nth(3).expect("four folders up").join("judges")
}

fn absent(judge: Judge, mark: &Path) {
    assert!(std::env::var_os(FOLDER).is_none(), "{judge:?} is missing: no {}", mark.display());
    // Past the harness, which shows nothing of a test that passes.
    let message = format!(
        "\nnothing was judged: the SDK of {} is not installed; \
         `cargo xtask test` installs it\n",
        judge.name
    );
    std::io::stderr().write_all(message.as_bytes()).expect("standard error can be written");
}
