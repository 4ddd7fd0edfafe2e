//! That every Rust file says first what it is.

use anyhow::Result;

use crate::project::Project;
use crate::signal_pages::header;

pub(super) fn problems(project: &Project) -> Result<Vec<String>> {
    let sources = project.sources("", "rs")?;
    let bare = sources.iter().filter(|source| header(&source.text).is_empty());
    Ok(bare
        .map(|source| {
            format!(
                "{}: begin it with `//!`: what it is, what it deliberately does not do",
                source.path
            )
        })
        .collect())
}
