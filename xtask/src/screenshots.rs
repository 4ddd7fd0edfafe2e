//! `cargo xtask screenshots`: whether a text is judged alike when it comes as a picture.
//!
//! The labelled texts of `corpus/cases` are drawn as two kinds of phones show them, light, dark and
//! in large type ([`phone`]); a headless Chromium makes pictures of them ([`sheet`]), which lie in
//! `target/screenshots-read/` afterwards; and `unhook check` judges each text and its picture.
//! It prints the row of "Screenshots" in `docs/benchmarks.md`. `cargo xtask test` does the same
//! with the first twelve.

mod phone;
mod sheet;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::{fs, thread};

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;

use crate::project::Project;
use crate::shell;
use phone::Style;

/// How many are drawn.
const ALL: usize = 100;

/// How many of them `cargo xtask test` draws: each style twice.
const FEW: usize = 12;

/// The part of pictures that must be judged as their texts are, in hundredths.
const LEAST_EQUAL: usize = 95;

/// Where the pictures lie.
const FOLDER: &str = "target/screenshots-read";

/// A text, as `corpus/cases` has it.
#[derive(Clone, Deserialize)]
struct Case {
    id: String,
    text: String,
    sender: Option<String>,
    #[serde(default)]
    org: Option<String>,
}

#[derive(Deserialize)]
struct Cases {
    case: Vec<Case>,
}

/// A case as one phone shows it.
struct Shot {
    case: Case,
    style: Style,
    picture: PathBuf,
}

pub(crate) fn run(project: &Project) -> Result<()> {
    measure(project, ALL)
}

/// The short version.
pub(crate) fn run_few(project: &Project) -> Result<()> {
    measure(project, FEW)
}

fn measure(project: &Project, count: usize) -> Result<()> {
    let shots = shots(project, count)?;
    sheet::render(&project.path(FOLDER), &shots)?;
    let program = build(project)?;
    let verdicts = verdicts(project, &program, &shots)?;
    let equal = verdicts.iter().filter(|(text, picture)| text == picture).count();
    for (shot, (text, picture)) in shots.iter().zip(&verdicts) {
        if text != picture {
            let (id, style) = (&shot.case.id, shot.style.name());
            println!("{id} ({style}): {text} as a text, {picture} as a picture");
        }
    }
    println!("screenshots: {equal} of {} are judged as their texts are", shots.len());
    ensure!(
        equal * 100 >= shots.len() * LEAST_EQUAL,
        "fewer than {LEAST_EQUAL} of 100 are; the pictures lie in {FOLDER}"
    );
    Ok(())
}

/// Lures and genuine texts in turn, in styles in turn. Disguised letters are left out: what a
/// picture shows of them is what they imitate.
fn shots(project: &Project, count: usize) -> Result<Vec<Shot>> {
    let files = ["lures", "genuine", "workplace"];
    let mut columns = Vec::new();
    for file in files {
        let text = project.read(&format!("corpus/cases/{file}.toml"))?;
        let cases: Cases = toml::from_str(&text).with_context(|| format!("{file}.toml"))?;
        columns.push(cases.case);
    }
    let longest = columns.iter().map(Vec::len).max().unwrap_or(0);
    let in_turn = (0..longest).flat_map(|at| columns.iter().filter_map(move |c| c.get(at)));
    let folder = project.path(FOLDER);
    let shots = in_turn.take(count).zip(Style::in_turn()).enumerate();
    let shots = shots.map(|(number, (case, style))| {
        let name = format!("{:03}-{}-{}.png", number + 1, style.name(), case.id);
        Shot { case: case.clone(), style, picture: folder.join(name) }
    });
    Ok(shots.collect())
}

fn build(project: &Project) -> Result<PathBuf> {
    let mut build = shell::cargo(project.root());
    shell::run(build.args(["build", "--quiet", "--package", "unhook"]))?;
    Ok(project.path("target/debug/unhook"))
}

/// What is said of each text, and of its picture.
fn verdicts(project: &Project, program: &Path, shots: &[Shot]) -> Result<Vec<(String, String)>> {
    let next = AtomicUsize::new(0);
    let found = Mutex::new(vec![None; shots.len()]);
    let work = || -> Result<()> {
        while let Some(shot) = shots.get(next.fetch_add(1, Ordering::Relaxed)) {
            let at = shots.iter().position(|one| std::ptr::eq(one, shot)).unwrap_or_default();
            let both = both(project, program, shot).with_context(|| shot.case.id.clone())?;
            found.lock().unwrap_or_else(PoisonError::into_inner)[at] = Some(both);
        }
        Ok(())
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..thread::available_parallelism().map_or(1, usize::from))
            .map(|_| scope.spawn(work))
            .collect();
        workers.into_iter().try_for_each(|worker| worker.join().expect("a worker does not panic"))
    })?;
    let found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    found.into_iter().map(|both| both.context("each has a verdict")).collect()
}

fn both(project: &Project, program: &Path, shot: &Shot) -> Result<(String, String)> {
    let ask = |arguments: &[&str]| -> Result<String> {
        let mut command = Command::new(program);
        command.args(["check", "--json", "--fail-on", "never"]);
        if let Some(name) = &shot.case.org {
            let file = project.path(&format!("corpus/organizations/{name}.toml"));
            command.arg("--org").arg(file);
        }
        let answer = shell::output(command.args(arguments))?;
        let answer: serde_json::Value = serde_json::from_str(&answer)?;
        Ok(answer["verdict"].as_str().context("an answer has a verdict")?.to_owned())
    };
    let mut arguments = vec![];
    if let Some(sender) = &shot.case.sender {
        arguments.extend(["--sender", sender]);
    }
    arguments.extend(["--", &shot.case.text]);
    let text = ask(&arguments)?;
    let picture = shot.picture.to_str().context("the checkout's path is UTF-8")?;
    let picture =
        ask(&["--screenshot", picture]).unwrap_or_else(|error| format!("nothing ({error:#})"));
    Ok((text, picture))
}

/// Makes a folder that holds nothing.
fn fresh(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))
}
