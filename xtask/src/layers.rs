//! `cargo xtask layers`: which crate may depend on which.
//!
//! Reads the manifests under `crates/` and holds them against the table in [`rooms`]. It
//! looks at declared dependencies, and whether they are used at all; what pure crates may
//! call of the standard library is their `clippy.toml`'s business.

mod manifest;
mod rooms;

use anyhow::{Result, bail};

use crate::project::Project;
use manifest::{Dependency, Manifest, Table};
use rooms::Room;

/// One crate, as far as the rules look.
struct Crate {
    /// Its folder under `crates/`.
    folder: String,
    manifest: Manifest,
    has_main: bool,
    has_clippy_toml: bool,
    /// All its Rust code.
    code: String,
}

pub(crate) fn run(project: &Project) -> Result<()> {
    let crates = read(project)?;
    let problems: Vec<String> = crates.iter().flat_map(problems).collect();
    if !problems.is_empty() {
        bail!("the layers are broken:\n\n  {}", problems.join("\n\n  "));
    }
    println!("layers: {} crates, every arrow points down", crates.len());
    Ok(())
}

fn read(project: &Project) -> Result<Vec<Crate>> {
    let read_one = |folder: String| {
        let base = format!("crates/{folder}");
        let exists = |file: &str| project.path(&format!("{base}/{file}")).exists();
        let sources = project.sources(&base, "rs")?;
        Ok(Crate {
            code: sources.into_iter().map(|source| source.text).collect(),
            manifest: Manifest::parse(&project.read(&format!("{base}/Cargo.toml"))?)?,
            has_main: exists("src/main.rs") || exists("src/bin"),
            has_clippy_toml: exists("clippy.toml"),
            folder,
        })
    };
    project.folders("crates")?.into_iter().map(read_one).collect()
}

/// What is wrong with a crate, each with what to do about it.
fn problems(here: &Crate) -> Vec<String> {
    let Some(room) = rooms::room(&here.folder) else {
        return vec![format!(
            "crates/{}: no such room. A new crate must earn its place (see ARCHITECTURE.md); \
             if it does, add it to xtask/src/layers/rooms.rs, else make it a module",
            here.folder
        )];
    };
    let mut problems = shape(here, room);
    problems.extend(here.manifest.dependencies.iter().filter_map(|d| arrow(room, d)));
    problems.extend(here.manifest.dependencies.iter().filter_map(|d| unused(here, d)));
    problems
}

/// A dependency that no code names: it costs every build and helps nobody. Those of tests
/// are left alone, since a test may come and go.
fn unused(here: &Crate, dependency: &Dependency) -> Option<String> {
    if dependency.table == Table::Dev {
        return None;
    }
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let is_named = here.code.split(|c: char| !is_word(c)).any(|word| word == dependency.name);
    (!is_named).then(|| {
        format!(
            "crates/{}, [{}]: `{}` is not used; take it out",
            here.folder,
            dependency.table.name(),
            dependency.package
        )
    })
}

/// Name, `main`, lints: what a crate of this room must look like.
fn shape(here: &Crate, room: &Room) -> Vec<String> {
    let place = format!("crates/{}", here.folder);
    let mut problems = Vec::new();
    let package = rooms::package(room.name);
    if here.manifest.package != package {
        problems.push(format!(
            "{place}: the package is called `{}`; folder and name go together, call it `{package}`",
            here.manifest.package
        ));
    }
    if room.name != "cli" && (here.has_main || here.manifest.declares_binary) {
        problems.push(format!(
            "{place}: has a program of its own; `cli` holds the only `main`, make it a subcommand"
        ));
    }
    if room.pure.is_some() && !here.has_clippy_toml {
        problems.push(format!(
            "{place}: is pure and has no clippy.toml; copy that of crates/model, so that I/O, \
             clocks and randomness are refused there too"
        ));
    }
    if !here.manifest.workspace_lints {
        problems.push(format!("{place}: add `[lints]` with `workspace = true` to its Cargo.toml"));
    }
    problems
}

/// What is wrong with one dependency, if anything.
fn arrow(room: &Room, dependency: &Dependency) -> Option<String> {
    let place = format!("crates/{}, [{}]", room.name, dependency.table.name());
    let package = dependency.package.as_str();
    let below = rooms::ROOMS.iter().find(|room| rooms::package(room.name) == package);
    if let Some(below) = below {
        // Its own tests may ask for a crate with more of its features.
        let is_itself = below.name == room.name && dependency.table != Table::Normal;
        let may = is_itself || room.below.contains(&below.name);
        return (!may).then(|| up(&place, room, below.name));
    }
    if package.starts_with("unhook") || package == "xtask" {
        return Some(format!("{place}: `{package}` is no room of the house"));
    }
    if package == "anyhow" && room.name != "cli" {
        return Some(format!(
            "{place}: only `cli` uses anyhow; give this crate an error enum split by what its \
             caller can do (thiserror)"
        ));
    }
    let allowed = room.pure?;
    let judged = dependency.table == Table::Normal;
    (judged && !allowed.contains(&package)).then(|| {
        format!(
            "{place}: `{package}` is not among what this pure crate may use. If it does no I/O \
             and reads no clock, environment or randomness, add it to xtask/src/layers/rooms.rs; \
             else keep it to an adapter"
        )
    })
}

