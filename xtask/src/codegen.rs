//! `cargo xtask codegen`: the pages under `docs/` that are made from the code.
//!
//! Signals are read from their files; everything else is asked of the `unhook` program
//! itself, so what the pages say is what it does. With `--check` nothing is written, and a
//! page that would change is an error.

mod command_pages;
mod picture;
mod program;
mod signals_page;

use anyhow::{Result, bail};

use crate::project::Project;
use crate::{signal_pages, tidy};
use program::Program;

/// Whether to write files.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Write them.
    Write,
    /// Fail if one is not as it would be written.
    Check,
}

/// A page and what it should hold.
struct Page {
    path: &'static str,
    text: String,
}

pub(crate) fn run(project: &Project, mode: Mode) -> Result<()> {
    let mut stale = Vec::new();
    for page in pages(project)? {
        if project.read_if_there(page.path)?.as_deref() == Some(page.text.as_str()) {
            continue;
        }
        stale.push(page.path);
        if mode == Mode::Write {
            project.write(page.path, &page.text)?;
        }
    }
    match (mode, stale.as_slice()) {
        (_, []) => println!("codegen: every generated page is current"),
        (Mode::Write, paths) => println!("codegen: wrote {}", paths.join(", ")),
        (Mode::Check, paths) => bail!("stale: {}; run `cargo xtask codegen`", paths.join(", ")),
    }
    Ok(())
}

fn pages(project: &Project) -> Result<Vec<Page>> {
    let signals = signal_pages::read(project)?;
    let listed = project.read_if_there(tidy::SIGNAL_ID_LIST)?.unwrap_or_default();
    let program = Program::build(project)?;
    let page = |path, text| Page { path, text };
    Ok(vec![
        page("docs/signals.md", signals_page::write(&signals)),
        page(tidy::SIGNAL_ID_LIST, tidy::signal_id_list_with(&listed, &signals)?),
        page("docs/configuration.md", program.ask(&["schema", "markdown"])?),
        page("docs/unhook.schema.json", program.ask(&["schema", "json"])?),
        page("docs/playbook.schema.json", program.ask(&["schema", "playbook"])?),
        page("docs/openapi.json", program.ask(&["schema", "openapi"])?),
        page("docs/cli.md", command_pages::write(&program)?),
        page("docs/check.svg", picture::write(&program)?),
    ])
}
