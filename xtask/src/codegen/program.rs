//! The `unhook` program, built and asked.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::project::Project;
use crate::shell;

/// Columns of the pages it writes.
const WIDTH: &str = "80";

pub(super) struct Program {
    path: PathBuf,
}

impl Program {
    /// Builds it as the tests do, so that nothing is compiled twice.
    pub(super) fn build(project: &Project) -> Result<Self> {
        let mut build = shell::cargo(project.root());
        build.args(["build", "--quiet", "--package", "unhook"]);
        build.arg("--message-format=json-render-diagnostics");
        let messages = shell::output(&mut build)?;
        let path = messages.lines().find_map(executable);
        Ok(Self { path: path.context("cargo built no program called `unhook`")? })
    }

    /// What it prints when asked this, without colours.
    pub(super) fn ask(&self, arguments: &[&str]) -> Result<String> {
        shell::output(self.command(arguments).env("NO_COLOR", "1"))
    }

    /// What it prints for a terminal when given a text, whatever its verdict.
    pub(super) fn show(&self, arguments: &[&str]) -> Result<String> {
        let mut command = self.command(arguments);
        shell::output(command.env_remove("NO_COLOR").env("CLICOLOR_FORCE", "1"))
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.path);
        command.args(arguments).env("COLUMNS", WIDTH);
        command
    }
}

/// The path of the program in one of cargo's messages.
fn executable(message: &str) -> Option<PathBuf> {
    let message: serde_json::Value = serde_json::from_str(message).ok()?;
    let ours = message["target"]["name"] == "unhook";
    message["executable"].as_str().filter(|_| ours).map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_is_found_among_cargos_messages() {
        let message =
            r#"{"reason":"compiler-artifact","target":{"name":"unhook"},"executable":"a/unhook"}"#;
        assert_eq!(executable(message), Some(PathBuf::from("a/unhook")));
        assert_eq!(executable(&message.replace("\"unhook\"", "\"other\"")), None);
        assert_eq!(executable("not json"), None);
    }
}
