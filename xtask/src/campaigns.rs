//! `cargo xtask campaigns`: how well texts are grouped into campaigns by their wording alone.
//!
//! It runs the engine over the texts under `campaigns/` in the folder that `UNHOOK_DATA`
//! names or in `../shared/data`, in the order of each file, and holds the groups against the labels
//! there. [`count`] says how that is counted. It prints the rows of "Campaigns" in
//! `docs/benchmarks.md`.

mod count;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};
use serde::Deserialize;

use crate::project::Project;
use crate::shell;
use count::Score;

/// One line of data.
#[derive(Deserialize)]
struct Labelled {
    cluster: u64,
}

pub(crate) fn run(project: &Project) -> Result<()> {
    let data = project.data_folder().join("campaigns");
    let files = packed(&data)?;
    if files.is_empty() {
        bail!("there is nothing to count in {}; set UNHOOK_DATA", data.display());
    }
    let program = build(project)?;
    let folder = project.path("target/campaigns");
    std::fs::create_dir_all(&folder)?;
    println!("{}", Score::HEAD);
    for file in files {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let name = name.trim_end_matches(ENDING);
        let lines = shell::output(Command::new("gzip").arg("-dc").arg(&file))?;
        let labels = labels(&lines).with_context(|| file.display().to_string())?;
        let texts = folder.join(format!("{name}.jsonl"));
        std::fs::write(&texts, lines)?;
        let groups = groups(&program, &texts)?;
        ensure!(groups.len() == labels.len(), "as many groups as lines of {}", file.display());
        println!("{}", Score::of(&labels, &groups).row(name));
    }
    Ok(())
}

const ENDING: &str = ".jsonl.gz";

/// The files of a folder, in order; none when it is not there.
fn packed(folder: &Path) -> Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let entries = std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path()));
    let mut paths = entries.collect::<Result<Vec<_>>>()?;
    paths.retain(|path| path.to_string_lossy().ends_with(ENDING));
    paths.sort();
    Ok(paths)
}

fn build(project: &Project) -> Result<PathBuf> {
    let arguments = ["build", "--release", "--package", "unhook-engine", "--example", "campaigns"];
    shell::run(shell::cargo(project.root()).args(arguments))?;
    Ok(project.path("target/release/examples/campaigns"))
}

fn labels(lines: &str) -> Result<Vec<u64>> {
    let read = |line| Ok(serde_json::from_str::<Labelled>(line)?.cluster);
    lines.lines().map(read).collect()
}

/// The group of each text, as the engine sees it.
fn groups(program: &Path, texts: &Path) -> Result<Vec<u64>> {
    let output = shell::output(Command::new(program).arg(texts))?;
    let read = |line: &str| line.parse().context("a group is a number");
    output.lines().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_read() {
        let lines = "{\"text\": \"pay\", \"cluster\": 7}\n{\"cluster\": 8, \"text\": \"x\"}\n";
        assert_eq!(labels(lines).unwrap(), [7, 8]);
        assert!(labels("{\"text\": \"pay\"}").is_err());
    }

    #[test]
    fn a_folder_that_is_not_there_holds_nothing() {
        assert!(packed(Path::new("nowhere")).unwrap().is_empty());
    }
}