fn up(place: &str, room: &Room, used: &str) -> String {
    let may = if room.below.is_empty() { "nothing".to_owned() } else { room.below.join(", ") };
    format!(
        "{place}: `{name}` must not use `{used}`; it may use {may}. Move what it needs down, or \
         let `{name}` say what it needs as a trait and have `cli` hand it in",
        name = room.name
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINTS: &str = "[lints]\nworkspace = true\n";

    /// Names every dependency of these tests.
    const USED: &str = "use anyhow; axum; detector; proptest; psl; tokio; toml; unhook_app; \
        unhook_detect; unhook_helpers; unhook_messaging; unhook_model; unhook_store;";

    fn a_crate(folder: &str, manifest: &str) -> Crate {
        let package = format!("[package]\nname = '{}'\n", rooms::package(folder));
        Crate {
            folder: folder.to_owned(),
            manifest: Manifest::parse(&format!("{package}{LINTS}{manifest}")).unwrap(),
            has_main: folder == "cli",
            has_clippy_toml: true,
            code: USED.to_owned(),
        }
    }

    /// That the crate has exactly one problem, which says this; none when empty.
    #[track_caller]
    fn check(here: &Crate, expected: &str) {
        let found = problems(here);
        if expected.is_empty() {
            assert!(found.is_empty(), "{found:?}");
        } else {
            assert!(found.len() == 1 && found[0].contains(expected), "{found:?}");
        }
    }

    #[test]
    fn arrows_that_point_down_are_fine() {
        check(&a_crate("detect", "[dependencies]\nunhook-model.workspace = true\npsl = '2'"), "");
        check(&a_crate("web", "[dependencies]\nunhook-app = {}\naxum = '0.8'"), "");
        check(&a_crate("cli", "[dependencies]\nunhook-detect = {}\nanyhow = '1'"), "");
        check(&a_crate("app", "[dev-dependencies]\nunhook-app = { path = '.' }"), "");
    }

    #[test]
    fn arrows_that_point_up_or_across_are_refused() {
        check(
            &a_crate("model", "[dependencies]\nunhook-detect = {}"),
            "`model` must not use `detect`; it may use nothing",
        );
        check(&a_crate("web", "[dependencies]\nunhook-store = {}"), "`web` must not use `store`");
        check(
            &a_crate("share", "[dependencies]\ndetector = { package = 'unhook-detect' }"),
            "`share` must not use `detect`",
        );
        check(
            &a_crate("detect", "[target.'cfg(unix)'.dependencies]\nunhook-app = {}"),
            "`detect` must not use `app`",
        );
        check(
            &a_crate("detect", "[dev-dependencies]\nunhook-messaging = {}"),
            "crates/detect, [dev-dependencies]",
        );
    }

    #[test]
    fn pure_crates_use_what_is_listed() {
        check(&a_crate("detect", "[dependencies]\ntokio = '1'"), "`tokio` is not among");
        check(&a_crate("detect", "[build-dependencies]\ntoml = '1'"), "");
        check(&a_crate("model", "[dev-dependencies]\nproptest = '1'"), "");
        let mut bare = a_crate("model", "");
        bare.has_clippy_toml = false;
        check(&bare, "has no clippy.toml");
    }

    #[test]
    fn what_is_declared_is_used() {
        check(&a_crate("store", "[dependencies]\nps-l = '1'"), "`ps-l` is not used");
        check(&a_crate("store", "[dependencies]\nps = '1'"), "`ps` is not used");
    }

    #[test]
    fn anyhow_and_main_belong_to_the_command_line() {
        check(&a_crate("messaging", "[dependencies]\nanyhow = '1'"), "only `cli` uses anyhow");
        check(&a_crate("store", "[[bin]]\nname = 'storectl'"), "`cli` holds the only `main`");
        let mut with_main = a_crate("store", "");
        with_main.has_main = true;
        check(&with_main, "`cli` holds the only `main`");
    }

    #[test]
    fn names_and_lints_are_checked() {
        let mut misnamed = a_crate("store", "");
        misnamed.manifest.package = "unhook-database".to_owned();
        check(&misnamed, "call it `unhook-store`");
        let mut strange = a_crate("store", "");
        strange.folder = "utils".to_owned();
        check(&strange, "no such room");
        let mut lax = a_crate("store", "");
        lax.manifest.workspace_lints = false;
        check(&lax, "workspace = true");
        check(&a_crate("store", "[dependencies]\nunhook-helpers = {}"), "no room of the house");
    }
}
