//! `cargo xtask tidy`: what no compiler checks.
//!
//! Headers, that examples are inert, that nothing gives a machine away, that signal ids
//! stay. Each file under `tidy/` looks for one thing and returns what is wrong in
//! sentences; this one gathers them. Sizes are reported and never fail.

mod headers;
mod hosts;
mod inert;
mod phones;
mod rust_text;
mod signal_ids;
mod sizes;
mod traces;

use anyhow::{Result, bail};

use crate::project::Project;

pub(crate) use signal_ids::{LIST as SIGNAL_ID_LIST, list_with as signal_id_list_with};

pub(crate) fn run(project: &Project) -> Result<()> {
    print!("{}", sizes::report(project)?);
    let checks = [headers::problems, inert::problems, traces::problems, signal_ids::problems];
    let mut problems = Vec::new();
    for check in checks {
        problems.extend(check(project)?);
    }
    if !problems.is_empty() {
        bail!("{} things to tidy up:\n\n  {}", problems.len(), problems.join("\n  "));
    }
    println!("tidy: headers, examples and signal ids are in order");
    Ok(())
}
