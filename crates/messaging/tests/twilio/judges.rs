//! Where the SDKs are, and how they are asked: one process for many questions, JSON in and out.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// Set by `cargo xtask test`: the folder the judges were installed in. With it, none may be
/// missing.
const FOLDER: &str = "UNHOOK_JUDGES";

/// One SDK.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Judge {
    Python,
    Node,
}

impl Judge {
    pub(crate) const BOTH: [Self; 2] = [Self::Python, Self::Node];

    /// Its program and what there must be besides; its place is that of xtask's `judges.rs`.
    fn program(self, folder: &Path) -> (PathBuf, PathBuf) {
        match self {
            Self::Python => {
                let home = folder.join("twilio-python");
                (home.join("bin/python"), home.join("installed"))
            }
            Self::Node => ("node".into(), folder.join("twilio-node/installed")),
        }
    }

    /// Asks a script of this folder. `None` when the SDK is not installed and need not be.
    pub(crate) fn ask(self, question: &Value) -> Option<Value> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/twilio/judge");
        let folder = folder();
        let (program, mark) = self.program(&folder);
        if !mark.exists() {
            absent(self, &mark);
            return None;
        }
        let mut command = Command::new(program);
        match self {
            Self::Python => command.arg(script.with_extension("py")),
            // Node looks for packages beside a script, which this one has none of.
            Self::Node => command
                .arg(script.with_extension("js"))
                .arg(folder.join("twilio-node/node_modules/twilio")),
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
        "\nnothing was judged: Twilio's SDK for {judge:?} is not installed; \
         `cargo xtask test` installs it\n"
    );
    std::io::stderr().write_all(message.as_bytes()).expect("standard error can be written");
}
