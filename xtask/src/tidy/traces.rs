//! That nothing in the project tells of the machine it was written on, and that what is
//! built comes from the public registry.

use anyhow::Result;

use crate::project::Project;

/// Beginnings of paths that exist on one machine only.
const MACHINE_PATHS: [&str; 5] = ["/work/", "/root/", "/home/", "/Users/", "C:\\Users"];

/// The only source of outside crates.
const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Kinds of files a person reads.
const KINDS: [&str; 9] = ["rs", "toml", "md", "txt", "snap", "json", "jsonl", "csv", "py"];

/// This file, which has to name what it looks for.
const SELF: &str = "xtask/src/tidy/traces.rs";

pub(super) fn problems(project: &Project) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    for kind in KINDS {
        for source in project.sources("", kind)?.iter().filter(|source| source.path != SELF) {
            problems.extend(machine_paths(&source.path, &source.text));
        }
    }
    for path in project.paths("", "lock")? {
        problems.extend(foreign_sources(&path, &project.read(&path)?));
    }
    Ok(problems)
}

fn machine_paths(path: &str, text: &str) -> Vec<String> {
    let named = |line: &str| MACHINE_PATHS.iter().find(|start| line.contains(*start)).copied();
    let found = (1..).zip(text.lines()).filter_map(|(n, line)| Some((n, named(line)?)));
    found
        .map(|(number, start)| {
            format!("{path}:{number}: `{start}…` is a path of one machine; name it from the checkout's root")
        })
        .collect()
}

fn foreign_sources(path: &str, lock: &str) -> Vec<String> {
    let sources = lock.lines().filter_map(|line| line.strip_prefix("source = "));
    let foreign =
        sources.map(|source| source.trim_matches('"')).filter(|source| *source != REGISTRY);
    foreign
        .map(|source| format!("{path}: {source} is not the public registry; see deny.toml"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_one_machine_are_found() {
        let found = machine_paths("a.md", "see docs/\nand /work/notes\n");
        assert!(found.len() == 1 && found[0].starts_with("a.md:2: `/work/…`"), "{found:?}");
        assert!(machine_paths("a.md", "a network/homepage, work/home").is_empty());
    }

    #[test]
    fn other_registries_are_found() {
        let lock = |source: &str| format!("[[package]]\nname = \"a\"\nsource = \"{source}\"\n");
        assert!(foreign_sources("Cargo.lock", &lock(REGISTRY)).is_empty());
        assert_eq!(foreign_sources("Cargo.lock", &lock("git+https://example.com/a")).len(), 1);
    }
}
